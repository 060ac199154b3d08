"""Licences that end soon are watched by the clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from gongfu.base.access.actor import WORKER
from gongfu.base.events.schedule import strikes
from gongfu.modules.services import actions


@strikes("services.remind", timedelta(hours=6))
def remind(at: datetime) -> None:
    """Remind providers whose licence ends soon."""
    actions.remind(WORKER, at)
