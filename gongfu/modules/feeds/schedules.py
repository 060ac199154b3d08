"""When a delivery is due, which due moment a delivery serves, and how a feed stands at a moment. Nothing here is stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import count

from gongfu.reference.workdays import is_working_day

UNITS = {"minute": ("分钟", "minutes"), "hour": ("小时", "hours"), "day": ("天", "days")}
DAY = timedelta(days=1)
GREEN, AMBER, RED = "green", "amber", "red"


@dataclass(frozen=True, slots=True)
class Schedule:
    """Every `every` minutes or hours from midnight of `since`'s own zone, or every so many days `at` a time.

    working_days: on days off nothing is due (minutes, hours), or it is due on the next working day (R-006).  grace: how much later a
    delivery may come before the feed turns red.  since: the aware moment from which the schedule holds.
    """

    every: int
    unit: str
    at: time
    working_days: bool
    grace: timedelta
    since: datetime

    def slots(self, day: date) -> list[datetime]:
        """The due moments of a day, ascending."""
        midnight = datetime.combine(day, time(), self.since.tzinfo)
        if self.unit == "day":
            return [datetime.combine(day, self.at, self.since.tzinfo)] if self._due_on(day) else []
        if self.working_days and not is_working_day(day):
            return []
        step = timedelta(minutes=self.every) if self.unit == "minute" else timedelta(hours=self.every)
        return [midnight + step * number for number in range(-(-DAY // step))]

    def _due_on(self, day: date) -> bool:
        if self.working_days and not is_working_day(day):
            return False
        while (day - self.since.date()).days % self.every:
            day -= DAY
            if not self.working_days or is_working_day(day):
                return False
        return True

    def before(self, moment: datetime) -> datetime | None:
        """The newest due moment not after `moment`; None while nothing has been due."""
        for day in self._days(moment, back=True):
            if day < self.since.date():
                return None
            found = [one for one in self.slots(day) if self.since < one <= moment]
            if found:
                return found[-1]
        return None

    def after(self, moment: datetime) -> datetime:
        """The first due moment after `moment`."""
        later = max(moment, self.since)
        return next(one for day in self._days(later, back=False) for one in self.slots(day) if one > later)

    def _days(self, moment: datetime, *, back: bool) -> Iterator[date]:
        first = moment.astimezone(self.since.tzinfo).date()
        return (first - DAY * number if back else first + DAY * number for number in count())

    def served(self, received: datetime) -> datetime:
        """The due moment that a delivery counts for: the one it is nearest to, the earlier of two; `since` for one that came before."""
        if received <= self.since:
            return self.since
        earlier, later = self.before(received), self.after(received)
        return earlier if earlier is not None and received - earlier <= later - received else later


@dataclass(frozen=True, slots=True)
class Standing:
    """colour: green, amber, red.  why: ok, none, due, faulty, late, refused, held.  since: from when it has been so."""

    colour: str
    why: str
    since: datetime | None
    next_due: datetime


@dataclass(frozen=True, slots=True)
class Past:
    """What came: the last delivery that was read, how many of its rows were refused, and the last one refused or held with its state."""

    good: datetime | None = None
    faulty: int = 0
    bad: datetime | None = None
    state: str = ""


def standing(schedule: Schedule, past: Past, at: datetime) -> Standing:
    """How a feed stands: red when a delivery is overdue beyond the grace or the newest one could not be read (R-1408)."""
    told = partial(Standing, next_due=schedule.after(at))
    if past.bad is not None and (past.good is None or past.bad > past.good):
        return told(RED, past.state, past.bad)
    served = schedule.served(past.good) if past.good else schedule.since
    overdue, running = schedule.before(at - schedule.grace), schedule.before(at)
    missed = schedule.after(served)
    if overdue is not None and served < overdue:
        return told(RED, "late", missed + schedule.grace)
    if running is not None and served < running:
        return told(AMBER, "due", missed)
    if past.good is None:
        return told(AMBER, "none", schedule.since)
    return told(AMBER, "faulty", past.good) if past.faulty else told(GREEN, "ok", past.good)
