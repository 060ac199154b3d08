"""Overseas stock: T-404, conservation, and what an event must say (R-408)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongfu.modules.declarations.rules import stock

pytestmark = [pytest.mark.feature("declarations.b2b"), pytest.mark.rule("R-408")]
SALE = {
    "invt_no": "7", "gnum": 1, "kind": "sold", "qty": "2", "happened_on": "2026-11-20", "document": "S1", "platform": "amazon", "price": "9.9",
    "currency": "502", "country": "502",
}  # fmt: skip
RELEASED, TODAY = date(2026, 11, 1), date(2026, 11, 28)


def faults(on_hand: int | None = 500_000, **changed: Any) -> list[str]:
    return [one.code for one in stock.event_findings({**SALE, **changed}, on_hand, RELEASED, TODAY)]


def test_t_404_a_report_that_leaves_5_pieces_unexplained_is_refused() -> None:
    told = stock.stated(stock.units(Decimal(100)), [("sold", Decimal(60)), ("returned", Decimal(10))])
    (said,) = stock.report_findings(told, Decimal(25), "7 #1")
    assert (said.code, said.facts["unexplained"]) == ("BIZ-STOCK-UNEXPLAINED", "5")
    assert "5" in said.message("zh")
    assert stock.report_findings(told, Decimal(30), "7 #1") == []
    (more,) = stock.report_findings(told, Decimal("30.5"), "7 #1")
    assert (more.code, more.facts["unexplained"]) == ("BIZ-STOCK-SURPLUS", "0.5")


@given(
    st.lists(st.tuples(st.sampled_from(sorted(stock.KINDS)), st.integers(1, 10**9)), max_size=20), st.integers(0, 10**9)
)
def test_declared_is_what_is_gone_and_what_is_on_hand(events: list[tuple[str, int]], on_hand: int) -> None:
    declared = sum(amount for _, amount in events) + on_hand
    told = stock.stated(declared, [(kind, stock.quantity(amount)) for kind, amount in events])
    assert told.on_hand_units == on_hand
    assert told.declared_units == sum(told.gone_units.values()) + told.on_hand_units
    assert told.unexplained(on_hand) == 0


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({}, []),
        ({"qty": "5"}, []),
        ({"qty": "5.00001"}, ["BIZ-STOCK-SHORT"]),
        ({"qty": "0"}, ["BIZ-STOCK-SHORT"]),
        ({"qty": "-1"}, ["BIZ-STOCK-SHORT"]),
        ({"happened_on": "2026-10-31"}, ["BIZ-STOCK-DAY"]),
        ({"happened_on": "2026-11-01"}, []),
        ({"happened_on": "2026-11-29"}, ["BIZ-STOCK-DAY"]),
        ({"platform": "", "country": None}, ["BIZ-STOCK-SALE", "BIZ-STOCK-SALE"]),
        ({"kind": "lost", "platform": "", "country": "", "price": "", "currency": ""}, []),
    ],
)
def test_each_fault_of_an_event(changed: dict[str, Any], codes: list[str]) -> None:
    assert faults(**changed) == codes


def test_a_line_nobody_knows_takes_no_event() -> None:
    assert faults(None) == ["BIZ-STOCK-LINE"]
