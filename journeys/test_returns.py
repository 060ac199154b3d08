"""Goods come back: in time, up to what was declared, once; and tax, quota, guarantee and bill follow (R-117, R-214, R-308)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db.models import F

from gongfu.base.access.actor import WORKER, Actor
from gongfu.base.events import worker
from gongfu.base.kit.beijing import BEIJING
from gongfu.base.ledgers.models import Account, Movement
from gongfu.config.invariants import violations
from gongfu.core.ceb import codec
from gongfu.core.ceb.samples import guid as fresh
from gongfu.modules.declarations.actions import arrive
from gongfu.modules.declarations.models import Declaration, FollowUp, Line, Move
from gongfu.modules.declarations.queries import returned_to
from gongfu.modules.intake.actions import accept
from gongfu.modules.intake.links import IMPORT_NODE
from gongfu.modules.intake.models import Outgoing, Receipt
from gongfu.modules.tax.models import Assessment, Bill, Returned
from gongfu.peers.afterwards import goods_return, tally
from gongfu.peers.day import SENDERS, message, signed, units
from gongfu.peers.firms import firms
from gongfu.peers.orders import Unit
from gongfu.zones.plan import Plan
from journeys.customs import tell

pytestmark = [pytest.mark.feature("declarations.returns"), pytest.mark.rule("R-214")]
NUMBER = "790520261000000001"
TODAY = datetime.now(BEIJING).date()
OFFICER = Actor("person:9", "zone", frozenset({"declarations.arrive"}), ("nanchong",), role="officer.customs")


def released(zone: Plan, keys: Any, *, days_ago: int = 10, export: bool = False, pieces: int = 2) -> Unit:
    """One list that customs released so many days ago; of imports the first line has some pieces and a bill."""
    now, rng = datetime.now(BEIJING), Random(5)
    unit = next(one for one in units(zone, 60, 5, now.date(), faulty=False) if one.export is export and fit(one, pieces))  # fmt: skip
    for kind, sender in SENDERS.items():
        if kind in unit.heads:
            firm = getattr(unit, sender)
            data = message(kind, firm, [unit], keys, rng)
            assert accept(WORKER, data, zone=zone.code, sender_code=firm.code, channel="cli").finding is None
    worker.drain()
    told(unit, "800", TODAY - timedelta(days=days_ago))
    assert Declaration.objects.get().state == "released"
    return unit


def fit(unit: Unit, pieces: int) -> bool:
    mode = unit.heads["CEB603Message"]["tradeMode"] if unit.export else "9610"
    return mode == "9610" and Decimal(lines(unit)[0]["qty"]) >= pieces


def lines(unit: Unit) -> list[dict[str, str]]:
    return unit.lines["CEB603Message" if unit.export else "CEB621Message"]


def told(unit: Unit, status: str, day: date, clock: str = "100000000") -> None:
    """A receipt of the list itself."""
    kind = "CEB604Message" if unit.export else "CEB622Message"
    row = {"guid": Declaration.objects.get().guid, "invtNo": NUMBER, "returnStatus": status, "returnTime": f"{day:%Y%m%d}{clock}"}  # fmt: skip
    tell(kind, [row], seed=int(status))


def bill(status: str = "1", suffix: str = "_0", taxes: dict[str, int] | None = None) -> None:
    """The tax bill of the list (CEB816), by default of its whole tax."""
    row, names = Declaration.objects.get(), {"duty_fen": "customsTax", "ct_fen": "consumptionTax", "vat_fen": "valueAddedTax"}  # fmt: skip
    due = taxes or {name: sum(Assessment.objects.values_list(name, flat=True)) for name in names}
    amounts = {names[name]: f"{Decimal(fen) / 100:.2f}" for name, fen in due.items()}
    head = {"guid": row.guid, "invtNo": NUMBER, "taxNo": f"{NUMBER}{suffix}", "status": status, "returnTime": f"{TODAY:%Y%m%d}110000000"}  # fmt: skip
    tell_bill("CEB816Message", {**head, **amounts})


def tell_bill(kind: str, row: dict[str, str]) -> None:
    items = [{"gnum": "1", "gcode": "3305100090", "taxPrice": "1", "customsTax": "0", "valueAddedTax": "0", "consumptionTax": "0"}]  # fmt: skip
    document = codec.Document(0, row["guid"], row, items if kind == "CEB816Message" else [])
    body = codec.encode(codec.Decoded(kind, fresh(Random(f"{kind}{row}")), "1.0", [document]))
    accept(WORKER, body, zone="nanchong", sender_code=IMPORT_NODE, channel="customs")
    worker.drain()


def hand_in(
    zone: Plan, keys: Any, unit: Unit, quantities: dict[int, str], seed: int = 1, **changed: str
) -> str:  # fmt: skip
    """The declarant's return; gives its guid."""
    kind, rng = "CEB603Message" if unit.export else "CEB621Message", Random(seed)
    document = goods_return(kind, unit.heads[kind], lines(unit), quantities, NUMBER, datetime.now(BEIJING), rng)
    document.head.update(changed)
    sent = "CEB213Message" if unit.export else "CEB625Message"
    data = signed(sent, unit.agent, [document], keys, rng)
    assert accept(WORKER, data, zone=zone.code, sender_code=unit.agent.code, channel="cli").finding is None
    worker.drain()
    return document.guid


