"""Firms without software: documents typed in the browser go the same way as messages, for the own firm and under a mandate."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client

from gongfu.base.access import mandates
from gongfu.base.access.actions import add_person
from gongfu.base.access.actor import OPERATOR, WORKER, Actor, of_person
from gongfu.base.access.models import Person
from gongfu.base.events import worker
from gongfu.base.files import queries as files
from gongfu.base.jobs.models import Job
from gongfu.base.kit.beijing import BEIJING
from gongfu.base.screens import workbooks
from gongfu.base.screens.sheets import Sheet
from gongfu.core.ceb import codec, sign
from gongfu.core.fields import Field
from gongfu.modules.declarations.models import Declaration
from gongfu.modules.drafts import actions, queries
from gongfu.modules.drafts.handlers import HEADS
from gongfu.modules.drafts.layouts import LINES, forms
from gongfu.modules.drafts.models import Draft
from gongfu.modules.drafts.sheet import SHEETS
from gongfu.modules.intake import queries as received
from gongfu.modules.intake.actions import accept
from gongfu.modules.intake.models import Message, Receipt
from gongfu.modules.tax import queries as tax
from gongfu.modules.trade.models import Order
from gongfu.peers.day import message, units
from gongfu.peers.firms import Firm, firms
from gongfu.peers.orders import Unit, goods, make
from gongfu.zones.plan import Plan

pytestmark = [pytest.mark.feature("declarations.imports"), pytest.mark.feature("declarations.exports")]


def username(firm: Firm, role: str = "firm.operator") -> str:
    return f"p-{firm.code[-6:]}-{role}"


def person(firm: Firm, role: str = "firm.operator", name: str = "") -> Actor:
    """Someone of the firm."""
    name = name or username(firm, role)
    add_person(OPERATOR, name, "long enough a secret", role=role, title=name, zone=firm.zone, party_code=firm.code)
    return of_person(Person.objects.get(username=name))


@dataclass
class Desk:
    """A seller's desk, and a sound purchase whose papers are to be typed."""

    zone: Plan
    keys: Any
    unit: Unit
    actor: Actor

    @property
    def actor_name(self) -> str:
        return username(self.unit.seller)

    def body(self, kind: str) -> dict[str, Any]:
        """What a person would type of the purchase's own document."""
        form, head = forms()[kind], self.unit.heads[kind]
        lines = self.unit.lines[kind]
        return {
            "head": {one.field.name: str(head.get(one.field.name, "")) for one in form.head},
            LINES: [{one.field.name: str(line.get(one.field.name, "")) for one in form.line} for line in lines],
        }

    def typed(self, kind: str, **other: str) -> Draft:
        given = self.body(kind)
        given["head"] |= other
        done = actions.begin(self.actor, kind, self.unit.seller.code, given=given)
        assert done.draft is not None, done.findings
        return done.draft

    def send(self, *kinds: str) -> None:
        """The others' documents, by interface."""
        by = {"CEB411Message": self.unit.payer, "CEB505Message": self.unit.carrier, "CEB511Message": self.unit.carrier}
        for kind in kinds:
            data = message(kind, by[kind], [self.unit], self.keys, Random(1))
            accept(WORKER, data, zone=self.zone.code, sender_code=by[kind].code, channel="cli")
        worker.drain()


@pytest.fixture(params=["9610", "import"])
def desk(zone: Plan, keys: Any, request: pytest.FixtureRequest) -> Desk:
    return made(zone, keys, export=request.param == "9610")


def made(zone: Plan, keys: Any, *, export: bool, mode: str = "9610") -> Desk:
    now = datetime.now(BEIJING)
    if export and mode == "1210":
        unit = make(zone, 5_000, Random(5), now.replace(tzinfo=None) - timedelta(minutes=5), goods(), mode, export, 90)
    else:
        unit = next(one for one in units(zone, 90, 5, now.date(), faulty=False) if one.export is export and one.mode == mode)  # fmt: skip
    return Desk(zone, keys, unit, person(unit.seller))


