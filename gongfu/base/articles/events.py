"""What articles announce."""

from __future__ import annotations

from dataclasses import dataclass

from gongfu.core.event import Event


@dataclass(frozen=True)
class ArticlePublished(Event):
    """A version was published.  push: its readers are to be told.  zones: none for every zone.  valid_from: ISO."""

    article: int
    version: int
    kind: str
    audiences: list[str]
    zones: list[str]
    push: bool
    valid_from: str


@dataclass(frozen=True)
class ArticleWithdrawn(Event):
    """A published version was withdrawn."""

    article: int
    version: int
    kind: str
