"""B2B orders: from the request to the delivery, late milestones told to both sides, in time or not from the sealed steps, declared as agreed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from gongfu.base.access.actions import add_person
from gongfu.base.access.actor import OPERATOR, WORKER, Actor
from gongfu.base.access.roles import EVERYONE, roles
from gongfu.base.cases import actions as cases
from gongfu.base.cases import many, queries
from gongfu.base.cases.models import Case
from gongfu.base.events.models import Strike
from gongfu.base.events.schedule import RECURRING, strike
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import BEIJING, civil_date
from gongfu.base.notices.models import Notice
from gongfu.core.fields import parse
from gongfu.modules.drafts.models import Draft
from gongfu.modules.drafts.queries import body
from gongfu.modules.parties.actions import import_rows
from gongfu.modules.trade import b2b

pytestmark = [pytest.mark.django_db, pytest.mark.feature("trade.b2b"), pytest.mark.rule("R-404")]
BUYER, MAKER, WORD = "91511300MA6DEM014G", "91510700MA6DEM014Q", "a-long-pass-word-1"
START = datetime(2026, 11, 2, 10, tzinfo=BEIJING)
WANTED = {
    "factory": MAKER, "goods": "定制不锈钢餐具", "spec": "24 件套，激光刻字", "item_no": "SKU-9", "qty": "1000", "unit": "011", "currency": "502",
    "buyer": "Acme Trading GmbH", "order_no": "PO-2026-77", "wish_on": "2026-12-20",
}  # fmt: skip
QUOTE = {"price": "12.50", "made_by": "2026-11-20", "inspected_by": "2026-11-24", "shipped_by": "2026-11-27", "delivered_by": "2026-12-18"}


def firm(code: str, number: int) -> Actor:
    return Actor(f"person:{number}", "own", roles()["firm.operator"].may | EVERYONE, ("nanchong",), (code,), "firm.operator")


EXPORTER, FACTORY = firm(BUYER, 1), firm(MAKER, 2)


@pytest.fixture(autouse=True)
def filed() -> None:
    rows = [{"code": code, "name": name, "kinds": "ecommerce", "zone": "nanchong"} for code, name in ((BUYER, "出口商"), (MAKER, "工厂"))]
    import_rows(OPERATOR, rows, zones=frozenset({"nanchong"}), on=civil_date(START))


def placed(**more: str) -> Case:
    case = cases.open_case(EXPORTER, "trade.b2b", zone="nanchong", raw={**WANTED, **more}).case
    assert case is not None
    return case


def agreed() -> Case:
    """An order whose quote was accepted, on 2 November 2026."""
    with clock.standing_at(START):
        case = placed()
        for actor, verb, said in ((EXPORTER, "submit", {}), (FACTORY, "quote", QUOTE), (EXPORTER, "accept", {})):
            taken = cases.take(actor, case.pk, verb, said)
            assert taken.done, taken.findings
    case.refresh_from_db()
    return case


def walked(case: Case, delivered: datetime) -> Case:
    """Every milestone reported and confirmed, the delivery at that moment."""
    for one in b2b.MILESTONES:
        with clock.standing_at(delivered if one.verb == "deliver" else START + timedelta(days=3)):
            assert cases.take(FACTORY, case.pk, one.verb).done
            assert cases.take(EXPORTER, case.pk, "confirm").done
    case.refresh_from_db()
    return case


def test_a_request_becomes_an_order_with_milestones_that_both_sides_confirm() -> None:
    case = agreed()
    assert (case.state, case.handler_code, str(case.due_on)) == ("making", MAKER, "2026-11-20")
    with pytest.raises(PermissionDenied):
        cases.take(EXPORTER, case.pk, "make")
    assert cases.take(FACTORY, case.pk, "make").done
    with pytest.raises(PermissionDenied):
        cases.take(FACTORY, case.pk, "confirm")
    assert cases.take(EXPORTER, case.pk, "back", note="刻字不清").done
    case.refresh_from_db()
    assert (case.state, str(case.due_on)) == ("making", "2026-11-20")
    case = walked(case, START + timedelta(days=30))
    assert (case.state, case.closed_at is not None) == ("finished", True)
    assert queries.broken(case) == []


def test_both_sides_are_warned_once_of_a_late_milestone() -> None:
    case = agreed()
    Notice.objects.all().delete()
    for day, late in ((20, 0), (21, 1), (22, 0)):
        with clock.standing_at(datetime(2026, 11, day, 9, tzinfo=BEIJING)):
            assert len(b2b.warn(WORKER, civil_date(clock.now())).numbers) == late, day
    assert sorted(Notice.objects.values_list("party_code", flat=True)) == sorted((BUYER, MAKER))
    case.refresh_from_db()
    assert queries.broken(case) == []
    with clock.standing_at(datetime(2026, 11, 23, 9, tzinfo=BEIJING)):
        assert cases.take(FACTORY, case.pk, "make").done
        assert cases.take(EXPORTER, case.pk, "confirm").done
    with clock.standing_at(datetime(2026, 11, 25, 9, tzinfo=BEIJING)):
        assert len(b2b.warn(WORKER, civil_date(clock.now())).numbers) == 1, "the next milestone is told of by itself"


def test_the_clock_warns_of_late_milestones_by_itself() -> None:
    case = agreed()
    Notice.objects.all().delete()
    one = RECURRING["trade.b2b"]
    assert one.every <= timedelta(hours=1)
    for day in (20, 21, 22):
        at = datetime(2026, 11, day, 9, tzinfo=BEIJING)
        Strike.objects.all().delete()
        with clock.standing_at(at):
            strike(at)
        told = Notice.objects.filter(place=f"cases/{case.pk}", title__contains="逾期")
        assert sorted(told.values_list("party_code", flat=True)) == ([] if day == 20 else sorted((BUYER, MAKER))), day
    case.refresh_from_db()
    assert [step.verb for step in case.steps.order_by("seq")].count("warn") == 1
    assert not Strike.objects.exclude(error="").filter(name="trade.b2b").exists()


@pytest.mark.parametrize(("day", "good"), [(datetime(2026, 12, 18, 23, 59, tzinfo=BEIJING), 1), (datetime(2026, 12, 19, 0, 1, tzinfo=BEIJING), 0)])
def test_the_promised_day_is_compared_with_the_day_of_the_step(day: datetime, good: int) -> None:
    walked(agreed(), day)
    told = b2b.punctuality(Case.objects.all(), civil_date(day))
    assert (told.delivered, told.on_time, told.rate_bp) == (1, good, 10_000 * good)


def test_milestones_follow_one_another_and_the_factory_is_another_filed_firm() -> None:
    with clock.standing_at(START):
        case = placed()
        assert cases.take(EXPORTER, case.pk, "submit").done
        said = cases.take(FACTORY, case.pk, "quote", {**QUOTE, "shipped_by": "2026-11-23"}).findings
        assert [(one.code, one.field) for one in said] == [("ORDER-MILESTONES", "shipped_by")]
        for code in (BUYER, "91510600MA6DEM014K"):
            said = cases.take(EXPORTER, placed(factory=code).pk, "submit").findings
            assert [(one.code, one.value) for one in said] == [("ORDER-FACTORY", code)]


def test_orders_by_the_sheet_reach_their_factories() -> None:
    Notice.objects.all().delete()
    clean, faults = parse(b2b.WANTED, WANTED, on=civil_date(START))
    assert faults == []
    with clock.standing_at(START):
        done = many.hand_in(EXPORTER, "trade.b2b", zone="nanchong", drafts=[clean, {**clean, "order_no": "PO-2"}])
    assert [(one.state, one.handler_code) for one in done.cases if one] == [("asked", MAKER)] * 2
    assert list(queries.inbox(FACTORY).values_list("pk", flat=True)) == [one.pk for one in done.cases if one]
    assert [one.party_code for one in Notice.objects.all()] == [MAKER], "one notice, and to the factory alone"
    assert all(queries.broken(one) == [] for one in Case.objects.all())


def test_nobody_else_sees_an_order() -> None:
    case = agreed()
    other = firm("91510600MA6DEM014K", 3)
    assert not Case.objects.seen_by(other).filter(pk=case.pk).exists()
    with pytest.raises(PermissionDenied):
        cases.take(other, case.pk, "make")


def test_the_9710_order_is_filled_from_it_without_retyping(settings: Any) -> None:
    case = walked(agreed(), START + timedelta(days=30))
    http = {}
    for name, code in (("buyer", BUYER), ("maker", MAKER)):
        add_person(OPERATOR, name, WORD, role="firm.operator", title=name, zone="nanchong", party_code=code)
        http[name] = Client(headers={"Accept-Language": "zh-CN"})
        assert http[name].login(username=name, password=WORD)
    page = http["buyer"].get(f"/enterprise/cases/{case.pk}").content.decode()
    assert f"/enterprise/drafts/from-order/{case.pk}" in page
    assert "100.0 %" in http["buyer"].get("/enterprise/b2b").content.decode()
    answer = http["buyer"].post(f"/enterprise/drafts/from-order/{case.pk}")
    draft = Draft.objects.get()
    assert answer["Location"] == f"/enterprise/drafts/{draft.pk}"
    told = body(draft)
    assert {name: told["head"][name] for name in ("orderType", "orderNo", "goodsValue", "currency", "ebcCode")} == {
        "orderType": "B", "orderNo": "PO-2026-77", "goodsValue": "12500.00", "currency": "502", "ebcCode": BUYER,
    }  # fmt: skip
    line = told["lines"][0]
    assert (line["itemNo"], line["itemName"], line["qty"], line["price"], line["totalPrice"]) == ("SKU-9", "定制不锈钢餐具", "1000", "12.50", "12500.00")
    assert http["maker"].post(f"/enterprise/drafts/from-order/{case.pk}").status_code == 404
    assert http["buyer"].get(f"/enterprise/drafts/from-order/{case.pk}").status_code == 302
    assert Draft.objects.count() == 1
