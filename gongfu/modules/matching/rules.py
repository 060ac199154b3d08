"""三单比对: a list against its order, payment and waybill, check by check (R-207 to R-209). Frames in, verdicts out.

Imports need all three; exports need order and waybill (R-301). Persons are compared by keyed hash only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from gongfu.core.money import yuan
from gongfu.core.rule import Finding

YOUNG = "BIZ-BUYER-AGE"
OK, WITHIN, DIFFER, ABSENT = "ok", "within", "differ", "absent"
LONGEST_ITEM = 20  # an order has room for 30 characters, a list for these: no longer number can be declared whole


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison.  left, right: columns of the joined frame.  kind: text, optional, money, person, weight, after, age, or
    flag (the list's `reason` says what holds it).

    imports_only: not asked of exports.  review: a difference is for an officer, not a refusal.
    needs: the documents without which the check is not made.
    """

    name: str
    code: str
    left_name: str
    left: str
    right_name: str
    right: str
    kind: str = "text"
    imports_only: bool = False
    review: bool = False
    needs: tuple[str, ...] = ()


# The order behind a list, by its supervision mode: of a firm, a booking of a warehouse, or of a consumer.
ORDER_OF_MODE = {"9710": "B", "9810": "W"}
CHECKS = (
    Check("order_type", "BIZ-MATCH-ORDER-TYPE", "订单", "order_type", "清单", "order_type_list", needs=("order",)),
    Check("seller", "BIZ-MATCH-SELLER", "订单", "ebc_code_order", "清单", "ebc_code", needs=("order",)),
    Check(
        "payment_key",
        "BIZ-MATCH-PAYMENT",
        "订单",
        "pay_key_order",
        "支付单",
        "pay_key",
        "optional",
        True,
        needs=("order", "payment"),
    ),
    Check(
        "amount",
        "BIZ-MATCH-AMOUNT",
        "订单",
        "paid_fen_order",
        "支付单",
        "paid_fen",
        "money",
        True,
        needs=("order", "payment"),
    ),
    Check("goods", "BIZ-MATCH-GOODS", "订单", "goods_fen_order", "清单", "goods_fen", "money", needs=("order",)),
    Check(
        "freight",
        "BIZ-MATCH-FREIGHT",
        "订单",
        "freight_fen_order",
        "清单",
        "charges_fen",
        "money",
        True,
        needs=("order",),
    ),
    Check("buyer", "BIZ-MATCH-BUYER", "订单", "buyer_key_order", "清单", "buyer_key", "person", True, needs=("order",)),
    Check("payer", "BIZ-MATCH-PAYER", "清单", "buyer_key", "支付单", "payer_key", "person", True, needs=("payment",)),
    Check(
        "address",
        "BIZ-MATCH-ADDRESS",
        "订单",
        "address_key_order",
        "清单",
        "address_key",
        "person",
        True,
        needs=("order",),
    ),
    Check(
        "consignee",
        "BIZ-MATCH-CONSIGNEE",
        "订单",
        "consignee_key_order",
        "运单",
        "consignee_key",
        "person",
        True,
        needs=("order", "waybill"),
    ),
    Check(
        "waybill_address",
        "BIZ-MATCH-DELIVERY",
        "运单",
        "address_key_waybill",
        "清单",
        "address_key",
        "person",
        True,
        needs=("waybill",),
    ),
    Check(
        "waybill_order",
        "BIZ-MATCH-WAYBILL",
        "运单",
        "order_no_waybill",
        "清单",
        "order_no",
        "optional",
        needs=("waybill",),
    ),
    Check("weight", "BIZ-MATCH-WEIGHT", "运单", "weight_g", "清单", "gross_g", "weight", needs=("waybill",)),
    Check("quantities", "BIZ-MATCH-QTY", "订单", "qty_order", "清单", "qty_list", "text", needs=("order",)),
    Check("items", "BIZ-MATCH-ITEM", "订单", "item_order", "清单", "item_list", "optional", needs=("order",)),
    Check("prices", "BIZ-MATCH-PRICE", "订单", "price_order", "清单", "price_list", "text", needs=("order",)),
    Check(
        "pay_time",
        "BIZ-MATCH-PAYTIME",
        "订单",
        "ordered_at",
        "支付单",
        "paid_at",
        "after",
        True,
        needs=("order", "payment"),
    ),
    Check(
        "list_time",
        "BIZ-MATCH-LISTTIME",
        "支付单",
        "paid_at",
        "清单",
        "declared_at",
        "after",
        True,
        needs=("payment",),
    ),
    Check("buyer_age", YOUNG, "清单", "reason", "清单", "reason", "flag", True, review=True),
    Check(
        "order_age", "BIZ-MATCH-AGE", "订单", "ordered_at", "清单", "declared_at", "age", review=True, needs=("order",)
    ),
)
BY_NAME = {check.name: check for check in CHECKS}
DIFFERENCES: dict[str, Any] = {
    "declaration": pl.Int64,
    "guid": pl.String,
    "check": pl.String,
    "left_name": pl.String,
    "left": pl.String,
    "right_name": pl.String,
    "right": pl.String,
    "tolerance": pl.String,
    "result": pl.String,
}


