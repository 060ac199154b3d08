"""What `gongfu intake` says of each file: the verdicts as they stand now."""

from __future__ import annotations

from typing import Any

from gongfu.core.rule import Finding
from gongfu.modules.declarations.models import Declaration
from gongfu.modules.intake.actions import Accepted
from gongfu.modules.intake.models import Message, Receipt
from gongfu.modules.intake.queries import receipts_of

RELEASED = ("released", "closed")
REFUSED = ("refused", "rejected", "failed", "returned", "cancelled")


def of_file(name: str, taken: Accepted) -> dict[str, Any]:
    """One JSON object: file, message_id, guid, type, status, findings, documents, receipts."""
    message = Message.objects.filter(pk=taken.id).first() if taken.id else None
    findings = [taken.finding] if taken.finding else [Finding.load(one) for one in message.findings] if message else []
    refused = taken.finding is not None or message is None or message.state == "refused"
    return {
        "file": name,
        "message_id": str(taken.id) if taken.id else None,
        "guid": message.guid if message else "",
        "type": message.type if message else "",
        "status": "refused" if refused else "accepted",
        "findings": [told(one) for one in findings],
        "documents": documents(message) if message else [],
        "receipts": receipts_of(message.pk) if message else [],
    }


def told(finding: Finding) -> dict[str, Any]:
    shown = finding.as_dict()
    return {name: shown[name] for name in ("code", "document", "line", "field", "message", "remedy")}


def documents(message: Message) -> list[dict[str, Any]]:
    """Lists with released | refused | held; other documents with accepted | refused; each with its findings."""
    by_guid: dict[str, list[Finding]] = {}
    for stored in message.findings:
        finding = Finding.load(stored)
        by_guid.setdefault(finding.document, []).append(finding)
    lists = {row.guid: row for row in Declaration.objects.filter(message_id=message.pk)}
    found: list[dict[str, Any]] = []
    listed: set[str] = set()
    for receipt in Receipt.objects.filter(message_id=message.pk, origin="platform").order_by("id"):
        row = lists.get(receipt.document_guid)
        if row is not None:
            if row.guid not in listed:
                listed.add(row.guid)
                found.append(of_list(row))
            continue
        said = by_guid.get(receipt.document_guid, [])
        state = "refused" if receipt.status.startswith("-") else "accepted"
        found.append({"key": receipt.document_key, "state": state, "findings": [told(one) for one in said]})
    return found


def of_list(row: Declaration) -> dict[str, Any]:
    """A list's outcome and why."""
    outcome = "released" if row.state in RELEASED else "refused" if row.state in REFUSED else "held"
    said = [Finding.load(one) for one in row.findings]
    if row.state in ("rejected", "failed", "returned"):
        last = Receipt.objects.filter(document_guid=row.guid, origin="customs").order_by("-returned_at", "-id").first()
        said = [Finding("DOWN-REJECTED", row.guid, value=last.info if last else row.state)]
    elif outcome == "held" and not said:
        said = [Finding("DOWN-SILENT", row.guid, value=row.state)]
    return {"key": row.order_no, "state": outcome, "findings": [told(one) for one in said]}
