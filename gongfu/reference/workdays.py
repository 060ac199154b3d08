"""Working days of China: weekends and statutory holidays are skipped, make-up weekends count (R-006)."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, timedelta
from functools import cache

from gongfu.reference.tables import table

SATURDAY = 5
Days = tuple[date, ...]


@cache
def _calendar() -> tuple[Days, Days]:
    """(holidays that fall on Monday to Friday, weekend days that are worked), both ascending."""
    rows = [(date.fromisoformat(day), kind) for day, kind in table("workdays").select("day", "kind").rows()]
    off = sorted(day for day, kind in rows if kind == "holiday" and day.weekday() < SATURDAY)
    worked = sorted(day for day, kind in rows if kind == "workday" and day.weekday() >= SATURDAY)
    return tuple(off), tuple(worked)


@cache
def known_years() -> tuple[int, ...]:
    """The years whose holidays are in the table, ascending; in any other year only weekends are skipped."""
    return tuple(sorted({int(day[:4]) for day in table("workdays")["day"]}))


def _among(days: Days, day: date) -> bool:
    place = bisect_right(days, day)
    return place > 0 and days[place - 1] == day


def is_working_day(day: date) -> bool:
    """Whether offices work on the day (R-006). Outside `known_years()` holidays are not known: weekdays work, weekends do not."""
    off, worked = _calendar()
    return not _among(off, day) if day.weekday() < SATURDAY else _among(worked, day)


def next_working_day(day: date) -> date:
    """The day itself when it is worked, else the first worked day after it: where a term that ends on a day off ends."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def add_working_days(start: date, days: int) -> date:
    """The last day of a term of `days` working days; `start` is day 0 and may be any day, the last day is inside the term.

    0 gives `start` itself; ValueError for a negative number.  The table holds the years of `known_years()` (2024 to 2026,
    from the yearly notices of the State Council's General Office); in other years weekends alone are skipped (R-006).
    """
    if days < 0:
        raise ValueError(f"a term of {days} working days")
    day = start
    while days:
        day += timedelta(days=1)
        days -= is_working_day(day)
    return day


def working_days_between(a: date, b: date) -> int:
    """How many working days lie after `a` up to and including `b`; negative, by the same count, when `b` is before `a`.

    Years outside `known_years()` count as if they had weekends only (R-006).
    """
    return _until(b) - _until(a)


def _until(day: date) -> int:
    """Working days from the first day of the calendar up to and including the day."""
    off, worked = _calendar()
    number = day.toordinal()  # day 1 is a Monday
    weeks, rest = divmod(number, 7)
    return weeks * 5 + min(rest, 5) - bisect_right(off, day) + bisect_right(worked, day)
