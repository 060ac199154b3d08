"""Quarters, and the agency list against the orders that stand behind it (R-532)."""

from __future__ import annotations

import re
from datetime import date

import polars as pl

QUARTER = re.compile(r"(20\d\d)Q([1-4])")
MATCHED, NO_ORDER, NO_LIST = "matched", "no_order", "no_list"


def quarter(day: date) -> str:
    """The quarter of a day, such as 2026Q4."""
    return f"{day.year}Q{(day.month + 2) // 3}"


def span(text: str) -> tuple[date, date]:
    """First day of a quarter and of the one after. ValueError for anything but 2026Q4."""
    told = QUARTER.fullmatch(text)
    if told is None:
        raise ValueError(text)
    year, number = int(told[1]), int(told[2])
    return date(year, number * 3 - 2, 1), date(year + number // 4, number * 3 % 12 + 1, 1)


def disclosed(exported: pl.DataFrame, entrusted: pl.DataFrame) -> pl.DataFrame:
    """The actual exporters behind each agent in a quarter, and where declarations and orders do not meet (R-532).

    exported: agent, exporter, lists, goods_fen, one row a pair.  entrusted: agent, exporter, order, fresh, one row a pair;
    fresh: placed in the quarter or still under way, so that declarations are to be expected.  Adds `standing`: matched, no_order (declared without an order) or no_list (an order without a declaration).
    """
    joined = exported.join(entrusted, on=["agent", "exporter"], how="full", coalesce=True)
    joined = joined.filter(pl.col("lists").is_not_null() | pl.col("fresh"))
    return joined.with_columns(
        lists=pl.col("lists").fill_null(0), goods_fen=pl.col("goods_fen").fill_null(0), order=pl.col("order").fill_null(""),
        standing=pl.when(pl.col("lists").is_null()).then(pl.lit(NO_LIST)).when(pl.col("order").is_null()).then(pl.lit(NO_ORDER)).otherwise(pl.lit(MATCHED)),
    ).drop("fresh").sort("agent", "exporter")  # fmt: skip