def test_an_order_and_a_list_typed_go_the_same_way_as_messages(desk: Desk) -> None:
    """Handed in, they are recorded, matched with the others' papers and answered like any message, with the firm as sender."""
    order, listed = ("CEB303Message", "CEB603Message") if desk.unit.export else ("CEB311Message", "CEB621Message")
    first = desk.typed(order)
    done = actions.submit(desk.actor, first.pk)
    assert done.findings == []
    worker.drain()
    assert Order.objects.get().order_no == desk.unit.order_no
    second = desk.typed(listed)
    assert actions.submit(desk.actor, second.pk).findings == []
    worker.drain()
    desk.send(*(["CEB505Message"] if desk.unit.export else ["CEB411Message", "CEB511Message"]))
    row = Declaration.objects.get()
    assert (row.state, row.sender_code, row.findings) == ("ready", desk.unit.seller.code, [])
    kept = Message.objects.get(type=listed)
    assert (kept.channel, kept.state, kept.sender_code) == ("form", "accepted", desk.unit.seller.code)
    assert Receipt.objects.filter(message_id=kept.pk, status="2").count() == 1


# ── whose, and how it is kept ─────────────────────────────────────────────────
@pytest.fixture
def seller(zone: Plan, keys: Any) -> Desk:
    return made(zone, keys, export=False)


@pytest.mark.rule("R-1402")
def test_another_firm_neither_sees_nor_touches_a_draft(seller: Desk) -> None:
    draft = seller.typed("CEB311Message")
    other = person(next(one for one in firms_of(seller) if one.code != seller.unit.seller.code))
    assert queries.seen(other, draft.pk) is None
    for act in (actions.copy, actions.remove, actions.restore, actions.submit):
        assert [one.code for one in act(other, draft.pk).findings] == ["DRAFT-NOT-FOUND"]
    assert [one.code for one in actions.save(other, draft.pk, {"orderNo": "X"}).findings] == ["DRAFT-NOT-FOUND"]
    refused = actions.begin(other, "CEB311Message", seller.unit.seller.code)
    assert (refused.draft, [one.code for one in refused.findings]) == (None, ["DRAFT-FIRM"])
    with pytest.raises(PermissionDenied):
        actions.begin(person(seller.unit.seller, "firm.viewer"), "CEB311Message", seller.unit.seller.code)
    assert (Draft.objects.count(), Message.objects.count()) == (1, 0)


def firms_of(desk: Desk) -> list[Firm]:
    return firms(desk.zone)["ecommerce"]


def test_a_mandate_lets_an_agent_type_and_its_withdrawal_ends_it(seller: Desk) -> None:
    principal = person(seller.unit.seller, "firm.admin", "admin")
    broker = person(seller.unit.agent, "broker.operator", "broker")
    assert [one.code for one in actions.begin(broker, "CEB311Message", seller.unit.seller.code).findings] == ["DRAFT-FIRM"]  # fmt: skip
    given = mandates.give(principal, seller.unit.agent.code, ["declaring"], datetime.now(BEIJING).date())
    assert given.mandate is not None
    broker = of_person(Person.objects.get(username="broker"))
    done = actions.begin(broker, "CEB621Message", seller.unit.seller.code, given=seller.body("CEB621Message"))
    assert done.draft is not None
    assert (done.draft.party_code, done.draft.agent_code) == (seller.unit.seller.code, seller.unit.agent.code)
    handed = actions.submit(broker, done.draft.pk)
    assert handed.findings == []
    assert Message.objects.get().sender_code == seller.unit.seller.code
    mandates.withdraw(principal, given.mandate.pk)
    assert queries.seen(of_person(Person.objects.get(username="broker")), done.draft.pk) is None


