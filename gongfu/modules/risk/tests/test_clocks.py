"""The clearance clock: it stops for the declarant, runs for everybody else, and equals a recount second by second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongfu.base.kit.beijing import digits17, moment
from gongfu.modules.risk.rules import clocks

pytestmark = [pytest.mark.feature("risk.whitelist"), pytest.mark.rule("R-1206")]
START = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
Told = tuple[int, int, str, str, datetime, str]
SHORT = "QUOTA-GUARANTEE"


def told(*steps: tuple[str, int], number: int = 1, official: bool = False) -> list[Told]:
    """Moves of one list: (state, minutes after START); a state as `held:CODE` says what holds the list."""
    return [
        (number, seq, *_state(state), START + timedelta(minutes=at), digits17(START + timedelta(minutes=at)) if official else "")
        for seq, (state, at) in enumerate(steps)
    ]  # fmt: skip


def _state(text: str) -> tuple[str, str]:
    state, _, reason = text.partition(":")
    return state, reason


def frame(rows: list[Told]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict(clocks.MOVES), orient="row")


def drawn(rows: list[Told], after: int = 10_000) -> dict[str, object]:
    return clocks.clocks(frame(rows), START + timedelta(minutes=after)).row(0, named=True)


def test_waiting_for_documents_and_holds_stop_the_clock_and_inspection_and_detention_do_not() -> None:
    one = drawn(
        told(("waiting", 0), (f"held:{SHORT}", 60), ("ready", 180), ("sent", 190), ("accepted", 200), ("inspection", 260), ("detained", 360), ("released", 660))
    )  # fmt: skip
    assert one["stopped_s"] == 180 * 60
    assert one["counted_s"] == (10 + 10 + 60 + 100 + 300) * 60
    assert (one["slowest"], one["detained_s"], one["released"]) == ("detained", 300 * 60, True)


@pytest.mark.parametrize("reason", clocks.FIRMS)
def test_a_hold_for_the_firm_stops_the_clock(reason: str) -> None:
    one = drawn(told(("waiting", 0), (f"held:{reason}", 60), ("ready", 180), ("sent", 190), ("released", 200)))
    assert (one["held_s"], one["officer_s"]) == (120 * 60, 0)
    assert (one["stopped_s"], one["counted_s"]) == (180 * 60, 20 * 60)


@pytest.mark.parametrize("reason", ["BIZ-MATCH-AGE", "BIZ-BUYER-AGE", "TAX-NET-CONTENT", "TAX-NO-DUTY-RATE", ""])
def test_a_hold_for_an_officer_does_not(reason: str) -> None:
    one = drawn(told(("waiting", 0), (f"held:{reason}", 60), ("ready", 180), ("sent", 190), ("released", 200)))
    assert (one["held_s"], one["officer_s"]) == (0, 120 * 60)
    assert (one["stopped_s"], one["counted_s"], one["slowest"]) == (60 * 60, 140 * 60, "officer")


def test_each_stop_is_told_with_its_reason_and_the_stops_add_up() -> None:
    rows = told(("waiting", 0), ("held:BIZ-MATCH-AGE", 5), ("waiting", 60), (f"held:{SHORT}", 60), ("ready", 90), ("sent", 95))
    start = int(START.timestamp())
    found = clocks.stops(frame(rows), START + timedelta(minutes=100))
    assert found.rows() == [
        (1, "waiting", "", start, start + 300),
        (1, "held", SHORT, start + 3600, start + 5400),
    ]
    assert found.select(pl.col("until_s") - pl.col("from_s")).sum().item() == drawn(rows, after=100)["stopped_s"]


def test_it_ends_with_the_release_whatever_comes_after() -> None:
    one = drawn(told(("waiting", 0), ("ready", 1), ("sent", 2), ("released", 30), ("closed", 900)))
    assert (one["counted_s"], one["stopped_s"]) == (29 * 60, 60)


def test_a_list_that_is_not_released_is_timed_until_now() -> None:
    one = drawn(told(("waiting", 0), ("ready", 10), ("sent", 20)), after=50)
    assert (one["released"], one["counted_s"], one["slowest"]) == (False, 40 * 60, "sent")


def test_the_time_of_customs_holds_over_the_time_at_which_we_heard() -> None:
    rows = [*told(("waiting", 0), ("ready", 0), ("sent", 0))]
    rows.append((1, 3, "released", "", START + timedelta(hours=30), digits17(START + timedelta(hours=23))))
    assert drawn(rows)["counted_s"] == 23 * 3600


def test_a_move_told_with_an_earlier_moment_takes_no_time_back() -> None:
    rows = told(("waiting", 0), ("ready", 5), ("sent", 10), ("review", 60))
    rows.append((1, 4, "released", "", START, digits17(START + timedelta(minutes=30))))
    one = drawn(rows)
    assert (one["sent_s"], one["review_s"], one["counted_s"]) == (50 * 60, 0, 55 * 60)


def recount(rows: list[Told], now: datetime) -> dict[str, int]:
    """The plain way: walk the moves of one list in order, one segment after another."""
    spent = dict.fromkeys(clocks.STEPS, 0)
    state, since = "", 0
    for _, _, target, reason, at, official in sorted(rows, key=lambda one: one[1]):
        reached = int((moment(official[:14]) if official else at).timestamp())
        reached = max(reached, since)
        if state in spent:
            spent[state] += reached - since
        state, since = "officer" if target == "held" and reason not in clocks.FIRMS else target, reached
        if state in clocks.ENDS:
            return spent
    if state in spent:
        spent[state] += max(int(now.timestamp()) - since, 0)
    return spent


LEDGER = st.lists(
    st.tuples(st.sampled_from((*(one for one in clocks.STEPS if one != "officer"), "held:BOOK-SHORT", "released", "rejected", "failed")), st.integers(0, 200_000), st.booleans(), st.integers(0, 999)),
    min_size=1, max_size=12,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(LEDGER, min_size=1, max_size=5), st.integers(0, 400_000), st.integers(0, 2**16))
def test_clocks_equal_a_recount_from_the_ledger(
    ledgers: list[list[tuple[str, int, bool, int]]], after: int, seed: int
) -> None:
    now = START + timedelta(seconds=after)
    lists = [
        [
            (number, seq, *_state(state), at := START + timedelta(seconds=s, milliseconds=ms), digits17(at) if official else "")
            for seq, (state, s, official, ms) in enumerate(ledger)
        ]
        for number, ledger in enumerate(ledgers)
    ]
    rows = [row for one in lists for row in one]
    Random(seed).shuffle(rows)
    found = clocks.clocks(frame(rows), now)
    assert found.height == len(lists)
    for one in found.iter_rows(named=True):
        want = recount(lists[one["list"]], now)
        assert {step: one[f"{step}_s"] for step in clocks.STEPS} == want
        assert one["counted_s"] == sum(want[step] for step in clocks.RUNNING)
        assert one["stopped_s"] == sum(want[step] for step in clocks.STOPPED)
        assert one["slowest"] == "" or want[one["slowest"]] == max(want[step] for step in clocks.RUNNING)


def test_no_moves_give_no_clocks() -> None:
    assert clocks.clocks(frame([]), START).is_empty()
