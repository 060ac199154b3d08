"""A month's summary handed in from its page: confirmed, signed by the platform for the declarant, in as many messages as it takes, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser

from gongfu.base.access import mandates
from gongfu.base.access.actions import add_person
from gongfu.base.access.actor import OPERATOR, of_person
from gongfu.base.access.models import Person
from gongfu.base.audit.models import Entry
from gongfu.base.events import worker
from gongfu.base.files import queries as files
from gongfu.base.jobs.models import Job
from gongfu.base.kit.beijing import BEIJING
from gongfu.base.screens import workbooks
from gongfu.core.ceb import codec, gate
from gongfu.core.fields import Field
from gongfu.core.rule import Finding
from gongfu.modules.declarations import summarising, summed
from gongfu.modules.declarations.handlers import SUMMARISED
from gongfu.modules.declarations.models import Exported, FollowUp, SummaryForm
from gongfu.modules.intake import queries as received
from gongfu.modules.intake.models import Message, Receipt
from gongfu.peers import chain
from gongfu.zones.plan import Plan
from journeys.browser import VIEWS, chromium, complaints, signed_in
from journeys.exported import listed, number_of
from journeys.test_drafts import person
from journeys.test_exports import NOW, SUM_NO, cleared, hand_over, told

pytestmark = [pytest.mark.feature("declarations.exports"), pytest.mark.rule("R-302"), pytest.mark.rule("R-303")]
PASSWORD = "long enough a secret"  # noqa: S105  (of a person of this test alone)
PAGE = "/enterprise/summaries"


def client(name: str) -> Client:
    http = Client()
    http.force_login(Person.objects.get(username=name))
    return http


def text(http: Client, path: str, status: int = 200) -> str:
    answer = http.get(path)
    assert answer.status_code == status
    return answer.content.decode()


def declarant(unit: Any, name: str = "declarant", role: str = "broker.operator") -> Client:
    person(unit.agent, role, name)
    return client(name)


def key(http: Client) -> str:
    return text(http, PAGE).split("?of=")[1].split('"')[0]


def hand_in(http: Client, of: str, lists: int) -> Any:
    return http.post(PAGE, {"of": of, "lists": lists})


def test_a_month_is_confirmed_and_handed_in_for_its_declarant(zone: Plan, keys: Any) -> None:
    units = cleared(zone, keys, 3)
    http = declarant(units[0])
    of = key(http)
    asked = text(http, f"{PAGE}?of={of}&ask=1")
    forms = summed.preview(OPERATOR, summed.months(OPERATOR)[0])["form"].n_unique()
    assert f'data-figure="asked">3</b> 份清单，分 1 份报文；按 R-303 归并为 <b data-figure="forms">{forms}</b> 份报关单' in asked
    assert "海关接受后不能撤回" in asked
    answer = hand_in(http, of, 3)
    message = Message.objects.get(type="CEB701Message")
    assert answer["Location"] == f"/enterprise/messages/{message.pk}"
    assert (message.channel, message.sender_code) == ("form", units[0].agent.code)
    worker.drain()
    row = FollowUp.objects.get(kind="CEB701Message")
    assert (row.state, row.sender_code) == ("ready", units[0].agent.code)
    assert set(Exported.objects.values_list("summary", flat=True)) == {row.pk}
    assert f'href="messages/{message.pk}">{row.number}' in text(http, PAGE)
    assert Receipt.objects.filter(message_id=message.pk, status="2").count() == 1
    entry = Entry.objects.get(verb="declarations.summarise")
    assert entry.facts == {"messages": [message.pk], "lists": 3}


def test_a_month_handed_in_twice_is_refused_with_its_finding(zone: Plan, keys: Any) -> None:
    """Before the first was read the rules say it of each list; afterwards the page does, and nothing goes out."""
    http = declarant(cleared(zone, keys, 2)[0])
    of = key(http)
    hand_in(http, of, 2)
    hand_in(http, of, 2)
    worker.drain()
    first, second = Message.objects.filter(type="CEB701Message").order_by("pk")
    assert (first.state, second.state) == ("accepted", "refused")
    assert [(one["code"], one["rules"]) for one in second.findings] == [("BIZ-SUMMARY-TWICE", ["R-303"])] * 2
    third = hand_in(http, of, 2)
    assert third.status_code == 422
    assert "已经列入汇总申请" in third.content.decode()
    assert "R-303" in third.content.decode()
    assert Message.objects.filter(type="CEB701Message").count() == 2
    assert FollowUp.objects.filter(kind="CEB701Message").count() == 1


def test_another_number_of_lists_than_was_confirmed_is_asked_again(zone: Plan, keys: Any) -> None:
    http = declarant(cleared(zone, keys, 2)[0])
    of = key(http)
    for lists in (1, 3, "x"):
        answer = hand_in(http, of, lists)  # type: ignore[arg-type]
        assert answer.status_code == 422
        assert "现在是 2 份" in answer.content.decode()
    said = [one.code for one in summarising.hand_in(of_person(Person.objects.get(username="declarant")), of, 1).findings]
    assert said == ["SUMMARY-CHANGED"]
    assert not Message.objects.filter(type="CEB701Message").exists()


@pytest.mark.rule("R-1402")
def test_only_the_declarants_people_and_its_agents_hand_it_in(zone: Plan, keys: Any) -> None:
    """The seller sees the month and may not; nor may who only reads; an agent may while its mandate holds."""
    unit = cleared(zone, keys, 2)[0]
    assert unit.seller.code != unit.agent.code
    seller = person(unit.seller, "firm.admin", "seller")
    of = key(client("seller"))
    assert "ask=1" not in text(client("seller"), f"{PAGE}?of={of}")
    refused = hand_in(client("seller"), of, 2)
    assert refused.status_code == 422
    assert unit.agent.code in refused.content.decode()
    assert [one.code for one in summarising.hand_in(seller, of, 2).findings] == ["SUMMARY-DECLARANT"]
    assert hand_in(declarant(unit, "reader", "firm.viewer"), of, 2).status_code == 403
    boss = person(unit.agent, "firm.admin", "boss")
    person(unit.carrier, "broker.operator", "agent")
    assert [one.code for one in summarising.hand_in(of_person(Person.objects.get(username="agent")), of, 2).findings] == ["SUMMARY-NONE"]  # fmt: skip
    given = mandates.give(boss, unit.carrier.code, ["declaring"], datetime.now(BEIJING).date()).mandate
    assert given
    assert "ask=1" in text(client("agent"), f"{PAGE}?of={of}")
    assert hand_in(client("agent"), of, 2).status_code == 302
    message = Message.objects.get(type="CEB701Message")
    assert message.sender_code == unit.agent.code
    assert text(client("agent"), f"/enterprise/messages/{message.pk}")
    mandates.withdraw(boss, given.pk)
    assert [one.code for one in summarising.hand_in(of_person(Person.objects.get(username="agent")), of, 2).findings] == ["SUMMARY-NONE"]  # fmt: skip


def parts() -> list[tuple[str, str, int]]:
    """(part, of how many, lists) of every summary message, as it lies in the originals."""
    found = []
    for number in Message.objects.filter(type="CEB701Message").order_by("pk").values_list("pk", flat=True):
        root = gate.parse(received.original(number)).root
        assert root is not None
        document = codec.decode(root).documents[0]
        found.append((document.head["msgSeqNo"], document.head["msgCount"], len(document.items)))
    return found


def test_a_month_of_several_messages_is_one_job_with_progress(zone: Plan, keys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five lists, two a message: each list in one part, none left out, whatever is read meanwhile."""
    monkeypatch.setattr(summed, "PER_MESSAGE", 2)
    http = declarant(cleared(zone, keys, 5)[0])
    of = key(http)
    assert "分 3 份报文" in text(http, f"{PAGE}?of={of}&ask=1")
    assert hand_in(http, of, 5)["Location"] == "/enterprise/jobs"
    worker.drain()
    job = Job.objects.get()
    assert (job.state, job.done, job.total) == ("done", 3, 3)
    assert parts() == [("1", "3", 2), ("2", "3", 2), ("3", "3", 1)]
    assert not Exported.objects.filter(summary=None).exists()
    assert {one.number.partition("/")[2] for one in FollowUp.objects.filter(kind="CEB701Message")} == {"1", "2", "3"}
    assert job.file is not None
    rows = workbooks.read(b"".join(files.content(job.file)), "r.xlsx", [Field(en, zh, en) for zh, en in SUMMARISED]).rows
    numbers = list(Message.objects.filter(type="CEB701Message").order_by("pk").values_list("pk", flat=True))
    assert [(row["Lists"], row["Message"], row["Result"]) for row in rows] == [(lists, str(number), "已提交") for lists, number in zip("221", numbers, strict=True)]  # fmt: skip
    hand_in(http, of, 5)
    worker.drain()
    again = Job.objects.latest("pk")
    assert again.state == "done"
    assert again.file is not None
    rows = workbooks.read(b"".join(files.content(again.file)), "r.xlsx", [Field(en, zh, en) for zh, en in SUMMARISED]).rows
    assert ["一份清单只能汇总一次" in row["What to do"] for row in rows] == [True]


