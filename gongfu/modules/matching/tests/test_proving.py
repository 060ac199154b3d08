"""R-610: what a request is supported by, and up to which amount."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gongfu.modules.matching.proving import Sale, judge, order_hash

pytestmark = [pytest.mark.feature("matching.evidence"), pytest.mark.rule("R-610")]
AT = datetime(2026, 11, 1, tzinfo=UTC)
SALE = Sale("P", "O1", "S", "502", 10_000, 10_000, AT, AT + timedelta(days=2), AT + timedelta(days=9), "matched")
NOW = AT + timedelta(days=30)


def told(
    *sales: Sale, purpose: str = "settlement", asked: int = 30_000, at: datetime = NOW
) -> tuple[str, int, list[str]]:
    found = judge(sales, purpose=purpose, seller="S", asked_fen=asked, at=at)
    return found.result, found.supported_fen, [one.code for one in found.findings]


def test_whole_orders_pass_and_money_in_part_supports_its_part() -> None:
    three = [replace(SALE, order_no=f"O{number}") for number in range(3)]
    assert told(*three) == ("PASS", 30_000, [])
    assert told(*three[:2], replace(SALE, got_fen=4_000, verdict="partial")) == ("PARTIAL", 24_000, ["EVID-SHORT"])
    assert told(*three, asked=25_000) == ("PASS", 25_000, [])


@pytest.mark.parametrize(("sale", "expected"), [
    (replace(SALE, seller="X"), ("REJECT", 0, ["EVID-SELLER"])),
    (replace(SALE, got_fen=None, got_at=None), ("REJECT", 0, ["EVID-MONEY"])),
    (replace(SALE, released_at=None, got_at=AT - timedelta(days=80)), ("REJECT", 0, ["EVID-GOODS"])),
    (replace(SALE, released_at=None), ("REFER", 0, ["EVID-ADVANCE"])),
    (replace(SALE, released_at=AT - timedelta(days=1)), ("REFER", 0, ["EVID-TIMES"])),
    (replace(SALE, got_at=AT - timedelta(days=1)), ("REFER", 0, ["EVID-TIMES"])),
    (replace(SALE, verdict="differs"), ("REFER", 0, ["EVID-DIFFERS"])),
    (replace(SALE, got_fen=9_500), ("PASS", 9_500, [])),
    (replace(SALE, got_fen=9_499), ("PARTIAL", 9_499, ["EVID-SHORT"])),
    (replace(SALE, got_fen=10_500), ("PASS", 9_500, [])),
    (replace(SALE, got_fen=10_501), ("REFER", 9_500, [])),
])  # fmt: skip
def test_each_condition_of_the_rule(sale: Sale, expected: tuple[str, int, list[str]]) -> None:
    asked = 9_500 if expected[1] else 10_000
    assert told(sale, asked=10_000 if expected[0] == "PARTIAL" else asked) == expected


def test_a_loan_rests_on_order_and_goods_alone() -> None:
    assert told(replace(SALE, got_fen=None, got_at=None), purpose="loan", asked=10_000) == ("PASS", 10_000, [])


def test_several_currencies_are_refused() -> None:
    assert told(SALE, replace(SALE, currency="142"))[::2] == ("REJECT", ["EVID-CURRENCY"])


def test_the_registry_knows_an_order_by_platform_and_number_alone() -> None:
    assert order_hash("P", "O1") == order_hash("P", "O1") != order_hash("PO", "1")
