"""The way to the single window and back: DXP envelopes in folders, as a front-end client exchanges them.

FOLDER/outbox takes what we send, FOLDER/inbox holds what comes back. Each file is written aside, synced and renamed,
so that neither side ever reads half of one. One item keeps one transport id, however often it is written (I9).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from gongfu.base.access.actor import WORKER, Actor
from gongfu.base.kit import clock, vault
from gongfu.base.kit.crash import crash_point
from gongfu.core.ceb import dxp, envelope, gate, outgoing, schema
from gongfu.modules.intake.actions import Accepted, accept

IMPORT_NODE, EXPORT_NODE = "DXPEDCCEB0000002", "DXPEDCCEB0000003"
OUR_DXP_ID = "DXPENTGONGFU0001"
CLAIM = (
    "SELECT o.id, o.type, o.message_id, o.guids, o.peer_id, o.zone, r.sealed, m.sha256 FROM intake_outgoing o "
    "JOIN intake_original r ON r.message_id = o.message_id JOIN intake_message m ON m.id = o.message_id "
    "WHERE o.state = 'queued' ORDER BY o.id LIMIT %s FOR UPDATE OF o SKIP LOCKED"
)


def write_whole(path: Path, data: bytes) -> None:
    """Write aside, sync, rename: the file appears complete or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    with open(part, "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    os.replace(part, path)


def dispatch(signer: outgoing.Signer, hear: Callable[[Actor, list[str], int], object], limit: int = 20) -> int:
    """Put queued items into the outbox and mark them delivered; gives how many. `hear` learns of each (actor, guids, message)."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(CLAIM, [limit])
            rows = cursor.fetchall()
        for row in rows:
            _dispatch_one(row, signer, hear)
        crash_point("dispatch.before")
    return len(rows)


def _dispatch_one(
    row: tuple[Any, ...], signer: outgoing.Signer, hear: Callable[[Actor, list[str], int], object]
) -> None:
    """Write one item and mark it delivered; what cannot be written as a message is set aside with its reason."""
    number, kind, message_id, guids, peer_id, _, sealed, sha = row
    try:
        data, _ = envelope.business(vault.unseal(bytes(sealed), sha.encode()))
        body = outgoing.subset(data, guids, guid=peer_id[2:].rjust(36, "0"), signer=signer)
    except ValueError as fault:
        _mark(number, "dead", str(fault))
        return
    write_whole(settings.LINK_FOLDER / "outbox" / f"{number:012d}-{peer_id}.xml", _wrap(body, kind, peer_id))
    crash_point("dispatch.written")
    _mark(number, "delivered")
    hear(WORKER, guids, message_id)


def _mark(number: int, state: str, reason: str = "") -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE intake_outgoing SET state = %s, reason = %s, tries = tries + 1, delivered_at = CASE WHEN %s = 'delivered' "
            "THEN %s::timestamptz END WHERE id = %s",
            [state, reason, state, clock.now(), number],
        )


def _wrap(body: bytes, kind: str, peer_id: str) -> bytes:
    return dxp.wrap(
        body,
        cop_msg_id=peer_id,
        sender_id=OUR_DXP_ID,
        receiver_ids=[IMPORT_NODE if schema.table(kind).is_import else EXPORT_NODE],
        created_at=clock.now(),
        msg_type=kind,
        file_name=f"{peer_id}.xml",
    )


def _waiting(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from sorted(path for path in folder.iterdir() if path.suffix == ".xml" and path.is_file())


def collect(zone: str, limit: int = 200) -> int:
    """Accept what the single window put into the inbox; a file moves to `taken` once it is committed. Gives how many."""
    inbox = settings.LINK_FOLDER / "inbox"
    taken = inbox / "taken"
    count = 0
    for path in _waiting(inbox):
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            continue
        accept(WORKER, data, zone=zone, sender_code=_node(data), channel="customs", file_name=path.name)
        crash_point("collect.accepted")
        taken.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # another process was quicker; accepting twice is accepting once
            os.replace(path, taken / path.name)
        count += 1
        if count >= limit:
            break
    return count


def _node(data: bytes) -> str:
    """The customs node an envelope comes from; the import node for anything else found in the inbox."""
    parsed = gate.parse(data)
    opened = dxp.unwrap(parsed.root) if parsed.root is not None else None
    sender = opened.sender_id if isinstance(opened, dxp.Envelope) else ""
    return sender if sender in (IMPORT_NODE, EXPORT_NODE) else IMPORT_NODE


def watch(take: Callable[[Path, str], Accepted]) -> int:
    """Take files of the watched folder WATCH/<zone>/*.xml through the same door; they move to `done` beside them."""
    count = 0
    root = settings.WATCH_FOLDER
    for folder in sorted(root.iterdir()) if root.is_dir() else []:
        for path in _waiting(folder):
            take(path, folder.name)
            done = folder / "done"
            done.mkdir(exist_ok=True)
            os.replace(path, done / path.name)
            count += 1
    return count
