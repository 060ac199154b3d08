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
from gongfu.base.cases.seals import payload
from gongfu.base.cases.tests.kind import FLOW, KIND
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.notices.models import Notice
from gongfu.core import chain
from gongfu.core.fields import PERSONAL, Field
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


STEP_EDITS = {
    "verb": "verb = 'refuse'", "before": "before = 'checking'", "state": "state = 'refused'", "actor": "actor = 'person:77'", "role": "role = 'officer.tax'",
    "note": "note = note || '改'", "facts": "facts = '{\"reason\": \"改过\"}'", "told": "told = told || '{\"name\": \"0\"}'", "told, none": "told = '{}'",
    "flow": "flow_version = 'x'", "plan": "plan_version = 'x'", "time": "at = at + interval '1 second'", "seal": "seal = decode(repeat('00', 32), 'hex')",
    "number": "seq = seq + 50",
}  # fmt: skip
CASE_EDITS = {
    "state": "state = 'approved'", "what was said": "facts = jsonb_set(facts, '{weight}', '13')", "a person": "facts = jsonb_set(facts, '{phone,key}', '\"0\"')",
    "a fact away": "facts = facts - 'name'", "whose": "party_code = '91510700MA6DEM014Q'", "zone": "zone = 'meishan'", "opened by": "opened_by = 'person:9'",
    "count": "steps_count = steps_count - 1",
}  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    verbs=st.lists(st.sampled_from(["send_back", "recommend", "approve", "refuse"]), max_size=4),
    edit=st.sampled_from([*(f"step {name}" for name in STEP_EDITS), *(f"case {name}" for name in CASE_EDITS), "gone"]),
    place=st.integers(0, 9),
)
def test_any_edit_of_a_step_or_of_what_was_handed_in_is_found(verbs: list[str], edit: str, place: int) -> None:
    """Whatever way a case took, any one column changed by force, a step taken away, or facts retold after the hand-in are found."""
    with transaction.atomic(), connection.cursor() as cursor:
        case = opened()
        actions.take(FIRM, case.pk, "submit")
        for number, verb in enumerate(verbs):
            if (
                actions.take(SECOND if verb == "approve" else OFFICER, case.pk, verb, {"reason": "缺件"}).done
                and verb == "send_back"
            ):
                assert actions.save_draft(FIRM, case.pk, {**SOUND, "weight": str(20 + number)}).done
                assert actions.take(FIRM, case.pk, "submit").done
        assert queries.broken(at(case)) == []
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE cases_step DISABLE TRIGGER cases_step_stays")
        before, (what, _, column) = stored(case), edit.partition(" ")
        one = [case.pk, 1 + place % case.steps_count]
        if what == "case":
            cursor.execute(f"UPDATE cases_case SET {CASE_EDITS[column]} WHERE id = %s", one[:1])
        elif what == "step":
            cursor.execute(f"UPDATE cases_step SET {STEP_EDITS[column]} WHERE case_id = %s AND seq = %s", one)
        else:
            cursor.execute("DELETE FROM cases_step WHERE case_id = %s AND seq = %s", one)
        assert stored(case) == before or queries.broken(at(case)) != []
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_a_case_set_back_or_sealed_anew_is_found_by_the_log() -> None:
    """A forger who knows how seals are made cuts the last step off, or changes one and seals the whole case again."""
    case = opened()
    actions.take(FIRM, case.pk, "submit")
    actions.take(OFFICER, case.pk, "recommend")
    assert list(queries.all_broken()) == []
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE cases_step DISABLE TRIGGER cases_step_stays")
        cursor.execute("DELETE FROM cases_step WHERE case_id = %s AND seq = 3", [case.pk])
        cursor.execute("UPDATE cases_case SET steps_count = 2, state = 'reviewing' WHERE id = %s", [case.pk])
        assert queries.broken(at(case)) == []
        assert list(queries.all_broken()) == [f"case {case.number}: step 3 is not the one that the log knows"]
        step = Step.objects.get(case=case, seq=2)
        step.note = "改过"
        first = Step.objects.get(case=case, seq=1)
        sealed = chain.link(bytes(first.seal), payload(step))
        cursor.execute("UPDATE cases_step SET note = %s, seal = %s WHERE id = %s", [step.note, sealed, step.pk])
        cursor.execute("ALTER TABLE cases_step ENABLE TRIGGER cases_step_stays")
    assert queries.broken(at(case)) == []
    assert len(list(queries.all_broken())) == 2


def stored(case: Case) -> list[Any]:
    """Everything that is kept of a case."""
    steps = [{**row, "seal": bytes(row["seal"])} for row in Step.objects.filter(case=case).order_by("pk").values()]
    return [Case.objects.filter(pk=case.pk).values().get(), *steps]


def test_a_draft_under_way_may_differ_and_a_person_asked_for_later_is_sealed_once() -> None:
    phone = Field("phone", "电话", "Phone", "phone", klass=PERSONAL, masked="phone")
    asking = replace(
        FLOW, moves=tuple(replace(one, asks=(phone,)) if one.verb == "recommend" else one for one in FLOW.moves)
    )
    kinds.EXTRA[KIND.code] = replace(KIND, flow=asking)
    case = opened()
    assert actions.save_draft(FIRM, case.pk, {**SOUND, "name": "小黑"}).done
    assert queries.broken(at(case)) == []
    assert actions.take(FIRM, case.pk, "submit").done
    assert actions.take(OFFICER, case.pk, "recommend", {"phone": "13987654321"}).done
    assert queries.broken(at(case)) == []
    assert clear(at(case).facts)["phone"] == "13987654321"


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
