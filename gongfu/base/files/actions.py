"""Keeping, opening and discarding documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action, record
from gongfu.base.files import queries, rules, store
from gongfu.base.files.models import File, Use
from gongfu.core.rule import Finding


@dataclass(frozen=True, slots=True)
class Opened:
    """A document and its clear bytes in pieces."""

    file: File
    pieces: Iterator[bytes]


def keep(actor: Actor, data: bytes, name: str) -> File | list[Finding]:
    """Keep a document of the actor's firm or own; the same content again gives the same row. Faults: FILE-*, IMPORT-*.

    PermissionDenied without `files.keep`.
    """
    actor.require("files.keep")
    known, faults = rules.recognise(data, name)
    if known is None:
        return faults
    if not store.has_room():
        return [Finding("FILE-ROOM")]
    return _keep(actor, data, known)


@action("files.keep", title="存入文件")
def _keep(actor: Actor, data: bytes, known: rules.Known) -> File:
    owner = actor.party_codes[0] if actor.reach == "own" and actor.party_codes else actor.name
    return _row(store.write([data]), owner, actor.zones[0] if actor.zones else "", known)


@action("files.make", title="生成文件")
def keep_made(actor: Actor, pieces: Iterable[bytes], name: str, kind: str, owner: str) -> File:
    """Keep what the platform itself made, for its owner's eyes alone. kind: a key of rules.TYPES."""
    return _row(store.write(pieces), owner, "", rules.Known(kind, name[:120]))


def _row(body: store.Body, owner: str, zone: str, known: rules.Known) -> File:
    """The row of this content; a body that is there already, or that no row will name, is taken away again."""
    try:
        with transaction.atomic():
            return File.objects.create(
                owner=owner,
                zone=zone,
                sha256=body.sha256,
                name=known.name,
                kind=known.kind,
                size=body.size,
                stored=body.name,
            )
    except IntegrityError:
        store.remove(body.name)
        kept: File = File.objects.get(owner=owner, sha256=body.sha256)
        return kept
    except BaseException:
        store.remove(body.name)
        raise


def open_file(actor: Actor, sha256: str) -> Opened | None:
    """A document within reach, and an entry in the log; None when there is none for this actor."""
    actor.require("files.read")
    return _opened(actor, queries.found(actor, sha256))


def open_used(actor: Actor, sha256: str, holder: str) -> Opened | None:
    """A document that `holder` refers to, for an actor whose reach to the holder the caller has checked."""
    actor.require("files.read")
    return _opened(actor, queries.used(sha256, holder))


def _opened(actor: Actor, file: File | None) -> Opened | None:
    if file is None:
        return None
    record(actor, "files.read", f"file:{file.sha256}", file.zone, {"name": file.name})
    return Opened(file, queries.content(file))


def hold(file: File, holder: str) -> None:
    """Note that `holder` (such as `credit.objection:12`) refers to the document; called within the module's own action."""
    Use.objects.get_or_create(file=file, holder=holder)


def let_go(file: File, holder: str) -> None:
    """The holder refers to it no more; called within the module's own action."""
    Use.objects.filter(file=file, holder=holder).delete()


@dataclass(frozen=True, slots=True)
class Discarded:
    file: File | None
    findings: list[Finding]

    def audit(self) -> dict[str, object] | None:
        return {**self.file.audit()} if self.file else None


@action("files.discard", title="删除文件")
def discard(actor: Actor, sha256: str) -> Discarded:
    """Delete one's own document that nothing refers to. Faults: FILE-NOT-FOUND, FILE-USED."""
    mine = (actor.name, *actor.party_codes)
    file: File | None = File.objects.select_for_update().filter(owner__in=mine, sha256=sha256.upper()).first()
    if file is None:
        return Discarded(None, [Finding("FILE-NOT-FOUND", value=sha256[:12])])
    uses = file.uses.count()
    if uses:
        return Discarded(None, [Finding("FILE-USED", value=file.name, facts={"uses": uses})])
    name = file.stored
    file.delete()
    transaction.on_commit(lambda: store.remove(name))
    return Discarded(file, [])
