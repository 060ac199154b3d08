"""Rates of one commodity code on one day, and net contents read from a specification."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

import polars as pl

from gongfu.reference.tables import table

VOLUME_UNITS = {
    "ml": (Decimal(1), "ml"),
    "毫升": (Decimal(1), "ml"),
    "l": (Decimal(1000), "ml"),
    "升": (Decimal(1000), "ml"),
    "cl": (Decimal(10), "ml"),
}
WEIGHT_UNITS = {
    "g": (Decimal(1), "g"),
    "克": (Decimal(1), "g"),
    "kg": (Decimal(1000), "g"),
    "千克": (Decimal(1000), "g"),
    "公斤": (Decimal(1000), "g"),
    "oz": (Decimal("28.35"), "g"),
}
PIECE_UNITS = {"片": (Decimal(1), "piece"), "张": (Decimal(1), "piece"), "贴": (Decimal(1), "piece")}
UNITS = {**VOLUME_UNITS, **WEIGHT_UNITS, **PIECE_UNITS}
CONTENT = re.compile(
    rf"(\d+(?:\.\d+)?)\s*({'|'.join(sorted(UNITS, key=len, reverse=True))})(?![a-z])(?:\s*[*x×]\s*(\d+))?", re.I
)
AND = re.compile(r"\s*[+＋、&和及]\s*")


@dataclass(frozen=True, slots=True)
class Rate:
    """duty_bp None: not known.  kind: none, plain, cosmetic, compound, beer, watch (R-109 to R-111).

    specific_microfen: per millilitre. threshold_fen: per piece, for watches.
    """

    vat_bp: int
    duty_bp: int | None
    kind: str = "none"
    ct_bp: int = 0
    specific_microfen: int = 0
    threshold_fen: int = 0


@lru_cache(maxsize=50_000)
def rate(hs10: str, on: date) -> Rate:
    """The rates of a code: the longest prefix that a table holds on the day."""
    vat = _longest(table("vat", on), hs10)
    tax = _longest(table("consumption", on), hs10)
    duty = _duties().get(hs10[:8])
    if tax is None:
        return Rate(int(vat["vat_bp"]) if vat else 0, duty)
    return Rate(
        int(vat["vat_bp"]) if vat else 0,
        duty,
        tax["kind"],
        int(tax["ct_bp"]),
        int(tax["specific_microfen_per_ml"]),
        tax["threshold_fen"] or 0,
    )


def _longest(rows: pl.DataFrame, hs10: str) -> dict[str, Any] | None:
    best: dict[str, Any] | None = None
    for row in rows.iter_rows(named=True):
        prefix = row["hs_prefix"] or ""
        if hs10.startswith(prefix) and (best is None or len(prefix) > len(str(best["hs_prefix"] or ""))):
            best = row
    return best


def marks(hs10: str, on: date) -> dict[str, str]:
    """How sure the rates of a code are (SOURCES.md): vat and ct by the confidence of their rows, mfn by its schedule; those known only."""
    rows = {"vat": _longest(table("vat", on), hs10), "ct": _longest(table("consumption", on), hs10)}
    found = {name: str(row["confidence"]) for name, row in rows.items() if row}
    schedule = table("mfn").filter(pl.col("hs8") == hs10[:8])["rate_date"]
    return {**found, "mfn": str(schedule[0])} if len(schedule) else found


@lru_cache(maxsize=1)
def _duties() -> dict[str, int]:
    return dict(table("mfn").select("hs8", "duty_bp").rows())


@lru_cache(maxsize=50_000)
def net_content(model: str) -> tuple[Decimal, str] | None:
    """Content of one unit: (amount, 'ml' | 'g' | 'piece') from texts such as 50ml, 1L*6, 25克×5; of a set (30ml+50ml) its parts
    together, as sets are valued by set (R-110). None when it does not say, or its parts are of different units."""
    total, unit, end = Decimal(0), "", 0
    for found in CONTENT.finditer(model):
        if unit and not AND.fullmatch(model[end : found.start()]):
            break
        size, own = UNITS[found[2].lower()]
        if unit and own != unit:
            return None
        total, unit, end = total + Decimal(found[1]) * size * int(found[3] or 1), own, found.end()
    return (total, unit) if total else None
