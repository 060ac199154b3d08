"""Whole fen, half-up, shares that add up (R-001, R-105). No float touches money."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import polars as pl

CENT = Decimal("0.01")


def fen(amount: str | Decimal | int) -> int:
    """Yuan as whole fen, half-up.  decimal.InvalidOperation for text that is no number."""
    return int((Decimal(amount) * 100).quantize(Decimal(1), ROUND_HALF_UP))


def yuan(amount_fen: int) -> str:
    """Fen as yuan with separators: 1,000.20."""
    return f"{Decimal(amount_fen) / 100:,.2f}"


def half_up(numerator: pl.Expr, denominator: pl.Expr | int) -> pl.Expr:
    """numerator / denominator to the nearest whole number, halves up; both whole and not negative, in 128 bits."""
    below = denominator.cast(pl.Int128) if isinstance(denominator, pl.Expr) else pl.lit(denominator, dtype=pl.Int128)
    return ((numerator.cast(pl.Int128) * 2 + below) // (below * 2)).cast(pl.Int64)


def share(total_fen: int, weights: list[int]) -> list[int]:
    """Share an amount in proportion to weights; each share half-up, the last weight above zero takes what is left (R-105)."""
    whole = sum(weights)
    if whole == 0:
        return [0] * (len(weights) - 1) + [total_fen] if weights else []
    shares = [(2 * total_fen * weight + whole) // (2 * whole) for weight in weights]
    last = max(index for index, weight in enumerate(weights) if weight)
    shares[last] = total_fen - sum(part for index, part in enumerate(shares) if index != last)
    return shares
