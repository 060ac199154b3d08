"""R-610: what a request is supported by, and up to which amount."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gongfu.modules.matching.proving import Sale, judge, order_hash

pytestmark = [pytest.mark.feature("matching.evidence"), pytest.mark.rule("R-610")]
AT = datetime(2026, 11, 1, tzinfo=UTC)
SALE = Sale("P", "O1", "S", "502", 10_000, 10_000, 10_000, 0, 10_000, AT, AT + timedelta(days=2), AT + timedelta(days=9), "matched")
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
    (replace(SALE, got_fen=10_501), ("REFER", 9_500, ["EVID-CUMULATIVE"])),
])  # fmt: skip
def test_each_condition_of_the_rule(sale: Sale, expected: tuple[str, int, list[str]]) -> None:
    asked = 9_500 if expected[1] else 10_000
    assert told(sale, asked=10_000 if expected[0] == "PARTIAL" else asked) == expected


def test_a_loan_rests_on_order_and_goods_alone() -> None:
    assert told(replace(SALE, got_fen=None, got_at=None), purpose="loan", asked=10_000) == ("PASS", 10_000, [])


@pytest.mark.parametrize("purpose", ["loan", "insurance"])
def test_goods_released_in_part_support_their_part(purpose: str) -> None:
    part = replace(SALE, released_fen=4_000, got_fen=None, got_at=None, verdict="partial")
    assert told(part, purpose=purpose, asked=10_000) == ("PARTIAL", 4_000, ["EVID-PART"])
    assert told(part, purpose=purpose, asked=4_000) == ("PASS", 4_000, ["EVID-PART"])
    freight = replace(part, expected_fen=11_000)
    assert told(freight, purpose=purpose, asked=11_000) == ("PARTIAL", 4_400, ["EVID-PART"])


def test_a_settlement_of_goods_released_in_part_is_for_no_more_than_they_are_worth() -> None:
    part = replace(SALE, released_fen=4_000, verdict="partial")
    assert told(replace(part, got_fen=4_000), asked=10_000) == ("PARTIAL", 4_000, ["EVID-PART", "EVID-SHORT"])
    assert told(part, asked=10_000) == ("REFER", 4_000, ["EVID-PART", "EVID-CUMULATIVE"])


@pytest.mark.rule("R-214")
def test_goods_that_came_back_support_nothing() -> None:
    some = replace(SALE, returned_fen=3_000, verdict="partial")
    assert told(some, purpose="loan", asked=10_000) == ("PARTIAL", 7_000, ["EVID-RETURNED"])
    assert told(some, asked=7_000)[:2] == ("REFER", 7_000), "30.00 is to be paid back first"
    assert told(replace(some, returned_fen=10_000), purpose="loan", asked=1) == ("REJECT", 0, ["EVID-RETURNED"])
    assert told(replace(some, released_fen=4_000), purpose="loan", asked=10_000)[1] == 1_000
    sent_back = replace(SALE, released_at=None, released_fen=0, returned_fen=10_000, verdict="open")
    assert told(sent_back) == ("REJECT", 0, ["EVID-RETURNED"])


@pytest.mark.parametrize(("days", "result"), [(90, "PASS"), (91, "REFER"), (199, "REFER")])
@pytest.mark.parametrize("purpose", ["settlement", "exchange", "loan"])
def test_goods_must_leave_within_ninety_days_of_the_money(days: int, result: str, purpose: str) -> None:
    late = replace(SALE, got_at=AT + timedelta(days=1), released_at=AT + timedelta(days=1 + days))
    found = told(late, purpose=purpose, asked=10_000, at=AT + timedelta(days=300))
    assert (found[0], found[2]) == (result, [] if result == "PASS" else ["EVID-LATE"])


def test_all_the_money_of_a_request_is_set_against_all_the_sales_it_rests_on() -> None:
    bare = replace(SALE, order_no="O2", released_at=None, got_at=AT - timedelta(days=80), released_fen=0)
    assert told(SALE, bare, asked=10_000) == ("REFER", 10_000, ["EVID-GOODS", "EVID-CUMULATIVE"])
    assert told(SALE, replace(bare, got_fen=500), asked=10_000) == ("PASS", 10_000, ["EVID-GOODS"])
    assert told(SALE, replace(bare, got_fen=501), asked=10_000) == ("REFER", 10_000, ["EVID-GOODS", "EVID-CUMULATIVE"])
    assert told(SALE, replace(bare, seller="X"), asked=10_000) == ("PASS", 10_000, ["EVID-SELLER"])
    assert told(SALE, bare, purpose="loan", asked=10_000) == ("PASS", 10_000, ["EVID-GOODS"])
    over = judge([SALE, bare], purpose="settlement", seller="S", asked_fen=10_000, at=NOW).findings[-1]
    assert ("200.00" in over.message("en"), "100.00" in over.message("en"), over.rules) == (True, True, ("R-610",))


def test_several_currencies_are_refused() -> None:
    assert told(SALE, replace(SALE, currency="142"))[::2] == ("REJECT", ["EVID-CURRENCY"])


def test_the_registry_knows_an_order_by_platform_and_number_alone() -> None:
    assert order_hash("P", "O1") == order_hash("P", "O1") != order_hash("PO", "1")
