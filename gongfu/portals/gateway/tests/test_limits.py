"""The token bucket: a burst, then so many a minute; all web processes together never give more than the limit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongfu.portals.gateway.limits import MOST_CLIENTS, Limiter

pytestmark = pytest.mark.feature("gateway.developers")


def test_a_burst_of_a_thousand_then_fifty_a_second() -> None:
    limiter = Limiter(3000, 1000)
    assert [limiter.wait_seconds("a", 0.0) for _ in range(1000)] == [0] * 1000
    assert limiter.wait_seconds("a", 0.0) == 1
    assert limiter.wait_seconds("b", 0.0) == 0, "each client has a bucket of its own"
    assert [limiter.wait_seconds("a", 1.0) for _ in range(51)] == [0] * 50 + [1]
    assert sum(limiter.wait_seconds("a", 1000.0) == 0 for _ in range(2000)) == 1000, (
        "it never holds more than the burst"
    )


def test_each_of_two_processes_gives_half() -> None:
    limiters = [Limiter(3000, 1000, workers=2) for _ in range(2)]
    given_out = sum(one.wait_seconds("a", 0.0) == 0 for one in limiters for _ in range(1000))
    assert given_out == 1000
    assert sum(one.wait_seconds("a", 60.0) == 0 for one in limiters for _ in range(3000)) == 1000
    assert sum(one.wait_seconds("a", 61.0) == 0 for one in limiters for _ in range(3000)) == 50


def test_memory_is_bounded() -> None:
    limiter = Limiter(60, 1)
    for number in range(MOST_CLIENTS + 10):
        limiter.wait_seconds(str(number), 0.0)
    assert len(limiter.buckets) == MOST_CLIENTS


@given(st.lists(st.floats(0, 5), max_size=200), st.integers(1, 4))
def test_never_more_than_burst_and_rate(pauses: list[float], workers: int) -> None:
    limiter, now, taken = Limiter(600, 20, workers), 0.0, 0
    for pause in pauses:
        now += pause
        taken += limiter.wait_seconds("a", now) == 0
    assert taken <= 20 / workers + now * 10 / workers + 1e-6
