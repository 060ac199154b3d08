"""Lights, overdue days and sound lists, without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongfu.base.tasks import rules, sources
from gongfu.base.tasks.desks import desks
from gongfu.base.tasks.flows import STATES, TASK
from gongfu.base.tasks.kinds import CONTROL, PLAN, Seed
from gongfu.base.tasks.rules import Standing, light, overdue_days
from gongfu.reference.workdays import is_working_day
from gongfu.zones.plan import plans
from gongfu.zones.pointers import DEPARTMENTS

DAYS = st.dates(date(2023, 6, 1), date(2027, 6, 30))
STANDINGS = st.builds(
    Standing,
    st.sampled_from(["", "customs"]),
    st.sampled_from(sorted(STATES)),
    st.none() | DAYS,
    st.none() | DAYS,
    st.none() | st.integers(1, 400),
)


@pytest.mark.feature("kpi.tasks")
@pytest.mark.rule("R-006")
@pytest.mark.parametrize(
    ("due_on", "on", "days"),
    [
        (date(2026, 9, 30), date(2026, 9, 30), 0),
        (date(2026, 9, 30), date(2026, 10, 7), 0),  # the holidays do not count
        (date(2026, 9, 30), date(2026, 10, 8), 1),
        (date(2026, 9, 30), date(2026, 10, 10), 3),  # a Saturday that is worked
        (date(2026, 10, 3), date(2026, 10, 8), 0),  # due on a day off: due on the 8th
        (date(2026, 10, 3), date(2026, 10, 9), 1),
        (None, date(2026, 10, 9), 0),
    ],
)
def test_overdue_by_working_days(due_on: date | None, on: date, days: int) -> None:
    assert overdue_days(Standing("customs", "open", due_on), on) == days
    assert overdue_days(Standing("customs", "reported", due_on), on) == 0


@pytest.mark.feature("kpi.tasks")
@given(STANDINGS, DAYS)
def test_overdue_never_shrinks_and_grows_on_working_days_only(standing: Standing, on: date) -> None:
    today, tomorrow = overdue_days(standing, on), overdue_days(standing, on + timedelta(days=1))
    assert today in (tomorrow, tomorrow - 1)
    assert today == tomorrow or is_working_day(on + timedelta(days=1))


@pytest.mark.feature("access.security")
@pytest.mark.rule("R-1402")
def test_a_control_is_green_on_an_owner_and_evidence_that_holds() -> None:
    proved = date(2026, 6, 1)
    control = Standing("security_admin", "accepted", date(2026, 8, 30), proved, 90)
    assert light(control, proved).colour == "green"
    assert light(control, proved + timedelta(days=90)).colour == "green"
    assert light(control, proved + timedelta(days=91)).reasons == ("stale",)
    assert light(control, proved - timedelta(days=1)).reasons == ("evidence",)
    assert light(replace(control, lead=""), proved).reasons == ("owner",)
    assert light(Standing("", "open", None, None, 30), proved).reasons == ("owner", "evidence")


@pytest.mark.feature("access.security")
@pytest.mark.rule("R-1402")
@given(STANDINGS, DAYS)
def test_green_means_owned_and_in_time_and_red_has_a_reason(standing: Standing, on: date) -> None:
    found = light(standing, on)
    assert (found.colour == "red") == bool(found.reasons)
    if found.colour == "green":
        assert standing.lead
        if standing.check_days is None:
            assert not overdue_days(standing, on)
        else:
            assert standing.proved_on is not None and 0 <= (on - standing.proved_on).days <= standing.check_days


@pytest.mark.feature("kpi.tasks")
@given(st.lists(STANDINGS), DAYS)
def test_progress_counts_every_task_once(standings: list[Standing], on: date) -> None:
    found = rules.progress(standings, on)
    assert found.total == len(standings)
    assert found.done + found.accepted + found.reported + found.sent_back + found.open == found.total
    assert found.overdue == sum(overdue_days(one, on) > 0 for one in standings)
    assert 0 <= found.share_bp <= 10_000 and (found.share_bp == 10_000) == (found.done == found.total > 0)


@pytest.mark.feature("kpi.tasks")
@pytest.mark.rule("R-1621")
def test_every_task_of_every_plan_is_sound_and_every_department_has_a_desk() -> None:
    assert set(DEPARTMENTS) <= set(desks())
    for plan in plans().values():
        seeds = sources.of_plan(plan, {})
        assert {seed.no for seed in seeds} == {task.no for task in plan.tasks}
        assert rules.seed_findings(seeds, PLAN, desks(), ()) == []


@pytest.mark.feature("access.security")
@pytest.mark.rule("R-1402")
def test_the_controls_are_sound_and_say_how_sure_they_are() -> None:
    controls = sources.controls()
    assert rules.seed_findings(controls, CONTROL, desks(), ()) == []
    assert len(controls) == 16 and all(one.confidence and one.proof and one.title_en for one in controls)
    assert [one.no for one in controls if one.confidence == "C"] == ["audit-retention"]


@pytest.mark.feature("kpi.tasks")
@pytest.mark.parametrize(
    ("seed", "field"),
    [
        (Seed("a b", "t", lead="customs"), "no"),
        (Seed("1", " ", lead="customs"), "title"),
        (Seed("1", "\u202et", lead="customs"), "title"),
        (Seed("1", "t"), "desk"),
        (Seed("1", "t", lead="harbour"), "desk"),
        (Seed("1", "t", lead="customs", helpers=("customs",)), "helpers"),
        (Seed("1", "t", lead="customs", parent="0"), "parent"),
        (Seed("1", "t", lead="customs", parent="1"), "parent"),
        (Seed("1", "t", lead="customs", check_days=30), "check_days"),
        (Seed("1", "t", lead="customs", confidence="Z"), "confidence"),
    ],
)
def test_a_faulty_list_is_told_where(seed: Seed, field: str) -> None:
    assert [one.field for one in rules.seed_findings([seed], PLAN, desks(), ())] == [field]


@pytest.mark.feature("kpi.tasks")
def test_a_number_stands_once_and_parts_come_after_their_whole() -> None:
    whole, part = Seed("1", "t", lead="customs"), Seed("1.1", "t", lead="customs", parent="1")
    assert rules.seed_findings([whole, part], PLAN, desks(), ()) == []
    assert [one.field for one in rules.seed_findings([part, whole], PLAN, desks(), ())] == ["parent"]
    assert [one.field for one in rules.seed_findings([whole, whole], PLAN, desks(), ())] == ["no", "no"]
    assert rules.seed_findings([part], PLAN, desks(), [("", "1")]) == []


@pytest.mark.feature("kpi.tasks")
@given(st.text(max_size=30), st.text(max_size=70), DAYS, DAYS)
def test_any_evidence_gets_an_answer(text: str, document: str, dated_on: date, today: date) -> None:
    found = rules.evidence_findings(text, document, dated_on, today)
    assert all(one.message("zh") and one.message("en") for one in found)
    if not found:
        assert text.strip() and dated_on <= today and len(document) in (0, 64)


def test_nothing_leaves_a_task_that_is_done() -> None:
    assert TASK.verbs("done") == () and TASK.states() == frozenset(STATES)
