"""Mandates (授权委托): a firm leaves some business to an agent until a day, and takes it back at will."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from gongfu.base.access.actor import Actor
from gongfu.base.access.models import Mandate
from gongfu.base.access.queries import mandates
from gongfu.base.access.roles import scopes as known
from gongfu.base.audit.action import action
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.core import codes
from gongfu.core.rule import Finding

LONGEST = timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True)
class Given:
    """The mandate as it stands, or why nothing was done."""

    mandate: Mandate | None = None
    finding: Finding | None = None

    def audit(self) -> dict[str, Any] | None:
        return self.mandate.audit() if self.mandate is not None and self.finding is None else None


@action("mandates.give", title="授权委托")
def give(actor: Actor, agent_code: str, scopes: Sequence[str], until: date | None) -> Given:
    """Leave business of the own firm to an agent until a day, three years away at most."""
    today, agent = civil_date(clock.now()), agent_code.strip().upper()
    if not actor.own_codes or not codes.valid_uscc(agent) or agent in actor.own_codes:
        return Given(finding=Finding("MANDATE-AGENT", field="agent_code", value=agent[:18]))
    if not scopes or set(scopes) - set(known()):
        return Given(finding=Finding("MANDATE-SCOPES", field="scopes", value="、".join(scopes)[:60]))
    if until is None or not today <= until <= today + LONGEST:
        facts = {"low": today.isoformat(), "high": (today + LONGEST).isoformat()}
        return Given(finding=Finding("MANDATE-UNTIL", field="until", value=str(until or "—"), facts=facts))
    return Given(
        Mandate.objects.create(
            zone=actor.zones[0], party_code=actor.own_codes[0], agent_code=agent, scopes=sorted(set(scopes)), given_by=actor.name, valid_from=today, valid_until=until
        )
    )  # fmt: skip


@action("mandates.withdraw", title="撤回授权委托")
def withdraw(actor: Actor, number: int) -> Given:
    """End a mandate at once, by the firm that gave it or by its agent."""
    row = mandates(actor).select_for_update().filter(pk=number, withdrawn_at=None).first()
    if row is None:
        return Given(finding=Finding("MANDATE-UNKNOWN", value=str(number)))
    row.withdrawn_at, row.withdrawn_by = clock.now(), actor.name
    row.save(update_fields=["withdrawn_at", "withdrawn_by"])
    return Given(row)
