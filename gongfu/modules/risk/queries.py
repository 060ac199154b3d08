"""Measures of firms, members of the whitelist, step times, and what is to be cleared up."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import polars as pl
from django.db import connection
from django.db.models import Q, QuerySet

from gongfu.base.access.actor import Actor
from gongfu.base.access.models import Person
from gongfu.base.access.roles import roles
from gongfu.base.cases.models import Case
from gongfu.base.kit import bulk
from gongfu.base.kit.beijing import BEIJING, civil_date
from gongfu.base.registers import queries as registers
from gongfu.base.tasks.desks import desks_of
from gongfu.modules.risk import frames
from gongfu.modules.risk.flows import FLAGS_CODE, WHITELIST_CODE
from gongfu.modules.risk.kinds import kinds
from gongfu.modules.risk.models import Check, Clock, Item, Run, StepTime
from gongfu.modules.risk.rules import clocks
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
COLUMN_OF = {**{step: f"{step}_s" for step in STEPS}, WHOLE: "counted_s"}
PERCENTILES = (
    "SELECT count(*), "
    + ", ".join(f"percentile_disc(ARRAY[0.5, 0.9, 0.95]) WITHIN GROUP (ORDER BY {one})" for one in COLUMN_OF.values())
    + " FROM risk_clock WHERE zone = %(zone)s AND released_at >= %(start)s AND released_at < %(end)s {firm}"
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
    schema = {"lists": pl.Int64, **dict.fromkeys(COLUMN_OF, pl.List(pl.Int64))}
    row = bulk.fetch(PERCENTILES.format(firm=only), asked, schema).row(0, named=True)
    return [
        {"step": step, "lists": row["lists"], **dict(zip(("p50_s", "p90_s", "p95_s"), row[step] or (0, 0, 0), strict=True))}
        for step in COLUMN_OF
    ]


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


@dataclass(frozen=True, slots=True)
class Timed:
    """The clock of one list now.  counted_s, stopped_s: seconds.  released: whether it ended with the release.  ended: whether it runs no
    more.  still: whether it stands still now.  stops: (state, reason, from, until), until None while it lasts.

    limit_s: the hours promised, None where the declarant is not on the whitelist: of a released list on the day of its release.
    """

    counted_s: int
    stopped_s: int
    released: bool
    ended: bool
    still: bool
    stops: tuple[tuple[str, str, datetime, datetime | None], ...]
    limit_s: int | None

    @property
    def late(self) -> bool:
        """Whether the promise was broken."""
        return self.limit_s is not None and self.counted_s > self.limit_s


def clock_of(declaration: Any, now: datetime) -> Timed | None:
    """The clock of a list, open or ended, from its moves alone; None for one without moves.  declaration: a row of declarations."""
    moves = frames.moves_of(declaration)
    if moves.is_empty():
        return None
    one = clocks.clocks(moves, now).row(0, named=True)
    ended = declaration.state not in frames.OPEN
    until = datetime.fromtimestamp(one["ended_s"], UTC)
    stops = [
        (row["state"], row["reason"], datetime.fromtimestamp(row["from_s"], UTC), datetime.fromtimestamp(row["until_s"], UTC))
        for row in clocks.stops(moves, now).iter_rows(named=True)
    ]
    still = not ended and bool(stops) and stops[-1][3] == until
    told = [(*row[:3], None if still and row is stops[-1] else row[3]) for row in stops]
    limit_s = _limit(declaration, civil_date(until), one["released"])
    return Timed(one["counted_s"], one["stopped_s"], one["released"], ended, still, tuple(told), limit_s)


def _limit(declaration: Any, on: date, released: bool) -> int | None:
    """The seconds promised; whether its declarant was on the whitelist is as it was when the clock was drawn, else as of the day."""
    drawn = Clock.objects.filter(declaration_id=declaration.pk).first() if released else None
    listed = drawn.whitelisted if drawn else members(declaration.zone, on).filter(party_code=declaration.agent_code).exists()
    return plans()[declaration.zone].parameters(on)["clearance.hours"] * 3600 if listed else None


# ── what is to be cleared up ─────────────────────────────────────────────────
OPEN_DAYS = (
    "SELECT source, day FROM risk_item WHERE zone = %s AND state = 'open' AND source = ANY(%s) AND day >= %s AND day < %s "
    "GROUP BY source, day ORDER BY min(seen_at), day, source LIMIT %s"
)


def items(actor: Actor) -> QuerySet[Item]:
    return Item.objects.seen_by(actor)


def open_days(zone: str, sources: Collection[str], start: date, end: date, most: int) -> list[tuple[str, date]]:
    """(source, day) from `start` until before `end` with open items, those looked at longest ago first."""
    asked = [zone, list(sources), start, end, most]
    return bulk.fetch(OPEN_DAYS, asked, {"source": pl.String, "day": pl.Date}).rows()


def detected(zone: str, day: date) -> bool:
    """Whether the risk rules have looked at a day since it was over."""
    return Run.objects.filter(zone=zone, day=day, source="risk", at__gte=_midnight(day + timedelta(days=1))).exists()


def overdue(rows: QuerySet[Item], on: date) -> QuerySet[Item]:
    """Those still open on a day after the last on which they are in time."""
    late = Q(pk__in=[])
    for days in sorted({one.days for one in kinds().values()}):
        codes = [one.code for one in kinds().values() if one.days == days]
        late |= Q(kind__in=codes, found_at__lt=_midnight(on - timedelta(days=days)))
    return rows.filter(late, state="open")


def due_on(item: Item) -> date:
    """The last day on which an item is in time."""
    return kinds()[item.kind].due_on(civil_date(item.found_at))


def of_desk(rows: QuerySet[Item], desk: str) -> QuerySet[Item]:
    """Those whose kind a desk clears up."""
    return rows.filter(kind__in=[one.code for one in kinds().values() if one.desk == desk])


def colleagues(actor: Actor, zone: str) -> list[Person]:
    """People of a zone who sit at a desk of the actor's and may settle items, by name; the actor among them."""
    mine = set(desks_of(actor))
    at_desk = [code for code, one in roles().items() if "risk.settle" in one.may and mine & set(desks_of(Actor("", role=code)))]
    return list(Person.objects.filter(zone=zone, is_active=True, role__in=at_desk).order_by("title", "pk"))


def named(owner: str) -> str:
    """The name of a person as `person:7`, "" for anybody else."""
    number = owner.removeprefix("person:")
    found = Person.objects.filter(pk=int(number)).first() if number.isdecimal() else None
    return (found.title or found.username) if found else ""
