"""The page of one's background jobs: progress, cancelling, download."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as notes
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from gongfu.base.access.actor import Actor
from gongfu.base.access.roles import roles
from gongfu.base.audit.action import record
from gongfu.base.files import queries as files
from gongfu.base.files.actions import Opened
from gongfu.base.files.screens import attachment
from gongfu.base.jobs import actions, queries
from gongfu.base.jobs.models import Job
from gongfu.base.screens.findings import shown
from gongfu.base.screens.words import english, say
from gongfu.core.rule import Finding


def page(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The newest fifty; those under way ask for their own row again every second."""
    return render(
        request, "look/jobs.html", {"jobs": [row_of(one) for one in queries.jobs(actor)], "here": _here(actor)}
    )


def one(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """One row, as the page fetches it; a POST cancels the job."""
    job = queries.job(actor, number)
    if job is None:
        raise Http404
    if request.method != "POST":
        return render(request, "look/job.html", {"job": row_of(job), "here": _here(actor)})
    for fault in actions.cancel(actor, number).findings:
        notes.error(request, fault.message("en" if english() else "zh"))
    return redirect(_here(actor))


def result(request: HttpRequest, actor: Actor, number: int) -> HttpResponseBase:
    """The file that came of one's own job."""
    job = queries.job(actor, number)
    if job is None or job.file is None:
        raise Http404
    record(actor, "jobs.read", f"job:{job.pk}", facts={"sha256": job.file.sha256})
    return attachment(Opened(job.file, files.content(job.file)))


def _here(actor: Actor) -> str:
    return f"/{roles()[actor.role].portal}/jobs"


def row_of(job: Job) -> dict[str, Any]:
    return {
        "pk": job.pk,
        "state": f"job.{job.state}",
        "active": job.state in ("queued", "running"),
        "title": say(job.title, job.title_en or job.title),
        "done": job.done,
        "total": job.total,
        "asked_at": job.asked_at,
        "size": job.file.size if job.file else 0,
        "findings": shown([Finding.load(job.error)]) if job.error else [],
    }
