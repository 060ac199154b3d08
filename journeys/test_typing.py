"""A seller without software, in Chromium: an order and a list typed, a finding corrected, released; twenty lists from Excel, two faulty."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from playwright.sync_api import Browser, Page

from gongfu.base.access.actions import add_person
from gongfu.base.access.actor import OPERATOR
from gongfu.base.events import worker
from gongfu.base.screens import workbooks
from gongfu.config import exchange
from gongfu.core.money import yuan
from gongfu.modules.declarations.models import Declaration
from gongfu.modules.drafts import queries, rules
from gongfu.modules.drafts.layouts import LINES, forms
from gongfu.modules.drafts.models import DRAFT, SUBMITTED, Draft
from gongfu.zones.plan import Plan
from journeys.browser import VIEWS, chromium, complaints, signed_in
from journeys.test_drafts import Desk, made

SHOTS = Path(__file__).parents[1] / "docs" / "pictures"
PASSWORD = "long enough a secret"  # noqa: S105  (of a person of this test alone)
pytestmark = [pytest.mark.feature("declarations.exports"), pytest.mark.feature("declarations.imports")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture
def desk(zone: Plan, keys: Any, settings: Any, tmp_path: Path) -> Desk:
    settings.DATA = tmp_path
    one = made(zone, keys, export=True)
    firm = one.unit.seller
    add_person(OPERATOR, "typist", PASSWORD, role="firm.operator", title="经办", zone=firm.zone, party_code=firm.code)
    return one


def sound(page: Page, errors: list[str]) -> None:
    assert complaints(page) == []
    assert errors == []


def shot(page: Page, view: tuple[str, int, str], name: str) -> None:
    """A picture for the page of docs/how-to, made once in Chinese."""
    if view == VIEWS[0] and not (SHOTS / f"{name}.png").exists():
        page.screenshot(path=str(SHOTS / f"{name}.png"))


def typed(page: Page, values: dict[str, str]) -> None:
    """Fill the fields of the step at hand that are among the values."""
    for name, text in values.items():
        field = page.locator(f"#f-{name}")
        if text and field.count():
            if field.evaluate("one => one.tagName") == "SELECT":
                field.select_option(text)
            else:
                field.fill(text)


def begun(page: Page, base: str, code: str, order_no: str = "") -> None:
    page.goto(f"{base}/enterprise/drafts/new?kind={code}")
    if order_no:
        page.fill("#order", order_no)
    page.click("main form button.btn-primary")
    page.wait_for_selector("#typing")


def stepped(page: Page, at: int) -> None:
    page.click("button[value=next]")
    page.wait_for_url(f"**step={at}")


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_an_order_and_a_list_are_typed_corrected_and_released(
    browser: Browser, live_server: Any, desk: Desk, calm: Path, tmp_path: Path, view: tuple[str, int, str]
) -> None:
    errors: list[str] = []
    page = signed_in(browser, live_server.url, "", errors, view, PASSWORD, "typist")
    order = desk.body("CEB303Message")
    begun(page, live_server.url, "export-orders")
    sound(page, errors)
    assert page.input_value("#f-ebcCode") == desk.unit.seller.code  # prefilled from the firm's file
    typed(page, {**order["head"], "ebpName": ""})
    page.wait_for_selector("#saved:has-text(':')")
    stepped(page, 2)
    sound(page, errors)
    rows(page, order[LINES])
    stepped(page, 3)
    sound(page, errors)
    page.click("button[value=submit]")
    page.wait_for_selector("#receipts")
    worker.drain()
    page.reload()
    sound(page, errors)
    page.click(f"a[href*='{order['head']['orderNo']}']")
    page.click("main form button.btn-primary")
    page.wait_for_selector("#typing")
    _list(page, desk, errors, view)
    worker.drain()
    desk.send("CEB505Message")
    exchange.settle(tmp_path, scenario=calm)
    row = Declaration.objects.get()
    assert (row.state, row.order_no, row.sender_code) == ("closed", desk.unit.order_no, desk.unit.seller.code) or row.released_at  # fmt: skip
    page.reload()
    page.wait_for_selector("tbody tr:has-text('800'), tbody tr:has-text('899')")
    sound(page, errors)
    if view[0] == "en-US":
        shell = page.inner_text(".crumb") + page.inner_text("h2 >> nth=0")
        assert not any("一" <= sign <= "鿿" for sign in shell), shell


@pytest.mark.feature("tax.imports")
@pytest.mark.rule("R-102")
@pytest.mark.rule("R-106")
@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_tax_and_what_is_left_of_the_year_stand_beside_an_import_list(
    browser: Browser, live_server: Any, zone: Plan, keys: Any, view: tuple[str, int, str]
) -> None:
    """Before it is handed in: what is due and left, and both anew as soon as the goods are another; on the page of the check as well."""
    one = made(zone, keys, export=False)
    firm = one.unit.seller
    add_person(OPERATOR, "typist", PASSWORD, role="firm.operator", title="经办", zone=firm.zone, party_code=firm.code)
    draft, errors = one.typed("CEB621Message"), list[str]()
    page = signed_in(browser, live_server.url, "", errors, view, PASSWORD, "typist")
    page.goto(f"{live_server.url}/enterprise/drafts/{draft.pk}?step=4")
    money = (lambda fen: f"CNY {yuan(fen)}") if view[0] == "en-US" else (lambda fen: f"{yuan(fen)} 元")
    for price in ("", "99"):
        if price:
            line = {"price": price, "totalPrice": str(int(price) * int(float(page.input_value("#f-lines-0-qty"))))}
            typed(page, {f"lines-0-{name}": text for name, text in line.items()})
            page.click("button[value=stay]")
            page.wait_for_load_state()
        cast = queries.forecast(draft, queries.body(Draft.objects.get()))
        assert cast["due_fen"] > 0
        assert page.inner_text("[data-figure=due]") == money(cast["due_fen"])
        assert page.inner_text("[data-figure=left]") == money(cast["left_fen"])
        sound(page, errors)
    page.click("ol.rail li:last-child a")
    page.wait_for_selector("[data-figure=due]")
    assert page.inner_text("[data-figure=due]") == money(cast["due_fen"])


def rows(page: Page, lines: list[dict[str, str]]) -> None:
    """Goods lines; two blank ones are offered, more come as they are kept."""
    for at, line in enumerate(lines):
        if not page.locator(f"#f-lines-{at}-itemNo").count():
            page.click("button[value=stay]")
            page.wait_for_selector(f"#f-lines-{at}-itemNo")
        typed(page, {f"lines-{at}-{name}": text for name, text in line.items()})


def _list(page: Page, desk: Desk, errors: list[str], view: tuple[str, int, str]) -> None:
    """The list takes the order over; the declarant must be filed as one, and says so until it is corrected."""
    listed = desk.body("CEB603Message")
    assert page.input_value("#f-orderNo") == desk.unit.order_no
    assert page.input_value("#f-ebpCode") == desk.unit.platform.code
    own = {"agentCode": desk.unit.seller.code, "agentName": desk.unit.seller.name}
    typed(page, {**listed["head"], **own})
    stepped(page, 2)
    typed(page, listed["head"])
    stepped(page, 3)
    typed(page, listed["head"])
    rows(page, listed[LINES])
    stepped(page, 4)
    page.click("button[value=submit]")
    page.wait_for_selector("#faults")
    sound(page, errors)
    assert page.locator(".fd:has-text('BIZ-PARTY-UNFILED')").count() == 1
    shot(page, view, "typing-with-a-finding")
    page.click("a[href*='agentCode']")
    page.wait_for_selector("#e-agentCode")
    sound(page, errors)
    page.fill("#f-agentCode", desk.unit.agent.code)
    page.fill("#f-agentName", "")
    stepped(page, 2)
    assert Draft.objects.get(kind="CEB603Message").state == DRAFT
    page.click("ol.rail li:nth-child(4) a")
    page.wait_for_selector(".note.ok")
    page.click("button[value=submit]")
    page.wait_for_selector("#receipts")


def book(form_kind: str, rows: list[dict[str, str]]) -> bytes:
    """A workbook as a person fills it: the template's titles, codes in the columns that have a list."""
    out, fields = io.BytesIO(), rules.columns(forms()[form_kind])
    with xlsxwriter.Workbook(out, {"in_memory": True}) as made_book:
        sheet = made_book.add_worksheet()
        sheet.write_row(0, 0, [one.title for one in fields])
        for at, row in enumerate(rows, start=1):
            sheet.write_row(at, 0, [row.get(one.name, "") for one in fields])
    return out.getvalue()


