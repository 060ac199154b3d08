"""Answers of the sandbox, reports and certified versions, looked up within a firm's own reach."""

from __future__ import annotations

import json
from typing import Any

from gongfu.base.access.actor import Actor
from gongfu.base.access.models import MachineClient
from gongfu.portals.gateway.models import Certified, ConformanceRun, SandboxMessage

MOST = 200


def sandbox_message(actor: Actor, number: str) -> SandboxMessage | None:
    """The sandbox message with a number such as S12."""
    digits = number.removeprefix("S")
    if not digits.isdecimal() or len(digits) > 18:
        return None
    found: SandboxMessage | None = SandboxMessage.objects.seen_by(actor).filter(pk=int(digits)).first()
    return found


def sandbox_receipts(actor: Actor, after: int, limit: int) -> list[dict[str, Any]]:
    """Receipt rows of sandbox messages after a number, as `reply.group` takes them; each message is one group."""
    rows = SandboxMessage.objects.seen_by(actor).filter(pk__gt=after).exclude(receipts=[]).order_by("pk")[:limit]
    return [
        {
            **one,
            "txid": "0",
            "id": row.pk,
            "message_id": f"S{row.pk}",
            "batch": row.batch,
            "fields": json.loads(one["fields"]),
        }
        for row in rows
        for one in row.receipts
    ]


def reports(actor: Actor, limit: int = 20) -> list[ConformanceRun]:
    """The newest conformance tests, without their reports."""
    return list(ConformanceRun.objects.seen_by(actor).defer("report").order_by("-pk")[:limit])


def report(actor: Actor, number: int) -> ConformanceRun | None:
    found: ConformanceRun | None = ConformanceRun.objects.seen_by(actor).filter(pk=number).first()
    return found


def certified(actor: Actor) -> list[dict[str, Any]]:
    """Standard, version, message type, client and day of everything the firm's systems passed."""
    rows = Certified.objects.seen_by(actor).order_by("pk")[: MOST * 5]
    return [
        {
            "standard": row.standard,
            "version": row.version,
            "type": row.message_type,
            "client": row.client,
            "own_signature": row.own_signature,
            "certified_at": row.certified_at,
        }
        for row in rows
    ]


def keys(actor: Actor) -> list[MachineClient]:
    """The firm's keys that are in use; secrets are never shown again."""
    rows = MachineClient.objects.select_related("application").filter(party_code__in=actor.party_codes, revoked_at=None)
    return list(rows.order_by("-pk"))
