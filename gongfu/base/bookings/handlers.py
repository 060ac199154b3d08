"""Holds end by the clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from gongfu.base.access.actor import WORKER
from gongfu.base.bookings import actions
from gongfu.base.events.schedule import strikes


@strikes("bookings.expire", timedelta(minutes=1))
def expire(at: datetime) -> None:
    """Give the places of lapsed holds back."""
    actions.expire_holds(WORKER)
