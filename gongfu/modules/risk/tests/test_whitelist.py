"""The criteria at their edges: measured, stated only where nothing measures, never met by default."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongfu.core.flow import StateConflict
from gongfu.modules.risk.flows import WHITELIST
from gongfu.modules.risk.rules import whitelist
from gongfu.reference.tables import parameters

pytestmark = [pytest.mark.feature("risk.whitelist"), pytest.mark.rule("R-710")]
ON = date(2026, 11, 28)
BOUNDS = {name: parameters(ON)[name] for name in whitelist.BOUNDS}
STATED = {"grade": "regular", "score": 700, "evidence": "a" * 64}


def measured(**more: Any) -> dict[str, Any]:
    sound = {
        "on": ON.isoformat(), "since": "2026-05-28", "lists": 1000, "errors": 10, "compared": 1000, "mismatched": 20, "cases": 0, "grade": "", "score": None,
        "bounds": BOUNDS,
    }  # fmt: skip
    return {**sound, **more}


def results(facts: dict[str, Any], stated: dict[str, Any] | None = None) -> dict[str, str]:
    return {one.code: one.result for one in whitelist.criteria(facts, stated)}


def test_exactly_on_the_bounds_a_firm_is_admissible() -> None:
    assert set(results(measured(), STATED).values()) == {"met"}
    assert WHITELIST.take("checking", "admit", {"measured": measured(), **STATED}) == "valid"


@pytest.mark.parametrize(
    ("more", "stated", "code"),
    [
        ({"errors": 11}, {}, "errors"),
        ({"lists": 0, "errors": 0}, {}, "errors"),
        ({"mismatched": 21}, {}, "matches"),
        ({"compared": 0, "mismatched": 0}, {}, "matches"),
        ({"since": "2026-05-29"}, {}, "months"),
        ({"since": ""}, {}, "months"),
        ({"cases": 1}, {}, "cases"),
        ({"grade": "untrusted"}, {}, "grade"),
        ({}, {"grade": "grave"}, "grade"),
        ({}, {"score": 699}, "score"),
        ({"score": 699}, {"score": 1000}, "score"),
        ({}, {"evidence": ""}, "grade"),
        ({}, {"grade": None}, "grade"),
        ({}, {"score": None}, "score"),
    ],
)
def test_below_any_single_criterion_admission_is_impossible(
    more: dict[str, Any], stated: dict[str, Any], code: str
) -> None:
    facts = {"measured": measured(**more), **STATED, **stated}
    assert results(facts["measured"], facts)[code] != "met"
    refused = WHITELIST.take("checking", "admit", facts)
    assert isinstance(refused, StateConflict)
    assert refused.unmet


def test_nothing_measured_is_nothing_met() -> None:
    assert isinstance(WHITELIST.take("checking", "admit", STATED), StateConflict)


def test_what_is_measured_holds_over_what_is_stated() -> None:
    told = whitelist.criteria(measured(grade="untrusted", score=650), STATED)
    assert {one.code for one in told if one.result == "failed"} == {"grade", "score"}
    assert not any(one.stated for one in told)


def test_unmeasured_is_said_so_and_is_no_failure() -> None:
    assert [one.code for one in whitelist.criteria(measured()) if one.result == "unmeasured"] == ["grade", "score"]
    assert whitelist.fallen(measured(), {}) == []
    assert [one.code for one in whitelist.fallen(measured(cases=2, errors=500), STATED)] == ["errors", "cases"]


@given(st.dates(date(2000, 1, 1), date(2100, 12, 31)), st.integers(0, 40))
def test_months_count_whole_ones_only(since: date, months: int) -> None:
    facts = measured(since=since.isoformat(), on="2026-11-28", bounds={**BOUNDS, "whitelist.months": months})
    one = next(each for each in whitelist.criteria(facts) if each.code == "months")
    assert (one.result == "met") == (since <= whitelist.before(ON, months))


@given(st.integers(0, 10_000), st.integers(1, 10_000))
def test_rates_are_compared_without_rounding(errors: int, lists: int) -> None:
    one = next(each for each in whitelist.criteria(measured(errors=errors, lists=lists)) if each.code == "errors")
    assert (one.result == "met") == (errors * 100 <= lists)


def test_the_same_day_months_earlier_stays_in_its_month() -> None:
    assert whitelist.before(date(2026, 5, 31), 3) == date(2026, 2, 28)
    assert whitelist.before(date(2026, 1, 15), 1) == date(2025, 12, 15)
    assert whitelist.before(date(2026, 12, 1), -1) == date(2027, 1, 1)
