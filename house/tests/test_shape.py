"""Sizes and manners: short functions, short files, no empty bodies, no sleeping, tests that can fail."""

from __future__ import annotations

import ast
import re

from house.tree import ROOT, Function, dotted, functions, is_test, parsed, statements

LONGEST_FUNCTION, LONGEST_FILE = 60, 500
ASSERTING = ("raises", "warns", "fail")


def test_functions_have_at_most_60_lines() -> None:
    long = [
        f"{path}:{one.lineno} {one.name} {lines}"
        for path, tree in parsed().items()
        for one in functions(tree)
        if (lines := (one.end_lineno or one.lineno) - one.lineno + 1) > LONGEST_FUNCTION
    ]
    assert long == []


def test_files_have_at_most_500_lines() -> None:
    sizes = {path: len((ROOT / path).read_text("utf-8").splitlines()) for path in parsed()}
    assert {path: lines for path, lines in sizes.items() if lines > LONGEST_FILE} == {}


def test_every_file_says_what_it_is_for() -> None:
    mute = [path for path, tree in parsed().items() if tree.body and not ast.get_docstring(tree)]
    assert mute == []


def test_a_module_opens_with_a_docstring_only() -> None:
    opened = {path: tree for path, tree in parsed().items() if re.fullmatch(r"gongfu/modules/\w+/__init__\.py", path)}
    assert len(opened) >= 7
    assert [path for path, tree in opened.items() if not ast.get_docstring(tree) or statements(tree.body)] == []


def test_no_function_is_empty() -> None:
    """The methods of a Protocol describe a shape and have no body."""
    empty = [
        f"{path}:{one.lineno} {one.name}"
        for path, tree in parsed().items()
        for one in _outside_protocols(tree)
        if all(isinstance(each, ast.Pass) or _is_dots(each) for each in statements(one.body))
    ]
    assert empty == []


def _outside_protocols(tree: ast.Module) -> list[Function]:
    shapes = {
        method
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and any(dotted(base) == "Protocol" for base in node.bases)
        for method in node.body
    }
    return [one for one in functions(tree) if one not in shapes]


def _is_dots(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.value.value is ...


def test_nothing_is_left_to_do() -> None:
    word = re.compile(r"#.*\b(" + "TO" + "DO|FIX" + r"ME)\b")
    left = [path for path in parsed() if word.search((ROOT / path).read_text("utf-8"))]
    assert left == []


def test_nobody_sleeps() -> None:
    """Waiting is for an event or a condition; a fixed pause is either too long or too short."""
    asleep = [
        f"{path}:{node.lineno}"
        for path, tree in parsed().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and dotted(node.func) in ("time.sleep", "sleep")
    ]
    assert asleep == []


def test_every_test_can_fail() -> None:
    """It asserts, expects an exception, or calls a helper of its file that does."""
    idle = [
        f"{path}:{one.lineno} {one.name}"
        for path, tree in parsed().items()
        if is_test(path) and path.rsplit("/", 1)[1].startswith("test_")
        for one in functions(tree)
        if one.name.startswith("test_") and not (_asserts(one) or _called(one) & _helpers(tree))
    ]
    assert idle == []


def _asserts(node: ast.AST) -> bool:
    return any(
        isinstance(one, ast.Assert) or (isinstance(one, ast.Call) and dotted(one.func).split(".")[-1] in ASSERTING)
        for one in ast.walk(node)
    )


def _called(node: ast.AST) -> set[str]:
    return {dotted(one.func).split(".")[-1] for one in ast.walk(node) if isinstance(one, ast.Call)}


def _helpers(tree: ast.Module) -> set[str]:
    return {one.name for one in functions(tree) if not one.name.startswith("test_") and _asserts(one)}