def test_what_the_door_does_not_take_is_told_and_stays_to_be_summarised(zone: Plan, keys: Any, settings: Any) -> None:
    http = declarant(cleared(zone, keys, 2)[0])
    of = key(http)
    settings.MESSAGE_MAX_BYTES = 100
    answer = hand_in(http, of, 2)
    assert answer.status_code == 422
    assert Finding("LIMIT-SIZE").title() in answer.content.decode()
    assert not Message.objects.filter(type="CEB701Message").exists()
    assert 'data-figure="lists">2<' in answer.content.decode()


# ── in the browser ────────────────────────────────────────────────────────────
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_a_firm_without_software_goes_from_cleared_lists_to_its_forms(
    browser: Browser, live_server: Any, zone: Plan, keys: Any, view: tuple[str, int, str]
) -> None:
    """Cleared lists → the calendar → confirmed and handed in → 702 → 792, every page sound in both languages and widths."""
    units = cleared(zone, keys, 3)
    firm = units[0].agent
    add_person(OPERATOR, "clerk", PASSWORD, role="broker.operator", title="经办", zone=firm.zone, party_code=firm.code)
    errors: list[str] = []
    page = signed_in(browser, live_server.url, "", errors, view, PASSWORD, "clerk")
    page.goto(f"{live_server.url}{PAGE}")
    page.click("a[href^='?of=']")
    page.click("a[href*='ask=1']")
    page.wait_for_selector("#ask .note.warn")
    assert page.inner_text("[data-figure=asked]") == "3"
    assert complaints(page) == []
    page.click("#ask button[type=submit]")
    page.wait_for_url("**/enterprise/messages/*")
    worker.drain()
    page.reload()
    assert complaints(page) == []
    row = FollowUp.objects.get(kind="CEB701Message")
    told("CEB702Message", row.guid, "399", sumNo=SUM_NO)
    root = gate.parse(received.original(row.message_id)).root
    assert root is not None
    hand_over(chain.results(codec.decode(root).documents[0], SUM_NO, listed(units), NOW))
    page.goto(f"{live_server.url}{PAGE}")
    assert page.locator("[data-figure=lists]").count() == 0
    page.click(f"a[href='forms?q={SUM_NO}']")
    form = SummaryForm.objects.order_by("pk").first()
    assert form is not None
    page.click(f"a[href$='forms/{form.pk}']")
    page.wait_for_selector("h1")
    assert all(number_of(one) in page.content() for one in units if form.lines.filter(declaration__order_no=one.order_no))
    assert complaints(page) == []
    assert errors == []
