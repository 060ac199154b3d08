"""A shop of one buyer: purchases made for a test, and the way of their documents into the platform."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from gongfu.base.events import worker
from gongfu.base.kit.beijing import BEIJING
from gongfu.base.kit.clock import standing_at
from gongfu.config import exchange, report
from gongfu.peers.day import SENDERS, message
from gongfu.peers.firms import Firm
from gongfu.peers.orders import Unit, goods, make
from gongfu.peers.papers import yuan
from gongfu.zones.plan import Plan

KINDS = ("CEB311Message", "CEB411Message", "CEB511Message", "CEB621Message")
BAG = "4202210090"


class Shop:
    """Purchases of one buyer, and the way of their documents into the platform."""

    def __init__(self, zone: Plan, keys: Any, folder: Path) -> None:
        self.zone, self.keys, self.folder, self.number = zone, keys, folder, 0
        self.at = datetime.now(BEIJING).replace(tzinfo=None) - timedelta(hours=1)

    def buy(
        self, price_fen: int, pieces: int = 1, *, code: str = BAG, freight_fen: int = 0, at: datetime | None = None
    ) -> Unit:
        """A direct purchase of one line."""
        self.number += 1
        unit = make(self.zone, self.number, Random(self.number), at or self.at, goods(), "9610", False, 1)
        line = {
            "gnum": "1",
            "qty": str(pieces),
            "price": yuan(price_fen),
            "totalPrice": yuan(price_fen * pieces),
            "gmodel": "400ml",
        }
        for kind in ("CEB311Message", "CEB621Message"):
            unit.lines[kind] = [{**unit.lines[kind][0], **line, **({"gcode": code} if kind == "CEB621Message" else {})}]
        paid = price_fen * pieces + freight_fen
        unit.heads["CEB311Message"] |= {
            "goodsValue": yuan(price_fen * pieces),
            "freight": yuan(freight_fen),
            "acturalPaid": yuan(paid),
        }
        unit.heads["CEB411Message"]["amountPaid"] = yuan(paid)
        for kind in ("CEB511Message", "CEB621Message"):
            unit.heads[kind]["freight"] = yuan(freight_fen)
        return unit

    def send(
        self, unit: Unit, *kinds: str, sender: Firm | None = None, at: datetime | None = None
    ) -> list[dict[str, Any]]:
        """Hand in documents of a purchase, let the platform work (customs does not answer yet), and report them."""
        taken = []
        with standing_at(at):
            for kind in kinds or KINDS:
                self.number += 1
                path = self.folder / f"{self.number}-{kind}.xml"
                who = sender or getattr(unit, SENDERS[kind])
                path.write_bytes(message(kind, who, [unit], self.keys, Random(self.number)))
                taken.append((path, exchange.take(path, self.zone.code, at)))
            worker.drain()
        return [report.of_file(path.name, accepted) for path, accepted in taken]

    def again(self, unit: Unit, kind: str, app_type: str, **values: str) -> Unit:
        """The purchase with one document changed (2), deleted (3) or new (1), under a guid of its own."""
        self.number += 1
        head = {**unit.heads[kind], "guid": f"{self.number:036d}", "appType": app_type, **values}
        return replace(unit, heads={**unit.heads, kind: head})
