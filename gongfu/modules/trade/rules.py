"""Orders, payments and waybills by themselves: arithmetic, currency, codes, persons (R-103, R-104, R-702, R-704)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from gongfu.core.codes import NO_CODE, valid_id_number, valid_party_code
from gongfu.core.mask import mask
from gongfu.core.rule import Finding

CNY = "142"
DRAFT = "1"
CENT = Decimal("0.01")
MOST = (
    Decimal(10) ** 12
)  # of one amount, weight or quantity; sums over all lines in fen or grams then stay exact in 64 bits
Found = list[tuple[int, Finding]]


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


def drafts(heads: pl.DataFrame) -> Found:
    """Documents kept as drafts (appStatus 1) are not declared (R-1502)."""
    return [
        (number, Finding("BIZ-DRAFT", guid, field="appStatus", value=DRAFT, rules=("R-1502",)))
        for number, guid in heads.filter(pl.col("appStatus") == DRAFT).select("document", "guid").iter_rows()
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


def line_totals(heads: pl.DataFrame, items: pl.DataFrame) -> Found:
    """Each line total is price × quantity, within a fen."""
    # floats only pick the lines to look at; the verdict is exact
    off = (
        pl.col("price").cast(pl.Float64) * pl.col("qty").cast(pl.Float64) - pl.col("totalPrice").cast(pl.Float64)
    ).abs() > 0.009
    doubtful = items.filter(off).join(
        heads.select("document", "guid"), on="document", how="inner", maintain_order="left"
    )
    found = []
    for number, guid, gnum, price, qty, total in doubtful.select(
        "document", "guid", "gnum", "price", "qty", "totalPrice"
    ).iter_rows():
        if abs(price * qty - total) > CENT:
            facts = {"expected": plain(price * qty), "price": plain(price), "qty": plain(qty)}
            found.append((number, Finding("BIZ-LINE-TOTAL", guid, gnum, "totalPrice", plain(total), facts, ("R-103",))))
    return found


def currency(heads: pl.DataFrame) -> Found:
    """Retail imports are in CNY, code 142 (R-103)."""
    wrong = heads.filter(pl.col("currency") != CNY)
    return [
        (number, Finding("BIZ-CURRENCY", guid, field="currency", value=seen, rules=("R-103",)))
        for number, guid, seen in wrong.select("document", "guid", "currency").iter_rows()
    ]


def line_currency(heads: pl.DataFrame, items: pl.DataFrame) -> Found:
    """The lines of retail imports are in CNY as well: their totals are the dutiable value (R-103)."""
    wrong = items.filter(pl.col("currency") != CNY).join(
        heads.select("document", "guid"), on="document", how="inner", maintain_order="left"
    )
    return [
        (number, Finding("BIZ-CURRENCY", guid, gnum, "currency", seen, rules=("R-103",)))
        for number, guid, gnum, seen in wrong.select("document", "guid", "gnum", "currency").iter_rows()
    ]


def amounts(heads: pl.DataFrame, items: pl.DataFrame) -> Found:
    """Amounts, weights and quantities that no purchase has: the schema lets 19 digits pass, a ledger cannot add them up."""
    found = []
    lines = items.join(heads.select("document", "guid"), on="document", how="inner", maintain_order="left")
    for rows, line in ((heads, pl.lit(0)), (lines, pl.col("gnum") if "gnum" in lines.columns else pl.lit(0))):
        for field, kind in rows.schema.items():
            if isinstance(kind, pl.Decimal):
                big = rows.filter(pl.col(field) >= MOST).select("document", "guid", line.alias("line"), field)
                found += [
                    (number, Finding("BIZ-AMOUNT", guid, gnum, field, plain(seen), {"limit": f"{MOST:,}"}, ("R-001",)))
                    for number, guid, gnum, seen in big.iter_rows()
                ]
    return found


def senders(heads: pl.DataFrame, own: tuple[str, ...], firms: Mapping[str, str], entrusted: frozenset[str]) -> Found:
    """Documents whose sender holds none of the roles that may send them (R-205, R-206).

    own: fields that name who may.  firms: any code of a firm → its one code, as a firm may have two.
    entrusted: senders who may send it for others, such as carriers who hand in orders and payments.
    """
    found = []
    fields = [name for name in own if name in heads.columns]
    for number, guid, sender, *codes in heads.select("document", "guid", "sender_code", *fields).iter_rows():
        named = [code for code in codes if code and valid_party_code(code)]  # an unsound code has its own finding
        if (
            named
            and sender not in entrusted
            and firms.get(sender, sender) not in {firms.get(one, one) for one in named}
        ):
            facts = {"own": "、".join(fields)}
            found.append(
                (
                    number,
                    Finding("BIZ-SENDER", guid, field=fields[0], value=sender, facts=facts, rules=("R-205", "R-206")),
                )
            )
    return found


def bad_codes(heads: pl.DataFrame, *fields: str, foreign: tuple[str, ...] = ()) -> Found:
    """Firm codes that are neither a sound USCC nor a customs code (R-702, R-703).

    foreign: fields in which 无 stands for a firm abroad (R-1506).
    """
    found = []
    for field in fields:
        bad = [
            code
            for code in heads[field].drop_nulls().unique()
            if not valid_party_code(code) and not (code == NO_CODE and field in foreign)
        ]
        if bad:
            wrong = heads.filter(pl.col(field).is_in(bad))
            found += [
                (number, Finding("BIZ-FIRM-CODE", guid, field=field, value=code, rules=("R-702", "R-703")))
                for number, guid, code in wrong.select("document", "guid", field).iter_rows()
            ]
    return found


def bad_ids(heads: pl.DataFrame, field: str, kind: str) -> Found:
    """Identity numbers whose check sign or birth date is wrong on the day of the document (R-704)."""
    found = []
    for number, guid, value, type_, told in heads.select("document", "guid", field, kind, "appTime").iter_rows():
        if type_ == "1" and not valid_id_number(value, date(int(told[:4]), int(told[4:6]), int(told[6:8]))):
            found.append(
                (
                    number,
                    Finding(
                        "BIZ-ID-NUMBER", guid, field=field, value=mask(value, "id_number"), rules=("R-704", "R-209")
                    ),
                )
            )
    return found


def plain(number: Any) -> str:
    """A Decimal without its trailing zeros: 210.5."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
