"""What the benchmark sends: sound purchases, each a list with its order, payment and waybill, in signed messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random

import bench.ready  # noqa: F401  isort: skip
from gongfu.base.kit.beijing import BEIJING
from gongfu.peers.day import message
from gongfu.peers.firms import Firm, Keyring, firms
from gongfu.peers.orders import Unit, goods, make
from gongfu.zones.plan import Plan, plans

KINDS = ("CEB311Message", "CEB411Message", "CEB511Message", "CEB621Message")
SENDER = {
    "CEB311Message": "platform",
    "CEB411Message": "payment",
    "CEB511Message": "logistics",
    "CEB621Message": "declarant",
}
BUYERS = 1_000_000


@dataclass(frozen=True, slots=True)
class Material:
    """messages: for each group of purchases, its four messages (type, sender, bytes)."""

    plan: Plan
    senders: dict[str, Firm]
    groups: list[list[tuple[str, Firm, bytes]]]
    lists: int


def material(keys: Keyring, lists: int, per_message: int, on: date, start: int = 0) -> Material:
    """`lists` sound 9610 imports of one platform, payment firm, carrier and declarant, RSA-2048 with SHA-256."""
    plan = plans()["nanchong"]
    senders = {kind: firms(plan)[kind][0] for kind in SENDER.values()}
    stock = [one for one in goods() if not str(one["hs10"]).startswith(("33", "22"))]
    opening = datetime.combine(on, time(9))
    rng = Random(f"bench{start}")
    groups, part = [], []
    for number in range(start, start + lists):
        part.append(_unit(plan, senders, number, rng, opening + timedelta(seconds=number % 20_000), stock))
        if len(part) == per_message:
            groups.append(_messages(part, senders, keys, rng))
            part = []
    if part:
        groups.append(_messages(part, senders, keys, rng))
    return Material(plan, senders, groups, lists)


def _unit(
    plan: Plan, senders: dict[str, Firm], number: int, rng: Random, at: datetime, stock: list[dict[str, object]]
) -> Unit:
    chosen = {"platform": [senders["platform"]], "ecommerce": firms(plan)["ecommerce"], "payment": [senders["payment"]],
              "logistics": [senders["logistics"]], "declarant": [senders["declarant"]]}  # fmt: skip
    return make(plan, number, rng, at, stock, "9610", False, BUYERS, chosen)


def _messages(part: list[Unit], senders: dict[str, Firm], keys: Keyring, rng: Random) -> list[tuple[str, Firm, bytes]]:
    return [(kind, senders[SENDER[kind]], message(kind, senders[SENDER[kind]], part, keys, rng)) for kind in KINDS]


def today() -> date:
    return datetime.now(BEIJING).date()


def keyring(folder: Path) -> Keyring:
    return Keyring(folder / "demo-keys")
