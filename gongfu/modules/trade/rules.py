"""Orders, payments and waybills by themselves: arithmetic, currency, codes, persons (R-103, R-104, R-702, R-704)."""

from __future__ import annotations

import polars as pl

from gongfu.core.documents import Found, amounts, bad_codes, bad_ids, currency, line_currency, line_totals, plain
from gongfu.core.rule import Finding


def order_findings(heads: pl.DataFrame, items: pl.DataFrame) -> Found:
    """CEB311: the payment identity, goods value, line totals, currency, codes, buyer."""
    owed = pl.col("goodsValue") + pl.col("freight") + pl.col("taxTotal") - pl.col("discount")
    return [
        *amounts(heads, items),
        *order_types(heads, "I"),
        *differs(heads, "acturalPaid", owed, "BIZ-PAID-SUM", "R-104"),
        *goods_sum(heads, items, "goodsValue"),
        *line_totals(heads, items),
        *currency(heads),
        *line_currency(heads, items),
        *bad_codes(heads, "ebpCode", "ebcCode"),
        *bad_ids(heads, "buyerIdNumber", "buyerIdType"),
    ]


def export_order_findings(heads: pl.DataFrame, items: pl.DataFrame) -> Found:
    """CEB303: goods value, line totals, codes."""
    return [
        *amounts(heads, items),
        *order_types(heads, "E", "B", "W"),
        *goods_sum(heads, items, "goodsValue"),
        *line_totals(heads, items),
        *bad_codes(heads, "ebpCode", "ebcCode", foreign=("ebpCode",)),
    ]


def payment_findings(heads: pl.DataFrame, items: pl.DataFrame) -> Found:
    """CEB411: currency, codes, payer."""
    return [
        *amounts(heads, items),
        *currency(heads),
        *bad_codes(heads, "payCode", "ebpCode"),
        *bad_ids(heads, "payerIdNumber", "payerIdType"),
    ]


def collection_findings(heads: pl.DataFrame, items: pl.DataFrame) -> Found:
    """CEB403: codes, and an amount above nothing (R-301)."""
    none = heads.filter(pl.col("charge") <= 0).select("document", "guid", "charge")
    return [
        *bad_codes(heads, "ebpCode", "ebcCode"),
        *((number, Finding("BIZ-COLLECTION-NONE", guid, field="charge", value=plain(seen), rules=("R-301",))) for number, guid, seen in none.iter_rows()),
    ]  # fmt: skip


def waybill_findings(heads: pl.DataFrame, items: pl.DataFrame) -> Found:
    """CEB511, CEB505: amounts, the carrier's code."""
    return [*amounts(heads, items), *bad_codes(heads, "logisticsCode")]


def waybill_status_findings(heads: pl.DataFrame, items: pl.DataFrame) -> Found:
    """CEB513: the carrier's code."""
    return bad_codes(heads, "logisticsCode")


def order_types(heads: pl.DataFrame, *own: str) -> Found:
    """Import orders are of type I, export orders of E, B or W: one code list serves both messages (R-1503)."""
    facts = {"known": "、".join(own)}
    wrong = heads.filter(~pl.col("orderType").is_in(own)).select("document", "guid", "orderType")
    return [
        (number, Finding("BIZ-ORDER-TYPE", guid, field="orderType", value=seen, facts=facts, rules=("R-1503",)))
        for number, guid, seen in wrong.iter_rows()
    ]


def differs(heads: pl.DataFrame, field: str, expected: pl.Expr, code: str, rule: str) -> Found:
    """Heads whose amount is not the expected one, to the last digit."""
    wrong = heads.with_columns(expected=expected).filter(pl.col(field) != pl.col("expected"))
    return [
        (number, Finding(code, guid, field=field, value=plain(seen), facts={"expected": plain(want)}, rules=(rule,)))
        for number, guid, seen, want in wrong.select("document", "guid", field, "expected").iter_rows()
    ]


def goods_sum(heads: pl.DataFrame, items: pl.DataFrame, field: str) -> Found:
    """The goods value is the sum of the line totals (R-103)."""
    sums = items.group_by("document").agg(pl.col("totalPrice").sum().alias("sum"))
    return differs(
        heads.join(sums, on="document", how="left", maintain_order="left"),
        field,
        pl.col("sum"),
        "BIZ-GOODS-SUM",
        "R-103",
    )