def test_nothing_personal_lies_in_clear(seller: Desk) -> None:
    """The body is enciphered for its own draft alone (I12)."""
    head = seller.unit.heads["CEB311Message"]
    draft = seller.typed("CEB311Message")
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(d)::text FROM drafts_draft d")
        stored = cursor.fetchone()[0]
        cursor.execute("SELECT string_agg(facts::text, '') FROM audit_entry")
        stored += cursor.fetchone()[0]
    for name in ("buyerIdNumber", "buyerName", "buyerTelephone", "consigneeAddress"):
        assert head[name] not in stored
        assert head[name].encode() not in bytes(draft.body)
    assert queries.body(draft)["head"]["buyerIdNumber"] == head["buyerIdNumber"]
    draft.guid = "OTHER"
    with pytest.raises(InvalidTag):
        queries.body(draft)


def test_only_the_platforms_own_signature_holds_on_the_channel_of_forms(seller: Desk) -> None:
    """The firm's own signature is good everywhere else, and the platform's nowhere else."""
    unit = seller.unit
    data = message("CEB311Message", unit.seller, [unit], seller.keys, Random(1))
    draft = seller.typed("CEB311Message")
    own = queries.message(draft, [queries.made(draft, queries.body(draft), queries.now())], "")
    signer = received.own_signer()
    typed = sign.sign(codec.encode(own), signer.key, signer.certificate)
    for body, channel in ((data, "form"), (typed, "api")):
        accept(WORKER, body, zone=seller.zone.code, sender_code=unit.seller.code, channel=channel)
        worker.drain()
    assert [one["code"] for row in Message.objects.all() for one in row.findings] == ["SIGN-INVALID"] * 2
    assert Order.objects.count() == 0


# ── typing ────────────────────────────────────────────────────────────────────
def test_autosave_keeps_what_a_step_asks_and_nothing_else(seller: Desk) -> None:
    draft = seller.typed("CEB311Message")
    http = Client()
    http.force_login(Person.objects.get(username=seller.actor_name))
    before = queries.body(draft)
    url = f"/enterprise/drafts/{draft.pk}?step=1"
    answer = http.post(f"{url}&auto=1", {"orderNo": "N-2", "ebpCode": "", "buyerName": "别人", "guid": "X"})
    assert (answer.status_code, "已自动保存" in answer.content.decode()) == (200, True)
    after = queries.body(Draft.objects.get())
    assert (after["head"]["orderNo"], after["head"]["ebpCode"]) == (
        "N-2",
        "",
    )  # as typed: nothing is filled in meanwhile
    assert (after["head"]["buyerName"], after[LINES]) == (before["head"]["buyerName"], before[LINES])
    assert (Draft.objects.get().number, "guid" in after["head"]) == ("N-2", False)
    page = http.get(url)
    assert "N-2" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert http.post(f"{url}", {"orderNo": "N-3", "do": "next"})["Location"].endswith("step=2")
    assert queries.body(Draft.objects.get())["head"]["orderNo"] == "N-3"


def test_an_autosave_that_comes_late_or_from_another_window_overwrites_nothing(seller: Desk) -> None:
    draft = seller.typed("CEB311Message")
    http = Client()
    http.force_login(Person.objects.get(username=seller.actor_name))
    url = f"/enterprise/drafts/{draft.pk}?step=1"
    seen = re.search(r'name="seen" id="seen" value="([^"]+)"', http.get(url).content.decode())[1]  # type: ignore[index]
    first = http.post(f"{url}&auto=1", {"orderNo": "N-2", "seen": seen}).content.decode()
    assert http.post(url, {"orderNo": "N-3", "do": "next", "seen": seen}).status_code == 302, "pressing Next always counts"
    late = http.post(f"{url}&auto=1", {"orderNo": "", "seen": re.search(r'value="([^"]+)"', first)[1]})  # type: ignore[index]
    assert "别的窗口" in late.content.decode()
    assert queries.body(Draft.objects.get())["head"]["orderNo"] == "N-3"


