"""Returns and exchanges asked for on line: papers compared, an officer where they differ, and the declarant's return followed (R-1104)."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

import pytest

from gongfu.base.access.actor import WORKER, Actor
from gongfu.base.cases import actions as cases
from gongfu.base.cases.models import Case
from gongfu.base.events import worker
from gongfu.core.ceb import codec, envelope, gate
from gongfu.modules.declarations import queries, return_messages
from gongfu.modules.declarations.models import Declaration, FollowUp
from gongfu.modules.intake import queries as intake
from gongfu.modules.intake.actions import accept
from gongfu.modules.trade.models import Order
from gongfu.peers.day import signed
from gongfu.zones.plan import Plan
from journeys.test_returns import back, conclude, hand_in, lines, released

pytestmark = [pytest.mark.feature("declarations.returns"), pytest.mark.rule("R-1104")]
KIND = "declarations.return"
MAY = frozenset({"returns.apply", "cases.open", "cases.move", "cases.read"})
CUSTOMS = Actor("person:9", "zone", frozenset({"returns.review", "cases.move"}), ("nanchong",), role="officer.customs")


def buyer(key: str = "") -> Actor:
    """The buyer of the list, or somebody with another identity."""
    return Actor("person:1", "own", MAY, ("nanchong",), (key or Declaration.objects.get().buyer_key,), "consumer.person")  # fmt: skip


def apply(actor: Actor, **changed: Any) -> cases.Taken:
    """An application by the list's own numbers, unopened, one piece, handed in."""
    row = Declaration.objects.get()
    raw = {
        "number": row.order_no, "waybill": row.logistics_no, "gnum": "1", "qty": "1", "condition": "unopened", "reason": "不想要了", "want": "return", **changed,
    }  # fmt: skip
    opened = cases.open_case(actor, KIND, zone="nanchong", raw=raw)
    assert opened.case is not None
    return cases.take(actor, opened.case.pk, "submit")


def codes(taken: cases.Taken) -> list[str]:
    return [one.code for one in taken.findings]


def test_papers_that_agree_go_to_the_declarant_and_the_case_follows_to_the_end(zone: Plan, keys: Any) -> None:
    unit = released(zone, keys)
    assert apply(buyer()).done
    case = Case.objects.get(kind=KIND)
    row = Declaration.objects.get()
    assert (case.state, case.facts["agent"], case.about) == ("agreed", unit.agent.code, f"declaration:{row.pk}")
    declarant = Actor("person:2", "own", MAY, ("nanchong",), (unit.agent.code,), "firm.operator")
    assert [one.pk for one in queries.applications(declarant)] == [case.pk]
    assert not queries.applications(
        Actor("person:3", "own", MAY, ("nanchong",), ("91511300MA6DEM022B",), "firm.operator")
    )
    name, body = return_messages.message(case, row, Random(3))
    assert name.startswith("CEB625")
    assert b"<ceb:appStatus>1<" in body
    guid = hand_in(zone, keys, unit, {1: "1"})
    case.refresh_from_db()
    assert (case.state, case.facts["follow_up"]) == ("handed_in", FollowUp.objects.get().pk)
    conclude(unit, guid, "100")
    case.refresh_from_db()
    assert case.state == "agreed", "customs rejected it: the declarant hands it in again"
    again = hand_in(zone, keys, unit, {1: "1"}, seed=2)
    conclude(unit, again, seed=2)
    case.refresh_from_db()
    assert (case.state, case.closed_at) == ("arriving", None), "concluded, but the goods are not back"
    assert back(again).findings == ()
    case.refresh_from_db()
    assert (case.state, case.closed_at is not None) == ("settled", True)


