"""`@action`: checks the permission, opens the transaction and seals one entry."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.db import connection, transaction

from gongfu.base.access.actor import Actor

P = ParamSpec("P")
R = TypeVar("R")
ACTIONS: dict[str, str] = {}
INSERT = "INSERT INTO audit_entry (zone, actor, verb, subject, facts) VALUES (%s, %s, %s, %s, %s)"


def record(actor: Actor, verb: str, subject: str = "", zone: str = "", facts: dict[str, Any] | None = None) -> None:
    """Write one entry of the log in the transaction at hand."""
    with connection.cursor() as cursor:
        cursor.execute(
            INSERT, [zone, actor.name, verb, subject, json.dumps(facts or {}, default=str, ensure_ascii=False)]
        )


def action(
    permission: str, *, title: str
) -> Callable[[Callable[Concatenate[Actor, P], R]], Callable[Concatenate[Actor, P], R]]:
    """Make a function the action `permission`; its first argument is the actor, its result may describe itself.

    Within it the actor reaches the firms that left this permission to his own by mandate.  The entry's subject, zone and facts come from the result's `audit()` when it has one.
    PermissionDenied when the actor may not.
    """
    ACTIONS[permission] = title

    def wrap(function: Callable[Concatenate[Actor, P], R]) -> Callable[Concatenate[Actor, P], R]:
        @wraps(function)
        def run(actor: Actor, /, *args: P.args, **kwargs: P.kwargs) -> R:
            actor.require(permission)
            with transaction.atomic():
                result = function(actor.doing(permission), *args, **kwargs)
                said = result.audit() if hasattr(result, "audit") else {}
                if said is not None:
                    record(actor, permission, said.get("subject", ""), said.get("zone", ""), said.get("facts"))
            return result

        return run

    return wrap