@pytest.mark.rule("R-103")
def test_findings_are_told_with_the_fix_and_nothing_is_handed_in(seller: Desk) -> None:
    given = seller.body("CEB311Message")
    given["head"]["goodsValue"] = "0.01"
    given[LINES][0]["price"] = "999"
    draft = actions.begin(seller.actor, "CEB311Message", seller.unit.seller.code, given=given).draft
    assert draft is not None
    found = {one.code: one for one in queries.judged([draft], [queries.body(draft)])[0]}
    assert found["BIZ-LINE-TOTAL"].field == "lines-0-totalPrice"
    assert "BIZ-GOODS-SUM" in found
    done = actions.submit(seller.actor, draft.pk)
    assert {"BIZ-LINE-TOTAL", "BIZ-GOODS-SUM"} <= {one.code for one in done.findings}
    assert all(one.remedy() and one.remedy("en") for one in done.findings)
    row = Draft.objects.get()
    assert (row.state, row.faults, Message.objects.count()) == ("draft", len(done.findings), 0)


def test_a_list_begins_with_its_order_and_only_with_one_of_the_own_firm(seller: Desk) -> None:
    order = seller.typed("CEB311Message")
    assert actions.submit(seller.actor, order.pk).findings == []
    worker.drain()
    done = actions.begin(seller.actor, "CEB621Message", seller.unit.seller.code, order_no=order.number)
    assert done.draft is not None
    told, own = queries.body(done.draft), seller.body("CEB311Message")
    for name in ("ebpCode", "ebpName", "buyerIdNumber", "buyerName", "consigneeAddress", "freight"):
        assert told["head"][name] == own["head"][name]
    assert [line["qty"] for line in told[LINES]] == [line["qty"] for line in own[LINES]]
    other = next(one for one in firms_of(seller) if one.code != seller.unit.seller.code)
    strange = actions.begin(person(other), "CEB621Message", other.code, order_no=order.number)
    assert (strange.draft, [one.code for one in strange.findings]) == (None, ["DRAFT-ORDER"])


def test_an_empty_draft_says_what_is_missing(seller: Desk) -> None:
    for kind in forms():
        draft = actions.begin(seller.actor, kind, seller.unit.seller.code).draft
        assert draft is not None
        found = queries.judged([draft], [queries.body(draft)])[0]
        assert any(one.blocks for one in found), kind


@pytest.mark.rule("R-106")
@pytest.mark.rule("R-102")
def test_tax_and_quota_are_shown_as_they_will_be_reckoned(seller: Desk) -> None:
    draft = seller.typed("CEB621Message")
    cast = queries.forecast(draft, queries.body(draft))
    assert (cast["used_fen"], cast["left_fen"]) == (0, cast["annual_fen"])
    actions.submit(seller.actor, seller.typed("CEB311Message").pk)
    actions.submit(seller.actor, draft.pk)
    worker.drain()
    seller.send("CEB411Message", "CEB511Message")
    listed = Declaration.objects.get()
    assert listed.state == "ready"
    totals = tax.totals(tax.lines(listed))
    assert (totals["dv_fen"], totals["due_fen"]) == (cast["value_fen"], cast["due_fen"])
    again = queries.forecast(draft, queries.body(draft))
    assert again["used_fen"] == cast["value_fen"]


def test_deleted_is_taken_back_handed_in_is_for_ever_and_a_copy_is_new(seller: Desk) -> None:
    draft = seller.typed("CEB311Message")
    actions.remove(seller.actor, draft.pk)
    assert queries.mine(seller.actor).count() == 0
    assert [one.code for one in actions.submit(seller.actor, draft.pk).findings] == ["DRAFT-STATE"]
    actions.restore(seller.actor, draft.pk)
    assert actions.submit(seller.actor, draft.pk).findings == []
    for act in (actions.submit, actions.remove):
        assert [one.code for one in act(seller.actor, draft.pk).findings] == ["DRAFT-STATE"]
    twin = actions.copy(seller.actor, draft.pk).draft
    assert twin is not None
    assert (twin.state, twin.number, twin.guid != draft.guid) == ("draft", "", True)
    assert queries.body(twin)["head"]["buyerName"] == queries.body(draft)["head"]["buyerName"]


