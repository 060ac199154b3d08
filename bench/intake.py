"""`gongfu bench intake`: ceilings, the bare pipeline, a plain ORM implementation and the product, in one run on one machine."""

from __future__ import annotations

import ast
import json
import os
import resource
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.place import own

PER_MESSAGE, WORKERS = 100, 2
WARM_LISTS = 1_000
SINGLE_LISTS, SINGLE_PER_SECOND, ORM_SHARE = 400, 160, 10


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. Latencies: of a unit of four messages; for the product, from receipt to ready."""

    name: str
    lists_per_s: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    peak_mib: float


def main(*, lists: int, as_json: bool) -> int:
    """Measure in a data folder of its own, which goes at the end; print the table."""
    with own("bench") as data:
        rows, written = measure(lists, data)
        broken = violated()
    if as_json:
        print(json.dumps({"rows": [asdict(row) for row in rows]}))
    else:
        print(report(rows, written))
    for line in broken:
        print(line, file=sys.stderr)
    return 1 if broken else 0


def violated() -> list[str]:
    """What the load has left broken, in words; empty when every invariant holds (quality, section 2)."""
    from gongfu.config.invariants import violations

    return [f"{name}: {row}" for name, rows in violations().items() for row in rows]


def measure(lists: int, folder: Path) -> tuple[list[Row], int]:
    from bench import rows
    from bench.bare import make_tables
    from bench.material import keyring, material, today
    from gongfu.config.demo import enrol

    keys = keyring(folder)
    made = material(keys, lists, PER_MESSAGE, today())
    enrol(made.plan, keys, today())
    found = [
        _row("parse", lists, rows.timed(made.groups, rows.parse)),
        _row("verify", lists, rows.timed(made.groups, rows.verifier(made, keys))),
    ]
    make_tables()
    found.append(_copy_row(lists))
    found.append(_process_row("bare", "bench.bare", lists, 5_000_000))
    found.append(_process_row("orm", "bench.orm", max(lists // ORM_SHARE, 100), 6_000_000))
    _forget_orm()
    before = wal_bytes()
    found += _product_rows(made, material(keys, min(WARM_LISTS, lists), PER_MESSAGE, today(), start=8_000_000), folder)
    written = wal_bytes() - before
    single = material(keys, min(SINGLE_LISTS, lists), 1, today(), start=7_000_000)
    found.append(_single_row(single, folder))
    return found, written // lists


def _forget_orm() -> None:
    """Its lists stand in the product's own tables, and were never put out to the single window."""
    from django.db import connection

    from bench.orm import TABLES

    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")


def _row(name: str, lists: int, spent: list[float], wall: float | None = None, peak_mib: float | None = None) -> Row:
    from bench.product import summary

    p50, p95, p99 = (1000 * value for value in summary(spent))
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Row(
        name,
        round(lists / (wall or sum(spent)), 1),
        round(p50, 1),
        round(p95, 1),
        round(p99, 1),
        round(peak_mib or own, 1),
    )


def _copy_row(lists: int) -> Row:
    """COPY of finished lists with their lines and taxes, indexed and durable, by one connection."""
    from bench import bare
    from bench.material import keyring, material, today
    from gongfu.base.kit import bulk
    from gongfu.config import datafolder

    stored: list[tuple[str, Any]] = []
    real = bulk.copy_in
    bulk.copy_in = lambda table, frame: stored.append((table, frame)) or 0  # type: ignore[func-returns-value,assignment]
    keys = keyring(datafolder.path())
    made = material(keys, lists, PER_MESSAGE, today(), 4_000_000)
    number = 4_000_000
    for group in made.groups:
        number = bare._one(rows_verified(group, keys), number)
    bulk.copy_in = real
    from django.db import transaction

    spent = []
    for place in range(0, len(stored), 3):
        began = perf_counter()
        with transaction.atomic():
            for table, frame in stored[place : place + 3]:
                bulk.copy_in(table, frame)
        spent.append(perf_counter() - began)
    return _row("copy", lists, spent)


def rows_verified(group: Any, keys: Any) -> Any:
    from bench.rows import verified

    return verified(group, {firm.code: [keys.of(firm)[1]] for _, firm, _ in group})


def _process_row(name: str, module: str, lists: int, start: int) -> Row:
    """Two processes, told to go together; their wall time counts."""
    share = lists // WORKERS
    command = [sys.executable, "-W", "ignore", "-m", module]
    started = [
        subprocess.Popen(
            [*command, str(share), str(PER_MESSAGE), str(start + place * share)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for place in range(WORKERS)
    ]
    for one in started:
        assert one.stdout
        one.stdout.readline()
    began = perf_counter()
    for one in started:
        assert one.stdin
        one.stdin.write("go\n")
        one.stdin.flush()
    spent = [seconds for one in started for seconds in ast.literal_eval(one.communicate()[0].splitlines()[-1])]
    wall = perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return _row(name, share * WORKERS, spent, wall, peak)


def _product_rows(made: Any, warm: Any, folder: Path) -> list[Row]:
    """The product until every receipt is ready, and until it has come to rest."""
    from bench import product

    told = product.measure(made, folder, warm)
    p50, p95, p99 = (round(one, 1) for one in product.summary(told.latencies_ms))
    rates = {"product": told.ready_per_s, "product_at_rest": told.rest_per_s}
    return [Row(name, round(rate, 1), p50, p95, p99, round(told.peak_mib, 1)) for name, rate in rates.items()]


def _single_row(made: Any, folder: Path) -> Row:
    from bench import product

    rate, latencies, peak = product.measure_paced(made, folder, SINGLE_PER_SECOND)
    p50, p95, p99 = product.summary(latencies)
    return Row("product_single", round(rate, 1), round(p50, 1), round(p95, 1), round(p99, 1), round(peak, 1))


def wal_bytes() -> int:
    from gongfu.base.kit import bulk

    return int(bulk.fetch("SELECT wal_bytes::bigint AS n FROM pg_stat_wal")["n"][0])


def report(rows: list[Row], written: int) -> str:
    """The table with ratios, as it stands in docs/explanation/speed.md."""
    by_name = {row.name: row for row in rows}
    lines = ["| row | lists/s | p50 ms | p95 ms | p99 ms | peak MiB |", "| --- | ---: | ---: | ---: | ---: | ---: |"]
    lines += [
        f"| {row.name} | {row.lists_per_s:,.0f} | {row.p50_ms:,.1f} | {row.p95_ms:,.1f} | {row.p99_ms:,.1f} | {row.peak_mib:,.0f} |"
        for row in rows
    ]
    product, bare, orm = by_name["product"], by_name["bare"], by_name["orm"]
    lines += ["", f"product / bare = {product.lists_per_s / bare.lists_per_s:.2f}; product / orm = {product.lists_per_s / orm.lists_per_s:.1f}; "
              f"WAL written by the product: {written:,} bytes a list; {os.cpu_count()} cores.",
        "product: until every receipt is ready; product_at_rest: until the orders' files are sealed too, which waits for a quiet moment.",
        f"product_single: messages of one document, {SINGLE_PER_SECOND} a second (four a list), latency from receipt to receipt ready."]  # fmt: skip
    return "\n".join(lines)
