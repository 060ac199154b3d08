"""Lists over a million rows: any page, any filter, any order; and the export of 200,000 rows with its memory.

GONGFU_DATA=<a folder of its own> python -m bench.pages [rows] [rounds]      (fills the database of that folder once)
"""

from __future__ import annotations

import os
import resource
import statistics
import sys
from collections.abc import Callable, Iterator
from functools import partial
from time import perf_counter
from typing import Any

from gongfu.config.runtime import ready

ZONES = ("nanchong", "meishan", "deyang", "mianyang")
FILL = """
INSERT INTO declarations_declaration (zone, message_id, sender_code, guid, flow, mode, ebp_code, order_no, ebc_code, logistics_code, logistics_no,
  assure_code, agent_code, customs_code, local_ref_no, pre_no, invt_no, lane, country, currency, goods_fen, freight_fen, insured_fen, gross_g, buyer_key,
  quota_key, address_key, declared_on, declared_at, received_at, state, live, hold, reason, findings, match, returned_at, released_at)
SELECT (%s::text[])[1 + n %% 4], n / 100, 'S' || n %% 50, 'guid-' || n, CASE WHEN n %% 3 = 0 THEN 'E' ELSE 'I' END, (%s::text[])[1 + n %% 4],
  'P' || n %% 40, 'O' || n, 'B' || n %% 400, 'L' || n %% 20, 'W' || n, '', 'A' || n %% 200, '7900', '', '', 'N' || n, '', '142', '142', n %% 500000, 0, 0,
  1000, '', '', '', date '2026-01-01' + (n / 4000)::int, timestamptz '2026-01-01' + n * interval '20 seconds', timestamptz '2026-01-01' + n * interval '20 seconds',
  CASE WHEN n %% 1000 = 0 THEN 'failed' WHEN n %% 50 = 0 THEN 'held' ELSE 'released' END, true, n %% 50 = 0,
  CASE WHEN n %% 50 = 0 THEN 'BIZ-MATCH-WEIGHT' ELSE '' END, '[]', '[]', '', timestamptz '2026-01-02' + n * interval '20 seconds'
FROM generate_series(1, %s) n
"""
MODES = ("9610", "1210", "9710", "9810")
PAGES = {
    "first page": "",
    "deep page": "before={deep}",
    "by time": "sort=received_at",
    "by time, deep": "sort=-received_at&before={deep}",
    "order number": "q=O4321",
    "nothing found": "q=none-such",
    "mode": "mode=1210",
    "direction": "flow=E",
    "state, frequent": "state=released",
    "state, rare": "state=failed",
    "state, none": "state=waiting",
    "reason": "reason=BIZ-MATCH-WEIGHT",
    "reason, none": "reason=NO-SUCH",
    "day": "day=2026-02-01",
    "day without rows": "day=2020-02-01",
    "state and time": "state=failed&sort=received_at",
    "all at once": "mode=1210&flow=I&state=held&day=2026-02-01",
}


