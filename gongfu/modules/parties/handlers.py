"""Filings go to partner installations, and theirs come in (R-707)."""

from __future__ import annotations

from gongfu.base.events.bus import hears
from gongfu.base.partners.actions import applies
from gongfu.modules.parties import elsewhere, sharing
from gongfu.modules.parties.events import PartiesChanged

applies(sharing.KIND)(sharing.keep)
applies(elsewhere.REQUEST)(elsewhere.receive)
applies(elsewhere.ANSWER)(elsewhere.answered)


@hears(PartiesChanged, lane="parties.publish")
def publish(events: list[PartiesChanged]) -> None:
    """Sign the newest version of each firm that changed."""
    sharing.publish({code for one in events for code in one.codes})
