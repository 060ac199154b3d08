"""The three flows of orders made anew from the rows: verdicts and gaps, the same again when a day is run again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.kit import bulk
from gongfu.modules.matching import chains
from gongfu.modules.trade import queries as trade

ONE_AT_A_TIME = 0x67F0_0003
KEYS = "(SELECT * FROM unnest(%s::text[], %s::text[]))"
MOMENT = pl.Datetime("us", "UTC")
ORDER: dict[str, Any] = {**dict.fromkeys(("ebp_code", "order_no", "zone", "ebc_code", "pay_code", "order_type", "currency"), pl.String), **dict.fromkeys(("goods_fen", "freight_fen", "paid_fen"), pl.Int64), "ordered_at": MOMENT}  # fmt: skip
PAID: dict[str, Any] = {**dict.fromkeys(("ebp_code", "order_no", "zone", "pay_code", "currency"), pl.String), "paid_fen": pl.Int64, "paid_at": MOMENT}  # fmt: skip
LIST: dict[str, Any] = {**dict.fromkeys(("ebp_code", "order_no", "zone", "flow", "mode", "ebc_code", "agent_code", "logistics_code", "logistics_no", "currency", "state"), pl.String), "goods_fen": pl.Int64, "declared_at": MOMENT, "released_at": MOMENT}  # fmt: skip
WAYBILL: dict[str, Any] = {"logistics_code": pl.String, "logistics_no": pl.String}
COLLECTED: dict[str, Any] = {**dict.fromkeys(("ebp_code", "order_no", "zone", "ebc_code", "currency"), pl.String), "charge_fen": pl.Int64, "collected_at": MOMENT}  # fmt: skip
RETURNED: dict[str, Any] = {"ebp_code": pl.String, "order_no": pl.String, "goods_fen": pl.Int64, "concluded_at": MOMENT}
# What came back of each line: over all its returns that customs concluded, so that pieces add up to the whole line's value; all of it
# where customs sent the list's goods back after release.
RETURNS = (
    "SELECT d.ebp_code, d.order_no, CASE WHEN d.state = 'returned' THEN o.total_fen ELSE round(o.total_fen * sum(l.qty) / o.qty)::bigint END, "
    "coalesce(min(f.concluded_at), d.released_at) FROM declarations_declaration d JOIN declarations_line o ON o.declaration_id = d.id AND o.qty > 0 "
    "LEFT JOIN (declarations_followup f JOIN declarations_followupline l ON l.follow_up_id = f.id) ON f.declaration_id = d.id AND l.of_gnum = o.gnum "
    "AND f.kind IN ('CEB625Message', 'CEB213Message') AND f.state = 'concluded' "
    f"WHERE (d.order_no, d.ebp_code) IN {KEYS} AND (f.id IS NOT NULL OR (d.state = 'returned' AND d.released_at IS NOT NULL)) "
    "GROUP BY d.id, o.id ORDER BY d.id, o.gnum"
)
Keys = list[tuple[str, str]]


def frames(keys: Keys) -> dict[str, pl.DataFrame]:
    """The six frames of `chains.gaps` for these orders (platform, number), each in a fixed order."""
    pairs = [[one for one, _ in keys], [two for _, two in keys]]
    lists = _fetch(LIST, "declarations_declaration", f"(order_no, ebp_code) IN {KEYS}", pairs[::-1])
    waybills = [lists["logistics_code"].to_list(), lists["logistics_no"].to_list()]
    return {
        "orders": _fetch(ORDER, "trade_order", f"NOT withdrawn AND (ebp_code, order_no) IN {KEYS}", pairs),
        "payments": _fetch(PAID, "trade_payment", f"NOT withdrawn AND (ebp_code, order_no) IN {KEYS}", pairs),
        "lists": lists,
        "waybills": _fetch(
            WAYBILL, "trade_waybill", f"NOT withdrawn AND (logistics_code, logistics_no) IN {KEYS}", waybills
        ),
        "collections": trade.receipts(keys, COLLECTED),
        "returns": returns(keys),
    }


def returns(keys: Keys) -> pl.DataFrame:
    """Goods of these orders (platform, number) that came back: their value by line, and when customs concluded their return."""
    return bulk.fetch(RETURNS, [[two for _, two in keys], [one for one, _ in keys]], RETURNED)


def _fetch(schema: dict[str, Any], table: str, where: str, given: list[Any]) -> pl.DataFrame:
    return bulk.fetch(f"SELECT {', '.join(schema)} FROM {table} WHERE {where} ORDER BY id", given, schema)


@dataclass(frozen=True, slots=True)
class Chained:
    """How many orders were judged, and what they came to."""

    orders: int
    gaps: int

    def audit(self) -> dict[str, Any] | None:
        return (
            {"subject": "matching:chains", "facts": {"orders": self.orders, "gaps": self.gaps}} if self.orders else None
        )


@action("matching.chain", title="三流合一比对")
def rebuild(actor: Actor, keys: Iterable[tuple[str, str]]) -> Chained:
    """Judge these orders anew, in place of what was judged before; one process at a time."""
    wanted = sorted(set(keys))
    if not wanted:
        return Chained(0, 0)
    bulk.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
    judged, found = chains.gaps(**frames(wanted))
    pairs = [[one for one, _ in wanted], [two for _, two in wanted]]
    for table in ("matching_gap", "matching_chain"):
        bulk.execute(f"DELETE FROM {table} WHERE (ebp_code, order_no) IN {KEYS}", pairs)
    bulk.copy_in("matching_chain", judged)
    bulk.copy_in("matching_gap", found.drop("verdict").with_columns(pl.col("left", "right").str.slice(0, 80)))
    return Chained(judged.height, found.height)


OF_DAY = "SELECT ebp_code, order_no FROM matching_chain WHERE zone = %s AND day = %s ORDER BY 1, 2"


def of_day(zone: str, day: Any) -> Keys:
    """The orders of a zone judged under a day, to be judged again."""
    return [
        (one, two)
        for one, two in bulk.fetch(OF_DAY, [zone, day], {"ebp_code": pl.String, "order_no": pl.String}).rows()
    ]
