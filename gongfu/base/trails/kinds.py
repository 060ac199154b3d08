"""Kinds of trail as data: which things have a history, and which events may stand in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from gongfu.base.kit.kinds import Kinds

FactType = Literal["text", "int", "bool", "day", "moment"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One value of an event.  type: text (at most 2,000 signs), int (64 bits), bool, day (ISO date), moment (with its zone).

    There is no fraction: amounts are whole fen, grams, milli-degrees. Personal values do not belong in a trail.
    """

    name: str
    type: FactType = "text"
    required: bool = True


@dataclass(frozen=True, slots=True)
class EventKind:
    """One kind of event.  ends: nothing may follow it."""

    code: str
    title: str
    title_en: str
    facts: tuple[Fact, ...] = ()
    ends: bool = False


@dataclass(frozen=True, slots=True)
class TrailKind:
    """One kind of trail.  subject: the pattern of its keys.  by: the permission to append, beside `trails.append`."""

    code: str
    title: str
    title_en: str
    events: tuple[EventKind, ...]
    subject: str = r"[0-9A-Za-z._:\-]{1,60}"
    by: str = ""

    def event(self, code: str) -> EventKind | None:
        return next((one for one in self.events if one.code == code), None)


@dataclass(frozen=True, slots=True)
class Happening:
    """One event to be appended.

    happened_at: when it was so in the world, by whoever saw it (aware), None when that is the moment of record.
    key: the source's own number; the same again changes nothing.  zone, party_code: where a trail that it opens belongs.
    """

    subject: str
    event: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    happened_at: datetime | None = None
    key: str = ""
    zone: str = ""
    party_code: str = ""


KINDS: Kinds[TrailKind] = Kinds()
