"""Who may call each route: cards say it of screens and endpoints, routes.toml of the libraries' routes; the rest is closed."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import get_resolver

from gongfu.base.cards import Endpoint, Screen, cards

CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Route:
    """One route of the URL map.  path: as Django writes it, such as `bureau/lists/<int:number>`."""

    path: str
    name: str


@dataclass(frozen=True, slots=True)
class Policy:
    """who: everyone, signed_in, permission (a screen's), scope (an endpoint's), partner or closed."""

    who: str
    screen: Screen | None = None
    endpoints: tuple[Endpoint, ...] = ()


def routes() -> list[Route]:
    """Every route, in the order in which they are tried."""
    return list(_walk(get_resolver().url_patterns, ""))


def _walk(patterns: Iterable[Any], before: str) -> Iterator[Route]:
    for one in patterns:
        path = before + str(one.pattern).removeprefix("^" if before else "")  # as the resolver itself joins them
        if hasattr(one, "url_patterns"):
            yield from _walk(one.url_patterns, path)
        else:
            yield Route(path, one.name or "")


@cache
def named() -> dict[str, str]:
    """name of a route → who, from routes.toml."""
    read = tomllib.loads((Path(__file__).parent / "routes.toml").read_text("utf-8"))
    return {str(name): str(who) for name, who in read.items()}


@cache
def policies() -> dict[str, Policy]:
    """path → policy, for every route that has one."""
    offered = cards(settings.CARD_PACKAGES)
    screens = {f"{one.portal}.{one.name}": one for card in offered for one in card.screens}
    endpoints: dict[str, list[Endpoint]] = {}
    for one in (endpoint for card in offered for endpoint in card.endpoints):
        endpoints.setdefault(one.path.lstrip("/").replace("{", "<").replace("}", ">"), []).append(one)
    told = {}
    for route in routes():
        screen, machine = screens.get(route.name), endpoints.get(route.path, [])
        if screen is not None:
            told[route.path] = Policy("permission" if screen.permission else "everyone", screen)
        elif not route.name or route.name in named():
            told[route.path] = Policy(named().get(route.name, CLOSED))
        elif machine:
            told[route.path] = Policy("scope", endpoints=tuple(machine))
    return told


class Declared:
    """Deny by default: a route that is closed, or whose policy nobody declared, is not found."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        match = request.resolver_match
        policy = policies().get(match.route) if match else None
        if policy is None or policy.who == CLOSED:
            raise Http404
