"""Many cases of one kind at once, as a sheet brings them: opened and handed in together, each with its own sealed steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.cases import actions, seals
from gongfu.base.cases.kinds import CaseKind, kinds
from gongfu.base.cases.models import Case, Step
from gongfu.base.kit import bulk, clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.notices.actions import tell
from gongfu.core.flow import StateConflict
from gongfu.core.rule import Finding


@dataclass(frozen=True, slots=True)
class Handed:
    """One entry for each draft, in order: the case, or None with the findings that stood in the way."""

    kind: str
    zone: str
    cases: list[Case | None]
    findings: list[list[Finding]]

    def audit(self) -> dict[str, Any]:
        numbers = [one.number for one in self.cases if one is not None]
        facts = {"kind": self.kind, "handed": len(numbers), "first": numbers[:1], "last": numbers[-1:]}
        return {
            "subject": f"cases:{self.kind}",
            "zone": self.zone,
            "facts": {**facts, "refused": self.cases.count(None)},
        }


@action("cases.many", title="批量提交事项")
def hand_in(actor: Actor, kind_code: str, *, zone: str, drafts: Sequence[Mapping[str, Any]]) -> Handed:
    """Open and hand in each sound draft; the others change nothing. drafts: clean values as `core.fields.parse` gives them.

    One notice tells the desk of all, one each firm that handles some of them. KeyError for an unknown kind, PermissionDenied where the actor may not open it.
    """
    kind = kinds()[kind_code]
    owner = actions.applicant(actor, kind)
    if isinstance(owner, Finding):
        return Handed(kind_code, zone, [None] * len(drafts), [[owner] for _ in drafts])
    serials, today = bulk.next_ids("cases_case", len(drafts)), civil_date(clock.now())
    opened = [
        actions.drafted(actor, kind, zone, owner, clean, (serial, today))
        for clean, serial in zip(drafts, serials, strict=True)
    ]
    said = checked(kind, list(zip(opened, drafts, strict=True)))
    sound = [(case, told) for case, told in zip(opened, said, strict=True) if not any(one.blocks for one in told)]
    _keep(actor, kind, sound)
    _effects(actor, kind, [case for case, _ in sound])
    _tell(kind, zone, [case for case, _ in sound])
    kept = {case.pk for case, _ in sound}
    return Handed(kind_code, zone, [one if one.pk in kept else None for one in opened], said)


def checked(kind: CaseKind, drafts: list[tuple[Case, Mapping[str, Any]]]) -> list[list[Finding]]:
    """The findings of each draft, by the kind's own check over all of them where it has one."""
    if kind.checks is not None:
        return kind.checks(drafts)
    return [kind.check(case, facts) if kind.check else [] for case, facts in drafts]


def _keep(actor: Actor, kind: CaseKind, sound: list[tuple[Case, list[Finding]]]) -> None:
    """Save the cases with their two steps: opened, handed in."""
    steps: list[Step] = []
    target = kind.flow.take(kind.flow.start, "submit")
    if isinstance(target, StateConflict):
        raise ValueError(f"{kind.code} is not handed in from {kind.flow.start}")
    at = clock.now()
    for case, remarks in sound:
        case.opened_at, case.findings = at, [one.dump() for one in remarks]
        actions.hand_over(kind, case)
        first = seals.sealed(actor, kind, case, (actions.OPENED, "", case.state, "", {}), None, at)
        steps += [first, seals.sealed(actor, kind, case, ("submit", case.state, target, "", {}), first.seal, at)]
    if sound:
        seals.noted(kind, sound[0][0].flow_version)
    Case.objects.bulk_create([case for case, _ in sound], batch_size=500)
    Step.objects.bulk_create(steps, batch_size=500)


def _effects(actor: Actor, kind: CaseKind, cases: list[Case]) -> None:
    effect = kind.effects.get("submit")
    if kind.handed is not None:
        kind.handed(actor, cases)
    elif effect is not None:
        for case in cases:
            effect(actor, case)


def _tell(kind: CaseKind, zone: str, cases: list[Case]) -> None:
    if not cases:
        return
    zh = f"{kind.flow.title}：批量提交 {len(cases)} 件，{cases[0].number} 起"
    en = f"{kind.title_en}: {len(cases)} handed in together, from {cases[0].number}"
    for code in sorted({one.handler_code for one in cases} - {""}):
        tell(zone=zone, party_code=code, title=zh, title_en=en, place="inbox")
    for permission in cases[0].waits_for:
        if permission not in (kind.opens, kind.handles):
            tell(zone=zone, permission=permission, title=zh, title_en=en, place="inbox")
