"""Rows of the bench of modes: each mode's whole path, the bonded book with every list drawing on one hot item, a month's summary, and the daily reconciliation."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import datetime, time
from random import Random
from time import perf_counter

import bench.ready  # noqa: F401  isort: skip
import polars as pl
from django.db import connections, transaction

from bench import bare as pipeline
from bench.intake import Row, _row
from bench.material import BUYERS, keyring, material, today
from bench.rows import verified
from gongfu.base.access.actor import WORKER
from gongfu.base.events import worker
from gongfu.base.events.bus import LANES, QUIET
from gongfu.base.kit.beijing import BEIJING
from gongfu.base.ledgers.models import Account
from gongfu.config import datafolder
from gongfu.config.demo import enrol
from gongfu.modules.declarations import queries as declarations
from gongfu.modules.declarations.models import Declaration
from gongfu.modules.intake.actions import accept
from gongfu.modules.matching import queries as matching
from gongfu.modules.risk.rules import reconciling
from gongfu.modules.tax import actions as tax
from gongfu.peers.day import SENDERS, message
from gongfu.peers.firms import Firm, Keyring, firms
from gongfu.peers.orders import Unit, goods, make
from gongfu.zones.plan import Plan, plans

WORKERS, PER, KIND = 2, 100, "CEB621Message"
TURN = 10  # hundreds of purchases that wait at once, as they do in a flow


def bare(lists: int) -> Row:
    """The bare pipeline in this process, over purchases that are imports under 9610."""
    keys = keyring(datafolder.path())
    made = material(keys, lists, PER, today(), start=5_000_000)
    certificates = {firm.code: [keys.of(firm)[1]] for firm in made.senders.values()}
    pipeline.make_tables()
    spent, number = [], 5_000_000
    for group in made.groups:
        began = perf_counter()
        number = pipeline._one(verified(group, certificates), number)
        spent.append(perf_counter() - began)
    return _row("bare", lists, spent)


def whole_path(name: str, mode: str, export: bool, lists: int) -> Row:
    """Messages of every party handed in and worked until nothing but quiet work is left, by this process alone.

    RuntimeError when a list has not gone out to the single window.
    """
    plan, keys = plans()["nanchong"], keyring(datafolder.path())
    enrol(plan, keys, today())
    rng = Random(name)
    messages = _messages(keys, _purchases(plan, mode, export, lists, rng), rng)
    before, spent = _put_out(mode, export), []
    began = perf_counter()
    for turn in range(0, len(messages), TURN):
        start = perf_counter()
        for sender, data in (one for group in messages[turn : turn + TURN] for one in group):
            accept(WORKER, data, zone=plan.code, sender_code=sender.code, channel="bench")
        while sum(worker.run_lane(lane) for lane in LANES if lane not in QUIET):
            pass
        spent.append(perf_counter() - start)
    wall = perf_counter() - began
    if _put_out(mode, export) - before != lists:
        raise RuntimeError(f"{name}: {_put_out(mode, export) - before} of {lists} lists went out; {_reasons(mode, export)}")
    worker.drain()
    return _row(name, lists, spent, wall)


def _purchases(plan: Plan, mode: str, export: bool, lists: int, rng: Random) -> list[Unit]:
    """Sound purchases of one firm of each kind."""
    known = {kind: group[:1] for kind, group in firms(plan).items()}
    stock = [one for one in goods() if not str(one["hs10"]).startswith(("33", "22"))]
    at, first = datetime.combine(today(), time(9), BEIJING), 1_000_000 * (1 + sum(map(ord, f"{mode}{export}")) % 8)
    return [make(plan, first + number, rng, at, stock, mode, export, BUYERS, known) for number in range(lists)]


def _messages(keys: Keyring, units: list[Unit], rng: Random) -> list[list[tuple[Firm, bytes]]]:
    """For each hundred purchases, the signed messages about them in the order in which they are sent."""
    groups = []
    for at in range(0, len(units), PER):
        part = units[at : at + PER]
        kinds = [kind for kind in SENDERS if kind in part[0].heads]
        senders = [getattr(part[0], SENDERS[kind]) for kind in kinds]
        groups.append([(sender, message(kind, sender, part, keys, rng)) for kind, sender in zip(kinds, senders, strict=True)])
    return groups


def _put_out(mode: str, export: bool) -> int:
    rows = Declaration.objects.filter(mode=mode, flow="E" if export else "I")
    return int(rows.exclude(state__in=("waiting", "held", "refused", "cancelled")).count())


def _reasons(mode: str, export: bool) -> dict[str, int]:
    rows = Declaration.objects.filter(mode=mode, flow="E" if export else "I").values_list("state", "reason")
    return dict(Counter(f"{state} {reason}" for state, reason in rows))


def summary(lists: int) -> Row:
    """A month of that many cleared lists merged to forms. RuntimeError when the forms do not hold every line and fen."""
    from bench import summary as month

    month.fill(lists)
    told = month.measure()
    if not told.exact:
        raise RuntimeError("the forms do not add up to the lists")
    return _row("summary", lists, [told.seconds], told.seconds, told.peak_mib)


def hot_item(lists: int) -> Row:
    """Lists of one bonded item assessed and reserved (quota, book, guarantee) by two workers in batches; the book must agree at the end.

    What limits it is the item's one row: a batch holds it from its lock to its commit, so that batches queue. RuntimeError on a lost update.
    """
    plan, keys = plans()["nanchong"], keyring(datafolder.path())
    enrol(plan, keys, today())
    units = _bought(plan, lists)
    _hand_in(plan, keys, units)
    batches = [units[at : at + PER] for at in range(0, lists, PER)]
    spent: list[float] = []
    began = perf_counter()
    threads = [threading.Thread(target=_work, args=(batches[at::WORKERS], spent)) for at in range(WORKERS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    wall = perf_counter() - began
    drawn = sum(int(line["qty"]) for unit in units for line in unit.lines[KIND])
    grams = int(str(_item()["net_g"])) * drawn
    account = Account.objects.get(kind="bonded_book", period=f"R{_item()['goods_id']}")
    if account.reserved_units != grams * 100:
        raise RuntimeError(f"the book says {account.reserved_units}, the lists drew {grams * 100}")
    return _row("1210_hot_item", lists, spent, wall)


def _item() -> dict[str, object]:
    return next(one for one in goods() if int(str(one["net_g"])) == 200 and int(str(one["price_fen"])) < 10_000)


def _bought(plan: Plan, lists: int) -> list[Unit]:
    rng, at = Random("hot"), datetime.combine(today(), time(9), BEIJING)
    known = {kind: group[:1] for kind, group in firms(plan).items()}
    return [make(plan, number, rng, at, [_item()], "1210", False, BUYERS, known) for number in range(lists)]


def _hand_in(plan: Plan, keys: Keyring, units: list[Unit]) -> None:
    """Only the lists: they are recorded and wait, so that the clock runs on assessing alone."""
    sender = firms(plan)["declarant"][0]
    for at in range(0, len(units), PER):
        data = message(KIND, sender, units[at : at + PER], keys, Random(at))
        accept(WORKER, data, zone=plan.code, sender_code=sender.code, channel="bench")
    worker.drain()


def _work(batches: list[list[Unit]], spent: list[float]) -> None:
    try:
        for batch in batches:
            began = perf_counter()
            with transaction.atomic():
                lists = matching.waiting([[one.platform.code, one.order_no] for one in batch], [])
                tax.assess_imports(WORKER, lists)
            spent.append(perf_counter() - began)
    finally:
        connections.close_all()


def reconciliation(records: int) -> Row:
    """The three-way comparison with the single window: so many documents, two receipts for each, one in a thousand differing.

    Frames only, as the daily run takes them from its three queries; what limits it is sorting the receipts. RuntimeError when a planted difference is missed.
    """
    sent, receipts, known = _three_ways(records)
    began = perf_counter()
    found = reconciling.window(
        sent, receipts, known, fold=declarations.folded, now=datetime.now(BEIJING), answer_hours=24
    )
    wall = perf_counter() - began
    planted = len(range(0, records, 1_000))
    if found.height != planted:
        raise RuntimeError(f"{planted} differences were planted, {found.height} found")
    return _row("reconciliation", records, [wall], wall)


def _three_ways(records: int) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Sent, receipts and state of so many lists; every thousandth stands as accepted though customs released it."""
    at = pl.lit(datetime.now(BEIJING)).cast(pl.Datetime("us", "UTC"))
    rows = pl.DataFrame({"n": pl.int_range(records, eager=True)}).with_columns(
        key=pl.format("{}-GF", pl.col("n").cast(pl.String).str.zfill(33))
    )
    sent = rows.select("key", type=pl.lit(KIND), queued_at=at, delivered_at=at)
    told = [
        rows.select("key", status=pl.lit(status), returned_at=pl.lit(moment), rank=pl.lit(rank))
        for status, moment, rank in (("120", "20261128090000000", 1), ("800", "20261128100000000", 6))
    ]
    state = pl.when(pl.col("n") % 1_000 == 0).then(pl.lit("accepted")).otherwise(pl.lit("released"))
    known = rows.select("key", type=pl.lit(KIND), state=state, party_code=pl.lit("91510000"), declaration="n")
    return sent, pl.concat(told).sample(fraction=1, shuffle=True, seed=1), known
