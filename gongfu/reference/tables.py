"""National tables and parameters, by the day they hold on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType

import polars as pl

FOLDER = Path(__file__).parent / "data"
NUMBERS = {
    "vat_bp": pl.Int64,
    "ct_bp": pl.Int64,
    "duty_bp": pl.Int64,
    "threshold_fen": pl.Int64,
    "price_fen": pl.Int64,
    "net_g": pl.Int64,
    "gross_g": pl.Int64,
    "refund_bp": pl.Int64,
}
FIRST, LAST = date(1900, 1, 1), date(9999, 12, 31)


@cache
def _whole(name: str) -> pl.DataFrame:
    packed = FOLDER / f"{name}.parquet"
    frame = pl.read_parquet(packed) if packed.exists() else pl.read_csv(FOLDER / f"{name}.csv", infer_schema=False)
    casts = [pl.col(column).cast(kind) for column, kind in NUMBERS.items() if column in frame.columns]
    if "valid_from" in frame.columns:
        casts += [pl.col("valid_from").str.to_date().fill_null(FIRST), pl.col("valid_to").str.to_date().fill_null(LAST)]
    return frame.with_columns(casts)


@lru_cache(maxsize=256)
def table(name: str, on: date | None = None) -> pl.DataFrame:
    """A table of the data folder (CSV, Parquet where it is long); with `on`, the rows that hold on that day (R-003).

    FileNotFoundError for an unknown name.
    """
    frame = _whole(name)
    if on is None or "valid_from" not in frame.columns:
        return frame
    return frame.filter((pl.col("valid_from") <= on) & (pl.col("valid_to") >= on))


@lru_cache(maxsize=256)
def parameters(on: date) -> Mapping[str, int]:
    """Every parameter that holds on the day: key → whole number in the unit its name says."""
    rows = table("parameters", on).select("key", "value").rows()
    return MappingProxyType({key: int(value) for key, value in rows})


def under(goods: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Each of the goods (`hs_code`) beside every row of a table whose `hs_prefix` its code begins with."""
    lengths = sorted(rows["hs_prefix"].fill_null("").str.len_chars().unique()) or [0]
    known = rows.with_columns(pl.col("hs_prefix").fill_null(""))
    return pl.concat(
        goods.with_columns(hs_prefix=pl.col("hs_code").str.slice(0, length)).join(
            known.filter(pl.col("hs_prefix").str.len_chars() == length), on="hs_prefix", how="inner"
        )
        for length in lengths
    )
