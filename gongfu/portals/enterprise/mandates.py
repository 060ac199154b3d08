"""Mandates that the firm gave and holds: give one, see how long it lasts, take it back."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from gongfu.base.access import mandates, queries
from gongfu.base.access.actor import Actor
from gongfu.base.access.models import Mandate
from gongfu.base.access.roles import scopes
from gongfu.base.kit.beijing import civil_date
from gongfu.base.screens.findings import shown
from gongfu.base.screens.words import say

SHOWN = 200


def page(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Both sides of it: what the firm left to others, and whom it may act for."""
    done = _done(request, actor) if request.method == "POST" else mandates.Given()
    if request.method == "POST" and done.finding is None:
        return redirect(request.path)
    rows = list(queries.mandates(actor)[:SHOWN])
    context = {
        "given": [_row(row) for row in rows if row.party_code in actor.own_codes],
        "held": [_row(row) for row in rows if row.agent_code in actor.own_codes],
        "choices": [(one.code, say(one.title_zh, one.title_en)) for one in scopes().values()],
        "faults": shown([done.finding] if done.finding else []),
        "may": actor.allows("mandates.give"),
    }
    return render(request, "enterprise/mandates.html", context, status=422 if done.finding else 200)


def _row(row: Mandate) -> dict[str, object]:
    known = scopes()
    ended = row.valid_until < civil_date(timezone.now())
    return {
        "row": row,
        "state": "withdrawn" if row.withdrawn_at else "expired" if ended else "valid",
        "scopes": say("、", ", ").join(say(known[one].title_zh, known[one].title_en) for one in row.scopes if one in known),
    }  # fmt: skip


def _done(request: HttpRequest, actor: Actor) -> mandates.Given:
    """Give, or take back."""
    number = request.POST.get("withdraw", "")
    if number:
        return mandates.withdraw(actor, int(number) if number.isdecimal() and len(number) < 19 else 0)
    try:
        until = date.fromisoformat(request.POST.get("until", ""))
    except ValueError:
        until = None
    return mandates.give(actor, request.POST.get("agent", "")[:30], request.POST.getlist("scopes"), until)
