"""`gongfu reconcile`: one day of a zone against the single window, tax bills, payment firms and carriers."""

from __future__ import annotations

import argparse
from datetime import date
from typing import Any

Result = tuple[Any, str, int]


def reconcile(told: argparse.Namespace) -> Result:
    """Reconcile a day; 1 when differences were found. ValueError for an unknown zone."""
    from gongfu.base.access.actor import OPERATOR
    from gongfu.modules.risk.reconciling import SOURCES
    from gongfu.modules.risk.reconciling import reconcile as run
    from gongfu.zones.plan import plans

    if told.zone not in plans():
        raise ValueError(f"no zone {told.zone}; known: {', '.join(plans())}")
    done = [run(OPERATOR, told.zone, told.day, source) for source in SOURCES]
    rows = [
        {"source": one.source, "ours": one.ours, "theirs": one.theirs, "differences": one.found, "cleared": one.cleared}
        for one in done
    ]
    lines = [
        f"{one.source:<9} {one.ours:>9} ours {one.theirs:>9} theirs  "
        + (", ".join(f"{kind} {count}" for kind, count in one.found.items()) or "no difference")
        for one in done
    ]
    return {"zone": told.zone, "day": told.day.isoformat(), "sides": rows}, "\n".join(lines), int(any(one.found for one in done))  # fmt: skip


def options(one: argparse.ArgumentParser) -> None:
    """What the command takes."""
    one.add_argument("--zone", required=True, help="the zone's code")
    one.add_argument("--day", type=date.fromisoformat, required=True, help="the Beijing day, YYYY-MM-DD")
