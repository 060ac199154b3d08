"""Entries near their last day are announced by the clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from gongfu.base.access.actor import WORKER
from gongfu.base.events.schedule import strikes
from gongfu.base.kit.beijing import civil_date
from gongfu.base.registers import actions


@strikes("registers.remind", timedelta(hours=6))
def remind(at: datetime) -> None:
    """Tell holders and offices of entries that are about to end, or have."""
    actions.remind(WORKER, civil_date(at))
