"""Money received for exports: several receipts of one order in the file, in the three flows, and in what a settlement rests on."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from gongfu.base.access.actor import WORKER, Actor
from gongfu.base.access.roles import roles
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import BEIJING, civil_date
from gongfu.core.money import yuan
from gongfu.modules.matching import evidence
from gongfu.modules.matching.models import Chain, Gap
from gongfu.modules.trade import dossiers, wanted
from gongfu.modules.trade.models import Order
from gongfu.peers import chain
from gongfu.zones.plan import Plan
from journeys.exported import declare, heads, heard, send, unit

pytestmark = [pytest.mark.feature("matching.flows"), pytest.mark.rule("R-610")]


def settle(zone: Plan, order: Order) -> Any:
    """A package for a settlement of the whole order, and taken back so that the next can be made."""
    firm = Actor("person:1", "own", roles()["firm.admin"].may, (zone.code,), (order.ebc_code,), "firm.admin")
    done = evidence.make(
        firm,
        numbers=[order.order_no],
        purpose="settlement",
        reader_code="officer.fx",
        asked_fen=order.goods_fen + order.freight_fen,
        until=civil_date(clock.now()),
    )
    assert done.package
    evidence.withdraw(firm, done.package.number)
    return done.package


@pytest.mark.feature("trade.file")
@pytest.mark.feature("matching.evidence")
def test_an_order_is_paid_in_two_receipts(zone: Plan, keys: Any) -> None:
    one = unit(zone, 1)
    declare(zone, keys, [one])
    heard([one], "2", "120", "800", "899")
    order = Order.objects.get()
    key = (order.ebp_code, order.order_no)
    whole, now = order.goods_fen + order.freight_fen, datetime.now(BEIJING) + timedelta(minutes=1)
    assert [gap.kind for gap in Gap.objects.all()] == ["collection_missing"]
    assert [part.kind.code for part in wanted.missing(dossiers.parts([key])[key])] == ["collection"]
    assert settle(zone, order).result == "REJECT"
    for number, (part, verdict, result, supported) in enumerate(((whole // 2, "partial", "PARTIAL", whole // 2), (whole - whole // 2, "matched", "PASS", whole))):  # fmt: skip
        paid = chain.collection(heads([one])[0], yuan(part).replace(",", ""), now, Random(number))
        paid.head["payNo"] = f"PAY{number}"
        send(zone, keys, one.seller, "CEB403Message", [paid], 10 + number)
        assert Chain.objects.get().verdict == verdict
        package = settle(zone, order)
        assert (package.result, package.supported_fen) == (result, supported)
    assert dossiers.named(WORKER, "PAY1") == [key]
    parts = dossiers.parts([key])[key]
    assert [part.event for part in parts].count("collection") == 2
    assert (wanted.missing(parts), dossiers.sealed(key, parts).sound) == ([], True)
