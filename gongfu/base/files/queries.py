"""Documents within reach, and their content."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Q

from gongfu.base.access.actor import Actor
from gongfu.base.files import store
from gongfu.base.files.models import File


def within(actor: Actor) -> Any:
    """One's own documents, and those of the zone or firm one reaches; documents without a zone are their owner's alone."""
    seen = File.objects.seen_by(actor).exclude(zone="").values("pk")
    return File.objects.filter(Q(owner=actor.name) | Q(pk__in=seen))


def found(actor: Actor, sha256: str) -> File | None:
    """The document with this content that the actor may open, one's own first."""
    rows: list[File] = list(within(actor).filter(sha256=sha256.upper()).order_by("pk")[:20])
    mine = (actor.name, *actor.party_codes)
    return min(rows, key=lambda one: one.owner not in mine, default=None)


def own(actor: Actor, sha256: str) -> File | None:
    """The actor's own document with this content."""
    mine: File | None = File.objects.filter(owner__in=(actor.name, *actor.party_codes), sha256=sha256.upper()).first()
    return mine


def used(sha256: str, holder: str) -> File | None:
    """The document with this content that `holder` refers to."""
    file: File | None = File.objects.filter(sha256=sha256.upper(), uses__holder=holder).first()
    return file


def content(file: File) -> Iterator[bytes]:
    """Clear bytes in pieces, for callers that have checked reach by a row of their own; store.Altered when tampered with."""
    return store.read(file.stored)
