"""Deliveries are read as they come in; parcels meet the 9610 lists that come later; owners hear of misses by the clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from gongfu.base.access.actor import WORKER
from gongfu.base.events.bus import hears
from gongfu.base.events.schedule import strikes
from gongfu.modules.feeds import actions, taking
from gongfu.modules.feeds.events import DeliveryReceived
from gongfu.modules.intake.events import MessagesDecided


@hears(DeliveryReceived, lane="feeds.take_up")
def take_up(events: list[DeliveryReceived]) -> None:
    """Read each delivery and settle it; what is settled stays as it is."""
    for event in events:
        taking.take_up(WORKER, event.delivery)


@hears(MessagesDecided, lane="feeds.meet")
def meet(events: list[MessagesDecided]) -> None:
    """Look among the parcels for the lists of these messages."""
    taking.meet_lists(WORKER, sorted({number for event in events for number in event.message_ids}))


@strikes("feeds.watch", timedelta(minutes=1))
def watch(at: datetime) -> None:
    """Tell the owners of feeds that are red now, once for each miss."""
    actions.tell_misses(WORKER, at)
