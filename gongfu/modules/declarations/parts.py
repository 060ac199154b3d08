"""Lists, what customs said of them, and what followed them, as parts of an order's file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from gongfu.base.kit import bulk
from gongfu.base.kit.digests import digest, moment
from gongfu.core.money import yuan
from gongfu.modules.trade.events import FilesSought, Part

GOODS = "(SELECT string_agg(concat_ws(':', l.gnum, l.hs10, l.qty, l.total_fen), ' ' ORDER BY l.gnum) FROM declarations_line l WHERE l.declaration_id = d.id)"
LIST = digest("d.id", "d.guid", "d.zone", "d.mode", "d.ebp_code", "d.order_no", "d.ebc_code", "d.logistics_code", "d.logistics_no", "d.agent_code", "d.currency", "d.goods_fen", "d.freight_fen", "d.insured_fen", "d.gross_g", "d.buyer_key", "d.address_key", moment("d.declared_at"), GOODS)  # fmt: skip
MOVE = digest("m.id", "m.declaration_id", "m.before", "m.state", "m.why", "m.returned_at", moment("m.at"))
FOLLOW_UP = digest("f.id", "f.guid", "f.kind", "f.number", "f.sender_code", moment("f.said_at"))
LISTS = f"SELECT d.*, {LIST} AS digest FROM declarations_declaration d WHERE (d.order_no, d.ebp_code) IN (SELECT * FROM unnest(%s::text[], %s::text[])) ORDER BY d.id"
MOVES = f"SELECT m.*, {MOVE} AS digest FROM declarations_move m WHERE m.declaration_id = ANY(%s) AND m.origin = 'customs' ORDER BY m.id"
FOLLOW_UPS = (
    f"SELECT f.*, x.list, {FOLLOW_UP} AS digest FROM declarations_followup f JOIN ("
    "SELECT id, declaration_id AS list FROM declarations_followup WHERE declaration_id = ANY(%s) UNION "
    "SELECT follow_up_id, declaration_id FROM declarations_followupline WHERE declaration_id = ANY(%s)) x ON x.id = f.id ORDER BY f.id"
)
FORM = digest("f.id", "f.zone", "f.follow_up_id", "f.sum_no", "f.seq_no", "f.agent_code", "f.ebc_code", "f.customs_code")
FORMS = (
    f"SELECT f.*, x.list, {FORM} AS digest FROM declarations_summaryform f JOIN (SELECT DISTINCT form_id, declaration_id AS list "
    "FROM declarations_summaryline WHERE declaration_id = ANY(%s)) x ON x.form_id = f.id ORDER BY f.id"
)
B2B = ("9710", "9810")
# Kinds of follow-up document by what they are in an order's file; any other is a follow_up.
EVENTS = {
    "CEB625Message": "return", "CEB213Message": "return", "CEB215Message": "return", "CEB507Message": "departure", "CEB509Message": "departure",
    "CEB607Message": "departure", "CEB701Message": "summary", "CEB792Message": "summary",
}  # fmt: skip


def of_orders(orders: list[tuple[str, str]]) -> list[Part]:
    """Lists of these orders (platform, number), customs' moves of them, their follow-up documents and declaration forms."""
    rows = _named(LISTS, [[no for _, no in orders], [platform for platform, _ in orders]])
    lists = {row["id"]: row for row in rows}
    if not lists:
        return []
    ids = list(lists)
    return [
        *(_list(row) for row in lists.values()),
        *(_move(row, lists[row["declaration_id"]]) for row in _named(MOVES, [ids])),
        *(_follow_up(row, lists[row["list"]]) for row in _named(FOLLOW_UPS, [ids, ids])),
        *(_form(row, lists[row["list"]]) for row in _named(FORMS, [ids])),
    ]


def _named(query: str, given: list[Any]) -> Iterable[dict[str, Any]]:
    return bulk.fetch(query, given).iter_rows(named=True)


def _owners(row: dict[str, Any]) -> tuple[str, ...]:
    return (row["agent_code"], row["ebc_code"], row["ebp_code"], row["sender_code"])


def _list(row: dict[str, Any]) -> Part:
    flow = "I" if row["flow"] == "I" else "B" if row["mode"] in B2B else "E"
    return Part(
        (row["ebp_code"], row["order_no"]), "list", f"list:{row['id']}", row["invt_no"] or row["local_ref_no"] or row["guid"], row["zone"], _owners(row), row["digest"],
        row["declared_at"], row["state"], flow, f"lists/{row['id']}", (row["logistics_code"], row["logistics_no"]), (
            ("监管方式", "Mode", row["mode"]), ("货值", "Value", yuan(row["goods_fen"])), ("", "platform", row["ebp_code"]),
            ("", "seller", row["ebc_code"]), ("", "declarant", row["agent_code"]), ("", "logistics", row["logistics_code"]),
        ),
    )  # fmt: skip


def _move(row: dict[str, Any], of: dict[str, Any]) -> Part:
    event = "released" if row["state"] == "released" else "customs"
    return Part(
        (of["ebp_code"], of["order_no"]), event, f"move:{row['id']}", of["invt_no"] or of["guid"], of["zone"], _owners(of), row["digest"], row["at"],
        row["state"], href=f"lists/{of['id']}", values=((row["why"][:120], row["why"][:120], ""),) if row["why"] else (),
    )  # fmt: skip


def _follow_up(row: dict[str, Any], of: dict[str, Any]) -> Part:
    owners = (*_owners(of), row["agent_code"], row["ebc_code"], row["sender_code"])
    return Part(
        (of["ebp_code"], of["order_no"]), EVENTS.get(row["kind"], "follow_up"), f"follow_up:{row['id']}", row["official_no"] or row["number"], row["zone"], owners,
        row["digest"], row["said_at"], row["state"], values=((row["kind"][:6], row["kind"][:6], ""),),
    )  # fmt: skip


