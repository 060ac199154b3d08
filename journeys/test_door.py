"""One door, walked in a real browser: a firm files itself and is corrected, an officer clears the inbox, a bank gets and loses a grant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from gongfu.base.access.actions import add_person
from gongfu.base.access.actor import OPERATOR
from gongfu.base.access.models import Person
from gongfu.base.kit.beijing import BEIJING
from gongfu.config import demo, exchange
from gongfu.modules.declarations.models import Declaration
from gongfu.modules.parties.models import Party
from gongfu.peers.day import day
from gongfu.zones.plan import Plan
from journeys.browser import VIEWS, chromium, complaints, signed_in

SHOTS = Path(__file__).parents[1] / "docs" / "pictures"
CODE, WORD = "91510700MA6DEM014Q", "a-long-pass-word-1"
both_views = pytest.mark.parametrize("view", VIEWS, ids=lambda view: f"{view[0]}-{view[1]}-{view[2]}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


class Tour:
    """Pages of several people in one view; axe looks at each page where it is asked to."""

    def __init__(self, browser: Browser, base: str, view: tuple[str, int, str]) -> None:
        self.browser, self.base, self.view = browser, base, view
        self.errors: list[str] = []

    def enter(self, role: str, name: str = "") -> Page:
        return signed_in(self.browser, self.base, role, self.errors, self.view, *((WORD, name) if name else ()))

    def go(self, page: Page, path: str) -> None:
        page.goto(f"{self.base}{path}")

    def sound(self, page: Page, picture: str = "") -> None:
        """Nothing to complain of, seen from the top; the Chinese wide view is kept as the documentation's picture."""
        page.evaluate("scrollTo(0, 0)")
        assert complaints(page) == []
        if picture and self.view == VIEWS[0] and not (SHOTS / f"{picture}.png").exists():
            page.screenshot(path=str(SHOTS / f"{picture}.png"))


def press(page: Page, verb: str) -> None:
    with page.expect_navigation():
        page.click(f"button[name=verb][value={verb}]")


def hand_in(page: Page) -> None:
    with page.expect_navigation():
        page.click("button[name=submit]")
    assert re.search(r"/enterprise/cases/\d+$", page.url), page.inner_text("main")


@both_views
@pytest.mark.feature("parties.filing")
@pytest.mark.feature("cases.hall")
def test_a_firm_files_itself_is_corrected_and_certified(
    browser: Browser, live_server: Any, zone: Plan, view: tuple[str, int, str]
) -> None:
    demo.accounts()
    add_person(OPERATOR, "newcomer", WORD, role="firm.operator", title="经办", zone=zone.code, party_code=CODE)
    tour = Tour(browser, live_server.url, view)
    firm, officer = tour.enter("firm.operator", "newcomer"), tour.enter("officer.commerce")
    tour.go(firm, "/enterprise/hall/parties.filing")
    tour.sound(firm)
    tour.go(firm, "/enterprise/cases/new/parties.filing")
    firm.fill("#f-name", "绵阳某某贸易有限公司")
    firm.check("input[name=kinds][value=ecommerce]")
    firm.fill("#f-legal_id", "510603199003071239")
    firm.click("button[name=submit]")
    firm.wait_for_selector("[data-focus]")
    assert firm.title().startswith(("错误：", "Error: "))
    assert "510603199003071239" not in firm.inner_text("main")
    tour.sound(firm, "filing-with-faults")
    for name, value in {
        "legal_id": "510603199003071238",
        "address": "涪城区一号",
        "legal_name": "王小明",
        "contact_phone": "13812345678",
    }.items():
        firm.fill(f"#f-{name}", value)
    hand_in(firm)

    tour.go(officer, "/bureau/inbox")
    tour.sound(officer, "inbox")
    assert "绵阳某某贸易有限公司" in officer.inner_text("main")
    officer.fill("#f-reason", "请填与执照一致的名称")
    press(officer, "send_back")
    tour.go(firm, "/enterprise/notices")
    tour.sound(firm)
    firm.click("main a[href*='cases/'] >> nth=0")
    tour.sound(firm, "case")
    firm.click("a[href$='/edit']")
    firm.fill("#f-name", "绵阳顺达进出口有限公司")
    hand_in(firm)
    tour.go(officer, "/bureau/inbox")
    press(officer, "approve")

    party = Party.objects.get(code=CODE)
    assert party.name == "绵阳顺达进出口有限公司"
    tour.go(firm, f"/enterprise/parties/{party.pk}")
    tour.sound(firm, "party")
    with firm.expect_download() as loading:
        firm.click("a[href*='papers/parties.filing']")
    pdf = Path(loading.value.path())
    stranger = tour.browser.new_context(viewport={"width": view[1], "height": 900}, locale=view[0]).new_page()
    tour.go(stranger, "/check/")
    stranger.set_input_files("#file", {"name": "x.pdf", "mimeType": "application/pdf", "buffer": pdf.read_bytes()})
    stranger.click("form[enctype] button")
    stranger.wait_for_selector("[data-verdict=genuine]")
    tour.sound(stranger, "certificate-checked")
    assert tour.errors == []


