"""What trade and the lists announce to the matching above them."""

from __future__ import annotations

from dataclasses import dataclass, field

from gongfu.core.event import Event


@dataclass(frozen=True)
class FlowsRecorded(Event):
    """Documents of any of the three flows came in: the orders (platform, number) and waybills (carrier, number) they concern."""

    zone: str = ""
    orders: list[list[str]] = field(default_factory=list)
    waybills: list[list[str]] = field(default_factory=list)
