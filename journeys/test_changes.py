"""Changes and deletions of what was declared, answers that differ from ours, limits that move within a year (R-003, R-005, R-1507)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Any

import pytest

from gongfu.base.access.actor import OPERATOR, WORKER, Actor
from gongfu.base.events import worker
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import BEIJING, civil_date
from gongfu.base.ledgers.models import Account
from gongfu.config.invariants import violations
from gongfu.modules.declarations import reviewing
from gongfu.modules.declarations.importing import import_version
from gongfu.modules.declarations.models import Declaration, Difference, FollowUp
from gongfu.modules.intake.actions import accept
from gongfu.modules.intake.models import Receipt
from gongfu.modules.tax.models import Assessment
from gongfu.peers.afterwards import goods_return
from gongfu.peers.day import signed
from gongfu.peers.orders import Unit
from gongfu.zones.plan import Plan
from journeys import bonded
from journeys.customs import tell

pytestmark = [pytest.mark.feature("declarations.imports"), pytest.mark.rule("R-1507")]
LIST = "CEB621Message"
OFFICER = Actor("person:9", "zone", frozenset({"declarations.review"}), ("nanchong",), role="officer.customs")


def bought(zone: Plan, count: int = 1) -> list[Unit]:
    bonded.open_book(zone)
    bonded.put_in(zone, bonded.record_no(), "100")
    return bonded.bought(zone, count)


def again(unit: Unit, app_type: str, number: int, **values: str) -> Unit:
    """The same list handed in as new (1), changed (2) or deleted (3), under a guid of its own."""
    head = {**unit.heads[LIST], "appType": app_type, "guid": f"{number:036d}", **values}
    return replace(unit, heads={**unit.heads, LIST: head})


def answer(unit: Unit) -> str:
    return Receipt.objects.get(document_guid=unit.heads[LIST]["guid"], origin="platform").info


def states() -> list[str]:
    return list(Declaration.objects.order_by("pk").values_list("state", flat=True))


@pytest.mark.parametrize("app_type", ["2", "3"])
def test_a_list_that_is_not_there_is_neither_changed_nor_deleted(zone: Plan, keys: Any, app_type: str) -> None:
    (unit,) = bought(zone)
    odd = again(unit, app_type, 1)
    bonded.send(zone, keys, [odd], kinds=(LIST,))
    assert "STATE-NOTHING" in answer(odd)
    assert states() == []


def test_a_list_and_its_change_that_come_together_are_taken_in_turn(zone: Plan, keys: Any) -> None:
    (unit,) = bought(zone)
    for one in (again(unit, "1", 1), again(unit, "2", 2)):
        bonded.send(zone, keys, [one], kinds=(LIST,), drain=False)
    worker.drain()
    assert states() == ["cancelled", "waiting"]


def test_a_follow_up_is_only_declared_anew(zone: Plan, keys: Any) -> None:
    (unit,) = bought(zone)
    bonded.send(zone, keys, [unit])
    document = goods_return(LIST, unit.heads[LIST], unit.lines[LIST], {1: "1"}, "7913I", datetime.now(BEIJING), Random(1))
    document.head["appType"] = "2"
    data = signed("CEB625Message", unit.agent, [document], keys, Random(2))
    accept(WORKER, data, zone=zone.code, sender_code=unit.agent.code, channel="cli")
    worker.drain()
    assert "BIZ-APP-TYPE" in Receipt.objects.get(document_guid=document.guid, origin="platform").info
    assert not FollowUp.objects.exists()


@pytest.mark.feature("intake.messages")
@pytest.mark.rule("R-005")
def test_what_we_passed_and_customs_rejects_is_a_reconciliation_item(zone: Plan, keys: Any) -> None:
    first, second = bought(zone, 2)
    bonded.send(zone, keys, [first, second])
    rows = list(Declaration.objects.order_by("pk"))
    for row, status in zip(rows, ("100", "800"), strict=True):
        tell("CEB622Message", [{"guid": row.guid, "invtNo": f"7913{row.pk:014d}", "returnStatus": status, "returnTime": "20261128093000000", "returnInfo": "[Code:13035;Desc:支付企业不一致]"}], seed=row.pk)  # fmt: skip
    item = Difference.objects.get()
    assert (item.declaration_id, item.kind, item.ours) == (rows[0].pk, "海关退单", "校验通过")
    assert "支付企业不一致" in item.theirs


@pytest.mark.rule("R-003")
@pytest.mark.feature("tax.imports")
def test_a_limit_that_is_raised_within_the_year_holds_for_accounts_that_are_open(zone: Plan, keys: Any) -> None:
    first, second = bought(zone, 2)
    bonded.send(zone, keys, [first])
    account = Account.objects.get(kind="quota")
    Account.objects.filter(pk=account.pk).update(limit_units=account.reserved_units)
    person = {name: value for name, value in first.heads[LIST].items() if name.startswith("buyer")}
    payer = {"payerIdNumber": person["buyerIdNumber"], "payerName": person["buyerName"], "telephone": person["buyerTelephone"]}
    told = {"consignee": person["buyerName"], "consigneeTelephone": person["buyerTelephone"]}
    second.heads["CEB311Message"] |= {**person, **told}
    second.heads["CEB411Message"] |= payer
    second.heads["CEB511Message"] |= told
    second.heads[LIST] |= person
    bonded.send(zone, keys, [second])
    account.refresh_from_db()
    assert states() == ["ready", "ready"]
    assert account.limit_units == 2_600_000
    assert not any(violations()["I5"] + violations()["I6"])


@pytest.mark.rule("R-110")
@pytest.mark.feature("tax.imports")
def test_a_cosmetic_without_its_content_is_let_pass_at_the_dear_rate(zone: Plan, keys: Any) -> None:
    (unit,) = bought(zone)
    for kind in ("CEB311Message", LIST):
        for line in unit.lines[kind]:
            line["gmodel"] = "瓶装"
    for line in unit.lines[LIST]:
        line["gcode"] = "3304990099"
    bonded.send(zone, keys, [unit])
    row = Declaration.objects.get()
    assert (row.state, row.reason) == ("held", "TAX-NET-CONTENT")
    assert reviewing.let_pass(OFFICER, row.pk).findings == ()
    worker.drain()
    row.refresh_from_db()
    assert (row.state, row.passed) == ("ready", ["TAX-NET-CONTENT"])
    assert set(Assessment.objects.values_list("ct_bp", flat=True)) == {1500}


@pytest.mark.rule("R-201")
@pytest.mark.feature("tax.imports")
def test_rationed_goods_are_counted_in_grams_and_refused_without_a_weight(zone: Plan, keys: Any) -> None:
    code = str(bonded.item()["hs10"])[:8]
    rows = f"hs8,name,remark,control,mode,words,group,limit_g\n{code},货品,限量,quantity,,,演示,1000000\n"
    import_version(OPERATOR, rows.encode(), civil_date(clock.now()), "公告")
    bonded.open_book(zone)
    bonded.put_in(zone, bonded.record_no(), "100000", unit="036")
    grams, none = bonded.bought(zone, 2)
    for line in grams.lines[LIST]:
        line |= {"unit1": "036", "qty1": f"{float(line['qty1']) * 1000:g}"}
    for line in none.lines[LIST]:
        line |= {"unit1": "011", "qty1": line["qty"]}
    bonded.send(zone, keys, [grams, none])
    found = {row.order_no: (row.state, row.reason) for row in Declaration.objects.all()}
    assert found[grams.order_no] == ("ready", "")
    assert found[none.order_no] == ("refused", "IMP-PERSON-UNIT")
    assert Account.objects.get(kind="person_goods").reserved_units == round(bonded.kilos(grams))
