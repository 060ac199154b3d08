"""What filing announces."""

from __future__ import annotations

from dataclasses import dataclass

from gongfu.core.event import Event


@dataclass(frozen=True, slots=True)
class PartyChanged(Event):
    """A firm was filed, changed, confirmed or withdrawn."""

    code: str
