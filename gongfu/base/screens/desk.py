"""What the top bar asks for by itself: what waits, what is found, light or dark."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from gongfu.base.access.actor import Actor
from gongfu.base.access.roles import roles
from gongfu.base.cards import Screen, cards
from gongfu.base.screens.middleware import request_number
from gongfu.base.screens.words import say
from gongfu.core.text import hidden, tidy

MOST_BADGE, MOST_FOUND, LONGEST = 99, 6, 80
LOOKS, SIZES = ("light", "dark"), ("plain", "elder")


def within(actor: Actor) -> list[Screen]:
    """The screens of the actor's portal that he may open, as the menu orders them."""
    role = roles().get(actor.role)
    portal = role.portal if role else "public"
    screens = [screen for card in cards(settings.CARD_PACKAGES) for screen in card.screens if screen.portal == portal]
    return sorted(
        (one for one in screens if not one.permission or actor.allows(one.permission)), key=lambda one: one.order
    )


@require_GET
def badges(request: HttpRequest, actor: Actor) -> HttpResponse:
    """How much waits on each screen that counts; asked for by the page after it is drawn, and every minute."""
    told = [
        {"screen": one, "title": say(one.title, one.title_en), "count": one.badge(actor, request.user)}
        for one in within(actor) if one.badge is not None
    ]  # fmt: skip
    return render(request, "look/badges.html", {"badges": told, "most": MOST_BADGE})


@require_GET
def find(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Pages, services and records by words (Ctrl K): a list for the box, or a page of its own without it."""
    words = tidy(request.GET.get("q", ""))[:LONGEST]
    words = "" if hidden(words) else words
    groups = [{"title": title, "rows": rows} for title, rows in _found(actor, words) if rows] if actor.role else []
    boxed = bool(request.headers.get("HX-Request"))
    return render(request, "look/found.html" if boxed else "look/find.html", {"groups": groups, "words": words})


def _found(actor: Actor, words: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """(group, its (text, address) rows): pages of the menu first, then what each card finds."""
    pages = [(say(one.title, one.title_en), one.url) for one in within(actor) if one.section and _named(one, words)]
    found = [(say("页面", "Pages"), pages[:MOST_FOUND])]
    if not words:
        return found
    portal = roles()[actor.role].portal
    for card in cards(settings.CARD_PACKAGES):
        for one in card.finders:
            if actor.allows(one.permission):
                rows = [(text, f"/{portal}/{place}") for text, place in one.find(actor, words)[:MOST_FOUND]]
                found.append((say(one.title, one.title_en), rows))
    return found


def _named(screen: Screen, words: str) -> bool:
    name = f"{screen.title} {screen.title_en} {screen.section} {screen.section_en}".lower()
    return all(word in name for word in words.lower().split())


@require_POST
def look(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Light or dark, plain or large type, kept by the browser; back to where one was."""
    place = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(place, {request.get_host()}, request.is_secure()):
        place = "/"
    answer = redirect(place)
    for name, known in (("look", LOOKS), ("size", SIZES)):
        chosen = request.POST.get(name, "")
        if chosen in known:
            answer.set_cookie(
                name, chosen, max_age=365 * 86400, samesite="Lax", secure=request.is_secure(), httponly=True
            )
    return answer


def failed(request: HttpRequest) -> HttpResponse:
    """The page of a fault of ours: what still holds, and the number under which it stands in the log. It asks the database nothing."""
    return HttpResponse(render_to_string("500.html", {"number": request_number()}), status=500)
