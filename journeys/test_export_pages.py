"""The pages of exports: the calendar and the prepared summary, a form that sums to its lists, the chain with its advice, stock and its forms."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from gongfu.base.access.actor import OPERATOR
from gongfu.base.access.models import Person
from gongfu.base.kit.beijing import BEIJING
from gongfu.base.registers import actions as registers
from gongfu.config.accounts import demo_name
from gongfu.config.demo import accounts
from gongfu.modules.declarations.models import Declaration, FollowUp, StockEvent, SummaryForm
from gongfu.modules.drafts.models import Draft
from gongfu.modules.drafts.queries import body
from gongfu.peers import chain
from gongfu.zones.plan import Plan
from journeys.exported import declare, heard, listed, number_of, row, unit
from journeys.test_exports import SUM_NO, apply_for, cleared, hand_over, told
from journeys.test_overseas import stocked

pytestmark = pytest.mark.feature("declarations.exports")
NOW = datetime.now(BEIJING)


def signed_in(role: str) -> Client:
    if not Person.objects.filter(username=demo_name(role)).exists():
        accounts()
    http = Client()
    http.force_login(Person.objects.get(username=demo_name(role)), backend="django.contrib.auth.backends.ModelBackend")
    return http


def page(http: Client, path: str, lang: str = "zh-hans", status: int = 200) -> str:
    http.cookies["django_language"] = lang
    answer = http.get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return answer.content.decode()


@pytest.mark.rule("R-302")
def test_the_calendar_its_message_and_the_form_that_came_of_it(zone: Plan, keys: Any) -> None:
    units = cleared(zone, keys, 3)
    office, agent = signed_in("officer.customs"), signed_in("firm.operator")
    text = page(agent, "/enterprise/summaries")
    assert "2026-12-15" in text
    assert 'data-figure="lists">3<' in text
    assert "Still to be summarised" in page(office, "/bureau/summaries", "en")
    key = text.split("?of=")[1].split('"')[0]
    chosen = page(agent, f"/enterprise/summaries?of={key}")
    assert f"summaries/message?of={key}&amp;part=1" in chosen
    body = page(agent, f"/enterprise/summaries/message?of={key}&part=1")
    assert all(number_of(one) in body for one in units)
    page(agent, f"/enterprise/summaries/message?of={key}&part=2", status=422)
    assert all(number_of(one) in page(office, "/bureau/summaries/lists?month=2026-11") for one in units)
    asked = apply_for(zone, keys, units)
    told("CEB702Message", asked.guid, "399", sumNo=SUM_NO)
    hand_over(chain.results(asked, SUM_NO, listed(units), NOW))
    form = SummaryForm.objects.first()
    assert form is not None
    assert form.seq_no in page(agent, "/enterprise/forms")
    detail = page(agent, f"/enterprise/forms/{form.pk}", "en")
    assert "the forms sum exactly to the lists" in detail
    assert FollowUp.objects.get(kind="CEB701Message").number in page(agent, "/enterprise/summaries")
    whole = page(agent, f"/enterprise/lists/{row(units[0]).pk}/export")
    assert form.entry_id in whole
    assert "汇总申请单" in whole
    assert "通道建议" in whole


@pytest.mark.feature("declarations.b2b")
@pytest.mark.rule("R-408")
def test_stock_is_told_on_its_page_and_a_count_that_does_not_add_up_says_why(zone: Plan, keys: Any) -> None:
    _, line = stocked(zone, keys)
    http = signed_in("firm.operator")
    Person.objects.filter(username=demo_name("firm.operator")).update(party_code=line.declaration.ebc_code)
    http = signed_in("firm.operator")
    where = f"/enterprise/stock/{line.pk}"
    assert line.declaration.invt_no in page(http, "/enterprise/stock")
    day = f"{datetime.now(BEIJING):%Y-%m-%d}"
    sale = {"do": "event", "kind": "sold", "qty": "60", "happened_on": day, "document": "SO-1", "platform": "Amazon", "price": "9.9", "currency": "502", "country": "502"}  # fmt: skip
    assert http.post(where, sale).status_code == 302
    assert StockEvent.objects.get().qty == Decimal(60)
    refused = http.post(where, {"do": "count", "counted_on": day, "on_hand": "35"})
    assert refused.status_code == 422
    assert "还有 5 没有去向" in refused.content.decode()
    assert http.post(where, {"do": "count", "counted_on": day, "on_hand": "40"}).status_code == 302
    assert 'data-figure="on_hand">40<' in page(http, where, "en")
    office = signed_in("officer.customs")
    assert http.post(where, {**sale, "qty": "41", "document": "SO-2"}).status_code == 422
    assert "Report a count" not in page(office, f"/bureau/stock/{line.pk}", "en")


@pytest.mark.feature("declarations.b2b")
@pytest.mark.rule("R-403")
def test_an_industry_template_fills_the_list_and_names_the_lane(zone: Plan, keys: Any) -> None:
    http = signed_in("firm.operator")
    assert "电子信息" in page(http, "/enterprise/industries")
    given = (
        "industry=auto_parts&mode=9710&item_no=A1&hs10=8708299000&name=x&country=502&qty=100&price=60&net_kg=30&gross_kg=31&packs=1&brand_kind=1"
        "&preference=0&use=a&brand=b&model=c&material=d"
    )
    text = page(http, f"/enterprise/industries?{given}")
    assert 'data-figure="best">form<' in text
    assert "1|0|a|b|c|d" in text
    assert "超过 5,000.00" in text
    assert 'data-figure="best">list<' in page(
        http, f"/enterprise/industries?{given.replace('price=60', 'price=6')}", "en"
    )
    page(http, f"/enterprise/industries?{given.replace('qty=100', 'qty=x')}", status=422)
    answer = http.post("/enterprise/drafts/from-template", dict(QueryDict(given).items()))
    draft = Draft.objects.get()
    assert answer["Location"] == f"/enterprise/drafts/{draft.pk}"
    told = body(draft)
    assert (told["head"]["tradeMode"], told["head"]["netWeight"], told["lines"][0]["gcode"]) == ("9710", "30", "8708299000")
    assert told["lines"][0]["gmodel"] == "1|0|a|b|c|d"
    assert http.post("/enterprise/drafts/from-template", {"industry": "none"})["Location"] == "/enterprise/industries"


@pytest.mark.feature("declarations.b2b")
@pytest.mark.rule("R-406")
def test_loose_cargo_is_inspected_before_it_is_loaded(zone: Plan, keys: Any) -> None:
    http = signed_in("firm.operator")
    page(http, "/enterprise/loading", "en")
    step = {"carrier": "L", "waybill": "W1", "customs_code": "7913", "site": "S1"}
    unready = http.post("/enterprise/loading", {**step, "step": "received", "packs": "2", "grams": "900"})
    assert (unready.status_code, "network with customs" in unready.content.decode()) == (422, True)
    functions = [{"function": "inspect_first", "document": "署监函〔2024〕1号", "approved_on": "2024-12-15"}]
    site = {"code": "S1", "title": "场所", "kind": "supervised", "modes": ["9710"], "networked": "是", "functions": functions}
    assert registers.write(OPERATOR, "declarations.site", zone=zone.code, raw=site).findings == []
    assert (
        http.post("/enterprise/loading", {**step, "step": "received", "packs": "2", "grams": "900"}).status_code == 302
    )
    early = http.post("/enterprise/loading", {**step, "step": "loaded", "container": "C"})
    assert early.status_code == 422
    assert "查验" in early.content.decode()
    assert http.post("/enterprise/loading", {**step, "step": "inspected", "sound": "on"}).status_code == 302
    assert "散货入场" in page(http, "/enterprise/loading?carrier=L&waybill=W1")


@pytest.mark.feature("declarations.b2b")
@pytest.mark.rule("R-404")
def test_9710_rests_on_a_business_order_and_runs_to_899(zone: Plan, keys: Any) -> None:
    wrong = unit(zone, 7, mode="9710")
    wrong.heads["CEB303Message"]["orderType"] = "E"
    declare(zone, keys, [wrong])
    refused = Declaration.objects.get(order_no=wrong.order_no)
    assert (refused.state, refused.reason) == ("refused", "BIZ-MATCH-ORDER-TYPE")
    sound = unit(zone, 8, mode="9710")
    declare(zone, keys, [sound])
    heard([sound], "2", "120", "800", "899")
    assert row(sound).state == "closed"
    assert page(signed_in("officer.customs"), f"/bureau/lists/{row(sound).pk}/export", "en").count("Lane advised") == 1
