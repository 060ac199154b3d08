"""Steps and their seals: what a step says of the case it leaves behind, and the bytes that its seal covers."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from functools import lru_cache
from typing import Any

from gongfu.base.access.actor import Actor
from gongfu.base.cases import facts as personal
from gongfu.base.cases.kinds import CaseKind
from gongfu.base.cases.models import Case, FlowVersion, Step
from gongfu.base.kit.beijing import civil_date
from gongfu.core import chain
from gongfu.reference.workdays import add_working_days
from gongfu.zones.plan import Plan, plans


def noted(kind: CaseKind, version: str) -> None:
    """Keep the flow as it stands, once."""
    FlowVersion.objects.get_or_create(kind=kind.code, version=version, defaults={"moves": described(kind)})


def sealed(
    actor: Actor, kind: CaseKind, case: Case, moved: tuple[str, str, str, str, dict[str, Any]], last: Any, at: datetime
) -> Step:
    """The next step of a case, not yet saved, with its seal upon the last one; the case's copies are brought up to date.

    moved: verb, state before, state after, note, what was said.  last: that seal, None for the first step.
    """
    verb, before, target, note, said = moved
    own = plans()[case.zone].days(kind.code) if case.zone in plans() else {}
    case.state, case.moved_at, case.steps_count = target, at, case.steps_count + 1
    case.flow_version, case.plan_version = kind.flow.version(), plan_version(case.zone)
    case.waits_for = list(kind.flow.waits_for(target))
    days = kind.flow.days(target, own)
    agreed = kind.term(case) if kind.term else None
    case.due_on = agreed or (add_working_days(civil_date(at), days) if days is not None else None)
    case.closed_at = None if kind.flow.moves_from(target) else at
    step = Step(
        case=case, seq=case.steps_count, verb=verb, before=before, state=target, actor=actor.name, role=actor.role, note=note[:1000],
        facts=said, flow_version=case.flow_version, plan_version=case.plan_version, at=at,
        told=told(kind, case) if target not in kind.editable and (not before or before in kind.editable) else {},
    )  # fmt: skip
    step.seal = chain.link(bytes(last) if last is not None else chain.GENESIS, payload(step))
    case.last_seal = step.seal.hex()
    return step


def described(kind: CaseKind) -> list[dict[str, Any]]:
    return [
        {
            "verb": one.verb,
            "title": one.title,
            "from": list(one.sources),
            "to": one.target,
            "by": one.by,
            "days": one.days,
        }
        for one in kind.flow.moves
    ]


def told(kind: CaseKind, case: Case) -> dict[str, str]:
    """Digests of what the case says, and under the empty name of whose case it is."""
    whose = [kind.code, case.number, case.zone, case.party_code, case.handler_code, case.opened_by]
    return {**personal.digests(case.facts), "": personal.digest(whose)}


def payload(step: Step) -> bytes:
    """The bytes that a step's seal covers; steps from before facts were sealed have no digests."""
    names = ("seq", "verb", "before", "state", "actor", "role", "note", "facts", "flow_version", "plan_version")
    handed_in = {"told": step.told} if step.told else {}
    return chain.payload(
        {"case": step.case_id, "at": step.at.isoformat(), **handed_in, **{name: getattr(step, name) for name in names}}
    )


def plan_version(zone: str) -> str:
    """A short hash of the zone's plan as it stands: the case keeps the one it was decided under."""
    plan = plans().get(zone)
    return _hashed(plan) if plan else ""


@lru_cache(maxsize=64)
def _hashed(plan: Plan) -> str:
    return hashlib.sha256(json.dumps(plan.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()[:12]
