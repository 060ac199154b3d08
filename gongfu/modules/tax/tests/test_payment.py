"""Payments of tax bills as the agent notes them: once, not before release, not of a void bill, within reach (R-116)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gongfu.base.access.actor import Actor
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.modules.tax.bills import note_payment
from gongfu.modules.tax.models import Bill

pytestmark = [pytest.mark.feature("tax.imports"), pytest.mark.rule("R-116"), pytest.mark.django_db]
FIRM, OTHER = "91511300MA6DEM014G", "91511300MA6DEM0221"


def actor(code: str) -> Actor:
    return Actor("person:1", "own", frozenset({"*"}), ("nanchong",), (code,), "firm.operator")


def bill(**values: Any) -> Bill:
    today = civil_date(clock.now())
    told = {
        "zone": "nanchong", "agent_code": FIRM, "tax_no": "T1", "duty_fen": 0, "ct_fen": 0, "vat_fen": 100, "status": "1",
        "released_on": today - timedelta(days=40), "returned_at": "20261001000000000", **values,
    }  # fmt: skip
    return Bill.objects.create(**told)


def test_a_payment_is_noted_once() -> None:
    one, today = bill(), civil_date(clock.now())
    assert note_payment(actor(FIRM), one.pk, today).findings == ()
    one.refresh_from_db()
    assert one.paid_on == today
    assert [said.code for said in note_payment(actor(FIRM), one.pk, today).findings] == ["TAX-BILL-SETTLED"]


@pytest.mark.parametrize(("days", "codes"), [(-41, ["TAX-BILL-DAY"]), (-40, []), (0, []), (1, ["TAX-BILL-DAY"])])
def test_the_day_lies_between_release_and_today(days: int, codes: list[str]) -> None:
    done = note_payment(actor(FIRM), bill().pk, civil_date(clock.now()) + timedelta(days=days))
    assert [said.code for said in done.findings] == codes


def test_a_void_bill_and_another_firms_are_not_paid() -> None:
    today = civil_date(clock.now())
    assert [said.code for said in note_payment(actor(FIRM), bill(status="3").pk, today).findings] == ["TAX-BILL-SETTLED"]
    other = bill(tax_no="T2", agent_code=OTHER)
    assert [said.code for said in note_payment(actor(FIRM), other.pk, today).findings] == ["TAX-BILL-UNKNOWN"]
    other.refresh_from_db()
    assert other.paid_on is None
