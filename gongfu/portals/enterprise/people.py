"""The firm's people: who has which role; inviting, switching off, resetting, by the firm's administrator."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from gongfu.base.access import people, queries
from gongfu.base.access.actor import Actor
from gongfu.base.access.roles import roles
from gongfu.base.screens.findings import shown
from gongfu.base.screens.words import say

SHOWN = 200


def page(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The list and its forms; a fresh password is on the answer to the form and nowhere else."""
    done = _done(request, actor) if request.method == "POST" else people.Managed()
    if request.method == "POST" and done.finding is None and not done.password:
        return redirect(request.path)
    rows = list(queries.people(actor).order_by("username")[:SHOWN])
    context = {
        "rows": [{"row": row, "role": _title(row.role), "me": f"person:{row.pk}" == actor.name} for row in rows],
        "choices": [(code, _title(code)) for code in people.firm_roles()],
        "made": done if done.password else None,
        "faults": shown([done.finding] if done.finding else []),
        "typed": {name: request.POST.get(name, "") for name in ("username", "title", "role")},
        "may": actor.allows("people.invite"),
    }
    answer = render(request, "enterprise/people.html", context, status=422 if done.finding else 200)
    answer["Cache-Control"] = "no-store"
    return answer


def _title(code: str) -> str:
    role = roles().get(code)
    return say(role.title_zh, role.title_en) if role else code


def _done(request: HttpRequest, actor: Actor) -> people.Managed:
    """Do what the form asks for."""
    told = {name: request.POST.get(name, "").strip() for name in ("do", "number", "username", "title", "role", "id_number", "id_name")}  # fmt: skip
    number = int(told["number"]) if told["number"].isdecimal() and len(told["number"]) < 19 else 0
    if told["do"] == "invite":
        identity: dict[str, Any] = {"id_number": told["id_number"][:18], "id_name": told["id_name"][:60]}
        return people.invite(actor, told["username"][:40], title=told["title"], role=told["role"], **identity)
    if told["do"] == "role":
        return people.set_role(actor, number, told["role"])
    if told["do"] == "reset":
        return people.reset(actor, number)
    return people.switch(actor, number, on=told["do"] == "on")
