"""A list is cancelled: by its own declarant, before customs has ended it, once; and what was reserved comes free."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any

import pytest

from gongfu.base.access.actor import WORKER
from gongfu.base.events import worker
from gongfu.base.kit.beijing import BEIJING
from gongfu.base.ledgers.models import Account
from gongfu.config.invariants import violations
from gongfu.modules.declarations.models import Declaration, FollowUp
from gongfu.modules.intake.actions import accept
from gongfu.modules.intake.models import Outgoing, Receipt
from gongfu.peers.afterwards import cancellation
from gongfu.peers.day import SENDERS, message, signed, units
from gongfu.peers.firms import firms
from gongfu.peers.orders import Unit
from gongfu.zones.plan import Plan
from journeys.customs import tell

pytestmark = [pytest.mark.feature("declarations.imports"), pytest.mark.rule("R-211")]
NUMBER = "790520261000000001"[:18]


def declared(zone: Plan, keys: Any, export: bool = False) -> Unit:
    """One sound list that has gone to customs and has a number there."""
    now, rng = datetime.now(BEIJING), Random(5)
    unit = next(one for one in units(zone, 60, 5, now.date(), faulty=False) if one.export is export)
    for kind, sender in SENDERS.items():
        if kind in unit.heads:
            firm = getattr(unit, sender)
            data = message(kind, firm, [unit], keys, rng)
            assert accept(WORKER, data, zone=zone.code, sender_code=firm.code, channel="cli").finding is None
    worker.drain()
    kind = "CEB604Message" if export else "CEB622Message"
    guid = Declaration.objects.get().guid
    tell(kind, [{"guid": guid, "invtNo": NUMBER, "returnStatus": "120", "returnTime": "20261128090000000"}])
    assert Declaration.objects.get().state == "accepted"
    return unit


def hand_in(zone: Plan, keys: Any, unit: Unit, seed: int = 1, number: str = NUMBER) -> str:
    """The declarant's cancellation; gives its guid."""
    kind = "CEB603Message" if unit.export else "CEB621Message"
    rng = Random(seed)
    document = cancellation(kind, unit.heads[kind], number, datetime.now(BEIJING), rng)
    document.head["copNo"] = f"X{seed}"
    data = signed("CEB605Message" if unit.export else "CEB623Message", unit.agent, [document], keys, rng)
    accept(WORKER, data, zone=zone.code, sender_code=unit.agent.code, channel="cli")
    worker.drain()
    return document.guid


def said(guid: str) -> str:
    return Receipt.objects.filter(document_guid=guid, origin="platform").get().info


def conclude(unit: Unit, guid: str, status: str = "399") -> None:
    kind = "CEB606Message" if unit.export else "CEB624Message"
    tell(kind, [{"guid": guid, "invtNo": NUMBER, "returnStatus": status, "returnTime": "20261128100000000"}])


@pytest.mark.parametrize("export", [False, True])
def test_a_cancellation_that_customs_agrees_to_cancels_the_list(zone: Plan, keys: Any, export: bool) -> None:
    unit = declared(zone, keys, export)
    guid = hand_in(zone, keys, unit)
    row = FollowUp.objects.get()
    assert (row.state, row.declaration_id) == ("ready", Declaration.objects.get().pk)
    assert Outgoing.objects.filter(type=row.kind, guids=[guid]).count() == 1
    conclude(unit, guid)
    assert FollowUp.objects.get().state == "concluded"
    assert Declaration.objects.get().state == "cancelled"
    assert not any(one.reserved_units for one in Account.objects.filter(kind="quota"))
    conclude(unit, guid)
    assert FollowUp.objects.get().moves.filter(state="concluded").count() == 1
    assert {name: rows for name, rows in violations().items() if rows} == {}


def test_what_customs_rejects_leaves_the_list_as_it_was_and_may_be_asked_again(zone: Plan, keys: Any) -> None:
    unit = declared(zone, keys)
    first = hand_in(zone, keys, unit)
    assert "BIZ-FOLLOW-UP-OPEN" in said(hand_in(zone, keys, unit, seed=2))
    conclude(unit, first, "100")
    assert (FollowUp.objects.get().state, Declaration.objects.get().state) == ("rejected", "accepted")
    hand_in(zone, keys, unit, seed=3)
    assert FollowUp.objects.filter(live=True).count() == 1


def test_a_released_list_and_a_strange_one_are_refused_with_the_reason(zone: Plan, keys: Any) -> None:
    unit = declared(zone, keys)
    assert "BIZ-LIST-UNKNOWN" in said(hand_in(zone, keys, unit, number="1" * 18))
    tell(
        "CEB622Message",
        [{"guid": Declaration.objects.get().guid, "returnStatus": "800", "returnTime": "20261128093000000"}],
    )
    assert "BIZ-CANCEL-STATE" in said(hand_in(zone, keys, unit, seed=2))
    assert FollowUp.objects.count() == 0


def test_a_list_released_while_the_cancellation_was_under_way_stays_released(zone: Plan, keys: Any) -> None:
    unit = declared(zone, keys)
    guid = hand_in(zone, keys, unit)
    tell(
        "CEB622Message",
        [{"guid": Declaration.objects.get().guid, "returnStatus": "800", "returnTime": "20261128093000000"}],
    )
    conclude(unit, guid)
    assert Declaration.objects.get().state == "released"
    assert {name: rows for name, rows in violations().items() if rows} == {}


def test_only_the_declarant_of_the_list_may_cancel_it(zone: Plan, keys: Any) -> None:
    unit = declared(zone, keys)
    other = next(one for one in firms(zone)["declarant"] if one.code != unit.agent.code)
    unit.agent = other
    unit.heads["CEB621Message"] |= {"agentCode": other.code, "agentName": other.name}
    assert "BIZ-LIST-UNKNOWN" in said(hand_in(zone, keys, unit))
