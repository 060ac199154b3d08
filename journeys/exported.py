"""Export lists by hand: declared, released, cleared, and what follows them; for the journeys of the export chain."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from random import Random
from typing import Any

from gongfu.base.access.actor import WORKER
from gongfu.base.events import worker
from gongfu.base.kit.beijing import BEIJING
from gongfu.core.ceb import codec
from gongfu.modules.declarations.models import Declaration
from gongfu.modules.intake.actions import accept
from gongfu.modules.intake.models import Receipt
from gongfu.peers.chain import Listed
from gongfu.peers.day import SENDERS, message, signed
from gongfu.peers.firms import Firm, firms
from gongfu.peers.orders import Unit, goods, make
from gongfu.zones.plan import Plan
from journeys.customs import tell

CLEARED = "20261110120000000"


def unit(
    zone: Plan, number: int, mode: str = "9610", seed: int = 5, lane: str = "B", at: datetime | None = None
) -> Unit:
    """One sound export of the zone's first firms, in a lane."""
    known = {kind: group[:1] for kind, group in firms(zone).items()}
    stock = [one for one in goods() if int(str(one["price_fen"])) < 50_000]
    when = (at or datetime.now(BEIJING)).replace(tzinfo=None)
    made = make(zone, seed * 1000 + number, Random(seed * 1000 + number), when, stock, mode, True, 20, known)
    made.heads["CEB603Message"]["statisticsFlag"] = lane
    return made


def send(zone: Plan, keys: Any, sender: Firm, kind: str, documents: list[codec.Document], seed: int) -> None:
    """One signed message, worked off at once."""
    data = signed(kind, sender, documents, keys, Random(f"{kind}{seed}"))
    assert accept(WORKER, data, zone=zone.code, sender_code=sender.code, channel="cli").finding is None
    worker.drain()


def declare(zone: Plan, keys: Any, units: Sequence[Unit], kinds: Sequence[str] = ()) -> None:
    """Their orders, waybills and lists, in messages of each kind."""
    for kind, role in SENDERS.items():
        rows = [one for one in units if kind in one.heads and (not kinds or kind in kinds)]
        if rows:
            sender: Firm = getattr(rows[0], role)
            data = message(kind, sender, rows, keys, Random(f"{kind}{rows[0].number}"))
            assert accept(WORKER, data, zone=zone.code, sender_code=sender.code, channel="cli").finding is None
    worker.drain()


def number_of(one: Unit) -> str:
    return f"79132026E{one.number:09d}"


def heard(units: Sequence[Unit], *statuses: str, at: str = CLEARED) -> None:
    """Customs says these statuses of their lists, a second apart."""
    for place, status in enumerate(statuses):
        moment = f"{int(at) + place * 1000}"
        tell(
            "CEB604Message",
            [
                {"guid": one.heads["CEB603Message"]["guid"], "invtNo": number_of(one), "returnStatus": status, "returnTime": moment}
                for one in units
            ],
            seed=place + units[0].number * 10,
        )  # fmt: skip


def listed(units: Sequence[Unit]) -> list[Listed]:
    return [(number_of(one), one.heads["CEB603Message"], one.lines["CEB603Message"]) for one in units]


def heads(units: Sequence[Unit]) -> list[dict[str, str]]:
    return [one.heads["CEB603Message"] for one in units]


def row(one: Unit) -> Declaration:
    return Declaration.objects.get(order_no=one.order_no, live=True)


def said(guid: str) -> str:
    """What the platform answered to a document."""
    return Receipt.objects.filter(document_guid=guid, origin="platform").get().info
