"""What a return takes back to the fen, its windows, and the life of a tax bill by its days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from gongfu.modules.tax.rules import bills
from gongfu.modules.tax.rules.returns import Amounts, in_time, returned

pytestmark = pytest.mark.feature("tax.imports")
SHAMPOO = Amounts(Decimal(2), 21_000, 0, 0, 1_911)
RELEASED = date(2025, 3, 1)


@pytest.mark.feature("declarations.returns")
@pytest.mark.rule("R-117")
@pytest.mark.rule("R-214")
def test_t117_a_return_in_time_frees_its_part_and_the_last_piece_the_rest() -> None:
    assert in_time(RELEASED, date(2025, 3, 31), date(2025, 4, 15))
    first, second = returned({(1, 1): SHAMPOO}, {}, [(7, 1, 1, Decimal(1)), (8, 1, 1, Decimal(1))])
    assert (first[3].dv_fen, first[3].tax_fen, SHAMPOO.tax_fen - first[3].tax_fen) == (10_500, 956, 955)
    assert (second[3].dv_fen, second[3].tax_fen) == (10_500, 955)


@pytest.mark.feature("declarations.returns")
@pytest.mark.rule("R-214")
def test_t118_a_day_late_is_too_late() -> None:
    assert not in_time(RELEASED, date(2025, 4, 1), date(2025, 4, 15))
    assert not in_time(RELEASED, date(2025, 3, 31), date(2025, 4, 16)), "46 days after release"


@pytest.mark.rule("R-117")
def test_pieces_returned_one_by_one_add_up_to_the_line_whatever_the_order() -> None:
    line = Amounts(Decimal(7), 10_001, 333, 1_234, 777)
    for parts in ([1] * 7, [3, 4], [2, 2, 2, 1], [9]):
        asked = [(number, 1, 1, Decimal(qty)) for number, qty in enumerate(parts)]
        back = [one[3] for one in returned({(1, 1): line}, {}, asked)]
        assert sum(one.dv_fen for one in back) == line.dv_fen
        assert sum(one.tax_fen for one in back) == line.tax_fen
        assert all(one.dv_fen >= 0 and one.tax_fen >= 0 for one in back)


@pytest.mark.rule("R-117")
def test_what_is_gone_or_was_never_assessed_gives_nothing() -> None:
    assert returned({(1, 1): SHAMPOO}, {(1, 1): SHAMPOO}, [(9, 1, 1, Decimal(1))]) == []
    assert returned({}, {}, [(9, 1, 1, Decimal(1))]) == []


BILL = bills.Bill("1", 95_500, RELEASED)


@pytest.mark.rule("R-116")
@pytest.mark.parametrize(
    ("day", "state", "fee_fen"),
    [(0, bills.GENERATED, 0), (30, bills.GENERATED, 0), (31, bills.PAYABLE, 0), (45, bills.PAYABLE, 0), (46, bills.OVERDUE, 48), (65, bills.OVERDUE, 955)],
)  # fmt: skip
def test_a_bill_lives_by_its_days(day: int, state: str, fee_fen: int) -> None:
    on = RELEASED + timedelta(days=day)
    assert (bills.state(BILL, on), bills.late_fee_fen(BILL, on)) == (state, fee_fen)


@pytest.mark.rule("R-116")
def test_void_paid_and_summarised_come_before_the_day() -> None:
    late = RELEASED + timedelta(days=50)
    assert bills.state(replace(BILL, status="3"), late) == bills.VOID
    assert bills.state(replace(BILL, due_fen=0), late) == bills.VOID
    assert bills.state(replace(BILL, status="2"), RELEASED + timedelta(days=40)) == bills.SUMMARISED
    assert bills.state(replace(BILL, status="2"), late) == bills.OVERDUE
    paid = replace(BILL, paid_on=RELEASED + timedelta(days=47))
    assert (bills.state(paid, late), bills.late_fee_fen(paid, late)) == (bills.PAID, 96), "two days' fee, and no more"
    assert bills.state(replace(BILL, released_on=None), late) == bills.GENERATED
