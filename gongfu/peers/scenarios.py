"""The scenario book: named spells of traffic with what befalls them, each played from one seed in simulated time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Literal

from gongfu.core.money import fen
from gongfu.peers import chain
from gongfu.peers.day import SENDERS, message
from gongfu.peers.firms import Firm, Keyring
from gongfu.peers.orders import Unit, address, goods, make, person
from gongfu.peers.papers import yuan
from gongfu.peers.single_window import Scenario
from gongfu.reference.tables import parameters
from gongfu.zones.plan import Plan

CALM = Scenario(
    rejected=0.01,
    review=0.02,
    inspected=0.01,
    silent=0,
    repeated=0.05,
    late=0.02,
    orphaned=0,
    unknown=0,
    bill_differs=0,
)
IMPORT, EXPORT, MONEY = "CEB621Message", "CEB603Message", "CEB403Message"
ROLES = {MONEY: "platform", **SENDERS}
PER_MESSAGE = 20
MODES = ("9610", "1210", "9710", "9810")
IMPORTED, RETAIL = ("9610", "1210"), ("9610", "1210")
# What a ring buys to stay below the single limit of 5,000 yuan (R-1004), in fen with freight; the goods code is a bag's.
NEAR_LIMIT_FEN, BAG = (455_000, 499_000), "4202210090"
Way = tuple[str, bool]


@dataclass(frozen=True, slots=True)
class Episode:
    """One scenario.

    start: Beijing time, without a zone.  minutes: how long purchases come in; shape: evenly, or three quarters of them in the middle
    tenth.  window: what customs does.  silent: minutes (from, until) in which the single window neither takes nor answers.
    late: share of purchases whose payment comes late_minutes after the rest.  poison: share of messages that are spoiled on the way.
    ring: so many identities share all import purchases, 0 for a buyer each.  split: so many identities buy at one address, 0 for none.
    dear: what they buy is a little below the single limit.  returned: share of the released retail lists that come back afterwards, every fifth of
    them handed in a second time.  imports: share of imports.  collected: share of exports whose money is told of; on days that ask
    for it, that of all but the share `forgotten`.  summed: cleared lists of the months that ended are summarised afterwards.
    """

    name: str
    title: str
    title_en: str
    start: datetime
    lists: int = 200
    minutes: int = 120
    shape: Literal["even", "peak"] = "even"
    window: Scenario = CALM
    silent: tuple[int, int] | None = None
    late: float = 0.0
    late_minutes: int = 240
    poison: float = 0.0
    ring: int = 0
    split: int = 0
    dear: bool = False
    returned: float = 0.0
    imports: float = 0.4
    collected: float = 0.3
    forgotten: float = 0.0
    summed: bool = False
    modes: tuple[str, ...] = field(default=MODES)


def _at(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M")  # noqa: DTZ007


BOOK: dict[str, Episode] = {
    one.name: one
    for one in (
        Episode("calm-day", "平常一天", "A calm day", _at("2026-03-02 09:00")),
        Episode("double-11", "双十一高峰", "Double-11 peak", _at("2026-11-11 00:00"), lists=600, shape="peak"),
        Episode("silent-hour", "单一窗口静默一小时", "Single window silent for an hour", _at("2026-03-02 09:00"), silent=(30, 90)),
        Episode("poison", "百分之一坏报文", "One message in a hundred spoiled", _at("2026-03-02 09:00"), lists=400, poison=0.01),
        Episode("late-payments", "支付单迟到", "Late payments", _at("2026-03-02 09:00"), late=0.3),
        Episode("quota-ring", "少数证件反复购买", "A ring that shares identities", _at("2026-03-02 09:00"), ring=3, dear=True, imports=0.5),
        Episode("split-ring", "一个地址多个证件拆单", "A ring that splits orders at one address", _at("2026-03-02 09:00"), split=12, dear=True, imports=0.5),
        Episode("mass-returns", "大批退货", "Mass returns", _at("2026-03-02 09:00"), returned=0.5),
        Episode("year-end", "北京时间跨年", "Year end in Beijing", _at("2025-12-31 23:00"), ring=8, summed=True),
        Episode("new-rules", "参数零点变更", "Parameters change at midnight", _at("2024-12-14 23:00"), imports=0.2, forgotten=0.3),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message as its sender hands it in at a moment of Beijing time."""

    at: datetime
    sender: Firm
    data: bytes


def ways(episode: Episode, plan: Plan) -> list[Way]:
    """(mode, export) of everything that the zone has open on the episode's first day and the episode plays."""
    bonded = plan.bonded_open(episode.start.date())
    open_ = [mode for mode in episode.modes if mode in plan.modes and (mode != "1210" or bonded)]
    return [*((mode, False) for mode in open_ if mode in IMPORTED), *((mode, True) for mode in open_)]


def deliveries(episode: Episode, plan: Plan, seed: int, keys: Keyring) -> list[Delivery]:
    """All messages of an episode in the order in which they come; the same for the same seed but for what makes a signature random."""
    rng = Random(f"{episode.name}{plan.code}{seed}")
    found: list[Delivery] = []
    part: list[Unit] = []
    for unit, at in purchases(episode, plan, seed):
        part.append(unit)
        if len(part) == PER_MESSAGE:
            found += _sent(episode, part, at, keys, rng)
            part, last = [], at
    found += _sent(episode, part, at if part else last, keys, rng)
    return sorted(found, key=lambda one: one.at)


