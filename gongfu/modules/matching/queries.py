"""The three flows of lists, as frames for the rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from gongfu.base.kit import bulk
from gongfu.modules.matching import rules
from gongfu.modules.matching.models import Package
from gongfu.reference.tables import parameters

LISTS: dict[str, Any] = {
    "declaration": pl.Int64,
    "zone": pl.String,
    "message_id": pl.Int64,
    "sender_code": pl.String,
    "guid": pl.String,
    "flow": pl.String,
    "mode": pl.String,
    "ebp_code": pl.String,
    "order_no": pl.String,
    "ebc_code": pl.String,
    "logistics_code": pl.String,
    "logistics_no": pl.String,
    "agent_code": pl.String,
    "assure_code": pl.String,
    "customs_code": pl.String,
    "local_ref_no": pl.String,
    "lane": pl.String,
    "currency": pl.String,
    "goods_fen": pl.Int64,
    "freight_fen": pl.Int64,
    "insured_fen": pl.Int64,
    "gross_g": pl.Int64,
    "buyer_key": pl.String,
    "quota_key": pl.String,
    "address_key": pl.String,
    "declared_on": pl.Date,
    "declared_at": pl.Datetime("us", "UTC"),
    "received_at": pl.Datetime("us", "UTC"),
    "state": pl.String,
    "reason": pl.String,
    "passed": pl.List(pl.String),
}
COLUMNS = ", ".join(f"d.{'id' if name == 'declaration' else name}" for name in LISTS)
# The lists concerned are found by their keys first: judging by state first would read the whole table.
WAITING = (
    "WITH touched AS MATERIALIZED ("
    " SELECT id FROM declarations_declaration WHERE live AND (ebp_code, order_no) IN (SELECT * FROM unnest(%s::text[], %s::text[]))"
    " UNION SELECT id FROM declarations_declaration WHERE (logistics_code, logistics_no) IN (SELECT * FROM unnest(%s::text[], %s::text[]))"
    f") SELECT {COLUMNS} FROM declarations_declaration d JOIN touched t ON t.id = d.id "
    "WHERE d.state IN ('waiting', 'held') ORDER BY d.id FOR UPDATE OF d"
)
ORDERS: dict[str, Any] = {
    "ebp_code": pl.String,
    "order_no": pl.String,
    "ebc_code": pl.String,
    "pay_code": pl.String,
    "pay_no": pl.String,
    "order_type": pl.String,
    "currency": pl.String,
    "goods_fen": pl.Int64,
    "freight_fen": pl.Int64,
    "discount_fen": pl.Int64,
    "tax_fen": pl.Int64,
    "paid_fen": pl.Int64,
    "buyer_key": pl.String,
    "consignee_key": pl.String,
    "address_key": pl.String,
    "ordered_at": pl.Datetime("us", "UTC"),
    "lines": pl.String,
}
PAYMENTS: dict[str, Any] = {
    "ebp_code": pl.String,
    "order_no": pl.String,
    "pay_code": pl.String,
    "pay_no": pl.String,
    "payer_key": pl.String,
    "paid_fen": pl.Int64,
    "paid_at": pl.Datetime("us", "UTC"),
}
WAYBILLS: dict[str, Any] = {
    "logistics_code": pl.String,
    "logistics_no": pl.String,
    "order_no": pl.String,
    "freight_fen": pl.Int64,
    "insured_fen": pl.Int64,
    "weight_g": pl.Int64,
    "consignee_key": pl.String,
    "address_key": pl.String,
}
LINES: dict[str, Any] = {
    "declaration": pl.Int64,
    "gnum": pl.Int64,
    "item_no": pl.String,
    "hs10": pl.String,
    "model": pl.String,
    "qty": pl.Decimal(38, 5),
    "unit": pl.String,
    "qty1": pl.Decimal(38, 5),
    "unit1": pl.String,
    "price": pl.Decimal(38, 5),
    "total_fen": pl.Int64,
}


def waiting(orders: list[list[str]], waybills: list[list[str]]) -> pl.DataFrame:
    """The lists that these orders and waybills may complete, locked in one order so that workers never wait in a ring."""
    ebp, order = _unzip(orders)
    carrier, number = _unzip(waybills)
    return bulk.fetch(WAITING, [ebp, order, carrier, number], LISTS)


def one(declaration: Any) -> pl.DataFrame:
    """One list in any state, not locked: a row of declarations as a frame."""
    told = [getattr(declaration, "pk" if name == "declaration" else name) for name in LISTS]
    return pl.DataFrame([told], schema=LISTS, orient="row")


def _unzip(pairs: list[list[str]]) -> tuple[list[str], list[str]]:
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def flows(lists: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """orders, payments, waybills and both kinds of lines of these lists, under the names matching.rules.match takes."""
    order_keys = [lists["ebp_code"].to_list(), lists["order_no"].to_list()]
    orders = bulk.fetch(
        f"SELECT {', '.join('lines::text' if name == 'lines' else name for name in ORDERS)} FROM trade_order WHERE NOT withdrawn AND (ebp_code, order_no) IN "
        "(SELECT * FROM unnest(%s::text[], %s::text[]))",
        order_keys,
        ORDERS,
    )
    payments = bulk.fetch(
        f"SELECT {', '.join(PAYMENTS)} FROM trade_payment WHERE NOT withdrawn AND (ebp_code, order_no) IN "
        "(SELECT * FROM unnest(%s::text[], %s::text[]))",
        order_keys,
        PAYMENTS,
    )
    waybills = bulk.fetch(
        f"SELECT {', '.join(WAYBILLS)} FROM trade_waybill WHERE NOT withdrawn AND (logistics_code, logistics_no) IN "
        "(SELECT * FROM unnest(%s::text[], %s::text[]))",
        [lists["logistics_code"].to_list(), lists["logistics_no"].to_list()],
        WAYBILLS,
    )
    return {
        "orders": orders.drop("lines"),
        "payments": payments,
        "waybills": waybills,
        "order_lines": _order_lines(orders),
        "list_lines": lines(lists),
    }


ORDER_LINES: dict[str, Any] = {
    "ebp_code": pl.String,
    "order_no": pl.String,
    "gnum": pl.Int64,
    "item_no": pl.String,
    "qty": pl.Decimal(38, 5),
    "price": pl.Decimal(38, 5),
}
STORED = pl.List(pl.Struct({"gnum": pl.String, "itemNo": pl.String, "qty": pl.String, "price": pl.String}))


def _order_lines(orders: pl.DataFrame) -> pl.DataFrame:
    if orders.is_empty():
        return pl.DataFrame(schema=ORDER_LINES)
    told = (
        orders.select("ebp_code", "order_no", pl.col("lines").str.json_decode(STORED)).explode("lines").unnest("lines")
    )
    return told.select(
        "ebp_code",
        "order_no",
        pl.col("gnum").cast(pl.Int64),
        item_no=pl.col("itemNo").fill_null(""),
        qty=pl.col("qty").cast(pl.Decimal(38, 5)),
        price=pl.col("price").cast(pl.Decimal(38, 5)),
    )


def lines(lists: pl.DataFrame) -> pl.DataFrame:
    """Goods lines of these lists."""
    return bulk.fetch(
        f"SELECT declaration_id, {', '.join(name for name in LINES if name != 'declaration')} FROM declarations_line "
        "WHERE declaration_id = ANY(%s) ORDER BY declaration_id, gnum",
        [lists["declaration"].to_list()],
        LINES,
    )


def comparison(declaration: Any) -> list[dict[str, Any]]:
    """Every check of one list (a row of declarations) with both values and the tolerance, as its page shows them: computed from the rows now."""
    lists = one(declaration)
    known = parameters(lists["declared_on"][0])
    _, rows = rules.match(lists, **flows(lists), params=known)
    return rules.differences(rows, params=known).to_dicts()


FIELDS = {
    "customsCode": "customs_code",
    "ebpCode": "ebp_code",
    "ebcCode": "ebc_code",
    "agentCode": "agent_code",
    "copNo": "local_ref_no",
    "orderNo": "order_no",
    "statisticsFlag": "lane",
}


def settling(lists: pl.DataFrame) -> pl.DataFrame:
    """The columns of locked lists that `declarations.actions.settle` needs besides the verdict."""
    fields = pl.struct(pl.col(column).alias(name) for name, column in FIELDS.items()).struct.json_encode()
    return lists.select(
        pl.col("declaration").alias("id"),
        pl.col("state").alias("before"),
        "zone",
        "flow",
        "message_id",
        "guid",
        "sender_code",
        "order_no",
        "lane",
        fields.alias("receipt_fields"),
        pl.lit("[]").alias("match"),
    )


def packages(where: Mapping[str, Any], limit: int) -> list[dict[str, Any]]:
    """Evidence packages as rows of the dataset `matching.evidence`, newest first.  where: zone, party_code, each a list."""
    rows = Package.objects.all()
    for name in ("zone", "party_code"):
        if where.get(name):
            rows = rows.filter(**{f"{name}__in": where[name]})
    names = ("number", "party_code", "purpose", "result", "supported_fen", "state")
    return [dict(row) for row in rows.order_by("-pk").values(*names)[:limit]]
