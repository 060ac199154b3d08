"""Working days: the published calendar, and counting that agrees with a walk day by day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongfu.reference.tables import table
from gongfu.reference.workdays import (
    add_working_days,
    is_working_day,
    known_years,
    next_working_day,
    working_days_between,
)

pytestmark = [pytest.mark.rule("R-006"), pytest.mark.feature("kpi.tasks")]
DAYS = st.dates(date(2022, 1, 1), date(2029, 12, 31))
TERMS = st.integers(0, 300)


@pytest.mark.parametrize(
    ("start", "days", "last"),
    [
        (date(2024, 2, 9), 1, date(2024, 2, 18)),  # over Spring Festival to the make-up Sunday
        (date(2024, 9, 13), 1, date(2024, 9, 14)),  # Saturday worked before Mid-autumn
        (date(2025, 1, 24), 2, date(2025, 1, 27)),  # Sunday 26 January is worked
        (date(2025, 9, 30), 1, date(2025, 10, 9)),  # eight days of National Day and Mid-autumn
        (date(2026, 2, 13), 1, date(2026, 2, 14)),
        (date(2026, 2, 14), 1, date(2026, 2, 24)),  # the nine days of 2026
        (date(2026, 4, 3), 1, date(2026, 4, 7)),
        (date(2026, 9, 30), 7, date(2026, 10, 15)),  # Saturday 10 October is worked
        (date(2026, 6, 6), 0, date(2026, 6, 6)),
        (date(2027, 9, 30), 1, date(2027, 10, 1)),  # no notice yet: weekends only
    ],
)
def test_terms_over_the_published_holidays(start: date, days: int, last: date) -> None:
    assert add_working_days(start, days) == last


def test_a_term_that_ends_on_a_day_off_ends_on_the_next_working_day() -> None:
    assert next_working_day(date(2026, 10, 1)) == date(2026, 10, 8)
    assert next_working_day(date(2026, 10, 10)) == date(2026, 10, 10)


@pytest.mark.parametrize(("year", "worked"), [(2024, 251), (2025, 248), (2026, 248)])
def test_the_working_days_of_a_year(year: int, worked: int) -> None:
    """2024: 366 days, 104 weekend days, 19 weekdays off, 8 made up; 2025: 365, 104, 18, 5; 2026: 365, 104, 19, 6."""
    assert working_days_between(date(year - 1, 12, 31), date(year, 12, 31)) == worked


def test_the_table_is_of_one_kind_a_day_and_makes_up_on_weekends_only() -> None:
    rows = table("workdays")
    assert rows["day"].is_unique().all() and set(rows["kind"]) == {"holiday", "workday"}
    made_up = [date.fromisoformat(day) for day, kind in rows.select("day", "kind").rows() if kind == "workday"]
    assert all(day.weekday() >= 5 and is_working_day(day) for day in made_up)
    assert known_years() == (2024, 2025, 2026)
    assert set(rows["confidence"]) <= set("CPMDX") and rows["source"].str.contains("国办发明电").all()


@given(DAYS, DAYS)
def test_counting_equals_walking(a: date, b: date) -> None:
    low, high = sorted((a, b))
    walked = sum(is_working_day(low + timedelta(days=n)) for n in range(1, (high - low).days + 1))
    assert working_days_between(low, high) == walked == -working_days_between(high, low)


@given(DAYS, TERMS)
def test_a_term_counts_what_it_was_given_and_ends_on_a_working_day(start: date, days: int) -> None:
    last = add_working_days(start, days)
    assert working_days_between(start, last) == days
    assert days == 0 or is_working_day(last)


@given(DAYS, TERMS, TERMS)
def test_terms_add_up(start: date, one: int, two: int) -> None:
    assert add_working_days(add_working_days(start, one), two) == add_working_days(start, one + two)


def test_a_negative_term_is_an_error() -> None:
    with pytest.raises(ValueError, match="-1"):
        add_working_days(date(2026, 1, 5), -1)
