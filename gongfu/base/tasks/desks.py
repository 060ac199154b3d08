"""Desks are data: desks.toml says each one's titles and who sits there."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from gongfu.base.access.actor import Actor


@dataclass(frozen=True, slots=True)
class Desk:
    code: str
    title: str
    title_en: str
    roles: frozenset[str]


@cache
def desks() -> dict[str, Desk]:
    """All desks by their code."""
    read = tomllib.loads((Path(__file__).parent / "desks.toml").read_text("utf-8"))
    return {
        code: Desk(code, entry["title_zh"], entry["title_en"], frozenset(entry.get("roles", ())))
        for code, entry in read.items()
    }


def desks_of(actor: Actor) -> tuple[str, ...]:
    """The desks an actor sits at: by role, or by the role's own name; all for whoever may do everything."""
    if "*" in actor.may:
        return tuple(desks())
    name = actor.role.rpartition(".")[2]
    return tuple(code for code, desk in desks().items() if code == name or actor.role in desk.roles)
