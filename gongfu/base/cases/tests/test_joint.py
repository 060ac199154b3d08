"""Joint orders: both desks on one case, results recognised, silence shown on the right working day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from gongfu.base.access.actions import add_person
from gongfu.base.access.actor import OPERATOR, Actor
from gongfu.base.access.roles import roles
from gongfu.base.cases import actions, joint, queries
from gongfu.base.cases.models import Case
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import BEIJING
from gongfu.base.notices.models import Notice

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


WORD = "a-long-pass-word-1"
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def enter() -> Callable[[str], Client]:
    """Someone of a role, `role@zone`, signed in."""

    def signed_in(role: str) -> Client:
        code, _, zone = role.partition("@")
        add_person(OPERATOR, role, WORD, role=code, title="经办", zone=zone or "nanchong")
        http = Client(headers={"Accept-Language": "zh-CN"})
        assert http.login(username=role, password=WORD)
        return http

    return signed_in


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


def test_an_inspection_is_recognised_for_its_days_however_often_it_was_used() -> None:
    first = settled(sent())
    for days in (40, 80):
        with clock.standing_at(clock.now() + timedelta(days=days)):
            again = sent(reuse="是")
        assert (again.state, again.parent) == ("settled", first)
    with clock.standing_at(clock.now() + timedelta(days=91)):
        assert sent(reuse="是").state == "asking", "what used a result is no inspection of its own"


@pytest.mark.rule("R-006")
def test_an_unanswered_desk_is_shown_overdue_on_the_right_working_day(enter: Callable[[str], Client]) -> None:
    """Sent on the last Tuesday before National Day 2026, two working days: due on Thursday 8 October, Saturday the 10th is worked."""
    with clock.standing_at(datetime(2026, 9, 29, 10, tzinfo=BEIJING)):
        case = sent()
    assert {one.due_on for one in case.desks.all()} == {date(2026, 10, 8)}
    with clock.standing_at(datetime(2026, 10, 8, 9, tzinfo=BEIJING)):
        actions.answer_desk(CUSTOMS, case.pk, "一致")
    asker = enter("officer.market")
    for day, shown, late in (
        (7, "剩 1 个工作日", 0),
        (8, "今天到期", 0),
        (9, "超 1 个工作日", 1),
        (10, "超 2 个工作日", 1),
        (12, "超 3 个工作日", 1),
    ):
        with clock.standing_at(datetime(2026, 10, day, 9, tzinfo=BEIJING)):
            assert shown in asker.get(f"/bureau/cases/{case.pk}").content.decode(), day
            assert (case.number in asker.get("/bureau/cases?late=1").content.decode()) is bool(late), day
        found = queries.overdue(date(2026, 10, day))
        assert [one.role for one in found] == ["officer.market"] * late
    actions.answer_desk(MARKET, case.pk, "合格")
    assert not queries.overdue(date(2026, 10, 12)).exists()


def test_evidence_of_an_order_is_opened_by_every_desk_asked_and_by_nobody_else(enter: Callable[[str], Client]) -> None:
    asker, asked, other = enter("officer.market"), enter("officer.customs"), enter("officer.customs@meishan")
    told = {
        **ORDER,
        "days": "3",
        "submit": "1",
        "file-evidence": SimpleUploadedFile("检验报告.pdf", PDF, "application/pdf"),
    }
    assert asker.post("/bureau/cases/new/cases.joint", told).status_code == 302
    case = Case.objects.get(kind="cases.joint")
    assert case.state == "asking"
    place = f"/bureau/cases/{case.pk}/files/{case.facts['evidence']}"
    assert b"".join(asked.get(place)) == PDF
    assert other.get(place).status_code == 404


def test_documents_named_by_their_hash_alone_are_not_handed_in() -> None:
    case = actions.open_case(MARKET, "cases.joint", zone="nanchong", raw={**ORDER, "evidence": "AB" * 32}).case
    assert case is not None
    assert [(one.code, one.field) for one in actions.take(MARKET, case.pk, "submit").findings] == [
        ("FILE-NOT-FOUND", "evidence")
    ]


def test_every_desk_of_a_bureau_that_may_answer_can_be_asked() -> None:
    assert {code for code, _, _ in joint.DESKS} == {
        role.code
        for role in roles().values()
        if role.portal == "bureau" and role.reach == "zone" and "cases.answer" in role.may
    }
    assert {"officer.customs", "officer.market", "zone.office"} <= {code for code, _, _ in joint.DESKS}


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


APPLICANT = "91511300MA6DEM014G"


def filed() -> Case:
    """A firm's own case, under way."""
    firm = Actor("person:9", "own", roles()["firm.admin"].may, ("nanchong",), (APPLICANT,), "firm.admin")
    case = actions.open_case(firm, "parties.filing", zone="nanchong", raw={}).case
    assert case is not None
    return case


