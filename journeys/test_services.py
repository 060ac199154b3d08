"""A small firm entrusts clearance, refund and collection in one order, in a real browser: accredited, chosen, followed, rated."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from gongfu.base.access.actions import add_person
from gongfu.base.access.actor import OPERATOR
from gongfu.base.cases.models import Case
from gongfu.base.kit.beijing import BEIJING
from gongfu.config import demo
from gongfu.zones.plan import Plan
from journeys.browser import chromium
from journeys.test_door import WORD, Tour, both_views, hand_in, press

CLIENT, PROVIDER = "91510700MA6DEM014Q", "91511300MA6DEM014G"
NAME = "嘉陵外综服有限公司"
OFFERS = (
    ("clearance", "120.00", "list", "3"),
    ("refund", "300", "order", "20"),
    ("collection", "80.50", "order", "10"),
)
STEPS = {
    "clearance": ("accept", "papers_ready", "declared", "cleared"),
    "refund": ("accept", "papers_ready", "claimed", "refunded"),
    "collection": ("accept", "prepared", "collected", "converted"),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture
def people(zone: Plan) -> None:
    """The demonstration accounts, a client and a provider's clerk."""
    demo.accounts()
    for name, role, code in (("client", "firm.operator", CLIENT), ("clerk", "provider.operator", PROVIDER)):
        add_person(OPERATOR, name, WORD, role=role, title="经办", zone=zone.code, party_code=code)


@both_views
@pytest.mark.feature("parties.services")
@pytest.mark.feature("cases.hall")
def test_a_firm_entrusts_clearance_refund_and_collection_and_sees_each_step(
    browser: Browser, live_server: Any, people: None, view: tuple[str, int, str]
) -> None:
    tour = Tour(browser, live_server.url, view)
    clerk, officer, client = tour.enter("", "clerk"), tour.enter("officer.commerce"), tour.enter("", "client")
    _accredited(tour, clerk, officer)
    _entrusted(tour, client)
    order = Case.objects.get(kind="services.order")
    tour.go(clerk, "/enterprise/service-jobs")
    tour.sound(clerk, "service-jobs")
    for number, service in enumerate(STEPS):
        leg = Case.objects.get(parent=order, kind=f"services.{service}")
        for verb in STEPS[service]:
            tour.go(clerk, f"/enterprise/cases/{leg.pk}")
            if verb == "papers_ready" and not number:
                pdf = {
                    "name": "单证.pdf",
                    "mimeType": "application/pdf",
                    "buffer": b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n",
                }
                clerk.set_input_files("#f-evidence", pdf)
                tour.sound(clerk)
            press(clerk, verb)
        tour.go(client, f"/enterprise/cases/{leg.pk}")
        press(client, "confirm")
    _rated(tour, client, clerk, order)
    assert tour.errors == []


def _accredited(tour: Tour, clerk: Page, officer: Page) -> None:
    """The provider applies with licences and prices; an officer lists it."""
    tour.go(clerk, "/enterprise/cases/new/register.providers")
    until = f"{datetime.now(BEIJING) + timedelta(days=300):%Y-%m-%d}"
    said = {"name": NAME, "region": "四川南充", "hotline": "0817-2345678", "person": "张三"}
    said |= {"licences-0-number": "C-1", "licences-1-number": "TS-1", "licences-1-until": until}
    for name, value in said.items():
        clerk.fill(f"#f-{name}", value)
    clerk.select_option("#f-licences-0-kind", "customs")
    clerk.select_option("#f-licences-1-kind", "refund")
    _offer(clerk, 0)
    with clerk.expect_navigation():
        clerk.click("button[name=save]")
    clerk.fill("#f-licences-2-number", "P-1")
    clerk.select_option("#f-licences-2-kind", "payment")
    _offer(clerk, 1)
    _offer(clerk, 2)
    tour.sound(clerk, "provider-application")
    clerk.fill("#f-person", "张三")
    hand_in(clerk)
    tour.go(officer, "/bureau/inbox")
    press(officer, "approve")
    tour.go(officer, "/bureau/providers")
    tour.sound(officer)
    assert NAME in officer.inner_text("main")


def _offer(page: Page, row: int) -> None:
    service, price, unit, days = OFFERS[row]
    page.select_option(f"#f-services-{row}-service", service)
    page.fill(f"#f-services-{row}-price", price)
    page.select_option(f"#f-services-{row}-unit", unit)
    page.fill(f"#f-services-{row}-days", days)


def _entrusted(tour: Tour, client: Page) -> None:
    """From the hall's life event through the directory to the order, looked over before it is placed."""
    tour.go(client, "/enterprise/hall?by=event")
    tour.sound(client, "hall-by-event")
    tour.go(client, "/enterprise/hall/services.refund")
    tour.sound(client)
    tour.go(client, "/enterprise/providers?service=refund")
    tour.sound(client, "providers")
    client.click(f"main a:has-text('{NAME}')")
    client.wait_for_load_state()
    tour.sound(client)
    tour.go(client, "/enterprise/entrust?package=export")
    for service in STEPS:
        client.check(f"input[name=pick-{service}]:not([value=''])")
    with client.expect_navigation():
        client.click("button[name=review]")
    tour.sound(client)
    assert client.title().startswith(("错误：", "Error: ")), "what is entrusted has to be said"
    client.fill("#f-scope", "一批陶瓷，九月前出口")
    with client.expect_navigation():
        client.click("button[name=review]")
    tour.sound(client, "entrust")
    assert "500.50" in client.inner_text("[data-figure=total]")
    with client.expect_navigation():
        client.click("button[name=place]")
    assert "500.50" in client.inner_text("[data-figure=total]")


def _rated(tour: Tour, client: Page, clerk: Page, order: Case) -> None:
    tour.go(client, f"/enterprise/entrustments/{order.pk}")
    tour.sound(client, "order")
    steps = client.inner_text("main")
    assert all(
        word in steps
        for word in (("Cleared", "Refund received") if tour.view[0] == "en-US" else ("已放行", "退税到账"))
    )
    client.fill("input[name=stars]", "5")
    client.fill("textarea[name=words]", "一单办完，省心")
    tour.sound(client)
    with client.expect_navigation():
        client.click("form:has([name=stars]) button[type=submit]")
    tour.go(clerk, "/enterprise/ratings")
    clerk.fill("textarea[name=answer]", "谢谢信任")
    with clerk.expect_navigation():
        clerk.click("form:has([name=answer]) button[type=submit]")
    tour.sound(clerk)
    for path in ("/enterprise/agency", "/enterprise/entrustments"):
        tour.go(clerk, path)
        tour.sound(clerk)
    page = tour.browser.new_context(viewport={"width": tour.view[1], "height": 900}, locale=tour.view[0]).new_page()
    tour.go(page, "/providers")
    tour.sound(page)
    page.click(f"main a:has-text('{NAME}')")
    page.wait_for_load_state()
    tour.sound(page)
    assert "谢谢信任" in page.inner_text("main")
