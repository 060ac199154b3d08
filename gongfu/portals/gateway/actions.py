"""What the gateway itself writes: answers of the sandbox, conformance reports, certified versions."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from gongfu.base.access.actor import WORKER, Actor
from gongfu.base.audit.action import action
from gongfu.base.hooks.actions import Note
from gongfu.base.hooks.actions import queue as queue_notes
from gongfu.base.kit import clock
from gongfu.core.rule import Finding
from gongfu.modules.intake.trial import Tried
from gongfu.portals.gateway.models import Certified, ConformanceRun, SandboxMessage
from gongfu.portals.gateway.trials import try_for

SANDBOX_DAYS = 30
MOST_FINDINGS = 100


@dataclass(frozen=True, slots=True)
class Answered:
    """The sandbox's answer: the same for every copy of the same bytes."""

    id: int = 0
    sha256: str = ""
    received_at: datetime | None = None
    zone: str = ""
    again: bool = False
    finding: Finding | None = None

    def audit(self) -> dict[str, Any] | None:
        if self.again or self.finding:
            return None
        return {"subject": f"sandbox:{self.id}", "zone": self.zone, "facts": {"sha256": self.sha256}}


@action("gateway.sandbox", title="接收沙箱报文")
def accept_sandbox(actor: Actor, data: bytes, *, zone: str, party_code: str, client_id: str) -> Answered:
    """Check a message in full and keep the answer: state, findings, receipts. It is not recorded as trade.

    Same rules as in earnest: the same bytes again give the same answer; the same guid with other bytes is refused.
    Nothing goes to the single window, to quota or guarantee. Answers go after 30 days.
    """
    with connection.cursor() as cursor:  # one after the other, so that receipts come in the order of their numbers
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"sandbox:{party_code}"])
    one = try_for([data], zone=zone, party_code=party_code)[0]
    if one.finding:
        return Answered(sha256=one.sha256, finding=one.finding)
    SandboxMessage.objects.filter(
        party_code=party_code, received_at__lt=clock.now() - timedelta(days=SANDBOX_DAYS)
    ).delete()
    key = one.guid or one.sha256
    first = SandboxMessage.objects.filter(party_code=party_code, key=key).first()
    if first is not None:
        return _known(first, one)
    row = SandboxMessage.objects.create(
        zone=zone,
        party_code=party_code,
        client_id=client_id,
        key=key,
        guid=one.guid,
        type=one.type,
        sha256=one.sha256,
        state="accepted" if one.sound else "refused",
        documents=one.documents,
        sound=one.sound,
        findings=[found.dump() for found in one.findings[:MOST_FINDINGS]],
        batch=str(uuid.uuid4()).upper(),
        receipts=one.receipts,
    )
    row.refresh_from_db(fields=["received_at"])
    queue_notes(WORKER, _notes(row))
    return Answered(row.pk, one.sha256, row.received_at, zone)


def _known(first: SandboxMessage, one: Tried) -> Answered:
    if first.sha256 == one.sha256:
        return Answered(first.pk, first.sha256, first.received_at, first.zone, again=True)
    facts = {"at": first.received_at.strftime("%Y-%m-%d %H:%M")}
    return Answered(finding=Finding("REPLAY-OTHER-BYTES", field="guid", value=one.guid, facts=facts, rules=("R-1507",)))


def _notes(row: SandboxMessage) -> list[Note]:
    number = f"S{row.pk}"
    about = {"message_id": number, "guid": row.guid, "type": row.type}
    counts = {"state": row.state, "documents": row.documents, "sound": row.sound}
    notes = [Note(row.party_code, "sandbox", "message.decided", number, {**about, **counts})]
    if row.receipts:
        data = {
            "message_id": number,
            "receipt_type": row.receipts[0]["type"],
            "batch": row.batch,
            "receipts": len(row.receipts),
        }
        notes.append(Note(row.party_code, "sandbox", "receipt.ready", row.batch, data))
    return notes


@dataclass(frozen=True, slots=True)
class Run:
    """A conformance test that was kept, and the types it certified for the first time."""

    id: int
    zone: str
    verdict: str
    certified: tuple[str, ...]

    def audit(self) -> dict[str, Any]:
        facts = {"verdict": self.verdict, "certified": list(self.certified)}
        return {"subject": f"conformance:{self.id}", "zone": self.zone, "facts": facts}


@action("gateway.conform", title="登记一致性测试")
def keep_report(actor: Actor, report: dict[str, Any], *, zone: str, party_code: str) -> Run:
    """Keep the report; each type whose published samples all came out as documented is certified for this client."""
    client = actor.name[:100]
    run = ConformanceRun.objects.create(
        zone=zone,
        party_code=party_code,
        client=client,
        standard=report["standard"],
        version=report["version"],
        verdict=report["verdict"],
        report=report,
    )
    fresh = []
    for one in report["types"]:
        if not one["certified"]:
            continue
        row, made = Certified.objects.get_or_create(
            party_code=party_code,
            client=client,
            standard=report["standard"],
            version=report["version"],
            message_type=one["type"],
            defaults={"zone": zone, "run": run, "own_signature": one["own_signature"]},
        )
        if one["own_signature"] and not row.own_signature:
            Certified.objects.filter(pk=row.pk).update(own_signature=True)
        fresh += [one["type"]] if made else []
    return Run(run.pk, zone, report["verdict"], tuple(fresh))
