"""What the shell around every page needs: who is here, the menu of the portal, the language."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from gongfu.base.access.actor import Actor, of_person
from gongfu.base.access.models import Person
from gongfu.base.access.roles import roles
from gongfu.base.cards import Screen
from gongfu.base.screens.desk import LOOKS, SIZES, within
from gongfu.base.screens.words import english, say
from gongfu.zones.plan import plans


def shell(request: HttpRequest) -> dict[str, Any]:
    """actor, role title, menu sections of the actor's portal, zone, language."""
    actor = of_person(request.user)
    role = roles().get(actor.role)
    title = say(role.title_zh, role.title_en) if role else ""
    return {
        "actor": actor, "role_title": title, "menu": _menu(request, actor), "english": english(),
        "demo": settings.DEMO, "zone_title": _zone(actor), "demo_people": SimpleLazyObject(_demo_people),
        "trail": SimpleLazyObject(lambda: _trail(request, actor)),
        "size": size if (size := request.COOKIES.get("size", "")) in SIZES else SIZES[0],
        "look": chosen if (chosen := request.COOKIES.get("look", "")) in LOOKS else LOOKS[0],
    }  # fmt: skip


def _menu(request: HttpRequest, actor: Actor) -> dict[str, list[dict[str, Any]]]:
    menu: dict[str, list[dict[str, Any]]] = {}
    at = _at(request, actor)
    for screen in within(actor):
        if screen.section:
            title = say(screen.title, screen.title_en)
            entry = {"url": screen.url, "title": title, "icon": screen.icon, "here": screen is at}
            menu.setdefault(say(screen.section, screen.section_en), []).append(entry)
    return menu


def _at(request: HttpRequest, actor: Actor) -> Screen | None:
    """The entry of the menu that the page belongs to: the one with the longest address that begins the page's."""
    known = [one for one in within(actor) if one.section and f"{request.path}/".startswith(f"{one.url}/")]
    return max(known, key=lambda one: len(one.url), default=None)


def _trail(request: HttpRequest, actor: Actor) -> dict[str, Any] | None:
    """Where one is: the section and entry of the menu; whole when the page is that entry itself. Nothing off the menu."""
    at = _at(request, actor)
    if at is None:
        return None
    section, title = say(at.section, at.section_en), say(at.title, at.title_en)
    return {"section": section, "title": title, "url": at.url, "whole": request.path == at.url}


def _zone(actor: Actor) -> str:
    plan = plans().get(actor.zones[0]) if actor.zones else None
    return say(f"{plan.short}综试区", f"{plan.short_en} pilot zone") if plan else ""


def _demo_people() -> list[Person]:
    """Demonstration accounts, shown at sign-in while this is a demonstration."""
    return list(Person.objects.filter(demo=True).order_by("zone", "username")) if settings.DEMO else []
