"""Amounts in yuan by the last rate of the month before, exact to the fen."""

from __future__ import annotations

from datetime import date

import pytest

from gongfu.reference.exchange import cny_fen
from gongfu.reference.tables import table

pytestmark = pytest.mark.rule("R-304")


def test_the_rate_is_that_of_the_month_before() -> None:
    rows = {(one["currency"], one["month"]): int(one["cny_micro"]) for one in table("exchange_rates").iter_rows(named=True)}
    for on, month in ((date(2026, 3, 1), "2026-02"), (date(2026, 1, 31), "2025-12")):
        assert cny_fen(1_000_000, "502", on) == rows["502", month]
    assert cny_fen(1, "502", date(2026, 3, 1)) == round(rows["502", "2026-02"] / 1_000_000)


def test_a_currency_or_a_month_without_a_rate_gives_none() -> None:
    assert cny_fen(100, "999", date(2026, 3, 1)) is None
    assert cny_fen(100, "502", date(2015, 3, 1)) is None
