"""Expressions that turn codec columns into table columns."""

from __future__ import annotations

import re

import polars as pl

from gongfu.base.kit.vault import blind


def fen(name: str) -> pl.Expr:
    """A decimal amount of yuan as whole fen, half away from zero (R-001)."""
    return (pl.col(name).cast(pl.Decimal(38, 5)) * 100).round(0, mode="half_away_from_zero").cast(pl.Int64)


def grams(name: str) -> pl.Expr:
    """Kilograms as whole grams, half away from zero."""
    return (pl.col(name).cast(pl.Decimal(38, 5)) * 1000).round(0, mode="half_away_from_zero").cast(pl.Int64)


def stamp(name: str) -> pl.Expr:
    """YYYYMMDDhhmmss of Beijing as the text PostgreSQL reads as a moment."""
    text = pl.col(name)
    return pl.format(
        "{}-{}-{} {}:{}:{}+08",
        *(text.str.slice(at, size) for at, size in ((0, 4), (4, 2), (6, 2), (8, 2), (10, 2), (12, 2))),
    )


def day(name: str) -> pl.Expr:
    """YYYYMMDD as the text PostgreSQL reads as a date."""
    text = pl.col(name)
    return pl.format("{}-{}-{}", text.str.slice(0, 4), text.str.slice(4, 2), text.str.slice(6, 2))


def blank(name: str) -> pl.Expr:
    """Text, empty where absent."""
    return pl.col(name).fill_null("")


def keyed(name: str, *parts: str) -> pl.Expr:
    """A blind index over several fields, read as one text; equal persons get equal keys."""
    text = pl.concat_str([pl.col(part).fill_null("").str.strip_chars() for part in parts], separator="|")
    return text.map_elements(blind, return_dtype=pl.String).alias(name)


def address_key(name: str) -> pl.Expr:
    """Addresses are compared without blanks and punctuation (R-207)."""
    clean = pl.col(name).fill_null("").str.replace_all(r"[\s,，。.、;；\-]", "")
    return clean.map_elements(blind, return_dtype=pl.String).alias("address_key")


def quota_key(number: str) -> str:
    """The key of a buyer's year: one account for one number (R-118), whatever kind of document and spelling it is given in."""
    return blind(re.sub(r"\s", "", number.upper()))
