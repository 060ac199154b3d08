"""Handing in the summary of a month (CEB701): made here, signed by the platform for its declarant, through the door of every message."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.jobs.kinds import Progress
from gongfu.base.kit import clock
from gongfu.core.rule import Finding
from gongfu.modules.declarations import summed
from gongfu.modules.intake import actions as intake


@dataclass(slots=True)
class HandedIn:
    """month: its key.  messages: (message, how many lists) of each part that was taken.  findings: why nothing was."""

    month: str
    zone: str = ""
    messages: list[tuple[int, int]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def audit(self) -> dict[str, Any] | None:
        if not self.messages:
            return None
        facts = {"messages": [number for number, _ in self.messages], "lists": sum(lists for _, lists in self.messages)}
        return {"subject": f"summary:{self.month}"[:80], "zone": self.zone, "facts": facts}


@action("declarations.summarise", title="提交汇总申请")
def hand_in(actor: Actor, key: str, confirmed: int, progress: Progress = lambda done, total: None) -> HandedIn:
    """Hand in every part of a month for its declarant (R-302, R-303).

    confirmed: how many lists the person was shown; another number now is a finding, so that nothing goes out unseen.
    progress: told (parts done, parts) after each.  What customs or the rules say of single lists comes as receipts.
    """
    one = summed.month(actor, key)
    fault = _against(actor, one, key, confirmed)
    if one is None or fault:
        return HandedIn(key, findings=[fault] if fault else [])
    numbers, at = list(summed.numbers_of(actor, one)), clock.now()
    done = HandedIn(key, one.zone)
    for part in range(1, one.parts + 1):
        own = numbers[(part - 1) * summed.PER_MESSAGE : part * summed.PER_MESSAGE]
        taken = intake.hand_in(actor, summed.message(one, own, part, one.parts, at), zone=one.zone, sender_code=one.agent_code)
        if taken.finding:
            done.findings.append(taken.finding)
            break
        done.messages.append((taken.id, len(own)))
        progress(part, one.parts)
    return done


def _against(actor: Actor, one: summed.Month | None, key: str, confirmed: int) -> Finding | None:
    if one is None:
        return Finding("SUMMARY-NONE", field="of", value=key[:60], rules=("R-303",))
    if one.agent_code not in actor.party_codes:
        return Finding("SUMMARY-DECLARANT", field="of", value=one.agent_code, rules=("R-302",))
    if one.lists != confirmed:
        return Finding("SUMMARY-CHANGED", field="lists", value=str(confirmed), facts={"now": one.lists})
    return None
