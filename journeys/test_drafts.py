"""Firms without software: documents typed in the browser go the same way as messages, for the own firm and under a mandate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

import pytest

from gongfu.base.access.actions import add_person
from gongfu.base.access.actor import OPERATOR, WORKER, Actor, of_person
from gongfu.base.access.models import Person
from gongfu.base.events import worker
from gongfu.base.kit.beijing import BEIJING
from gongfu.modules.declarations.models import Declaration
from gongfu.modules.drafts import actions, queries
from gongfu.modules.drafts.layouts import LINES, forms
from gongfu.modules.drafts.models import Draft
from gongfu.modules.intake.actions import accept
from gongfu.modules.intake.models import Message, Receipt
from gongfu.modules.trade.models import Order
from gongfu.peers.day import message, units
from gongfu.peers.firms import Firm
from gongfu.peers.orders import Unit
from gongfu.zones.plan import Plan

pytestmark = [pytest.mark.feature("declarations.imports"), pytest.mark.feature("declarations.exports")]


def person(firm: Firm, role: str = "firm.operator", name: str = "") -> Actor:
    """Someone of the firm."""
    name = name or f"p-{firm.code[-6:]}-{role}"
    add_person(OPERATOR, name, "long enough a secret", role=role, title=name, zone=firm.zone, party_code=firm.code)
    return of_person(Person.objects.get(username=name))


@dataclass
class Desk:
    """A seller's desk, and a sound purchase whose papers are to be typed."""

    zone: Plan
    keys: Any
    unit: Unit
    actor: Actor

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
        firms = {"CEB411Message": self.unit.payer, "CEB505Message": self.unit.carrier, "CEB511Message": self.unit.carrier}
        for kind in kinds:
            data = message(kind, firms[kind], [self.unit], self.keys, Random(1))
            accept(WORKER, data, zone=self.zone.code, sender_code=firms[kind].code, channel="cli")
        worker.drain()


@pytest.fixture(params=["9610", "import"])
def desk(zone: Plan, keys: Any, request: pytest.FixtureRequest) -> Desk:
    return made(zone, keys, export=request.param == "9610")


def made(zone: Plan, keys: Any, *, export: bool) -> Desk:
    now = datetime.now(BEIJING)
    unit = next(one for one in units(zone, 90, 5, now.date(), faulty=False) if one.export is export and one.mode == "9610")  # fmt: skip
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
