"""The message centre (站内信)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render

from gongfu.base.access.actor import Actor
from gongfu.base.notices.actions import read_all, unread
from gongfu.base.notices.models import Notice, Reading
from gongfu.base.screens.words import say

SHOWN = 100


def fresh(actor: Actor, person: Any) -> int:
    """How many are unread, counted no further than the badge shows."""
    return len(unread(actor, person).values_list("pk", flat=True)[:SHOWN])


def centre(request: Any, actor: Actor) -> HttpResponse:
    """Newest first; what is new stands out; one button marks all as read."""
    if request.method == "POST":
        read_all(actor, request.user)
        return redirect(request.path)
    rows = list(Notice.objects.seen_by(actor).order_by("-pk")[:SHOWN])
    read = set(Reading.objects.filter(person=request.user, notice__in=rows).values_list("notice_id", flat=True))
    told = [{"row": row, "title": say(row.title, row.title_en), "fresh": row.pk not in read} for row in rows]
    return render(request, "notices/centre.html", {"rows": told, "fresh": sum(one["fresh"] for one in told)})