def said(guid: str) -> str:
    return Receipt.objects.filter(document_guid=guid, origin="platform").get().info


def conclude(unit: Unit, guid: str, status: str = "", seed: int = 1) -> None:
    kind, last = ("CEB214Message", "800") if unit.export else ("CEB626Message", "399")
    row = {"guid": guid, "invtNo": NUMBER, "returnStatus": status or last, "returnTime": f"{TODAY:%Y%m%d}230000000"}
    tell(kind, [row], seed=seed)


def back(guid: str, days_ago: int = 0, site: str = "") -> Any:
    """The goods of a return are noted as back at the site."""
    row = FollowUp.objects.get(guid=guid)
    return arrive(OFFICER, row.pk, TODAY - timedelta(days=days_ago), site or returned_to(row) or "南充口岸")


def quota() -> Account:
    return Account.objects.get(kind="quota")


def guarantee() -> Account:
    return Account.objects.get(kind="guarantee", reserved_units__gt=0)


@pytest.mark.rule("R-117")
@pytest.mark.feature("tax.imports")
def test_a_part_comes_back_then_the_rest_and_everything_adds_up(zone: Plan, keys: Any) -> None:
    unit = released(zone, keys)
    bill()
    used, frozen, before = quota().committed_units, guarantee().reserved_units, Bill.objects.get().due_fen
    first = hand_in(zone, keys, unit, {1: "1"})
    row = FollowUp.objects.get()
    assert (row.state, row.lines.get().of_gnum, row.lines.get().qty) == ("ready", 1, Decimal(1))
    assert Outgoing.objects.filter(type="CEB625Message", guids=[first]).count() == 1
    conclude(unit, first)
    assert Returned.objects.count() == 0, "the goods are not back yet"
    assert back(first).findings == ()
    part = Returned.objects.get()
    assert quota().committed_units == used - part.dv_fen
    assert guarantee().reserved_units == frozen - part.vat_fen - part.ct_fen - part.duty_fen
    assert Bill.objects.get().due_fen == before - part.vat_fen - part.ct_fen - part.duty_fen
    rest = {line.gnum: str(line.qty - (line.gnum == 1)) for line in Line.objects.all()}
    second = hand_in(zone, keys, unit, {gnum: qty for gnum, qty in rest.items() if Decimal(qty)}, seed=2)
    assert back(second).findings == ()
    conclude(unit, second, seed=2)
    conclude(unit, second, seed=3)
    assert quota().committed_units == 0
    assert Movement.objects.filter(verb="reverse", account__kind="quota").count() == 2
    assert (Bill.objects.get().due_fen, sum(Returned.objects.values_list("dv_fen", flat=True))) == (0, used)
    assert not Account.objects.filter(kind="guarantee", reserved_units__gt=0).exists()


