"""Roles are data: roles.toml says each one's portal, reach and permissions."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

# What everyone with a role may do about things of their own; each of these verbs looks at the owner.
EVERYONE = frozenset(
    {
        "files.keep",
        "files.read",
        "files.discard",
        "jobs.start",
        "jobs.read",
        "jobs.cancel",
        "notices.try",
        "notices.ways",
        "papers.issue",
        "screens.filter",
        "screens.forget",
        "screens.upload",
        "screens.take",
    }
)


REACHES = ("own", "zone", "province", "house")


@dataclass(frozen=True, slots=True)
class Role:
    code: str
    title_zh: str
    title_en: str
    portal: str
    reach: str
    may: frozenset[str]


READ = tomllib.loads((Path(__file__).parent / "roles.toml").read_text("utf-8"))
PACKS: dict[str, list[str]] = READ.pop("packs")
MANDATES: dict[str, Any] = READ.pop("mandates")


@dataclass(frozen=True, slots=True)
class Scope:
    """What one mandate leaves to an agent."""

    code: str
    title_zh: str
    title_en: str
    may: frozenset[str]


@cache
def scopes() -> dict[str, Scope]:
    """Everything a firm can leave to an agent, by code."""
    return {
        code: Scope(code, entry["title_zh"], entry["title_en"], frozenset(entry["may"]))
        for code, entry in MANDATES.items()
    }


@cache
def roles() -> dict[str, Role]:
    """All roles of roles.toml by code, such as `officer.customs`."""
    return {
        f"{family}.{name}": _role(f"{family}.{name}", entry)
        for family, members in READ.items()
        for name, entry in members.items()
    }


def _role(code: str, entry: dict[str, Any]) -> Role:
    """One role: its own permissions and those of its packs."""
    may = frozenset(entry["may"]).union(*(PACKS[name] for name in entry["packs"]))
    return Role(code, entry["title_zh"], entry["title_en"], entry["portal"], entry["reach"], may)
