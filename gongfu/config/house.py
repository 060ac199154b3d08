"""The house about itself: its map, and each feature with its pages, endpoints, commands and tests."""

from __future__ import annotations

import ast
import csv
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from gongfu.base.access.roles import roles
from gongfu.base.cards import Card, cards
from gongfu.zones.plan import plans

ROOT = Path(__file__).resolve().parents[2]
TEST_FOLDERS = ("gongfu", "house", "journeys")


def catalogue() -> list[dict[str, str]]:
    """The features of house/features.csv, in order."""
    with (ROOT / "house" / "features.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@cache
def marked_tests() -> dict[str, list[str]]:
    """feature or rule id → tests marked with it, as `path::function`."""
    found: dict[str, list[str]] = {}
    for folder in TEST_FOLDERS:
        for path in sorted((ROOT / folder).rglob("test_*.py")):
            for name, marks in _marks(ast.parse(path.read_text("utf-8"))):
                for mark in marks:
                    found.setdefault(mark, []).append(f"{path.relative_to(ROOT)}::{name}")
    return found


def _marks(tree: ast.Module) -> Iterator[tuple[str, set[str]]]:
    """(test, ids of its feature and rule marks), those of the whole file included."""
    whole = {
        mark
        for node in tree.body
        if isinstance(node, ast.Assign) and _names(node) == ["pytestmark"]
        for mark in _ids(node.value)
    }
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node.name, whole | {mark for decorator in node.decorator_list for mark in _ids(decorator)}


def _names(node: ast.Assign) -> list[str]:
    return [target.id for target in node.targets if isinstance(target, ast.Name)]


def _ids(node: ast.AST) -> set[str]:
    """Arguments of pytest.mark.feature(…) and pytest.mark.rule(…) anywhere below a node."""
    return {
        str(call.args[0].value) for call in ast.walk(node)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in ("feature", "rule")
        and call.args and isinstance(call.args[0], ast.Constant)
    }  # fmt: skip


def all_cards() -> tuple[Card, ...]:
    return cards(settings.CARD_PACKAGES)


def features() -> list[dict[str, Any]]:
    """id, module, pages, endpoints, commands, tests of every feature of the catalogue."""
    return [
        {
            "id": row["feature_id"], "module": row["module"],
            "pages": [screen.url for card in all_cards() for screen in card.screens if row["feature_id"] in screen.features],
            "endpoints": [f"{one.method} {one.path}" for card in all_cards() for one in card.endpoints if row["feature_id"] in one.features],
            "commands": [one.name for card in all_cards() for one in card.commands if row["feature_id"] in one.features],
            "tests": marked_tests().get(row["feature_id"], []),
        }
        for row in catalogue()
    ]  # fmt: skip


def house_map() -> str:
    """Portals, screens, permissions, roles and zones as Markdown (docs/map.md)."""
    lines = [
        "# Map of the house",
        "",
        "Made by `gongfu house map`; a test keeps it current.",
        "",
        "## Pages",
        "",
        "| portal | page | address | permission | module |",
        "| --- | --- | --- | --- | --- |",
    ]
    for card in all_cards():
        lines += [
            f"| {one.portal} | {one.title} {one.title_en} | `{one.url}` | {one.permission or 'everyone'} | {card.module} |"
            for one in card.screens
        ]
    lines += ["", "## Interface", "", "| method | address | permission |", "| --- | --- | --- |"]
    lines += [
        f"| {one.method} | `{one.path}` | {one.permission or 'everyone'} |"
        for card in all_cards()
        for one in card.endpoints
    ]
    lines += ["", "## Roles", "", "| role | portal | reach | may |", "| --- | --- | --- | --- |"]
    lines += [
        f"| {one.title_zh} `{one.code}` | {one.portal} | {one.reach} | {', '.join(sorted(one.may))} |"
        for one in roles().values()
    ]
    lines += ["", "## Zones", "", "| zone | layout | modes | targets | tasks |", "| --- | --- | --- | --- | --- |"]
    lines += [
        f"| {one.title} `{one.code}` | {one.layout} | {' '.join(one.modes)} | {len(one.targets)} | {len(one.tasks)} |"
        for one in plans().values()
    ]
    return "\n".join(lines) + "\n"
