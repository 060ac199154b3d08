"""The file of an order (全链条交易档案): put together from the rows of every module, sealed event by event in a trail."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from gongfu.base.access.actor import WORKER, Actor
from gongfu.base.events.bus import announce
from gongfu.base.trails import actions as trails
from gongfu.base.trails import queries as kept
from gongfu.base.trails.kinds import Happening
from gongfu.modules.trade import parts as own
from gongfu.modules.trade import wanted
from gongfu.modules.trade.events import FilesSought, Part, PartsSought
from gongfu.modules.trade.kinds import FILE

log = logging.getLogger(__name__)
Key = tuple[str, str]
MOST = 100  # orders shown of a number that names more: a summary, a master bill


def parts(orders: list[Key]) -> dict[Key, list[Part]]:
    """Everything that is there about the orders, in the order in which it happened."""
    sought = PartsSought(orders, own.of_orders(orders))
    announce(sought)
    cited: dict[Key, list[Key]] = {}
    for part in sought.parts:
        if part.waybill[1] and part.order not in cited.get(part.waybill, []):
            cited.setdefault(part.waybill, []).append(part.order)
    told: dict[Key, list[Part]] = {}
    for part in (*sought.parts, *own.of_waybills(cited)):
        told.setdefault(part.order, []).append(part)
    return {key: sorted(some, key=_when) for key, some in told.items()}


def _when(part: Part) -> tuple[bool, Any, int]:
    return part.at is None, part.at, list(wanted.PARTS).index(part.event)


def seal(orders: Iterable[Key]) -> int:
    """Add to the orders' trails what is not sealed there yet; gives how many events were new. Hearing twice adds nothing."""
    happenings = [
        Happening(
            wanted.file_key(*key), part.event, {"digest": part.digest}, part.at, part.key, part.zone, key[0][:18],
        )
        for key, some in sorted(parts(list(orders)).items()) for part in some
    ]  # fmt: skip
    done = trails.append(WORKER, FILE.code, happenings)
    for fault in done.findings:
        log.warning("the file %s keeps what was sealed first: %s", fault.document, fault.code)
    return done.events


def within(actor: Actor, zone: str, owners: Iterable[str]) -> bool:
    """Whether a part of that zone and those firms is within the actor's reach."""
    if actor.reach in ("platform", "zone"):
        return actor.reach == "platform" or zone in actor.zones
    return actor.reach == "own" and not set(actor.party_codes).isdisjoint(owners)


def named(actor: Actor, number: str) -> list[Key]:
    """The orders that `found` gives."""
    return sorted(found(actor, number))


def found(actor: Actor, number: str) -> dict[Key, list[Part]]:
    """The parts of the orders within the actor's reach that a number of any kind names; of a number that names more, `MOST` at most."""
    zones = list(actor.zones) if actor.reach == "zone" else []
    sought = FilesSought(number, MOST, zones, list(actor.party_codes), own.found(number))
    announce(sought)
    keys = list(dict.fromkeys((platform, order) for platform, order, _, _ in sought.found))[: 2 * MOST]
    told = parts(keys)
    seen = [key for key, some in told.items() if any(within(actor, one.zone, one.owners) for one in some)]
    return {key: told[key] for key in sorted(seen)[:MOST]}


@dataclass(slots=True)
class Sealed:
    """What the trail says.  faults: of the chain.  altered: keys of rows that no longer say what was sealed.  open: keys not sealed yet."""

    length: int = 0
    head: str = ""
    faults: list[str] = field(default_factory=list)
    altered: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    events: list[Any] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.faults and not self.altered


def sealed(key: Key, some: list[Part]) -> Sealed:
    """The trail of an order proven: its chain, its head's signature, and each row against the digest that was sealed."""
    trail, events, faults = kept.proven(FILE.code, wanted.file_key(*key))
    if trail is None:
        return Sealed(open=[part.key for part in some])
    digests = {event.key: event.facts.get("digest") for event in events}
    altered = [part.key for part in some if digests.get(part.key, part.digest) != part.digest]
    unsealed = [part.key for part in some if part.key not in digests]
    return Sealed(trail.length, bytes(trail.seal).hex(), faults, altered, unsealed, events)
