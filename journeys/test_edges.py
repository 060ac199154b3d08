"""Edges of the follow-up documents: unknown ones, the year a return belongs to, rules that change between acceptance and release."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest

from gongfu.base.access.actor import OPERATOR, WORKER
from gongfu.base.events import worker
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import BEIJING
from gongfu.base.ledgers.models import Account
from gongfu.base.registers.models import Entry
from gongfu.core.ceb import codec, sign
from gongfu.core.ceb.samples import guid as fresh
from gongfu.modules.declarations.actions import arrive
from gongfu.modules.declarations.models import Declaration, Exported, FollowUp, Orphan, SummaryLine
from gongfu.modules.declarations.queries import returned_to
from gongfu.modules.intake.actions import accept
from gongfu.modules.intake.models import Message, Receipt
from gongfu.modules.tax.models import Assessment
from gongfu.modules.tax.rules import retail
from gongfu.modules.tax.rules.returns import in_time
from gongfu.peers import chain
from gongfu.peers.afterwards import cancellation, goods_return, tally
from gongfu.peers.day import signed
from gongfu.peers.day import units as day_units
from gongfu.peers.firms import firms
from gongfu.zones.plan import Plan
from journeys import bonded
from journeys.customs import tell
from journeys.exported import declare, heads, heard, listed, number_of, said, send, unit
from journeys.test_exports import NOW, SUM_NO, apply_for, cleared, hand_over, told
from journeys.test_returns import NUMBER, lines, quota, released

pytestmark = [pytest.mark.feature("declarations.returns"), pytest.mark.rule("R-1507")]
ANSWERS = ("CEB624Message", "CEB626Message", "CEB702Message", "CEB712Message", "CEB214Message", "CEB216Message", "CEB508Message", "CEB510Message", "CEB608Message")  # fmt: skip


@pytest.mark.feature("intake.messages")
@pytest.mark.rule("R-005")
@pytest.mark.parametrize("kind", ANSWERS)
def test_an_answer_to_nothing_of_ours_is_put_aside_and_said(zone: Plan, keys: Any, kind: str) -> None:
    guid = fresh(Random(kind))
    tell(kind, [{"guid": guid, "returnStatus": "120", "returnTime": "20261128100000000"}])
    assert [(one.type, one.guid) for one in Orphan.objects.all()] == [(kind, guid)]
    assert [one["code"] for one in Message.objects.get(channel="customs").findings] == ["DOWN-ORPHAN"]


@pytest.mark.breaks  # days are put back by hand
@pytest.mark.feature("tax.imports")
@pytest.mark.rule("R-117")
def test_what_was_declared_last_year_goes_back_into_last_years_quota(zone: Plan, keys: Any) -> None:
    """T-117's year: declared in December, back in January."""
    unit = released(zone, keys)
    row = Declaration.objects.get()
    document = goods_return("CEB621Message", unit.heads["CEB621Message"], lines(unit), {1: "1"}, NUMBER, datetime.now(BEIJING), Random(1))
    accept(WORKER, signed("CEB625Message", unit.agent, [document], keys, Random(1)), zone=zone.code, sender_code=unit.agent.code, channel="cli")  # fmt: skip
    worker.drain()
    before, year = quota().committed_units, quota().period
    back = FollowUp.objects.get()
    january = datetime(row.declared_on.year + 1, 1, 4, 9, tzinfo=BEIJING)
    FollowUp.objects.filter(pk=back.pk).update(received_at=january - timedelta(days=20))
    Declaration.objects.update(released_at=january - timedelta(days=30))
    row.moves.filter(state="released").update(returned_at=f"{january - timedelta(days=30):%Y%m%d}090000000")
    with clock.standing_at(january):
        tell("CEB626Message", [{"guid": document.guid, "invtNo": NUMBER, "returnStatus": "399", "returnTime": f"{january:%Y%m%d}100000000"}])
        assert arrive(OPERATOR, back.pk, january.date(), returned_to(back) or "口岸").findings == ()
        worker.drain()
    assert [account.period for account in Account.objects.filter(kind="quota")] == [year] == [str(row.declared_on.year)]
    assert quota().committed_units < before


