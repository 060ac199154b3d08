"""Jobs of one person."""

from __future__ import annotations

from django.db.models import QuerySet

from gongfu.base.access.actor import Actor
from gongfu.base.jobs.models import Job

SHOWN = 50


def jobs(actor: Actor) -> QuerySet[Job]:
    """The newest of the actor's own."""
    return Job.objects.filter(owner=actor.name).select_related("file").order_by("-pk")[:SHOWN]


def job(actor: Actor, number: int) -> Job | None:
    return Job.objects.filter(owner=actor.name, pk=number).select_related("file").first()


def active(actor: Actor) -> int:
    """How many of the actor's jobs wait or run."""
    return Job.objects.filter(owner=actor.name, state__in=("queued", "running")).count()
