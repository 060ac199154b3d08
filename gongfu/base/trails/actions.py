"""Appending batches of events: sealed in their order under the heads' locks, whoever else writes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.kit import bulk, clock
from gongfu.base.trails import rules, seals
from gongfu.base.trails.kinds import KINDS, EventKind, Happening, TrailKind
from gongfu.base.trails.models import Event, Trail
from gongfu.base.trails.rules import Written
from gongfu.core import chain
from gongfu.core.rule import Finding

OPEN = (
    "INSERT INTO trails_trail (kind, subject, zone, party_code, length, ended, seal, signature) "
    "SELECT %s, s, z, p, 0, false, '', '' FROM unnest(%s::text[], %s::text[], %s::text[]) AS n(s, z, p) "
    "ORDER BY s ON CONFLICT DO NOTHING"
)
GROW = (
    "UPDATE trails_trail t SET length = n.length, ended = n.ended, seal = n.seal, signature = n.signature FROM "
    "unnest(%s::bigint[], %s::bigint[], %s::bool[], %s::bytea[], %s::bytea[]) AS n(id, length, ended, seal, signature) "
    "WHERE t.id = n.id"
)
MOMENT = pl.Datetime("us", "UTC")
COLUMNS: dict[str, Any] = {
    "trail_id": pl.Int64, "seq": pl.Int64, "event": pl.String, "facts": pl.String, "happened_at": MOMENT, "key": pl.String,
    "actor": pl.String, "at": MOMENT, "seal": pl.String,
}  # fmt: skip


@dataclass(slots=True)
class Appended:
    """What an append did.  events: newly kept; known: there already under their key; trails: grown.

    findings: of the events left out, `document` naming the subject; the others were kept.
    """

    kind: str
    events: int = 0
    known: int = 0
    trails: int = 0
    findings: list[Finding] = field(default_factory=list)

    def audit(self) -> dict[str, Any] | None:
        facts = {"kind": self.kind, "events": self.events, "trails": self.trails, "refused": len(self.findings)}
        return {"subject": f"trails:{self.kind}", "facts": facts} if self.events else None


@action("trails.append", title="追加履历事件")
def append(actor: Actor, kind: str, happenings: Sequence[Happening]) -> Appended:
    """Append events to the trails of their subjects, opening those that are new; faulty events are left out with findings.

    Events of one subject keep their order. The same key again, with the same content, changes nothing (it is `known`).
    PermissionDenied when the kind asks for a permission that the actor has not.
    """
    known = KINDS.get(kind)
    if known is None:
        return Appended(kind, findings=[KINDS.unknown(kind)])
    if known.by:
        actor.require(known.by)
    done, sound = Appended(kind), []
    for happening in happenings:
        faults = rules.happening_findings(known, happening)
        done.findings += faults
        if not faults:
            sound.append(happening)
    if sound:
        _append(actor, known, sound, done)
    return done


def _append(actor: Actor, kind: TrailKind, happenings: list[Happening], done: Appended) -> None:
    trails = _locked(actor, kind, happenings, done)
    kept = _kept(trails, happenings)
    at, grown = clock.now(), {}
    fresh: list[tuple[int, Written, bytes]] = []
    for happening in happenings:
        trail = trails.get(happening.subject)
        event = kind.event(happening.event)
        if trail is None or event is None or not _takes(trail, event, happening, kept, done):
            continue
        written = _sealed(actor, trail, event, happening, at)
        kept[trail.pk, happening.key] = written
        grown[trail.pk] = trail
        fresh.append((trail.pk, written, bytes(trail.seal)))
    _write(fresh)
    _grow(grown.values())
    done.events, done.trails = len(fresh), len(grown)


def _locked(actor: Actor, kind: TrailKind, happenings: list[Happening], done: Appended) -> dict[str, Trail]:
    """The trails by subject, opened where new and locked in one order; those out of reach become findings."""
    first = {happening.subject: happening for happening in reversed(happenings)}
    may = {subject: one for subject, one in first.items() if _reaches(actor, one.zone, one.party_code)}
    columns = ([one.zone for one in may.values()], [one.party_code for one in may.values()])
    bulk.execute(OPEN, [kind.code, list(may), *columns])
    rows: Iterable[Trail] = (
        Trail.objects.filter(kind=kind.code, subject__in=list(first)).order_by("pk").select_for_update()
    )
    trails = {row.subject: row for row in rows if _reaches(actor, row.zone, row.party_code)}
    done.findings += [
        Finding("TRAIL-REACH", subject, field="subject", value=subject) for subject in first if subject not in trails
    ]
    return trails


def _reaches(actor: Actor, zone: str, party_code: str) -> bool:
    if actor.reach == "zone":
        return zone in actor.zones
    return actor.reach == "platform" or (actor.reach == "own" and party_code in actor.party_codes)


def _kept(trails: dict[str, Trail], happenings: list[Happening]) -> dict[tuple[int, str], Written]:
    """Events that are there already under one of the keys at hand; a trail just opened has none."""
    grown = {subject: trail.pk for subject, trail in trails.items() if trail.length}
    keys = {happening.key for happening in happenings if happening.key and happening.subject in grown}
    rows = Event.objects.filter(trail__in=grown.values(), key__in=keys) if keys else ()
    return {(row.trail_id, row.key): row.written() for row in rows}


def _takes(
    trail: Trail, event: EventKind, happening: Happening, kept: dict[tuple[int, str], Written], done: Appended
) -> bool:
    """Whether the event is new and the trail still open; what is known is counted, what does not fit becomes a finding."""
    there = kept.get((trail.pk, happening.key)) if happening.key else None
    if there is not None:
        content = (happening.event, rules.normal(event, happening.facts), happening.happened_at)
        if (there.event, there.facts, there.happened_at) == content:
            done.known += 1
        else:
            done.findings.append(Finding("TRAIL-KEY", trail.subject, field="key", value=happening.key))
        return False
    if trail.ended:
        done.findings.append(Finding("TRAIL-ENDED", trail.subject, field="subject", value=trail.subject))
        return False
    return True


def _sealed(actor: Actor, trail: Trail, event: EventKind, happening: Happening, at: datetime) -> Written:
    """The event in its place, and the trail's head moved onto it."""
    facts = rules.normal(event, happening.facts)
    written = Written(
        trail.length + 1, event.code, facts, happening.happened_at, happening.key, actor.name, at,
    )  # fmt: skip
    before = bytes(trail.seal) if trail.length else chain.GENESIS
    trail.seal = chain.link(before, rules.payload(trail.place(), written))
    trail.length, trail.ended = written.seq, event.ends
    return written


def _write(fresh: list[tuple[int, Written, bytes]]) -> None:
    """Keep events of trails (row number, event, its seal), in their order."""
    rows = [
        (trail, one.seq, one.event, json.dumps(one.facts), one.happened_at, one.key, one.actor, one.at, f"\\x{seal.hex()}")
        for trail, one, seal in fresh
    ]
    bulk.copy_in("trails_event", pl.DataFrame(rows, schema=COLUMNS, orient="row"))


def _grow(trails: Iterable[Trail]) -> None:
    rows = [(one.pk, one.length, one.ended, bytes(one.seal), seals.sign(one.place(), one.length, bytes(one.seal)))
            for one in trails]  # fmt: skip
    bulk.execute(GROW, [list(column) for column in zip(*rows, strict=True)] or [[], [], [], [], []])
