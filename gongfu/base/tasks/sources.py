"""Where tasks come from: the paragraphs of a zone's plan, and the list of security controls."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

from gongfu.base.tasks.kinds import Seed
from gongfu.zones.plan import Plan


def of_plan(plan: Plan, terms: Mapping[str, date]) -> tuple[Seed, ...]:
    """The tasks of a plan; 五.1 is a part of 五.  terms: day due by `no`, for those that have one (the plans name none)."""
    numbers = {task.no for task in plan.tasks}
    seeds = [
        Seed(
            task.no,
            task.title,
            lead=task.lead,
            helpers=task.helpers,
            parent=above if (above := task.no.rpartition(".")[0]) in numbers else "",
            due_on=terms.get(task.no),
            basis=f"{plan.document} {task.no}",
            confidence="C",
        )
        for task in plan.tasks
    ]
    return tuple(sorted(seeds, key=lambda seed: seed.no.count(".")))


@cache
def controls() -> tuple[Seed, ...]:
    """The security controls of controls.toml (R-1402)."""
    read = tomllib.loads((Path(__file__).parent / "controls.toml").read_text("utf-8"))
    return tuple(
        Seed(
            no,
            entry["title_zh"],
            entry["title_en"],
            lead=entry["lead"],
            check_days=entry["check_days"],
            proof=entry["proof"],
            basis="GB/T 22239-2019; R-1402",
            confidence=entry["confidence"],
        )
        for no, entry in read.items()
    )
