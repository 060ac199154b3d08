"""Proposals end by the clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from gongfu.base.access.actor import WORKER
from gongfu.base.events.schedule import strikes
from gongfu.base.offers import actions


@strikes("offers.lapse", timedelta(minutes=5))
def lapse(at: datetime) -> None:
    """End proposals that nobody answered in time."""
    actions.lapse(WORKER)
