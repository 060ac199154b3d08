"""三流合一 per order: information, money and goods beside each other, and every gap between them with its owner (R-207, R-208, R-610).

Frames in, gaps out, whatever stands beside what: one to one, several receipts or lists for an order, a receipt for several orders.
No clock: the same rows always give the same gaps, and a gap's age is counted from what made it.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

KEY = ["ebp_code", "order_no"]
ENDED = ("refused", "rejected", "failed", "cancelled", "returned")
RELEASED = ("released", "closed")
TOLERANCE_BP = 500  # of money received, after fees
FLOWS = {"I": "I", "B": "B", "W": "B"}
MATCHED, PARTIAL, OPEN, DIFFERS = "matched", "partial", "open", "differs"
INFORMATION, MONEY, GOODS = "information", "money", "goods"


@dataclass(frozen=True, slots=True)
class GapKind:
    """One kind of gap.  flow: which of the three lacks or differs.  verdict: what it makes of its chain.  left, right: what the two values are."""

    code: str
    flow: str
    title: str
    title_en: str
    verdict: str
    owner: str
    left: tuple[str, str]
    right: tuple[str, str]


ORDER, PAID, LIST, WAYBILL, RELEASE, COLLECTED = ("订单", "Order"), ("支付单", "Payment"), ("清单", "List"), ("运单", "Waybill"), ("放行", "Release"), ("收款单", "Receipt of money")  # fmt: skip
KINDS = {
    one.code: one
    for one in (
        GapKind("order_missing", INFORMATION, "缺订单", "Order missing", OPEN, "platform", ("其他单证", "Other documents"), ORDER),
        GapKind("list_missing", INFORMATION, "缺清单", "List missing", OPEN, "seller", ORDER, LIST),
        GapKind("list_ended", INFORMATION, "清单被退或撤销", "List refused or cancelled", OPEN, "declarant", ORDER, LIST),
        GapKind("list_partial", INFORMATION, "清单少于订单", "Lists below the order", PARTIAL, "declarant", ORDER, LIST),
        GapKind("list_currency", INFORMATION, "清单币制不符", "Currency of the lists differs", DIFFERS, "declarant", ORDER, LIST),
        GapKind("list_seller", INFORMATION, "清单的电商企业不符", "Seller of the lists differs", DIFFERS, "declarant", ORDER, LIST),
        GapKind("list_over", INFORMATION, "清单多于订单", "Lists above the order", DIFFERS, "declarant", ORDER, LIST),
        GapKind("payment_missing", MONEY, "缺支付单", "Payment missing", OPEN, "payment", ORDER, PAID),
        GapKind("payment_amount", MONEY, "支付金额不符", "Payment differs", DIFFERS, "payment", ORDER, PAID),
        GapKind("currency", MONEY, "币制不符", "Currencies differ", DIFFERS, "platform", ORDER, ("支付或收款", "Payment or receipt")),
        GapKind("collection_missing", MONEY, "未收款", "No money received", OPEN, "platform", ORDER, COLLECTED),
        GapKind("collection_partial", MONEY, "部分收款", "Money received in part", PARTIAL, "platform", ORDER, COLLECTED),
        GapKind("collection_over", MONEY, "收款多于订单", "Money received above the order", DIFFERS, "seller", ORDER, COLLECTED),
        GapKind("waybill_missing", GOODS, "缺运单", "Waybill missing", OPEN, "logistics", LIST, WAYBILL),
        GapKind("release_pending", GOODS, "未放行", "Not released", OPEN, "customs", LIST, RELEASE),
        GapKind("goods_returned", GOODS, "货物已退回", "Goods came back", PARTIAL, "seller", LIST, ("退货单", "Return")),
    )
}  # fmt: skip
GAPS = {
    **dict.fromkeys(("ebp_code", "order_no", "zone", "flow", "ebc_code", "kind", "verdict", "left", "right", "owner_kind", "owner_code"), pl.String),
    "since": pl.Datetime("us", "UTC"),
}  # fmt: skip


def joined(
    orders: pl.DataFrame, payments: pl.DataFrame, lists: pl.DataFrame, waybills: pl.DataFrame, collections: pl.DataFrame, returns: pl.DataFrame
) -> pl.DataFrame:  # fmt: skip
    """One row for each order key that any document names, with the sums of what stands beside it; money received, and goods released
    (`list_released_fen`), in the order's currency only."""
    keys = pl.concat([one.select(KEY) for one in (orders, payments, lists, collections)]).unique(maintain_order=True)
    live = _beside(lists.filter(~pl.col("state").is_in(ENDED)), orders).join(
        waybills.select("logistics_code", "logistics_no", has_waybill=True), on=["logistics_code", "logistics_no"], how="left", maintain_order="left"
    )  # fmt: skip
    out = pl.col("state").is_in(RELEASED)
    told = (
        keys.join(orders.select(*KEY, "order_type", "currency", "goods_fen", "paid_fen", "ordered_at", "pay_code", order_seller="ebc_code", order_zone="zone", expected_fen=pl.col("goods_fen") + pl.col("freight_fen")), on=KEY, how="left")
        .join(_summed(payments, "paid", pl.col("paid_fen").sum(), pl.col("paid_at").min(), _all("currency"), pl.col("pay_code").first(), pl.col("zone").first()), on=KEY, how="left")
        .join(_summed(_beside(collections, orders), "got", pl.col("charge_fen").filter("own").sum(), pl.col("collected_at").min(), _all("currency"), pl.col("ebc_code").first(), pl.col("zone").first()), on=KEY, how="left")
        .join(_summed(live, "list", pl.col("goods_fen").sum(), pl.col("declared_at").min(), _all("currency"), pl.col("agent_code").first(), pl.col("zone").first(), pl.col("ebc_code").first(), _all("ebc_code").alias("sellers"), pl.col("flow").first(), pl.col("mode").first(), out.sum().alias("released"), pl.col("goods_fen").filter(out & pl.col("own")).sum().alias("released_fen"), pl.col("released_at").max(), pl.col("has_waybill").is_not_null().sum().alias("waybills"), pl.col("logistics_code").filter(pl.col("has_waybill").is_null()).first(), pl.col("logistics_no").filter(pl.col("has_waybill").is_null()).first()), on=KEY, how="left")
        .join(_summed(lists.filter(pl.col("state").is_in(ENDED)), "ended", pl.col("agent_code").last(), pl.col("state").last(), pl.col("declared_at").max(), pl.col("zone").first(), pl.col("ebc_code").first(), pl.col("flow").first(), pl.col("mode").first()), on=KEY, how="left")
        .join(_summed(returns, "back", pl.col("goods_fen").sum(), pl.col("concluded_at").min()), on=KEY, how="left")
    )  # fmt: skip
    return told.with_columns(_flow(), zone=_first("order_zone", "list_zone", "ended_zone", "paid_zone", "got_zone"), seller=_first("order_seller", "list_ebc_code", "ended_ebc_code", "got_ebc_code").fill_null(""))  # fmt: skip


