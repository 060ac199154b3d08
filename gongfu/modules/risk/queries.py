"""Measures of firms, members of the whitelist, step times, and what is to be cleared up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

import polars as pl
from django.db import connection
from django.db.models import QuerySet

from gongfu.base.access.actor import Actor
from gongfu.base.cases.models import Case
from gongfu.base.kit import bulk
from gongfu.base.kit.beijing import BEIJING, civil_date
from gongfu.base.registers import queries as registers
from gongfu.modules.risk.flows import FLAGS_CODE, WHITELIST_CODE
from gongfu.modules.risk.models import Check, Clock, Item, StepTime
from gongfu.modules.risk.rules.clocks import STEPS
from gongfu.modules.risk.rules.whitelist import BOUNDS, before
from gongfu.zones.plan import plans

# Lists refused by us or by customs are errors; a list that differs in the three flows is a mismatch, as on the board of the day.
COUNTS = (
    "SELECT count(*), count(*) FILTER (WHERE state IN ('refused', 'rejected', 'failed')), count(*) FILTER (WHERE state <> 'waiting'), "
    "count(*) FILTER (WHERE reason LIKE 'BIZ-MATCH-%%') FROM declarations_declaration "
    "WHERE agent_code = %s AND zone = %s AND received_at >= %s AND received_at < %s"
)
# Lists that did not get past the checks of their message were never recorded; they count as handed in with an error.
AT_DOOR = (
    "SELECT coalesce(sum(documents - sound), 0)::bigint FROM intake_message WHERE sender_code = %s AND zone = %s "
    "AND type IN ('CEB621Message', 'CEB603Message') AND received_at >= %s AND received_at < %s"
)
FIRST = "SELECT received_at FROM declarations_declaration WHERE agent_code = %s AND zone = %s ORDER BY id LIMIT 1"
GRADE = (
    "SELECT r.facts->>'grade' FROM feeds_row r JOIN feeds_feed f ON f.id = r.feed_id WHERE f.zone = %s AND f.kind = 'grades' AND r.current "
    "AND r.facts->>'authority' = 'customs' AND r.facts->>'code' = %s AND coalesce(r.facts->>'valid_until', '9999') >= %s "
    "ORDER BY r.facts->>'graded_on' DESC LIMIT 1"
)
GRADE_OF = {"高级认证": "advanced", "认证": "certified", "常规": "regular", "一般": "regular", "失信": "untrusted", "严重失信": "grave"}  # fmt: skip
WHOLE = "whole"
PERCENTILES = (
    "SELECT count(*), percentile_disc(ARRAY[0.5, 0.9, 0.95]) WITHIN GROUP (ORDER BY {step}) FROM risk_clock "
    "WHERE zone = %(zone)s AND released_at >= %(start)s AND released_at < %(end)s {firm}"
)
ON_TIME = (
    "SELECT count(*) FILTER (WHERE whitelisted), count(*) FILTER (WHERE whitelisted AND NOT late) FROM risk_clock "
    "WHERE zone = %(zone)s AND released_at >= %(start)s AND released_at < %(end)s {firm}"
)


# ── the whitelist ────────────────────────────────────────────────────────────
def measured(zone: str, code: str, on: date) -> dict[str, Any]:
    """What the records say about a firm up to a day: the figures that rules.whitelist.criteria takes."""
    known = plans()[zone].parameters(on)
    bounds = {name: known[name] for name in BOUNDS}
    start, end = (
        _midnight(before(on, bounds["whitelist.error_months"])),
        _midnight(date.fromordinal(on.toordinal() + 1)),
    )
    lists, errors, compared, mismatched = _row(COUNTS, [code, zone, start, end])
    (at_door,) = _row(AT_DOOR, [code, zone, start, end])
    first, grade = _row(FIRST, [code, zone]), _row(GRADE, [zone, code, on.isoformat()])
    return {
        "on": on.isoformat(), "since": civil_date(first[0]).isoformat() if first else "", "lists": lists + at_door, "errors": errors + at_door,
        "compared": compared, "mismatched": mismatched, "cases": flags(zone, code, on), "grade": GRADE_OF.get(grade[0], "") if grade else "",
        "score": None, "bounds": bounds,
    }  # fmt: skip


def _row(query: str, params: list[Any]) -> tuple[Any, ...]:
    """The first row, () where there is none."""
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        found: tuple[Any, ...] | None = cursor.fetchone()
    return found or ()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, BEIJING)


def flags(zone: str, code: str, on: date) -> int:
    """How many red flags stand against a firm in a zone on a day."""
    return registers.valid(FLAGS_CODE, on).filter(zone=zone, facts__code=code).count()


def members(zone: str, on: date) -> QuerySet[Any]:
    """Entries of the whitelist that count in a zone on a day."""
    return registers.valid(WHITELIST_CODE, on).filter(zone=zone)


def stated(case_id: int | None) -> Mapping[str, Any]:
    """What the committee stated when a firm was admitted."""
    case = Case.objects.filter(pk=case_id or 0).first()
    return case.facts if case else {}


def checks(actor: Actor, party_code: str) -> list[Check]:
    """The last checks of a firm within reach, newest first."""
    return list(Check.objects.seen_by(actor).filter(party_code=party_code).order_by("-pk")[:12])


# ── clocks ───────────────────────────────────────────────────────────────────
def step_times(zone: str, start: datetime, end: datetime, firm: str = "") -> list[dict[str, Any]]:
    """Count, P50, P90 and P95 in seconds of each step and of the whole, of lists released from `start` until before `end`.

    firm: only those that it declared or sells.
    """
    asked = {"zone": zone, "start": start, "end": end, "firm": firm}
    only = "AND (agent_code = %(firm)s OR ebc_code = %(firm)s)" if firm else ""
    told = []
    for step in (*STEPS, WHOLE):
        column = "counted_s" if step == WHOLE else f"{step}_s"
        found = bulk.fetch(
            PERCENTILES.format(step=column, firm=only), asked, {"lists": pl.Int64, "at": pl.List(pl.Int64)}
        )
        lists, at = found.row(0)
        p50, p90, p95 = at or (0, 0, 0)
        told.append({"step": step, "lists": lists, "p50_s": p50, "p90_s": p90, "p95_s": p95})
    return told


def on_time(zone: str, start: datetime, end: datetime, firm: str = "") -> tuple[int, int]:
    """(lists of whitelisted firms, those within the promised hours) released in the span."""
    only = "AND (agent_code = %(firm)s OR ebc_code = %(firm)s)" if firm else ""
    asked = {"zone": zone, "start": start, "end": end, "firm": firm}
    row = bulk.fetch(ON_TIME.format(firm=only), asked, {"lists": pl.Int64, "kept": pl.Int64}).row(0)
    return row[0], row[1]


def published(months: int = 3) -> list[StepTime]:
    """The newest published step times, month by month and zone by zone."""
    newest = StepTime.objects.order_by("-month").values_list("month", flat=True).distinct()[:months]
    return list(StepTime.objects.filter(month__in=list(newest)).order_by("-month", "zone", "pk"))


def clock_of(declaration_id: int) -> Clock | None:
    return Clock.objects.filter(declaration_id=declaration_id).first()


# ── what is to be cleared up ─────────────────────────────────────────────────
def items(actor: Actor) -> QuerySet[Item]:
    return Item.objects.seen_by(actor)
