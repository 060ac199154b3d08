"""The kinds of job there are: each a function that does the work and gives a file in pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from gongfu.base.access.actor import Actor

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Made:
    """name: with its ending.  kind: a key of files.rules.TYPES.  pieces: made while they are taken."""

    name: str
    kind: str
    pieces: Iterable[bytes]


Work = Callable[[Actor, dict[str, Any], Progress], Made]
KINDS: dict[str, Work] = {}


def kind(name: str) -> Callable[[Work], Work]:
    """Register the function behind a kind of job. It is called with (actor, parameters, progress); it calls
    progress(done, total) now and then, which raises Cancelled when the job is to end. PermissionDenied is told as a fault."""

    def register(work: Work) -> Work:
        KINDS[name] = work
        return work

    return register


class Cancelled(Exception):
    """The person wants no more of it."""
