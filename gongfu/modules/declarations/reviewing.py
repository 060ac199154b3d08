"""What an officer decides about a held list: it goes on although something is odd, or it is refused."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.events.bus import announce
from gongfu.core.rule import Finding
from gongfu.modules.declarations.actions import settle
from gongfu.modules.declarations.models import Declaration
from gongfu.modules.trade.events import FlowsRecorded

# What an officer may let pass: an order older than 60 days, a buyer under sixteen, a cosmetic without its net content,
# at the dear rate. A short guarantee or drinks without their volume are for the firm to mend.
MAY_PASS = ("BIZ-MATCH-AGE", "BIZ-BUYER-AGE", "TAX-NET-CONTENT")
REFUSED = "BIZ-REVIEW-REFUSED"
ANSWERED = {
    "customsCode": "customs_code", "ebpCode": "ebp_code", "ebcCode": "ebc_code", "agentCode": "agent_code",
    "copNo": "local_ref_no", "orderNo": "order_no", "statisticsFlag": "lane",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reviewed:
    """findings: why nothing was done; none when it was."""

    number: int
    zone: str
    verdict: str
    findings: tuple[Finding, ...] = ()

    def audit(self) -> dict[str, Any] | None:
        told = {"subject": f"declaration:{self.number}", "zone": self.zone, "facts": {"verdict": self.verdict}}
        return None if self.findings else told


@action("declarations.review", title="人工审核清单")
def let_pass(actor: Actor, number: int) -> Reviewed:
    """A held list goes on although an order is old, a buyer young or a content missing: it is looked at again without that question.

    A finding when it is not held, or held for something that only the firm can mend.
    """
    row = _held(actor, number)
    codes = [one["code"] for one in row.findings] if row else []
    if row is None or not codes or not set(codes) <= set(MAY_PASS):
        return Reviewed(number, "", "pass", (_cannot(number, row),))
    row.passed = sorted({*row.passed, *codes})
    row.reason = ""
    row.save(update_fields=["passed", "reason"])
    announce(FlowsRecorded(row.zone, [[row.ebp_code, row.order_no]], []), zone=row.zone)
    return Reviewed(number, row.zone, "pass")


@action("declarations.review", title="人工审核清单")
def refuse(actor: Actor, number: int) -> Reviewed:
    """A held list is refused and its sender told; a finding when it is not held."""
    row = _held(actor, number)
    if row is None:
        return Reviewed(number, "", "refuse", (_cannot(number, row),))
    said = [*row.findings, Finding(REFUSED, row.guid, rules=("R-004",)).dump()]
    told = {name: getattr(row, column) for name, column in ANSWERED.items()}
    verdict = {
        "id": row.pk, "before": row.state, "state": "refused", "reason": REFUSED, "findings": json.dumps(said, ensure_ascii=False),
        "match": "[]", "lane": row.lane, "why": "人工审核不予通过", "zone": row.zone, "flow": row.flow, "message_id": row.message_id,
        "guid": row.guid, "sender_code": row.sender_code, "order_no": row.order_no, "receipt_fields": json.dumps(told, ensure_ascii=False),
    }  # fmt: skip
    settle(replace(actor, may=frozenset({"declarations.settle"})), pl.DataFrame([verdict]))
    return Reviewed(number, row.zone, "refuse")


def _held(actor: Actor, number: int) -> Declaration | None:
    """The list, locked, when it is held and within the actor's reach."""
    rows = Declaration.objects.seen_by(actor).filter(pk=number, state="held")
    row: Declaration | None = rows.select_for_update().first()
    return row


def _cannot(number: int, row: Declaration | None) -> Finding:
    state = row.reason or row.state if row else "—"
    return Finding("BIZ-REVIEW-STATE", field="state", value=str(number), facts={"state": state}, rules=("R-004",))
