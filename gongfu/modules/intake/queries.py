"""Messages and receipts, looked up."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count, Max, Sum
from django.utils.module_loading import import_string

from gongfu.base.access.actor import Actor
from gongfu.base.kit import vault
from gongfu.core.ceb import codec, envelope, gate
from gongfu.core.ceb.outgoing import Signer
from gongfu.core.rule import Finding
from gongfu.modules.intake.models import Message, Original, Outgoing, Receipt

MAX_RECEIPTS = 2000
LOOKED_BACK = 1000

# ── the hot path and the gateway ─────────────────────────────────────────────
HANDED_OUT = (
    "SELECT txid::text, id, message_id, type, batch, document_guid, status, returned_at, info, fields FROM intake_receipt "
    "WHERE party_code = ANY(%s) AND (txid, id) > (%s::xid8, %s) AND txid < pg_snapshot_xmin(pg_current_snapshot()) "
    "ORDER BY txid, id LIMIT %s"
)


def receipts_after(party_codes: tuple[str, ...], txid: str, number: int, limit: int) -> list[dict[str, Any]]:
    """Receipt rows in order of commit after a cursor; a row shows once nothing earlier can still appear before it."""
    with connection.cursor() as cursor:
        cursor.execute(HANDED_OUT, [list(party_codes), txid, number, limit])
        names = [column[0] for column in cursor.description or ()]
        found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [{**row, "fields": json.loads(row["fields"])} for row in found]


def original(message_id: int) -> bytes:
    """The bytes of a message as they were received."""
    row = Original.objects.select_related("message").get(pk=message_id)
    return vault.unseal(bytes(row.sealed), row.message.sha256.encode())


def document(message_id: int, guid: str) -> dict[str, Any]:
    """One document of a message, read again from its original: head fields, and `items`; empty when it is not there."""
    data, fault = envelope.business(original(message_id))
    root = None if fault else gate.parse(data).root
    if root is None:
        return {}
    for found in codec.decode(root).documents:
        if found.guid.upper() == guid.upper():
            return {**found.head, "items": found.items}
    return {}


LATEST = (
    "SELECT m.findings, m.sha256, o.sealed FROM (SELECT id, type, state, findings, sha256 FROM intake_message WHERE sender_code = %s ORDER BY id DESC LIMIT %s) m "
    "JOIN intake_original o ON o.message_id = m.id WHERE m.type = %s AND m.state <> 'refused' ORDER BY m.id DESC LIMIT 1"
)


def latest(sender_code: str, kind: str) -> dict[str, Any]:
    """The head of the sender's newest document of a kind that was not refused, whatever way it came; empty without one among
    its newest LOOKED_BACK messages. One query, and one original read."""
    with connection.cursor() as cursor:
        cursor.execute(LATEST, [sender_code, LOOKED_BACK, kind])
        row = cursor.fetchone()
    data, fault = envelope.business(vault.unseal(bytes(row[2]), row[1].encode())) if row else (b"", None)
    root = gate.parse(data).root if row and fault is None else None
    if root is None:
        return {}
    faulty = {one.document for one in map(Finding.load, json.loads(row[0])) if one.blocks}
    return next((found.head for found in reversed(codec.decode(root).documents) if found.guid not in faulty), {})


def receipts_of(message_id: int) -> list[dict[str, Any]]:
    """Every receipt of a message's documents, in order."""
    rows = Receipt.objects.filter(message_id=message_id).order_by("returned_at", "id")[:MAX_RECEIPTS]
    return [
        {
            "type": row.type,
            "document": row.document_guid,
            "key": row.document_key,
            "origin": row.origin,
            "status": row.status,
            "returned_at": row.returned_at,
            "info": row.info,
        }
        for row in rows
    ]


# ── for the pages of the modules above ───────────────────────────────────────
def seen(actor: Actor, number: int) -> Message | None:
    """A message within the actor's reach; None for any other."""
    found: Message | None = Message.objects.seen_by(actor).filter(pk=number).first()
    return found


def received(actor: Actor, start: datetime, end: datetime) -> list[dict[str, Any]]:
    """Messages that firms handed in from `start` until before `end`: count and documents by state."""
    rows = Message.objects.seen_by(actor).filter(received_at__gte=start, received_at__lt=end).exclude(channel="customs")
    return [dict(row) for row in rows.values("state").annotate(count=Count("id"), documents=Sum("documents"))]


def verdicts(message_id: int, limit: int) -> list[Receipt]:
    """The platform's own receipts for a message's documents, in order."""
    return list(Receipt.objects.filter(message_id=message_id, origin="platform").order_by("id")[:limit])


def official(message_id: int, limit: int) -> list[dict[str, Any]]:
    """Customs' receipts for a message's documents by status: count, latest returnTime (`at`) and one of the texts, newest first."""
    rows = Receipt.objects.filter(message_id=message_id, origin="customs").values("status", "type")
    told = rows.annotate(count=Count("id"), at=Max("returned_at"), info=Max("info")).order_by("-at")[:limit]
    return [dict(row) for row in told]


def said_of(document_guid: str, limit: int) -> list[Receipt]:
    """Every receipt for one document, ours and customs', newest first."""
    return list(Receipt.objects.filter(document_guid=document_guid).order_by("-returned_at", "-id")[:limit])


def sent_on(message_id: int) -> dict[str, Any]:
    """When the last documents of a message reached the single window (`at`), and how many items there are (`queued`)."""
    return Outgoing.objects.filter(message_id=message_id).aggregate(at=Max("delivered_at"), queued=Count("id"))


def own_signer() -> Signer:
    """The platform's own key and certificate (settings.PLATFORM_SIGNER names where it is kept): it signs what firms type here."""
    signer: Signer = import_string(settings.PLATFORM_SIGNER)()
    return signer