@pytest.mark.rule("R-116")
@pytest.mark.feature("tax.imports")
def test_a_bill_issued_anew_for_the_rest_keeps_the_guarantee_until_it_is_summarised(zone: Plan, keys: Any) -> None:
    unit = released(zone, keys)
    bill()
    guid = hand_in(zone, keys, unit, {1: "1"})
    conclude(unit, guid)
    back(guid)
    left = guarantee().reserved_units
    status = {"guid": Declaration.objects.get().guid, "invtNo": NUMBER, "returnTime": f"{TODAY:%Y%m%d}120000000"}
    tell_bill("CEB818Message", {**status, "taxNo": f"{NUMBER}_0", "status": "3"})
    assert guarantee().reserved_units == left > 0
    gone = Returned.objects.get()
    names = ("duty_fen", "ct_fen", "vat_fen")
    bill(suffix="_1", taxes={name: sum(Assessment.objects.values_list(name, flat=True)) - getattr(gone, name) for name in names})  # fmt: skip
    anew = Bill.objects.get(tax_no=f"{NUMBER}_1")
    assert (anew.due_fen, anew.returned_fen) == (left, 0)
    assert not Declaration.objects.get().reconciliations.exists()
    tell_bill("CEB818Message", {**status, "taxNo": f"{NUMBER}_1", "status": "2", "entDutyNo": "J1"})
    assert not Account.objects.filter(kind="guarantee", reserved_units__gt=0).exists()
    assert Bill.objects.get(tax_no=f"{NUMBER}_1").duty_no == "J1"


@pytest.mark.rule("R-118")
def test_a_list_shipped_back_after_release_gives_back_all_that_is_left(zone: Plan, keys: Any) -> None:
    unit = released(zone, keys)
    bill()
    guid = hand_in(zone, keys, unit, {1: "1"})
    conclude(unit, guid)
    back(guid)
    told(unit, "700", TODAY)
    assert Declaration.objects.get().state == "returned"
    assert (quota().committed_units, Bill.objects.get().due_fen) == (0, 0)
    assert not Account.objects.filter(kind="guarantee", reserved_units__gt=0).exists()
    told(unit, "700", TODAY, "180000000")
    assert sum(Returned.objects.values_list("dv_fen", flat=True)) == sum(Assessment.objects.values_list("dv_fen", flat=True))  # fmt: skip


def test_the_thirtieth_day_is_in_time_and_the_next_is_refused_with_the_ways_left(zone: Plan, keys: Any) -> None:
    unit = released(zone, keys, days_ago=31)
    answer = said(hand_in(zone, keys, unit, {1: "1"}))
    assert "BIZ-RETURN-LATE" in answer
    assert "一般贸易" in answer
    assert FollowUp.objects.count() == 0


def test_goods_go_back_to_the_site_they_came_from(zone: Plan, keys: Any) -> None:
    unit = released(zone, keys)
    guid = hand_in(zone, keys, unit, {1: "1"})
    Declaration.objects.update(site="nc-blc")
    (said_,) = back(guid, site="别处的仓库").findings
    assert (said_.code, "保税物流中心" in said_.facts["original"]) == ("BIZ-ARRIVAL-SITE", True)
    assert back(guid).findings == ()


def test_goods_back_after_the_forty_fifth_day_free_nothing(zone: Plan, keys: Any) -> None:
    unit = released(zone, keys, days_ago=30)
    guid = hand_in(zone, keys, unit, {1: "1"})
    assert "BIZ-" not in said(guid), "the thirtieth day counts"
    conclude(unit, guid)
    row = FollowUp.objects.get()
    FollowUp.objects.filter(pk=row.pk).update(received_at=row.received_at - timedelta(days=20))
    Declaration.objects.update(declared_on=TODAY - timedelta(days=60))
    told_day = TODAY - timedelta(days=46)
    Move.objects.filter(state="released").update(returned_at=f"{told_day:%Y%m%d}100000000")
    before = quota_of_all()
    assert back(guid).findings == ()
    assert (Returned.objects.count(), quota_of_all()) == (0, before)
    assert [one.code for one in back(guid).findings] == ["BIZ-ARRIVAL-NOTED"]


