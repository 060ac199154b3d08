"""The scenario book: named spells of traffic with what befalls them, each played from one seed in simulated time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Literal

from gongfu.peers.afterwards import RETURN_OF, goods_return
from gongfu.peers.day import SENDERS, message, signed
from gongfu.peers.firms import Firm, Keyring
from gongfu.peers.orders import Unit, address, goods, make, person
from gongfu.peers.single_window import Scenario
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
LIST = "CEB621Message"
PER_MESSAGE = 20
MODES = ("9610", "1210", "9710", "9810")


@dataclass(frozen=True, slots=True)
class Episode:
    """One scenario.

    start: Beijing time, without a zone.  minutes: how long purchases come in; shape: evenly, or three quarters of them in the middle
    tenth.  window: what customs does.  silent: minutes (from, until) in which the single window neither takes nor answers.
    late: share of purchases whose payment comes late_minutes after the rest.  poison: share of messages that are spoiled on the way.
    ring: so many identities share all import purchases, 0 for a buyer each.  returned: share of the released imports that come back
    afterwards, every fifth of them handed in a second time.
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
    returned: float = 0.0
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
        Episode("quota-ring", "少数证件反复购买", "A ring that shares identities", _at("2026-03-02 09:00"), ring=3, modes=("9610",)),
        Episode("mass-returns", "大批退货", "Mass returns", _at("2026-03-02 09:00"), returned=0.5, modes=("9610", "1210")),
        Episode("year-end", "北京时间跨年", "Year end in Beijing", _at("2025-12-31 23:00"), ring=8, modes=("9610",)),
        Episode("new-rules", "参数零点变更", "Parameters change at midnight", _at("2024-12-14 23:00"), modes=("9610", "9710", "9810")),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message on its way in.  at: Beijing time, without a zone."""

    at: datetime
    sender: Firm
    data: bytes


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


def goods_back(
    episode: Episode, plan: Plan, seed: int, keys: Keyring, released: dict[str, str], at: datetime
) -> list[Delivery]:
    """Returns (CEB625) of the episode's share of these imports, handed in at that moment; every fifth a second time under a new guid.

    released: the official number of each list, by its order.
    """
    rng, found = Random(f"back{episode.name}{plan.code}{seed}"), []
    mine = [unit for unit, _ in purchases(episode, plan, seed) if not unit.export and released.get(unit.order_no)]
    for place, unit in enumerate(rng.sample(mine, int(len(mine) * episode.returned))):
        head, lines = unit.heads[LIST], unit.lines[LIST]
        whole = {int(line["gnum"]): line["qty"] for line in lines}
        for _ in range(2 if place % 5 == 4 else 1):
            back = goods_return(LIST, head, lines, whole, released[unit.order_no], at, rng)
            found.append(Delivery(at, unit.agent, signed(RETURN_OF[LIST], unit.agent, [back], keys, rng)))
    return found


def purchases(episode: Episode, plan: Plan, seed: int) -> Iterator[tuple[Unit, datetime]]:
    """Purchases with the moment at which their documents are sent, the same for the same seed."""
    rng, stock = Random(f"bought{episode.name}{plan.code}{seed}"), goods()
    open_ = [
        mode
        for mode in episode.modes
        if mode in plan.modes and (mode != "1210" or plan.bonded_open(episode.start.date()))
    ]
    for number in range(episode.lists):
        at = episode.start + timedelta(minutes=_moment(episode, number))
        mode = rng.choice(open_)
        export = mode in ("9710", "9810") or (mode == "9610" and not episode.ring and rng.random() < 0.4)
        unit = make(plan, seed % 100 * 100_000 + number, rng, at, stock, mode, export, max(episode.lists, 20))
        if episode.ring and not export:
            _same_buyer(unit, plan, number % episode.ring)
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


def _same_buyer(unit: Unit, plan: Plan, which: int) -> None:
    """The purchase under one of few identities, at one address."""
    told = person(plan, 70_000 + which)
    place = address(plan, 70_000 + which)
    unit.heads["CEB311Message"] |= {**told, "consignee": told["buyerName"], "consigneeTelephone": told["buyerTelephone"], "consigneeAddress": place}  # fmt: skip
    unit.heads["CEB411Message"] |= {"payerIdNumber": told["buyerIdNumber"], "payerName": told["buyerName"], "telephone": told["buyerTelephone"]}  # fmt: skip
    unit.heads["CEB511Message"] |= {"consignee": told["buyerName"], "consigneeTelephone": told["buyerTelephone"], "consigneeAddress": place}  # fmt: skip
    unit.heads["CEB621Message"] |= {**told, "consigneeAddress": place}


def _sent(episode: Episode, part: list[Unit], at: datetime, keys: Keyring, rng: Random) -> Iterator[Delivery]:
    """The messages of some purchases: one a type and sender; late payments by themselves; some spoiled."""
    slow = {unit.number for unit in part if rng.random() < episode.late}
    for kind, role in SENDERS.items():
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
