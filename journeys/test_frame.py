"""The frame around every page: where one is, what fits, large type, what a lost connection and a fault of ours look like, and how much is sent."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from playwright.sync_api import Browser, Page

from gongfu.base.notices.actions import tell
from gongfu.base.screens import assets, desk
from gongfu.config import demo
from gongfu.config.accounts import PASSWORD, demo_name
from gongfu.zones.plan import Plan
from journeys.browser import VIEWS, chromium, complaints, opened, signed_in
from journeys.test_accessible import tours

pytestmark = pytest.mark.feature("cases.hall")
by_view = pytest.mark.parametrize("view", VIEWS, ids=lambda view: f"{view[0]}-{view[1]}-{view[2]}")
# quality.md §10: bytes as sent; requests.
KB, MOST_REQUESTS = 1024, 25
BUDGETS = {
    "/": (60 * KB, 300 * KB),
    "/accounts/login/": (60 * KB, 300 * KB),
    "/bureau/lists": (100 * KB, 350 * KB),
    "/bureau/inbox": (100 * KB, 350 * KB),
    "/bureau/hall": (100 * KB, 350 * KB),
    "/bureau/parties": (100 * KB, 350 * KB),
    "/bureau/today": (250 * KB, 700 * KB),
}
LINKED = re.compile(r'<(?:link|script)[^>]*(?:href|src)="(/static/[^"]+)"')
# Texts on the page below 18 px, and things to press below 60 px, by what they are.
SMALL = """() => [...document.querySelectorAll('body *')].filter(el => {
  const own = [...el.childNodes].some(one => one.nodeType === 3 && one.textContent.trim());
  return own && el.getClientRects().length && !el.closest('.visually-hidden,.visually-hidden-focusable,[aria-hidden=true],.mark,option,kbd') && parseFloat(getComputedStyle(el).fontSize) < 18 && parseFloat(getComputedStyle(el).fontSize) > 0;
}).map(el => el.outerHTML.slice(0, 90))"""
LOW = """() => [...document.querySelectorAll('button,.btn,.side a,input:not([type=hidden]):not([type=checkbox]):not([type=radio]),select')].filter(el =>
  el.getClientRects().length && !el.closest('.visually-hidden-focusable') && el.getBoundingClientRect().height < 60).map(el => el.outerHTML.slice(0, 90))"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture
def peopled(zone: Plan) -> Plan:
    demo.accounts()
    return zone


def client(role: str) -> Client:
    http = Client()
    assert http.login(username=demo_name(role), password=PASSWORD)
    return http


@by_view
def test_a_notice_can_be_read(browser: Browser, live_server: Any, peopled: Plan, view: tuple[str, int, str]) -> None:
    errors: list[str] = []
    tell(zone=peopled.code, permission="cases.move", title="商品备案 SP1：已核准", title_en="Product filing SP1: approved", place="inbox")  # fmt: skip
    page = signed_in(browser, live_server.url, "officer.customs", errors, view)
    page.goto(f"{live_server.url}/bureau/notices")
    text = page.locator(".nt span:not(.new-dot)").first.bounding_box()
    assert text
    assert text["width"] > 120
    assert text["height"] < 80, "a title stands in a line or two, not one sign below another"
    assert complaints(page) == []
    assert errors == []


def test_every_page_of_a_portal_says_where_one_is(peopled: Plan) -> None:
    without = []
    for role, pages in tours().items():
        if role:
            http = client(role)
            without += [
                path for path in pages if http.get(path, follow=True).content.decode().count('class="crumb"') != 1
            ]
    assert without == []


def test_one_entry_of_the_menu_is_where_one_is(peopled: Plan) -> None:
    for path in ("/bureau/feeds", "/bureau/feeds/deliveries", "/bureau/goods", "/bureau/lists"):
        assert client("officer.customs").get(path).content.decode().count('class="on" aria-current="page"') == 1, path


def test_everyone_finds_the_hall_and_the_providers_from_the_first_page(peopled: Plan) -> None:
    shown = Client().get("/").content.decode()
    assert 'href="/hall"' in shown
    assert 'href="/providers"' in shown


