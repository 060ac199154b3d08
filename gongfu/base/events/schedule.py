"""`strikes`: what is done again and again by the clock. Each is claimed by one process only, and is safe to repeat."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError
from django.db.models import Q
from django.db.models.functions import Now

from gongfu.base.events.models import Strike

log = logging.getLogger(__name__)
Doing = Callable[[datetime], object]


@dataclass(frozen=True, slots=True)
class Recurring:
    every: timedelta
    doing: Doing


RECURRING: dict[str, Recurring] = {}


def strikes(name: str, every: timedelta) -> Callable[[Doing], Doing]:
    """Register a function of the moment, to be called again when `every` has passed since it was last called."""

    def register(doing: Doing) -> Doing:
        RECURRING[name] = Recurring(every, doing)
        return doing

    return register


def strike(at: datetime) -> int:
    """Do whatever is due at the moment; gives how much that was.

    The claim is committed before the work begins, so a process that dies there leaves it for the next time; a fault is kept in
    the row and harms no other. A lost database is the caller's.
    """
    return sum(_done(name, one, at) for name, one in sorted(RECURRING.items()) if _claimed(name, one, at))


def _claimed(name: str, one: Recurring, at: datetime) -> bool:
    """Whether it is due and nobody else took it."""
    Strike.objects.get_or_create(name=name)
    due = Strike.objects.filter(Q(next_at=None) | Q(next_at__lte=at), name=name)
    return bool(due.update(next_at=at + one.every, began_at=Now()))


def _done(name: str, one: Recurring, at: datetime) -> int:
    error = ""
    try:
        one.doing(at)
    except (OperationalError, InterfaceError):
        raise
    except Exception as fault:
        log.exception("%s failed", name)
        error = f"{type(fault).__name__}: {fault}"[:500]
    Strike.objects.filter(name=name).update(ended_at=Now(), error=error)
    return 1
