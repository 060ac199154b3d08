"""What jobs announce."""

from __future__ import annotations

from dataclasses import dataclass

from gongfu.core.event import Event


@dataclass(frozen=True)
class JobAsked(Event):
    job: int
