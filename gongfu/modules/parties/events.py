"""What filing announces."""

from __future__ import annotations

from dataclasses import dataclass

from gongfu.core.event import Event


@dataclass(frozen=True, slots=True)
class PartiesChanged(Event):
    """Firms were filed, changed, confirmed or withdrawn."""

    codes: list[str]