def twenty(desk: Desk) -> list[dict[str, str]]:
    """Twenty lists, one row each; the seventh has a total that is not price × quantity, the twelfth an unknown currency."""
    listed = desk.body("CEB603Message")
    line = {f"{LINES}-{name}": text for name, text in listed[LINES][0].items()}
    rows = [{**listed["head"], **line, "orderNo": f"L{at:03d}", "logisticsNo": f"W{at:03d}"} for at in range(1, 21)]
    rows[6][f"{LINES}-totalPrice"] = "1234567.00"
    rows[11][f"{LINES}-currency"] = "ABC"
    return rows


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_twenty_lists_from_excel_two_of_them_faulty(
    browser: Browser, live_server: Any, desk: Desk, tmp_path: Path, view: tuple[str, int, str]
) -> None:
    errors: list[str] = []
    page = signed_in(browser, live_server.url, "", errors, view, PASSWORD, "typist")
    page.goto(f"{live_server.url}/enterprise/drafts/export-lists")
    sound(page, errors)
    file = tmp_path / "twenty.xlsx"
    file.write_bytes(book("CEB603Message", twenty(desk)))
    page.set_input_files("#file", str(file))
    page.click("form:has(#file) button[type=submit]")
    page.wait_for_selector("[data-figure=good]")
    assert (page.inner_text("[data-figure=good]"), page.inner_text("[data-figure=bad]")) == ("18", "2")
    sound(page, errors)
    page.click("main form button.btn-primary")
    page.wait_for_selector("main .tbl .st")
    worker.drain()
    assert Draft.objects.filter(state=DRAFT).count() == 18
    faulty = {row["orderNo"] for row in result(page, tmp_path)}
    assert faulty == {"L007", "L012"}
    page.goto(f"{live_server.url}/enterprise/drafts")
    sound(page, errors)
    page.click("button[value=all]")
    page.wait_for_url("**/enterprise/jobs")
    worker.drain()
    sound(page, errors)
    assert Draft.objects.filter(state=SUBMITTED).count() == 18
    assert {row.state for row in Declaration.objects.all()} == {"waiting"}
    page.goto(f"{live_server.url}/enterprise/drafts?state=submitted")
    assert page.locator("tbody tr").count() == 18
    sound(page, errors)


def result(page: Page, folder: Path) -> list[dict[str, str]]:
    """The faulty rows of the import's result workbook."""
    page.reload()
    with page.expect_download() as download:
        page.click("main .tbl a.btn")
    saved = folder / "result.xlsx"
    download.value.save_as(saved)
    return workbooks.read(saved.read_bytes(), "r.xlsx", rules.columns(forms()["CEB603Message"])).rows