def join(
    lists: pl.DataFrame,
    orders: pl.DataFrame,
    payments: pl.DataFrame,
    waybills: pl.DataFrame,
    order_lines: pl.DataFrame,
    list_lines: pl.DataFrame,
) -> pl.DataFrame:
    """One row for each list with its order (`*_order`), payment and waybill beside it, nulls where one is missing."""
    renamed = orders.rename(
        {
            name: f"{name}_order"
            for name in orders.columns
            if name not in ("ebp_code", "order_no", "ordered_at", "order_type")
        }
    )
    renamed = renamed.with_columns(pay_key_order=_pay_key("pay_code_order", "pay_no_order"))
    lists = lists.with_columns(charges_fen=pl.col("freight_fen") + pl.col("insured_fen"))
    paid = payments.select(
        "ebp_code",
        "order_no",
        _pay_key("pay_code", "pay_no").alias("pay_key"),
        "pay_no",
        "paid_fen",
        "payer_key",
        "paid_at",
        pl.lit(True).alias("has_payment"),
    )
    # an order may name the number alone: then the numbers alone are compared
    sent = waybills.select(
        "logistics_code",
        "logistics_no",
        pl.col("order_no").alias("order_no_waybill"),
        "weight_g",
        "consignee_key",
        pl.col("address_key").alias("address_key_waybill"),
        pl.lit(True).alias("has_waybill"),
    )
    rows = lists.join(
        renamed.with_columns(has_order=pl.lit(True)), on=["ebp_code", "order_no"], how="left", maintain_order="left"
    )
    asked = pl.col("mode").replace_strict(ORDER_OF_MODE, default="E", return_dtype=pl.String)
    rows = rows.with_columns(order_type_list=pl.when(pl.col("flow") == "E").then(asked).otherwise(pl.col("order_type")))
    rows = rows.join(paid, on=["ebp_code", "order_no"], how="left", maintain_order="left")
    alone = pl.col("pay_code_order").fill_null("") == ""
    rows = rows.with_columns(pay_key=pl.when(alone).then("pay_no").otherwise("pay_key"))
    rows = rows.join(sent, on=["logistics_code", "logistics_no"], how="left", maintain_order="left")
    for frame, keys in _goods(lists, order_lines, list_lines):
        rows = rows.join(frame, on=keys, how="left", maintain_order="left")
    return rows


def _pay_key(code: str, number: str) -> pl.Expr:
    """Institution and number as one text (R-207), the number alone without an institution, empty without a number."""
    code_, number_ = pl.col(code).fill_null(""), pl.col(number).fill_null("")
    return pl.when((code_ == "") | (number_ == "")).then(number_).otherwise(pl.format("{} {}", code_, number_))


