"""What product filing announces."""

from __future__ import annotations

from dataclasses import dataclass

from gongfu.core.event import Event


@dataclass(frozen=True, slots=True)
class ProductsChanged(Event):
    """Products were filed, changed or withdrawn; their row numbers."""

    products: list[int]
