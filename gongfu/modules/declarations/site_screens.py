"""Sites on pages: what each has and lacks before a mode may be opened, its milestones, and the lists handled there (R-204, U-11)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from gongfu.base.access.actor import Actor
from gongfu.base.kit.beijing import civil_date
from gongfu.base.registers.models import Entry
from gongfu.base.screens.forms import told
from gongfu.base.screens.words import english, say
from gongfu.modules.declarations import sites
from gongfu.modules.declarations.kinds import SITES
from gongfu.modules.declarations.rules import sites as rules

KINDS = {code: (zh, en) for code, zh, en in rules.KINDS}


def _one(zone: str, site: rules.Site, handled: dict[str, tuple[int, int]]) -> dict[str, Any]:
    """A site as the pages show it, today."""
    on = civil_date(timezone.now())
    lang = 1 if english() else 0
    modes = [
        {
            "mode": mode,
            "missing": [rules.TITLES[name][lang] for name in rules.missing(site, mode, on)],
            "takes": site.takes(mode, on),
        }
        for mode in (site.modes or ("1210",))
    ]
    return {
        "site": site, "zone": zone, "kind": say(*KINDS[site.kind]), "modes": modes, "done": rules.milestones(site, done=True), "open": rules.milestones(site, done=False),
        "lists": handled.get(site.code, (0, 0)), "doubt": site.accepted_on is None and site.kind in rules.BONDED_KINDS,
    }  # fmt: skip


def _zones(actor: Actor) -> tuple[str, ...]:
    return actor.zones


def listed(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The sites of the actor's zones with their readiness by mode and the lists handled there."""
    rows = []
    for zone in _zones(actor):
        found = sites.of_zone(zone)
        handled = sites.throughput(zone, [one.code for one in found])
        rows += [_one(zone, one, handled) for one in found]
    context = {"rows": rows, "may_write": actor.allows(SITES.decides), "may_apply": actor.allows(SITES.opens)}
    return render(request, "declarations/sites.html", context)


def detail(request: HttpRequest, actor: Actor) -> HttpResponse:
    """One site, named by ?code= within the actor's zones; without a name, the list."""
    code = request.GET.get("code", "")
    if not code:
        return redirect(request.path.replace("/site", "/sites"))
    for zone in _zones(actor):
        for site in sites.of_zone(zone):
            if site.code == code:
                entry = Entry.objects.filter(kind=SITES.code, zone=zone, key=code).first()
                facts = told([one for one in SITES.fields if one.kind != "rows"], site.facts or {})
                context = {
                    **_one(zone, site, sites.throughput(zone, [code])),
                    "facts": facts,
                    "entry": entry,
                    "functions": _functions(site),
                }
                return render(request, "declarations/site.html", context)
    raise Http404


def _functions(site: rules.Site) -> list[dict[str, Any]]:
    names = {code: (zh, en) for code, zh, en in rules.FUNCTIONS}
    return [{**row, "title": say(*names[row["function"]])} for row in (site.facts or {}).get("functions", [])]