def test_the_prefilled_message_is_a_sound_return_once_it_is_signed(zone: Plan, keys: Any) -> None:
    unit = released(zone, keys)
    assert apply(buyer()).done
    _, body = return_messages.message(Case.objects.get(kind=KIND), Declaration.objects.get(), Random(3))
    document = decoded(body).documents[0]
    document.head["appStatus"] = "2"
    accept(WORKER, signed("CEB625Message", unit.agent, [document], keys, Random(4)), zone=zone.code, sender_code=unit.agent.code, channel="cli")  # fmt: skip
    worker.drain()
    row = FollowUp.objects.get()
    assert (row.state, row.lines.get().qty, row.number) == ("ready", Decimal(1), Case.objects.get(kind=KIND).number[:20])  # fmt: skip
    assert intake.document(row.message_id, row.guid)["reason"] == "不想要了"


def decoded(body: bytes) -> codec.Decoded:
    data, fault = envelope.business(body)
    assert fault is None
    root = gate.parse(data).root
    assert root is not None
    return codec.decode(root)


@pytest.mark.parametrize(("field", "value"), [("waybill", "W-OTHER"), ("condition", "damaged")])
def test_what_differs_goes_to_an_officer_who_agrees_or_refuses(zone: Plan, keys: Any, field: str, value: str) -> None:
    released(zone, keys)
    assert apply(buyer(), **{field: value}).done
    case = Case.objects.get(kind=KIND)
    assert (case.state, case.facts["differences"], case.waits_for) == ("reviewing", [field], ["returns.review"])
    if field == "waybill":
        assert cases.take(CUSTOMS, case.pk, "refuse").findings, "a refusal says why"
        assert cases.take(CUSTOMS, case.pk, "refuse", {"why": "不是这票货"}).done
        assert Case.objects.get(kind=KIND).state == "refused"
    else:
        assert cases.take(CUSTOMS, case.pk, "accept").done
        assert Case.objects.get(kind=KIND).state == "agreed"


def test_nobody_returns_what_another_bought(zone: Plan, keys: Any) -> None:
    unit = released(zone, keys)
    assert codes(apply(buyer("0" * 32))) == ["BIZ-RETURN-NOT-YOURS"]
    assert codes(apply(buyer("91511300MA6DEM022B"))) == ["BIZ-RETURN-NOT-YOURS"]
    agent = Actor("person:2", "own", MAY, ("nanchong",), (unit.agent.code,), "firm.operator")
    assert apply(agent).done, "the declarant applies for the buyer"


def test_more_than_is_left_an_old_list_and_an_exchange_without_a_new_order(zone: Plan, keys: Any) -> None:
    unit = released(zone, keys)
    whole = Decimal(lines(unit)[0]["qty"])
    assert codes(apply(buyer(), qty=str(whole + 1))) == ["BIZ-RETURN-QTY"]
    assert codes(apply(buyer(), gnum="99")) == ["BIZ-RETURN-LINE"]
    assert codes(apply(buyer(), want="exchange", new_order=Declaration.objects.get().order_no)) == ["BIZ-EXCHANGE-ORDER"]  # fmt: skip
    assert codes(apply(buyer(), want="exchange", new_order="NEW-1")) == ["BIZ-EXCHANGE-UNKNOWN"]
    first = Order.objects.get()
    first.pk, first.order_no, first.guid = None, "NEW-1", "N" * 36
    first.save()
    assert apply(buyer(), want="exchange", new_order="NEW-1", qty=str(whole)).done
    assert Case.objects.filter(kind=KIND, state="agreed").get().facts["new_order"] == "NEW-1"
    assert codes(apply(buyer())) == ["BIZ-RETURN-QTY"], "the other application asks for all of it"


@pytest.mark.rule("R-214")
@pytest.mark.rule("R-120")
def test_an_application_out_of_the_window_is_told_the_ways_left(zone: Plan, keys: Any) -> None:
    released(zone, keys, days_ago=31)
    taken = apply(buyer())
    assert codes(taken) == ["BIZ-RETURN-LATE"]
    assert "退款" in taken.findings[0].remedy()
