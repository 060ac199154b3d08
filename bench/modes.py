"""Rows of the bench of modes: the bonded book with every list drawing on one hot item, and the daily reconciliation."""

from __future__ import annotations

import threading
from datetime import datetime, time
from random import Random
from time import perf_counter

import bench.ready  # noqa: F401  isort: skip
import polars as pl
from django.db import connections, transaction

from bench.intake import Row, _row
from bench.material import BUYERS, keyring, today
from gongfu.base.access.actor import WORKER
from gongfu.base.events import worker
from gongfu.base.kit.beijing import BEIJING
from gongfu.base.ledgers.models import Account
from gongfu.config import datafolder
from gongfu.config.demo import enrol
from gongfu.modules.declarations import queries as declarations
from gongfu.modules.intake.actions import accept
from gongfu.modules.matching import queries as matching
from gongfu.modules.risk.rules import reconciling
from gongfu.modules.tax import actions as tax
from gongfu.peers.day import message
from gongfu.peers.firms import Keyring, firms
from gongfu.peers.orders import Unit, goods, make
from gongfu.zones.plan import Plan, plans

WORKERS, PER, KIND = 2, 100, "CEB621Message"


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
