"""`gongfu bench modes`: the whole path of each mode, the bonded book on one hot item, a month's summary and the daily reconciliation.

One process does the work of each row, so that the rows compare with the bare pipeline in one process beside them.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from typing import Any

from bench.intake import Row, violated
from bench.place import own

# (name, mode, export) of the paths.
PATHS = (
    ("9610_import", "9610", False), ("1210_import", "1210", False), ("9610_export", "9610", True), ("1210_export", "1210", True), ("9710_export", "9710", True),
    ("9810_export", "9810", True),
)  # fmt: skip
LIMITS = {
    "bare": "CPU of one process: XML, signatures, Polars",
    "import_return": "arrivals, noted one by one, each with its tax and quota",
    "1210_hot_item": "one row's lock: a batch holds it from its reading to its commit",
    "reconciliation": "reading and sorting the receipts",
    "summary": "reading lines from PostgreSQL",
}
ELSE = "CPU, and PostgreSQL for a third of it"


@dataclass(frozen=True, slots=True)
class Bar:
    """per_s: records a second; MiB: the most memory, 0 for no bar.  least: the size from which the row is judged, below it says nothing."""

    per_s: float
    least: int
    mib: float = 0

    def missed(self, row: Row) -> float:
        """By what factor the row misses it; 1 or less where it is met."""
        return max(self.per_s / max(row.lists_per_s, 0.001), row.peak_mib / self.mib if self.mib else 0)


# A process of two has to carry half of the 150 lists a second that come in all day (quality.md, section 4), to the very end; returns of every
# fifth of them. The others stand in the issue: 1,000 lists/s on one hot item, 3,000,000 lists summed in ten minutes and 2 GB, 1,000,000
# records reconciled in a minute.
PATH, BACK = Bar(75, 1_000), Bar(15, 1_000)
BARS = {
    **{name: PATH for name, _, _ in PATHS},
    "import_return": BACK,
    "1210_hot_item": Bar(1_000, 1_000),
    "reconciliation": Bar(1_000_000 / 60, 100_000),
    "summary": Bar(3_000_000 / 600, 300_000, 2_048),
}
TOO_FAR = 2


def main(*, lists: int, records: int, summed: int, as_json: bool) -> int:
    """Measure in a data folder of its own; print the table. 1 when the load has left an invariant broken, or a bar is missed by a factor of 2."""
    with own("modes"):
        from bench import book_row, mode_rows, three_ways

        found = [mode_rows.bare(lists), *(mode_rows.whole_path(*path, lists) for path in PATHS), mode_rows.import_return(lists)]
        broken = violated()  # before rows that do one step of the way alone
        found += [book_row.hot_item(lists), three_ways.reconciliation(records)]
        found += [mode_rows.summary(summed)] if summed else []
    sizes = {"reconciliation": records, "summary": summed}
    told = [judged(row, sizes.get(row.name, lists)) for row in found]
    print(json.dumps({"rows": told}) if as_json else report(told))
    broken += too_far(told)
    print(*broken, sep="\n", end="\n" if broken else "", file=sys.stderr)
    return 1 if broken else 0


def judged(row: Row, size: int) -> dict[str, Any]:
    """The row with its bar, whether that is met (None where there is none, or the run is too small to say) and by what factor it is missed."""
    bar = BARS.get(row.name)
    told = f"{bar.per_s:,.0f}/s" + (f", {bar.mib:,.0f} MiB" if bar.mib else "") if bar else ""
    missed = bar.missed(row) if bar and size >= bar.least else 0
    return {**asdict(row), "bar": told, "met": missed <= 1 if missed else None, "missed_by": round(missed, 2)}


def too_far(rows: list[dict[str, Any]]) -> list[str]:
    """What misses its bar by TOO_FAR, in words."""
    return [
        f"{one['name']}: {one['lists_per_s']:,.0f}/s, {one['peak_mib']:,.0f} MiB; the bar is {one['bar']}"
        for one in rows
        if one["missed_by"] >= TOO_FAR
    ]


def report(rows: list[dict[str, Any]]) -> str:
    """The table as it stands in docs/explanation/speed.md; the bare pipeline is the measure of the others."""
    bare, met = rows[0]["lists_per_s"], {True: "met", False: "missed", None: "—"}
    lines = [
        "| row | lists/s | of bare | bar | | p95 ms of a batch | peak MiB | what limits it |",
        "| --- | ---: | ---: | ---: | --- | ---: | ---: | --- |",
    ]
    lines += [
        f"| {one['name']} | {one['lists_per_s']:,.0f} | {one['lists_per_s'] / bare:.2f} | {one['bar']} | {met[one['met']]} | {one['p95_ms']:,.0f} | {one['peak_mib']:,.0f} | {LIMITS.get(one['name'], ELSE)} |"
        for one in rows
    ]
    return "\n".join(lines)
