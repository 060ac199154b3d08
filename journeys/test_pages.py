"""Pages in a real Chromium: signed in, both languages, two widths, no console error; every figure opens its rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import Browser

from gongfu.base.access.models import Person
from gongfu.base.kit.beijing import BEIJING
from gongfu.config import exchange
from gongfu.config.accounts import PASSWORD, demo_name
from gongfu.modules.declarations.models import Declaration
from gongfu.modules.intake.models import Message
from gongfu.peers.day import day
from gongfu.zones.plan import Plan
from journeys.browser import chromium, signed_in

MOST_QUERIES = 15
pytestmark = [
    pytest.mark.feature("intake.messages"),
    pytest.mark.feature("statistics.analysis"),
    pytest.mark.feature("tax.imports"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.mark.parametrize("width", [1440, 390])
def test_an_officers_board_opens_the_rows_behind_its_figures(
    browser: Browser, live_server: Any, played: Plan, width: int
) -> None:
    errors: list[str] = []
    page = signed_in(browser, live_server.url, "officer.customs", errors, ("zh-CN", width, "light"))
    assert page.url.endswith("/bureau/today")
    figure = int(page.inner_text("[data-figure=released]").split()[0].rstrip("票"))
    assert figure == Declaration.objects.filter(zone=played.code, state__in=("released", "closed")).count()
    page.click("[data-figure=released]")
    page.wait_for_load_state()
    assert int(page.inner_text(".tbar .fw6")) == figure
    page.click("tbody a >> nth=0")
    page.wait_for_load_state()
    assert "三流比对" in page.inner_text("main")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), "no page scrolls sideways"
    assert errors == []


@pytest.mark.breaks  # a list is moved to another zone by hand
def test_the_board_refreshes_itself(browser: Browser, live_server: Any, played: Plan) -> None:
    errors: list[str] = []
    page = signed_in(browser, live_server.url, "officer.customs", errors)
    before = page.inner_text("[data-figure=lists]")
    Declaration.objects.filter(pk=Declaration.objects.filter(zone=played.code).values_list("pk", flat=True)[0]).update(
        zone="meishan"
    )
    page.wait_for_function(
        "text => document.querySelector('[data-figure=lists]').innerText !== text", arg=before, timeout=20_000
    )
    assert errors == []


def test_a_firm_uploads_a_message_and_follows_it(
    browser: Browser, live_server: Any, played: Plan, keys: Any, tmp_path: Path
) -> None:
    errors: list[str] = []
    page = signed_in(browser, live_server.url, "firm.operator", errors)
    assert page.url.endswith("/enterprise/messages")
    made = day(played, 6, 77, datetime.now(BEIJING).date(), keys)
    code = Person.objects.get(username=demo_name("firm.operator")).party_code
    name, data = next((name, data) for name, data in made.messages if exchange.sender_of(data) == code)
    (tmp_path / name).write_bytes(data)
    page.set_input_files("#file", str(tmp_path / name))
    page.wait_for_url("**/enterprise/messages/*")
    exchange.settle(tmp_path)
    page.reload()
    assert "经过" in page.inner_text("main")
    (tmp_path / "bad.xml").write_bytes(b"<!DOCTYPE x><x/>")
    page.goto(f"{live_server.url}/enterprise/messages")
    page.set_input_files("#file", str(tmp_path / "bad.xml"))
    page.wait_for_selector(".note.bad:not([hidden])")
    assert "DOCTYPE" in page.inner_text(".note.bad:not([hidden])")
    assert errors == []


def test_every_page_speaks_english_too(browser: Browser, live_server: Any, played: Plan) -> None:
    errors: list[str] = []
    page = signed_in(browser, live_server.url, "officer.customs", errors, ("en-US", 1440, "light"))
    listed = Declaration.objects.filter(zone=played.code, flow="I", state="closed").first()
    message = Message.objects.filter(type="CEB621Message").first()
    assert listed
    assert message
    for path, word in (
        ("today", "Match rate"),
        ("lists", "Clear" if not listed else "Reset"),
        (f"lists/{listed.pk}", "How the tax came about"),
        (f"messages/{message.pk}", "Timeline"),
        ("refusals", "Refused documents"),
    ):
        page.goto(f"{live_server.url}/bureau/{path}")
        shell = page.inner_text(".side") + page.inner_text("h1")
        assert word in page.inner_text("main")
        assert not any("一" <= sign <= "鿿" for sign in shell), shell
    page.goto(f"{live_server.url}/")
    assert "pilot zones" in page.inner_text("main").lower()
    assert errors == []


def test_every_figure_of_the_board_opens_its_rows(played: Plan) -> None:
    page = client("officer.customs").get("/bureau/today").content.decode()
    tiles = re.findall(r'<(\w+) class="k stat"([^>]*)>', page)
    assert len(tiles) == 8
    assert all(tag == "a" and "href=" in rest for tag, rest in tiles), tiles
    first, second, third = Declaration.objects.filter(zone=played.code).order_by("pk")[:3]
    for row, reason in ((first, "BIZ-MATCH-AMOUNT"), (second, "BIZ-MATCH-PAYER"), (third, "BIZ-LANE")):
        Declaration.objects.filter(pk=row.pk).update(reason=reason)
    rows = client("officer.customs").get("/bureau/lists?reason=BIZ-MATCH-*").content.decode()
    assert [row.order_no in rows for row in (first, second, third)] == [True, True, False]


def test_the_platforms_own_words_are_english_on_english_pages(played: Plan) -> None:
    http, english = client("officer.customs"), {"accept-language": "en"}
    for row in Declaration.objects.filter(zone=played.code).exclude(state="waiting"):
        page = http.get(f"/bureau/lists/{row.pk}", headers=english).content.decode()
        for move in row.moves.exclude(origin="customs"):
            assert move.why not in page, (row.pk, move.why)
    assert "Sent to the single window" in page
    assert "，" not in http.get("/bureau/today", headers=english).content.decode()


def client(role: str) -> Client:
    http = Client()
    assert http.login(username=demo_name(role), password=PASSWORD)
    return http


def test_no_page_asks_more_than_fifteen_queries(played: Plan) -> None:
    listed = Declaration.objects.filter(zone=played.code, flow="I", state="closed").values_list("pk", "message_id")[0]
    http = client("officer.customs")
    for path in (
        "today",
        "lists",
        f"lists/{listed[0]}",
        "messages",
        f"messages/{listed[1]}",
        "differences",
        "orphans",
        "refusals",
    ):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert http.get(f"/bureau/{path}").status_code == 200
        assert len(asked) <= MOST_QUERIES, (path, [one["sql"][:110] for one in asked])


@pytest.mark.feature("access.security")
def test_rows_out_of_reach_are_not_found_and_pages_without_permission_say_so(played: Plan) -> None:
    other = (
        Declaration.objects.filter(zone=played.code)
        .exclude(agent_code=Person.objects.get(username=demo_name("firm.operator")).party_code)
        .values_list("pk", flat=True)[0]
    )
    firm, office, stranger = client("firm.operator"), client("zone.office"), Client()
    assert firm.get(f"/enterprise/lists/{other}").status_code == 404
    assert firm.get("/bureau/today").status_code == 403
    assert office.get("/bureau/lists").status_code == 403
    assert stranger.get("/enterprise/lists").status_code == 302
    mine = firm.get("/enterprise/lists").content.decode()
    assert Declaration.objects.get(pk=other).order_no not in mine


def test_lists_are_exported_as_a_workbook_of_texts(played: Plan) -> None:
    answer = client("officer.customs").get("/bureau/lists?export=xlsx")
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
    assert answer.content[:2] == b"PK"


@pytest.mark.feature("gateway.developers")
@pytest.mark.parametrize("width", [1440, 390])
def test_an_administrator_makes_a_key_and_reads_the_register(
    browser: Browser, live_server: Any, played: Plan, width: int
) -> None:
    errors: list[str] = []
    page = signed_in(browser, live_server.url, "firm.admin", errors, ("en-US", width, "light"))
    page.goto(f"{live_server.url}/enterprise/developer")
    page.fill("#k-title", "ERP")
    page.click("form:has(#k-title) button[type=submit]")
    page.wait_for_selector("[data-shown=client_secret]")
    assert len(page.inner_text("[data-shown=client_secret]")) > 40
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), "no page scrolls sideways"
    assert not any("一" <= sign <= "鿿" for sign in page.inner_text(".side") + page.inner_text("h1"))
    page.goto(f"{live_server.url}/developers/")
    assert "Works until 2027-06-30" in page.inner_text("main")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), "no page scrolls sideways"
    assert errors == []
