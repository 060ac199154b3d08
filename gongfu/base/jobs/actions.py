"""Asking for a job and cancelling it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models.functions import Now

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.events import worker
from gongfu.base.events.bus import announce
from gongfu.base.jobs.events import JobAsked
from gongfu.base.jobs.kinds import KINDS
from gongfu.base.jobs.models import Job
from gongfu.core.rule import Finding

AT_ONCE = 5


@dataclass(frozen=True, slots=True)
class Asked:
    job: Job | None
    findings: list[Finding]

    def audit(self) -> dict[str, Any] | None:
        return self.job.audit() if self.job else None


@action("jobs.start", title="申请后台任务")
def start(actor: Actor, kind: str, title: str, title_en: str, parameters: dict[str, Any]) -> Asked:
    """Ask for a job of a registered kind. Fault: JOB-MANY with five under way. KeyError for an unknown kind.

    Each claim of the worker takes one job only, as it weighs as much as a claim may.
    """
    if kind not in KINDS:
        raise KeyError(kind)
    if Job.objects.filter(owner=actor.name, state__in=("queued", "running")).count() >= AT_ONCE:
        return Asked(None, [Finding("JOB-MANY", value=str(AT_ONCE))])
    job = Job.objects.create(
        owner=actor.name, kind=kind, title=title[:120], title_en=title_en[:120], parameters=parameters
    )
    announce(JobAsked(job.pk), zone=actor.zones[0] if actor.zones else "", weight=worker.CLAIM_WEIGHT)
    return Asked(job, [])


@action("jobs.cancel", title="取消后台任务")
def cancel(actor: Actor, number: int) -> Asked:
    """Cancel one's own job: at once while it waits, at its next step while it runs. Faults: JOB-NOT-FOUND, JOB-ENDED."""
    job: Job | None = Job.objects.select_for_update().filter(owner=actor.name, pk=number).first()
    if job is None:
        return Asked(None, [Finding("JOB-NOT-FOUND", value=str(number))])
    if job.state not in ("queued", "running"):
        return Asked(None, [Finding("JOB-ENDED", value=str(number))])
    waits = {"state": "cancelled", "ended_at": Now()} if job.state == "queued" else {}
    Job.objects.filter(pk=job.pk).update(cancel=True, **waits)
    return Asked(job, [])
