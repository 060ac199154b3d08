"""The bonded account book (R-212, R-215): quantities in the item's own unit, what a list may draw, counts against the book."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from gongfu.core.rule import Finding

UNITS = 100_000
"""Ledger units in one of the item's own unit: amounts are exact to the five decimals that the messages carry."""


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a book as the checks take it.  unit: customs code of its own unit."""

    record_no: str
    unit: str
    expires_last: date | None = None


def units(quantity: Decimal | str) -> int:
    """A quantity of the item's unit as ledger units; ValueError when it has more than five decimals."""
    exact = Decimal(quantity) * UNITS
    if exact != exact.to_integral_value():
        raise ValueError(f"{quantity} has more than five decimals")
    return int(exact)


def shown(amount: int) -> str:
    """Ledger units as a quantity, without needless zeros."""
    text = f"{Decimal(amount) / UNITS:.5f}".rstrip("0").rstrip(".")
    return text or "0"


def drawn(line: Mapping[str, Any], item: Item | None, on: date) -> tuple[str, int]:
    """("" or why not, ledger units) for one goods line of a list.  line: qty, unit, qty1, unit1.

    The statutory quantity counts where the item is kept in that unit, else the transaction quantity; expired goods never leave
    by a retail list (R-215).
    """
    if item is None:
        return "BOOK-UNKNOWN-ITEM", 0
    if item.expires_last is not None and item.expires_last < on:
        return "BOOK-EXPIRED", 0
    for quantity, unit in ((line["qty1"], line["unit1"]), (line["qty"], line["unit"])):
        if unit == item.unit:
            return "", units(quantity)
    return "BOOK-UNIT", 0


def returned(drawn_units: int, declared: Decimal, back: Decimal) -> int:
    """Ledger units that come back with `back` of the `declared` pieces of a line, rounded down: the book never gains by a return."""
    return int(drawn_units * back / declared) if declared else 0


def expiry(known: tuple[date | None, date | None] | None, told: date | None) -> tuple[date | None, date | None]:
    """(first, last) expiry of an item after a stock-in; no last one as soon as some of it never expires."""
    if known is None:
        return told, told
    first, last = known
    days = [one for one in (first, told) if one is not None]
    return (min(days) if days else None), (max(last, told) if last is not None and told is not None else None)


def repeated(rows: Sequence[Mapping[str, Any]], field: str = "rows") -> list[Finding]:
    """An item that a document names twice: its entries would be one."""
    seen: set[str] = set()
    said = []
    for at, row in enumerate(rows):
        if row["record_no"] in seen:
            said.append(
                Finding(
                    "BOOK-ITEM-TWICE",
                    line=at + 1,
                    field=f"{field}-{at}-record_no",
                    value=row["record_no"],
                    rules=("R-212",),
                )
            )
        seen.add(row["record_no"])
    return said


@dataclass(frozen=True, slots=True)
class Gap:
    """A counted item against its book at the cut-off.  kind: short, over, unknown, or "" where they agree."""

    record_no: str
    counted_units: int
    book_units: int | None

    @property
    def difference(self) -> int:
        return self.counted_units - (self.book_units or 0)

    @property
    def kind(self) -> str:
        if self.book_units is None:
            return "unknown"
        return "short" if self.difference < 0 else "over" if self.difference > 0 else ""


def gaps(counted: Mapping[str, int], book: Mapping[str, int]) -> list[Gap]:
    """账实相符: every item counted or kept, in order; one that nobody counted is short by all of it."""
    names = sorted({*counted, *(name for name, amount in book.items() if amount)})
    return [Gap(name, counted.get(name, 0), book.get(name)) for name in names]


@dataclass(frozen=True, slots=True)
class Span:
    """An item over a span of days, in ledger units: opening + in_ + back − sold − out = closing (R-212)."""

    opening: int = 0
    in_: int = 0
    back: int = 0
    sold: int = 0
    out: int = 0

    @property
    def closing(self) -> int:
        return self.opening + self.in_ + self.back - self.sold - self.out
