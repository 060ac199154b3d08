"""Drafts handed in together: few messages, each document by itself; agents with several principals; corrected and handed in again."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from gongfu.base.access import mandates
from gongfu.base.access.actor import Actor, of_person
from gongfu.base.access.models import Person
from gongfu.base.events import worker
from gongfu.base.files import queries as files
from gongfu.base.jobs.models import Job
from gongfu.base.kit.beijing import BEIJING
from gongfu.base.screens import workbooks
from gongfu.base.screens.sheets import Sheet
from gongfu.core.fields import Field
from gongfu.modules.declarations.models import Declaration
from gongfu.modules.drafts import actions, handlers, queries
from gongfu.modules.drafts.handlers import HEADS
from gongfu.modules.drafts.layouts import LINES, TOGETHER
from gongfu.modules.drafts.models import Draft
from gongfu.modules.drafts.sheet import SHEETS
from gongfu.modules.intake.models import Message, Receipt
from gongfu.modules.trade.models import Order
from gongfu.peers.firms import Firm, firms
from gongfu.zones.plan import Plan
from journeys.customs import tell
from journeys.test_drafts import Desk, made, person

pytestmark = [pytest.mark.feature("declarations.imports"), pytest.mark.feature("declarations.exports")]
ORDER, LIST = "CEB311Message", "CEB621Message"


@pytest.fixture
def seller(zone: Plan, keys: Any) -> Desk:
    return made(zone, keys, export=False)


def client(actor: Actor) -> Client:
    http = Client()
    http.force_login(Person.objects.get(pk=int(actor.name.removeprefix("person:"))))
    return http


def many(actor: Actor, rows: Sequence[Draft]) -> list[dict[str, str]]:
    """The drafts handed in as one job; the rows of its workbook."""
    client(actor).post("/enterprise/drafts", {"do": "submit", "row": [row.pk for row in rows]})
    worker.drain()
    job = Job.objects.latest("pk")
    assert (job.state, job.done, job.total) == ("done", len(rows), len(rows))
    assert job.file is not None
    titles = [Field(en, zh, en) for zh, en in HEADS]
    return workbooks.read(b"".join(files.content(job.file)), "r.xlsx", titles).rows


def orders(desk: Desk, count: int) -> list[Draft]:
    return [desk.typed(ORDER, orderNo=f"P{at:03d}", payTransactionId=f"PAY{at:03d}") for at in range(count)]


def test_drafts_of_one_kind_and_firm_go_in_one_message_and_a_faulty_one_stays(seller: Desk) -> None:
    """Each document keeps its own guid, its own findings and its own result page."""
    rows = orders(seller, 4)
    bad = seller.typed(ORDER, orderNo="P900", goodsValue="0.01")
    told = many(seller.actor, [*rows, bad])
    assert [row["Result"] for row in told] == ["已提交"] * 4 + ["未提交"]
    assert {row["For the firm"] for row in told} == {seller.unit.seller.code}
    message = Message.objects.get()
    assert (message.documents, message.sound) == (4, 4)
    assert set(Order.objects.values_list("guid", flat=True)) == {row.guid for row in rows}
    kept = {row.pk: row for row in Draft.objects.all()}
    assert {kept[row.pk].message_id for row in rows} == {message.pk}
    assert (kept[bad.pk].state, kept[bad.pk].message_id, bool(kept[bad.pk].faults)) == ("draft", None, True)
    page = client(seller.actor).get(f"/enterprise/drafts/{rows[2].pk}").content.decode()
    assert f"../messages/{message.pk}" in page
    assert Receipt.objects.filter(message_id=message.pk, document_guid=rows[2].guid).count() == 1


def test_a_document_refused_among_others_shows_its_own_finding_and_is_corrected_from_its_page(seller: Desk) -> None:
    """Two orders under one number: the one the door refuses is named alone, and goes out again under a new guid."""
    first, other = seller.typed(ORDER), seller.typed(ORDER, orderNo="P001", payTransactionId="PAY001")
    assert actions.submit(seller.actor, first.pk).findings == []
    worker.drain()
    again = seller.typed(ORDER, buyerName=queries.body(first)["head"]["buyerName"])
    many(seller.actor, [again, other])
    message = Message.objects.latest("pk")
    assert (message.documents, message.sound) == (2, 1)
    http = client(seller.actor)
    refused, sound = (http.get(f"/enterprise/drafts/{one.pk}").content.decode() for one in (again, other))
    assert "改正重报" in refused
    assert 'class="fd' in refused
    assert "改正重报" not in sound
    assert 'class="fd' not in sound
    answer = http.post(f"/enterprise/drafts/again?message={message.pk}", {"document": again.guid})
    fresh = Draft.objects.latest("pk")
    assert answer["Location"].startswith(f"/enterprise/drafts/{fresh.pk}")
    actions.save(seller.actor, fresh.pk, {"orderNo": "P002", "payTransactionId": "PAY002"})
    assert actions.submit(seller.actor, fresh.pk).findings == []
    worker.drain()
    assert set(Order.objects.values_list("order_no", flat=True)) == {first.number, "P001", "P002"}


def test_a_message_has_a_hundred_documents_at_most_and_no_more_than_its_size_allows(
    seller: Desk, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    assert TOGETHER == 100
    monkeypatch.setattr(handlers, "TOGETHER", 2)
    many(seller.actor, orders(seller, 5))
    assert sorted(Message.objects.values_list("documents", flat=True)) == [1, 2, 2]
    monkeypatch.setattr(handlers, "TOGETHER", 100)
    rows = [seller.typed(ORDER, orderNo=f"Q{at}", payTransactionId=f"QP{at}") for at in range(3)]
    one = len(queries.codec.encode(queries.message(rows[0], [queries.made(rows[0], queries.body(rows[0]), queries.now())], "")))
    settings.MESSAGE_MAX_BYTES = queries.SIGNATURE_BYTES + 2 * one + one // 2
    many(seller.actor, rows)
    assert sorted(Message.objects.filter(guid__in=[row.guid for row in rows]).values_list("documents", flat=True)) == [1, 2]
    settings.MESSAGE_MAX_BYTES = 100
    small = seller.typed(ORDER, orderNo="Q9", payTransactionId="QP9")
    assert [one.code for one in actions.submit(seller.actor, small.pk).findings] == ["LIMIT-SIZE"]
    assert Draft.objects.get(pk=small.pk).state == "draft"


def test_one_draft_that_cannot_be_read_stops_no_other(seller: Desk) -> None:
    rows = orders(seller, 3)
    Draft.objects.filter(pk=rows[1].pk).update(body=b"no cipher at all, and long enough to look like one")
    told = many(seller.actor, rows)
    assert [row["Result"] for row in told] == ["已提交", "未提交", "已提交"]
    assert "BATCH-FAILED" not in told[0]["Reason"]
    assert Order.objects.count() == 2


def test_two_sessions_handing_in_the_same_drafts_hand_in_each_once(seller: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second waits for the first and then finds them gone: were it not so, both would be judging at the same time."""
    rows = orders(seller, 3)
    numbers, real = [row.pk for row in rows], queries.judged
    inside, both = [], threading.Event()

    def judged(*given: Any) -> Any:
        inside.append(threading.current_thread().name)
        if len(inside) > 1:
            both.set()
        both.wait(1)
        return real(*given)

    monkeypatch.setattr(queries, "judged", judged)
    told: dict[str, dict[int, list[str]]] = {}

    def session(name: str) -> None:
        found = actions.submit_together(seller.actor, numbers).findings
        told[name] = {number: [one.code for one in said] for number, said in found.items()}
        connections.close_all()

    threads = [threading.Thread(target=session, args=(name,), name=name) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(told.values(), key=str) == [dict.fromkeys(numbers, ["DRAFT-STATE"]), dict.fromkeys(numbers, [])]
    worker.drain()
    assert (Message.objects.count(), Order.objects.count()) == (1, 3)


# ── an agent of several principals ────────────────────────────────────────────
def mandated(desk: Desk, *principals: Firm) -> Actor:
    """The broker's clerk, with mandates of these firms."""
    person(desk.unit.agent, "broker.operator", "broker")
    for at, firm in enumerate(principals):
        boss = person(firm, "firm.admin", f"boss{at}")
        assert mandates.give(boss, desk.unit.agent.code, ["declaring"], datetime.now(BEIJING).date()).mandate
    return of_person(Person.objects.get(username="broker"))


@pytest.mark.rule("R-1402")
def test_a_workbook_of_several_principals_becomes_their_drafts_and_goes_out_in_their_names(seller: Desk) -> None:
    """The column names the firm: with a mandate its rows are taken, without one they are set aside, and no other row suffers."""
    known = firms(seller.zone)["ecommerce"]
    first, second = seller.unit.seller, next(one for one in known if one.code != seller.unit.seller.code)
    stranger = next(one for one in known if one.code not in (first.code, second.code))
    broker = mandated(seller, first, second)
    given = seller.body(ORDER)
    line = {f"{LINES}-{name}": text for name, text in given[LINES][0].items()}
    rows = [
        {**given["head"], **line, "orderNo": f"A{at}", "payTransactionId": f"AP{at}", "ebcCode": firm.code, "ebcName": "", "goodsValue": "", "acturalPaid": "", "party_code": firm.code}
        for at, firm in enumerate((first, second, stranger, first))
    ]  # fmt: skip
    sheet = next(one for one in SHEETS if one.name == "import-orders")
    texts = [{name: str(text) for name, text in row.items()} for row in rows]
    checked = sheet.checked(broker, Sheet(texts, [], list(range(3, 7))))
    assert [(number, [one.code for one in said]) for number, _, said in checked.bad] == [(5, ["DRAFT-FIRM"])]
    b"".join(sheet.carried_out(broker, Sheet(texts, [], list(range(3, 7))), "zh", lambda done, total: None))
    drafts = list(Draft.objects.order_by("pk"))
    assert [(one.party_code, one.agent_code) for one in drafts] == [(code, seller.unit.agent.code) for code in (first.code, second.code, first.code)]  # fmt: skip
    told = many(broker, drafts)
    assert [row["Result"] for row in told] == ["已提交"] * 3, told
    assert sorted(Message.objects.values_list("sender_code", "documents")) == sorted([(first.code, 2), (second.code, 1)])
    assert set(Order.objects.values_list("order_no", "ebc_code")) == {("A0", first.code), ("A1", second.code), ("A3", first.code)}  # fmt: skip


# ── corrected and handed in again ─────────────────────────────────────────────
def typist(desk: Desk, *, by_agent: bool) -> Actor:
    return mandated(desk, desk.unit.seller) if by_agent else desk.actor


def handed_in(desk: Desk, actor: Actor, **wrong: str) -> Draft:
    """The order and the list of the purchase typed and handed in, the list with something else in its head; the others' papers sent."""
    drafts = []
    for kind, other in ((ORDER, {}), (LIST, wrong)):
        given = desk.body(kind)
        given["head"] |= other
        done = actions.begin(actor, kind, desk.unit.seller.code, given=given)
        assert done.draft is not None
        assert actions.submit(actor, done.draft.pk).findings == []
        drafts.append(done.draft)
    worker.drain()
    desk.send("CEB411Message", "CEB511Message")
    return Draft.objects.get(pk=drafts[1].pk)


def corrected(actor: Actor, draft: Draft, **right: str) -> Draft:
    """From the page of what became of the draft: a new one, mended and handed in."""
    http = client(actor)
    assert f"again?message={draft.message_id}" in http.get(f"/enterprise/drafts/{draft.pk}").content.decode()
    http.post(f"/enterprise/drafts/again?message={draft.message_id}", {"document": draft.guid})
    fresh = Draft.objects.latest("pk")
    assert (fresh.party_code, fresh.guid == draft.guid) == (draft.party_code, False)
    if right:
        actions.save(actor, fresh.pk, right)
    assert actions.submit(actor, fresh.pk).findings == []
    worker.drain()
    return Draft.objects.get(pk=fresh.pk)


@pytest.mark.rule("R-207")
@pytest.mark.parametrize("by_agent", [False, True], ids=["own", "agent"])
def test_a_list_refused_by_matching_is_corrected_and_goes_on(seller: Desk, by_agent: bool) -> None:
    actor = typist(seller, by_agent=by_agent)
    right = seller.unit.heads[LIST]["buyerName"]
    draft = handed_in(seller, actor, buyerName="别人")
    refused = Declaration.objects.get()
    assert (refused.state, refused.reason) == ("refused", "BIZ-MATCH-BUYER")
    fresh = corrected(actor, draft, buyerName=right)
    row = Declaration.objects.get(guid=fresh.guid)
    assert (row.state, row.sender_code, row.findings) == ("ready", seller.unit.seller.code, [])


@pytest.mark.parametrize("by_agent", [False, True], ids=["own", "agent"])
def test_a_list_rejected_by_customs_is_handed_in_again(seller: Desk, by_agent: bool) -> None:
    actor = typist(seller, by_agent=by_agent)
    draft = handed_in(seller, actor)
    assert Declaration.objects.get().state == "ready"
    tell("CEB622Message", [{"guid": draft.guid, "returnStatus": "100", "returnTime": f"{datetime.now(BEIJING):%Y%m%d%H%M%S}000"}])
    assert Declaration.objects.get().state == "rejected"
    fresh = corrected(actor, draft)
    assert Declaration.objects.get(guid=fresh.guid).state == "ready"
