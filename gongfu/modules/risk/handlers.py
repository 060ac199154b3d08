"""When lists are released, their clocks are drawn; when the clock strikes, firms are watched, days reconciled and step times published."""

from __future__ import annotations

from datetime import datetime, timedelta

from gongfu.base.access.actor import WORKER
from gongfu.base.events.bus import announce, hears
from gongfu.base.events.schedule import strikes
from gongfu.base.kit.beijing import civil_date
from gongfu.modules.declarations.events import DeclarationsMoved
from gongfu.modules.risk import actions, detecting, queries, reconciling
from gongfu.modules.risk.events import ListsReleased
from gongfu.zones.plan import plans

LOOK_BACK = 4  # days that are reconciled or looked at again, so that what came late is in it
OPEN_FOR = 365  # days back to which a day with open items is reconciled again: a bill or an answer may come months later …
AGAIN = 40  # … so many days and sides of a zone each time, those first whose turn was longest ago


@hears(DeclarationsMoved)
def released(event: DeclarationsMoved) -> None:
    """Receipts are not kept waiting for clocks: those are drawn by a worker, once the release is committed."""
    if event.released:
        announce(ListsReleased(list(event.released)), weight=len(event.released))


@hears(ListsReleased, lane="clocks")
def draw(events: list[ListsReleased]) -> None:
    actions.draw_clocks(WORKER, sorted({number for event in events for number in event.lists}))


def zones() -> list[str]:
    """Zones that offer this module."""
    return [code for code, plan in plans().items() if "risk" in plan.modules]


@strikes("risk.watch", timedelta(minutes=10))
def watch(at: datetime) -> None:
    """Red flags suspend the same day; every member is checked once a month."""
    for zone in zones():
        actions.watch(WORKER, zone, civil_date(at))


@strikes("risk.breaches", timedelta(minutes=30))
def breaches(at: datetime) -> None:
    """Whitelisted firms' lists that are already late are on the work list before they are released."""
    for zone in zones():
        actions.watch_open(WORKER, zone, civil_date(at))


@strikes("risk.reconcile", timedelta(hours=6))
def reconcile(at: datetime) -> None:
    """The last days of every zone against every other side, and days with open items, so that whatever comes later clears them."""
    today = civil_date(at)
    first = today - timedelta(days=LOOK_BACK)
    for zone in zones():
        last = [(source, today - timedelta(days=back)) for back in range(LOOK_BACK, 0, -1) for source in reconciling.SOURCES]
        open_ = queries.open_days(zone, reconciling.SOURCES, today - timedelta(days=OPEN_FOR), first, AGAIN)
        for source, day in (*last, *open_):
            reconciling.reconcile(WORKER, zone, day, source)


@strikes("risk.detect", timedelta(hours=1))
def detect(at: datetime) -> None:
    """Once a day is over, what the risk rules find about its lists; days that were missed are made up for."""
    for zone in zones():
        for back in range(LOOK_BACK, 0, -1):
            day = civil_date(at) - timedelta(days=back)
            if not queries.detected(zone, day):
                detecting.detect(WORKER, zone, day)


@strikes("risk.remind", timedelta(hours=1))
def remind(at: datetime) -> None:
    """Owners of overdue items are told once."""
    for zone in zones():
        actions.remind(WORKER, zone, civil_date(at))


@strikes("risk.publish", timedelta(hours=1))
def publish(at: datetime) -> None:
    """Step times of this month and the one that ended."""
    today = civil_date(at)
    for zone in zones():
        for day in {today.replace(day=1), (today.replace(day=1) - timedelta(days=1)).replace(day=1)}:
            actions.publish(WORKER, zone, f"{day:%Y-%m}")
