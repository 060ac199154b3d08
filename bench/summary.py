"""A month of export lists merged to forms (R-303): time, memory, and whether the sums are exact.

python -m bench.summary LISTS   (fills a database of its own with cleared lists of one month, two lines each, then merges them)
"""

from __future__ import annotations

import resource
import sys
from dataclasses import dataclass
from datetime import date
from time import perf_counter

from bench.place import own

MONTH = date(2026, 10, 1)
ZONE, SELLERS, CODES, COUNTRIES = "nanchong", 200, 400, 12
KIBIBYTES = 1024
FIRST = 500_000_000  # beyond whatever lists stand in the database already
LISTS = """
INSERT INTO declarations_declaration (id, message_id, sender_code, zone, guid, flow, mode, ebp_code, order_no, ebc_code, logistics_code, logistics_no,
  agent_code, assure_code, customs_code, local_ref_no, pre_no, invt_no, lane, country, currency, goods_fen, freight_fen, insured_fen, gross_g, buyer_key,
  quota_key, address_key, declared_on, declared_at, received_at, state, reason, findings, match, returned_at, released_at)
SELECT %(first)s + n, 0, 'BENCH', %(zone)s, 'BENCH-' || n, 'E', '9610', 'P', 'BENCH-' || n, 'S' || n %% %(sellers)s, 'L', 'BENCH-' || n,
  'A', '', '7913', '', '', '', 'B', '502', '142', 0, 0, 0, 100, '', '', '', %(month)s, %(month)s, %(month)s, 'closed', '', '[]', '[]', '', %(month)s
FROM generate_series(1, %(lists)s) n
"""
LINES = """
INSERT INTO declarations_line (declaration_id, gnum, item_no, hs10, name, model, country, qty, unit, qty1, unit1, price, total_fen, currency)
SELECT %(first)s + n, g, '', lpad(((n * 7 + g * 13) %% %(codes)s)::text, 10, '6'), 'x', '', '502', 1 + n %% 3, '011', 0.1, '035', 1, n %% 100000 + g, '142'
FROM generate_series(1, %(lists)s) n, generate_series(1, 2) g
"""
EXPORTED = """
INSERT INTO declarations_exported (declaration_id, zone, ebc_code, agent_code, owner_code, customs_code, mode, lane, traf_mode, country, port_code, net_g,
  licence, vehicle, voyage_no, bill_no, cleared_on)
SELECT %(first)s + n, %(zone)s, 'S' || n %% %(sellers)s, 'A', 'S' || n %% %(sellers)s, '7913', '9610', 'B', '5', (100 + n %% %(countries)s)::text, '7913', 100,
  false, '', '', '', %(month)s::date + (n %% 31)::int
FROM generate_series(1, %(lists)s) n
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one merging came to.  exact: the forms hold every line and every fen of the lists."""

    lists: int
    forms: int
    lines: int
    seconds: float
    peak_mib: float
    exact: bool


def fill(lists: int) -> None:
    """That many cleared lists of lane B, of two lines each, in the database at hand."""
    from django.db import connection

    told = {"first": FIRST, "lists": lists, "zone": ZONE, "sellers": SELLERS, "codes": CODES, "countries": COUNTRIES, "month": MONTH}
    with connection.cursor() as cursor:
        for statement in (LISTS, LINES, EXPORTED):
            cursor.execute(statement, told)
        cursor.execute("ANALYZE declarations_exported, declarations_line")


def measure(chunk: int = 100_000) -> Measured:
    """Merge the month of the zone and compare with what the database adds up."""
    from django.db import connection

    from gongfu.modules.declarations import summed

    began = perf_counter()
    forms = summed.forms_to_come(ZONE, MONTH, chunk)
    seconds = perf_counter() - began
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(DISTINCT e.declaration_id), coalesce(sum(l.total_fen), 0)::bigint FROM declarations_exported e "
            "JOIN declarations_line l ON l.declaration_id = e.declaration_id WHERE e.zone = %s AND e.declaration_id > %s",
            [ZONE, FIRST],
        )
        lines, lists, fen = cursor.fetchone() or (0, 0, 0)
    exact = (int(forms["lines"].sum()), int(forms["total_fen"].sum())) == (lines, fen)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIBIBYTES
    return Measured(lists, forms["form"].n_unique(), forms.height, seconds, peak, exact)


def main(lists: int) -> int:
    """Fill and measure in a database of its own; prints one line."""
    with own("summary"):
        fill(lists)
        told = measure()
    print(f"{told.lists:,} lists → {told.forms:,} forms, {told.lines:,} lines in {told.seconds:,.1f} s, {told.peak_mib:,.0f} MiB at most, {'exact' if told.exact else 'NOT EXACT'}")  # fmt: skip
    return 0 if told.exact else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3_000_000))
