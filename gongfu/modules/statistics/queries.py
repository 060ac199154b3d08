"""The day of a zone, counted from its rows: every figure equals the rows its link opens (I14)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Sum

from gongfu.base.access.actor import Actor
from gongfu.base.kit.beijing import BEIJING
from gongfu.base.screens.words import say
from gongfu.core.rule import registry
from gongfu.modules.declarations.models import Declaration
from gongfu.modules.intake.models import Message

REFUSED = ("refused", "rejected", "failed")
RELEASED = ("released", "closed")
MATCH_PREFIX = "BIZ-MATCH-"
HOURS = range(24)
PERCENTILES = (
    "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY s), percentile_cont(0.95) WITHIN GROUP (ORDER BY s) FROM ("
    "SELECT extract(epoch FROM released_at - received_at) AS s FROM declarations_declaration "
    "WHERE zone = ANY(%s) AND received_at >= %s AND received_at < %s AND released_at IS NOT NULL) t"
)
AT_DOOR = (
    "SELECT substring(r.info from '^\\[Code:([^;]+);'), count(*) FROM intake_receipt r WHERE r.origin = 'platform' AND r.status LIKE '-%%' "
    "AND r.type IN ('CEB622Message', 'CEB604Message') AND r.zone = ANY(%s) AND r.recorded_at >= %s AND r.recorded_at < %s "
    "AND NOT EXISTS (SELECT FROM declarations_declaration d WHERE d.message_id = r.message_id AND d.guid = r.document_guid) GROUP BY 1 ORDER BY 2 DESC"
)
HOURLY = (
    "SELECT extract(hour FROM received_at AT TIME ZONE 'Asia/Shanghai')::int AS hour, count(*), count(*) FILTER (WHERE state = ANY(%s)) "
    "FROM declarations_declaration WHERE zone = ANY(%s) AND received_at >= %s AND received_at < %s GROUP BY 1"
)


@dataclass(slots=True)
class Today:
    """The figures of one day; amounts in fen, times in seconds."""

    day: date
    messages: int = 0
    documents: int = 0
    refused_messages: int = 0
    lists: int = 0
    value_fen: int = 0
    released: int = 0
    refused: int = 0
    in_hand: int = 0
    matched: int = 0
    mismatched: int = 0
    median_seconds: float | None = None
    p95_seconds: float | None = None
    cells: list[dict[str, Any]] = field(default_factory=list)
    reasons: list[dict[str, Any]] = field(default_factory=list)
    at_door: list[dict[str, Any]] = field(default_factory=list)
    hours: list[tuple[int, int]] = field(default_factory=list)

    @property
    def refused_at_door(self) -> int:
        """Lists that did not pass the checks and so were never taken up."""
        return sum(one["count"] for one in self.at_door)

    @property
    def match_rate_bp(self) -> int | None:
        """Matched of all that could be compared, in basis points; None before any."""
        compared = self.matched + self.mismatched
        return round(10_000 * self.matched / compared) if compared else None


def today(actor: Actor, day: date) -> Today:
    """Everything the board shows, in eight queries."""
    start = datetime.combine(day, datetime.min.time(), BEIJING)
    end = start + timedelta(days=1)
    told = Today(day)
    _messages(told, actor, start, end)
    _cells(told, actor, start, end)
    _reasons(told, actor, start, end)
    zones = (
        list(actor.zones)
        if actor.reach == "zone"
        else list(Declaration.objects.values_list("zone", flat=True).distinct())
    )
    with connection.cursor() as cursor:
        cursor.execute(PERCENTILES, [zones, start, end])
        told.median_seconds, told.p95_seconds = cursor.fetchone() or (None, None)
        cursor.execute(AT_DOOR, [zones, start, end])
        told.at_door = [
            {"code": code or "", "title": title_of(code or ""), "count": count} for code, count in cursor.fetchall()
        ]
        cursor.execute(HOURLY, [list(RELEASED), zones, start, end])
        by_hour = {hour: (count, released) for hour, count, released in cursor.fetchall()}
    told.hours = [by_hour.get(hour, (0, 0)) for hour in HOURS]
    return told


def title_of(code: str) -> str:
    """What a reason code says, in the reader's language."""
    text = registry().get(code)
    return say(text.title["zh"], text.title["en"]) if text else say(f"海关 {code[8:]}", f"Customs {code[8:]}")


def _messages(told: Today, actor: Actor, start: datetime, end: datetime) -> None:
    rows = Message.objects.seen_by(actor).filter(received_at__gte=start, received_at__lt=end).exclude(channel="customs")
    for row in rows.values("state").annotate(count=Count("id"), documents=Sum("documents")):
        told.messages += row["count"]
        told.documents += row["documents"] or 0
        told.refused_messages += row["count"] if row["state"] == "refused" else 0


def _cells(told: Today, actor: Actor, start: datetime, end: datetime) -> None:
    """Counts and value by mode, direction and state."""
    rows = Declaration.objects.seen_by(actor).filter(received_at__gte=start, received_at__lt=end)
    for row in (
        rows.values("mode", "flow", "state")
        .annotate(count=Count("id"), value=Sum("goods_fen"))
        .order_by("mode", "flow", "state")
    ):
        told.cells.append(dict(row))
        told.lists += row["count"]
        told.value_fen += row["value"]
        told.released += row["count"] if row["state"] in RELEASED else 0
        told.refused += row["count"] if row["state"] in REFUSED else 0
    told.in_hand = told.lists - told.released - told.refused


def _reasons(told: Today, actor: Actor, start: datetime, end: datetime) -> None:
    """Refusals by reason; matched lists are those that got past the comparison."""
    rows = Declaration.objects.seen_by(actor).filter(received_at__gte=start, received_at__lt=end)
    counted = rows.filter(state__in=REFUSED).values("reason").annotate(count=Count("id")).order_by("-count")
    told.reasons = [{"code": row["reason"], "title": title_of(row["reason"]), "count": row["count"]} for row in counted]
    told.mismatched = sum(one["count"] for one in told.reasons if one["code"].startswith(MATCH_PREFIX))
    waiting = sum(cell["count"] for cell in told.cells if cell["state"] == "waiting")
    told.matched = told.lists - told.mismatched - waiting
