"""The message centre (站内信)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render

from gongfu.base.access.actor import Actor
from gongfu.base.notices.actions import read_all, unread
from gongfu.base.notices.channels import CHANNELS, LANGUAGES
from gongfu.base.notices.models import Dispatch, Notice, Reading, Way
from gongfu.base.notices.ways import Set, set_ways, try_ways
from gongfu.base.screens import forms
from gongfu.base.screens.findings import shown
from gongfu.base.screens.words import say

SHOWN, LATEST = 100, 20
STATES = {
    "pending": ("待发送", "waiting"), "sent": ("已发出", "sent"), "shown": ("未接通道，仅供查看", "no gateway: shown only"),
    "dead": ("发送失败", "failed"), "off": ("已停用", "switched off"),
}  # fmt: skip
LOOKS = {"pending": ("wait", "clock"), "sent": ("ok", "circle-check"), "shown": ("run", "info-circle"), "dead": ("bad", "circle-x"), "off": ("off", "circle-x")}


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


def ways(request: Any, actor: Actor) -> HttpResponse:
    """The person's own ways: set them, try them, and see what went out last."""
    done = Set(request.user.pk)
    if request.method == "POST" and "try" in request.POST:
        done = try_ways(actor, request.user)
    elif request.method == "POST":
        raw = forms.typed([one.address for one in CHANNELS.values()], request.POST)
        done = set_ways(actor, request.user, raw, request.POST.getlist("on"), request.POST.get("language", ""))
    if request.method == "POST" and not done.findings:
        return redirect(request.path)
    kept = {row.channel: row for row in Way.objects.filter(person=request.user)}
    latest = Dispatch.objects.filter(way__person=request.user).select_related("way").order_by("-pk")[:LATEST]
    context = {
        "ways": [_way(code, kept.get(code), request.POST, done) for code in CHANNELS],
        "language": next((row.language for row in kept.values()), "zh"),
        "languages": [(code, say(zh, en)) for code, zh, en in LANGUAGES],
        "faults": shown(done.findings),
        "usable": any(row.on for row in kept.values()),
        "latest": [_sent(row) for row in latest],
    }
    return render(request, "notices/ways.html", context, status=422 if done.findings else 200)


def _way(code: str, row: Way | None, post: Any, done: Set) -> dict[str, Any]:
    channel, typed = CHANNELS[code], bool(done.findings) and "try" not in post
    return {
        "code": code,
        "title": say(channel.title, channel.title_en),
        "on": code in post.getlist("on") if typed else bool(row and row.on),
        "shown": row.shown if row else "",
        "fields": forms.drawn([channel.address], post if typed else {}, done.findings),
    }


def _sent(row: Dispatch) -> dict[str, Any]:
    channel, (tone, icon) = CHANNELS[row.way.channel], LOOKS[row.state]
    return {
        "row": row, "channel": say(channel.title, channel.title_en), "state": say(*STATES[row.state]), "tone": tone, "icon": icon,
    }  # fmt: skip