@pytest.mark.feature("tax.imports")
@pytest.mark.rule("R-003")
def test_rules_that_change_between_acceptance_and_release_leave_what_was_reckoned(
    zone: Plan, keys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bonded.open_book(zone)
    bonded.put_in(zone, bonded.record_no(), "100")
    (one,) = bonded.bought(zone, 1)
    bonded.send(zone, keys, [one])
    row = Declaration.objects.get()
    assessed = list(Assessment.objects.values_list("dv_fen", "vat_fen", "ct_fen"))
    held = {account.kind: account.reserved_units for account in Account.objects.filter(reserved_units__gt=0)}
    monkeypatch.setattr(retail, "parameters", lambda on: {})
    tell("CEB622Message", [{"guid": row.guid, "invtNo": f"7913{row.pk:014d}", "returnStatus": "800", "returnTime": "20261130093000000"}])
    row.refresh_from_db()
    assert row.state == "released"
    assert list(Assessment.objects.values_list("dv_fen", "vat_fen", "ct_fen")) == assessed
    assert {a.kind: a.committed_units for a in Account.objects.filter(kind__in=("quota", "bonded_book"), committed_units__gt=0)} == {k: v for k, v in held.items() if k != "guarantee"}  # fmt: skip


@pytest.mark.rule("R-214")
def test_the_windows_of_a_return_are_those_of_the_day_it_is_applied_for() -> None:
    """Until 2020-03-26 the goods had to be back within 30 days, from the next day on within 45."""
    out = date(2020, 3, 1)
    assert not in_time(out, date(2020, 3, 26), date(2020, 4, 10))
    assert in_time(out, date(2020, 3, 27), date(2020, 4, 10))


@pytest.mark.rule("R-308")
def test_a_tally_of_a_list_nobody_knows_is_refused(zone: Plan, keys: Any) -> None:
    one, site = unit(zone, 1), firms(zone)["site"][0]
    kind = "CEB603Message"
    document = goods_return(kind, one.heads[kind], one.lines[kind], {1: "1"}, "7" * 18, datetime.now(BEIJING), Random(1))
    sheet = tally(document, (site.code, site.name), datetime.now(BEIJING), Random(2))
    send(zone, keys, site, "CEB215Message", [sheet], 1)
    assert "BIZ-LIST-UNKNOWN" in said(sheet.guid)


@pytest.mark.feature("declarations.exports")
@pytest.mark.rule("R-303")
def test_a_summary_of_nothing_or_of_other_firms_lists_is_refused(zone: Plan, keys: Any) -> None:
    units = cleared(zone, keys, 2)
    empty = chain.summary(heads(units)[0], [], "SUM1", NOW, Random(1))
    send(zone, keys, units[0].agent, "CEB701Message", [empty], 1)
    assert "BIZ-SUMMARY-EMPTY" in said(empty.guid)
    made = chain.summary(heads(units)[0], [number_of(units[0])], "SUM9", NOW, Random(9))
    other = next(one for one in firms(zone)["ecommerce"] if one.code != units[0].seller.code)
    made.head |= {"ebcCode": other.code, "ebcName": other.name}
    send(zone, keys, units[0].agent, "CEB701Message", [made], 9)
    assert "BIZ-LIST-UNKNOWN" in said(made.guid)
    assert not Exported.objects.exclude(summary=None).exists()


@pytest.mark.feature("declarations.exports")
@pytest.mark.rule("R-005")
def test_a_form_line_of_a_list_outside_the_summary_is_put_aside(zone: Plan, keys: Any) -> None:
    units = cleared(zone, keys, 2)
    asked = apply_for(zone, keys, units[:1])
    told("CEB702Message", asked.guid, "399", sumNo=SUM_NO)
    hand_over(chain.results(asked, SUM_NO, listed(units), NOW))
    strange = Orphan.objects.filter(type="CEB792Message")
    assert strange.count() == len(units[1].lines["CEB603Message"])
    assert all(number_of(units[1]) in one.info for one in strange)
    assert set(SummaryLine.objects.values_list("declaration__order_no", flat=True)) == {units[0].order_no}


@pytest.mark.feature("declarations.exports")
@pytest.mark.rule("R-306")
def test_the_export_chain_refuses_what_does_not_fit(zone: Plan, keys: Any) -> None:
    one, stranger = unit(zone, 1), unit(zone, 2)
    declare(zone, keys, [one])
    heard([one], "2", "120")
    bill = chain.master(heads([one]), "999-1", "M1", NOW, Random(1))
    bill.items[0]["invtNo"] = "1" * 18
    send(zone, keys, one.agent, "CEB607Message", [bill], 1)
    assert "BIZ-PARCEL-NUMBER" in said(bill.guid)
    for seed in (2, 3):
        bill = chain.master(heads([one]), "999-1", f"M{seed}", NOW, Random(seed))
        send(zone, keys, one.agent, "CEB607Message", [bill], seed)
    assert "BIZ-PARCEL-TWICE" in said(bill.guid)
    gone = chain.departure(heads([stranger]), "D1", NOW, Random(4))
    send(zone, keys, one.carrier, "CEB509Message", [gone], 4)
    assert "BIZ-PARCEL-UNLISTED" in said(gone.guid)
    heard([one], "800", "899", at="20261110130000000")
    site = firms(zone)["site"][0]
    early = chain.arrival(heads([one]), site, "A1", NOW, Random(5))
    send(zone, keys, site, "CEB507Message", [early], 5)
    assert "BIZ-PARCEL-STATE" in said(early.guid)


@pytest.mark.feature("declarations.accounts")
@pytest.mark.rule("R-115")
def test_a_cancelled_bonded_list_gives_back_quota_guarantee_and_stock(zone: Plan, keys: Any) -> None:
    bonded.open_book(zone)
    bonded.put_in(zone, bonded.record_no(), "100")
    (one,) = bonded.bought(zone, 1)
    bonded.send(zone, keys, [one])
    row = Declaration.objects.get()
    number = f"7913{row.pk:014d}"
    tell("CEB622Message", [{"guid": row.guid, "invtNo": number, "returnStatus": "120", "returnTime": "20261128090000000"}])
    kinds = set(Account.objects.filter(reserved_units__gt=0).values_list("kind", flat=True))
    assert kinds == {"quota", "guarantee", "bonded_book"}
    document = cancellation("CEB621Message", one.heads["CEB621Message"], number, datetime.now(BEIJING), Random(1))
    accept(WORKER, signed("CEB623Message", one.agent, [document], keys, Random(1)), zone=zone.code, sender_code=one.agent.code, channel="cli")  # fmt: skip
    worker.drain()
    tell("CEB624Message", [{"guid": document.guid, "invtNo": number, "returnStatus": "399", "returnTime": "20261128100000000"}])
    assert Declaration.objects.get().state == "cancelled"
    assert not Account.objects.exclude(reserved_units=0).exists()


@pytest.mark.feature("intake.messages")
def test_a_message_in_another_firms_name_is_not_taken(zone: Plan, keys: Any) -> None:
    bonded.open_book(zone)
    (one,) = bonded.bought(zone, 1)
    document = goods_return("CEB621Message", one.heads["CEB621Message"], one.lines["CEB621Message"], {1: "1"}, "7" * 18, datetime.now(BEIJING), Random(1))  # fmt: skip
    key, certificate, _ = keys.of(one.agent)
    transfer = {"copCode": one.carrier.code, "copName": one.carrier.name, "dxpMode": "DXP", "dxpId": one.carrier.dxp_id}
    body = codec.encode(codec.Decoded("CEB625Message", fresh(Random(1)), "1.0", [document], transfer))
    data = sign.sign(body, key, certificate)
    accept(WORKER, data, zone=zone.code, sender_code=one.agent.code, channel="cli")
    worker.drain()
    message = Message.objects.latest("id")
    assert (message.state, [found["code"] for found in message.findings]) == ("refused", ["AUTH-SENDER"])
    assert Receipt.objects.get(message_id=message.pk).type == "CEB900Message"


@pytest.mark.feature("declarations.sites")
@pytest.mark.rule("R-204")
def test_an_inbound_list_comes_from_an_operator_of_the_register_and_is_of_imports(zone: Plan, keys: Any) -> None:
    one = next(u for u in day_units(zone, 60, 5, datetime.now(BEIJING).date(), faulty=False) if u.mode == "9610" and not u.export)
    bonded.send(zone, keys, [one])
    number, site = one.heads["CEB621Message"]["logisticsNo"], firms(zone)["site"][0]
    entry = Entry.objects.filter(kind="declarations.site", zone=zone.code, withdrawn_on=None).first()
    assert entry is not None
    assert entry.facts["operator"] == site.code
    Entry.objects.filter(pk=entry.pk).update(facts={**entry.facts, "operator": one.agent.code})
    head = {
        "guid": fresh(Random(7)), "appType": "1", "appTime": NOW.strftime("%Y%m%d%H%M%S"), "appStatus": "2", "customsCode": zone.customs_codes[0], "copNo": "R1",
        "operatorCode": site.code, "operatorName": site.name, "ieFlag": "E", "trafMode": "5", "trafNo": "CA0001", "voyageNo": "CA1", "billNo": "999-1",
        "logisticsCode": one.carrier.code, "logisticsName": one.carrier.name,
    }  # fmt: skip
    document = codec.Document(0, head["guid"], head, [{"gnum": "1", "logisticsNo": number}])
    send(zone, keys, site, "CEB711Message", [document], 1)
    assert {"BIZ-SITE-OPERATOR", "BIZ-DIRECTION"} <= {part.split(";")[0] for part in said(head["guid"]).split("[Code:")}