@both_views
@pytest.mark.feature("sharing.catalogue")
def test_a_bank_asks_for_gets_and_loses_a_grant(
    browser: Browser, live_server: Any, zone: Plan, keys: Any, tmp_path: Path, view: tuple[str, int, str]
) -> None:
    demo.accounts()
    for name, data in day(zone, 20, 5, datetime.now(BEIJING).date(), keys).messages:
        (tmp_path / name).write_bytes(data)
        exchange.take(tmp_path / name, zone.code)
    exchange.settle(tmp_path)
    tour = Tour(browser, live_server.url, view)
    seller = Declaration.objects.filter(flow="E", zone=zone.code).values_list("ebc_code", flat=True)[0]
    add_person(OPERATOR, "seller", WORD, role="firm.admin", title="管理员", zone=zone.code, party_code=seller)
    bank, owner, firm = tour.enter("bank.officer"), tour.enter("officer.customs"), tour.enter("firm.admin", "seller")
    tour.go(bank, "/enterprise/catalogue/declarations.exports")
    tour.sound(bank, "dataset")
    bank.click("a[href*='sharing.grant']")
    said = {
        "columns": "goods_fen、order_no",
        "purpose": "订单融资",
        "basis": "企业授权",
        "until": f"{datetime.now(BEIJING) + timedelta(days=30):%Y-%m-%d}",
    }
    for name, value in said.items():
        bank.fill(f"#f-{name}", value)
    hand_in(bank)
    tour.go(owner, "/bureau/inbox")
    press(owner, "grant")
    assert _read(tour, bank) == 403, "a firm's data needs its consent"
    tour.go(firm, "/enterprise/consents")
    tour.sound(firm, "consents")
    for name, value in {
        "dataset": "declarations.exports",
        "reader": _bank_code(),
        "purpose": "订单融资",
        "until": said["until"],
    }.items():
        _fill(firm, name, value)
    with firm.expect_navigation():
        firm.click("main form:has([name=reader]) button[type=submit]")
    assert _read(tour, bank) == 200
    tour.sound(bank, "dataset-read")
    assert seller not in bank.inner_text("main .card:last-child tbody"), "the seller's code was not granted"
    tour.go(firm, "/enterprise/reads")
    tour.sound(firm, "reads")
    assert "订单融资" in firm.inner_text("main")
    tour.go(owner, "/bureau/grants")
    tour.sound(owner)
    owner.check("tbody input[name=row]")
    for button in ("button[name=do][value=revoke]", "form:has([name=sure]) button"):
        with owner.expect_navigation():
            owner.click(button)
        tour.sound(owner)
    assert _read(tour, bank) == 403
    assert tour.errors == []


def _read(tour: Tour, bank: Page) -> int:
    """Read for the purpose granted; the status of the answer. A grant that ended has no button any more."""
    tour.go(bank, "/enterprise/catalogue/declarations.exports")
    button = bank.locator("form:has([name=purpose]) button")
    if not button.count():
        return 403
    with bank.expect_response(lambda told: told.request.method == "POST") as answer:
        button.first.click()
    bank.wait_for_load_state()
    return answer.value.status


def _fill(page: Page, name: str, value: str) -> None:
    field = page.locator(f"main [name={name}]")
    field.select_option(value) if field.evaluate("el => el.tagName") == "SELECT" else field.fill(value)


def _bank_code() -> str:
    return str(Person.objects.get(username="demo-bank-officer").party_code)


def test_pictures_of_the_documentation_are_there() -> None:
    pages = SHOTS.parent.rglob("*.md")
    named = {one for page in pages for one in re.findall(r"pictures/([\w-]+\.png)", page.read_text("utf-8"))}
    assert named
    assert {one for one in named if not (SHOTS / one).exists()} == set()