def _goods(
    lists: pl.DataFrame, order_lines: pl.DataFrame, list_lines: pl.DataFrame
) -> list[tuple[pl.DataFrame, list[str]]]:
    """What the lines say, each as one text by line number (`1:2 2:1`), and the columns it is joined on: quantities and prices of order
    and list, and the item numbers of the lines for which both give one (R-207)."""
    key, own = ["ebp_code", "order_no"], ["declaration"]
    qty, price = _plain("qty"), _plain("price")
    ordered = order_lines.sort(*key, "gnum").with_columns(item_order=pl.col("item_no").str.slice(0, LONGEST_ITEM))
    listed = list_lines.sort(*own, "gnum")
    both = (
        listed.join(lists.select(*own, *key), on=own, how="inner", maintain_order="left")
        .join(ordered.select(*key, "gnum", "item_order"), on=[*key, "gnum"], how="inner", maintain_order="left")
        .filter((pl.col("item_no") != "") & (pl.col("item_order") != ""))
    )
    return [
        (_texts(ordered, key, qty_order=qty, price_order=price), key),
        (_texts(listed, own, qty_list=qty, price_list=price), own),
        (_texts(both, own, item_order=pl.col("item_order"), item_list=pl.col("item_no")), own),
    ]


def _plain(name: str) -> pl.Expr:
    """A decimal as text without needless zeros."""
    return pl.col(name).cast(pl.String).str.strip_chars_end("0").str.strip_chars_end(".")


def _texts(lines: pl.DataFrame, keys: list[str], **values: pl.Expr) -> pl.DataFrame:
    """The values of all lines of a document by line number, one text for each value; lines come sorted."""
    parts = [pl.format("{}:{}", "gnum", value).alias(name) for name, value in values.items()]
    return lines.select(*keys, *parts).group_by(keys, maintain_order=True).agg(pl.col(*values).str.join(" "))


def _result(check: Check, params: Mapping[str, int]) -> pl.Expr:
    """ok | within | differ | absent of one check."""
    left, right = pl.col(check.left), pl.col(check.right)
    if check.kind == "optional":
        same = (left.fill_null("") == "") | (left == right)
    elif check.kind == "after":
        same = left <= right
    elif check.kind == "flag":
        same = left.fill_null("") != check.code
    elif check.kind == "age":
        same = (right - left).dt.total_days() <= params["match.order_age_days"]
    else:
        same = left == right
    verdict = pl.when(same).then(pl.lit(OK)).otherwise(pl.lit(DIFFER))
    if check.kind == "weight":
        tenth = left.cast(pl.Int128) * params["match.weight_bp"] // 10_000
        allowed = pl.max_horizontal(tenth, pl.lit(params["match.weight_g"], dtype=pl.Int128))
        verdict = (
            pl.when(same)
            .then(pl.lit(OK))
            .when((left - right).abs() <= allowed)
            .then(pl.lit(WITHIN))
            .otherwise(pl.lit(DIFFER))
        )
    there = pl.all_horizontal(pl.lit(True), *(pl.col(f"has_{name}").fill_null(False) for name in check.needs))
    if check.imports_only:
        there = there & (pl.col("flow") == "I")
    return pl.when(there).then(verdict).otherwise(pl.lit(ABSENT))


