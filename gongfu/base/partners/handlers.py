"""Partners are asked by the clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from gongfu.base.events.schedule import strikes
from gongfu.base.partners import actions


@strikes("partners.pull", timedelta(seconds=30))
def pull(at: datetime) -> None:
    """Take over what is new at partner installations (R-707: a withdrawal shows within five minutes)."""
    actions.pull_all()
