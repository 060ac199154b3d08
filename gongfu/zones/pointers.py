"""Every name in a plan points at something that is there, and nothing is named twice: looked for in the file as read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from gongfu.reference.tables import table

DEPARTMENTS = (
    "government",
    "commerce",
    "customs",
    "tax_bureau",
    "safe",
    "finance",
    "market_supervision",
    "transport",
    "talent",
    "culture",
    "justice",
    "police",
    "post",
    "statistics",
)
ONCE = {
    "targets": "id",
    "tasks": "no",
    "areas": "code",
    "bonded_sites": "code",
    "modes": "",
    "modules": "",
    "customs_codes": "",
    "partners": "",
    "filings_from": "",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a plan file, where, and what to do."""

    where: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}; {self.remedy}"


def pointers(read: Mapping[str, Any], modules: Collection[str], zones: Collection[str]) -> list[Problem]:
    """Names that point nowhere, repeated names, modes opened without a reason, overrides of what is not the zone's.

    read: the TOML file; values of a wrong type are passed over, they are the models' to report.
    """
    return [
        *_unknown("modules", _texts(read, "modules"), modules, "module"),
        *_unknown("partners", _texts(read, "partners"), zones, "zone"),
        *_unknown("filings_from", _texts(read, "filings_from"), (*zones, "*"), "zone, nor * for all of them"),
        *_unknown("modes_named", _texts(read, "modes_named"), _texts(read, "modes"), "mode listed in modes"),
        *_desks(read),
        *_repeated(read),
        *_modes(read),
        *_bonded(read),
        *_overrides(read),
    ]


def _texts(read: Mapping[str, Any], key: str) -> list[str]:
    value = read.get(key)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _rows(read: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    value = read.get(key)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _unknown(where: str, names: list[str], known: Collection[str], what: str) -> Iterator[Problem]:
    for name in names:
        if name not in known:
            yield Problem(where, f"{name} is not a {what}", f"use one of {', '.join(known)}")


def _desks(read: Mapping[str, Any]) -> Iterator[Problem]:
    for task in _rows(read, "tasks"):
        lead = [task["lead"]] if isinstance(task.get("lead"), str) else []
        yield from _unknown(
            f"tasks.{task.get('no', '?')}", [*lead, *_texts(task, "helpers")], DEPARTMENTS, "department"
        )


def _repeated(read: Mapping[str, Any]) -> Iterator[Problem]:
    for where, key in ONCE.items():
        names = [str(row[key]) for row in _rows(read, where) if key in row] if key else _texts(read, where)
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield Problem(where, f"{name} occurs {names.count(name)} times", "keep one")


def _modes(read: Mapping[str, Any]) -> Iterator[Problem]:
    more = [mode for mode in _texts(read, "modes") if mode not in _texts(read, "modes_named")]
    if more and not read.get("modes_basis"):
        yield Problem(
            "modes_basis",
            f"{', '.join(more)} opened though the document does not name it",
            "say on what basis it is open, or take it out of modes",
        )


def _bonded(read: Mapping[str, Any]) -> Iterator[Problem]:
    """A site cannot take goods before anyone accepted it (R-204)."""
    for site in _rows(read, "bonded_sites"):
        accepted, opened = site.get("accepted_on"), site.get("open_from")
        if isinstance(accepted, date) and isinstance(opened, date) and opened < accepted:
            yield Problem(
                f"bonded_sites.{site.get('code', '?')}",
                f"opens on {opened}, before its acceptance on {accepted}",
                "let open_from be the day of acceptance or later",
            )


def _overrides(read: Mapping[str, Any]) -> Iterator[Problem]:
    """A zone may set what the platform chose by convention (confidence D), never a national number (R-003)."""
    parameters = table("parameters")
    own = set(parameters.filter(parameters["confidence"] == "D")["key"])
    for row in _rows(read, "overrides"):
        key = row.get("key")
        if isinstance(key, str) and key not in own:
            what = "set nationally" if key in set(parameters["key"]) else "not a parameter"
            yield Problem("overrides", f"{key} is {what}", f"a zone may set {', '.join(sorted(own))}")
