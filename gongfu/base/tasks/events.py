"""What tasks announce."""

from __future__ import annotations

from dataclasses import dataclass

from gongfu.core.event import Event


@dataclass(frozen=True)
class TasksUrged(Event):
    """Tasks were found overdue on a day and urged.  tasks: their row numbers; on: the day, ISO."""

    zone: str
    tasks: list[int]
    on: str
