"""Jobs: done by the worker, told while they run, cancelled, seen by their owner alone, their fault told without a trace."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from gongfu.base.access.actor import Actor, of_person
from gongfu.base.access.models import Person
from gongfu.base.events import worker
from gongfu.base.files import queries as files
from gongfu.base.jobs import actions, handlers, queries
from gongfu.base.jobs.kinds import KINDS, Made, Progress, kind
from gongfu.base.jobs.models import Job

pytestmark = [pytest.mark.feature("cases.hall"), pytest.mark.django_db(transaction=True)]
SEEN: list[tuple[str, int, int]] = []


@pytest.fixture(autouse=True)
def kinds(settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.DATA = tmp_path
    monkeypatch.setattr(handlers, "TELL_SECONDS", 0.0)
    before = dict(KINDS)
    kind("test.count")(count)
    kind("test.break")(broken)
    kind("test.denied")(denied)
    SEEN.clear()
    yield
    KINDS.clear()
    KINDS.update(before)


def count(actor: Actor, parameters: dict[str, Any], progress: Progress) -> Made:
    def pieces() -> Iterator[bytes]:
        for number in range(1, parameters["rows"] + 1):
            progress(number, parameters["rows"])
            SEEN.append(outside(parameters.get("stop_at") == number))
            yield os.urandom(400_000)

    return Made("counted.zip", "zip", pieces())


def outside(cancel: bool) -> tuple[str, int, int]:
    """What another connection sees of the newest job just now; it may cancel it."""
    with connection.copy().cursor() as cursor:
        if cancel:
            cursor.execute("UPDATE jobs_job SET cancel = true")
        cursor.execute("SELECT state, done, total FROM jobs_job ORDER BY id DESC LIMIT 1")
        state, done, total = cursor.fetchone()
        cursor.connection.commit()
        cursor.db.close()
    return state, done, total


def broken(actor: Actor, parameters: dict[str, Any], progress: Progress) -> Made:
    raise ValueError("/secret/path")


def denied(actor: Actor, parameters: dict[str, Any], progress: Progress) -> Made:
    actor.require("nothing.like.it")
    raise AssertionError


@pytest.fixture
def actor() -> Actor:
    return of_person(Person.objects.create(username="a", role="officer.customs", zone="nanchong"))


def asked(actor: Actor, name: str, **parameters: Any) -> Job:
    job = actions.start(actor, name, "数数", "Counting", parameters).job
    assert job is not None
    return job


def now(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def test_a_job_is_done_and_its_progress_is_seen_while_it_runs(actor: Actor) -> None:
    job = asked(actor, "test.count", rows=4)
    assert now(job).state == "queued"
    assert worker.run_lane("jobs") == 1
    done = now(job)
    assert (done.state, done.done, done.total) == ("done", 4, 4)
    assert [("running", number, 4) for number in range(1, 5)] == SEEN
    assert done.file is not None and sum(map(len, files.content(done.file))) == 1_600_000
    assert done.file.uses.get().holder == f"jobs.job:{job.pk}"


def test_cancelled_while_running_it_leaves_nothing(actor: Actor) -> None:
    job = asked(actor, "test.count", rows=50, stop_at=2)
    assert worker.run_lane("jobs") == 1
    assert now(job).state == "cancelled" and now(job).file is None and len(SEEN) == 2


def test_cancelled_while_waiting_it_is_never_begun(actor: Actor) -> None:
    job = asked(actor, "test.count", rows=3)
    assert actions.cancel(actor, job.pk).findings == []
    assert now(job).state == "cancelled" and worker.run_lane("jobs") == 1
    assert now(job).state == "cancelled" and SEEN == []
    assert [one.code for one in actions.cancel(actor, job.pk).findings] == ["JOB-ENDED"]


def test_a_fault_ends_the_job_and_says_nothing_of_its_inside(actor: Actor) -> None:
    jobs = [asked(actor, "test.break"), asked(actor, "test.denied")]
    assert worker.drain() == 2
    assert [(now(job).state, now(job).error["code"]) for job in jobs] == [
        ("failed", "JOB-FAILED"),
        ("failed", "JOB-DENIED"),
    ]
    assert "secret" not in str(now(jobs[0]).error)


def test_only_its_owner_sees_or_cancels_a_job(actor: Actor) -> None:
    job = asked(actor, "test.count", rows=1)
    other = of_person(Person.objects.create(username="b", role="officer.customs", zone="nanchong"))
    assert queries.job(other, job.pk) is None and list(queries.jobs(other)) == []
    assert [one.code for one in actions.cancel(other, job.pk).findings] == ["JOB-NOT-FOUND"]
    with pytest.raises(PermissionDenied):
        actions.start(Actor("anonymous"), "test.count", "", "", {})


def test_one_person_has_five_jobs_at_once(actor: Actor) -> None:
    for _ in range(actions.AT_ONCE):
        asked(actor, "test.count", rows=1)
    assert [one.code for one in actions.start(actor, "test.count", "", "", {}).findings] == ["JOB-MANY"]
    assert queries.active(actor) == 5
    assert worker.run_lane("jobs") == 1
    assert queries.active(actor) == 4
