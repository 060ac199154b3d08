"""Playing a scenario against the platform itself in simulated time: the same code, the same rules, no waiting."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from gongfu.base.access.actor import OPERATOR, WORKER
from gongfu.base.events import worker
from gongfu.base.events.schedule import strike
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import BEIJING, civil_date
from gongfu.base.ledgers.models import Account
from gongfu.config.demo import enrol
from gongfu.config.exchange import turn
from gongfu.config.invariants import violations
from gongfu.modules.declarations.actions import arrive
from gongfu.modules.declarations.follow_ups import RETURNS
from gongfu.modules.declarations.models import Declaration, Exported, FollowUp, Move, SummaryForm
from gongfu.modules.declarations.queries import returned_to
from gongfu.modules.declarations.rules.summaries import LANE, RETAIL
from gongfu.modules.intake.actions import accept
from gongfu.modules.intake.models import Message
from gongfu.modules.risk import queries as risk
from gongfu.modules.trade.models import Collection
from gongfu.peers.afterwards import RETURN_OF
from gongfu.peers.firms import Keyring
from gongfu.peers.scenarios import IMPORT, Delivery, Episode, deliveries
from gongfu.peers.sequels import goods_back, summaries
from gongfu.peers.single_window import Window
from gongfu.zones.plan import Plan

BEAT = timedelta(minutes=5)
AFTER = timedelta(hours=12)
MIDNIGHT = time(0)
LATE_MINUTES = 30
RELEASED = ("released", "closed")
REFUSED = ("refused", "rejected", "failed")
BACK = {"kind__in": RETURNS, "state": "concluded"}
FIGURES = ("lists", "accepted", "released", "refused", "held", "waiting", "late", "returned")
# Moments that the database writes by itself and that the night's work compares with its day; they stand at the simulated moment too.
STAMPS = (
    ("declarations_move", "at"), ("declarations_followupmove", "at"), ("intake_outgoing", "created_at"), ("declarations_orphan", "recorded_at"),
    ("tax_bill", "recorded_at"), ("trade_waybill", "recorded_at"),
)  # fmt: skip
DEFAULT = (
    "SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum "
    "WHERE d.adrelid = %s::regclass AND a.attname = %s"
)
STANDING = "coalesce(nullif(current_setting('gongfu.moment', true), '')::timestamptz, statement_timestamp())"


@dataclass(slots=True)
class Outcome:
    """What became of the traffic.

    late: released more than half an hour after receipt.  returned: returns of whole lists that customs let in.  modes: the figures of
    FIGURES by way ("I 9610").  collected: receipts of money.  forms: declaration forms that summaries became.  nights: how many midnights the platform's
    recurring work was done at.  items: what the nights found to clear up, by source and kind; signals: those that a risk rule found.  trace: the
    same for the same seed.
    """

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
    collected: int = 0
    forms: int = 0
    nights: int = 0
    signals: int = 0
    modes: dict[str, dict[str, int]] = field(default_factory=dict)
    items: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    violations: dict[str, list[str]] = field(default_factory=dict)
    trace: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(slots=True)
class Stage:
    """Where an episode is played, and how far it has come.  nights: midnights passed."""

    episode: Episode
    plan: Plan
    window: Window
    folder: Path
    now: datetime
    nights: int = 0


def play(episode: Episode, plan: Plan, seed: int, keys: Keyring, folder: Path) -> Outcome:
    """File the zone's firms, send an episode's messages when they are due, let everything happen beat by beat, each midnight's recurring
    work too, and say what became of it.

    The database holds nothing else that matters. `folder` holds the platform's own keys.
    """
    stage = Stage(episode, plan, Window(settings.LINK_FOLDER, episode.window, seed), folder, _moment(episode.start))
    with _stamped():
        with _standing(stage.now):
            enrol(plan, keys, episode.start.date())
        _pass(stage, deliveries(episode, plan, seed, keys))
        asked = (episode, plan, seed, keys)
        if episode.returned:
            _pass(stage, goods_back(*asked, _released(), stage.now.replace(tzinfo=None)))
            _arrived(stage.now)
        if episode.summed:
            _pass(stage, summaries(*asked, _cleared(stage.now), stage.now.replace(tzinfo=None)))
    return count(episode, seed, stage.nights)


def _released() -> dict[str, str]:
    return dict(Declaration.objects.filter(state__in=RELEASED).values_list("order_no", "invt_no"))


def _cleared(now: datetime) -> dict[str, str]:
    """Retail lists of lane B that customs cleared before this month and that no summary holds (R-302)."""
    rows = Exported.objects.filter(lane=LANE, mode__in=RETAIL, summary=None, cleared_on__lt=civil_date(now).replace(day=1))
    return dict(rows.values_list("declaration__order_no", "declaration__invt_no"))


def _arrived(now: datetime) -> None:
    """The goods of every import return that customs let in are noted at their site, so that quota and tax are given back."""
    with _standing(now):
        for row in FollowUp.objects.filter(kind=RETURN_OF[IMPORT], state="concluded").select_related("declaration"):
            arrive(OPERATOR, row.pk, civil_date(now), returned_to(row) or "A1")
        worker.drain()


# ── time ──────────────────────────────────────────────────────────────────────
@contextmanager
def _stamped() -> Iterator[None]:
    """Within it the database writes STAMPS by the simulated moment, so that clocks and reconciliation see one time only."""
    with connection.cursor() as cursor:
        before = []
        for table, column in STAMPS:
            cursor.execute(DEFAULT, [table, column])
            before.append((table, column, cursor.fetchall()[0][0]))
            cursor.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {STANDING}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for table, column, default in before:
                cursor.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {default}")


@contextmanager
def _standing(now: datetime) -> Iterator[None]:
    """Within it the platform's clock and the database's stamps stand at the moment."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('gongfu.moment', %s, false)", [now.isoformat()])
        with clock.standing_at(now):
            yield
        cursor.execute("SELECT set_config('gongfu.moment', '', false)")


