"""Pure files know no clock, no chance, no file, no Django: whatever they need is handed to them."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from house.tree import ROOT, dotted, imports, pure

CLOCK_AND_CHANCE = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.monotonic",
    "random.random",
    "random.choice",
    "random.randint",
    "os.urandom",
    "uuid4",
    "uuid.uuid4",
}
FORBIDDEN_IMPORTS = ("time", "random", "secrets", "uuid", "os", "subprocess", "socket", "tempfile", "django", "ninja")
HANDED_IN = {"random.Random"}  # a generator that the caller has seeded
# The columns library reads its layout from a file only.
NEEDED = {("gongfu/core/ceb/structure.py", "tempfile")}
OPENING = ("open", "read_text", "read_bytes", "write_text", "write_bytes", "read_csv", "glob", "iterdir")
# They read the tables that come with the package, and the plans: each names its folder beside itself.
PACKAGE_READERS = {
    "gongfu/core/rule.py",
    "gongfu/core/ceb/schema.py",
    "gongfu/reference/tables.py",
    "gongfu/zones/plan.py",
}
DJANGO_FREE = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
found = sorted(name for name in sys.modules if name.split(".")[0] in ("django", "ninja", "psycopg"))
print(" ".join(found))
"""


def called(tree: ast.Module) -> list[tuple[int, str]]:
    """(line, name) of everything a file calls; for calls on values only the last name is known."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [(node.lineno, dotted(node.func) or getattr(node.func, "attr", "")) for node in calls]


def test_pure_files_ask_no_clock_and_throw_no_dice() -> None:
    asked = [
        f"{path}:{line} {name}"
        for path, tree in pure().items()
        for line, name in called(tree)
        if name in CLOCK_AND_CHANCE
    ]
    assert asked == []


def test_pure_files_import_nothing_that_reaches_outside() -> None:
    taken = [
        f"{path}: {name}"
        for path, tree in pure().items()
        for name in imports(tree)
        if name.split(".")[0] in FORBIDDEN_IMPORTS and name not in HANDED_IN and (path, name) not in NEEDED
    ]
    assert taken == []


def test_pure_files_open_no_file_but_the_tables_of_the_package() -> None:
    opened = {
        path
        for path, tree in pure().items()
        for _, name in called(tree)
        if name.split(".")[-1] in OPENING and not path.startswith("gongfu/core/ceb/generate")
    }
    assert opened == PACKAGE_READERS


@pytest.mark.parametrize("floor", ["gongfu/core/", "gongfu/reference/", "gongfu/zones/", "gongfu/modules/"])
def test_pure_files_are_read_by_an_interpreter_without_django(floor: str) -> None:
    names = [
        path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for path in pure()
        if path.startswith(floor)
    ]
    assert names
    told = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", DJANGO_FREE, *names],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert told.stdout.strip() == ""


STARTED = """
from gongfu.config.runtime import setup
setup()
from gongfu.reference.tables import _whole
print(_whole.cache_info().currsize)
"""


def test_starting_reads_no_table() -> None:
    """Reading one starts the threads of the columns library, which a forked process would inherit locked."""
    told = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", STARTED], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert told.stdout.strip() == "0", told.stderr
