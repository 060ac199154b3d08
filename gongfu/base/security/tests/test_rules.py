"""Reporting clocks (R-1405) and the keeping of assessments (R-1404), by small tables."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongfu.base.kit.beijing import BEIJING
from gongfu.base.security import rules
from gongfu.reference.tables import parameters

pytestmark = [pytest.mark.feature("access.security"), pytest.mark.rule("R-1405")]
FOUND = datetime(2026, 11, 25, 23, 30, tzinfo=BEIJING)
HOURS = parameters(FOUND.date())
LARGER = ("larger", "major", "extraordinary")


def facts(**more: object) -> dict[str, object]:
    return {"level": "larger", "operator": "other", "discovered_at": FOUND.isoformat(), **more}


@pytest.mark.parametrize("level", LARGER)
@pytest.mark.parametrize(("operator", "hours"), [("cii", 1), ("state", 2), ("other", 4)])
@pytest.mark.parametrize("drill", [True, False])
def test_the_clock_follows_the_kind_of_operator_from_discovery(
    level: str, operator: str, hours: int, drill: bool
) -> None:
    by = rules.report_by(facts(level=level, operator=operator, drill=drill), HOURS)
    assert by == FOUND + timedelta(hours=hours)


def test_minor_incidents_and_earlier_days_have_no_clock() -> None:
    assert rules.report_by(facts(level="minor"), HOURS) is None
    assert rules.report_by(facts(), parameters(datetime(2025, 10, 31, tzinfo=BEIJING).date())) is None
    assert rules.clock({}, FOUND) is None


@pytest.mark.parametrize(
    ("after", "reported_after", "late", "running", "minutes"),
    [(0, None, False, True, 240), (240, None, False, True, 0), (241, None, True, True, 1), (999, 239, False, False, 1), (999, 250, True, False, 10)],
)  # fmt: skip
def test_how_a_clock_stands(after: int, reported_after: int | None, late: bool, running: bool, minutes: int) -> None:
    told = facts(report_by=(FOUND + timedelta(hours=4)).isoformat())
    if reported_after is not None:
        told["reported_at"] = (FOUND + timedelta(minutes=reported_after)).isoformat()
    found = rules.clock(told, FOUND + timedelta(minutes=after))
    assert found is not None
    assert (found.late, found.running, found.minutes) == (late, running, minutes)


@given(st.integers(0, 10_000), st.sampled_from(LARGER), st.sampled_from(("cii", "state", "other")))
def test_a_clock_is_late_exactly_after_its_moment(minutes: int, level: str, operator: str) -> None:
    by = rules.report_by(facts(level=level, operator=operator), HOURS)
    assert by is not None
    found = rules.clock({"report_by": by.isoformat()}, FOUND + timedelta(minutes=minutes))
    assert found is not None
    assert found.late == (FOUND + timedelta(minutes=minutes) > by)


def test_found_in_the_future_and_persons_concerned() -> None:
    assert [one.code for one in rules.timely(facts(), FOUND)] == []
    assert [one.code for one in rules.timely(facts(), FOUND - timedelta(minutes=1))] == ["INCIDENT-TIME"]
    remark = rules.timely(facts(personal=True), FOUND)
    assert [one.code for one in remark] == ["INCIDENT-PERSONS"]
    assert not remark[0].blocks


@pytest.mark.rule("R-1404")
@pytest.mark.parametrize(
    ("on", "until", "sound"),
    [("2026-11-25", "2029-11-25", True), ("2026-11-25", "2029-11-24", False), ("2024-02-29", "2027-02-28", True)],
)
def test_assessments_are_kept_three_years(on: str, until: str, sound: bool) -> None:
    assert (rules.kept_long_enough({"assessed_on": on, "until": until}) == []) is sound
