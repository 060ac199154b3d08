"""`gongfu bench modes`: the whole path of each mode, the bonded book on one hot item, a month's summary and the daily reconciliation.

One process does the work of each row, so that the rows compare with the bare pipeline in one process beside them.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from bench.intake import Row, violated
from bench.place import own

# (name, mode, export) of the paths.
PATHS = (
    ("9610_import", "9610", False), ("1210_import", "1210", False), ("9610_export", "9610", True), ("9710_export", "9710", True),
    ("9810_export", "9810", True),
)  # fmt: skip
LIMITS = {
    "bare": "CPU of one process: XML, signatures, Polars",
    "1210_hot_item": "one row's lock: a batch holds it from its reading to its commit",
    "reconciliation": "sorting the receipts",
    "summary": "reading lines from PostgreSQL",
}


def main(*, lists: int, records: int, summed: int, as_json: bool) -> int:
    """Measure in a data folder of its own; print the table. 1 when the load has left an invariant broken."""
    with own("modes"):
        from bench import mode_rows

        found = [mode_rows.bare(lists), *(mode_rows.whole_path(*path, lists) for path in PATHS)]
        broken = violated()  # before rows that do one step of the way alone
        found += [mode_rows.hot_item(lists), mode_rows.reconciliation(records)]
        found += [mode_rows.summary(summed)] if summed else []
    print(json.dumps({"rows": [asdict(row) for row in found]}) if as_json else report(found))
    print(*broken, sep="\n", end="\n" if broken else "", file=sys.stderr)
    return 1 if broken else 0


def report(rows: list[Row]) -> str:
    """The table as it stands in docs/explanation/speed.md; the bare pipeline is the measure of the others."""
    bare = rows[0].lists_per_s
    lines = ["| row | lists/s | of bare | p95 ms of a batch | peak MiB | what limits it |", "| --- | ---: | ---: | ---: | ---: | --- |"]  # fmt: skip
    lines += [
        f"| {row.name} | {row.lists_per_s:,.0f} | {row.lists_per_s / bare:.2f} | {row.p95_ms:,.0f} | {row.peak_mib:,.0f} | {LIMITS.get(row.name, 'CPU, and PostgreSQL for a third of it')} |"
        for row in rows
    ]
    return "\n".join(lines)