def purchases(episode: Episode, plan: Plan, seed: int) -> Iterator[tuple[Unit, datetime]]:
    """Purchases with the moment at which their documents are sent, the same for the same seed."""
    rng, stock = Random(f"bought{episode.name}{plan.code}{seed}"), goods()
    open_ = {export: [mode for mode, out in ways(episode, plan) if out is export] for export in (False, True)}
    imports = 0
    for number in range(episode.lists):
        at = episode.start + timedelta(minutes=_moment(episode, number))
        export = rng.random() >= episode.imports or not open_[False]
        mode = rng.choice(open_[export])
        unit = make(plan, seed % 100 * 100_000 + number, rng, at, stock, mode, export, max(episode.lists, 20))
        if export:
            _collect(episode, unit, at, rng)
        elif episode.ring or episode.split:
            _of_ring(episode, unit, plan, imports, rng)
        imports += not export
        yield unit, at


def _moment(episode: Episode, number: int) -> float:
    """Minutes after the start: evenly, or three quarters of all in the middle tenth."""
    share = number / episode.lists
    if episode.shape == "even":
        return share * episode.minutes
    if share < 0.125:
        return share / 0.125 * 0.45 * episode.minutes
    if share < 0.875:
        return (0.45 + (share - 0.125) / 0.75 * 0.1) * episode.minutes
    return (0.55 + (share - 0.875) / 0.125 * 0.45) * episode.minutes


def _collect(episode: Episode, unit: Unit, at: datetime, rng: Random) -> None:
    """The receipt of money of an export (CEB403), where it has come and is told of (R-301)."""
    asked = parameters(at.date())["export.receipt_data_required"] and unit.mode in RETAIL
    if rng.random() < (1 - episode.forgotten if asked else episode.collected):
        order = unit.heads["CEB303Message"]
        paid = yuan(fen(order["goodsValue"]) + fen(order["freight"]))
        unit.heads[MONEY] = chain.collection(unit.heads[EXPORT], paid, at - timedelta(minutes=5), rng).head


def _of_ring(episode: Episode, unit: Unit, plan: Plan, number: int, rng: Random) -> None:
    """The ring's purchase of this number: under identities that share their purchases, or at one address under ever other ones."""
    if episode.dear:
        _little_below(unit, rng)
    if episode.split:
        _bought_by(unit, plan, 80_000 + number % episode.split, 80_000)
    else:
        _bought_by(unit, plan, 70_000 + number % episode.ring, 70_000 + number % episode.ring)


def _bought_by(unit: Unit, plan: Plan, which: int, where: int) -> None:
    """The purchase under an identity, at an address that may be another's."""
    told, place = person(plan, which), address(plan, where)
    unit.heads["CEB311Message"] |= {**told, "consignee": told["buyerName"], "consigneeTelephone": told["buyerTelephone"], "consigneeAddress": place}  # fmt: skip
    unit.heads["CEB411Message"] |= {"payerIdNumber": told["buyerIdNumber"], "payerName": told["buyerName"], "telephone": told["buyerTelephone"]}  # fmt: skip
    unit.heads["CEB511Message"] |= {"consignee": told["buyerName"], "consigneeTelephone": told["buyerTelephone"], "consigneeAddress": place}  # fmt: skip
    unit.heads[IMPORT] |= {**told, "consigneeAddress": place}


def _little_below(unit: Unit, rng: Random) -> None:
    """One piece whose price with freight is a little below the single limit (R-102, R-1004)."""
    paid_fen = rng.randrange(*NEAR_LIMIT_FEN)
    price_fen = paid_fen - fen(unit.heads["CEB311Message"]["freight"])
    for kind in ("CEB311Message", IMPORT):
        line = unit.lines[kind][0] | {"qty": "1", "price": yuan(price_fen), "totalPrice": yuan(price_fen)}
        unit.lines[kind] = [line | {"gcode": BAG} if "gcode" in line else line]
    unit.heads["CEB311Message"] |= {"goodsValue": yuan(price_fen), "acturalPaid": yuan(paid_fen)}
    unit.heads["CEB411Message"]["amountPaid"] = yuan(paid_fen)


def _sent(episode: Episode, part: list[Unit], at: datetime, keys: Keyring, rng: Random) -> Iterator[Delivery]:
    """The messages of some purchases: one a type and sender; late payments by themselves; some spoiled."""
    slow = {unit.number for unit in part if rng.random() < episode.late}
    for kind, role in ROLES.items():
        groups: dict[tuple[str, bool], list[Unit]] = {}
        for unit in part:
            if kind in unit.heads:
                after = kind == "CEB411Message" and unit.number in slow
                groups.setdefault((getattr(unit, role).code, after), []).append(unit)
        for (_, after), rows in sorted(groups.items()):
            sender: Firm = getattr(rows[0], role)
            data = message(kind, sender, rows, keys, rng)
            if rng.random() < episode.poison:
                data = _spoiled(data, rng)
            yield Delivery(at + timedelta(minutes=episode.late_minutes if after else 0), sender, data)


def _spoiled(data: bytes, rng: Random) -> bytes:
    """The message cut short, with a changed amount, or with a part that is no XML."""
    how = rng.randrange(3)
    if how == 0:
        return data[: len(data) * 2 // 3]
    if how == 1:
        return data.replace(b"<ceb:currency>142", b"<ceb:currency>502", 1)
    return data.replace(b"<ceb:", b"<&", 1)
