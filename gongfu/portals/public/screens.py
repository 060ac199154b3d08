"""Pages for everyone: the home page with the zones, and the list of error codes."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Max, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from gongfu.base.access.actor import Actor
from gongfu.base.screens.words import english, say
from gongfu.core.rule import registry
from gongfu.modules.declarations.models import Declaration
from gongfu.modules.parties.models import Party
from gongfu.zones.plan import plans

RELEASED = ("released", "closed")
ORDER = ("nanchong", "meishan", "deyang", "mianyang")


def home(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The zones with figures counted from the rows just now."""
    rows = Declaration.objects.values("zone").annotate(
        lists=Count("id"), released=Count("id", filter=Q(state__in=RELEASED)), value=Sum("goods_fen"), latest=Max("received_at"))  # fmt: skip
    counted: dict[str, Any] = {row["zone"]: row for row in rows}
    filed = dict(Party.objects.filter(revoked_on=None).values_list("zone").annotate(count=Count("id")))
    known = plans()
    order = [code for code in ORDER if code in known] + sorted(code for code in known if code not in ORDER)
    zones = [
        {
            "plan": known[code], "title": say(known[code].title, known[code].title_en), "short": say(known[code].short, known[code].short_en),
            "figures": counted.get(code, {"lists": 0, "released": 0, "value": 0}), "parties": filed.get(code, 0), "targets": len(known[code].targets),
        }
        for code in order
    ]  # fmt: skip
    totals = {name: sum(one["figures"][name] or 0 for one in zones) for name in ("lists", "released", "value")}
    return render(
        request,
        "public/home.html",
        {"zones": zones, "totals": totals, "parties": sum(filed.values()), "now": timezone.now()},
    )


def errors(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every code a receipt or an answer can carry, with its meaning and what to do."""
    lang = "en" if english() else "zh"
    rows = [
        {"code": text.code, "title": text.title[lang], "message": text.message[lang], "remedy": text.remedy[lang], "status": text.status, "tolerated": text.tolerated}
        for text in sorted(registry().values(), key=lambda one: one.code)
    ]  # fmt: skip
    return render(request, "public/errors.html", {"rows": rows})
