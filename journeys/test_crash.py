"""A hundred deaths by kill -9 on the way in and out: nothing accepted is lost, nothing happens twice."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from bench.crash import POINTS as NAMED
from gongfu.modules.intake.rules import TAKEN_UP
from house.tree import ROOT

POINTS = 100


@pytest.mark.feature("intake.messages")
@pytest.mark.rule("R-1507")
def test_a_hundred_crash_points() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bench.crash", str(POINTS)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "lost 0, doubled 0, invariants violated none" in done.stdout
    kills = int(done.stdout.rsplit("\n", 2)[-2].split()[0])
    assert kills >= POINTS, done.stdout


def test_the_harness_knows_every_point_of_the_way_in_and_out() -> None:
    """Points of webhooks have their own test; `lane` and `kind` stand for lanes of work and types of messages."""
    folders = (ROOT / "gongfu" / "modules", ROOT / "gongfu" / "base" / "events", ROOT / "gongfu" / "base" / "ledgers")
    code = "".join(path.read_text("utf-8") for folder in folders for path in folder.rglob("*.py"))
    found = set(re.findall(r'crash_point\(f?"([^"]+)"\)', code))
    plain = {name for name in found if "{" not in name}
    assert plain <= set(NAMED)
    assert found - plain == {"{lane}.claimed", "{lane}.handled", "{lane}.committed", "decode.{kind[:6]}"}
    ends = {"claimed", "handled", "committed"}
    assert {f"{lane}.{end}" for lane in ("decode", "match") for end in ends} <= set(NAMED)
    rest = {name for name in NAMED if name not in plain and name.rpartition(".")[2] not in ends}
    assert {name.removeprefix("decode.") for name in rest} <= {kind[:6] for kind in TAKEN_UP}
