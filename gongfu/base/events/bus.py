"""`announce` and `hears`: how a module lets those above it know, in the same transaction.

An inline event (a frame in memory) is heard at once; any other is written down as work and heard by a worker.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import connection

from gongfu.core.event import Event

INSERT = "INSERT INTO events_work (lane, zone, payload, weight) VALUES (%s, %s, %s, %s)"


E = TypeVar("E", bound=Event)
Inline = Callable[[Any], None]
Deferred = Callable[[list[Any]], None]
_inline: dict[type[Event], list[Inline]] = {}
LANES: dict[str, tuple[type[Event], Deferred]] = {}
# Lanes that are worked only when no other has anything due, with the rows claimed at once.
QUIET: dict[str, int] = {}


def hears(kind: type[E], *, lane: str = "", quiet: int = 0) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a handler: of one inline event, or of a list of deferred events claimed together on `lane`.

    quiet: the work waits until every other lane is empty, and so many events are claimed at once.
    """

    def register(handler: Callable[..., None]) -> Callable[..., None]:
        if kind.inline:
            _inline.setdefault(kind, []).append(handler)
        else:
            name = lane or f"{kind.__name__}>{handler.__module__}"
            LANES[name] = (kind, handler)
            if quiet:
                QUIET[name] = quiet
        return handler

    return register


def announce(event: Event, *, zone: str = "", weight: int = 1) -> None:
    """Let hearers know: now for inline events, else by one work row for each lane that hears the kind."""
    if event.inline:
        for handler in _inline.get(type(event), []):
            handler(event)
        return
    payload = json.dumps({one.name: getattr(event, one.name) for one in dataclasses.fields(event)}, ensure_ascii=False)
    with connection.cursor() as cursor:
        for lane, (kind, _) in LANES.items():
            if kind is type(event):
                cursor.execute(INSERT, [lane, zone, payload, weight])
        cursor.execute("SELECT pg_notify('work', '')")