def match(
    lists: pl.DataFrame,
    orders: pl.DataFrame,
    payments: pl.DataFrame,
    waybills: pl.DataFrame,
    order_lines: pl.DataFrame,
    list_lines: pl.DataFrame,
    *,
    params: Mapping[str, int],
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(verdicts, rows): declaration, verdict (matched | waiting | refused | review), missing; and the joined rows with each check's result.

    The joined rows hold one column `is_<check>`; `differences` turns them into one row for each check.
    """
    rows = join(lists, orders, payments, waybills, order_lines, list_lines)
    rows = rows.with_columns(_result(check, params).alias(f"is_{check.name}") for check in CHECKS)
    differing = pl.any_horizontal(pl.col(f"is_{check.name}") == DIFFER for check in CHECKS if not check.review)
    passed = pl.col("passed") if "passed" in rows.columns else pl.lit([], dtype=pl.List(pl.String))
    odd = pl.any_horizontal(
        (pl.col(f"is_{check.name}") == DIFFER) & ~passed.list.contains(check.code) for check in CHECKS if check.review
    )
    wanted = [
        (name, pl.col(f"has_{name}").is_null() & ((pl.col("flow") == "I") | (name != "payment")))
        for name in ("order", "payment", "waybill")
    ]
    missing = pl.concat_list([pl.when(absent).then(pl.lit(name)) for name, absent in wanted]).list.drop_nulls()
    rows = rows.with_columns(missing=missing)
    verdict = (
        pl.when(differing)
        .then(pl.lit("refused"))
        .when(pl.col("missing").list.len() > 0)
        .then(pl.lit("waiting"))
        .when(odd)
        .then(pl.lit("review"))
        .otherwise(pl.lit("matched"))
    )
    return rows.select("declaration", verdict.alias("verdict"), "missing"), rows


def differences(
    rows: pl.DataFrame, *, only_differing: bool = False, params: Mapping[str, int] | None = None
) -> pl.DataFrame:
    """One row for each check of each list: both names, both values as text, the tolerance and the result."""
    parts = []
    for check in CHECKS:
        picked = rows.filter(
            pl.col(f"is_{check.name}") == DIFFER if only_differing else pl.col(f"is_{check.name}") != ABSENT
        )
        if not picked.is_empty():
            parts.append(
                picked.select(
                    "declaration",
                    "guid",
                    pl.lit(check.name).alias("check"),
                    pl.lit(check.left_name).alias("left_name"),
                    _text(check, check.left).alias("left"),
                    pl.lit(check.right_name).alias("right_name"),
                    _text(check, check.right).alias("right"),
                    pl.lit(_tolerance(check, params or {})).alias("tolerance"),
                    pl.col(f"is_{check.name}").alias("result"),
                )
            )
    return pl.concat(parts) if parts else pl.DataFrame(schema=DIFFERENCES)


def _text(check: Check, column: str) -> pl.Expr:
    """A value as it may be shown: money in yuan, weights in kilograms, times to the second, persons never."""
    value = pl.col(column)
    if check.kind == "money":
        return value.map_elements(yuan, return_dtype=pl.String)
    if check.kind == "weight":
        return pl.format("{} kg", value / 1000)
    if check.kind in ("after", "age"):
        return value.dt.convert_time_zone("Asia/Shanghai").dt.strftime("%Y-%m-%d %H:%M:%S")
    if check.kind in ("person", "flag"):
        return pl.lit("••••")
    return value.fill_null("")


def _tolerance(check: Check, params: Mapping[str, int]) -> str:
    if check.kind == "weight":
        return f"±{params.get('match.weight_bp', 1000) // 100}% / {params.get('match.weight_g', 100) / 1000} kg"
    if check.kind == "age":
        return f"{params.get('match.order_age_days', 60)} d"
    return "≤" if check.kind == "after" else "0.00" if check.kind == "money" else "="


def findings(rows: pl.DataFrame) -> list[tuple[int, Finding]]:
    """A finding for each check that differs: both values and, in its text, who can put it right."""
    found = []
    for number, guid, name, left_name, left, right_name, right, _, _ in differences(
        rows, only_differing=True
    ).iter_rows():
        facts = {"left_name": left_name, "left": left, "right_name": right_name, "right": right}
        found.append(
            (number, Finding(BY_NAME[name].code, guid, field=name, value=right, facts=facts, rules=("R-207",)))
        )
    return found
