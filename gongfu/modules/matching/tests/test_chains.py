"""Three flows of an order: one to one, several to one, in part, and every gap with both values and its owner."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from gongfu.modules.matching import chaining, chains

pytestmark = [pytest.mark.feature("matching.flows"), pytest.mark.rule("R-610")]
AT = datetime(2026, 11, 20, 1, tzinfo=UTC)
ORDER: dict[str, Any] = {"ebp_code": "P", "order_no": "O1", "zone": "nanchong", "ebc_code": "S", "pay_code": "B", "order_type": "I", "currency": "142", "goods_fen": 10_000, "freight_fen": 0, "paid_fen": 10_000, "ordered_at": AT}  # fmt: skip
PAID = {
    "ebp_code": "P",
    "order_no": "O1",
    "zone": "nanchong",
    "pay_code": "B",
    "currency": "142",
    "paid_fen": 10_000,
    "paid_at": AT,
}
LIST = {"ebp_code": "P", "order_no": "O1", "zone": "nanchong", "flow": "I", "mode": "9610", "ebc_code": "S", "agent_code": "A", "logistics_code": "L", "logistics_no": "W1", "currency": "142", "goods_fen": 10_000, "state": "released", "declared_at": AT, "released_at": AT + timedelta(hours=3)}  # fmt: skip
WAYBILL = {"logistics_code": "L", "logistics_no": "W1"}
GOT = {"ebp_code": "P", "order_no": "O1", "zone": "nanchong", "ebc_code": "S", "currency": "142", "charge_fen": 10_000, "collected_at": AT + timedelta(days=9)}  # fmt: skip
BACK = {"ebp_code": "P", "order_no": "O1", "goods_fen": 3_000, "concluded_at": AT + timedelta(days=20)}


def judge(**given: list[dict[str, Any]]) -> tuple[dict[str, str], dict[tuple[str, str], tuple[str, ...]]]:
    """(order → verdict, (order, kind) → (left, right, owner's kind, owner)) of the rows given."""
    told, found = chains.gaps(**frames(**given))
    verdicts = dict(told.select("order_no", "verdict").iter_rows())
    return verdicts, {(row["order_no"], row["kind"]): (row["left"], row["right"], row["owner_kind"], row["owner_code"]) for row in found.iter_rows(named=True)}  # fmt: skip


def frames(**given: list[dict[str, Any]]) -> dict[str, pl.DataFrame]:
    schemas = {"orders": chaining.ORDER, "payments": chaining.PAID, "lists": chaining.LIST, "waybills": chaining.WAYBILL, "collections": chaining.COLLECTED, "returns": chaining.RETURNED}  # fmt: skip
    return {name: pl.DataFrame(given.get(name, []), schema) for name, schema in schemas.items()}


def export(**more: Any) -> dict[str, list[dict[str, Any]]]:
    return {
        "orders": [{**ORDER, "order_type": "E", "paid_fen": 0}],
        "lists": [{**LIST, "flow": "E"}],
        "waybills": [WAYBILL],
        **more,
    }


@pytest.mark.rule("R-207")
def test_one_to_one_leaves_no_gap() -> None:
    assert judge(orders=[ORDER], payments=[PAID], lists=[LIST], waybills=[WAYBILL]) == ({"O1": "matched"}, {})
    assert judge(**export(collections=[GOT])) == ({"O1": "matched"}, {})


@pytest.mark.parametrize(("given", "kind", "told"), [
    ({"orders": [ORDER]}, "list_missing", ("O1", "—", "seller", "S")),
    ({"orders": [ORDER]}, "payment_missing", ("100.00 142", "—", "payment", "B")),
    ({"payments": [PAID]}, "order_missing", ("O1", "—", "platform", "P")),
    ({"lists": [LIST]}, "order_missing", ("O1", "—", "platform", "P")),
    ({"lists": [LIST]}, "waybill_missing", ("W1", "—", "logistics", "L")),
    ({"orders": [ORDER], "lists": [{**LIST, "state": "rejected"}]}, "list_ended", ("O1", "rejected", "declarant", "A")),
    ({"orders": [ORDER], "lists": [{**LIST, "state": "accepted"}]}, "release_pending", ("1", "0", "customs", "")),
    ({"orders": [ORDER], "payments": [{**PAID, "paid_fen": 9_999}]}, "payment_amount", ("100.00 142", "99.99 142", "payment", "B")),
    ({"orders": [ORDER], "payments": [{**PAID, "currency": "502"}]}, "currency", ("142", "502", "platform", "P")),
    ({"orders": [ORDER], "lists": [{**LIST, "goods_fen": 9_000}]}, "list_partial", ("100.00 142", "90.00 142", "declarant", "A")),
    (export(), "collection_missing", ("100.00 142", "—", "platform", "P")),
    (export(collections=[{**GOT, "charge_fen": 6_000}, {**GOT, "charge_fen": 6_000}]), "collection_over", ("100.00 142", "120.00 142", "seller", "S")),
    (export(collections=[{**GOT, "charge_fen": 5_000}, {**GOT, "charge_fen": 5_000, "currency": "502"}]), "currency", ("142", "142、502", "platform", "P")),
    (export(collections=[{**GOT, "currency": "502"}]), "currency", ("142", "502", "platform", "P")),
    ({"orders": [ORDER], "lists": [{**LIST, "goods_fen": 6_000}, {**LIST, "goods_fen": 6_000}]}, "list_over", ("100.00 142", "120.00 142", "declarant", "A")),
    ({"orders": [ORDER], "lists": [{**LIST, "currency": "502"}]}, "list_currency", ("142", "502", "declarant", "A")),
    ({"orders": [ORDER], "lists": [{**LIST, "goods_fen": 5_000}, {**LIST, "goods_fen": 5_000, "currency": "502"}]}, "list_currency", ("142", "142、502", "declarant", "A")),
    ({"orders": [ORDER], "lists": [{**LIST, "ebc_code": "X"}]}, "list_seller", ("S", "X", "declarant", "A")),
    ({"orders": [ORDER], "lists": [LIST], "returns": [BACK]}, "goods_returned", ("100.00 142", "30.00 142", "seller", "S")),
])  # fmt: skip
def test_every_gap_has_both_values_and_its_owner(given: Any, kind: str, told: tuple[str, ...]) -> None:
    assert judge(**given)[1]["O1", kind] == told


@pytest.mark.parametrize(("given", "expected"), [
    ({"lists": [{**LIST, "flow": "E", "currency": "502"}]}, {"list_currency"}),
    ({"lists": [{**LIST, "flow": "E", "currency": "502", "goods_fen": 1}]}, {"list_currency"}),
    ({"lists": [{**LIST, "flow": "E", "ebc_code": "X"}]}, {"list_seller"}),
    ({"collections": [{**GOT, "charge_fen": 5_000}, {**GOT, "charge_fen": 5_000, "currency": "502"}]}, {"currency"}),
])  # fmt: skip
def test_another_currency_or_seller_differs_whatever_the_amounts(given: Any, expected: set[str]) -> None:
    verdicts, found = judge(**{**export(collections=[GOT]), **given})
    assert verdicts == {"O1": "differs"}
    assert {kind for _, kind in found} == expected


@pytest.mark.rule("R-214")
def test_goods_that_came_back_leave_their_order_in_part() -> None:
    verdicts, found = judge(**export(collections=[GOT], returns=[BACK, {**BACK, "goods_fen": 1_000}]))
    assert verdicts == {"O1": "partial"}
    assert found == {("O1", "goods_returned"): ("100.00 142", "40.00 142", "seller", "S")}


def test_money_and_goods_are_summed_in_the_currency_of_the_order_alone() -> None:
    lists = [{**LIST, "goods_fen": 4_000}, {**LIST, "goods_fen": 5_000, "currency": "502"}, {**LIST, "goods_fen": 1_000, "state": "accepted"}]
    money = [{**GOT, "charge_fen": 7_000}, {**GOT, "charge_fen": 9_000, "currency": "502"}]
    row = chains.joined(**frames(orders=[ORDER], lists=lists, collections=money)).row(0, named=True)
    assert (row["list_released_fen"], row["got_charge_fen"]) == (4_000, 7_000)


def test_several_receipts_of_one_order_add_up() -> None:
    halves = [{**GOT, "charge_fen": 4_000}, {**GOT, "charge_fen": 6_000}]
    assert judge(**export(collections=halves)) == ({"O1": "matched"}, {})
    verdicts, found = judge(**export(collections=halves[:1]))
    assert verdicts == {"O1": "partial"} and found["O1", "collection_partial"] == (
        "100.00 142",
        "40.00 142",
        "platform",
        "P",
    )


def test_one_receipt_for_several_orders_is_judged_order_by_order() -> None:
    two = {
        "orders": [{**ORDER, "order_type": "E", "order_no": no} for no in ("O1", "O2")],
        "lists": [{**LIST, "flow": "E", "order_no": no} for no in ("O1", "O2")],
    }
    verdicts, found = judge(
        **two, waybills=[WAYBILL], collections=[GOT, {**GOT, "order_no": "O2", "charge_fen": 5_000}]
    )
    assert verdicts == {"O1": "matched", "O2": "partial"} and list(found) == [("O2", "collection_partial")]


def test_an_order_that_goes_out_in_several_lists_is_whole_when_they_add_up() -> None:
    lists = [
        {**LIST, "flow": "E", "mode": "9710", "goods_fen": 4_000},
        {**LIST, "flow": "E", "mode": "9710", "goods_fen": 6_000},
    ]
    told = {"orders": [{**ORDER, "order_type": "B"}], "collections": [GOT]}
    assert judge(**told, lists=lists) == ({"O1": "matched"}, {})
    assert judge(**told, lists=lists[:1])[0] == {"O1": "partial"}


@pytest.mark.parametrize(
    ("charge", "kind"), [(9_500, ""), (9_499, "collection_partial"), (10_500, ""), (10_501, "collection_over")]
)
def test_money_within_five_per_cent_agrees(charge: int, kind: str) -> None:
    assert [one for _, one in judge(**export(collections=[{**GOT, "charge_fen": charge}]))[1]] == (
        [kind] if kind else []
    )


def test_imports_ask_for_no_receipt_of_money_and_orders_between_firms_for_no_waybill() -> None:
    assert "collection_missing" not in [kind for _, kind in judge(orders=[ORDER], lists=[LIST])[1]]
    firm = judge(orders=[{**ORDER, "order_type": "W"}], lists=[{**LIST, "flow": "E", "mode": "9810"}])[1]
    assert [kind for _, kind in firm] == ["collection_missing"]
