"""A hundred deaths by kill -9 on the way in and out, and in what follows lists: nothing accepted is lost, nothing happens twice."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from bench.crash import POINTS as NAMED
from gongfu.modules.intake.rules import TAKEN_UP
from house.tree import ROOT

POINTS = 100
# Points of what follows lists, and of what people do; a run of a hundred dies at most of them.
FOLLOWING = {
    "follow.recorded", "lists.cancelled", "returns.arrived", "tax.returned", "books.in", "books.back", "overseas.out", "drafts.handed", "evidence.kept",
    "realtime.claimed",
}  # fmt: skip
MOST = 8


@pytest.mark.feature("intake.messages")
@pytest.mark.rule("R-1507")
def test_a_hundred_crash_points() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bench.crash", str(POINTS)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "lost 0, doubled 0, invariants violated none" in done.stdout
    last = done.stdout.rsplit("\n", 2)[-2]
    assert int(last.split()[0]) >= POINTS, done.stdout
    assert len(FOLLOWING & set(re.findall(r"'([^']+)': [1-9]", last))) >= MOST, last


def test_the_harness_knows_every_point_of_the_way_in_and_out() -> None:
    """Points of webhooks have their own test; `lane` and `kind` stand for lanes of work and types of messages."""
    folders = (ROOT / "gongfu" / "modules", ROOT / "gongfu" / "base" / "events", ROOT / "gongfu" / "base" / "ledgers")
    code = "".join(path.read_text("utf-8") for folder in folders for path in folder.rglob("*.py"))
    found = set(re.findall(r'crash_point\(f?"([^"]+)"\)', code))
    plain = {name for name in found if "{" not in name}
    assert plain <= set(NAMED)
    assert plain >= FOLLOWING
    assert found - plain == {"{lane}.claimed", "{lane}.handled", "{lane}.committed", "decode.{kind[:6]}"}
    ends = {"claimed", "handled", "committed"}
    assert {f"{lane}.{end}" for lane in ("decode", "match") for end in ends} <= set(NAMED)
    rest = {name for name in NAMED if name not in plain and name.rpartition(".")[2] not in ends}
    assert {name.removeprefix("decode.") for name in rest} <= {kind[:6] for kind in TAKEN_UP}
