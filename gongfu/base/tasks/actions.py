"""Opening lists of tasks; reporting, deciding and closing; terms, owners and urging."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.events.bus import announce
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.tasks import rules, sources
from gongfu.base.tasks.desks import desks, desks_of
from gongfu.base.tasks.events import TasksUrged
from gongfu.base.tasks.flows import STATES, TASK
from gongfu.base.tasks.kinds import CONTROL, KINDS, PLAN, Seed
from gongfu.base.tasks.models import Record, Task
from gongfu.base.tasks.opening import Opened, open_seeds
from gongfu.core.flow import StateConflict
from gongfu.core.rule import Finding
from gongfu.core.text import tidy
from gongfu.zones.plan import Plan

LONGEST_TERM = timedelta(days=366 * 15)


@dataclass(slots=True)
class Done:
    """What became of one task: as it is now, or the findings that left it as it was."""

    task: Task | None = None
    findings: list[Finding] = field(default_factory=list)

    def audit(self) -> dict[str, Any] | None:
        return None if self.findings or self.task is None else self.task.audit()


@dataclass(frozen=True, slots=True)
class Urged:
    """How many overdue tasks of a zone were urged on a day."""

    zone: str
    on: date
    tasks: tuple[int, ...]

    def audit(self) -> dict[str, Any] | None:
        facts = {"on": self.on.isoformat(), "tasks": len(self.tasks)}
        return {"subject": "tasks:overdue", "zone": self.zone, "facts": facts} if self.tasks else None


@action("tasks.open", title="打开任务清单")
def open_tasks(actor: Actor, kind: str, zone: str, seeds: Sequence[Seed]) -> Opened:
    """Open a list of tasks of a declared kind, all or none; what is open already is brought up to date, and its owner kept."""
    known = KINDS.get(kind)
    if known is None:
        return Opened(kind, zone, findings=[KINDS.unknown(kind)])
    return open_seeds(known, zone, seeds, owners=False)


@action("tasks.open_plan", title="打开方案任务")
def open_plan(actor: Actor, plan: Plan, terms: Mapping[str, date] | None = None) -> Opened:
    """Open the tasks of a zone's plan; again for a later text of the plan, whose owners hold.  terms: day due by `no` (R-1621)."""
    return open_seeds(PLAN, plan.code, sources.of_plan(plan, terms or {}), owners=True)


@action("tasks.open_controls", title="打开安全控制点清单")
def open_controls(actor: Actor, zone: str = "") -> Opened:
    """Open the list of security controls, of the whole platform or of one zone (R-1402)."""
    return open_seeds(CONTROL, zone, sources.controls(), owners=False)


@action("tasks.report", title="报送任务进展")
def report(actor: Actor, number: int, *, text: str, dated_on: date, document: str = "") -> Done:
    """Hand in evidence for a task of one's own desk or firm.  document: SHA-256 of its file, hex; dated_on: not in the future."""
    task, text = _locked(actor, number), tidy(text)
    if task is None:
        return _unknown(number)
    desk, strange = _desk(actor, task)
    findings = strange + rules.evidence_findings(text, document, dated_on, _today())
    return _take(actor, task, "report", findings, desk=desk, text=text, document=document, dated_on=dated_on)


@action("tasks.accept", title="认可任务进展")
def accept(actor: Actor, number: int, *, note: str = "") -> Done:
    """Accept the evidence last reported by someone else; a recurring task is due again after its interval."""
    return _decide(actor, number, "accept", note, required=False)


@action("tasks.send_back", title="退回任务进展")
def send_back(actor: Actor, number: int, *, reason: str) -> Done:
    """Send the evidence last reported by someone else back, with the reason."""
    return _decide(actor, number, "send_back", reason, required=True)


@action("tasks.close", title="办结任务")
def close(actor: Actor, number: int, *, note: str = "") -> Done:
    """Close a task whose evidence was accepted and whose parts are all done; a recurring task is never closed."""
    task, note = _locked(actor, number), tidy(note)
    if task is None:
        return _unknown(number)
    findings = rules.text_findings("note", note, limit=rules.REASON_LIMIT, required=False)
    return _take(actor, task, "close", findings, text=note)


@action("tasks.schedule", title="确定任务期限")
def schedule(actor: Actor, number: int, *, due_on: date) -> Done:
    """Set the first term of a task that has none; later it is only extended."""
    task = _locked(actor, number)
    if task is None:
        return _unknown(number)
    today = _today()
    findings = rules.day_findings("due_on", due_on, today, today + LONGEST_TERM)
    if task.due_on is not None or task.state == "done":
        findings.append(_conflict(task, "schedule"))
    return _supervise(actor, task, "schedule", findings, due_after=due_on)


@action("tasks.extend", title="延长任务期限")
def extend(actor: Actor, number: int, *, due_on: date, reason: str) -> Done:
    """Move the term of a task to a later day, with the reason (R-1621)."""
    task, reason = _locked(actor, number), tidy(reason)
    if task is None:
        return _unknown(number)
    findings = rules.text_findings("reason", reason, limit=rules.REASON_LIMIT)
    if task.due_on is None or task.state == "done":
        findings.append(_conflict(task, "extend"))
    else:
        low = task.due_on + timedelta(days=1)
        findings += rules.day_findings("due_on", due_on, low, low + LONGEST_TERM)
    return _supervise(actor, task, "extend", findings, text=reason, due_after=due_on)


