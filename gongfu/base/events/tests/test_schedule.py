"""The clock: due work is done once by one process, again when its time has come, and a fault harms no other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gongfu.base.audit.models import Entry
from gongfu.base.events import schedule
from gongfu.base.events.models import Strike
from gongfu.base.events.schedule import RECURRING, strike, strikes
from house.crowd import at_once

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """One recurring piece of work, which writes down when it was done."""
    done: list[datetime] = []
    monkeypatch.setattr(schedule, "RECURRING", {})
    strikes("test.one", timedelta(minutes=5))(done.append)
    return done


def test_due_work_is_done_and_again_when_its_time_has_come(alone: list[datetime]) -> None:
    moments = [NOON, NOON + timedelta(minutes=4), NOON + timedelta(minutes=5), NOON + timedelta(hours=3)]
    assert [strike(at) for at in moments] == [1, 0, 1, 1]
    assert alone == [moments[0], moments[2], moments[3]]


def test_a_fault_is_kept_and_harms_no_other(alone: list[datetime]) -> None:
    def broken(at: datetime) -> None:
        raise ValueError("no such thing")

    strikes("test.a-broken", timedelta(minutes=5))(broken)
    assert strike(NOON) == 2
    assert alone == [NOON]
    assert Strike.objects.get(name="test.a-broken").error == "ValueError: no such thing"
    schedule.RECURRING["test.a-broken"] = schedule.Recurring(timedelta(minutes=5), alone.append)
    strike(NOON + timedelta(minutes=6))
    assert Strike.objects.get(name="test.a-broken").error == ""


@pytest.mark.django_db(transaction=True)
def test_many_processes_do_it_once(alone: list[datetime]) -> None:
    assert at_once(lambda at: strike(at) and None, [NOON] * 8) == []
    assert alone == [NOON]


def test_what_the_house_does_by_the_clock_leaves_no_trace_when_nothing_is_due(settings: Any) -> None:
    assert {"bookings.expire", "offers.lapse", "partners.pull", "tasks.urge"} <= set(RECURRING)
    before = Entry.objects.count()
    strike(NOON)
    assert Entry.objects.count() == before
    assert set(Strike.objects.values_list("error", flat=True)) == {""}
