"""The pages of risk, as each audience sees them, in both languages."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gongfu.base.access.actions import add_person
from gongfu.base.access.actor import OPERATOR, WORKER
from gongfu.base.access.models import Person
from gongfu.base.cards import cards
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.registers.models import Entry
from gongfu.modules.declarations.models import Declaration
from gongfu.modules.risk import actions
from gongfu.modules.risk.detecting import detect
from gongfu.modules.risk.models import Item, Run, StepTime
from gongfu.zones.plan import Plan
from journeys.browser import VIEWS, chromium, complaints_everywhere, left_in_chinese, settled
from journeys.browser import signed_in as signed_in_browser
from journeys.test_reconciliation import NIGHT, bought
from journeys.test_whitelist import CODE, ZONE, admitted, lists, moved

pytestmark = [pytest.mark.feature("risk.whitelist"), pytest.mark.django_db]


def signed_in(role: str, code: str = "", zone: str = ZONE) -> Client:
    name = f"p.{role}.{zone}"
    add_person(OPERATOR, name, "a-long-password-1", role=role, title=role, zone=zone, party_code=code)
    client = Client()
    client.force_login(Person.objects.get(username=name), backend="django.contrib.auth.backends.ModelBackend")
    return client


def item(**more: Any) -> Item:
    told = {
        "zone": ZONE,
        "source": "clock",
        "kind": "late",
        "key": "7",
        "day": civil_date(clock.now()),
        "party_code": CODE,
        "ours": "100000",
        "theirs": "inspection|90000",
    }
    return Item.objects.create(**{**told, **more})


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_every_page_of_an_office_and_a_firm_opens(lang: str) -> None:
    admitted()
    item()
    Run.objects.create(
        zone=ZONE, day=civil_date(clock.now()), source="window", ours=1, theirs=1, found={"state": 1}, at=clock.now()
    )
    office, firm = signed_in("officer.customs"), signed_in("firm.operator", CODE)
    seen = {}
    for client, portal, paths in (
        (
            office,
            "bureau",
            (
                "clearance",
                "clocks",
                "whitelist",
                f"whitelist/{CODE}",
                "reconciliation",
                "reconciliation/days",
                f"reconciliation/{Item.objects.get().pk}",
            ),
        ),
        (firm, "enterprise", ("standing", "clocks", "reconciliation")),
    ):
        client.cookies["django_language"] = lang
        for path in paths:
            answer = client.get(f"/{portal}/{path}")
            assert answer.status_code == 200, (path, answer.status_code)
            seen[f"{portal}/{path}"] = answer.content.decode()
    assert ("Inspection" if lang == "en" else "查验") in seen["bureau/reconciliation"]
    assert "1.00 %" in seen["enterprise/standing"]
    said = "stated by the committee" if lang == "en" else "委员会陈述"
    assert seen["enterprise/standing"].count(f">{said}</span>") == 2


def test_an_item_is_taken_on_and_settled_on_its_page_and_many_at_once() -> None:
    office, one, other = signed_in("officer.customs"), item(), item(key="8")
    place = f"/bureau/reconciliation/{one.pk}"
    assert office.post(place, {"verb": "assign"}).status_code == 302
    assert office.post(place, {"verb": "settle", "reason": " "}).status_code == 422
    assert office.post(place, {"verb": "settle", "reason": "已核对"}).status_code == 302
    office.post("/bureau/reconciliation", {"do": "settle_sent", "row": [other.pk], "sure": "1"})
    assert {(row.state, row.reason) for row in Item.objects.all()} == {
        ("settled", "已核对"),
        ("settled", "已补送，等待答复"),
    }
    assert office.get("/bureau/reconciliation?export=xlsx").content[:2] == b"PK"


def test_another_zone_and_another_firm_see_nothing() -> None:
    one = item(key="7905-OTHERS")
    assert signed_in("officer.customs", zone="deyang").get(f"/bureau/reconciliation/{one.pk}").status_code == 404
    for code, seen in (("91511300MA6DEM0155", False), (CODE, True)):
        page = signed_in("firm.operator", code).get("/enterprise/reconciliation").content.decode()
        assert ("7905-OTHERS" in page) is seen


@pytest.mark.rule("R-1206")
def test_step_times_are_public() -> None:
    StepTime.objects.create(
        zone=ZONE,
        month="2026-11",
        step="whole",
        lists=200,
        p50_s=3600,
        p90_s=7200,
        p95_s=90000,
        whitelisted=20,
        on_time=19,
    )
    page = Client().get("/clearance").content.decode()
    assert "2026-11" in page
    assert "95.00 %" in page
    assert CODE not in page


def test_an_item_is_given_to_a_colleague_on_its_page_and_found_by_owner_desk_and_time() -> None:
    me, mate = signed_in("officer.customs"), signed_in_as("li", "officer.customs", "李四")
    mine, theirs, late = item(), item(key="8"), item(key="9", kind="bill_amount", source="bills", ours="1.00", theirs="2.00")
    Item.objects.filter(pk=late.pk).update(found_at=clock.now() - timedelta(days=6))
    page = me.get(f"/bureau/reconciliation/{theirs.pk}").content.decode()
    assert "李四" in page
    assert "可信度 D" in page
    number = Person.objects.get(username="li").pk
    assert me.post(f"/bureau/reconciliation/{theirs.pk}", {"verb": "give", "to": str(number)}).status_code == 302
    assert me.post(f"/bureau/reconciliation/{mine.pk}", {"verb": "assign"}).status_code == 302
    wrong = me.post(f"/bureau/reconciliation/{mine.pk}", {"verb": "give", "to": "1"})
    assert (wrong.status_code, "同事" in wrong.content.decode()) == (422, True)
    for client, query, want in (
        (me, "owner=mine", {mine.pk}), (mate, "owner=mine", {theirs.pk}), (me, "owner=nobody", {late.pk}), (me, "owner=me", set()),
        (me, "age=overdue", {late.pk}), (me, "age=timely", {mine.pk, theirs.pk}), (me, "desk=tax_bureau", {late.pk}), (me, "desk=customs", {mine.pk, theirs.pk}),
        (me, "kind=bill_amount", {late.pk}),
    ):  # fmt: skip
        page = client.get(f"/bureau/reconciliation?{query}").content.decode()
        assert {one for one in (mine.pk, theirs.pk, late.pk) if f'href="reconciliation/{one}"' in page} == want, query
    whole = me.get("/bureau/reconciliation", headers={"accept-language": "en"}).content.decode()
    assert "李四" in whole
    assert whole.count(">Overdue</small>") == 1
    assert (civil_date(clock.now()) - timedelta(days=1)).isoformat() in whole
    assert "Tax bureau" in whole


def signed_in_as(name: str, role: str, title: str) -> Client:
    add_person(OPERATOR, name, "a-long-password-1", role=role, title=title, zone=ZONE)
    client = Client()
    client.force_login(Person.objects.get(username=name), backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.rule("R-1004")
@pytest.mark.rule("R-1023")
def test_a_signal_shows_rule_values_and_lists_to_an_office_and_nothing_to_a_firm() -> None:
    numbers = bought(5, NIGHT)
    detect(WORKER, ZONE, NIGHT.date())
    one = Item.objects.get()
    office, firm = signed_in("officer.customs"), signed_in("firm.operator", CODE)
    listed = office.get("/bureau/reconciliation?source=risk").content.decode()
    assert "疑似拆单（R-1004）" in listed
    assert "5 票、5 名订购人" in listed
    page = office.get(f"/bureau/reconciliation/{one.pk}").content.decode()
    for said in ("R-1004", "可信度 D", "不是法规", "5,000.00 元", *(f'href="../lists/{number}"' for number in numbers)):
        assert said in page, said
    english = office.get(f"/bureau/reconciliation/{one.pk}", headers={"accept-language": "en"}).content.decode()
    assert "It judges nobody and holds no list" in english
    assert Declaration.objects.filter(agent_code=CODE, pk__in=numbers).count() == 5, "the firm's own lists"
    Item.objects.filter(pk=one.pk).update(party_code=CODE)
    Declaration.objects.filter(pk=numbers[0]).update(flow="E")
    for path in ("reconciliation", "reconciliation?source=risk", "reconciliation?export=xlsx", f"lists/{numbers[0]}", "standing"):
        answer = firm.get(f"/enterprise/{path}")
        assert answer.status_code == 200, path
        body = unzipped(answer.content) if path.endswith("xlsx") else answer.content
        assert b"R-1004" not in body, path
        assert one.key.encode() not in body, path
        assert "拆单".encode() not in body, path


def unzipped(book: bytes) -> bytes:
    with ZipFile(BytesIO(book)) as parts:
        return b"".join(parts.read(name) for name in parts.namelist())


@pytest.mark.rule("R-1206")
def test_the_page_of_a_list_shows_its_clock_open_or_released() -> None:
    admitted()
    Entry.objects.update(valid_from=civil_date(clock.now()) - timedelta(days=9))
    now = clock.now()
    start = now - timedelta(hours=60)
    late, stopped, other = lists(1, "released", start)[0], lists(1, "held", start)[0], lists(1, "sent", start, code="91511300MA6DEM0155")[0]
    moved(late, ("waiting", start), ("ready", start + timedelta(hours=2)), ("sent", start + timedelta(hours=2)), ("released", start + timedelta(hours=32)))
    moved(stopped, ("waiting", start), ("held", start + timedelta(hours=1)))
    moved(other, ("waiting", start), ("ready", start + timedelta(hours=1)), ("sent", start + timedelta(hours=59)))
    actions.draw_clocks(WORKER, [late])
    office, firm = signed_in("officer.customs"), signed_in("firm.operator", CODE)
    for client, portal in ((office, "bureau"), (firm, "enterprise")):
        assert shown(client, f"/{portal}/lists/{late}") == ("放行时止", "30 时 0 分", "2 时 0 分", True, "超时")
        assert shown(client, f"/{portal}/lists/{stopped}") == ("停表", "0 秒", "60 时 0 分", True, "期限内")
        page = client.get(f"/{portal}/lists/{stopped}").content.decode()
        assert "等三单" in page
        assert "担保额度不足" in page
        assert f"{local(start + timedelta(hours=1))} – 至今" in page
    assert shown(office, f"/bureau/lists/{other}") == ("在走", "59 时 0 分", "1 时 0 分", False, "")
    assert f"{local(start)} – {local(start + timedelta(hours=1))}" in office.get(f"/bureau/lists/{other}").content.decode()
    page = office.get(f"/bureau/lists/{late}", headers={"accept-language": "en"}).content.decode()
    assert "Ended with the release" in page
    assert "Waiting for its documents" in page
    with CaptureQueriesContext(connection) as asked:
        office.get(f"/bureau/lists/{stopped}")
    assert len(asked) <= 15, [one["sql"][:60] for one in asked]
    assert shown(signed_in("officer.fx"), f"/bureau/lists/{late}") is None, "a panel asks for its own permission"


def local(at: datetime) -> str:
    return at.astimezone(NIGHT.tzinfo).strftime("%Y-%m-%d %H:%M")


def shown(client: Client, path: str) -> tuple[str, str, str, bool, str] | None:
    """(state, clock, stopped, whether whitelisted, what became of the promise) as the panel says it."""
    answer = client.get(path)
    assert answer.status_code == 200, path
    _, there, rest = answer.content.decode().partition('aria-labelledby="clock"')
    if not there:
        return None
    panel = rest.partition("</section>")[0]
    state = panel.partition('sp">')[2].partition("<")[0]
    ran, stopped = panel.partition('fw6">')[2].partition("<")[0], panel.partition("停表</dt><dd>")[2].partition("<")[0]
    kept = next((word for word in ("超时", "期限内", "按时", "未放行") if word in panel), "")
    return state, ran, stopped, "不在名单" not in panel, kept


@pytest.mark.breaks
@pytest.mark.parametrize("view", VIEWS, ids=lambda view: f"{view[0]}-{view[1]}-{view[2]}")
def test_the_pages_of_a_signal_and_of_a_clock_are_accessible_at_every_width(live_server: Any, played: Plan, view: tuple[str, int, str]) -> None:
    bought(40, NIGHT)
    detect(WORKER, played.code, NIGHT.date())
    released = Declaration.objects.filter(zone=played.code, state="closed").values_list("pk", flat=True)[0]
    add_person(OPERATOR, "li", "a-long-password-1", role="officer.customs", title="李四", zone=ZONE)
    number = Item.objects.filter(source="risk").values_list("pk", flat=True)[0]
    errors: list[str] = []
    found: list[str] = []
    with chromium() as browser:
        page = signed_in_browser(browser, live_server.url, "officer.customs", errors, view)
        for path in (f"reconciliation/{number}", f"lists/{released}"):
            page.goto(f"{live_server.url}/bureau/{path}")
            settled(page)
            found += complaints_everywhere(page) + left_in_chinese(page)
        assert page.locator("[aria-labelledby=clock]").count() == 1
    assert not found, "\n".join(found)
    assert not errors, errors


def test_every_panel_is_on_a_page_that_exists() -> None:
    known = {f"{card.module}:{screen.name}" for card in cards(settings.CARD_PACKAGES) for screen in card.screens}
    on = {panel.on for card in cards(settings.CARD_PACKAGES) for panel in card.panels}
    assert on
    assert on <= known
