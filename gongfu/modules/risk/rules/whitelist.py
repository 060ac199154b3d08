"""Who may be on the whitelist: criteria measured from the records, and what the committee states where nothing measures it yet (R-710)."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

MET, FAILED, UNMEASURED = "met", "failed", "unmeasured"
# Customs' grades in rising order (R-711); 失信 and 严重失信 keep a firm out.
GRADES = ("grave", "untrusted", "regular", "certified", "advanced")
LEAST_GRADE = "regular"
BOUNDS = (
    "whitelist.error_rate_bp",
    "whitelist.match_rate_bp",
    "whitelist.months",
    "whitelist.error_months",
    "whitelist.credit_score",
)


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion.  value, bound: as whole numbers of its unit (basis points, months, points, cases) or a grade; value None where
    nothing measures it.  result: met, failed or unmeasured.  stated: the committee said so, with evidence."""

    code: str
    value: Any
    bound: Any
    result: str
    stated: bool = False


def before(day: date, months: int) -> date:
    """The same day so many months earlier; the last of its month where there is no such day."""
    whole = day.year * 12 + day.month - 1 - months
    year, month = divmod(whole, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def criteria(measured: Mapping[str, Any], stated: Mapping[str, Any] | None = None) -> list[Criterion]:
    """The six criteria for a firm.

    measured: on (ISO day), since (ISO day of its first list, "" for none), lists and errors of `whitelist.error_months`, compared and
    mismatched, cases (open red flags), grade ("" for not measured), score (None for not measured), bounds (the parameters of BOUNDS).
    stated: grade, score and evidence as the committee said; they count only where nothing is measured, and only with evidence.
    """
    bounds, on = measured["bounds"], date.fromisoformat(measured["on"])
    return [
        _rate("errors", measured["errors"], measured["lists"], bounds["whitelist.error_rate_bp"], most=True),
        _rate(
            "matches",
            measured["compared"] - measured["mismatched"],
            measured["compared"],
            bounds["whitelist.match_rate_bp"],
            most=False,
        ),
        _months(measured["since"], on, bounds["whitelist.months"]),
        Criterion("cases", measured["cases"], 0, MET if measured["cases"] == 0 else FAILED),
        _grade(measured["grade"], stated or {}),
        _score(measured["score"], stated or {}, bounds["whitelist.credit_score"]),
    ]


def _rate(code: str, part: int, whole: int, bound_bp: int, *, most: bool) -> Criterion:
    """A share in basis points, compared without rounding; without a single list there is no record to go by, so it fails."""
    if whole == 0:
        return Criterion(code, None, bound_bp, FAILED)
    fits = part * 10_000 <= bound_bp * whole if most else part * 10_000 >= bound_bp * whole
    return Criterion(code, part * 10_000 // whole, bound_bp, MET if fits else FAILED)


def _months(since: str, on: date, bound: int) -> Criterion:
    if not since:
        return Criterion("months", 0, bound, FAILED)
    first = date.fromisoformat(since)
    whole = (on.year - first.year) * 12 + on.month - first.month
    return Criterion(
        "months", whole - (before(on, whole) < first), bound, MET if first <= before(on, bound) else FAILED
    )


def _grade(grade: str, stated: Mapping[str, Any]) -> Criterion:
    said = not grade and bool(stated.get("evidence")) and stated.get("grade") in GRADES
    value = stated["grade"] if said else grade
    if value not in GRADES:
        return Criterion("grade", None, LEAST_GRADE, UNMEASURED)
    fits = GRADES.index(value) >= GRADES.index(LEAST_GRADE)
    return Criterion("grade", value, LEAST_GRADE, MET if fits else FAILED, said)


def _score(score: int | None, stated: Mapping[str, Any], bound: int) -> Criterion:
    said = score is None and bool(stated.get("evidence")) and isinstance(stated.get("score"), int)
    value = stated["score"] if said else score
    if value is None:
        return Criterion("score", None, bound, UNMEASURED)
    return Criterion("score", value, bound, MET if value >= bound else FAILED, said)


def admissible(facts: Mapping[str, Any]) -> bool:
    """Whether every criterion is met: what the move of admission needs.  facts: of the case, with `measured`."""
    measured = facts.get("measured")
    return bool(measured) and all(one.result == MET for one in criteria(measured or {}, facts))


def fallen(measured: Mapping[str, Any], stated: Mapping[str, Any]) -> list[Criterion]:
    """Criteria that a firm on the list no longer meets; what was stated on admission goes on counting."""
    return [one for one in criteria(measured, stated) if one.result == FAILED]
