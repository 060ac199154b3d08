"""Rows for a list of tasks: opened once however often it is read, brought up to date in words and owners."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from gongfu.base.kit import bulk
from gongfu.base.tasks import rules
from gongfu.base.tasks.desks import desks
from gongfu.base.tasks.kinds import Seed, TaskKind
from gongfu.base.tasks.models import Task
from gongfu.core.rule import Finding

Key = tuple[str, str]
WORDS = ("title", "title_en", "lead", "proof", "basis", "confidence")


@dataclass(slots=True)
class Opened:
    """What opening a list did: tasks opened, brought up to date, left as they were.  gone: opened before, no longer listed."""

    kind: str
    zone: str
    opened: int = 0
    changed: int = 0
    kept: int = 0
    gone: tuple[str, ...] = ()
    findings: list[Finding] = field(default_factory=list)

    def audit(self) -> dict[str, Any] | None:
        if self.findings or not (self.opened or self.changed or self.gone):
            return None
        facts = {"opened": self.opened, "changed": self.changed, "kept": self.kept, "gone": list(self.gone)}
        return {"subject": f"tasks:{self.kind}", "zone": self.zone, "facts": facts}


def open_seeds(kind: TaskKind, zone: str, seeds: Sequence[Seed], *, owners: bool) -> Opened:
    """Open what is not there yet and bring the rest up to date; nothing at all when a seed is faulty.

    owners: whether the list decides who leads and helps; else only new tasks take it from the list.
    """
    rows = _rows(kind, zone)
    done = Opened(kind.code, zone)
    done.findings = rules.seed_findings(
        seeds, kind, desks(), {key for key, task in rows.items() if task.state != "done"}
    )
    if done.findings:
        return done
    places = {seed.key: place for place, seed in enumerate(seeds)}
    for seed in seeds:
        if seed.key in rows:
            changed = _update(rows[seed.key], _values(seed, kind, places[seed.key]), owners)
            done.changed, done.kept = done.changed + changed, done.kept + (not changed)
    fresh = [seed for seed in seeds if seed.key not in rows]
    _insert(kind, zone, fresh, places)
    done.opened = len(fresh)
    done.gone = tuple(sorted(no for code, no in rows if (code, no) not in places))
    return done


def _rows(kind: TaskKind, zone: str) -> dict[Key, Task]:
    """The tasks of the kind by owner and number; one opener of a kind and zone at a time."""
    bulk.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"tasks|{kind.code}|{zone}"])
    return {(task.party_code, task.no): task for task in Task.objects.filter(kind=kind.code, zone=zone)}


def _values(seed: Seed, kind: TaskKind, place: int) -> dict[str, Any]:
    words = {name: getattr(seed, name) for name in WORDS}
    check_days = seed.check_days or kind.check_days
    return {**words, "helpers": list(seed.helpers), "check_days": check_days, "position": place}


def _update(task: Task, wanted: dict[str, Any], owners: bool) -> bool:
    """Whether more than its place in the list had to be brought up to date."""
    kept = () if owners else ("lead", "helpers")
    changed = [name for name, value in wanted.items() if name not in kept and getattr(task, name) != value]
    for name in changed:
        setattr(task, name, wanted[name])
    if changed:
        task.save(update_fields=changed)
    return bool(set(changed) - {"position"})


def _insert(kind: TaskKind, zone: str, seeds: list[Seed], places: dict[Key, int]) -> None:
    """Level by level, so that each part finds the task it belongs to."""
    while seeds:
        waiting = {seed.key for seed in seeds}
        level = [seed for seed in seeds if (seed.party_code, seed.parent) not in waiting]
        ids = {key: task.pk for key, task in _rows(kind, zone).items()}
        Task.objects.bulk_create(
            Task(
                zone=zone,
                kind=kind.code,
                no=seed.no,
                party_code=seed.party_code,
                due_on=seed.due_on,
                parent_id=ids.get((seed.party_code, seed.parent)),
                **_values(seed, kind, places[seed.key]),
            )
            for seed in level
        )
        seeds = [seed for seed in seeds if seed not in level]
