"""Trails read: the line of events, the last of many, where a fact stands, and the proof that nothing was changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from gongfu.base.kit import bulk
from gongfu.base.trails import rules, seals
from gongfu.base.trails.models import Event, Trail
from gongfu.core import chain

CHUNK = 5000
RECORDED = (
    "SELECT k.kind, coalesce(a.events, 0), coalesce(e.events, 0) FROM "
    "(SELECT facts->>'kind' AS kind FROM audit_entry WHERE verb = 'trails.append' UNION SELECT kind FROM trails_trail) k "
    "LEFT JOIN (SELECT facts->>'kind' AS kind, sum((facts->>'events')::bigint) AS events FROM audit_entry "
    " WHERE verb = 'trails.append' GROUP BY 1) a ON a.kind = k.kind "
    "LEFT JOIN (SELECT t.kind, count(*) AS events FROM trails_event e JOIN trails_trail t ON t.id = e.trail_id GROUP BY 1) e "
    " ON e.kind = k.kind ORDER BY 1"
)


def trail(kind: str, subject: str) -> Trail | None:
    """The trail of one thing; people see it through `Trail.objects.seen_by(actor)`."""
    return Trail.objects.filter(kind=kind, subject=subject).first()


def recorded(one: Trail) -> QuerySet[Event]:
    """Its events in the order of the chain."""
    return one.events.order_by("seq")


def timeline(one: Trail) -> QuerySet[Event]:
    """Its events in the order they happened, whichever came to be known first."""
    return one.events.order_by(Coalesce(F("happened_at"), F("at")), "seq")


def latest(kind: str, subjects: Iterable[str]) -> dict[str, Event]:
    """For each of the subjects that has a trail, the last event recorded."""
    rows = Event.objects.filter(
        trail__kind=kind, trail__subject__in=list(subjects), seq=F("trail__length")
    ).select_related("trail")
    return {row.trail.subject: row for row in rows}


def with_fact(kind: str, name: str, value: Any, *, event: str = "") -> QuerySet[Trail]:
    """Trails of the kind in which some event (of the given kind of event) states the fact: the parcels of one lot."""
    found = Event.objects.filter(facts__contains={name: value}, trail__kind=kind)
    if event:
        found = found.filter(event=event)
    trails: QuerySet[Trail] = Trail.objects.filter(kind=kind, pk__in=found.values("trail")).order_by("subject")
    return trails


def verify(kind: str = "", subject: str = "") -> list[str]:
    """Every edit, gap, swap, cut and forged head, in words; empty when sound.  kind, subject "": all of them.

    Over all trails of a kind, their events are also counted against the sealed log, so that a trail taken away whole or
    set back to an older signed head is found (the log itself is proven by `audit.actions.verify`).
    """
    with _one_moment():
        heads = Trail.objects.order_by("pk")
        heads = heads.filter(kind=kind) if kind else heads
        heads = heads.filter(subject=subject) if subject else heads
        faults = list(_faults(heads))
        return faults if subject else [*faults, *_uncounted(kind)]


def proven(kind: str, subject: str) -> tuple[Trail | None, list[Event], list[str]]:
    """A trail, its events as far as its head counts them, and every fault of its chain, in one statement; None without one."""
    rows = list(Event.objects.filter(trail__kind=kind, trail__subject=subject).select_related("trail").order_by("seq"))
    head: Trail | None = rows[0].trail if rows else None
    events = [row for row in rows if head and row.seq <= head.length]
    return head, events, list(_broken(head, iter(events))) if head else []


@contextmanager
def _one_moment() -> Iterator[None]:
    """Read everything as of one moment, so that events being appended meanwhile are no faults."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            bulk.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def _faults(heads: QuerySet[Trail]) -> Iterator[str]:
    """Walk heads and events side by side, both in the order of the heads."""
    events = Event.objects.filter(trail__in=heads.values("pk")).order_by("trail_id", "seq")
    lines = groupby(events.iterator(CHUNK), key=attrgetter("trail_id"))
    line = next(lines, None)
    for head in heads.iterator(CHUNK):
        if line is not None and line[0] == head.pk:
            yield from _broken(head, line[1])
            line = next(lines, None)
        else:
            yield from _broken(head, iter(()))


def _broken(head: Trail, events: Iterator[Event]) -> Iterator[str]:
    """What does not fit in one chain and between it and its head."""
    last: list[tuple[int, bytes]] = [(0, b"")]

    def entries() -> Iterator[tuple[int, bytes, bytes]]:
        for row in events:
            last[0] = (row.seq, bytes(row.seal))
            yield row.seq, rules.payload(head.place(), row.written()), bytes(row.seal)

    for found in chain.verify(entries()):
        yield f"{head}: {found}"
    if last[0] != (head.length, bytes(head.seal)):
        yield f"{head}: the head names entry {head.length}, the last one is {last[0][0]}"
    if not head.length or not seals.signed(head.place(), head.length, bytes(head.seal), bytes(head.signature)):
        yield f"{head}: the signature of its head is not ours"


def _uncounted(kind: str) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(RECORDED)
        for name, logged, there in cursor.fetchall():
            if logged != there and kind in ("", name):
                yield f"{name}: the log counts {logged} events, {there} are there"
