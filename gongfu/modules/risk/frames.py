"""Rows of the modules below as the frames that the rules take; every query follows an index or one day's rows."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import polars as pl

from gongfu.base.kit import bulk
from gongfu.base.kit.beijing import BEIJING
from gongfu.core.ceb.schema import FLOWS
from gongfu.core.rule import registry
from gongfu.modules.declarations import queries as declarations
from gongfu.modules.risk.rules import clocks, r1004_split_orders, reconciling
from gongfu.zones.plan import plans

MOVES = (
    "SELECT m.declaration_id, m.id, m.state, m.why, m.at, m.returned_at FROM declarations_move m "
    "WHERE m.declaration_id = ANY(%s) ORDER BY m.declaration_id, m.id"
)
# States of a list that customs has not released and nobody has ended.
OPEN = ("waiting", "held", "ready", "sent", "accepted", "review", "inspection", "detained", "concluded")
HEADS = "SELECT id, zone, agent_code, ebc_code, mode FROM declarations_declaration WHERE id = ANY(%s) ORDER BY id"
OPEN_OF = (
    "SELECT id FROM declarations_declaration WHERE agent_code = ANY(%s) AND zone = %s AND received_at >= %s AND received_at < %s "
    "AND state = ANY(%s) ORDER BY id"
)
PUT_OUT = (
    "WITH s AS MATERIALIZED (SELECT g AS guid, o.type, o.created_at, o.delivered_at FROM intake_outgoing o, unnest(o.guids) g "
    "WHERE o.zone = %(zone)s AND o.created_at >= %(start)s AND o.created_at < %(end)s) "
)
SENT = PUT_OUT + "SELECT upper(guid), type, created_at, delivered_at FROM s"
# Bills and their status answer no document of ours; they are reconciled on their own.
RECEIPTS = PUT_OUT + (
    "SELECT upper(r.document_guid), r.status, r.returned_at FROM (SELECT DISTINCT guid FROM s) t JOIN intake_receipt r ON r.document_guid = t.guid "
    "WHERE r.origin = 'customs' AND r.type NOT IN ('CEB816Message', 'CEB818Message') "
    "UNION ALL SELECT upper(guid), status, returned_at FROM declarations_orphan "
    "WHERE zone = %(zone)s AND recorded_at >= %(start)s AND recorded_at < %(end)s"
)
KNOWN = PUT_OUT + (
    "SELECT DISTINCT ON (key) * FROM ("
    "SELECT upper(d.guid) AS key, CASE d.flow WHEN 'I' THEN 'CEB621Message' ELSE 'CEB603Message' END, d.state, d.agent_code, d.id "
    "FROM (SELECT DISTINCT upper(guid) AS key FROM s) t JOIN declarations_declaration d ON upper(d.guid) = t.key "
    "UNION ALL SELECT upper(f.guid), f.kind, f.state, f.sender_code, f.id "
    "FROM (SELECT DISTINCT upper(guid) AS key FROM s) t JOIN declarations_followup f ON upper(f.guid) = t.key "
    # orders, payments and waybills that were passed on have no state of their own here
    "UNION ALL SELECT upper(s.guid), s.type, NULL, r.party_code, NULL FROM s JOIN intake_receipt r ON r.document_guid = s.guid AND r.origin = 'platform' "
    f"WHERE s.type IN ({', '.join(repr(one) for one in FLOWS)})"
    ") n ORDER BY key, id DESC"
)
LISTS = (
    "SELECT d.id, d.invt_no, d.agent_code, d.released_at, coalesce(sum(a.duty_fen + a.ct_fen + a.vat_fen), 0)::bigint, "
    "(SELECT coalesce(sum(r.duty_fen + r.ct_fen + r.vat_fen), 0)::bigint FROM tax_returned r WHERE r.declaration_id = d.id), count(a.id) "
    "FROM declarations_declaration d LEFT JOIN tax_assessment a ON a.declaration_id = d.id "
    "WHERE d.zone = %(zone)s AND d.flow = 'I' AND d.released_at >= %(start)s AND d.released_at < %(end)s AND d.received_at < %(end)s "
    "GROUP BY d.id ORDER BY d.id"
)
# A bill that found no list is the zone's in whose customs office the list's number begins.
# Void bills (3) are no claim any more; a status that came before its bill has no amounts yet.
BILLS = (
    "SELECT b.tax_no, b.declaration_id, b.invt_no, b.duty_fen + b.ct_fen + b.vat_fen FROM tax_bill b "
    "WHERE b.status <> '3' AND b.returned_at <> '' AND (b.declaration_id = ANY(%(lists)s) "
    "OR (b.declaration_id IS NULL AND left(b.invt_no, 4) = ANY(%(offices)s) AND b.recorded_at >= %(start)s AND b.recorded_at < %(end)s)) ORDER BY b.id"
)
OURS = {
    "payments": "SELECT pay_no, pay_code, paid_fen FROM trade_payment WHERE zone = %(zone)s AND NOT withdrawn AND paid_at >= %(start)s AND paid_at < %(end)s AND pay_code = ANY(%(firms)s)",
    "waybills": "SELECT logistics_no, logistics_code, freight_fen + insured_fen FROM trade_waybill WHERE zone = %(zone)s AND NOT withdrawn AND recorded_at >= %(start)s AND recorded_at < %(end)s AND logistics_code = ANY(%(firms)s)",
}  # fmt: skip
# A firm speaks for itself alone, under either of its codes; a desk may hand in the statements of many.
THEIRS = (
    "SELECT r.facts->>'number', r.facts->>'firm', (r.facts->>'amount')::bigint FROM feeds_row r JOIN feeds_feed f ON f.id = r.feed_id "
    "WHERE f.zone = %(zone)s AND f.kind = 'statements' AND r.current AND r.facts->>'day' = %(day)s AND r.facts->>'flow' = %(flow)s "
    "AND (f.party_code IN ('', r.facts->>'firm') OR EXISTS (SELECT FROM parties_party p WHERE p.code = f.party_code AND p.customs_code = r.facts->>'firm'))"
)

# Imports that share an address or a buyer with one received on the day, as far back as a rule looks. A list that was refused or taken
# back is no purchase.
VALUED = "d.goods_fen + d.freight_fen + d.insured_fen"
BUYER = "coalesce(nullif(d.quota_key, ''), d.buyer_key)"
COUNTED = "FROM declarations_declaration d WHERE d.zone = %(zone)s AND d.flow = 'I' AND d.live AND d.received_at < %(end)s"
SPLIT = (
    f"WITH today AS MATERIALIZED (SELECT d.address_key, {BUYER} AS buyer {COUNTED} AND d.received_at >= %(start)s) "
    f"SELECT d.id, d.address_key, {BUYER}, {VALUED}, (d.received_at AT TIME ZONE 'Asia/Shanghai')::date {COUNTED} AND d.received_at >= %(since)s "
    f"AND (d.address_key IN (SELECT address_key FROM today WHERE address_key <> '') OR {BUYER} IN (SELECT buyer FROM today WHERE buyer <> '')) ORDER BY d.id"
)


def span(zone: str, day: date) -> dict[str, Any]:
    """The zone and the Beijing day as parameters of a query."""
    start = datetime.combine(day, time.min, BEIJING)
    return {"zone": zone, "start": start, "end": start + timedelta(days=1)}


def moves(lists: list[int]) -> pl.DataFrame:
    """Every move of these lists, as rules.clocks takes them; a move to `held` says by its reason's title what holds the list."""
    return _reasoned(bulk.fetch(MOVES, [lists], dict(clocks.MOVES)))


