"""The file of an order: complete from any one number, what is missing with its owner, and a seal that breaks when a row is changed."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from gongfu.base.access.actor import WORKER, Actor
from gongfu.base.access.models import Mandate, Person
from gongfu.base.events import worker
from gongfu.base.kit.beijing import BEIJING
from gongfu.base.trails import queries as trails
from gongfu.base.trails.models import Event, Trail
from gongfu.core.ceb import codec
from gongfu.core.ceb.samples import value
from gongfu.core.ceb.schema import table
from gongfu.modules.declarations.models import Declaration, FollowUp, SummaryForm
from gongfu.modules.intake.actions import accept
from gongfu.modules.intake.links import IMPORT_NODE
from gongfu.modules.trade import dossiers, wanted
from gongfu.modules.trade.models import Order, Payment, Waybill
from gongfu.peers import chain
from gongfu.peers.afterwards import cancellation, goods_return
from gongfu.peers.day import SENDERS, message, units
from gongfu.peers.firms import firms
from gongfu.peers.orders import Unit
from gongfu.zones.plan import Plan
from journeys import exported
from journeys.customs import tell
from journeys.test_exports import SUM_NO, hand_over

pytestmark = [pytest.mark.feature("trade.file")]
NUMBER, TAX = "790520261I000000001"[:18], "790520261000000001_0"
NOW = datetime.now(BEIJING)


def hand_in(zone: Plan, keys: Any, *, export: bool = False, without: tuple[str, ...] = ()) -> Unit:
    """The documents of one sound list, but for those of the kinds left out."""
    rng = Random(5)
    unit = next(one for one in units(zone, 60, 5, datetime.now(BEIJING).date(), faulty=False) if one.export is export)
    for kind, sender in SENDERS.items():
        if kind in unit.heads and kind not in without:
            firm = getattr(unit, sender)
            data = message(kind, firm, [unit], keys, rng)
            assert accept(WORKER, data, zone=zone.code, sender_code=firm.code, channel="cli").finding is None
    worker.drain()
    return unit


def release() -> None:
    guid = Declaration.objects.get().guid
    tell("CEB622Message", [
        {"guid": guid, "invtNo": NUMBER, "returnStatus": "120", "returnTime": "20261128090000000"},
        {"guid": guid, "invtNo": NUMBER, "returnStatus": "800", "returnTime": "20261128093000000"},
    ])  # fmt: skip
    head = {
        "guid": guid,
        "returnTime": "20261128093100000",
        "invtNo": NUMBER,
        "taxNo": TAX,
        "customsTax": "0",
        "valueAddedTax": "1",
        "consumptionTax": "0",
        "status": "1",
    }
    items = [
        {one.name: value(one, Random(one.name)) for one in table("CEB816Message").item_fields if one.required == "Y"}
    ]
    body = codec.encode(codec.Decoded("CEB816Message", "A" * 36, "1.0", [codec.Document(0, guid, head, items)]))
    accept(WORKER, body, zone="nanchong", sender_code=IMPORT_NODE, channel="customs")
    worker.drain()


def key() -> dossiers.Key:
    row = Declaration.objects.get()
    return row.ebp_code, row.order_no


def events() -> list[str]:
    return list(Event.objects.order_by("seq").values_list("event", flat=True))


def test_any_one_number_finds_the_whole_file(zone: Plan, keys: Any) -> None:
    hand_in(zone, keys)
    release()
    row, order = Declaration.objects.get(), Order.objects.get()
    numbers = (
        order.order_no,
        Payment.objects.get().pay_no,
        Waybill.objects.get().logistics_no,
        row.invt_no,
        row.guid.lower(),
        TAX,
    )
    assert [dossiers.named(WORKER, number) for number in numbers] == [[key()]] * len(numbers)
    parts = dossiers.parts([key()])[key()]
    assert {part.event for part in parts} >= {"order", "payment", "waybill", "list", "customs", "released", "tax_bill"}
    assert wanted.missing(parts) == []
    assert dossiers.named(WORKER, "NO-SUCH-NUMBER") == []


@pytest.mark.rule("R-207")
def test_what_is_missing_is_named_with_its_owner_and_the_way(zone: Plan, keys: Any) -> None:
    unit = hand_in(zone, keys, without=("CEB411Message", "CEB511Message"))
    told = {one.kind.code: one for one in wanted.missing(dossiers.parts([key()])[key()])}
    assert list(told) == ["payment", "waybill", "released", "tax_bill"]
    assert (told["payment"].owner, told["waybill"].owner, told["released"].owner) == ("payment", "logistics", "customs")
    assert told["waybill"].owner_code == unit.heads["CEB511Message"]["logisticsCode"]
    assert "CEB411" in told["payment"].kind.how[0]


def test_events_are_sealed_once_however_often_they_are_heard(zone: Plan, keys: Any) -> None:
    hand_in(zone, keys)
    before = events()
    assert sorted(before) == ["list", "order", "payment", "waybill"]
    assert dossiers.seal([key()]) == 0
    assert events() == before
    release()
    assert {"customs", "released", "tax_bill"} <= set(events())
    assert trails.verify() == []
    assert Trail.objects.get().subject == wanted.file_key(*key())


@pytest.mark.breaks
@pytest.mark.parametrize("statement", [
    "UPDATE trade_order SET paid_fen = paid_fen + 1",
    "UPDATE declarations_line SET qty = qty + 1 WHERE gnum = 1",
])  # fmt: skip
def test_a_row_changed_afterwards_no_longer_fits_its_seal(zone: Plan, keys: Any, statement: str) -> None:
    hand_in(zone, keys)
    assert dossiers.sealed(key(), dossiers.parts([key()])[key()]).sound
    with connection.cursor() as cursor:
        cursor.execute(statement)
    told = dossiers.sealed(key(), dossiers.parts([key()])[key()])
    assert not told.sound
    assert len(told.altered) == 1


@pytest.mark.breaks
def test_the_seal_breaks_when_a_past_event_is_altered(zone: Plan, keys: Any) -> None:
    hand_in(zone, keys)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE trails_event DISABLE TRIGGER USER")
        cursor.execute("UPDATE trails_event SET facts = jsonb_set(facts, '{digest}', '\"X\"') WHERE seq = 2")
        cursor.execute("ALTER TABLE trails_event ENABLE TRIGGER USER")
    assert any("entry 2" in one for one in dossiers.sealed(key(), []).faults)


def test_a_carrier_sees_its_own_part_and_only_that_the_others_are_there(zone: Plan, keys: Any, client: Client) -> None:
    unit = hand_in(zone, keys)
    carrier = unit.heads["CEB511Message"]["logisticsCode"]
    own = Person.objects.create(username="carrier", role="firm.viewer", zone=zone.code, party_code=carrier, title="x")
    client.force_login(own)
    number = Waybill.objects.get().logistics_no
    page = client.get("/enterprise/trade-files", {"q": number})
    assert page.status_code == 200
    assert Payment.objects.get().pay_no not in page.content.decode()
    assert number in page.content.decode()
    stranger = Actor("x", "own", frozenset({"trade.read"}), (zone.code,), ("91511300MA6DEM022B",))
    assert dossiers.named(stranger, number) == []
    own.party_code = "91511300MA6DEM022B"
    own.save()
    assert client.get("/enterprise/trade-files", {"platform": key()[0], "order": key()[1]}).status_code == 404


def test_quiet_work_waits_until_nothing_else_is_due(zone: Plan, keys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    real = worker.run_lane
    monkeypatch.setattr(worker, "run_lane", lambda lane: (done := real(lane)) and (ran.append(lane) or done))
    hand_in(zone, keys)
    assert ran.index("match") < ran.index("file.flows") < ran.index("file")


def summarised(zone: Plan, keys: Any) -> list[Any]:
    """Two lists of one agent and seller through the whole chain: master bill, arrival, release, departure, 899, summary, form."""
    units = [exported.unit(zone, number) for number in range(2)]
    heads, carrier, site = exported.heads(units), units[0].carrier, firms(zone)["site"][0]
    exported.declare(zone, keys, units)
    exported.heard(units, "2", "120")
    bill = chain.master(heads, "999-12345678", "MASTER-1", NOW, Random(2))
    exported.send(zone, keys, units[0].agent, "CEB607Message", [bill], 2)
    tell("CEB608Message", [{"guid": bill.guid, "returnStatus": "120", "returnTime": "20261110100000000"}])
    exported.send(zone, keys, site, "CEB507Message", [chain.arrival(heads, site, "ARRIVAL-1", NOW, Random(3))], 3)
    exported.heard(units, "800", at="20261110130000000")
    exported.send(zone, keys, carrier, "CEB509Message", [chain.departure(heads, "LEFT-1", NOW, Random(4))], 4)
    exported.heard(units, "899", at="20261111130000000")
    asked = chain.summary(heads[0], [exported.number_of(one) for one in units], "SUM-1", NOW, Random(5))
    exported.send(zone, keys, units[0].agent, "CEB701Message", [asked], 5)
    tell("CEB702Message", [{"guid": asked.guid, "returnStatus": "399", "returnTime": "20261112090000000", "sumNo": SUM_NO}])
    hand_over(chain.results(asked, SUM_NO, exported.listed(units), NOW))
    return units


def both(units: list[Any]) -> list[dossiers.Key]:
    return sorted((row.ebp_code, row.order_no) for row in Declaration.objects.filter(order_no__in=[one.order_no for one in units]))


@pytest.mark.feature("declarations.exports")
def test_every_number_of_an_export_finds_its_file(zone: Plan, keys: Any) -> None:
    units = summarised(zone, keys)
    Declaration.objects.filter(order_no=units[0].order_no).update(pre_no="PRE-0001")
    row, form = Declaration.objects.get(order_no=units[0].order_no), SummaryForm.objects.first()
    assert form is not None
    assert form.entry_id
    own = (row.order_no, row.logistics_no, row.invt_no, row.guid.lower(), row.pre_no, row.local_ref_no)
    key = (row.ebp_code, row.order_no)
    assert {number: dossiers.named(WORKER, number) for number in own} == dict.fromkeys(own, [key])
    follow_ups = FollowUp.objects.values_list("number", "guid")
    shared = {number for one in follow_ups for number in one} | {"999-12345678", SUM_NO}
    assert {"MASTER-1", "ARRIVAL-1", "LEFT-1", "SUM-1"} <= shared
    assert {number: dossiers.named(WORKER, number) for number in shared} == dict.fromkeys(shared, both(units))
    forms = {number for one in SummaryForm.objects.filter(lines__declaration=row) for number in (one.entry_id, one.seq_no)}
    assert all(key in dossiers.named(WORKER, number) for number in forms)
    parts = dossiers.parts([key])[key]
    assert {part.event for part in parts} >= {"order", "waybill", "list", "released", "departure", "summary", "form"}
    assert {part.number for part in parts if part.event == "form"} == {one.entry_id for one in SummaryForm.objects.filter(lines__declaration=row)}
    assert "form" in Event.objects.filter(trail__subject=wanted.file_key(*key)).values_list("event", flat=True), "sealed as the form was told"
    assert dossiers.sealed(key, parts).sound
    assert dossiers.sealed(key, parts).open == []


@pytest.mark.feature("declarations.returns")
@pytest.mark.parametrize("kind", ["CEB625Message", "CEB623Message"])
def test_the_number_of_a_cancellation_or_a_return_finds_the_file(zone: Plan, keys: Any, kind: str) -> None:
    unit = hand_in(zone, keys)
    head, lines = unit.heads["CEB621Message"], unit.lines["CEB621Message"]
    if kind == "CEB625Message":
        release()
        asked = goods_return("CEB621Message", head, lines, {1: "1"}, NUMBER, NOW, Random(1))
    else:
        row = {"guid": head["guid"], "invtNo": NUMBER, "returnStatus": "120", "returnTime": "20261128090000000"}
        tell("CEB622Message", [row])
        asked = cancellation("CEB621Message", head, NUMBER, NOW, Random(2))
    asked.head["copNo"] = "BACK-1"
    exported.send(zone, keys, unit.agent, kind, [asked], 1)
    FollowUp.objects.update(official_no="OFFICIAL-1")
    numbers = ("BACK-1", asked.guid, "OFFICIAL-1")
    assert {number: dossiers.named(WORKER, number) for number in numbers} == dict.fromkeys(numbers, [key()])


def test_of_a_number_that_names_very_many_ones_own_come_first(zone: Plan, keys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    units = summarised(zone, keys)
    last = Declaration.objects.order_by("ebp_code", "order_no").last()
    assert last is not None
    Declaration.objects.filter(pk=last.pk).update(agent_code="91511300MA6DEM022B")
    monkeypatch.setattr(dossiers, "MOST", 1)
    stranger = Actor("x", "own", frozenset({"trade.read"}), (zone.code,), ("91511300MA6DEM022B",))
    assert dossiers.named(WORKER, SUM_NO) == both(units)[:1]
    assert dossiers.named(stranger, SUM_NO) == [(last.ebp_code, last.order_no)]


def test_an_agent_with_a_mandate_sees_its_principals_file(
    zone: Plan, keys: Any, client: Client, django_assert_max_num_queries: Any
) -> None:
    hand_in(zone, keys)
    release()
    agent, (platform, order) = "91511300MA6DEM022B", key()
    row, today = Declaration.objects.get(), datetime.now(BEIJING).date()
    person = Person.objects.create(username="agent", role="broker.operator", zone=zone.code, party_code=agent, title="x")
    client.force_login(person)
    address = {"platform": platform, "order": order}
    assert client.get("/enterprise/trade-files", address).status_code == 404
    Mandate.objects.create(zone=zone.code, party_code=row.ebc_code, agent_code=agent, scopes=["filing"], valid_from=today, valid_until=today, given_by="boss")
    assert client.get("/enterprise/trade-files", address).status_code == 404, "another business was left to it"
    Mandate.objects.update(scopes=["declaring"])
    for number in (order, row.invt_no, row.guid, TAX):
        page = client.get("/enterprise/trade-files", {"q": number})
        assert (page.status_code, row.invt_no in page.content.decode()) == (200, True), number
    with django_assert_max_num_queries(15):
        assert client.get("/enterprise/trade-files", address).status_code == 200
    Mandate.objects.update(withdrawn_at=NOW)
    assert client.get("/enterprise/trade-files", address).status_code == 404
