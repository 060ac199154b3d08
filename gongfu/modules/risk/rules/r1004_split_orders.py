"""R-1004 疑似拆单: bulk goods taken apart into small orders; signals for a person to look at, and no verdict (R-1002)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl

from gongfu.modules.risk.rules.registry import rule

LISTS: Mapping[str, pl.DataType] = {
    "list": pl.Int64(), "address": pl.String(), "buyer": pl.String(), "value_fen": pl.Int64(), "day": pl.Date(),
}  # fmt: skip
FOUND: Mapping[str, pl.DataType] = {
    "signal": pl.String(), "subject": pl.String(), "lists": pl.List(pl.Int64()), "buyers": pl.Int64(), "value_fen": pl.Int64(),
}  # fmt: skip
SIGNALS = ("address", "buyer", "near")


@rule("R-1004", "疑似拆单", "Suspected split orders", "orange", address_days=30, buyers=5, days=3, near_days=30, near_lists=3, near_fen=450_000)
def split_orders(
    lists: pl.DataFrame, *, on: date, limit_fen: int, address_days: int, buyers: int, days: int, near_days: int, near_lists: int, near_fen: int
) -> pl.DataFrame:
    """Signals that a list of the day belongs to; the days of each look back end with `on`.

    lists: LISTS, imports, with keyed hashes of address and buyer, "" where there is none.  limit_fen: the single limit of the day.
    Gives FOUND, ordered: `address` (one address, so many different buyers in `address_days`), `buyer` (one buyer, several lists in
    `days`, each within the limit and together above it), `near` (one address, so many lists from `near_fen` up to the limit in `near_days`).
    """
    value, within = pl.col("value_fen"), pl.col("value_fen") <= limit_fen
    several, above = pl.col("lists").list.len() > 1, value > limit_fen
    parts = [
        _grouped(_last(lists, on, address_days), "address", on).filter(pl.col("buyers") >= buyers),
        _grouped(_last(lists, on, days).filter(within), "buyer", on).filter(several & above),
        _grouped(_last(lists, on, near_days).filter(within & (value >= near_fen)), "address", on, "near").filter(
            pl.col("lists").list.len() >= near_lists
        ),
    ]
    return pl.concat(parts).sort("signal", "subject")


def _last(lists: pl.DataFrame, on: date, days: int) -> pl.DataFrame:
    return lists.filter(pl.col("day").is_between(on - timedelta(days=days - 1), on))


def _grouped(lists: pl.DataFrame, by: str, on: date, signal: str = "") -> pl.DataFrame:
    """The lists of each address or buyer that has one of the day among them."""
    known = lists.filter(pl.col(by) != "")
    told = known.group_by(pl.col(by).alias("subject")).agg(
        pl.col("list").sort().alias("lists"),
        pl.col("buyer").filter(pl.col("buyer") != "").n_unique().cast(pl.Int64).alias("buyers"),
        pl.col("value_fen").sum(),
        (pl.col("day") == on).any().alias("today"),
    )
    return told.filter("today").select(pl.lit(signal or by).alias("signal"), *tuple(FOUND)[1:]).cast(pl.Schema(FOUND))
