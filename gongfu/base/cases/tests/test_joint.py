"""Joint orders: both desks on one case, results recognised, silence shown on the right working day."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gongfu.base.access.actor import Actor
from gongfu.base.access.roles import roles
from gongfu.base.cases import actions, queries
from gongfu.base.cases.models import Case
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.reference.workdays import add_working_days

pytestmark = [pytest.mark.django_db, pytest.mark.feature("cases.joint")]


def desk(role: str, zone: str = "nanchong", number: int = 1) -> Actor:
    return Actor(f"person:{role}{number}", "zone", roles()[role].may, (zone,), (), role)


MARKET, CUSTOMS, COMMERCE = desk("officer.market"), desk("officer.customs"), desk("officer.commerce")
ORDER = {
    "matter": "check",
    "subject": "LOT-2026-01",
    "text": "请核查这一批货的检验结果",
    "desks": ["officer.customs", "officer.market"],
    "days": "2",
}


def sent(**more: str) -> Case:
    case = actions.open_case(MARKET, "cases.joint", zone="nanchong", raw={**ORDER, **more}).case
    assert case is not None
    assert actions.take(MARKET, case.pk, "submit").done
    case.refresh_from_db()
    return case


def settled(case: Case, result: str = "pass") -> Case:
    for actor in (CUSTOMS, MARKET):
        actions.answer_desk(actor, case.pk, "一致")
    assert actions.take(MARKET, case.pk, "conclude", {"result": result, "conclusion": "检验合格，予以互认"}).done
    case.refresh_from_db()
    return case


def test_both_desks_answer_on_one_case_and_one_conclusion_closes_it() -> None:
    case = sent()
    assert case.state == "asking"
    assert [list(queries.inbox(actor)) for actor in (CUSTOMS, COMMERCE)] == [[case], []]
    actions.answer_desk(CUSTOMS, case.pk, "未见异常", {"sample": 3})
    case.refresh_from_db()
    assert case.state == "asking"
    actions.answer_desk(MARKET, case.pk, "合格")
    case.refresh_from_db()
    assert case.state == "answered"
    assert actions.take(MARKET, case.pk, "conclude", {"result": "pass", "conclusion": "合格"}).done
    case.refresh_from_db()
    assert (case.state, case.facts["conclusion"]) == ("settled", "合格")
    assert queries.broken(case) == []


@pytest.mark.rule("R-809")
def test_a_recognised_result_is_used_again_without_a_new_inspection() -> None:
    first = settled(sent())
    again = sent(reuse="是")
    assert (again.state, again.parent, again.facts["conclusion"]) == ("settled", first, first.facts["conclusion"])
    assert not again.desks.exists()
    assert queries.broken(again) == []


def test_a_bad_result_another_lot_and_an_old_result_are_not_recognised() -> None:
    settled(sent(), result="fail")
    assert sent(reuse="是").state == "asking"
    settled(sent(subject="LOT-2"))
    assert sent(reuse="是", subject="LOT-3").state == "asking"
    with clock.standing_at(clock.now() + timedelta(days=91)):
        assert sent(reuse="是", subject="LOT-2").state == "asking"


@pytest.mark.rule("R-006")
def test_an_unanswered_desk_is_overdue_on_the_right_working_day() -> None:
    case = sent()
    actions.answer_desk(CUSTOMS, case.pk, "一致")
    due = add_working_days(civil_date(clock.now()), 2)
    assert list(queries.overdue("nanchong", due)) == []
    assert [one.role for one in queries.overdue("nanchong", due + timedelta(days=1))] == ["officer.market"]


def test_a_neighbouring_zone_answers_from_its_own_desk() -> None:
    case = sent(zones="nanchong、meishan")
    far = desk("officer.customs", "meishan")
    assert list(queries.inbox(far)) == [case]
    actions.answer_desk(far, case.pk, "眉山一致")
    assert case.desks.filter(answered_at=None).count() == 3


def test_an_unknown_zone_is_told() -> None:
    case = actions.open_case(MARKET, "cases.joint", zone="nanchong", raw={**ORDER, "zones": "atlantis"}).case
    assert case is not None
    assert [one.code for one in actions.take(MARKET, case.pk, "submit").findings] == ["JOINT-ZONE"]
