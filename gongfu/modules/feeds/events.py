"""What feeds announce, and what they ask of those above who know the 9610 lists."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import polars as pl

from gongfu.core.event import Event


@dataclass(frozen=True)
class DeliveryReceived(Event):
    """The bytes of a delivery are committed; a worker will read it."""

    delivery: int


@dataclass(frozen=True)
class FeedRowsReceived(Event):
    """Rows of a kind were taken up from one delivery (`batch`); `queries.taken_up` gives them."""

    zone: str
    kind: str
    batch: int


@dataclass(frozen=True)
class ListsSought(Event):
    """Which 9610 lists may be among these parcels? Heard at once; whoever knows adds a frame to `found`.

    parcels: waybill_no, order_key (platform|order number), consignee_key and day of parcels of one `zone`; or, without them, all lists
    that came in some `messages`.  An answer has: zone, list (its number), waybill_no, order_key, consignee_key, grams, day.
    """

    inline: ClassVar[bool] = True
    zone: str = ""
    parcels: pl.DataFrame | None = None
    messages: list[int] = field(default_factory=list)
    found: list[pl.DataFrame] = field(default_factory=list)
