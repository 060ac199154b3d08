"""The time of record: the database's clock, or the one moment a replay was given (`gongfu intake --at`)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from django.db import connection

_fixed: ContextVar[datetime | None] = ContextVar("fixed_clock", default=None)


def now() -> datetime:
    """An aware moment; the same throughout a replay."""
    fixed = _fixed.get()
    if fixed is not None:
        return fixed
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        found: Any = cursor.fetchone()
    moment: datetime = found[0]
    return moment


@contextmanager
def standing_at(moment: datetime | None) -> Iterator[None]:
    """Within it `now()` answers `moment`, in UTC as the database would, so that what is sealed reads the same later; None leaves the clock running."""
    token = _fixed.set(moment.astimezone(UTC) if moment else None)
    try:
        yield
    finally:
        _fixed.reset(token)
