"""Digests of rows, made where the rows are: what a row says for ever, in 64 hexadecimal signs."""

from __future__ import annotations


def digest(*columns: str) -> str:
    """An SQL expression: SHA-256 (hex) over the columns' texts in their order, each with its length, so that no two rows read alike.

    Moments must be given as numbers (`moment`), for their text follows the session's time zone.
    """
    parts = ", ".join(f"length(coalesce({one}::text, '')), coalesce({one}::text, '')" for one in columns)
    return f"encode(sha256(convert_to(concat_ws('|', {parts}), 'UTF8')), 'hex')"


def moment(column: str) -> str:
    """An SQL expression: microseconds since 1970 of a timestamp."""
    return f"(extract(epoch FROM {column}) * 1000000)::bigint"
