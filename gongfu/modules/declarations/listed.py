"""The official retail import list as imported, by the day it holds on (R-201); the excerpt that comes with the code advises only."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

import polars as pl

from gongfu.base.kit import bulk
from gongfu.modules.declarations.models import PositiveVersion
from gongfu.modules.declarations.rules.listed import COLUMNS, Version

WEIGHTS: dict[str, Any] = {"declaration": pl.Int64, "gnum": pl.Int64, "declared_on": pl.Date, "hs8": pl.String, "grams": pl.Int64}
RATIONED: dict[str, Any] = {
    "declaration": pl.Int64, "gnum": pl.Int64, "group": pl.String, "title": pl.String, "grams": pl.Int64, "limit_g": pl.Int64,
}  # fmt: skip
# A quantity control is by weight: the statutory quantity in kilograms or grams, else the transaction quantity; -1 where neither is a weight.
WEIGHED = (
    "SELECT l.declaration_id, l.gnum, d.declared_on, left(l.hs10, 8), ceil(CASE WHEN l.unit1 = '035' THEN 1000 * l.qty1 WHEN l.unit1 = '036' THEN l.qty1 WHEN l.unit = '035' THEN 1000 * l.qty "
    "WHEN l.unit = '036' THEN l.qty ELSE -1 END)::bigint "
    "FROM declarations_line l JOIN declarations_declaration d ON d.id = l.declaration_id WHERE d.id = ANY(%s)"
)


def version(on: date) -> Version | None:
    """The version in force on the day, None before the first one that was imported."""
    row = PositiveVersion.objects.filter(valid_from__lte=on).order_by("-valid_from").first()
    return None if row is None else Version(row.valid_from, row.source, _lines(row.pk, row.sha256))


@lru_cache(maxsize=16)
def _lines(number: int, sha256: str) -> pl.DataFrame:
    """Rows of a version; they never change, so that a process reads them once."""
    names = ", ".join(f'"{name}"' if name == "group" else name for name in COLUMNS)
    return bulk.fetch(
        f"SELECT {names} FROM declarations_positiveline WHERE version_id = %s ORDER BY id", [number], COLUMNS
    )  # noqa: S608


def rationed(declarations: list[int]) -> pl.DataFrame:
    """Grams that lines of lists take of goods rationed by person and year (the official list only); columns RATIONED.

    grams: -1 of a line that tells no weight.  limit_g: the least of the group's lines in the list.
    """
    found = [pl.DataFrame(schema=RATIONED)]
    if not PositiveVersion.objects.exists():
        return found[0]
    for (day,), part in bulk.fetch(WEIGHED, [declarations], WEIGHTS).group_by("declared_on", maintain_order=True):
        known = version(day)  # type: ignore[arg-type]
        if known is not None:
            limits = known.lines.filter(pl.col("control") == "quantity").unique("hs8", maintain_order=True)
            told = part.join(limits, on="hs8", how="inner", maintain_order="left").rename({"name": "title"})
            least = pl.col("limit_g").min().over("declaration", "group")
            found.append(told.with_columns(limit_g=least).select(list(RATIONED)))
    return pl.concat(found).sort("declaration", "group", "gnum")
