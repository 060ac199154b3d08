"""The row of the daily reconciliation with the single window, as it runs: rows in the database, its three queries, the comparison, items written."""

from __future__ import annotations

from time import perf_counter

import bench.ready  # noqa: F401  isort: skip
from django.db import connection

from bench.intake import Row, _row
from bench.material import today
from gongfu.base.access.actor import OPERATOR, WORKER
from gongfu.modules.risk import queries as risk
from gongfu.modules.risk import reconciling

ZONE, FIRST, ONE_IN, PER = "deyang", 700_000_000, 1_000, 100
GUID = "'B' || lpad(n::text, 35, '0')"
LISTS = f"""
INSERT INTO declarations_declaration (id, message_id, sender_code, zone, guid, flow, mode, ebp_code, order_no, ebc_code, logistics_code, logistics_no,
  agent_code, assure_code, customs_code, local_ref_no, pre_no, invt_no, lane, country, currency, goods_fen, freight_fen, insured_fen, gross_g, buyer_key,
  quota_key, address_key, declared_on, declared_at, received_at, state, reason, findings, match, returned_at, released_at)
SELECT %(first)s + n, 0, 'BENCH', %(zone)s, {GUID}, 'I', '9610', 'P', 'WINDOW-' || n, 'S', 'L', 'WINDOW-' || n, 'A', '', '7906', '', '', '', '', '502', '142', 0, 0, 0,
  100, '', '', '', %(day)s::date, now(), now(), CASE WHEN n %% %(one_in)s = 0 THEN 'accepted' ELSE 'released' END, '', '[]', '[]', '', now()
FROM generate_series(0, %(records)s - 1) n
"""
SENT = f"""
INSERT INTO intake_outgoing (zone, type, message_id, guids, peer_id, state, tries, delivered_at)
SELECT %(zone)s, 'CEB621Message', 0, array_agg({GUID} ORDER BY n), 'WINDOW-' || n / %(per)s, 'delivered', 1, now()
FROM generate_series(0, %(records)s - 1) n GROUP BY n / %(per)s
"""
TOLD = f"""
INSERT INTO intake_receipt (zone, message_id, type, batch, document_guid, document_key, party_code, origin, status, returned_at, info, fields)
SELECT %(zone)s, 0, 'CEB622Message', 'WINDOW', {GUID}, 'WINDOW-' || n, 'BENCH', 'customs', s.status, s.at, '', '{{}}'
FROM generate_series(0, %(records)s - 1) n CROSS JOIN (VALUES ('800', '20261128100000000'), ('120', '20261128090000000')) s (status, at)
"""


def reconciliation(records: int) -> Row:
    """One zone's day: so many lists put out, two receipts for each, one in a thousand standing otherwise than customs said.

    What limits it is reading the receipts. RuntimeError when the items are not exactly the planted differences.
    """
    asked = {"first": FIRST, "zone": ZONE, "day": today(), "one_in": ONE_IN, "per": PER, "records": records}
    with connection.cursor() as cursor:
        for statement in (LISTS, SENT, TOLD):
            cursor.execute(statement, asked)
        cursor.execute("ANALYZE declarations_declaration, intake_outgoing, intake_receipt")
    began = perf_counter()
    done = reconciling.reconcile(WORKER, ZONE, today(), "window")
    wall = perf_counter() - began
    planted = {"state": len(range(0, records, ONE_IN))}
    items = risk.items(OPERATOR).filter(zone=ZONE, source="window").count()
    if (done.found, done.ours, items) != (planted, records, planted["state"]):
        raise RuntimeError(f"{planted} differences were planted, {done.found} found in {done.ours} records, {items} items written")
    return _row("reconciliation", records, [wall], wall)
