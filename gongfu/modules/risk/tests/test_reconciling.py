"""Reconciliation as a pure function: each kind of difference from the smallest rows that make it, and none from rows that agree."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongfu.modules.declarations.flows import CUSTOMS_STATE, RANK, fold_receipts
from gongfu.modules.declarations.queries import folded
from gongfu.modules.risk.rules import reconciling

pytestmark = [pytest.mark.feature("intake.messages"), pytest.mark.rule("R-005")]
NOW = datetime(2026, 11, 28, 4, 0, tzinfo=UTC)
OLD, FRESH = NOW - timedelta(hours=25), NOW - timedelta(hours=23)
KIND = "CEB621Message"


def frame(schema: Mapping[str, Any], rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict(schema), orient="row")


def window(
    sent: list[tuple[Any, ...]], receipts: list[tuple[Any, ...]], known: list[tuple[Any, ...]]
) -> list[tuple[str, str]]:
    """(kind, key) of what differs. sent: (key, queued, delivered); receipts: (key, status, time); known: (key, state)."""
    found = reconciling.window(
        frame(reconciling.SENT, [(key, KIND, queued, at) for key, queued, at in sent]),
        frame(reconciling.RECEIPTS, [(key, status, at, RANK.get(CUSTOMS_STATE.get(status, ""), 0)) for key, status, at in receipts]),
        frame(reconciling.KNOWN, [(key, KIND, state, "91510000", place) for place, (key, state) in enumerate(known)]),
        fold=folded, now=NOW, answer_hours=24,
    )  # fmt: skip
    return found.select("kind", "key").rows()


def test_sides_that_agree_give_nothing() -> None:
    receipts = [("A", "120", "20261127090000000"), ("A", "800", "20261127100000000"), ("A", "800", "20261127100000000")]
    assert window([("A", OLD, OLD), ("B", FRESH, FRESH)], receipts, [("A", "released"), ("B", "sent")]) == []


@pytest.mark.parametrize(
    ("sent", "receipts", "known", "want"),
    [
        ([("A", OLD, OLD)], [], [("A", "sent")], [("unanswered", "A")]),
        ([("A", OLD, None)], [], [("A", "ready")], [("undelivered", "A")]),
        ([("A", FRESH, None)], [], [("A", "ready")], []),
        ([("A", FRESH, None)], [("A", "120", "20261128000000000")], [("A", "accepted")], [("unsent", "A")]),
        ([], [("Z", "800", "20261128000000000")], [], [("unknown", "Z")]),
        ([("A", OLD, OLD)], [("A", "800", "20261128000000000")], [], [("count", KIND), ("unknown", "A")]),
        ([("A", OLD, OLD)], [("A", "800", "20261128000000000")], [("A", "accepted")], [("state", "A")]),
        ([("A", OLD, OLD), ("A", OLD, FRESH)], [("A", "800", "20261128000000000")], [("A", "released")], [("twice", "A")]),
    ],
)  # fmt: skip
def test_each_kind_of_difference(sent: Any, receipts: Any, known: Any, want: list[tuple[str, str]]) -> None:
    assert window(sent, receipts, known) == want


def test_a_list_that_another_document_cancelled_is_in_order_unless_customs_released_it() -> None:
    told = [("A", "120", "20261128000000000")]
    assert window([("A", OLD, OLD)], told, [("A", "cancelled")]) == []
    released = [*told, ("A", "800", "20261128010000000")]
    assert window([("A", OLD, OLD)], released, [("A", "cancelled")]) == [("state", "A")]


STATUSES = st.lists(st.tuples(st.integers(0, 9), st.sampled_from((*CUSTOMS_STATE, "-621001"))), min_size=1, max_size=8)


@settings(max_examples=100, deadline=None)
@given(STATUSES)
def test_folding_orders_of_statuses_gives_the_state_of_folding_receipts(told: list[tuple[int, str]]) -> None:
    """Whatever the receipts and their times, the state that is held against ours is the fold of declarations (R-211)."""
    pairs = [(f"2026112809000{at}000", status) for at, status in told]
    state = fold_receipts(pairs)
    assert window([("A", OLD, OLD)], [("A", status, at) for at, status in pairs], [("A", state)]) == []
    other = "released" if state != "released" else "accepted"
    assert window([("A", OLD, OLD)], [("A", status, at) for at, status in pairs], [("A", other)]) == [("state", "A")]


@pytest.mark.rule("R-113")
def test_bills_are_held_against_lists() -> None:
    lists = frame(reconciling.LISTS, [
        (1, "L1", "F", NOW - timedelta(days=4), 1000, 0, 2), (2, "L2", "F", NOW - timedelta(days=4), 1000, 0, 2), (3, "L3", "F", NOW - timedelta(days=4), 1000, 0, 2),
        (4, "L4", "F", NOW - timedelta(days=2), 1000, 0, 2), (5, "L5", "F", NOW - timedelta(days=4), 0, 0, 1),
    ])  # fmt: skip
    billed = frame(reconciling.BILLS, [("T1", 1, "L1", 1002), ("T2", 2, "L2", 1003), ("T9", None, "L9", 120)])
    found = reconciling.bills(lists, billed, now=NOW, days=3)
    assert found.select("kind", "key", "ours", "theirs").rows() == [
        ("bill_alone", "T9", "", "L9 1.20"), ("bill_amount", "2", "10.00", "10.03"), ("bill_missing", "3", "10.00", ""),
    ]  # fmt: skip


def test_a_bill_issued_anew_after_a_return_has_the_rest_alone() -> None:
    released = NOW - timedelta(days=4)
    lists = frame(reconciling.LISTS, [(1, "L1", "F", released, 1000, 400, 1), (2, "L2", "F", released, 1000, 1000, 1)])
    for amount, want in ((600, []), (1000, []), (700, ["bill_amount"])):
        billed = frame(reconciling.BILLS, [("T1", 1, "L1", amount)])
        assert reconciling.bills(lists, billed, now=NOW, days=3)["kind"].to_list() == want


def test_statements_are_held_against_payments_of_the_firms_that_sent_one() -> None:
    ours = frame(reconciling.AMOUNTS, [("P1", "A", 100), ("P2", "A", 200), ("P3", "A", 305), ("P4", "B", 1)])
    theirs = frame(reconciling.AMOUNTS, [("P1", "A", 100), ("P3", "A", 300), ("P5", "A", -5), ("P1", "A", 100)])
    assert reconciling.statements(ours, theirs).select("kind", "key", "ours", "theirs").rows() == [
        ("amount", "P3", "3.05", "3.00"), ("not_ours", "P5", "", "-0.05"), ("not_theirs", "P2", "2.00", ""), ("repeated", "P1", "", "2"),
    ]  # fmt: skip


def test_nothing_on_either_side_is_in_order() -> None:
    empty = frame(reconciling.AMOUNTS, [])
    assert reconciling.statements(empty, empty).is_empty()
    assert reconciling.bills(frame(reconciling.LISTS, []), frame(reconciling.BILLS, []), now=NOW, days=3).is_empty()
