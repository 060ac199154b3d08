"""Cards: each module says once what it offers; menus, URLs, the map and the feature list follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any


@dataclass(frozen=True, slots=True)
class Screen:
    """One page. `portal` with `path` is its address; `permission` "" means open to everyone; `section` "" keeps it
    off the menu; a lower `order` comes first there. badge: (actor, person) → how many things wait there, for the top bar.
    page: False for a download, or a part that pages fetch."""

    name: str
    title: str
    title_en: str
    portal: str
    path: str
    view: Callable[..., Any]
    permission: str = ""
    section: str = ""
    section_en: str = ""
    icon: str = ""
    order: int = 50
    features: tuple[str, ...] = ()
    badge: Callable[[Any, Any], int] | None = None
    page: bool = True

    @property
    def url(self) -> str:
        return f"/{self.portal}/{self.path}" if self.portal != "public" else f"/{self.path}"


@dataclass(frozen=True, slots=True)
class Panel:
    """What a module shows on a page of another one below it.  on: the page, as module and name of its screen (tax:list).

    draw: (actor, the row that the page shows) → a rendered template, "" for nothing.  permission: without it the panel is not drawn.
    """

    on: str
    draw: Callable[[Any, Any], str]
    permission: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    method: str
    path: str
    permission: str
    features: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    features: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finder:
    """What the search box of the top bar finds: find(actor, words) gives (text, address within the portal), best first."""

    title: str
    title_en: str
    permission: str
    find: Callable[[Any, str], list[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Card:
    """cases: kinds of case (base/cases).  registers: kinds of register.  datasets: what may be shared (base/sharing).
    finders: what the search box looks through.  papers: kinds of certificate (base/papers).
    feeds: kinds of delivered rows (modules/feeds).  panels: what it shows on others' pages."""

    module: str
    title: str
    title_en: str
    screens: tuple[Screen, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    commands: tuple[Command, ...] = ()
    cases: tuple[Any, ...] = ()
    registers: tuple[Any, ...] = ()
    datasets: tuple[Any, ...] = ()
    finders: tuple[Finder, ...] = ()
    papers: tuple[Any, ...] = ()
    feeds: tuple[Any, ...] = ()
    panels: tuple[Panel, ...] = ()


@cache
def cards(packages: tuple[str, ...]) -> tuple[Card, ...]:
    """The cards of these packages (those that have a `card` module), in the order given."""
    found = []
    for package in packages:
        if find_spec(f"{package}.card"):
            found.append(import_module(f"{package}.card").CARD)
    return tuple(found)
