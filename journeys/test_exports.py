"""9610 export from filing to 899 and to the declaration form: order, waybill, list, master bill, arrival, release, departure, summary."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from gongfu.base.kit import clock
from gongfu.base.kit.beijing import BEIJING
from gongfu.config.demo import enrol
from gongfu.config.invariants import violations
from gongfu.modules.declarations.models import (
    Declaration,
    Difference,
    Exported,
    FollowUp,
    Orphan,
    SummaryForm,
    SummaryLine,
)
from gongfu.modules.trade.models import Collection
from gongfu.peers import chain
from gongfu.peers.firms import firms
from gongfu.zones.plan import Plan, plans
from journeys.customs import tell
from journeys.exported import declare, heads, heard, listed, number_of, row, said, send, unit

pytestmark = [pytest.mark.feature("declarations.exports"), pytest.mark.rule("R-306")]
NOW = datetime.now(BEIJING)
SUM_NO = "S20261110000000001"


def told(kind: str, guid: str, status: str, at: str = "20261112090000000", **more: str) -> None:
    tell(kind, [{"guid": guid, "returnStatus": status, "returnTime": at, **more}])


def cleared(zone: Plan, keys: Any, count: int, **how: Any) -> list[Any]:
    units = [unit(zone, number, **how) for number in range(count)]
    declare(zone, keys, units)
    heard(units, "2", "120", "800", "899")
    assert [row(one).state for one in units] == ["closed"] * count
    return units


def apply_for(zone: Plan, keys: Any, units: list[Any], seed: int = 1, numbers: list[str] | None = None) -> Any:
    asked = numbers or [number_of(one) for one in units]
    made = chain.summary(heads(units)[0], asked, f"SUM{seed}", NOW, Random(seed))
    send(zone, keys, units[0].agent, "CEB701Message", [made], seed)
    return made


@pytest.mark.rule("R-302")
@pytest.mark.rule("R-303")
def test_a_9610_export_from_filing_to_899_and_into_a_form(zone: Plan, keys: Any) -> None:
    units = [unit(zone, number) for number in range(3)]
    site = firms(zone)["site"][0]
    early = chain.arrival(heads(units), site, "A1", NOW, Random(1))
    send(zone, keys, site, "CEB507Message", [early], 1)
    assert [one["code"] for one in FollowUp.objects.get(kind="CEB507Message").findings] == ["BIZ-PARCEL-EARLY"]
    declare(zone, keys, units)
    heard(units, "2", "120")
    bill = chain.master(heads(units), "999-12345678", "M1", NOW, Random(2))
    send(zone, keys, units[0].agent, "CEB607Message", [bill], 2)
    told("CEB608Message", bill.guid, "120")
    assert {one.bill_no for one in Exported.objects.all()} == {"999-12345678"}
    gone = chain.departure(heads(units), "D1", NOW, Random(3))
    send(zone, keys, units[0].carrier, "CEB509Message", [gone], 3)
    assert "BIZ-PARCEL-STATE" in said(gone.guid)
    heard(units, "800", at="20261110130000000")
    gone = chain.departure(heads(units), "D1", NOW, Random(4))
    send(zone, keys, units[0].carrier, "CEB509Message", [gone], 4)
    told("CEB510Message", gone.guid, "120")
    assert not Exported.objects.filter(left_at=None).exists()
    heard(units, "899", at="20261111130000000")
    assert {one.cleared_on for one in Exported.objects.all()} == {date(2026, 11, 11)}
    asked = apply_for(zone, keys, units)
    told("CEB702Message", asked.guid, "399", sumNo=SUM_NO)
    application = FollowUp.objects.get(kind="CEB701Message")
    assert (application.state, application.official_no) == ("concluded", SUM_NO)
    assert set(Exported.objects.values_list("summary", flat=True)) == {application.pk}
    hand_over(chain.results(asked, SUM_NO, listed(units), NOW))
    lines = {(one.pk, line.gnum) for one in map(row, units) for line in one.lines.all()}
    assert set(SummaryLine.objects.values_list("declaration", "gnum")) == lines
    assert {(form.follow_up_id, form.state) for form in SummaryForm.objects.all()} == {(application.pk, "R")}
    assert not Orphan.objects.exists()
    assert not Difference.objects.exists()
    assert {name: rows for name, rows in violations().items() if rows} == {}


def hand_over(documents: list[Any], seed: int = 1) -> None:
    from gongfu.base.access.actor import WORKER
    from gongfu.base.events import worker
    from gongfu.core.ceb import codec
    from gongfu.core.ceb.samples import guid
    from gongfu.modules.intake.actions import accept
    from gongfu.modules.intake.links import EXPORT_NODE

    body = codec.encode(codec.Decoded("CEB792Message", guid(Random(f"792{seed}{documents[0].guid}")), "1.0", documents))
    accept(WORKER, body, zone="nanchong", sender_code=EXPORT_NODE, channel="customs")
    worker.drain()


@pytest.mark.rule("R-303")
def test_a_list_is_in_one_summary_only_until_customs_refuses_it(zone: Plan, keys: Any) -> None:
    units = cleared(zone, keys, 2)
    first = apply_for(zone, keys, units)
    again = apply_for(zone, keys, units[1:], seed=2)
    assert "BIZ-SUMMARY-TWICE" in said(again.guid)
    told("CEB702Message", first.guid, "100")
    assert not Exported.objects.exclude(summary=None).exists()
    apply_for(zone, keys, units[1:], seed=3)
    assert FollowUp.objects.filter(kind="CEB701Message", live=True).count() == 1


@pytest.mark.rule("R-304")
def test_only_cleared_lists_of_lane_b_are_summarised(zone: Plan, keys: Any) -> None:
    simple = unit(zone, 1, lane="A")
    declare(zone, keys, [simple])
    heard([simple], "2", "120", "800", "899")
    assert "BIZ-SUMMARY-LANE" in said(apply_for(zone, keys, [simple]).guid)
    released = unit(zone, 2)
    declare(zone, keys, [released])
    heard([released], "2", "120", "800")
    assert "BIZ-SUMMARY-STATE" in said(apply_for(zone, keys, [released], seed=2).guid)
    assert "BIZ-LIST-UNKNOWN" in said(apply_for(zone, keys, [released], 3, ["1" * 18]).guid)


@pytest.mark.rule("R-005")
def test_a_result_for_a_summary_never_sent_is_put_aside(zone: Plan, keys: Any) -> None:
    units = cleared(zone, keys, 1)
    asked = chain.summary(heads(units)[0], [number_of(units[0])], "SUM9", NOW, Random(9))
    hand_over(chain.results(asked, SUM_NO, listed(units), NOW))
    assert not SummaryForm.objects.exists()
    assert [(one.type, SUM_NO in one.info) for one in Orphan.objects.all()] == [("CEB792Message", True)]


@pytest.mark.rule("R-005")
def test_a_result_that_changes_a_code_is_a_difference_and_a_later_state_holds(zone: Plan, keys: Any) -> None:
    units = cleared(zone, keys, 1)
    asked = apply_for(zone, keys, units)
    told("CEB702Message", asked.guid, "399", sumNo=SUM_NO)
    made = chain.results(asked, SUM_NO, listed(units), NOW)
    made[0].items[0]["gcode"] = "9999999999"
    hand_over(made)
    assert [one.kind for one in Difference.objects.all()] == ["summary_code"]
    made[0].head |= {"decState": "P", "opDate": "20991231000000000"}
    hand_over(made, seed=2)
    made[0].head |= {"decState": "Q", "opDate": "20200101000000000"}
    hand_over(made, seed=3)
    assert SummaryForm.objects.get(seq_no=made[0].head["declSeqNo"]).state == "P"
    assert SummaryLine.objects.count() == row(units[0]).lines.count()


def test_a_parcel_arrives_once_and_one_of_a_part_that_is_none_is_refused(zone: Plan, keys: Any) -> None:
    units, site = [unit(zone, 1)], firms(zone)["site"][0]
    declare(zone, keys, units)
    first, second = (chain.arrival(heads(units), site, f"A{n}", NOW, Random(n)) for n in (1, 2))
    send(zone, keys, site, "CEB507Message", [first], 1)
    send(zone, keys, site, "CEB507Message", [second], 2)
    assert "BIZ-PARCEL-TWICE" in said(second.guid)
    odd = chain.master(heads(units), "B", "M", NOW, Random(3))
    odd.head["msgSeqNo"] = "2"
    send(zone, keys, units[0].agent, "CEB607Message", [odd], 3)
    assert "BIZ-PART" in said(odd.guid)


@pytest.fixture
def then(transactional_db: None, keys: Any, settings: Any, tmp_path: Path) -> Iterator[Plan]:
    """南充 as it was on 16 December 2024, its firms filed."""
    settings.LINK_FOLDER, settings.WATCH_FOLDER = tmp_path / "link", tmp_path / "watch"
    plan, on = plans()["nanchong"], datetime(2024, 12, 16, 12, tzinfo=BEIJING)
    with clock.standing_at(on):
        enrol(plan, keys, on.date())
        yield plan
        assert not any(violations().values())


@pytest.mark.rule("R-301")
def test_t_309_money_received_is_asked_for_until_2024_12_14(then: Plan, keys: Any) -> None:
    last, next_, paid = (
        unit(then, 90 + day, at=datetime(2024, 12, (14, 15, 14)[day], 12, tzinfo=BEIJING)) for day in range(3)
    )
    for seed in (1, 2):
        told = chain.collection(heads([paid])[0], "10.00", clock.now().astimezone(BEIJING), Random(seed))
        send(then, keys, paid.seller, "CEB403Message", [told], seed)
    assert [(one.order_no, one.charge_fen) for one in Collection.objects.all()] == [(paid.order_no, 1_000)]
    declare(then, keys, [last, next_, paid])
    told_of = {one.order_no: said(heads([one])[0]["guid"]) for one in (last, next_, paid)}
    assert "BIZ-COLLECTION-MISSING" in told_of[last.order_no]
    assert "BIZ-COLLECTION-MISSING" not in told_of[next_.order_no] + told_of[paid.order_no]
    assert not Declaration.objects.filter(order_no=last.order_no).exists()
    assert Declaration.objects.filter(order_no__in=[next_.order_no, paid.order_no]).count() == 2


@pytest.mark.feature("declarations.b2b")
@pytest.mark.rule("R-405")
def test_t_403_9810_needed_a_filed_warehouse_until_2024_12_14(then: Plan, keys: Any) -> None:
    before, after = (
        unit(then, 95 + at, mode="9810", at=datetime(2024, 12, day, 12, tzinfo=BEIJING))
        for at, day in enumerate((10, 15))
    )
    declare(then, keys, [before, after])
    assert "BIZ-WAREHOUSE-UNFILED" in said(heads([before])[0]["guid"])
    assert [one.order_no for one in Declaration.objects.all()] == [after.order_no]
