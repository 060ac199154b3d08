"""Which events are sound, in which form they are kept, and the bytes a seal is made over."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from gongfu.base.trails.kinds import EventKind, Fact, Happening, TrailKind
from gongfu.core import chain
from gongfu.core.rule import Finding
from gongfu.core.text import hidden

TEXT_LIMIT, KEY_LIMIT, SIZE_LIMIT = 2000, 80, 16_384
SMALLEST, LARGEST = -(2**63), 2**63 - 1
EXPECTED = {
    "text": "文字/text",
    "int": "64 位整数/integer of 64 bits",
    "bool": "是否/true or false",
    "day": "日期/date YYYY-MM-DD",
    "moment": "带时区的时间/time with zone",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Which trail an event stands in, as the seal knows it."""

    kind: str
    subject: str
    zone: str
    party_code: str


@dataclass(frozen=True, slots=True)
class Written:
    """An event as it is kept.  facts: after `normal`; at: moment of record."""

    seq: int
    event: str
    facts: Mapping[str, Any]
    happened_at: datetime | None
    key: str
    actor: str
    at: datetime


def payload(place: Place, written: Written) -> bytes:
    """The canonical bytes of an event, with the trail it stands in, so that none can be moved to another."""
    return chain.payload(
        {
            "kind": place.kind,
            "subject": place.subject,
            "zone": place.zone,
            "party_code": place.party_code,
            "seq": written.seq,
            "event": written.event,
            "facts": dict(written.facts),
            "happened_at": _stamp(written.happened_at),
            "key": written.key,
            "actor": written.actor,
            "at": _stamp(written.at),
        }
    )


def _stamp(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds") if moment else ""


def happening_findings(kind: TrailKind, happening: Happening) -> list[Finding]:
    """Every fault of one event; what has none can be kept and sealed."""
    named = {"kind": kind.code}
    document = _shown(happening.subject)
    found = []
    if not re.fullmatch(kind.subject, happening.subject) or len(happening.subject) > 60 or hidden(happening.subject):
        found.append(Finding("TRAIL-SUBJECT", document, field="subject", value=document, facts=named))
    for name, limit in (("key", KEY_LIMIT), ("zone", 20), ("party_code", 18)):
        value = getattr(happening, name)
        if len(value) > limit or hidden(value):
            found.append(_fact(document, name, f"text ≤ {limit}", value))
    if happening.happened_at is not None and not _aware(happening.happened_at):
        found.append(_fact(document, "happened_at", EXPECTED["moment"], happening.happened_at))
    event = kind.event(happening.event)
    if event is None:
        facts = {**named, "known": "、".join(one.code for one in kind.events)}
        return [*found, Finding("TRAIL-EVENT", document, field="event", value=_shown(happening.event), facts=facts)]
    found += _fact_findings(document, event, happening.facts)
    size = 0 if found else len(chain.payload(normal(event, happening.facts)))
    if size > SIZE_LIMIT:
        found.append(Finding("TRAIL-SIZE", document, field="facts", value=str(size), facts={"limit": SIZE_LIMIT}))
    return found


def _fact_findings(document: str, event: EventKind, facts: Mapping[str, Any]) -> Iterator[Finding]:
    declared = {fact.name: fact for fact in event.facts}
    for name in facts:
        if name not in declared:
            yield _fact(document, str(name), "—", facts[name])
    for fact in event.facts:
        value = facts.get(fact.name)
        if value is None and not fact.required:
            continue
        if not _fits(fact, value):
            yield _fact(document, fact.name, EXPECTED[fact.type], value)


def _fact(document: str, name: str, expected: str, value: object) -> Finding:
    return Finding("TRAIL-FACT", document, field=name[:40], value=_shown(value), facts={"expected": expected})


def _shown(value: object) -> str:
    """A value as an answer may quote it: short, and without signs that cannot be seen."""
    if isinstance(value, int) and not SMALLEST <= value <= LARGEST:
        return f"{value.bit_length()} bits"
    text = "—" if value is None else str(value)
    return hidden(text) or text[:60]


def _fits(fact: Fact, value: object) -> bool:
    if fact.type == "text":
        return isinstance(value, str) and 0 < len(value) <= TEXT_LIMIT and not hidden(value)
    if fact.type == "bool":
        return isinstance(value, bool)
    if fact.type == "int":
        return isinstance(value, int) and not isinstance(value, bool) and SMALLEST <= value <= LARGEST
    if fact.type == "day":
        return _day(value) is not None
    return _moment(value) is not None


def _day(value: object) -> date | None:
    if isinstance(value, datetime):
        return None
    if isinstance(value, str) and len(value) == 10:
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    return value if isinstance(value, date) else None


def _moment(value: object) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    return value if isinstance(value, datetime) and _aware(value) else None


def _aware(moment: datetime) -> bool:
    """Whether it has a zone and lies in years that every zone can write."""
    return moment.utcoffset() is not None and 1900 <= moment.year < 9999


def normal(event: EventKind, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as they are kept: days and moments as text (moments in UTC), absent ones left out. Only for sound facts."""
    kept: dict[str, Any] = {}
    for fact in event.facts:
        value = facts.get(fact.name)
        if value is None:
            continue
        if fact.type == "day":
            value = str(_day(value))
        elif fact.type == "moment":
            value = _stamp(_moment(value))
        kept[fact.name] = value
    return kept
