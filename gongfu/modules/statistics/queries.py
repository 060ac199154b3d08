"""The day of a zone, counted from its rows: every figure equals the rows its link opens (I14)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from gongfu.base.access.actor import Actor
from gongfu.base.kit.beijing import BEIJING
from gongfu.base.screens.words import say
from gongfu.core.rule import registry
from gongfu.modules.declarations import queries as declarations
from gongfu.modules.declarations.queries import REFUSED, RELEASED
from gongfu.modules.intake import queries as intake

MATCH_PREFIX = "BIZ-MATCH-"
HOURS = range(24)


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
    told, zones = Today(day), declarations.zones(actor)
    _messages(told, actor, start, end)
    _cells(told, actor, start, end)
    _reasons(told, actor, start, end)
    told.median_seconds, told.p95_seconds = declarations.release_seconds(zones, start, end)
    told.at_door = [_reason(*one) for one in declarations.not_taken_up(zones, start, end)]
    by_hour = declarations.by_hour(zones, start, end)
    told.hours = [by_hour.get(hour, (0, 0)) for hour in HOURS]
    return told


def _reason(code: str, count: int) -> dict[str, Any]:
    return {"code": code, "title": title_of(code), "count": count}


def title_of(code: str) -> str:
    """What a reason code says, in the reader's language."""
    text = registry().get(code)
    return say(text.title["zh"], text.title["en"]) if text else say(f"海关 {code[8:]}", f"Customs {code[8:]}")


def _messages(told: Today, actor: Actor, start: datetime, end: datetime) -> None:
    for row in intake.received(actor, start, end):
        told.messages += row["count"]
        told.documents += row["documents"] or 0
        told.refused_messages += row["count"] if row["state"] == "refused" else 0


def _cells(told: Today, actor: Actor, start: datetime, end: datetime) -> None:
    """Counts and value by mode, direction and state."""
    told.cells = declarations.by_mode_and_state(actor, start, end)
    for row in told.cells:
        told.lists += row["count"]
        told.value_fen += row["value"]
        told.released += row["count"] if row["state"] in RELEASED else 0
        told.refused += row["count"] if row["state"] in REFUSED else 0
    told.in_hand = told.lists - told.released - told.refused


def _reasons(told: Today, actor: Actor, start: datetime, end: datetime) -> None:
    """Refusals by reason; matched lists are those that got past the comparison."""
    told.reasons = [_reason(*one) for one in declarations.refused_by_reason(actor, start, end)]
    told.mismatched = sum(one["count"] for one in told.reasons if one["code"].startswith(MATCH_PREFIX))
    waiting = sum(cell["count"] for cell in told.cells if cell["state"] == "waiting")
    told.matched = told.lists - told.mismatched - waiting
