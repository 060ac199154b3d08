"""The file of an order: complete from any one number, what is missing with its owner, and a seal that breaks when a row is changed."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from gongfu.base.access.actor import WORKER, Actor
from gongfu.base.access.models import Person
from gongfu.base.events import worker
from gongfu.base.kit.beijing import BEIJING
from gongfu.base.trails import queries as trails
from gongfu.base.trails.models import Event, Trail
from gongfu.core.ceb import codec
from gongfu.core.ceb.samples import value
from gongfu.core.ceb.schema import table
from gongfu.modules.declarations.models import Declaration
from gongfu.modules.intake.actions import accept
from gongfu.modules.intake.links import IMPORT_NODE
from gongfu.modules.trade import dossiers, wanted
from gongfu.modules.trade.models import Order, Payment, Waybill
from gongfu.peers.day import SENDERS, message, units
from gongfu.peers.orders import Unit
from gongfu.zones.plan import Plan
from journeys.customs import tell

pytestmark = [pytest.mark.feature("trade.file")]
NUMBER, TAX = "790520261I000000001"[:18], "790520261000000001_0"


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