def _pass(stage: Stage, due: list[Delivery]) -> None:
    """Hand these in when they are due, let everything come to rest, and let the night after be worked."""
    last = _moment(due[-1].at) if due else stage.now
    end = max(last + AFTER, _midnight_after(last) + BEAT)
    while stage.now < end:
        with _standing(stage.now):
            while due and _moment(due[0].at) <= stage.now:
                one = due.pop(0)
                accept(WORKER, one.data, zone=stage.plan.code, sender_code=one.sender.code, channel="api")
            _beat(stage)
        stage.now = min(_next(stage, due), end)


def _next(stage: Stage, due: list[Delivery]) -> datetime:
    """The beat at which something is due next: a message, an answer of customs, a midnight; the next one while customs is silent."""
    after = stage.now + BEAT
    if _silent(stage.episode, after):
        return after
    answers = stage.window.next_at()
    moments = [_midnight_after(stage.now)]
    moments += [_moment(due[0].at)] if due else []
    moments += [] if answers is None else [datetime.fromtimestamp(answers, BEIJING)]
    beats = -((stage.now - min(moments)) // BEAT)
    return max(after, stage.now + beats * BEAT)


def _moment(told: datetime) -> datetime:
    return told.replace(tzinfo=BEIJING)


def _midnight_after(now: datetime) -> datetime:
    return datetime.combine(now.date() + timedelta(days=1), MIDNIGHT, BEIJING)


def _silent(episode: Episode, now: datetime) -> bool:
    if episode.silent is None:
        return False
    first, last = (_moment(episode.start) + timedelta(minutes=one) for one in episode.silent)
    return first <= now < last


def _beat(stage: Stage) -> None:
    """Everything that can happen at this moment: our work, the way out, customs, the way back, and at midnight what recurs."""
    worker.drain()
    turn(stage.folder)
    if not _silent(stage.episode, stage.now):
        stage.window.take(stage.now)
        stage.window.give(stage.now.timestamp())
    turn(stage.folder)
    worker.drain()
    if stage.now.time() == MIDNIGHT:
        strike(stage.now)
        worker.drain()
        stage.nights += 1


# ── what became of it ─────────────────────────────────────────────────────────
def count(episode: Episode, seed: int, nights: int = 0) -> Outcome:
    """The outcome as the rows tell it."""
    messages = Message.objects.exclude(channel="customs")
    lists = list(Declaration.objects.order_by("order_no", "id"))
    found = Outcome(episode.name, seed, messages.count(), messages.filter(state="refused").count(), nights=nights)
    found.modes = _by_way(lists)
    for name in FIGURES:
        setattr(found, name, sum(one[name] for one in found.modes.values()))
    found.collected, found.forms = Collection.objects.count(), SummaryForm.objects.count()
    found.items = _items()
    found.signals = sum(number for name, number in found.items.items() if name.partition(" ")[2].startswith("R-"))
    found.reasons = dict(sorted(Counter(row.reason for row in lists if row.reason).items()))
    found.violations = {name: rows for name, rows in violations().items() if rows}
    found.trace = _trace(lists, found)
    return found


def _by_way(lists: list[Declaration]) -> dict[str, dict[str, int]]:
    """FIGURES of each direction and mode."""
    accepted = set(Move.objects.filter(state="ready").values_list("declaration_id", flat=True))
    back = set(FollowUp.objects.filter(**BACK).values_list("declaration_id", flat=True))
    found: dict[str, dict[str, int]] = {}
    for row in lists:
        one = found.setdefault(f"{row.flow} {row.mode}", dict.fromkeys(FIGURES, 0))
        one["lists"] += 1
        one["accepted"] += row.pk in accepted
        one["released"] += row.state in RELEASED
        one["refused"] += row.state in REFUSED
        one["held"] += row.state == "held"
        one["waiting"] += row.state == "waiting"
        one["late"] += _minutes(row) > LATE_MINUTES
        one["returned"] += row.pk in back
    return dict(sorted(found.items()))


def _minutes(row: Declaration) -> float:
    return (row.released_at - row.received_at).total_seconds() / 60 if row.released_at else 0.0


def _items() -> dict[str, int]:
    """What is to be cleared up and is not yet, by source and kind."""
    told = risk.items(OPERATOR).filter(state="open").values_list("source", "kind")
    return dict(sorted(Counter(f"{source} {kind}" for source, kind in told).items()))


def _trace(lists: list[Declaration], found: Outcome) -> str:
    """A fingerprint of every list's end, its official number and moment, of what followed, of every account and of what the nights found."""
    told: list[tuple[Any, ...]] = [
        (row.order_no, row.state, row.reason, row.invt_no, str(row.released_at)) for row in lists
    ]
    followed = ("kind", "sender_code", "number", "state", "official_no", "returned_at")
    told += list(FollowUp.objects.order_by(*followed).values_list(*followed))
    accounts = ("kind", "period", "limit_units", "committed_units", "reserved_units")
    told += list(Account.objects.order_by(*accounts).values_list(*accounts))
    told += [*found.items.items(), ("collected", found.collected), ("forms", found.forms), ("nights", found.nights)]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def in_words(found: Outcome) -> str:
    """The outcome for people."""
    told = found.as_dict()
    names = ("messages", "messages_refused", *FIGURES, "collected", "forms", "nights", "signals")
    rows = [f"{name:>17}  {told[name]:,}" for name in names]
    rows += [f"{code:>29}  {number:,}" for code, number in (found.reasons | found.items).items()]
    rows += ["", f"{'':>17}" + "".join(f"{name:>10}" for name in FIGURES)]
    rows += [f"{way:>17}" + "".join(f"{one[name]:>10,}" for name in FIGURES) for way, one in found.modes.items()]
    broken = [f"{name}: {row}" for name, all_ in found.violations.items() for row in all_] or ["every invariant holds"]
    return "\n".join([f"{found.scenario} (seed {found.seed}), trace {found.trace}", *rows, *broken])
