"""The steps of loose export cargo at a supervised site, recorded one after another in a sealed trail (R-406)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.trails import actions as trails
from gongfu.base.trails import queries as recorded
from gongfu.base.trails.kinds import Happening
from gongfu.base.trails.models import Event, Trail
from gongfu.core.rule import Finding
from gongfu.modules.declarations import sites
from gongfu.modules.declarations.abroad_kinds import LOOSE, MORE
from gongfu.modules.declarations.rules import loading
from gongfu.modules.declarations.rules import sites as places

COMMON = ("customs_code", "site")


@dataclass(frozen=True, slots=True)
class Stepped:
    """What came of a step; nothing was written where there are findings."""

    parcel: str
    step: str
    findings: tuple[Finding, ...] = ()

    def audit(self) -> dict[str, Any] | None:
        return {"subject": f"loose:{self.parcel}", "facts": {"step": self.step}} if not self.findings else None


def key(carrier: str, waybill_no: str) -> str:
    """The trail's subject: one parcel of one carrier."""
    return f"{carrier}:{waybill_no}"


@action("loading.record", title="先查验后装运")
def record(actor: Actor, carrier: str, waybill_no: str, step: str, facts: Mapping[str, Any]) -> Stepped:
    """Write down the next step of a parcel of loose cargo.  facts: customs_code, site, and what the step asks for (kinds.MORE)."""
    parcel, told = (
        key(carrier, waybill_no),
        {name: facts[name] for name in (*COMMON, *asked(step)) if facts.get(name) is not None},
    )
    trail = Trail.objects.select_for_update().filter(kind=LOOSE.code, subject=parcel).first()
    past = list(recorded.recorded(trail)) if trail else []
    said = loading.step_findings(
        str(facts.get("customs_code", "")), [one.event for one in past], step, _sound(past), parcel
    ) or (_unready(actor.zones[0], str(facts.get("site", "")), parcel) if not past else [])
    if said:
        return Stepped(parcel, step, tuple(said))
    may = replace(actor, may=actor.may | {"trails.append"})
    own = actor.own_codes[0] if actor.own_codes else ""
    done = trails.append(
        may,
        LOOSE.code,
        [Happening(parcel, step, told, key=f"{step}-{len(past) + 1}", zone=actor.zones[0], party_code=own)],
    )
    return Stepped(parcel, step, tuple(done.findings))


def _unready(zone: str, name: str, parcel: str) -> list[Finding]:
    """What the site lacks: its register entry with the approval for it, and the network with customs (R-406)."""
    site = next((one for one in sites.of_zone(zone) if name and name in (one.code, one.title, one.loct_no)), None)
    lacks = places.missing(site, places.LOOSE, civil_date(clock.now())) if site else ["inspect_first", "networked"]
    if not lacks:
        return []
    facts = {"missing": "、".join(places.TITLES[one][0] for one in lacks), "missing_en": ", ".join(places.TITLES[one][1] for one in lacks)}
    return [Finding("BIZ-LOADING-SITE", parcel, field="site", value=name, facts=facts, rules=("R-406",))]


def asked(step: str) -> tuple[str, ...]:
    """The names of the facts that a step asks for besides the common ones."""
    return tuple(one.name for one in MORE.get(step, ()))


def _sound(past: list[Event]) -> bool:
    """Whether the last inspection found nothing; true where inspection was waived."""
    told = [one.facts.get("sound") for one in past if one.event == loading.INSPECTED]
    return bool(told[-1]) if told else True


def parcel(actor: Actor, carrier: str, waybill_no: str) -> tuple[Trail | None, list[Event]]:
    """The parcel's trail within reach, and its steps in order."""
    trail = Trail.objects.seen_by(actor).filter(kind=LOOSE.code, subject=key(carrier, waybill_no)).first()
    return trail, list(recorded.recorded(trail)) if trail else []
