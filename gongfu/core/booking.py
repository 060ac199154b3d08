"""Capacity in slots, as data: what a kind of resource is, when its slots lie, what a late cancel costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


@dataclass(frozen=True, slots=True)
class ResourceKind:
    """A kind of bookable resource: trains, trucks, cold stores, warehouse space.

    unit: what capacity counts (TEU, pallet, m²).  hold_minutes: how long a hold may wait to be confirmed.
    overlaps: whether slots of one resource may overlap (departures of a line do, days of a store do not).
    late_hours: a confirmed booking given up less than this before the slot starts costs late_fee_bp of its price.
    """

    code: str
    title: str
    title_en: str
    unit: str
    unit_en: str
    hold_minutes: int = 30
    overlaps: bool = False
    late_hours: int = 0
    late_fee_bp: int = 0


def calendar(
    first: date, last: date, opens: time, closes: time, zone: tzinfo, weekdays: tuple[int, ...] = EVERY_DAY
) -> list[tuple[datetime, datetime]]:
    """One slot (start, end) on each of these days (ISO weekdays, both ends included); it ends on the next day when
    `closes` is not after `opens`."""
    found = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if day.isoweekday() in weekdays:
            until = day if closes > opens else day + timedelta(days=1)
            found.append((datetime.combine(day, opens, zone), datetime.combine(until, closes, zone)))
    return found


def late_fee_fen(
    price_fen: int, quantity: int, starts_at: datetime, at: datetime, *, late_hours: int, late_fee_bp: int
) -> int:
    """What giving up a confirmed booking costs at a moment, rounded half up to a whole fen; price_fen is for one unit."""
    if at <= starts_at - timedelta(hours=late_hours):
        return 0
    return (price_fen * quantity * late_fee_bp * 2 + 10_000) // 20_000