def test_an_order_about_a_case_is_seen_on_it_as_one_outcome_and_the_applicant_is_told(enter: Callable[[str], Client]) -> None:
    concerned = filed()
    add_person(OPERATOR, "firm", WORD, role="firm.admin", title="企业", zone="nanchong", party_code=APPLICANT)
    firm = Client(headers={"Accept-Language": "zh-CN"})
    assert firm.login(username="firm", password=WORD)
    order = sent(concerns=concerned.number)
    assert f"/bureau/cases/{concerned.pk}" in enter("officer.customs").get(f"/bureau/cases/{order.pk}").content.decode()
    page = firm.get(f"/enterprise/cases/{concerned.pk}").content.decode()
    assert "正在联办" in page
    assert ORDER["text"] not in page
    assert firm.get(f"/enterprise/cases/{order.pk}").status_code == 404, "the order itself is the desks' own"
    actions.answer_desk(CUSTOMS, order.pk, "内部意见：无异常")
    actions.answer_desk(MARKET, order.pk, "合格")
    assert actions.take(MARKET, order.pk, "conclude", {"result": "pass", "conclusion": "检验合格"}).done
    page = firm.get(f"/enterprise/cases/{concerned.pk}").content.decode()
    assert ("检验合格" in page, "内部意见" in page) == (True, False)
    assert [row.place for row in Notice.objects.filter(party_code=APPLICANT)] == [f"cases/{concerned.pk}"]


def test_a_desk_of_a_neighbouring_zone_sees_the_case_that_the_order_is_about() -> None:
    concerned, far = filed(), desk("officer.customs", "meishan")
    assert not Case.objects.seen_by(far).filter(pk=concerned.pk).exists()
    sent(concerns=concerned.number, zones="meishan")
    assert Case.objects.seen_by(far).filter(pk=concerned.pk).exists()
    assert not Case.objects.all().decided_by(far).filter(pk=concerned.pk).exists()


def test_a_recognised_result_is_the_outcome_of_the_case_too() -> None:
    settled(sent())
    concerned = filed()
    again = sent(concerns=concerned.number, reuse="是")
    assert [(one.pk, one.state) for one in queries.joint_orders(concerned)] == [(again.pk, "settled")]
    assert Notice.objects.filter(party_code=APPLICANT).count() == 1


@pytest.mark.parametrize("number", ["AJ20260101000001", "x"])
def test_a_case_that_is_not_there_or_is_an_order_itself_is_told(number: str) -> None:
    known = sent() if number == "x" else None
    wrong = known.number if known else number
    case = actions.open_case(MARKET, "cases.joint", zone="nanchong", raw={**ORDER, "concerns": wrong}).case
    assert case is not None
    assert [one.code for one in actions.take(MARKET, case.pk, "submit").findings] == ["JOINT-CASE"]


def test_a_paper_goes_with_an_answer_and_is_opened_by_everyone_on_the_order(enter: Callable[[str], Client]) -> None:
    case = sent()
    customs, market = enter("officer.customs"), enter("officer.market")
    paper = SimpleUploadedFile("检验报告.pdf", PDF, "application/pdf")
    told = {"verb": "answer", "note": "合格", "file-paper": paper}
    assert customs.post(f"/bureau/cases/{case.pk}", told).status_code == 302
    kept = case.desks.get(role="officer.customs")
    place = f"/bureau/cases/{case.pk}/files/{kept.result['paper']}"
    assert place in market.get(f"/bureau/cases/{case.pk}").content.decode()
    assert b"".join(market.get(place)) == PDF
    case.refresh_from_db()
    assert queries.broken(case) == []


def test_a_paper_of_somebody_elses_is_not_handed_in_with_an_answer() -> None:
    case = sent()
    done = actions.answer_desk(CUSTOMS, case.pk, "合格", {"paper": "AB" * 32})
    assert [(one.code, one.field) for one in done.findings] == [("FILE-NOT-FOUND", "paper")]
    assert case.desks.get(role="officer.customs").answered_at is None