def _form(row: dict[str, Any], of: dict[str, Any]) -> Part:
    return Part(
        (of["ebp_code"], of["order_no"]), "form", f"form:{row['id']}", row["entry_id"] or row["seq_no"], row["zone"],
        (*_owners(of), row["agent_code"], row["ebc_code"]), row["digest"], row["recorded_at"], href=f"forms/{row['id']}", values=(
            ("汇总申请", "Summary", row["sum_no"]), ("统一编号", "Form", row["seq_no"]), ("状态", "State", row["state"]),
        ),
    )  # fmt: skip


FOUND: dict[str, Any] = {"ebp_code": pl.String, "order_no": pl.String, "zone": pl.String, "owners": pl.List(pl.String)}
# Each number in its own index; a list, what follows it, and the form it went into.
BY_FOLLOW_UP = (
    "SELECT f.id FROM declarations_followup f WHERE f.number = %(no)s OR (f.official_no = %(no)s AND f.official_no <> '') "
    "OR upper(f.guid) = upper(%(no)s) OR (f.facts ->> 'billNo' = %(no)s AND f.facts ? 'billNo')"
)
NAMED = (
    f"WITH f AS ({BY_FOLLOW_UP}), s AS (SELECT id FROM declarations_summaryform WHERE seq_no = %(no)s OR sum_no = %(no)s OR (entry_id = %(no)s AND entry_id <> '')), "
    "n AS (SELECT id FROM declarations_declaration WHERE order_no = %(no)s OR logistics_no = %(no)s OR (invt_no = %(no)s AND invt_no <> '') "
    "OR (local_ref_no = %(no)s AND local_ref_no <> '') OR (pre_no = %(no)s AND pre_no <> '') OR upper(guid) = upper(%(no)s) UNION "
    "SELECT declaration_id FROM declarations_exported WHERE bill_no = %(no)s AND bill_no <> '' UNION "
    "SELECT declaration_id FROM declarations_followup WHERE id IN (SELECT id FROM f) AND declaration_id IS NOT NULL UNION "
    "SELECT declaration_id FROM declarations_followupline WHERE follow_up_id IN (SELECT id FROM f) AND declaration_id IS NOT NULL UNION "
    "SELECT declaration_id FROM declarations_summaryline WHERE form_id IN (SELECT id FROM s)) "
    "SELECT ebp_code, order_no, zone, owners FROM (SELECT DISTINCT d.ebp_code, d.order_no, d.zone, "
    "ARRAY[d.agent_code, d.ebc_code, d.ebp_code, d.sender_code, d.logistics_code]::text[] AS owners FROM declarations_declaration d JOIN n ON n.id = d.id) t "
    "ORDER BY zone = ANY(%(zones)s) OR owners && %(codes)s DESC, ebp_code, order_no LIMIT %(most)s"
)
CARRIED = "SELECT DISTINCT ebp_code, order_no FROM declarations_declaration WHERE (logistics_code, logistics_no) IN (SELECT * FROM unnest(%s::text[], %s::text[]))"
ORDERED = "SELECT DISTINCT ebp_code, order_no FROM declarations_declaration WHERE id = ANY(%s) ORDER BY 1, 2"
PAIR = {"ebp_code": pl.String, "order_no": pl.String}


def found(sought: FilesSought) -> list[tuple[str, str, str, tuple[str, ...]]]:
    """(platform, order, zone, owners) by any number of a list (order, waybill, list, pre-entry, local, guid), of what follows it
    (cancellation, return, arrival, master bill and its bill, departure, summary: the sender's or the official number), or of the
    declaration form it went into; at most `sought.most`, those of `sought.zones` and `sought.codes` first."""
    given = {"no": sought.number, "zones": sought.zones, "codes": sought.codes, "most": sought.most}
    rows = bulk.fetch(NAMED, given, FOUND).iter_rows()
    return [(platform, order, zone, tuple(owners)) for platform, order, zone, owners in rows]


def carried(waybills: list[list[str]]) -> list[list[str]]:
    """The orders [platform, number] whose lists cite these waybills [carrier, number]."""
    if not waybills:
        return []
    rows = bulk.fetch(CARRIED, [[one for one, _ in waybills], [two for _, two in waybills]], PAIR).rows()
    return [list(row) for row in rows]


def ordered(lists: Iterable[int]) -> list[list[str]]:
    """The orders [platform, number] of these lists."""
    return [list(row) for row in bulk.fetch(ORDERED, [list(lists)], PAIR).rows()]


FOLLOWED = (
    "SELECT declaration_id FROM declarations_followup WHERE id = ANY(%s) AND declaration_id IS NOT NULL UNION "
    "SELECT declaration_id FROM declarations_followupline WHERE follow_up_id = ANY(%s) AND declaration_id IS NOT NULL"
)


def followed(follow_ups: list[int]) -> list[int]:
    """The lists that these follow-up documents are about."""
    return bulk.fetch(FOLLOWED, [follow_ups, follow_ups], {"id": pl.Int64})["id"].to_list() if follow_ups else []


FORMED = (
    "SELECT DISTINCT l.declaration_id FROM declarations_summaryline l JOIN declarations_summaryform f ON f.id = l.form_id WHERE f.seq_no = ANY(%s)"
)


def formed(numbers: Iterable[str]) -> list[int]:
    """The lists that went into the declaration forms with these numbers (declSeqNo)."""
    return bulk.fetch(FORMED, [list(numbers)], {"id": pl.Int64})["id"].to_list()
