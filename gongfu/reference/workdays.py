"""placeholder until the mechanism helper lands"""

from __future__ import annotations

from datetime import date, timedelta


def add_working_days(start: date, days: int) -> date:
    day = start
    while days > 0:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return day


def working_days_between(start: date, end: date) -> int:
    day, count = start, 0
    while day < end:
        day += timedelta(days=1)
        count += day.weekday() < 5
    return count
