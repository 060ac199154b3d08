"""What the shell around every page needs: who is here, the menu of the portal, the language."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from gongfu.base.access.actor import of_person, roles
from gongfu.base.cards import cards
from gongfu.base.screens.words import english, say


def shell(request: HttpRequest) -> dict[str, Any]:
    """actor, role title, menu sections of the actor's portal, and the language."""
    actor = of_person(request.user)
    role = roles().get(actor.role)
    portal = role.portal if role else "public"
    menu: dict[str, list[dict[str, Any]]] = {}
    for card in cards(settings.CARD_PACKAGES):
        for screen in card.screens:
            if (
                screen.portal == portal
                and screen.section
                and (not screen.permission or actor.allows(screen.permission))
            ):
                entry = {
                    "url": screen.url,
                    "title": say(screen.title, screen.title_en),
                    "icon": screen.icon,
                    "here": request.path.startswith(screen.url),
                }
                menu.setdefault(say(screen.section, screen.section_en), []).append(entry)
    title = say(role.title_zh, role.title_en) if role else ""
    return {"actor": actor, "role_title": title, "menu": menu, "english": english(), "demo": settings.DEMO}