@action("tasks.urge", title="催办任务")
def urge(actor: Actor, number: int, *, text: str = "") -> Done:
    """Urge a task that is not done; once a day, a second time changes nothing."""
    task, text = _locked(actor, number), tidy(text)
    if task is None:
        return _unknown(number)
    findings = rules.text_findings("text", text, limit=rules.REASON_LIMIT, required=False)
    if task.state == "done":
        findings.append(_conflict(task, "urge"))
    if not findings and task.records.filter(verb="urge", dated_on=_today()).exists():
        return Done(task)
    return _supervise(actor, task, "urge", findings, text=text)


@action("tasks.assign", title="指定任务责任部门")
def assign(actor: Actor, number: int, *, lead: str, helpers: Sequence[str] = ()) -> Done:
    """Give a task to a leading desk and helping desks; the record keeps who had it before."""
    task = _locked(actor, number)
    if task is None:
        return _unknown(number)
    wanted = [lead, *helpers]
    findings = [
        Finding("TASK-SEED", task.no, field="desk", value=desk[:80] or "—") for desk in wanted if desk not in desks()
    ]
    if len(set(wanted)) < len(wanted):
        findings.append(Finding("TASK-SEED", task.no, field="helpers", value=", ".join(helpers)[:80]))
    if task.state == "done":
        findings.append(_conflict(task, "assign"))
    before = ", ".join([task.lead or "—", *task.helpers])
    done = _supervise(actor, task, "assign", findings, text=f"{before} → {', '.join(wanted)}")
    if not done.findings:
        task.lead, task.helpers = lead, list(helpers)
        task.save(update_fields=["lead", "helpers"])
    return done


@action("tasks.urge_overdue", title="催办逾期任务")
def urge_overdue(actor: Actor, zone: str, *, on: date | None = None) -> Urged:
    """Urge every task of a zone that is overdue on the day (today unless given), once a day, and announce them (R-1621)."""
    day = on or _today()
    late = Task.objects.seen_by(actor).in_zone(zone).filter(due_on__lt=day).exclude(state="done")
    late = late.exclude(records__in=Record.objects.filter(verb="urge", dated_on=day))
    tasks = [task for task in late.order_by("pk").select_for_update() if rules.overdue_days(task.standing(), day)]
    for task in tasks:
        days = rules.overdue_days(task.standing(), day)
        _write(actor, task, "urge", task.state, dated_on=day, text=f"逾期 {days} 个工作日")
    if tasks:
        announce(TasksUrged(zone, [task.pk for task in tasks], day.isoformat()), zone=zone)
    return Urged(zone, day, tuple(task.pk for task in tasks))


def _today() -> date:
    return civil_date(clock.now())


def _locked(actor: Actor, number: int) -> Task | None:
    task: Task | None = Task.objects.seen_by(actor).select_for_update().filter(pk=number).first()
    return task


def _unknown(number: int) -> Done:
    return Done(findings=[Finding("TASK-UNKNOWN", value=str(number))])


def _conflict(task: Task, verb: str) -> Finding:
    facts = {"state": STATES[task.state][0], "possible": "、".join(TASK.verbs(task.state)) or "—"}
    return Finding("TASK-STATE", task.no, field="state", value=verb, facts=facts)


def _desk(actor: Actor, task: Task) -> tuple[str, list[Finding]]:
    """The desk the actor reports for, the leading one first; a firm reports its own tasks."""
    mine = desks_of(actor)
    desk = next((one for one in (task.lead, *task.helpers) if one in mine), "")
    if desk or "*" in actor.may or (task.party_code and task.party_code in actor.party_codes):
        return desk, []
    return "", [Finding("TASK-DESK", task.no, facts={"lead": desks()[task.lead].title if task.lead else "—"})]


def _decide(actor: Actor, number: int, verb: str, text: str, *, required: bool) -> Done:
    task, text = _locked(actor, number), tidy(text)
    if task is None:
        return _unknown(number)
    findings = rules.text_findings("reason", text, limit=rules.REASON_LIMIT, required=required)
    last = task.records.filter(verb="report").order_by("-id").first()
    if last is not None and last.actor == actor.name:
        findings.append(Finding("TASK-OWN", task.no))
    return _take(actor, task, verb, findings, text=text)


def _take(actor: Actor, task: Task, verb: str, findings: list[Finding], **written: Any) -> Done:
    """Make a move of the flow, or give every finding against it."""
    parts = task.parts.exclude(state="done").count()
    facts = {"recurring": task.check_days is not None, "open_parts": parts}
    state = TASK.take(task.state, verb, facts)
    if isinstance(state, StateConflict):
        unmet = Finding("TASK-PARTS", task.no, facts={"parts": parts})
        findings = [*findings, unmet if state.unmet and verb == "close" else _conflict(task, verb)]
    elif not findings:
        _write(actor, task, verb, state, **written)
    return Done(task, findings)


def _supervise(actor: Actor, task: Task, verb: str, findings: list[Finding], **written: Any) -> Done:
    """Write a record that leaves the state as it is, unless something speaks against it."""
    if not findings:
        _write(actor, task, verb, task.state, **written)
    return Done(task, findings)


def _write(actor: Actor, task: Task, verb: str, after: str, **written: Any) -> None:
    """One record; the database moves the task by it."""
    values = {"dated_on": _today(), "desk": next(iter(desks_of(actor)), "") if "*" not in actor.may else "", **written}
    Record.objects.create(task=task, verb=verb, before=task.state, after=after, actor=actor.name, **values)
    task.refresh_from_db()
