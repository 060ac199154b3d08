"""Providers come and go with their licences; one order carries several services; the agency list equals the declarations."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import fastexcel
import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client

from gongfu.base.access.actions import add_person
from gongfu.base.access.actor import OPERATOR, WORKER, Actor
from gongfu.base.access.roles import roles
from gongfu.base.cases import actions as cases
from gongfu.base.cases.models import Case
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.notices.models import Notice
from gongfu.base.registers import actions as registers
from gongfu.base.registers.models import Entry
from gongfu.core.rule import Finding
from gongfu.modules.declarations.models import Declaration
from gongfu.modules.services import actions, queries, rules
from gongfu.modules.services.models import Rating

pytestmark = [pytest.mark.django_db, pytest.mark.feature("parties.services")]
SME, AGENT, OTHER = "91511300MA6DEM014G", "91510700MA6DEM014Q", "91510600MA6DEM014K"
OFFICER = Actor("person:9", "zone", roles()["officer.commerce"].may, ("nanchong",), (), "officer.commerce")


def firm(code: str, number: int) -> Actor:
    return Actor(f"person:{number}", "own", roles()["firm.operator"].may, ("nanchong",), (code,), "firm.operator")


SELLER, PROVIDER, STRANGER = firm(SME, 1), firm(AGENT, 2), firm(OTHER, 3)
THREE = ["clearance", "refund", "collection"]


def accredited(code: str = AGENT, days: int = 90, **more: Any) -> Entry:
    """A provider by its accreditation case, decided by an officer."""
    until = civil_date(clock.now()) + timedelta(days=days)
    raw = {
        "name": "南充某某外综服有限公司", "services": THREE, "region": "四川", "about": "一站式", "licence": "7900D00001", "until": until.isoformat(),
        "price_clearance": "20", "price_refund": "35.50", "contact": "13812345678", **more,
    }  # fmt: skip
    made = cases.open_case(firm(code, 2), "register.providers", zone="nanchong", raw=raw)
    assert made.case is not None
    handed = cases.take(firm(code, 2), made.case.pk, "submit")
    assert handed.done, handed.findings
    assert cases.take(OFFICER, made.case.pk, "approve").done
    return Entry.objects.get(kind="providers", party_code=code)


def ordered(services: list[str] = THREE, kind: str = "services.order", code: str = AGENT) -> tuple[Case, list[Finding]]:
    raw = {"services": services, "wishes": "尽快", **{f"provider_{one}": code for one in services}}
    made = cases.open_case(SELLER, kind, zone="nanchong", raw=raw)
    assert made.case is not None
    handed = cases.take(SELLER, made.case.pk, "submit")
    return Case.objects.get(pk=made.case.pk), handed.findings


def finished(order: Case) -> None:
    for part in queries.parts(order):
        for verb in ("accept", "report", "finish"):
            assert cases.take(PROVIDER, part.pk, verb, {"progress": "已申报", "result": "放行"}).done


@pytest.mark.rule("R-701")
def test_a_provider_with_an_expired_licence_disappears_from_choice() -> None:
    entry, today = accredited(days=3), civil_date(clock.now())
    assert list(queries.providers(today)) == [entry]
    assert list(queries.providers(today + timedelta(days=3))) == [entry]
    assert list(queries.providers(today + timedelta(days=4))) == []
    assert AGENT in Client().get("/providers").content.decode()
    Entry.objects.update(valid_from=today - timedelta(days=9), valid_until=today - timedelta(days=1))
    assert AGENT not in Client().get("/providers").content.decode()
    assert Client().get(f"/providers/{AGENT}").status_code == 404
    assert [one.code for one in ordered()[1]] == ["SERVICE-PROVIDER"] * 3


def test_a_licence_that_has_ended_is_not_accredited_and_one_that_ends_soon_is_told_once() -> None:
    raw = {
        "name": "某某",
        "services": ["clearance"],
        "region": "四川",
        "about": "-",
        "licence": "1",
        "until": "2020-01-01",
        "contact": "13812345678",
    }
    made = cases.open_case(PROVIDER, "register.providers", zone="nanchong", raw=raw)
    assert made.case is not None
    assert [one.code for one in cases.take(PROVIDER, made.case.pk, "submit").findings] == ["SERVICE-LICENCE"]
    accredited(days=20)
    now = clock.now()
    assert actions.remind(WORKER, now).codes == [AGENT]
    assert actions.remind(WORKER, now).codes == []
    assert Notice.objects.filter(title__contains="到期").count() == 2


def test_clearance_refund_and_collection_in_one_order_and_each_step_is_seen() -> None:
    accredited()
    order, faults = ordered()
    assert faults == []
    assert order.state == "working"
    parts = {one.facts["service"]: one for one in queries.parts(order)}
    assert {name: part.facts.get("fee_fen") for name, part in parts.items()} == {
        "clearance": 2000,
        "refund": 3550,
        "collection": None,
    }
    assert {part.party_code for part in parts.values()} == {AGENT}
    assert set(Case.objects.seen_by(SELLER)) >= {order, *parts.values()}
    assert not set(Case.objects.seen_by(STRANGER)) & {order, *parts.values()}
    assert order not in set(Case.objects.seen_by(PROVIDER))
    with pytest.raises(PermissionDenied):
        cases.take(SELLER, parts["refund"].pk, "accept")
    finished(order)
    order.refresh_from_db()
    assert order.state == "ended"
    assert [step.verb for step in parts["refund"].steps.order_by("seq")] == ["open", "accept", "report", "finish"]


def test_an_order_is_rated_once_after_its_end_and_the_average_counts_it() -> None:
    accredited()
    order, _ = ordered(["refund"])
    assert [one.code for one in cases.take(SELLER, order.pk, "rate", {"stars": "4"}).findings] == ["STATE-CONFLICT"]
    finished(order)
    assert [one.field for one in cases.take(SELLER, order.pk, "rate", {"stars": "9"}).findings] == ["stars"]
    assert cases.take(SELLER, order.pk, "rate", {"stars": "4", "words": "准时"}).done
    assert [one.code for one in cases.take(SELLER, order.pk, "rate", {"stars": "1"}).findings] == ["STATE-CONFLICT"]
    with pytest.raises(IntegrityError), transaction.atomic():
        Rating.objects.create(order=order, zone="nanchong", provider_code=AGENT, principal_code=SME, stars=1)
    found = queries.providers(civil_date(clock.now())).get()
    assert (found.stars, found.rated) == (4, 1)


def test_a_provider_declines_and_a_principal_cancels() -> None:
    accredited()
    order, _ = ordered(["refund", "clearance"])
    refund, clearance = (
        queries.parts(order).order_by("facts__service")[1],
        queries.parts(order).order_by("facts__service")[0],
    )
    assert cases.take(PROVIDER, refund.pk, "decline", {"reason": "排满了"}).done
    assert cases.take(SELLER, order.pk, "cancel").done
    clearance.refresh_from_db()
    assert clearance.state == "cancelled"
    assert [one.code for one in cases.take(PROVIDER, clearance.pk, "accept").findings] == ["STATE-CONFLICT"]


def test_a_licence_that_ends_between_order_and_acceptance_stops_the_part() -> None:
    entry = accredited()
    order, _ = ordered(["refund"])
    registers.withdraw(OPERATOR, entry.pk)
    part = queries.parts(order).get()
    assert [one.code for one in cases.take(PROVIDER, part.pk, "accept").findings] == ["SERVICE-PROVIDER"]
    assert Case.objects.get(pk=part.pk).state == "offered"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("provider_refund", SME, "SERVICE-SELF"),
        ("provider_refund", OTHER, "SERVICE-PROVIDER"),
        ("provider_refund", "123", "FIELD-CODE"),
    ],
)
def test_an_order_names_a_provider_that_may_be_chosen(field: str, value: str, code: str) -> None:
    accredited()
    made = cases.open_case(SELLER, "services.order", zone="nanchong", raw={"services": ["refund"], field: value})
    assert made.case is not None
    told = {one["code"] for one in made.case.findings} | {
        one.code for one in cases.take(SELLER, made.case.pk, "submit").findings
    }
    assert code in told
    assert not queries.parts(made.case).exists()


@pytest.mark.parametrize("price", ["-1", "1e9", "abc", "99999999999"])
def test_prices_are_sound(price: str) -> None:
    made = cases.open_case(
        PROVIDER, "register.providers", zone="nanchong", raw={"services": ["refund"], "price_refund": price}
    )
    assert made.case is not None
    assert "price_refund" in {one["field"] for one in made.case.findings}


def exported(agent: str, exporter: str, number: int, goods_fen: int = 10_000, **more: Any) -> None:
    now = clock.now()
    told = {
        "zone": "nanchong", "message_id": 1, "sender_code": agent, "guid": f"G{number}", "flow": "E", "mode": "9610", "ebp_code": "P", "order_no": f"O{number}",
        "ebc_code": exporter, "logistics_code": "L", "logistics_no": f"W{number}", "agent_code": agent, "customs_code": "7900", "country": "110", "currency": "142",
        "goods_fen": goods_fen, "freight_fen": 0, "insured_fen": 0, "gross_g": 1, "declared_on": civil_date(now), "declared_at": now, "received_at": now, "state": "released",
        **more,
    }  # fmt: skip
    Declaration.objects.create(**told)


@pytest.mark.rule("R-532")
def test_the_quarterly_list_equals_the_agency_declarations() -> None:
    accredited()
    order, _ = ordered(["clearance"])
    assert cases.take(PROVIDER, queries.parts(order).get().pk, "accept").done
    for number in range(5):
        exported(AGENT, SME, number)
    exported(AGENT, OTHER, 5, 777)
    exported(SME, SME, 6)
    exported(AGENT, SME, 7, live=False)
    exported(AGENT, SME, 8, flow="I")
    now = rules.quarter(civil_date(clock.now()))
    told = queries.disclosure(now, ["nanchong"])
    counted = Declaration.objects.filter(flow="E", live=True).exclude(agent_code=SME)
    assert sum(one["lists"] for one in told) == counted.count() == 6
    assert sum(one["goods_fen"] for one in told) == sum(counted.values_list("goods_fen", flat=True)) == 50_777
    assert {(one["exporter"], one["standing"]) for one in told} == {(SME, rules.MATCHED), (OTHER, rules.NO_ORDER)}
    assert queries.disclosure(now, ["meishan"]) == []
    assert [one["lists"] for one in queries.disclosure("2020Q1", ["nanchong"])] == []
    with pytest.raises(ValueError, match="2026Q5"):
        queries.disclosure("2026Q5")


def test_the_agency_page_shows_an_agent_its_own_and_gives_a_workbook() -> None:
    exported(AGENT, SME, 1)
    exported(OTHER, SME, 2)
    add_person(
        OPERATOR, "agent-1", "a-long-pass-word-1", role="firm.operator", title="经办", zone="nanchong", party_code=AGENT
    )
    http = Client()
    assert http.login(username="agent-1", password="a-long-pass-word-1")
    page = http.get("/enterprise/agency").content.decode()
    assert AGENT in page
    assert OTHER not in page
    book = fastexcel.read_excel(io.BytesIO(http.get("/enterprise/agency?export=xlsx").content).getvalue())
    assert book.load_sheet(0).to_polars().height == 1
    assert http.get("/enterprise/agency?quarter=%3Cscript%3E").status_code == 200


@pytest.mark.parametrize(
    ("day", "quarter"),
    [("2026-01-01", "2026Q1"), ("2026-03-31", "2026Q1"), ("2026-04-01", "2026Q2"), ("2026-12-31", "2026Q4")],
)
def test_quarters(day: str, quarter: str) -> None:
    from datetime import date

    found = date.fromisoformat(day)
    first, after = rules.span(quarter)
    assert rules.quarter(found) == quarter
    assert first <= found < after
