"""What the lists announce."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from gongfu.core.event import Event


@dataclass(frozen=True)
class DeclarationsMoved(Event):
    """Official receipts moved lists to states in which quota and guarantee are settled (heard at once)."""

    inline: ClassVar[bool] = True
    released: tuple[int, ...]
    ended: tuple[int, ...]
    closed: tuple[int, ...] = ()


@dataclass(frozen=True)
class FollowUpsRecorded(Event):
    """Sound follow-up documents of one kind (message type) were kept (heard at once)."""

    inline: ClassVar[bool] = True
    kind: str
    follow_ups: tuple[int, ...]


@dataclass(frozen=True)
class FollowUpsMoved(Event):
    """Follow-up documents of one kind (message type) came to an end at customs: concluded, or ended otherwise (heard at once)."""

    inline: ClassVar[bool] = True
    kind: str
    concluded: tuple[int, ...]
    ended: tuple[int, ...]


@dataclass(frozen=True)
class ListsTold(Event):
    """Something was said about lists (their numbers here): heard in quiet hours by what keeps their orders' files."""

    lists: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class ReturnsArrived(Event):
    """The goods of these returns are back at a site, on a day that is now known (heard at once)."""

    inline: ClassVar[bool] = True
    follow_ups: tuple[int, ...]
