"""What a zone's plan names is entered in the register of sites when the zone is opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.registers.actions import enter
from gongfu.base.registers.models import Entry
from gongfu.modules.declarations import sites
from gongfu.modules.declarations.kinds import SITES
from gongfu.zones.plan import Plan


@dataclass(frozen=True, slots=True)
class Seeded:
    zone: str
    codes: tuple[str, ...]

    def audit(self) -> dict[str, Any] | None:
        return {"subject": "sites", "zone": self.zone, "facts": {"codes": list(self.codes)}} if self.codes else None


@action("sites.seed", title="登记方案场所")
def seed_sites(actor: Actor, plan: Plan) -> Seeded:
    """Enter the plan's bonded sites that the register does not know yet; entries that are there stay as they are."""
    known = set(Entry.objects.filter(kind=SITES.code, zone=plan.code).values_list("key", flat=True))
    fresh = [one for one in sites.planned(plan) if one["code"] not in known]
    for facts in fresh:
        enter(SITES, plan.code, facts, "", None, civil_date(clock.now()))
    return Seeded(plan.code, tuple(one["code"] for one in fresh))
