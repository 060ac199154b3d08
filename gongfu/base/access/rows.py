"""Rows that PostgreSQL itself keeps to their people, beneath the managers: whoever asks is made known before each such statement.

The policies stand in migrations of the tables' apps. A web process begins unknown and sees no such row (config.wsgi); the door of
every page makes its actor known. Workers and commands are the house and reach all, by the options of their connection.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from gongfu.base.access.actor import Actor

KEPT = ("sharing_consent",)
KNOWN = "SELECT set_config('gongfu.reach', '', false), set_config('gongfu.codes', %s, false)"


@contextmanager
def asked_by(actor: Actor) -> Iterator[None]:
    """Within it, statements on the tables of KEPT reach the rows of the actor's firms, or own, or of the actor's desk, alone."""
    known: list[bool] = []

    def make_known(execute: Any, sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if any(table in str(sql) for table in KEPT):
            known.append(True)
            with context["connection"].cursor() as cursor:
                cursor.execute(KNOWN, [",".join(_codes(actor))])
        return execute(sql, params, many, context)

    try:
        with connection.execute_wrapper(make_known):
            yield
    finally:
        if known and not connection.needs_rollback:
            forget()


def _codes(actor: Actor) -> list[str]:
    """Firms by their codes; a desk as role@zone, so that it is nobody of another zone."""
    desks = [f"{actor.role}@{zone}" for zone in actor.zones] if actor.role and actor.reach != "own" else []
    return [*actor.party_codes, *desks]


def forget() -> None:
    """The connection is again whose it was when it was opened."""
    with connection.cursor() as cursor:
        cursor.execute("RESET gongfu.reach")
        cursor.execute("RESET gongfu.codes")
