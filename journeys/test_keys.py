"""Pages without a mouse: the inbox and the search box by keys, rows of a list chosen all at once, and a bar while something is under way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from gongfu.base.access.actor import Actor
from gongfu.base.access.roles import roles
from gongfu.base.cases import actions
from gongfu.base.cases.models import Case
from gongfu.zones.plan import Plan
from journeys.browser import chromium, settled, signed_in

pytestmark = pytest.mark.feature("cases.hall")
ORDER = {"matter": "check", "text": "请核查", "desks": ["officer.customs"], "days": "2"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


def asked(zone: Plan, *subjects: str) -> list[Case]:
    """Joint orders that wait for customs."""
    market = Actor("person:market", "zone", roles()["officer.market"].may, (zone.code,), (), "officer.market")
    made = []
    for subject in subjects:
        case = actions.open_case(market, "cases.joint", zone=zone.code, raw={**ORDER, "subject": subject}).case
        assert case is not None
        assert actions.take(market, case.pk, "submit").done
        made.append(case)
    return made


def chosen(page: Page) -> str:
    return page.inner_text(".lst a.it.on b")


def test_an_officer_goes_through_the_inbox_and_answers_without_a_mouse(browser: Browser, live_server: Any, played: Plan) -> None:
    errors: list[str] = []
    first, second = asked(played, "LOT-1", "LOT-2")
    page = signed_in(browser, live_server.url, "officer.customs", errors)
    page.goto(f"{live_server.url}/bureau/inbox?case={first.pk}")
    page.keyboard.press("j")
    page.wait_for_url(f"**case={second.pk}")
    page.keyboard.press("k")
    page.wait_for_url(f"**case={first.pk}")
    assert "LOT-1" in chosen(page)
    page.focus("#note")
    page.keyboard.type("jk1 无异常")
    assert f"case={first.pk}" in page.url, "what is typed is text"
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("1")
    assert page.evaluate("document.activeElement.value") == "answer", "a number reaches for a decision and takes none"
    assert first.desks.get().answered_at is None
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert first.desks.get().answer == "jk1 无异常"
    assert errors == []


def test_the_search_box_opens_walks_and_leaves_by_keys(browser: Browser, live_server: Any, played: Plan) -> None:
    errors: list[str] = []
    page = signed_in(browser, live_server.url, "officer.customs", errors)
    page.goto(f"{live_server.url}/bureau/inbox")
    page.keyboard.press("Control+k")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.type("清单")
    page.wait_for_selector("#found a")
    page.keyboard.press("ArrowDown")
    target = page.evaluate("document.activeElement.href")
    assert target
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.tagName") == "BODY"
    assert errors == []


def test_all_rows_of_a_page_are_chosen_at_once_and_counted(browser: Browser, live_server: Any, played: Plan) -> None:
    errors: list[str] = []
    page = signed_in(browser, live_server.url, "officer.customs", errors)
    page.goto(f"{live_server.url}/bureau/lists")
    boxes = page.locator("tbody input[name=row]")
    whole = page.locator("input[data-all=row]")
    whole.focus()
    page.keyboard.press("Space")
    assert page.locator("tbody input[name=row]:checked").count() == boxes.count() > 1
    assert str(boxes.count()) in page.inner_text(".chosen")
    boxes.first.uncheck()
    assert page.evaluate("document.querySelector('input[data-all=row]').indeterminate")
    whole.check()
    whole.uncheck()
    assert page.locator("tbody input[name=row]:checked").count() == 0
    assert page.inner_text(".chosen") == ""
    assert errors == []


def test_a_bar_shows_that_something_is_under_way(browser: Browser, live_server: Any, played: Plan) -> None:
    page = signed_in(browser, live_server.url, "officer.customs", [])
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{live_server.url}/bureau/inbox")
    settled(page)
    page.wait_for_selector("html:not([data-busy])")
    page.evaluate("addEventListener('click', event => event.preventDefault())")  # the next page never comes
    page.locator("nav.side a[href='/bureau/lists']").click()
    page.wait_for_selector("html[data-busy]")
    assert page.evaluate("document.querySelector('.busy').getBoundingClientRect().width > 0")
    page.goto(f"{live_server.url}/bureau/lists")
    settled(page)
    page.wait_for_selector("html:not([data-busy])")
