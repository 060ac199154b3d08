"""Cases keep their steps sealed, their states folded, their terms in working days, and their persons enciphered."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from statistics import median
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongfu.base.access.actor import Actor
from gongfu.base.cases import actions, kinds, queries
from gongfu.base.cases.facts import clear
from gongfu.base.cases.models import Case, Step
from gongfu.base.cases.tests.kind import FLOW, KIND
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.notices.models import Notice
from gongfu.reference.workdays import add_working_days

pytestmark = [pytest.mark.django_db, pytest.mark.feature("cases.hall"), pytest.mark.rule("R-1621")]
COMMON = frozenset({"cases.open", "cases.move", "cases.save", "cases.answer", "cases.ask"})
FIRM = Actor("person:1", "own", COMMON | {"demo.apply"}, ("nanchong",), ("91511300MA6DEM014G",), "firm.operator")
RIVAL = replace(FIRM, name="person:9", party_codes=("91510700MA6DEM014Q",))
OFFICER = Actor("person:2", "zone", COMMON | {"demo.review"}, ("nanchong",), (), "officer.commerce")
SECOND = replace(OFFICER, name="person:3")
ELSEWHERE = replace(OFFICER, name="person:4", zones=("meishan",))
SOUND = {"name": "小黄", "weight": "12", "phone": "13812345678", "fee": "12.50"}


@pytest.fixture(autouse=True)
def demo_kind() -> Iterator[None]:
    kinds.EXTRA[KIND.code] = KIND
    yield
    kinds.EXTRA.clear()


def opened(raw: dict[str, str] = SOUND, actor: Actor = FIRM) -> Case:
    taken = actions.open_case(actor, KIND.code, zone="nanchong", raw=raw)
    assert taken.case is not None
    return taken.case


def at(case: Case) -> Case:
    case.refresh_from_db()
    return case


def test_a_case_goes_its_way_with_a_sealed_step_for_each_move() -> None:
    case = opened()
    assert actions.take(FIRM, case.pk, "submit").done
    assert actions.take(OFFICER, case.pk, "recommend", note="齐全").done
    assert actions.take(SECOND, case.pk, "approve").done
    assert at(case).state == "approved"
    assert case.closed_at is not None
    assert case.waits_for == []
    assert list(Step.objects.filter(case=case).order_by("seq").values_list("verb", "actor")) == [
        ("open", "person:1"), ("submit", "person:1"), ("recommend", "person:2"), ("approve", "person:3"),
    ]  # fmt: skip
    assert queries.broken(case) == []


def test_a_draft_with_faults_is_kept_and_not_handed_in() -> None:
    case = opened({"name": "小黄", "weight": "很重", "phone": "13812345678"})
    taken = actions.take(FIRM, case.pk, "submit")
    assert [(one.code, one.field) for one in taken.findings] == [("FIELD-NEEDED", "weight")]
    assert at(case).state == "draft"
    assert actions.save_draft(FIRM, case.pk, {**SOUND, "weight": "91"}).done
    assert [one.code for one in actions.take(FIRM, case.pk, "submit").findings] == ["FIELD-RANGE"]
    assert actions.save_draft(FIRM, case.pk, SOUND).done
    assert actions.take(FIRM, case.pk, "submit").done


def test_persons_are_enciphered_and_money_survives_the_hand_in() -> None:
    case = opened()
    with connection.cursor() as cursor:
        cursor.execute("SELECT facts::text FROM cases_case WHERE id = %s", [case.pk])
        assert "13812345678" not in cursor.fetchone()[0]
    assert clear(case.facts)["phone"] == "13812345678"
    actions.take(FIRM, case.pk, "submit")
    assert at(case).facts["fee"] == 1250


def test_a_personal_value_left_empty_in_a_draft_is_kept() -> None:
    case = opened()
    assert actions.save_draft(FIRM, case.pk, {**SOUND, "name": "小黑", "phone": ""}).done
    assert clear(at(case).facts)["phone"] == "13812345678"
    assert actions.save_draft(FIRM, case.pk, {**SOUND, "phone": "13987654321"}).done
    assert clear(at(case).facts)["phone"] == "13987654321"


def test_strangers_other_zones_and_other_desks_may_not_move_it() -> None:
    case = opened()
    actions.take(FIRM, case.pk, "submit")
    for actor, verb in ((RIVAL, "submit"), (ELSEWHERE, "recommend"), (FIRM, "recommend")):
        with pytest.raises(PermissionDenied):
            actions.take(actor, case.pk, verb)
    assert list(Case.objects.seen_by(RIVAL)) == []
    with pytest.raises(PermissionDenied):
        actions.open_case(FIRM, KIND.code, zone="nanchong", raw=SOUND, party_code=RIVAL.party_codes[0])


def test_four_eyes() -> None:
    case = opened()
    actions.take(FIRM, case.pk, "submit")
    actions.take(OFFICER, case.pk, "recommend")
    with pytest.raises(PermissionDenied):
        actions.take(OFFICER, case.pk, "approve")
    assert actions.take(SECOND, case.pk, "approve").done


def test_a_move_that_does_not_start_here_is_told() -> None:
    case = opened()
    taken = actions.take(OFFICER, case.pk, "approve")
    assert [one.code for one in taken.findings] == ["STATE-CONFLICT"]
    assert Step.objects.filter(case=case).count() == 1


@pytest.mark.rule("R-006")
def test_terms_are_working_days_and_a_zone_may_promise_less() -> None:
    case = opened()
    actions.take(FIRM, case.pk, "submit")
    assert at(case).due_on == add_working_days(civil_date(clock.now()), 3)
    assert FLOW.days("reviewing", {"send_back": 2, "recommend": 1}) == 1


@pytest.mark.django_db(transaction=True)
def test_steps_cannot_be_changed_and_a_change_by_force_is_found() -> None:
    case = opened()
    actions.take(FIRM, case.pk, "submit")
    for change in ("UPDATE cases_step SET actor = 'x' WHERE case_id = %s", "DELETE FROM cases_step WHERE case_id = %s"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change, [case.pk])
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE cases_step DISABLE TRIGGER cases_step_stays")
        cursor.execute("UPDATE cases_step SET note = '改过' WHERE case_id = %s AND seq = 1", [case.pk])
        cursor.execute("ALTER TABLE cases_step ENABLE TRIGGER cases_step_stays")
    assert queries.broken(at(case)) != []


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(verbs=st.lists(st.sampled_from([move.verb for move in FLOW.moves]), max_size=12), seed=st.integers(0, 1))
def test_whatever_is_tried_the_state_is_the_fold_of_the_steps(verbs: list[str], seed: int) -> None:
    case = opened()
    for number, verb in enumerate(verbs):
        actor = FIRM if verb == "submit" else (OFFICER, SECOND)[(number + seed) % 2]
        try:
            actions.take(actor, case.pk, verb, {"reason": "缺件"})
        except PermissionDenied:
            continue
    assert queries.broken(at(case)) == []


def test_the_inbox_shows_what_waits_for_a_desk_and_notices_tell_both_sides() -> None:
    case = opened()
    assert list(queries.inbox(FIRM)) == [case]
    actions.take(FIRM, case.pk, "submit")
    assert list(queries.inbox(FIRM)) == []
    assert list(queries.inbox(OFFICER)) == [case]
    assert list(queries.inbox(ELSEWHERE)) == []
    assert Notice.objects.seen_by(OFFICER).count() == 1
    actions.take(OFFICER, case.pk, "send_back", {"reason": "缺照片"})
    assert list(queries.inbox(FIRM)) == [case]
    assert at(case).facts["reason"] == "缺照片"
    assert Notice.objects.seen_by(FIRM).count() == 1
    assert Notice.objects.seen_by(RIVAL).count() == 0


def test_measured_hours_equal_a_recount_and_versions_are_told_apart(monkeypatch: Any) -> None:
    for _ in range(3):
        case = opened()
        actions.take(FIRM, case.pk, "submit")
        actions.take(OFFICER, case.pk, "recommend")
    faster = replace(
        FLOW, moves=tuple(replace(move, days=1) if move.verb == "recommend" else move for move in FLOW.moves)
    )
    kinds.EXTRA[KIND.code] = replace(KIND, flow=faster)
    case = opened()
    actions.take(FIRM, case.pk, "submit")
    actions.take(OFFICER, case.pk, "refuse")
    told = {(row["version"], row["state"]): row for row in queries.measured(KIND.code, "nanchong")}
    for (version, state), row in told.items():
        steps = list(Step.objects.filter(case__kind=KIND.code).order_by("case_id", "seq"))
        hours = [
            (after.at - before.at).total_seconds() / 3600
            for before, after in zip(steps, steps[1:], strict=False)
            if before.case_id == after.case_id and (after.flow_version, after.before) == (version, state)
        ]
        assert row["count"] == len(hours)
        assert float(row["median_hours"]) == pytest.approx(median(hours))
    assert {version for version, _ in told} == {FLOW.version(), faster.version()}
    assert [one.version for one in queries.versions(KIND.code)] == [FLOW.version(), faster.version()]


@pytest.mark.feature("cases.joint")
def test_a_desk_asked_in_another_zone_sees_the_case_and_answers_once() -> None:
    case = opened()
    actions.take(FIRM, case.pk, "submit")
    assert not Case.objects.seen_by(ELSEWHERE).exists()
    actions.ask_desk(OFFICER, case.pk, zone="meishan", role="officer.commerce", days=2)
    assert list(queries.inbox(ELSEWHERE)) == [case]
    actions.answer_desk(ELSEWHERE, case.pk, "查验结果一致", {"same": True})
    assert list(queries.inbox(ELSEWHERE)) == []
    with pytest.raises(PermissionDenied):
        actions.answer_desk(ELSEWHERE, case.pk, "再答")
    assert queries.broken(at(case)) == []


@pytest.mark.django_db(transaction=True)
def test_twenty_officers_at_once_make_one_step() -> None:
    case = opened()
    actions.take(FIRM, case.pk, "submit")
    done: list[bool] = []

    def decide(number: int) -> None:
        try:
            done.append(actions.take(replace(OFFICER, name=f"person:{100 + number}"), case.pk, "recommend").done)
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=(number,)) for number in range(20)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(done) == [False] * 19 + [True]
    assert queries.broken(at(case)) == []