def fill(rows: int) -> None:
    """The table with so many rows of four zones, and statistics; nothing when it is full already."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM declarations_declaration")
        if cursor.fetchone()[0] >= rows:
            return
        cursor.execute("TRUNCATE declarations_declaration CASCADE")
        cursor.execute(FILL, [list(ZONES), list(MODES), rows])
        cursor.execute("VACUUM ANALYZE declarations_declaration")


def signed_in(role: str, zone: str, party: str = "") -> Any:
    from django.test import Client

    from gongfu.base.access.models import Person

    person, _ = Person.objects.update_or_create(
        username=f"bench-{role}", defaults={"role": role, "zone": zone, "party_code": party}
    )
    client = Client(headers={"host": "localhost"})
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def times(work: Callable[[], Any], rounds: int) -> tuple[float, float]:
    """(p50, p95) in milliseconds, the first round left out."""
    spent = []
    for _ in range(rounds + 1):
        start = perf_counter()
        work()
        spent.append((perf_counter() - start) * 1000)
    ordered = sorted(spent[1:])
    return statistics.median(ordered), ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]


def pages(rounds: int, rows: int) -> None:
    for who, role, party, path in (
        ("officer", "officer.customs", "", "/bureau/lists"),
        ("firm", "firm.operator", "A7", "/enterprise/lists"),
    ):
        client = signed_in(role, "nanchong", party)
        for name, query in PAGES.items():
            address = f"{path}?{query.format(deep=rows // 3)}"
            answer = client.get(address)
            assert answer.status_code == 200, address
            p50, p95 = times(partial(client.get, address), rounds)
            late = "  LATE" if p95 > 200 else ""
            print(
                f"{who:8} {name:18} p50 {p50:7.1f} ms  p95 {p95:7.1f} ms  {answer.context['total']:>10}{late}",
                flush=True,
            )


def exported() -> None:
    """200,000 rows as the worker makes them: seconds to the first piece and in all, megabytes, memory."""
    from django.conf import settings
    from django.db import transaction

    from gongfu.base.access.actor import Actor
    from gongfu.base.cards import cards
    from gongfu.base.screens import exports
    from gongfu.base.screens.cells import lean
    from gongfu.base.screens.listing import LISTINGS
    from gongfu.base.screens.words import speaking

    cards(settings.CARD_PACKAGES)
    listing = LISTINGS["declarations.lists"]
    actor = Actor("bench", "zone", frozenset({"declarations.read"}), ("nanchong",))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with speaking("zh-hans"), transaction.atomic():
        rows = lean(listing.of(actor), listing.columns).order_by("-pk")[:200_000].iterator(chunk_size=exports.AT_ONCE)
        start = perf_counter()
        pieces = exports.csv_zip("bench", listing.columns, rows)
        size = len(next(pieces))
        size += len(next(pieces))
        first = perf_counter() - start
        size += sum(map(len, pieces))
        whole = perf_counter() - start
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(
        f"export 200,000 rows: first rows {first:.2f} s, all {whole:.1f} s, {size / 1e6:.1f} MB, memory +{grown:.0f} MB"
    )


def background() -> None:
    """The same through a job: asked, done by the worker, kept enciphered, sent."""
    from gongfu.base.events import worker
    from gongfu.base.jobs.models import Job

    client = signed_in("officer.customs", "nanchong")
    start = perf_counter()
    client.post("/bureau/lists", {"do": "export"})
    asked = perf_counter() - start
    worker.run_lane("jobs")
    done = perf_counter() - start
    job = Job.objects.latest("pk")
    start = perf_counter()
    body: Iterator[bytes] = iter(client.get(f"/bureau/jobs/{job.pk}/file").streaming_content)
    next(body)
    first = perf_counter() - start
    size = sum(map(len, body))
    print(
        f"job of {job.done:,} rows: asked {asked:.2f} s, {job.state} {done:.1f} s; download first byte {first:.3f} s, {size / 1e6:.1f} MB"
    )


def imported() -> None:
    """Rows a second of reading and checking a workbook of 10,000 rows."""
    from datetime import date
    from io import BytesIO

    import xlsxwriter

    from gongfu.base.screens import workbooks
    from gongfu.core.fields import Field

    fields = [
        Field("code", "代码", "Code", "uscc"),
        *(Field(f"f{n}", f"列{n}", f"Column {n}") for n in range(8)),
        Field("paid", "金额", "Amount", "money"),
    ]
    out = BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, [one.title for one in fields])
        for number in range(1, 10_001):
            sheet.write_row(
                number,
                0,
                ["91510600MA6DEM014K" if number % 10 else "x", *(f"值{number}-{n}" for n in range(8)), number],
            )
    start = perf_counter()
    told = workbooks.read(out.getvalue(), "a.xlsx", fields)
    read = perf_counter() - start
    checked = workbooks.check(fields, told.rows, date(2026, 1, 31), told.numbers)
    done = perf_counter() - start
    print(
        f"import 10,000 rows × 10: read {read:.2f} s, checked {done - read:.2f} s ({10_000 / done:,.0f} rows/s in all), {len(checked.bad):,} faulty"
    )


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    os.environ["GONGFU_DEMO"] = "1"  # its officers sign in without a second factor
    with ready(quiet=False):
        from django.test.utils import setup_test_environment

        setup_test_environment()
        fill(rows)
        exported()
        imported()
        background()
        pages(rounds, rows)


if __name__ == "__main__":
    main()
