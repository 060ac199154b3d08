"""Named points at which the crash harness kills this process (fault F1); free of cost when unset."""

from __future__ import annotations

import os
import signal

_PLAN = os.environ.get("GONGFU_CRASH", "")
_left = {name: int(count) for name, _, count in (part.partition(":") for part in _PLAN.split(",") if part)}


def plan(name: str, passes: int = 1) -> None:
    """Let this process die at the n-th pass of a point from now on."""
    _left.clear()
    _left[name] = passes


def crash_point(name: str) -> None:
    """Kill -9 ourselves at the n-th pass of this point, when GONGFU_CRASH says `name:n`."""
    if name not in _left:
        return
    _left[name] -= 1
    if _left[name] <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
