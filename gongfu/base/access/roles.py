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
        "papers.issue",
        "screens.filter",
        "screens.forget",
        "screens.upload",
        "screens.take",
    }
)


@dataclass(frozen=True, slots=True)
class Role:
    code: str
    title_zh: str
    title_en: str
    portal: str
    reach: str
    may: frozenset[str]


@cache
def roles() -> dict[str, Role]:
    """All roles of roles.toml by code, such as `officer.customs`."""
    read = tomllib.loads((Path(__file__).parent / "roles.toml").read_text("utf-8"))
    packs = read.pop("packs")
    return {
        f"{family}.{name}": _role(f"{family}.{name}", entry, packs)
        for family, members in read.items()
        for name, entry in members.items()
    }


def _role(code: str, entry: dict[str, Any], packs: dict[str, list[str]]) -> Role:
    """One role: its own permissions and those of its packs."""
    may = frozenset(entry["may"]).union(*(packs[name] for name in entry["packs"]))
    return Role(code, entry["title_zh"], entry["title_en"], entry["portal"], entry["reach"], may)
