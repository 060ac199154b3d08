"""A buyer before buying: tax by kind, whether the channel is open, the lawful exits where it is not; the year only to its own person."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import urlencode

import polars as pl
import pytest
from django.test import Client
from playwright.sync_api import Browser

from gongfu.base.access.models import Person
from gongfu.config.accounts import demo_name
from gongfu.config.demo import accounts
from gongfu.core.money import yuan
from gongfu.modules.declarations.models import PositiveLine, PositiveVersion
from gongfu.modules.tax import queries
from gongfu.zones.plan import Plan
from journeys.browser import VIEWS, chromium, complaints, left_in_chinese, opened
from journeys.shop import BAG, Shop
from journeys.test_drafts import made
from journeys.test_drafts_prefilled import filed

pytestmark = [pytest.mark.feature("tax.imports")]
PAGE, SHAMPOO, PERFUME, WINE, HORSE = "/import-tax", "3305100090", "3303000010", "2204210000", "0101210010"


def asked(http: Client | None = None, status: int = 200, lang: str = "zh-hans", **question: Any) -> str:
    http = http or Client()
    http.cookies["django_language"] = lang
    answer = http.get(f"{PAGE}?{urlencode(question)}")
    assert answer.status_code == status, answer.status_code
    return answer.content.decode()


def figure(page: str, name: str) -> str:
    found = re.search(rf'data-figure="{name}"[^>]*>([\d,.]+)', page)
    assert found, name
    return found[1]


def channel(page: str) -> str:
    found = re.search(r'data-channel="(\w+)"', page)
    assert found
    return found[1]


@pytest.mark.django_db
@pytest.mark.rule("R-103")
@pytest.mark.rule("R-106")
def test_t101_and_t103_stand_on_the_page_to_the_fen() -> None:
    page = asked(code=SHAMPOO, price="100", qty="2", freight="10")
    assert (figure(page, "value"), figure(page, "due"), channel(page)) == ("210.00", "19.11", "within")
    page = asked(code=PERFUME, price="1000", qty="1", spec="50ml")
    assert (figure(page, "due"), channel(page)) == ("230.59", "within")
    assert all(amount in page for amount in ("123.53", "107.06"))
    assert all(rule in page for rule in ("R-103", "R-106", "R-110"))


@pytest.mark.django_db
@pytest.mark.rule("R-107")
@pytest.mark.rule("R-108")
@pytest.mark.rule("R-120")
def test_the_limits_open_and_close_the_channel_and_the_exits_are_named_when_it_is_closed() -> None:
    """Both limits are inclusive (R-102); one piece above the single limit is taxed in full."""
    cases = (("5000", "1", "within"), ("5000.01", "1", "full"), ("2500.01", "2", "closed"), ("26000", "1", "full"), ("26000.01", "1", "closed"))
    for price, qty, want in cases:
        page = asked(code=BAG, price=price, qty=qty)
        assert channel(page) == want, price
        assert [word in page for word in ("一般贸易进口", "个人物品", "退运")] == [want == "closed"] * 3
    assert "IMP-SINGLE-LIMIT" in asked(code=BAG, price="2500.01", qty="2")
    assert "IMP-ANNUAL-LIMIT" in asked(code=BAG, price="26000.01", qty="1")


@pytest.mark.django_db
@pytest.mark.rule("R-201")
def test_the_retail_list_in_force_closes_the_channel_and_the_excerpt_only_advises() -> None:
    page = asked(code=HORSE, price="10", qty="1")
    assert ("BIZ-POSITIVE-LIST" in page, channel(page)) == (True, "within")
    version = PositiveVersion.objects.create(valid_from=date(2026, 1, 1), source="公告", sha256="buyer".zfill(64), lines=1)
    PositiveLine.objects.create(version=version, hs8=SHAMPOO[:8], name="洗发剂", control="mode", mode="1210", remark="仅限网购保税")
    page = asked(code=BAG, price="10", qty="1")
    assert ("BIZ-NOT-LISTED" in page, channel(page)) == (True, "closed")
    assert [channel(asked(code=SHAMPOO, price="10", qty="1", mode=mode)) for mode in ("9610", "1210")] == ["closed", "within"]


@pytest.mark.django_db
@pytest.mark.rule("R-110")
@pytest.mark.rule("R-111")
def test_what_is_from_memory_is_marked_and_what_cannot_be_told_is_said() -> None:
    page = asked(code=WINE, price="300", qty="1", spec="750ml")
    assert re.findall(r'data-mark="(\w)"', page) == ["C", "C", "M", "M", "C"]
    assert "待核实" in page
    assert "to be verified" in asked(code=WINE, price="300", qty="1", spec="750ml", lang="en")
    page = asked(code=PERFUME, price="1000", qty="1")
    assert "TAX-NET-CONTENT" in page
    assert channel(page) == "within"


@pytest.mark.django_db
def test_a_question_that_cannot_be_answered_says_why_at_its_field() -> None:
    assert "data-channel" not in asked()
    for question, code in (
        ({"price": "1", "qty": "1"}, "e-code"),
        ({"code": "9999999999", "price": "1", "qty": "1"}, "e-code"),
        ({"code": BAG, "price": "x", "qty": "1"}, "e-price"),
        ({"code": BAG, "price": "1", "qty": "0"}, "e-qty"),
        ({"code": BAG, "price": "1", "qty": "1", "mode": "9710"}, "e-mode"),
        ({"firm": "91510000000000000X", "item": "A", "price": "1", "qty": "1"}, "e-firm"),
    ):
        page = asked(status=422, **question)
        assert (f'id="{code}"' in page, "data-channel" in page) == (True, False), question


@pytest.mark.feature("goods.filing")
def test_a_filed_product_is_asked_for_by_seller_and_item_number_and_printed_as_a_code(zone: Plan, keys: Any) -> None:
    desk = made(zone, keys, export=False)
    filed(desk, "SKU-1", "9610", hs_code=PERFUME, name="香水")
    question = {"firm": desk.unit.seller.code, "item": "SKU-1", "price": "1000.00", "qty": "1"}
    page = asked(**question)
    assert (figure(page, "due"), "香水" in page, "<svg" in page) == ("230.59", True, True)
    assert f"http://testserver{PAGE}?{urlencode(question)}".replace("&", "&amp;") in page
    assert 'id="e-item"' in asked(status=422, **{**question, "item": "SKU-2"})
    assert 'id="e-item"' in asked(status=422, **{**question, "mode": "1210"})


@pytest.mark.rule("R-118")
def test_only_the_person_itself_sees_what_is_left_of_the_year(shop: Shop) -> None:
    """By the lists under the signed-in person's own identity; strangers and firms read where to look it up. No field asks for a number."""
    accounts()
    unit = shop.buy(100_000)
    shop.send(unit)
    question = {"code": BAG, "price": "100", "qty": "1"}
    person = Person.objects.get(username=demo_name("consumer.person"))
    row = queries.declarations.Declaration.objects.get()
    assert row.state == "ready"
    person.party_code = row.buyer_key
    person.save()
    own, firm = Client(), Client()
    own.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    firm.force_login(Person.objects.get(username=demo_name("firm.operator")), backend="django.contrib.auth.backends.ModelBackend")
    page = own.get(f"{PAGE}?{urlencode(question)}")
    assert figure(page.content.decode(), "left") == yuan(2_600_000 - 100_000)
    assert "no-store" in page["Cache-Control"]
    for http in (Client(), firm):
        page_of = asked(http, **question)
        assert ('data-figure="left"' in page_of, "单一窗口" in page_of) == (False, True)
    assert "buyerIdNumber" not in asked(**question)
    assert channel(asked(own, code=BAG, price="25000.01", qty="1")) == "closed"
    assert channel(asked(code=BAG, price="25000.01", qty="1")) == "full"
    person.party_code = "0" * 32
    person.save()
    assert figure(asked(own, **question), "left") == yuan(2_600_000)


