"""Registering addresses, changing secrets, putting notices on their way, sending one again."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models.functions import Now

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.hooks.models import Delivery, Endpoint
from gongfu.base.hooks.rules import EVENTS, SECRET_BYTES, secret_text
from gongfu.base.hooks.transport import locate
from gongfu.base.kit import clock, vault
from gongfu.core.rule import Finding

MOST_ENDPOINTS = 10
OVERLAP = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Changed:
    """An address after a change; `secret` is shown this once. With a finding nothing was changed."""

    uid: str = ""
    secret: str = ""
    zone: str = ""
    url: str = ""
    finding: Finding | None = None

    def audit(self) -> dict[str, Any] | None:
        if self.finding:
            return None
        return {"subject": f"hook:{self.uid}", "zone": self.zone, "facts": {"url": self.url} if self.url else {}}


def _sealed(uid: str) -> tuple[str, bytes]:
    """A fresh secret, in clear for its owner and sealed for us."""
    secret = secret_text(os.urandom(SECRET_BYTES))
    return secret, vault.seal(secret.encode(), f"hook:{uid}".encode())


def _own(actor: Actor, uid: str, environment: str) -> Endpoint | None:
    """The actor's address with that id, locked; a key of one environment reaches none of the other."""
    rows = Endpoint.objects.seen_by(actor).filter(uid=uid, state="active")
    found: Endpoint | None = (rows.filter(environment=environment) if environment else rows).select_for_update().first()
    return found


@action("hooks.register", title="登记通知地址")
def register(actor: Actor, *, party_code: str, zone: str, environment: str, url: str, events: Sequence[str]) -> Changed:
    """Register an https address of a firm for some events; the finding says why not (address, events, too many)."""
    unknown = [name for name in events if name not in EVENTS]
    if unknown or not events:
        return Changed(
            finding=Finding("LIMIT-HOOK-EVENT", value=",".join(unknown)[:60], facts={"known": ", ".join(EVENTS)})
        )
    placed = locate(url, loopback=settings.HOOKS_ALLOW_LOOPBACK)
    if isinstance(placed, Finding):
        return Changed(finding=placed)
    with connection.cursor() as cursor:  # two registrations of one firm are counted one after the other
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"hooks:{party_code}"])
    if Endpoint.objects.filter(party_code=party_code, state="active").count() >= MOST_ENDPOINTS:
        return Changed(finding=Finding("LIMIT-HOOK-COUNT", facts={"limit": MOST_ENDPOINTS}))
    uid = f"we_{uuid.uuid4().hex}"
    secret, sealed = _sealed(uid)
    Endpoint.objects.create(
        uid=uid, party_code=party_code, zone=zone, environment=environment, url=url, events=sorted(set(events)), secret=sealed
    )  # fmt: skip
    return Changed(uid, secret, zone, url)


@action("hooks.rotate", title="更换通知密钥")
def rotate(actor: Actor, uid: str, *, environment: str = "") -> Changed:
    """A new secret; for 24 hours notices are signed with both, so that the receiver changes over without a gap."""
    row = _own(actor, uid, environment)
    if row is None:
        return Changed(finding=Finding("STATE-HOOK-UNKNOWN", value=uid[:40]))
    secret, sealed = _sealed(uid)
    row.previous, row.previous_until, row.secret = row.secret, clock.now() + OVERLAP, sealed
    row.save(update_fields=["previous", "previous_until", "secret"])
    return Changed(uid, secret, row.zone)


@action("hooks.remove", title="撤销通知地址")
def remove(actor: Actor, uid: str, *, environment: str = "") -> Changed:
    """Nothing more is sent there; what was on its way is set aside, and the log stays."""
    row = _own(actor, uid, environment)
    if row is None:
        return Changed(finding=Finding("STATE-HOOK-UNKNOWN", value=uid[:40]))
    row.state, row.reason = "removed", "owner"
    row.save(update_fields=["state", "reason"])
    row.deliveries.filter(state="pending").update(state="dead", error="endpoint removed")
    return Changed(uid, zone=row.zone)


@action("hooks.resend", title="重发通知")
def resend(actor: Actor, uid: str, *, environment: str = "") -> Changed:
    """Send a notice again under its own id, with the whole row of retries before it."""
    rows = Delivery.objects.seen_by(actor).filter(uid=uid, endpoint__state="active")
    rows = rows.filter(endpoint__environment=environment) if environment else rows
    row: Any = rows.select_for_update(of=("self",)).first()
    if row is None:
        return Changed(finding=Finding("STATE-HOOK-UNKNOWN", value=uid[:40]))
    row.state, row.tries, row.next_at, row.error = "pending", 0, Now(), ""
    row.save(update_fields=["state", "tries", "next_at", "error"])
    return Changed(uid, zone=row.zone)


@dataclass(frozen=True, slots=True)
class Note:
    """Something a firm may want to hear: ids and states only, never personal data."""

    party_code: str
    environment: str
    event: str
    subject: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Queued:
    count: int

    def audit(self) -> dict[str, Any] | None:
        return {"subject": "hooks", "facts": {"queued": self.count}} if self.count else None


QUEUE = """
INSERT INTO hooks_delivery (uid, zone, endpoint_id, party_code, event, subject, body)
SELECT 'msg_' || replace(gen_random_uuid()::text, '-', ''), e.zone, e.id, e.party_code, n.event, n.subject, n.body
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[]) AS n(party, environment, event, subject, body)
JOIN hooks_endpoint e ON e.party_code = n.party AND e.environment = n.environment AND e.state = 'active' AND n.event = ANY(e.events)
ON CONFLICT DO NOTHING
"""


@action("hooks.queue", title="登记待发通知")
def queue(actor: Actor, notes: Sequence[Note]) -> Queued:
    """One delivery for each address that asked for the event; telling the same thing twice adds none."""
    if not notes:
        return Queued(0)
    at = clock.now().isoformat()
    bodies = [
        json.dumps({"type": one.event, "timestamp": at, "data": one.data}, ensure_ascii=False, separators=(",", ":"))
        for one in notes
    ]
    columns = [[getattr(one, name) for one in notes] for name in ("party_code", "environment", "event", "subject")]
    with connection.cursor() as cursor:
        cursor.execute(QUEUE, [*columns, bodies])
        return Queued(cursor.rowcount)
