"""Returns and tax bills in a real Chromium: an officer notes that goods are back, the agent sees tax, quota, guarantee and bill follow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from gongfu.config import demo
from gongfu.modules.declarations.models import Declaration, FollowUp
from gongfu.modules.tax.models import Bill
from gongfu.peers.firms import firms
from gongfu.zones.plan import Plan
from journeys.browser import VIEWS, chromium, complaints, signed_in
from journeys.test_online_returns import apply, buyer
from journeys.test_returns import TODAY, bill, conclude, hand_in, released

pytestmark = [pytest.mark.feature("declarations.returns"), pytest.mark.feature("tax.imports")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


def sound(page: Page, errors: list[str]) -> None:
    """No violation of WCAG 2.2 A and AA, no sideways scrolling, no error in the console."""
    assert complaints(page) == []
    assert errors == []


@pytest.mark.parametrize("view", VIEWS)
def test_an_officer_notes_the_arrival_and_the_agent_sees_what_follows(
    browser: Browser, live_server: Any, zone: Plan, keys: Any, view: tuple[str, int, str]
) -> None:
    demo.accounts()
    unit = released(zone, keys)
    errors: list[str] = []
    bill()
    assert apply(buyer()).done
    conclude(unit, hand_in(zone, keys, unit, {1: "1"}))
    row = FollowUp.objects.get()
    page = signed_in(browser, live_server.url, "officer.customs", errors, view)
    page.goto(f"{live_server.url}/bureau/returns")
    sound(page, errors)
    page.goto(f"{live_server.url}/bureau/returns/{row.pk}")
    site = page.input_value("#site")
    assert "保税物流中心" in site, "the site of the list stands there already"
    page.fill("#arrived_on", "2020-01-01")
    page.click("main form button.btn-primary")
    assert "BIZ-ARRIVAL-DAY" in page.inner_text("main")
    assert page.input_value("#site") == site
    page.fill("#arrived_on", f"{TODAY}")
    page.click("main form button.btn-primary")
    page.wait_for_selector(".note.ok")
    sound(page, errors)
    paper = Bill.objects.get()
    assert 0 < paper.returned_fen < paper.tax_fen
    role = "firm.operator" if unit.agent.code == firms(zone)["declarant"][0].code else "broker.operator"
    page = signed_in(browser, live_server.url, role, errors, view)
    page.goto(f"{live_server.url}/enterprise/bills?state=bill.generated")
    assert paper.tax_no in page.inner_text("main")
    sound(page, errors)
    page.goto(f"{live_server.url}/enterprise/bills/{paper.pk}")
    page.fill("#paid_on", f"{TODAY}")
    page.click("main form button.btn-primary")
    page.wait_for_selector("text=/已缴款|Paid/")
    assert Bill.objects.get().paid_on == TODAY
    sound(page, errors)
    page.goto(f"{live_server.url}/enterprise/online-returns")
    sound(page, errors)
    page.goto(f"{live_server.url}/enterprise/returns/{row.pk}")
    sound(page, errors)


def test_the_page_of_an_export_return_says_how_its_goods_are_taxed(
    browser: Browser, live_server: Any, zone: Plan, keys: Any
) -> None:
    demo.accounts()
    errors: list[str] = []
    unit = released(zone, keys, export=True, pieces=1)
    hand_in(zone, keys, unit, {1: "1"})
    page = signed_in(browser, live_server.url, "officer.customs", errors)
    page.goto(f"{live_server.url}/bureau/returns/{FollowUp.objects.get().pk}")
    told = page.inner_text("main")
    assert "R-309" in told
    assert "R-308" in told
    assert Declaration.objects.get().invt_no in told
    sound(page, errors)
