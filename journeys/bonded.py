"""Bonded lists by hand: a book with as much stock as a test wants, and 1210 purchases of one item out of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from gongfu.base.access.actor import OPERATOR, WORKER, Actor
from gongfu.base.cases import actions as cases
from gongfu.base.events import worker
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import BEIJING, civil_date
from gongfu.base.ledgers.models import Account
from gongfu.base.registers import actions as registers
from gongfu.modules.intake.actions import accept
from gongfu.peers.day import SENDERS, message
from gongfu.peers.firms import firms
from gongfu.peers.orders import Unit, goods, make
from gongfu.zones.plan import Plan

BOOK = "T5113W26009999"
CUSTOMS = Actor("person:902", "zone", frozenset({"*"}), ("nanchong",), (), "officer.customs")


def warehouse(zone: Plan) -> Actor:
    code = firms(zone)["warehouse"][0].code
    return Actor("person:901", "own", frozenset({"*"}), (zone.code,), (code,), "firm.operator")


def open_book(zone: Plan, ems_no: str = BOOK) -> None:
    """A book of the zone's warehouse, kept here from today on."""
    owner = firms(zone)["warehouse"][0]
    raw = {
        "ems_no": ems_no, "title": "账册", "operator": owner.code, "site": "nc-blc", "customs_code": zone.customs_codes[0],
        "opened_on": civil_date(clock.now()).isoformat(),
    }  # fmt: skip
    assert (
        registers.write(OPERATOR, "declarations.book", zone=zone.code, raw=raw, party_code=owner.code).entry is not None
    )


def put_in(zone: Plan, record_no: str, kilos: str, number: str = "HZ1", **more: str) -> str:
    """Stock of an item by its inbound document; gives the number of the entry."""
    row = {"record_no": record_no, "qty": kilos, "hs10": "3304990099", "name": "面霜", "unit": "035", **more}
    raw = {"ems_no": BOOK, "inbound_no": number, "rows": [row]}
    case = cases.open_case(warehouse(zone), "declarations.stock_in", zone=zone.code, raw=raw).case
    assert case is not None
    done = cases.take(warehouse(zone), case.pk, "submit")
    assert done.done, done.findings
    return case.number


def item() -> dict[str, object]:
    """A sample of half a kilogram at most and little money, so that no other limit speaks."""
    return next(one for one in goods() if int(str(one["net_g"])) == 200 and int(str(one["price_fen"])) < 10_000)


def record_no() -> str:
    return f"R{item()['goods_id']}"


def bought(zone: Plan, count: int, seed: int = 1, *, export: bool = False) -> list[Unit]:
    """So many 1210 purchases of the item, 200 g a piece, each of a buyer of its own; export: sold abroad out of the book."""
    kind = "CEB603Message" if export else "CEB621Message"
    rng, now = Random(seed), datetime.now(BEIJING) - timedelta(minutes=5)
    units = []
    for number in range(count):
        unit = make(zone, seed * 1000 + number, rng, now, [item()], "1210", export, 10_000)
        for line in unit.lines[kind]:
            line["itemRecordNo"] = record_no()
        unit.heads[kind] |= {"emsNo": BOOK, "iacCode" if export else "areaCode": firms(zone)["warehouse"][0].code}
        units.append(unit)
    return units


def kilos(unit: Unit) -> float:
    return sum(float(line["qty1"]) for line in unit.lines.get("CEB621Message") or unit.lines["CEB603Message"])


def send(
    zone: Plan, keys: Any, units: Sequence[Unit], kinds: Sequence[str] = tuple(SENDERS), drain: bool = True
) -> None:
    """Their documents, each signed by its sender and taken in; then everything is worked off."""
    for kind in kinds:
        for unit in units:
            if kind in unit.heads:
                firm = getattr(unit, SENDERS[kind])
                data = message(kind, firm, [unit], keys, Random(unit.heads[kind]["guid"]))
                assert accept(WORKER, data, zone=zone.code, sender_code=firm.code, channel="cli").finding is None
    if drain:
        worker.drain()


def account(period: str = "") -> Account:
    return Account.objects.get(kind="bonded_book", owner=BOOK, period=period or record_no())
