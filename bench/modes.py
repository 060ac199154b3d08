"""Rows of the bench of modes: so far the bonded book, every list drawing on one hot item."""

from __future__ import annotations

import threading
from datetime import datetime, time
from random import Random
from time import perf_counter

import bench.ready  # noqa: F401  isort: skip
from django.db import connections, transaction

from bench.intake import Row, _row
from bench.material import BUYERS, keyring, today
from gongfu.base.access.actor import WORKER
from gongfu.base.events import worker
from gongfu.base.kit.beijing import BEIJING
from gongfu.base.ledgers.models import Account
from gongfu.config import datafolder
from gongfu.config.demo import enrol
from gongfu.modules.intake.actions import accept
from gongfu.modules.matching import queries as matching
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
