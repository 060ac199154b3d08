"""The project's own Python files, parsed once, for the tests about the house."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("gongfu", "house", "journeys", "bench")
PURE_FILES = ("rules.py", "rates.py", "flows.py", "events.py")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def parsed() -> dict[str, ast.Module]:
    """Path from the root (with /) → syntax tree, for every file that is written by hand (migrations are not)."""
    paths = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    kept = [path for path in paths if "migrations" not in path.parts]
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text("utf-8")) for path in kept}


def code() -> dict[str, ast.Module]:
    """Files that are not tests."""
    return {path: tree for path, tree in parsed().items() if not is_test(path)}


def is_test(path: str) -> bool:
    return "/tests/" in path or path.startswith("journeys/")


def pure() -> dict[str, ast.Module]:
    """Files that are told time, chance and rows, and fetch none: core, reference, zones, and the modules' pure rooms."""
    floors = ("gongfu/core/", "gongfu/reference/", "gongfu/zones/")
    return {
        path: tree
        for path, tree in code().items()
        if path.startswith(floors) or (path.startswith("gongfu/modules/") and path.rsplit("/", 1)[1] in PURE_FILES)
    }


def functions(tree: ast.Module) -> Iterator[Function]:
    for node in ast.walk(tree):
        if isinstance(node, Function):
            yield node


def statements(body: list[ast.stmt]) -> list[ast.stmt]:
    """A body without its docstring."""
    first = body[0] if body else None
    told = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    return body[1:] if told else body


def dotted(node: ast.AST) -> str:
    """`a.b.c` for a chain of names; "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (front := dotted(node.value)):
        return f"{front}.{node.attr}"
    return ""


def imports(tree: ast.Module) -> Iterator[str]:
    """Dotted names that a file imports: modules, and `module.name` for names taken from one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{name.name}" for name in node.names)
