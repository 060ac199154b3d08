"""Tasks of a desk, tasks overdue, progress and lights, all from what was recorded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import polars as pl
from django.db.models import OuterRef, Q, QuerySet

from gongfu.base.kit.beijing import BEIJING
from gongfu.base.kit.bulk import fetch
from gongfu.base.tasks import rules
from gongfu.base.tasks.flows import MOVES, TASK
from gongfu.base.tasks.models import Record, Task


@dataclass(frozen=True, slots=True)
class Late:
    """An overdue task and by how many working days."""

    task: Task
    days: int


@dataclass(frozen=True, slots=True)
class Lit:
    """A task, green or red on a day, and the last day its evidence holds (None without evidence or interval)."""

    task: Task
    light: rules.Light
    next_check: date | None


# As the task stood at the end of a day: by its last record until then; before the first, as it was opened.
STOOD = (
    "SELECT t.zone, t.lead, coalesce(r.after, 'open'), coalesce(r.due_after, n.due_before, CASE WHEN n.id IS NULL THEN t.due_on END), "
    "t.check_days FROM tasks_task t "
    "LEFT JOIN LATERAL (SELECT * FROM tasks_record WHERE task_id = t.id AND at < %s ORDER BY id DESC LIMIT 1) r ON true "
    "LEFT JOIN LATERAL (SELECT * FROM tasks_record WHERE task_id = t.id AND r.id IS NULL ORDER BY id LIMIT 1) n ON true "
    "WHERE t.kind = %s AND t.opened_at < %s AND (%s::text[] IS NULL OR t.zone = ANY(%s)) "
    "AND NOT EXISTS (SELECT FROM tasks_task p WHERE p.parent_id = t.id AND p.opened_at < %s)"
)
COLUMNS = {"zone": pl.String, "lead": pl.String, "state": pl.String, "due_on": pl.Date, "check_days": pl.Int64}


def of_desk(desk: str) -> QuerySet[Task]:
    """Tasks that a desk leads or helps with, those it leads first; narrow them by `.seen_by(actor)` before showing."""
    tasks = Task.objects.filter(Q(lead=desk) | Q(helpers__contains=[desk]))
    mine: QuerySet[Task] = tasks.alias(helps=~Q(lead=desk)).order_by("helps", "kind", "position", "pk")
    return mine


def overdue(tasks: QuerySet[Task], on: date) -> list[Late]:
    """Those of the tasks that are overdue on the day, longest first (R-006)."""
    past = tasks.filter(due_on__lt=on).exclude(state="done")
    late = [Late(task, days) for task in past if (days := rules.overdue_days(task.standing(), on))]
    return sorted(late, key=lambda one: (-one.days, one.task.pk))


def progress(kind: str, on: date, zones: Iterable[str] | None = None) -> dict[str, rules.Progress]:
    """For each zone, how far the tasks of a kind were at the end of the day (Beijing), counted from their records.

    Tasks with parts are not counted beside their parts. Nothing of it is typed in.
    """
    end = datetime.combine(on + timedelta(days=1), time(), BEIJING)
    wanted = None if zones is None else list(zones)
    stood: dict[str, list[rules.Standing]] = defaultdict(list)
    for zone, lead, state, due_on, check_days in fetch(STOOD, [end, kind, end, wanted, wanted, end], COLUMNS).rows():
        stood[zone].append(rules.Standing(lead, state, due_on, None, check_days))
    return {zone: rules.progress(standings, on) for zone, standings in sorted(stood.items())}


def lights(kind: str, on: date, zone: str = "") -> list[Lit]:
    """Every task of a kind with its light on the day, in the order of its list (R-1402)."""
    tasks = Task.objects.filter(kind=kind, zone=zone).order_by("position", "pk")
    return [
        Lit(
            task,
            rules.light(task.standing(), on),
            rules.next_check(task.proved_on, task.check_days) if task.proved_on and task.check_days else None,
        )
        for task in tasks
    ]


def waiting_for_decision(tasks: QuerySet[Task]) -> QuerySet[Task]:
    """Tasks whose report nobody has decided on, the oldest report first."""
    reports = Record.objects.filter(task=OuterRef("pk"), verb="report").order_by("-id").values("id")[:1]
    return tasks.filter(state="reported").alias(report=reports).order_by("report")


def history(task: Task) -> QuerySet[Record]:
    """Its records, first to last."""
    return task.records.order_by("id")


def unsound() -> list[str]:
    """Tasks whose state is not what their records add up to, in words; empty when sound."""
    faults = []
    verbs: dict[int, list[str]] = defaultdict(list)
    for number, verb in Record.objects.filter(verb__in=MOVES).order_by("id").values_list("task_id", "verb"):
        verbs[number].append(verb)
    for number, state in Task.objects.order_by("pk").values_list("pk", "state"):
        folded = TASK.fold(verbs[number])
        if folded != state:
            faults.append(f"task {number} is {state}, its records say {folded}")
    return faults
