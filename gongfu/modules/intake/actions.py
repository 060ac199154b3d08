"""Accepting messages, answering documents, and putting work out for the single window."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from django.conf import settings
from django.db import connection

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.events.bus import announce
from gongfu.base.kit import bulk, clock, vault
from gongfu.base.kit.beijing import digits17
from gongfu.base.kit.crash import crash_point
from gongfu.core.ceb import codec, envelope, sign
from gongfu.core.ceb.gate import GUID_SIGNS
from gongfu.core.ceb.schema import RECEIPT_OF
from gongfu.core.rule import Finding
from gongfu.modules.intake import queries, rules
from gongfu.modules.intake.events import MessageAccepted, ReceiptsWritten
from gongfu.modules.intake.models import Message, MessageKey


@dataclass(frozen=True, slots=True)
class Accepted:
    """The answer to a hand-in: the same for every copy of the same bytes."""

    id: int
    sha256: str
    received_at: datetime
    zone: str
    again: bool = False
    finding: Finding | None = None
    facts: tuple[tuple[str, Any], ...] = ()

    def audit(self) -> dict[str, Any] | None:
        if self.again or self.id == 0:
            return None
        return {"subject": f"message:{self.id}", "zone": self.zone, "facts": dict(self.facts)}


INSERT = """
WITH k AS (
  INSERT INTO intake_messagekey (sender_code, guid, message_id, sha256) VALUES (%(sender)s, %(key)s, %(id)s, %(sha)s)
  ON CONFLICT DO NOTHING RETURNING message_id
), m AS (
  INSERT INTO intake_message (id, zone, sender_code, channel, guid, type, version, sha256, size, file_name, state,
    documents, sound, findings, received_at, decided_at)
  SELECT %(id)s, %(zone)s, %(sender)s, %(channel)s, %(guid)s, %(type)s, %(version)s, %(sha)s, %(size)s, %(file)s, %(state)s,
    0, 0, %(findings)s, %(at)s, CASE WHEN %(state)s = 'refused' THEN %(at)s::timestamptz END FROM k
) INSERT INTO intake_original (message_id, sealed) SELECT %(id)s, %(sealed)s FROM k RETURNING message_id
"""


@action("intake.accept", title="接收报文")
def accept(
    actor: Actor,
    data: bytes,
    *,
    zone: str,
    sender_code: str,
    channel: str,
    file_name: str = "",
    received_at: datetime | None = None,
) -> Accepted:
    """Take a message: its encrypted bytes, its log entry and the work are committed together, once per sender and guid.

    The same bytes again give the first answer (`again`); the same guid with other bytes gives a finding and changes
    nothing; unreadable bytes are kept as a refused message with the finding (I1, I2, I3).
    """
    sha = hashlib.sha256(data).hexdigest()
    seen = envelope.peek(data)
    if len(data) > settings.MESSAGE_MAX_BYTES:
        limit = {"limit": settings.MESSAGE_MAX_BYTES}
        fault = seen.finding or Finding("LIMIT-SIZE", value=str(len(data)), facts=limit)
        return Accepted(0, sha, received_at or clock.now(), zone, finding=fault)  # too big to be kept
    guid = seen.guid.upper()[:GUID_SIGNS]  # some signs grow when raised, such as ß
    key = guid or sha
    at = received_at or clock.now()
    number = bulk.next_ids("intake_message", 1)[0]
    row: dict[str, Any] = {
        "id": number,
        "zone": zone,
        "sender": sender_code,
        "channel": channel,
        "guid": guid,
        "key": key,
        "sha": sha,
        "type": seen.type[:20],
        "version": seen.version[:10],
        "size": len(data),
        "file": file_name[:255],
        "at": at,
        "state": "refused" if seen.finding else "received",
        "sealed": vault.seal(data, sha.encode()),
        "findings": json.dumps([seen.finding.dump()] if seen.finding else [], ensure_ascii=False),
    }
    crash_point("accept.before")
    with connection.cursor() as cursor:
        cursor.execute(INSERT, row)
        fresh = cursor.rowcount == 1
    if not fresh:
        return _known(sender_code, key, sha)
    crash_point("accept.inserted")
    if not seen.finding:
        announce(MessageAccepted(number), zone=zone, weight=len(data))
    facts = (("sha256", sha), ("guid", guid), ("type", seen.type), ("size", len(data)), ("channel", channel))
    return Accepted(number, sha, at, zone, finding=seen.finding, facts=facts)


def hand_in(actor: Actor, message: codec.Decoded, *, zone: str, sender_code: str) -> Accepted:
    """Take what was made in the browser through the same door: signed by the platform, with the firm it is for as sender."""
    signer = queries.own_signer()
    data = sign.sign(codec.encode(message), signer.key, signer.certificate)
    return accept(actor, data, zone=zone, sender_code=sender_code, channel="form")


def _known(sender_code: str, key: str, sha: str) -> Accepted:
    """The answer for a guid that this sender has used: the first answer for the same bytes, a finding for others."""
    first = MessageKey.objects.get(sender_code=sender_code, guid=key)
    message = Message.objects.get(pk=first.message_id)
    if first.sha256 == sha:
        refused = (
            message.findings[0] if message.state == "refused" and not message.documents and message.findings else None
        )
        unread = Finding.load(refused) if refused and not message.guid else None
        return Accepted(message.pk, sha, message.received_at, message.zone, again=True, finding=unread)
    facts = {"at": message.received_at.strftime("%Y-%m-%d %H:%M")}
    finding = Finding("REPLAY-OTHER-BYTES", field="guid", value=key, facts=facts, rules=("R-1507",))
    return Accepted(0, sha, message.received_at, message.zone, finding=finding)


REPLY_COLUMNS = (
    "message_id",
    "zone",
    "type",
    "document_guid",
    "document_key",
    "party_code",
    "origin",
    "status",
    "returned_at",
    "info",
    "fields",
)


def reply(receipts: pl.DataFrame) -> None:
    """Write receipts (REPLY_COLUMNS; `fields` is JSON text); those of one message and type share one receipt message.

    Called inside another action's transaction.
    """
    if receipts.is_empty():
        return
    groups = receipts.select("message_id", "type", "party_code").unique(maintain_order=True)
    groups = groups.with_columns(batch=pl.Series([str(uuid.uuid4()).upper() for _ in range(groups.height)]))
    rows = receipts.select(REPLY_COLUMNS).join(
        groups, on=["message_id", "type", "party_code"], how="left", maintain_order="left"
    )
    bulk.copy_in("intake_receipt", rows)
    announce(ReceiptsWritten(groups["message_id"].unique().to_list(), groups["batch"].to_list()))


def refuse(documents: pl.DataFrame, said: list[list[Finding]]) -> None:
    """Answer documents that were taken and are refused after all, each with its findings, in the customs' own words.

    documents: message_id, zone, kind (type of the message), document_guid, document_key, party_code, fields (JSON text).
    Called inside another action's transaction.
    """
    kinds = documents["kind"].to_list()
    reply(
        documents.select(
            "message_id", "zone", "document_guid", "document_key", "party_code", "fields",
            pl.Series("type", [RECEIPT_OF[kind] for kind in kinds]),
            pl.Series("status", [rules.status_of(kind, found) for kind, found in zip(kinds, said, strict=True)]),
            pl.Series("info", [rules.info_of(found) for found in said]),
            origin=pl.lit("platform"), returned_at=pl.lit(returned_at()),
        )
    )  # fmt: skip


def returned_at() -> str:
    """The returnTime (17 digits) of a verdict of ours given now."""
    return digits17(clock.now())


BOUNCED = (
    "WITH o AS (UPDATE intake_outgoing o SET state = 'refused', reason = n.reason FROM unnest(%s::text[], %s::text[]) AS n(peer_id, reason) "
    "WHERE o.peer_id = n.peer_id RETURNING o.peer_id, o.type, o.guids) SELECT peer_id, type, unnest(guids) FROM o"
)


def bounced(peer_ids: list[str], reasons: list[str]) -> pl.DataFrame:
    """Items that the single window could not read (CEB900): marked refused with the reason. Gives peer_id, type, guid of each document.

    Called inside another action's transaction.
    """
    return bulk.fetch(BOUNCED, [peer_ids, reasons], {"peer_id": pl.String, "type": pl.String, "guid": pl.String})


def put_out(lists: pl.DataFrame) -> None:
    """Queue documents for the single window: one item for each message they came in, of at most 100 documents.

    lists: zone, type, message_id, guid. Called inside another action's transaction (I9).
    """
    groups = lists.group_by("message_id", "zone", "type", maintain_order=True).agg(pl.col("guid"))
    if groups.is_empty():
        return
    rows = [
        [zone, kind, message, guids, f"GF{uuid.uuid4().hex.upper()}"]
        for message, zone, kind, guids in groups.iter_rows()
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO intake_outgoing (zone, type, message_id, guids, peer_id) VALUES (%s, %s, %s, %s, %s)", rows
        )
        cursor.execute("SELECT pg_notify('outgoing', '')")
