"""What holds for every customs document by itself, whichever module takes it up: drafts, line totals, currency, codes, persons."""

from __future__ import annotations

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


def bad_codes(heads: pl.DataFrame, *fields: str) -> Found:
    """Firm codes that are neither a sound USCC nor a customs code (R-702, R-703)."""
    found = []
    for field in fields:
        bad = [code for code in heads[field].drop_nulls().unique() if code != NO_CODE and not valid_party_code(code)]
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