def quota_of_all() -> int:
    return sum(Account.objects.filter(kind="quota").values_list("committed_units", flat=True))


def test_what_is_refused_says_why_and_what_customs_rejects_comes_free_again(zone: Plan, keys: Any) -> None:
    unit = released(zone, keys)
    whole = lines(unit)[0]["qty"]
    assert "BIZ-RETURN-QTY" in said(hand_in(zone, keys, unit, {1: str(Decimal(whole) + 1)}))
    first = hand_in(zone, keys, unit, {1: whole}, seed=2)
    assert "BIZ-RETURN-QTY" in said(hand_in(zone, keys, unit, {1: "1"}, seed=3))
    conclude(unit, first, "100")
    assert FollowUp.objects.get().state == "rejected"
    second = hand_in(zone, keys, unit, {1: whole}, seed=4)
    assert FollowUp.objects.get(guid=second).state == "ready"
    assert "BIZ-LIST-UNKNOWN" in said(hand_in(zone, keys, unit, {1: "1"}, seed=5, invtNo="1" * 18))


def test_a_stranger_cannot_return_the_goods_of_another_declarants_list(zone: Plan, keys: Any) -> None:
    unit = released(zone, keys)
    unit.agent = next(one for one in firms(zone)["declarant"] if one.code != unit.agent.code)
    guid = hand_in(zone, keys, unit, {1: "1"}, agentCode=unit.agent.code, agentName=unit.agent.name)
    assert "BIZ-LIST-UNKNOWN" in said(guid)
    assert FollowUp.objects.count() == 0


@pytest.mark.rule("R-308")
def test_an_export_comes_back_and_the_tally_says_when(zone: Plan, keys: Any) -> None:
    unit = released(zone, keys, export=True, pieces=1)
    guid = hand_in(zone, keys, unit, {1: "1"})
    row = FollowUp.objects.get()
    assert (row.state, row.facts["tradeMode"]) == ("ready", "9661")
    conclude(unit, guid)
    assert FollowUp.objects.get().state == "concluded"
    site, rng = firms(zone)["site"][0], Random(8)
    kind = "CEB603Message"
    document = goods_return(kind, unit.heads[kind], lines(unit), {1: "1"}, NUMBER, datetime.now(BEIJING), Random(1))
    sheet = tally(document, (site.code, site.name), datetime.now(BEIJING), rng)
    data = signed("CEB215Message", site, [sheet], keys, rng)
    assert accept(WORKER, data, zone=zone.code, sender_code=site.code, channel="cli").finding is None
    worker.drain()
    tell("CEB216Message", [{"guid": sheet.guid, "returnStatus": "399", "returnTime": f"{TODAY:%Y%m%d}235900000"}])
    row.refresh_from_db()
    assert (row.facts["arrived_on"], row.facts["arrived_at"]) == (f"{TODAY}", site.code)
    again = signed("CEB215Message", site, [tally(document, (site.code, site.name), datetime.now(BEIJING), Random(9))], keys, rng)  # fmt: skip
    accept(WORKER, again, zone=zone.code, sender_code=site.code, channel="cli")
    worker.drain()
    assert Receipt.objects.filter(type="CEB216Message", origin="platform", info__contains="BIZ-TALLY-NO-RETURN").exists()  # fmt: skip


@pytest.mark.breaks
def test_returns_that_do_not_add_up_are_among_the_invariants(zone: Plan, keys: Any) -> None:
    unit = released(zone, keys)
    guid = hand_in(zone, keys, unit, {1: "1"})
    conclude(unit, guid)
    back(guid)
    assert violations()["I6"] == []
    Line.objects.filter(gnum=1).update(qty=Decimal("0.5"))
    Returned.objects.update(dv_fen=F("dv_fen") + 10_000_000)
    told = " ".join(violations()["I6"])
    assert "returned more than was declared" in told
    assert "took back more than was assessed" in told
    assert "differs from the returns" in told