@by_view
def test_large_type_for_elders(browser: Browser, live_server: Any, peopled: Plan, view: tuple[str, int, str]) -> None:
    errors: list[str] = []
    page = signed_in(browser, live_server.url, "firm.operator", errors, view)
    page.click("form[action='/desk/look'] button[name=size]")
    page.wait_for_load_state()
    for path in ("/enterprise/hall", "/enterprise/cases/new/parties.filing", "/enterprise/lists", "/enterprise/notices", "/"):  # fmt: skip
        page.goto(f"{live_server.url}{path}")
        assert page.evaluate(SMALL) == [], path
        assert page.evaluate(LOW) == [], path
        assert complaints(page) == []
    page.click("form[action='/desk/look'] button[name=size]")
    page.wait_for_load_state()
    assert page.locator("html[data-size=elder]").count() == 0
    assert errors == []


@by_view
def test_a_lost_connection_is_told_and_what_was_typed_stays(
    browser: Browser, live_server: Any, peopled: Plan, view: tuple[str, int, str]
) -> None:
    page = signed_in(browser, live_server.url, "firm.operator", [], view)
    page.goto(f"{live_server.url}/enterprise/cases/new/parties.filing")
    page.fill("#f-name", "绵阳顺达进出口有限公司")
    assert not page.is_visible("#net")
    page.context.set_offline(True)
    page.wait_for_selector("#net:not([hidden])")
    page.click("button[name=save]")
    assert page.input_value("#f-name") == "绵阳顺达进出口有限公司"
    assert complaints(page) == []
    page.context.set_offline(False)
    page.wait_for_selector("#net", state="hidden")
    page.click("button[name=save]")
    page.wait_for_url("**/edit")
    assert page.input_value("#f-name") == "绵阳顺达进出口有限公司"


def test_a_fault_of_ours_has_a_number_that_is_in_the_log_too(
    peopled: Plan, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> HttpResponse:
        raise ZeroDivisionError("a secret detail")

    monkeypatch.setattr(desk, "_found", broken)
    http = client("firm.operator")
    http.raise_request_exception = False
    answer = http.get("/desk/find?q=x")
    number = answer["X-Request-Id"]
    assert answer.status_code == 500
    assert number in answer.content.decode()
    assert "secret detail" not in answer.content.decode()
    assert any(getattr(one, "request_number", "") == number for one in caplog.records)
    assert http.get("/desk/find")["X-Request-Id"] != number


def test_pages_keep_to_their_bytes_and_requests(peopled: Plan, settings: Any, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    assets.collect(tmp_path)
    http, over = client("officer.customs"), []
    for path, (script, whole) in BUDGETS.items():
        page = (http if path.startswith("/bureau") else Client()).get(path, headers={"accept-encoding": "gzip, br"})
        assert page.status_code == 200
        parts = LINKED.findall(_text(page))
        sizes = {one: _sent(one) for one in parts}
        scripts = sum(size for one, size in sizes.items() if one.endswith(".js"))
        total = len(page.content) + sum(sizes.values())
        if scripts > script or total > whole or len(parts) + 1 > MOST_REQUESTS:
            over.append((path, scripts, total, len(parts) + 1))
    assert over == []


def _text(answer: Any) -> str:
    packed = answer.headers.get("Content-Encoding") == "gzip"
    return str((gzip.decompress(answer.content) if packed else answer.content).decode())


def _sent(path: str) -> int:
    answer = Client().get(path, headers={"accept-encoding": "gzip, br"})
    assert answer.status_code == 200, path
    return len(b"".join(answer.streaming_content) if answer.streaming else answer.content)


def test_the_menu_of_a_phone_opens_and_leads_on(browser: Browser, live_server: Any, peopled: Plan) -> None:
    errors: list[str] = []
    for page, go in (
        (signed_in(browser, live_server.url, "firm.operator", errors, VIEWS[1]), "/enterprise/hall"),
        (opened(browser, live_server.url, errors, VIEWS[1]), "/hall"),
    ):
        page.goto(f"{live_server.url}/enterprise/goods" if "enterprise" in go else f"{live_server.url}/")
        _open_menu(page)
        page.click(f"nav a[href='{go}']")
        page.wait_for_url(f"**{go}")
    assert errors == []


def _open_menu(page: Page) -> None:
    page.click("[data-menu]")
    assert complaints(page) == []


def test_what_pages_name_is_what_is_packed() -> None:
    root = Path(assets.__file__).parents[2]
    named = {one for page in root.rglob("templates/**/*.html") for one in re.findall(r"{% static '([^']+)' %}", page.read_text("utf-8"))}  # fmt: skip
    assert named == set(assets.NAMES)