@pytest.mark.django_db
@pytest.mark.rule("R-113")
def test_the_page_and_the_drafts_forecast_reckon_alike() -> None:
    on = date(2026, 11, 20)
    goods = [(1, 1, PERFUME, "50ml", pl.Series([2]).cast(pl.Decimal(38, 5))[0], 150_000)]
    told, cast = queries.estimate(goods, 1_000, 0, on), queries.forecast(goods, 1_000, 0, "", on)
    assert told["due_fen"] == cast["due_fen"] > 0
    assert told["due_fen"] == sum(told[name] for name in ("duty_fen", "ct_fen", "vat_fen"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_a_stranger_reckons_in_the_browser(browser: Browser, live_server: Any, view: tuple[str, int, str]) -> None:
    errors: list[str] = []
    page = opened(browser, live_server.url, errors, view)
    page.goto(f"{live_server.url}/")
    if view[1] < 600:
        page.click(".menu-open")
    page.click(f"#pnav a[href='{PAGE}']")
    assert complaints(page) + left_in_chinese(page) == []
    for name, text in {"code": SHAMPOO, "price": "100", "qty": "2", "freight": "10"}.items():
        page.fill(f"#f-{name}", text)
    page.click("main form button[type=submit]")
    page.wait_for_selector("[data-channel=within]")
    assert "19.11" in page.inner_text("[data-figure=due]")
    assert complaints(page) + left_in_chinese(page) == []
    page.goto(f"{live_server.url}{PAGE}?code={BAG}&price=3000&qty=2")
    assert page.locator("[data-channel=closed]").count() == 1
    assert complaints(page) + left_in_chinese(page) == []
    assert errors == []
