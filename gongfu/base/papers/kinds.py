"""Kinds of paper: what a module puts on its card so that something of its can be certified."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from gongfu.base.cards import cards
from gongfu.base.screens.words import say

if TYPE_CHECKING:
    from gongfu.base.access.actor import Actor

# What a paper says may still hold, be overtaken by a newer version, or hold no more.
VALID, SUPERSEDED, WITHDRAWN = "valid", "superseded", "withdrawn"


@dataclass(frozen=True, slots=True)
class Content:
    """What a paper of a subject says now, in the reader's language: open facts only, for anyone who holds the paper reads them."""

    zone: str
    party_code: str
    version: int
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class PaperKind:
    """permission: of those who may have one made.  content: (actor, key) → what it says, None out of reach or when nothing holds.
    standing: (key, version) → VALID, SUPERSEDED or WITHDRAWN, now."""

    code: str
    title: str
    title_en: str
    permission: str
    content: Callable[[Actor, str], Content | None]
    standing: Callable[[str, int], str]
    features: tuple[str, ...] = ()

    @property
    def shown_title(self) -> str:
        return say(self.title, self.title_en)


EXTRA: dict[str, PaperKind] = {}


def kinds() -> dict[str, PaperKind]:
    """Every kind of paper by its code, from the cards of all packages (and, in tests, from EXTRA)."""
    told = {kind.code: kind for card in cards(settings.CARD_PACKAGES) for kind in card.papers}
    return {**told, **EXTRA}