def _beside(rows: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    """The rows with `own`: whether each is in its order's currency."""
    told = rows.join(orders.select(*KEY, order_currency="currency"), on=KEY, how="left", maintain_order="left")
    return told.with_columns(own=(pl.col("currency") == pl.col("order_currency")).fill_null(False))


def _all(name: str) -> pl.Expr:
    """Every value that occurs, as one text."""
    return pl.col(name).unique().sort().str.join("、")


def _summed(frame: pl.DataFrame, prefix: str, *sums: pl.Expr) -> pl.DataFrame:
    return frame.group_by(KEY, maintain_order=True).agg(
        pl.len().alias(f"{prefix}_count"), *(one.name.prefix(f"{prefix}_") for one in sums)
    )


def _first(*names: str) -> pl.Expr:
    return pl.coalesce(*names)


def _flow() -> pl.Expr:
    """I, E or B (between firms): by the list, else by the order, else imports where a buyer paid."""
    mode, way = _first("list_mode", "ended_mode"), _first("list_flow", "ended_flow")
    by_order = pl.col("order_type").replace_strict(FLOWS, default="E", return_dtype=pl.String)
    return (
        pl.when(way == "I").then(pl.lit("I")).when(mode.is_in(["9710", "9810"])).then(pl.lit("B")).when(way == "E").then(pl.lit("E"))
        .when(pl.col("order_type").is_not_null()).then(by_order).when(pl.col("paid_count").is_not_null()).then(pl.lit("I")).otherwise(pl.lit("E")).alias("way")
    )  # fmt: skip


def gaps(
    orders: pl.DataFrame, payments: pl.DataFrame, lists: pl.DataFrame, waybills: pl.DataFrame, collections: pl.DataFrame, returns: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:  # fmt: skip
    """(chains, gaps): one row for each order key with its verdict, and one for each gap with both values and its owner.

    orders: ebp_code, order_no, zone, ebc_code, pay_code, order_type, currency, goods_fen, freight_fen, paid_fen, ordered_at.
    payments: key, zone, pay_code, currency, paid_fen, paid_at.  lists: key, zone, flow, mode, ebc_code, agent_code, logistics_code,
    logistics_no, currency, goods_fen, state, declared_at, released_at.  waybills: logistics_code, logistics_no.
    collections: key, zone, ebc_code, currency, charge_fen, collected_at, one row for each receipt and order.
    returns: key, goods_fen that came back, concluded_at, one row for each line of a list.
    """
    rows = joined(orders, payments, lists, waybills, collections, returns)
    found = [
        _of(kind, rows.filter(when), left, right, owner, since)
        for kind, when, left, right, owner, since in _conditions()
    ]
    told = pl.concat(found).sort("ebp_code", "order_no", "kind")
    worst = told.group_by(KEY).agg(pl.col("verdict"))
    verdict = (
        pl.when(pl.col("verdict").list.contains(DIFFERS)).then(pl.lit(DIFFERS)).when(pl.col("verdict").list.contains(OPEN)).then(pl.lit(OPEN))
        .when(pl.col("verdict").list.contains(PARTIAL)).then(pl.lit(PARTIAL)).otherwise(pl.lit(MATCHED))
    )  # fmt: skip
    day = _first("ordered_at", "list_declared_at", "ended_declared_at", "paid_paid_at", "got_collected_at")
    chains = rows.join(worst, on=KEY, how="left").select(*KEY, "zone", ebc_code="seller", flow="way", day=day.dt.convert_time_zone("Asia/Shanghai").dt.date(), verdict=verdict)  # fmt: skip
    return chains.sort(KEY), told


Condition = tuple[str, pl.Expr, pl.Expr, pl.Expr, pl.Expr, pl.Expr]


def _conditions() -> list[Condition]:
    """kind, when, left value, right value, owner's code, since."""
    imports, order, live, ended = pl.col("way") == "I", pl.col("ordered_at").is_not_null(), pl.col("list_count").is_not_null(), pl.col("ended_count").is_not_null()  # fmt: skip
    paid, got, none = pl.col("paid_count").is_not_null(), pl.col("got_count").is_not_null(), pl.lit("—")
    seller, agent, platform = pl.col("seller"), pl.col("list_agent_code"), pl.col("ebp_code")
    ordered, declared = pl.col("ordered_at"), pl.col("list_declared_at")
    same = pl.col("list_currency") == pl.col("currency")
    money_currency = pl.when(imports).then("paid_currency").otherwise("got_currency")
    fair = order & got & ~imports & (pl.col("got_currency") == pl.col("currency"))
    low = pl.col("got_charge_fen") * 10_000 < pl.col("expected_fen") * (10_000 - TOLERANCE_BP)
    high = pl.col("got_charge_fen") * 10_000 > pl.col("expected_fen") * (10_000 + TOLERANCE_BP)
    out = live & (pl.col("list_released") == pl.col("list_count"))
    expected, received = _money("expected_fen", "currency"), _money("got_charge_fen", "got_currency")
    goods, declared_goods = _money("goods_fen", "currency"), _money("list_goods_fen", "list_currency")
    return [
        ("order_missing", ~order, pl.col("order_no"), none, platform, _first("list_declared_at", "ended_declared_at", "paid_paid_at", "got_collected_at")),
        ("list_missing", order & ~live & ~ended, pl.col("order_no"), none, seller, ordered),
        ("list_ended", ended & ~live, pl.col("order_no"), pl.col("ended_state"), pl.col("ended_agent_code"), pl.col("ended_declared_at")),
        ("list_partial", order & live & same & (pl.col("list_goods_fen") < pl.col("goods_fen")), goods, declared_goods, agent, declared),
        ("list_currency", order & live & ~same, pl.col("currency"), pl.col("list_currency"), agent, declared),
        ("list_seller", order & live & (pl.col("list_sellers") != pl.col("order_seller")), pl.col("order_seller"), pl.col("list_sellers"), agent, declared),
        ("list_over", order & live & same & (pl.col("list_goods_fen") > pl.col("goods_fen")), goods, declared_goods, agent, declared),
        ("payment_missing", imports & order & ~paid, _money("paid_fen", "currency"), none, pl.col("pay_code"), ordered),
        ("payment_amount", imports & order & paid & (pl.col("paid_paid_fen") != pl.col("paid_fen")), _money("paid_fen", "currency"), _money("paid_paid_fen", "paid_currency"), pl.col("paid_pay_code"), pl.col("paid_paid_at")),
        ("currency", order & money_currency.is_not_null() & (money_currency != pl.col("currency")), pl.col("currency"), money_currency, platform, ordered),
        ("collection_missing", ~imports & order & out & ~got, expected, none, platform, pl.col("list_released_at")),
        ("collection_partial", fair & low, expected, received, platform, pl.col("got_collected_at")),
        ("collection_over", fair & high, expected, received, seller, pl.col("got_collected_at")),
        ("waybill_missing", live & (pl.col("way") != "B") & (pl.col("list_waybills") < pl.col("list_count")), pl.col("list_logistics_no"), none, pl.col("list_logistics_code"), declared),
        ("release_pending", live & ~out, pl.col("list_count").cast(pl.String), pl.col("list_released").cast(pl.String), pl.lit(""), declared),
        ("goods_returned", live & pl.col("back_count").is_not_null(), declared_goods, _money("back_goods_fen", "list_currency"), seller, pl.col("back_concluded_at")),
    ]  # fmt: skip


def _money(amount: str, currency: str) -> pl.Expr:
    """An amount in hundredths as text: 1234.50 CNY's code."""
    whole, rest = pl.col(amount) // 100, (pl.col(amount) % 100).cast(pl.String).str.zfill(2)
    return pl.format("{}.{} {}", whole.cast(pl.String), rest, pl.col(currency).fill_null(""))


def _of(kind: str, rows: pl.DataFrame, left: pl.Expr, right: pl.Expr, owner: pl.Expr, since: pl.Expr) -> pl.DataFrame:
    one = KINDS[kind]
    told = rows.select(
        *KEY, "zone", flow="way", ebc_code="seller", kind=pl.lit(kind), verdict=pl.lit(one.verdict), left=left.cast(pl.String).fill_null("—"), right=right.cast(pl.String).fill_null("—"),
        owner_kind=pl.lit(one.owner), owner_code=owner.cast(pl.String).fill_null(""), since=since.cast(pl.Datetime("us", "UTC")),
    )  # fmt: skip
    return told.cast(GAPS)  # type: ignore[arg-type]
