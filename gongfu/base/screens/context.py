"""What the shell around every page needs: who is here, the menu of the portal, the language."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from gongfu.base.access.actor import Actor, of_person
from gongfu.base.access.models import Person
from gongfu.base.access.roles import roles
from gongfu.base.screens.desk import LOOKS, within
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
        "look": chosen if (chosen := request.COOKIES.get("look", "")) in LOOKS else LOOKS[0],
    }  # fmt: skip


def _menu(request: HttpRequest, actor: Actor) -> dict[str, list[dict[str, Any]]]:
    menu: dict[str, list[dict[str, Any]]] = {}
    for screen in within(actor):
        if screen.section:
            title, here = say(screen.title, screen.title_en), request.path.startswith(screen.url)
            entry = {"url": screen.url, "title": title, "icon": screen.icon, "here": here}
            menu.setdefault(say(screen.section, screen.section_en), []).append(entry)
    return menu


def _zone(actor: Actor) -> str:
    plan = plans().get(actor.zones[0]) if actor.zones else None
    return say(f"{plan.short}综试区", f"{plan.short_en} pilot zone") if plan else ""


def _demo_people() -> list[Person]:
    """Demonstration accounts, shown at sign-in while this is a demonstration."""
    return list(Person.objects.filter(demo=True).order_by("zone", "username")) if settings.DEMO else []
