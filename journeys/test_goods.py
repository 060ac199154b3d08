"""Ten products from Excel: one row is corrected and sent again, one filing is sent back, classified anew and approved."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from playwright.sync_api import Browser, Page

from gongfu.base.access.actor import OPERATOR
from gongfu.base.events import worker
from gongfu.base.screens import workbooks
from gongfu.config import demo
from gongfu.modules.goods.actions import load_codes
from gongfu.modules.goods.flows import SHEET
from gongfu.modules.goods.models import Product
from gongfu.zones.plan import Plan
from journeys.browser import VIEWS, chromium, complaints, signed_in

pytestmark = pytest.mark.feature("goods.filing")
GOODS = (
    ("全脂牛奶", "1L", "0401200000"), ("黄油", "200g", "0405100000"), ("干酪", "150g", "0406900000"), ("蜂蜜", "500g", "0409000000"),
    ("巧克力", "100g", "1806320000"), ("甜饼干", "300g", "1905310000"), ("速溶咖啡", "90g", "2101110000"), ("葡萄酒", "750ml", "2204210000"),
    ("毛绒玩具", "30cm", "95030021"), ("牙膏", "120g", "3306101010"),
)  # fmt: skip


def book(rows: list[dict[str, str]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as made:
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, [one.title for one in SHEET])
        for at, row in enumerate(rows, start=1):
            sheet.write_row(at, 0, [row.get(one.name, "") for one in SHEET])
    return out.getvalue()


def ten() -> list[dict[str, str]]:
    """Ten products, the last with a barcode whose check digit is wrong."""
    common = {
        "mode": "1210",
        "direction": "进口",
        "origin_country": "法国",
        "lane": "清单 / 简化申报",
        "brand": "某牌",
        "authority": "有授权书",
    }
    rows = [
        {"item_no": f"SKU-{at}", "name": name, "spec": spec, "hs_code": code, **common}
        for at, (name, spec, code) in enumerate(GOODS, start=1)
    ]  # fmt: skip
    rows[-1]["gtin"] = "6901234567893"
    return rows


def sound(page: Page, errors: list[str]) -> None:
    """No violation of WCAG 2.2 A and AA, no sideways scrolling, no error in the console."""
    assert complaints(page) == []
    assert errors == []


def taken(page: Page, path: Path) -> Path:
    """Send a file, take its good rows, and fetch the result workbook once the job has made it."""
    page.set_input_files("#file", str(path))
    page.click("form:has(#file) button[type=submit]")
    page.wait_for_selector("[data-figure=good]")
    page.click("main form button.btn-primary")
    page.wait_for_selector("main .tbl .st")
    while worker.run_once():
        pass
    with page.expect_download() as download:
        page.click("main .tbl a.btn")
    saved = path.with_name(f"result-{path.name}")
    download.value.save_as(saved)
    return saved


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture
def firm(zone: Plan, settings: Any, tmp_path: Path) -> Plan:
    settings.DATA = tmp_path
    demo.accounts()
    load_codes(OPERATOR)
    return zone


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_ten_products_from_excel_and_one_corrected(
    browser: Browser, live_server: Any, firm: Plan, tmp_path: Path, view: tuple[str, int, str]
) -> None:
    errors: list[str] = []
    page = signed_in(browser, live_server.url, "firm.operator", errors, view)
    _import(page, live_server.url, tmp_path, errors)
    assert Product.objects.filter(state="reviewing").count() == 10
    officer = signed_in(browser, live_server.url, "officer.customs", errors, view)
    _send_back(officer, live_server.url, errors)
    _correct(page, live_server.url, errors)
    _approve(officer, live_server.url, errors)
    product = Product.objects.get(item_no="SKU-9")
    assert (product.state, product.hs_code[:4]) == ("valid", "9503")
    page.goto(f"{live_server.url}/enterprise/goods/{product.pk}")
    sound(page, errors)
    if view[0] == "en-US":
        shell = page.inner_text(".side") + page.inner_text(".crumb")
        assert not any("一" <= sign <= "鿿" for sign in shell), shell


def _import(page: Page, base: str, folder: Path, errors: list[str]) -> None:
    """The faulty row comes back in the result; corrected, it alone is sent again; the first file is known."""
    page.goto(f"{base}/enterprise/goods")
    sound(page, errors)
    page.click("a[href='goods/import']")
    page.wait_for_selector("#file")
    sound(page, errors)
    first = folder / "ten.xlsx"
    first.write_bytes(book(ten()))
    page.set_input_files("#file", str(first))
    page.click("form:has(#file) button[type=submit]")
    page.wait_for_selector("[data-figure=good]")
    assert (page.inner_text("[data-figure=good]"), page.inner_text("[data-figure=bad]")) == ("9", "1")
    sound(page, errors)
    page.goto(f"{base}/enterprise/goods/import")
    result = workbooks.read(taken(page, first).read_bytes(), "r.xlsx", SHEET)
    sound(page, errors)
    assert [row["item_no"] for row in result.rows] == ["SKU-10"]
    again = folder / "corrected.xlsx"
    again.write_bytes(book([{**result.rows[0], "gtin": "6901234567892"}]))
    page.goto(f"{base}/enterprise/goods/import")
    taken(page, again)
    page.goto(f"{base}/enterprise/goods/import")
    page.set_input_files("#file", str(first))
    page.click("form:has(#file) button[type=submit]")
    page.wait_for_selector("main .tbl .st")


def _send_back(page: Page, base: str, errors: list[str]) -> None:
    """The officer wants the toy under another code."""
    page.goto(f"{base}/bureau/goods?q=SKU-9")
    sound(page, errors)
    page.click("tbody a")
    page.wait_for_load_state()
    page.click(".acts a")
    page.wait_for_selector("#f-reason")
    sound(page, errors)
    page.fill("#f-reason", "毛绒玩具请核对编码")
    page.click("button[value=send_back]")
    page.wait_for_load_state()


def _correct(page: Page, base: str, errors: list[str]) -> None:
    """The firm finds the code by words, takes the first suggestion and hands the filing in again."""
    page.goto(f"{base}/enterprise/goods?state=draft")
    page.click("tbody a")
    page.wait_for_load_state()
    page.click(".acts a")
    page.wait_for_load_state()
    page.click("a[href$='/edit']")
    page.wait_for_selector("#f-hs_code")
    page.fill("#f-hs_code", "")
    page.type("#f-hs_code", "玩具")
    page.wait_for_selector("#s-hs_code button")
    sound(page, errors)
    page.click("#s-hs_code button:has-text('9503')")
    assert page.input_value("#f-hs_code").startswith("9503")
    page.click("button[name=submit]")
    page.wait_for_url("**/enterprise/cases/*")


def _approve(page: Page, base: str, errors: list[str]) -> None:
    page.goto(f"{base}/bureau/goods?state=reviewing")
    for box in page.query_selector_all("input[name=row]"):
        box.check()
    page.click("button[value=approve]")
    page.wait_for_selector("text=10 / 10")
    sound(page, errors)
