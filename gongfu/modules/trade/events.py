"""What trade and the lists announce to the matching above them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from gongfu.core.event import Event


@dataclass(frozen=True)
class FlowsRecorded(Event):
    """Documents of any of the three flows came in: the orders (platform, number) and waybills (carrier, number) they concern."""

    zone: str = ""
    orders: list[list[str]] = field(default_factory=list)
    waybills: list[list[str]] = field(default_factory=list)


@dataclass(frozen=True)
class ChangesSought(Event):
    """Documents are to be changed or deleted: which of them has a list been sent on with? Heard at once.

    keys: (platform, order number), or (carrier, waybill number) when `by_waybill`. Whoever knows writes key → state into `settled`.
    """

    inline: ClassVar[bool] = True
    by_waybill: bool
    keys: list[tuple[str, str]]
    settled: dict[tuple[str, str], str] = field(default_factory=dict)
