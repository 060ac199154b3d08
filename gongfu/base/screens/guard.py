"""The door of every page: strangers sign in, the unpermitted are told, rows out of reach are not found."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render

from gongfu.base.access.actor import of_person
from gongfu.base.access.roles import roles
from gongfu.base.access.rows import asked_by
from gongfu.base.cards import Screen
from gongfu.base.screens.desk import within

METHODS = ("GET", "HEAD", "POST")
HOMES = {
    "enterprise": "/enterprise/messages",
    "bureau": "/bureau/today",
    "citizen": "/citizen/me",
    "admin": "/admin/controls",
}


def guard(screen: Screen) -> Callable[..., HttpResponse]:
    """The screen's view behind its permission; a view is called with (request, actor, **path parameters)."""

    @wraps(screen.view)
    def view(request: HttpRequest, **parameters: Any) -> Any:
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        actor = of_person(request.user).doing(screen.permission)
        if screen.permission and not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        role = roles().get(actor.role)
        if screen.permission and (not actor.allows(screen.permission) or role is None or role.portal != screen.portal):
            return render(request, "look/denied.html", {"title": screen.title}, status=403)
        try:
            with asked_by(actor):
                return screen.view(request, actor, **parameters)
        except PermissionDenied:
            return render(request, "look/denied.html", {"title": screen.title}, status=403)

    return view


def desk(request: HttpRequest) -> HttpResponse:
    """To the home page of one's role: the portal's own where it may be opened, else the first of the menu."""
    actor = of_person(request.user)
    role = roles().get(actor.role)
    urls = [one.url for one in within(actor) if one.section] if role else []
    home = HOMES.get(role.portal, "") if role else ""
    return redirect(home if home in urls else next(iter(urls), "/"))
