"""R-1004 as a pure function: each signal from the smallest lists that make it, and none from one less; a zone's own values hold."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import polars as pl
import pytest

from gongfu.modules.risk.rules.r1004_split_orders import LISTS, split_orders
from gongfu.zones.plan import plans

pytestmark = [pytest.mark.feature("risk.whitelist"), pytest.mark.rule("R-1004")]
ON, LIMIT = date(2026, 11, 28), 500_000
Told = tuple[str, str, int, int]


def found(*rows: Told, limit_fen: int = LIMIT, **own: int) -> dict[tuple[str, str], list[int]]:
    """(signal, subject) → lists. rows: address, buyer, value in fen, days before ON; lists count from 1."""
    told = [(at, address, buyer, value, ON - timedelta(days=ago)) for at, (address, buyer, value, ago) in enumerate(rows, 1)]
    frame = pl.DataFrame(told, schema=dict(LISTS), orient="row")
    signals = split_orders.find(frame, on=ON, limit_fen=limit_fen, **split_orders.values(own))
    return {(row["signal"], row["subject"]): row["lists"] for row in signals.iter_rows(named=True)}


def at_one_address(buyers: int, ago: int = 29) -> list[Told]:
    return [("A", f"B{one}", 100, ago) for one in range(buyers - 1)] + [("A", f"B{buyers - 1}", 100, 0)]


def test_five_buyers_at_one_address_in_thirty_days_are_a_signal_and_four_are_none() -> None:
    assert found(*at_one_address(5)) == {("address", "A"): [1, 2, 3, 4, 5]}
    assert found(*at_one_address(4)) == {}
    assert found(*at_one_address(5, ago=30)) == {}, "the thirty-first day back is not looked at"
    assert found(*[("A", "B", 100, 0)] * 9) == {}, "a buyer with nine lists is one buyer"


def test_one_buyer_within_the_limit_each_time_and_above_it_together() -> None:
    assert found(("A", "B", 300_000, 2), ("C", "B", 200_001, 0)) == {("buyer", "B"): [1, 2]}
    assert found(("A", "B", 300_000, 2), ("C", "B", 200_000, 0)) == {}, "together exactly the limit"
    assert found(("A", "B", 300_000, 3), ("C", "B", 200_001, 0)) == {}, "the fourth day back is not looked at"
    assert found(("A", "B", 500_001, 0), ("C", "B", 1, 0)) == {}, "a list above the limit is taxed in full: nothing was split"
    assert found(("A", "B", 300_000, 0), ("C", "B", 200_001, 0), limit_fen=600_000) == {}


def test_three_lists_near_the_limit_at_one_address() -> None:
    three = [("A", f"B{one}", value, one * 9) for one, value in enumerate((450_000, 500_000, 480_000))]
    assert found(*three) == {("near", "A"): [1, 2, 3]}
    assert found(*three[:2], ("A", "B2", 449_999, 5)) == {}
    assert found(*three[:2], ("A", "B2", 500_001, 5)) == {}


def test_only_signals_that_a_list_of_the_day_belongs_to_are_told() -> None:
    assert found(*[("A", f"B{one}", 100, 1) for one in range(6)], ("Z", "Z", 100, 0)) == {}


def test_lists_without_address_or_buyer_are_nobodys() -> None:
    assert found(*[("", "", 480_000, 0)] * 6) == {}
    assert found(*[("A", "", 100, 0)] * 5) == {}


def test_the_same_lists_in_any_order_give_the_same() -> None:
    rows = [*at_one_address(6), ("A", "B1", 480_000, 1), ("C", "B1", 400_000, 0)]
    frame = pl.DataFrame([(at, *one[:3], ON - timedelta(days=one[3])) for at, one in enumerate(rows)], schema=dict(LISTS), orient="row")
    want = split_orders.find(frame, on=ON, limit_fen=LIMIT, **split_orders.defaults)
    for seed in range(5):
        mixed = frame.sample(fraction=1, shuffle=True, seed=Random(seed).randrange(99))
        assert split_orders.find(mixed, on=ON, limit_fen=LIMIT, **split_orders.defaults).equals(want)


def test_a_zone_sets_its_own_values_and_a_name_the_rule_does_not_know_is_refused() -> None:
    assert found(*at_one_address(4), buyers=4) == {("address", "A"): [1, 2, 3, 4]}
    assert found(("A", "B", 300_000, 6), ("C", "B", 200_001, 0), days=7) == {("buyer", "B"): [1, 2]}
    with pytest.raises(ValueError, match="R-1004 has no dayz"):
        split_orders.values({"dayz": 7})


def test_every_plan_names_rules_and_values_that_exist() -> None:
    for plan in plans().values():
        assert set(plan.risk) <= {split_orders.code}
        assert split_orders.values(plan.risk.get(split_orders.code, {}))
    assert split_orders.confidence == "D"
