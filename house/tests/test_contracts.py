"""The import contracts: kept by the code, and able to find who breaks them."""

from __future__ import annotations

import configparser
import subprocess
import sys

from gongfu.config.modules import MODULES
from house.contracts import trespassers
from house.tree import ROOT, pure

DOORS = frozenset({"actions", "queries", "events"})


def read() -> configparser.ConfigParser:
    told = configparser.ConfigParser()
    told.read(ROOT / ".importlinter", encoding="utf-8")
    return told


def names(contract: str, key: str) -> list[str]:
    return read()[f"importlinter:contract:{contract}"][key].split()


def test_the_contracts_are_kept() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "house.contracts"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stdout


def test_the_order_of_modules_is_that_of_the_installation() -> None:
    assert [name for name in names("order", "layers") if name != "|"] == list(reversed(MODULES))
    assert names("inside", "containers") == [f"gongfu.modules.{name}" for name in MODULES]


def test_every_pure_room_is_under_the_contract_of_purity() -> None:
    covered = names("pure", "source_modules")
    rooms = [path.removesuffix(".py").replace("/", ".") for path in pure()]
    assert [room for room in rooms if not any(room == one or room.startswith(f"{one}.") for one in covered)] == []


def test_neighbours_enter_through_doors_only() -> None:
    edges = [
        ("gongfu.modules.tax.handlers", "gongfu.modules.matching.events"),
        ("gongfu.modules.tax.actions", "gongfu.modules.parties.queries"),
        ("gongfu.modules.tax.actions", "gongfu.modules.tax.models"),
        ("gongfu.modules.tax.tests.test_rules", "gongfu.modules.parties.models"),
        ("gongfu.modules.tax.rules", "gongfu.core.money"),
    ]
    wrong = [
        ("gongfu.modules.tax.queries", "gongfu.modules.parties"),
        ("gongfu.modules.tax.queries", "gongfu.modules.parties.models"),
    ]
    assert trespassers("gongfu.modules", DOORS, edges + wrong) == wrong
