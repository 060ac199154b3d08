"""What holds for every customs document by itself, whichever module takes it up: drafts, line totals, currency, codes, persons."""

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
# Of one amount, weight or quantity: sums over all lines, in fen or grams, then stay exact in 64 bits.
MOST = Decimal(10) ** 12
# (number of the document in its batch, what was found)
Found = list[tuple[int, Finding]]


def drafts(heads: pl.DataFrame) -> Found:
    """Documents kept as drafts (appStatus 1) are not declared (R-1502)."""
    return [
        (number, Finding("BIZ-DRAFT", guid, field="appStatus", value=DRAFT, rules=("R-1502",)))
        for number, guid in heads.filter(pl.col("appStatus") == DRAFT).select("document", "guid").iter_rows()
    ]


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