def test_a_refused_document_is_corrected_from_its_original(seller: Desk) -> None:
    """Whatever way it came in: the draft has its values, goes out under a new guid, and is taken."""
    unit = seller.unit
    right = unit.heads["CEB311Message"]["goodsValue"]
    unit.heads["CEB311Message"]["goodsValue"] = "0.01"
    accept(WORKER, message("CEB311Message", unit.seller, [unit], seller.keys, Random(1)), zone=seller.zone.code, sender_code=unit.seller.code, channel="api")  # fmt: skip
    worker.drain()
    refused = Message.objects.get()
    assert refused.state == "refused"
    http = Client()
    http.force_login(Person.objects.get(username=seller.actor_name))
    url = f"/enterprise/drafts/again?message={refused.pk}"
    guid = unit.heads["CEB311Message"]["guid"]
    assert guid in http.get(url).content.decode()
    http.post(url, {"document": guid})
    draft = Draft.objects.get()
    assert draft.guid != guid
    assert queries.body(draft)["head"]["buyerName"] == unit.heads["CEB311Message"]["buyerName"]
    actions.save(seller.actor, draft.pk, {"goodsValue": right})
    assert actions.submit(seller.actor, draft.pk).findings == []
    worker.drain()
    assert Order.objects.get().order_no == unit.order_no


# ── many at once ──────────────────────────────────────────────────────────────
def test_many_are_handed_in_as_one_job_and_a_bad_one_stops_none(seller: Desk) -> None:
    good = seller.typed("CEB311Message")
    bad = seller.typed("CEB311Message", orderNo="", buyerIdNumber="1")
    listed = seller.typed("CEB621Message")
    http = Client()
    http.force_login(Person.objects.get(username=seller.actor_name))
    http.post("/enterprise/drafts", {"do": "submit", "row": [good.pk, bad.pk, listed.pk]})
    worker.drain()
    job = Job.objects.get()
    assert (job.state, job.done, job.total) == ("done", 3, 3)
    assert {one.pk: one.state for one in Draft.objects.all()} == {good.pk: "submitted", bad.pk: "draft", listed.pk: "submitted"}  # fmt: skip
    assert job.file is not None
    titles = [Field(en, zh, en) for zh, en in HEADS]
    rows = workbooks.read(b"".join(files.content(job.file)), "r.xlsx", titles).rows
    assert [(row["Draft"], row["Result"]) for row in rows] == [(str(good.pk), "已提交"), (str(bad.pk), "未提交"), (str(listed.pk), "已提交")]  # fmt: skip
    assert all(rows[1][name] for name in ("Reason", "What to do"))


def test_a_thousand_rows_become_drafts_in_one_go_and_one_bad_row_stops_no_other(seller: Desk) -> None:
    """Rows of one order are one document, taken whole or not at all."""
    sheet = next(one for one in SHEETS if one.name == "import-orders")
    given = seller.body("CEB311Message")
    line = {f"lines-{name}": text for name, text in given[LINES][0].items()}
    total = Decimal(given[LINES][0]["totalPrice"])
    head = {**given["head"], "goodsValue": "", "acturalPaid": ""}
    rows = [{**head, **line, "orderNo": f"T{number // 2:04d}"} for number in range(1000)]
    rows[11] |= {"lines-qty": "many"}
    texts = [{name: str(text) for name, text in row.items()} for row in rows]
    checked = sheet.checked(seller.actor, Sheet(texts, [], list(range(3, 1003))))
    assert [number for number, _, _ in checked.bad] == [13, 14]
    assert {one.code for _, _, found in checked.bad for one in found} == {"FIELD-NUMBER", "IMPORT-TOGETHER"}
    told: list[tuple[int, int]] = []
    result = b"".join(sheet.carried_out(seller.actor, Sheet(texts, [], list(range(3, 1003))), "zh", lambda *how: told.append(how)))  # fmt: skip
    assert (Draft.objects.count(), told[-1]) == (499, (998, 998))
    assert [row["orderNo"] for row in workbooks.read(result, "r.xlsx", sheet.fields).rows] == ["T0005", "T0005"]
    one = queries.body(Draft.objects.get(number="T0000"))
    assert (len(one[LINES]), Decimal(one["head"]["goodsValue"])) == (2, 2 * total)
