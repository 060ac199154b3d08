"""Sites as declarations consult them: the zone's register, and where it has no entry yet, what the zone's plan names (R-204)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Q

from gongfu.base.registers.models import Entry
from gongfu.modules.declarations.kinds import SITES
from gongfu.modules.declarations.models import Declaration
from gongfu.modules.declarations.rules.sites import Site, site_of
from gongfu.zones.plan import Plan, plans

CAVEAT = (
    "U-11"  # whether the centres of some zones have been accepted is an open question: without a day they stay closed
)


def planned(plan: Plan) -> list[dict[str, Any]]:
    """The facts of the register entries that a plan's bonded sites become."""
    return [
        {
            "code": one.code,
            "title": one.title,
            "kind": one.kind,
            "modes": [mode for mode in ("1210",) if mode in plan.modes],
            "source": one.source,
            **({"accepted_on": one.accepted_on.isoformat()} if one.accepted_on else {}),
            **({"open_from": one.open_from.isoformat()} if one.open_from else {}),
        }
        for one in plan.bonded_sites
    ]


def of_zone(zone: str) -> list[Site]:
    """The zone's sites: entries of the register that are not withdrawn, and planned sites that have no entry at all."""
    rows = list(Entry.objects.filter(kind=SITES.code, zone=zone).order_by("key"))
    kept = {row.key for row in rows}
    seeds = planned(plans()[zone]) if zone in plans() else []
    return [
        *(site_of(row.facts) for row in rows if row.withdrawn_on is None),
        *(site_of(one, seeded=True) for one in seeds if one["code"] not in kept),
    ]


def operators(zone: str) -> frozenset[str]:
    """Firms that operate a site of the zone's register."""
    rows = Entry.objects.filter(kind=SITES.code, zone=zone, withdrawn_on=None)
    return frozenset(row.facts["operator"] for row in rows if row.facts.get("operator"))


def throughput(zone: str, codes: Iterable[str]) -> dict[str, tuple[int, int]]:
    """By site, (lists handled there, of them released)."""
    rows = Declaration.objects.filter(zone=zone, site__in=list(codes)).values("site")
    counted = rows.annotate(all=Count("id"), out=Count("id", filter=Q(state__in=("released", "closed"))))
    return {row["site"]: (row["all"], row["out"]) for row in counted}