def moves_of(declaration: Any) -> pl.DataFrame:
    """The same of one list, from its row; moves that were fetched with it are not fetched again."""
    told = [(one.declaration_id, one.pk, one.state, one.why, one.at, one.returned_at) for one in declaration.moves.all()]
    return _reasoned(pl.DataFrame(told, schema=dict(clocks.MOVES), orient="row"))


def _reasoned(rows: pl.DataFrame) -> pl.DataFrame:
    """With the code of what holds the list in place of why it moved."""
    codes = {registry()[code].title["zh"]: code for code in clocks.FIRMS}
    return rows.with_columns(pl.col("reason").replace_strict(codes, default="", return_dtype=pl.String))


def heads(lists: list[int]) -> pl.DataFrame:
    names = dict.fromkeys(("zone", "agent_code", "ebc_code", "mode"), pl.String)
    return bulk.fetch(HEADS, [lists], {"list": pl.Int64, **names})


def still_open(firms: list[str], zone: str, start: datetime, end: datetime) -> list[int]:
    """Lists of these declarants received in the span that customs has not released."""
    return bulk.fetch(OPEN_OF, [firms, zone, start, end, list(OPEN)], {"id": pl.Int64})["id"].to_list() if firms else []


def window(zone: str, day: date) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """(sent, receipts, known) of the documents put out on a day, as rules.reconciling.window takes them."""
    asked = span(zone, day)
    receipts = bulk.fetch(RECEIPTS, asked, dict.fromkeys(("key", "status", "returned_at"), pl.String))
    ranks = pl.col("status").replace_strict(declarations.status_ranks(), default=0, return_dtype=pl.Int64)
    return (
        bulk.fetch(SENT, asked, dict(reconciling.SENT)),
        receipts.with_columns(rank=ranks),
        bulk.fetch(KNOWN, asked, dict(reconciling.KNOWN)),
    )


def bills(zone: str, day: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(lists released on a day, bills of them and bills of the day that found no list)."""
    asked = span(zone, day)
    lists = bulk.fetch(LISTS, asked, dict(reconciling.LISTS))
    named = {"lists": lists["declaration"].to_list(), "offices": list(plans()[zone].customs_codes)}
    return lists, bulk.fetch(BILLS, {**asked, **named}, dict(reconciling.BILLS))


def statements(zone: str, day: date, flow: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(ours, theirs) of a day for the firms that delivered a statement of it.  flow: payments or waybills."""
    asked = {**span(zone, day), "day": day.isoformat(), "flow": flow}
    theirs = bulk.fetch(THEIRS, asked, dict(reconciling.AMOUNTS))
    firms = theirs["party_code"].unique().to_list()
    return bulk.fetch(OURS[flow], {**asked, "firms": firms}, dict(reconciling.AMOUNTS)), theirs


def split(zone: str, day: date, days: int) -> pl.DataFrame:
    """Lists that rules.r1004_split_orders looks at for a day, so many days back."""
    asked = span(zone, day)
    return bulk.fetch(SPLIT, {**asked, "since": asked["end"] - timedelta(days=days)}, dict(r1004_split_orders.LISTS))
