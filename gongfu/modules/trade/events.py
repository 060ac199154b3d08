"""What trade and the lists announce to the matching above them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
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


@dataclass(frozen=True)
class FilesTouched(Event):
    """Something was recorded about these orders (platform, number): their files and what rests on them are brought up to date in quiet hours."""

    orders: list[list[str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an order's file, as its own module tells it.

    order: (platform, number).  event: as the trail calls it.  key: names its row for good.  owners: codes of the firms whose it is.
    digest: SHA-256 of what its row said when it was recorded and says for ever.  values: (Chinese, English, text) for the page.
    waybill: (carrier, number) that it names.
    """

    order: tuple[str, str]
    event: str
    key: str
    number: str
    zone: str
    owners: tuple[str, ...]
    digest: str
    at: datetime | None = None
    state: str = ""
    flow: str = ""
    href: str = ""
    waybill: tuple[str, str] = ("", "")
    values: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class PartsSought(Event):
    """What is there about these orders? Heard at once; every module adds the parts that it holds."""

    inline: ClassVar[bool] = True
    orders: list[tuple[str, str]]
    parts: list[Part] = field(default_factory=list)


@dataclass(frozen=True)
class FilesSought(Event):
    """Which orders does a number of any kind name? Heard at once; every module adds (platform, order, zone, owners) of what it knows.

    most: how many are enough of a number that names very many (a summary, a master bill).  zones, codes: whose come first then.
    """

    inline: ClassVar[bool] = True
    number: str
    most: int
    zones: list[str]
    codes: list[str]
    found: list[tuple[str, str, str, tuple[str, ...]]] = field(default_factory=list)
