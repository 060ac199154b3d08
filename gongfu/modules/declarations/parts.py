"""Lists, what customs said of them, and what followed them, as parts of an order's file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from gongfu.base.kit import bulk
from gongfu.base.kit.digests import digest, moment
from gongfu.core.money import yuan
from gongfu.modules.trade.events import Part

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
B2B = ("9710", "9810")
# Kinds of follow-up document by what they are in an order's file; any other is a follow_up.
EVENTS = {
    "CEB625Message": "return", "CEB213Message": "return", "CEB215Message": "return", "CEB507Message": "departure", "CEB509Message": "departure",
    "CEB607Message": "departure", "CEB701Message": "summary", "CEB792Message": "summary",
}  # fmt: skip


def of_orders(orders: list[tuple[str, str]]) -> list[Part]:
    """Lists of these orders (platform, number), customs' moves of them, and their follow-up documents."""
    rows = _named(LISTS, [[no for _, no in orders], [platform for platform, _ in orders]])
    lists = {row["id"]: row for row in rows}
    if not lists:
        return []
    ids = list(lists)
    return [
        *(_list(row) for row in lists.values()),
        *(_move(row, lists[row["declaration_id"]]) for row in _named(MOVES, [ids])),
        *(_follow_up(row, lists[row["list"]]) for row in _named(FOLLOW_UPS, [ids, ids])),
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


FOUND: dict[str, Any] = {"ebp_code": pl.String, "order_no": pl.String, "zone": pl.String, "owners": pl.List(pl.String)}
WHOSE = "DISTINCT ebp_code, order_no, zone, ARRAY[agent_code, ebc_code, ebp_code, sender_code, logistics_code]"
NAMED = (
    f"SELECT {WHOSE} FROM declarations_declaration WHERE order_no = %s OR logistics_no = %s OR (invt_no = %s AND invt_no <> '') "
    "OR (local_ref_no = %s AND local_ref_no <> '') OR upper(guid) = upper(%s)"
)
CARRIED = "SELECT DISTINCT ebp_code, order_no FROM declarations_declaration WHERE (logistics_code, logistics_no) IN (SELECT * FROM unnest(%s::text[], %s::text[]))"
ORDERED = "SELECT DISTINCT ebp_code, order_no FROM declarations_declaration WHERE id = ANY(%s) ORDER BY 1, 2"
PAIR = {"ebp_code": pl.String, "order_no": pl.String}


def found(number: str) -> list[tuple[str, str, str, tuple[str, ...]]]:
    """(platform, order, zone, owners) by order, waybill, list or local number, or guid."""
    rows = bulk.fetch(NAMED, [number] * 5, FOUND).iter_rows()
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
