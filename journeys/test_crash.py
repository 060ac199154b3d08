"""A hundred deaths by kill -9 on the way in and out: nothing accepted is lost, nothing happens twice."""

from __future__ import annotations

import subprocess
import sys

import pytest

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
