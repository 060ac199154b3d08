"""Overdue tasks are urged by the clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from gongfu.base.access.actor import WORKER
from gongfu.base.events.schedule import strikes
from gongfu.base.kit.beijing import civil_date
from gongfu.base.tasks import actions
from gongfu.zones.plan import plans


@strikes("tasks.urge", timedelta(hours=1))
def urge(at: datetime) -> None:
    """Urge what is overdue in every zone, once a day (R-1621)."""
    for zone in plans():
        actions.urge_overdue(WORKER, zone, on=civil_date(at))
