"""The worker's side: does a job in its transaction, and tells its progress beside it on a second connection."""

from __future__ import annotations

import logging
from contextlib import closing
from time import monotonic
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models.functions import Now

from gongfu.base.access.actor import WORKER, Actor, of_person
from gongfu.base.access.models import Person
from gongfu.base.events.bus import hears
from gongfu.base.files.actions import hold, keep_made
from gongfu.base.jobs.events import JobAsked
from gongfu.base.jobs.kinds import KINDS, Cancelled
from gongfu.base.jobs.models import Job
from gongfu.core.rule import Finding

log = logging.getLogger(__name__)
TELL_SECONDS = 0.5
BEGIN = (
    "UPDATE jobs_job SET state = 'running', done = 0 WHERE id = %s AND state IN ('queued', 'running') RETURNING cancel"
)
TELL = "UPDATE jobs_job SET done = %s, total = %s WHERE id = %s RETURNING cancel"


class Beside:
    """Progress on a connection of its own, so that it is seen while the work's transaction is still open."""

    def __init__(self, number: int) -> None:
        self.number, self.connection, self.told = number, connection.copy(), monotonic()

    def close(self) -> None:
        self.connection.close()

    def begin(self) -> bool:
        """Whether the job is still wanted."""
        return self._ask(BEGIN, [self.number]) is False

    def progress(self, done: int, total: int) -> None:
        if monotonic() - self.told < TELL_SECONDS and done < total:
            return
        self.told = monotonic()
        if self._ask(TELL, [done, total, self.number]):
            raise Cancelled

    def _ask(self, statement: str, values: list[Any]) -> bool | None:
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values)
            row = cursor.fetchone()
        return bool(row[0]) if row else None


@hears(JobAsked, lane="jobs")
def work(events: list[JobAsked]) -> None:
    """Do each job; a fault of the work ends the job, a fault of the connection is the worker's to repeat."""
    for event in events:
        with closing(Beside(event.job)) as beside:
            if beside.begin():
                _do(Job.objects.get(pk=event.job), beside)
            else:
                _end(event.job, "cancelled", only=("queued", "running"))


def _do(job: Job, beside: Beside) -> None:
    try:
        with transaction.atomic():
            made = KINDS[job.kind](_asker(job.owner), job.parameters, beside.progress)
            file = keep_made(WORKER, made.pieces, made.name, made.kind, job.owner)
            hold(file, f"jobs.job:{job.pk}")
            _end(job.pk, "done", file=file)
    except Cancelled:
        _end(job.pk, "cancelled")
    except PermissionDenied:
        _end(job.pk, "failed", error=Finding("JOB-DENIED").dump())
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("job %s of kind %s failed", job.pk, job.kind)
        _end(job.pk, "failed", error=Finding("JOB-FAILED", value=str(job.pk)).dump())


def _asker(owner: str) -> Actor:
    """The person as they stand now: what was taken from them since is not theirs in the background either."""
    person = Person.objects.filter(pk=int(owner.removeprefix("person:"))).first()
    return of_person(person)


def _end(number: int, state: str, *, only: tuple[str, ...] = ("running",), **more: Any) -> None:
    Job.objects.filter(pk=number, state__in=only).update(state=state, ended_at=Now(), **more)
