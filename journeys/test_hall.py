"""The hall: one account, one sign-in, three services; every service of a zone with its steps, days and measured times."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from statistics import median
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from playwright.sync_api import Browser

from gongfu.base.access.actions import add_person
from gongfu.base.access.actor import OPERATOR
from gongfu.base.cases.models import Case, Step
from gongfu.base.cases.queries import measured, services
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.registers.actions import enter
from gongfu.base.registers.kinds import registers
from gongfu.modules.services.queries import parts
from gongfu.zones.plan import plans
from journeys.browser import VIEWS, chromium, complaints, signed_in

pytestmark = [pytest.mark.feature("cases.hall"), pytest.mark.django_db(transaction=True)]
SME, AGENT, WORD = "91511300MA6DEM014G", "91510700MA6DEM014Q", "a-long-pass-word-1"
THREE = ["clearance", "refund", "collection"]


def people(on: Any) -> None:
    add_person(OPERATOR, "sme", WORD, role="firm.operator", title="小企业经办", zone="nanchong", party_code=SME)
    add_person(OPERATOR, "agent", WORD, role="firm.operator", title="外综服经办", zone="nanchong", party_code=AGENT)
    facts = {
        "name": "南充某某外综服有限公司",
        "services": THREE,
        "region": "四川",
        "price_clearance": 2000,
        "price_refund": 3550,
        "until": (on + timedelta(days=99)).isoformat(),
    }
    with transaction.atomic():
        enter(registers()["providers"], "nanchong", facts, AGENT, None, on)


@pytest.fixture
def today() -> Any:
    on = civil_date(clock.now())
    people(on)
    return on


def test_one_account_opens_a_clearance_a_refund_and_a_training(today: Any) -> None:
    http = Client(headers={"Accept-Language": "zh-CN"})
    assert http.login(username="sme", password=WORD)
    for words, code, said in (
        ("报关", "services.order.clearance", {"services": "clearance", "provider_clearance": AGENT}),
        ("退税", "services.order.refund", {"services": "refund", "provider_refund": AGENT}),
        ("培训", "services.training", {"subject": "tax", "people": "3"}),
    ):
        assert f"hall/{code}" in http.get("/enterprise/hall", {"q": words}).content.decode()
        answer = http.post(f"/enterprise/cases/new/{code}", {**said, "submit": "1"})
        assert answer.status_code == 302, answer.content.decode()[:2000]
        assert re.search(r"/enterprise/cases/\d+$", answer["Location"])
    assert set(Case.objects.filter(party_code=SME).values_list("kind", flat=True)) == {
        "services.order.clearance",
        "services.order.refund",
        "services.training",
    }


@pytest.mark.parametrize("zone", sorted(plans()))
def test_every_service_of_a_zone_appears_with_its_steps_and_days(zone: str) -> None:
    http, offered = Client(headers={"Accept-Language": "zh-CN"}), services(zone)
    assert len(offered) > 15
    page = http.get("/hall", {"zone": zone}).content.decode()
    for kind in offered:
        assert kind.flow.title in page
        told = http.get(f"/hall/{kind.code}", {"zone": zone}).content.decode()
        assert all(move.title in told for move in kind.flow.moves)
        own = plans()[zone].days(kind.code)
        assert all(f"{own.get(move.verb, move.days)}" in told for move in kind.flow.moves if move.days)


@pytest.mark.rule("R-004", "R-006")
def test_median_hours_before_and_after_a_version_equal_a_recount(today: Any) -> None:
    http = Client()
    assert http.login(username="sme", password=WORD)
    for _ in range(4):
        http.post("/enterprise/cases/new/services.training", {"subject": "tax", "people": "3", "submit": "1"})
    told = {(row["version"], row["state"]): row["median_hours"] for row in measured("services.training", "nanchong")}
    spent: dict[tuple[str, str], list[float]] = {}
    for case in Case.objects.filter(kind="services.training"):
        steps = list(Step.objects.filter(case=case).order_by("seq"))
        for before, after in zip(steps, steps[1:], strict=False):
            spent.setdefault((after.flow_version, after.before), []).append(
                (after.at - before.at).total_seconds() / 3600
            )
    assert {key: pytest.approx(value) for key, value in told.items()} == {
        key: median(hours) for key, hours in spent.items()
    }


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.mark.feature("parties.services")
@pytest.mark.parametrize("view", VIEWS, ids=lambda view: f"{view[0]}-{view[1]}-{view[2]}")
def test_a_small_firm_entrusts_three_services_in_one_order_and_rates_them(
    browser: Browser, live_server: Any, today: Any, view: tuple[str, int, str]
) -> None:
    errors: list[str] = []
    sme, agent = (signed_in(browser, live_server.url, "", errors, view, WORD, name) for name in ("sme", "agent"))
    sme.goto(f"{live_server.url}/enterprise/providers?service=refund")
    assert complaints(sme) == []
    sme.click("tbody a >> nth=0")
    assert complaints(sme) == []
    sme.click("a[href*='services.order?']")
    for one in THREE:
        sme.check(f"input[name=services][value={one}]")
    assert complaints(sme) == []
    with sme.expect_navigation():
        sme.click("button[name=submit]")
    assert complaints(sme) == []
    order = Case.objects.get(kind="services.order")
    assert sme.locator("table tbody tr").count() == len(THREE)
    for part in parts(order):
        agent.goto(f"{live_server.url}/enterprise/cases/{part.pk}")
        for verb in ("accept", "finish"):
            with agent.expect_navigation():
                agent.click(f"button[name=verb][value={verb}]")
    assert complaints(agent) == []
    sme.goto(f"{live_server.url}/enterprise/cases/{order.pk}")
    sme.select_option("#f-stars", "5")
    with sme.expect_navigation():
        sme.click("button[name=verb][value=rate]")
    sme.goto(f"{live_server.url}/enterprise/providers/{AGENT}")
    assert "5.0 (1)" in sme.inner_text("main")
    assert complaints(sme) == []
    assert errors == []
