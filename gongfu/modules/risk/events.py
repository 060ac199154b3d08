"""What risk tells itself, so that a list's clock is drawn after its receipts are committed."""

from __future__ import annotations

from dataclasses import dataclass, field

from gongfu.core.event import Event


@dataclass(frozen=True)
class ListsReleased(Event):
    """Lists were released: their clocks are to be drawn."""

    lists: list[int] = field(default_factory=list)
