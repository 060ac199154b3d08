"""Playing a scenario against the platform itself in simulated time: the same code, the same rules, no waiting."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from gongfu.base.access.actor import OPERATOR, WORKER
from gongfu.base.events import worker
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import BEIJING, civil_date
from gongfu.base.ledgers.models import Account
from gongfu.config.demo import enrol
from gongfu.config.exchange import turn
from gongfu.config.invariants import violations
from gongfu.modules.declarations.actions import arrive
from gongfu.modules.declarations.models import Declaration, FollowUp, Move
from gongfu.modules.intake.actions import accept
from gongfu.modules.intake.models import Message
from gongfu.peers.afterwards import RETURN_OF
from gongfu.peers.firms import Keyring
from gongfu.peers.scenarios import Delivery, Episode, deliveries, goods_back
from gongfu.peers.single_window import Window
from gongfu.zones.plan import Plan

BEAT = timedelta(minutes=5)
AFTER = timedelta(hours=12)
LATE_MINUTES = 30
RELEASED = ("released", "closed")
BACK = {"kind": RETURN_OF["CEB621Message"], "state": "concluded"}
REFUSED = ("refused", "rejected", "failed")


@dataclass(slots=True)
class Outcome:
    """What became of the traffic.  late: released more than half an hour after receipt.  returned: returns of
    whole lists that customs let in.  trace: the same for the same seed."""

    scenario: str
    seed: int
    messages: int = 0
    messages_refused: int = 0
    lists: int = 0
    accepted: int = 0
    released: int = 0
    refused: int = 0
    held: int = 0
    waiting: int = 0
    late: int = 0
    returned: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    violations: dict[str, list[str]] = field(default_factory=dict)
    trace: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def play(episode: Episode, plan: Plan, seed: int, keys: Keyring, folder: Path) -> Outcome:
    """File the zone's firms, send an episode's messages when they are due, let everything happen beat by beat, and say what
    became of it.

    The database holds nothing else that matters. `folder` holds the platform's own keys.
    """
    enrol(plan, keys, episode.start.date())
    window = Window(settings.LINK_FOLDER, episode.window, seed)
    due = deliveries(episode, plan, seed, keys)
    now = _passed(episode, plan, window, folder, due, _moment(episode.start))
    if episode.returned:
        numbers = Declaration.objects.filter(flow="I", state__in=RELEASED).values_list("order_no", "invt_no")
        back = goods_back(episode, plan, seed, keys, dict(numbers), now.replace(tzinfo=None))
        now = _passed(episode, plan, window, folder, back, now)
        _arrived(now)
    return count(episode, seed)


def _arrived(now: datetime) -> None:
    """The goods of every return that customs let in are noted at their site, so that quota and tax are given back."""
    with clock.standing_at(now):
        for number in FollowUp.objects.filter(**BACK).values_list("pk", flat=True):
            arrive(OPERATOR, number, civil_date(now), "A1")
        worker.drain()


def _passed(
    episode: Episode, plan: Plan, window: Window, folder: Path, due: list[Delivery], now: datetime
) -> datetime:
    """Hand these in when they are due and let everything come to rest; gives the moment after."""
    end = _moment(due[-1].at) + AFTER if due else now
    while now < end:
        with clock.standing_at(now):
            while due and _moment(due[0].at) <= now:
                one = due.pop(0)
                accept(WORKER, one.data, zone=plan.code, sender_code=one.sender.code, channel="api")
            _beat(window, folder, now, silent=_silent(episode, now))
        now += BEAT
    return now


def _moment(told: datetime) -> datetime:
    return told.replace(tzinfo=BEIJING)


def _silent(episode: Episode, now: datetime) -> bool:
    if episode.silent is None:
        return False
    first, last = (_moment(episode.start) + timedelta(minutes=one) for one in episode.silent)
    return first <= now < last


def _beat(window: Window, folder: Path, now: datetime, *, silent: bool) -> None:
    """Everything that can happen at this moment: our work, the way out, customs, the way back."""
    worker.drain()
    turn(folder)
    if not silent:
        window.take(now)
        window.give(now.timestamp())
    turn(folder)
    worker.drain()


def count(episode: Episode, seed: int) -> Outcome:
    """The outcome as the rows tell it."""
    messages = Message.objects.exclude(channel="customs")
    lists = list(Declaration.objects.order_by("order_no", "id"))
    found = Outcome(episode.name, seed, messages.count(), messages.filter(state="refused").count(), len(lists))
    states = Counter(row.state for row in lists)
    found.released = sum(states[state] for state in RELEASED)
    found.refused = sum(states[state] for state in REFUSED)
    found.held, found.waiting = states["held"], states["waiting"]
    sent = Move.objects.filter(state="ready").values_list("declaration_id", flat=True)
    found.accepted = len(set(sent))
    found.returned = FollowUp.objects.filter(**BACK).count()
    found.late = sum(_minutes(row) > LATE_MINUTES for row in lists if row.released_at)
    found.reasons = dict(sorted(Counter(row.reason for row in lists if row.reason).items()))
    found.violations = {name: rows for name, rows in violations().items() if rows}
    found.trace = _trace(lists)
    return found


def _minutes(row: Declaration) -> float:
    return (row.released_at - row.received_at).total_seconds() / 60 if row.released_at else 0.0


def _trace(lists: list[Declaration]) -> str:
    """A fingerprint of every list's end, its official number and moment, and of every account."""
    told: list[tuple[Any, ...]] = [
        (row.order_no, row.state, row.reason, row.invt_no, str(row.released_at)) for row in lists
    ]
    accounts = Account.objects.order_by("kind", "period", "limit_units", "committed_units", "reserved_units")
    told += list(accounts.values_list("kind", "period", "limit_units", "committed_units", "reserved_units"))
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def in_words(found: Outcome) -> str:
    """The outcome for people."""
    told = found.as_dict()
    rows = [f"{name:>17}  {told[name]:,}" for name in ("messages", "messages_refused", "lists", "accepted", "released", "refused", "held", "waiting", "late", "returned")]  # fmt: skip
    rows += [f"{code:>29}  {number:,}" for code, number in found.reasons.items()]
    broken = [f"{name}: {row}" for name, all_ in found.violations.items() for row in all_] or ["every invariant holds"]
    return "\n".join([f"{found.scenario} (seed {found.seed}), trace {found.trace}", *rows, *broken])
