"""The row of one hot item: every list draws on the same item of a bonded book while others give theirs back or use it up."""

from __future__ import annotations

import threading
from datetime import datetime, time
from queue import SimpleQueue
from random import Random
from time import perf_counter

import bench.ready  # noqa: F401  isort: skip
from django.db import connection, connections, transaction
from django.db.models import Sum

from bench.intake import Row, _row
from bench.material import BUYERS, keyring, today
from bench.mode_rows import LIST, PER
from gongfu.base.access.actor import WORKER
from gongfu.base.events import worker
from gongfu.base.kit.beijing import BEIJING
from gongfu.base.ledgers.models import Account
from gongfu.config import datafolder
from gongfu.config.demo import enrol
from gongfu.modules.declarations.models import Line
from gongfu.modules.intake.actions import accept
from gongfu.modules.matching import queries as matching
from gongfu.modules.tax import actions as tax
from gongfu.peers.day import message
from gongfu.peers.firms import Keyring, firms
from gongfu.peers.orders import Unit, goods, make
from gongfu.zones.plan import Plan, plans

WORKERS, UNITS = 2, 100_000  # ledger units of a kilogram
Reserved = SimpleQueue[list[int] | None]


def hot_item(lists: int) -> Row:
    """Lists of one bonded item assessed and reserved (quota, book, guarantee) by two workers in batches, while a third commits every other
    reserved list and releases the rest; the book must agree at the end, to the gram.

    What limits it is the item's one row: a batch holds it from its lock to its commit, so that batches queue. RuntimeError on a lost update.
    """
    plan, keys = plans()["nanchong"], keyring(datafolder.path())
    enrol(plan, keys, today())
    units = _bought(plan, lists)
    _hand_in(plan, keys, units)
    batches = [units[at : at + PER] for at in range(0, lists, PER)]
    spent: list[float] = []
    used: list[int] = []
    reserved: Reserved = SimpleQueue()
    before = _account()
    began = perf_counter()
    reserving = [threading.Thread(target=_reserve, args=(batches[at::WORKERS], spent, reserved)) for at in range(WORKERS)]
    settling = threading.Thread(target=_settle, args=(reserved, used))
    for one in (*reserving, settling):
        one.start()
    for one in reserving:
        one.join()
    reserved.put(None)
    settling.join()
    wall = perf_counter() - began
    if len(used) != sum(-(-len(one) // 2) for one in batches):
        raise RuntimeError(f"{len(used)} of {lists} lists were used")
    _agrees(before, used)
    return _row("1210_hot_item", lists, spent, wall)


def _reserve(batches: list[list[Unit]], spent: list[float], reserved: Reserved) -> None:
    try:
        for batch in batches:
            began = perf_counter()
            with transaction.atomic():
                lists = matching.waiting([[one.platform.code, one.order_no] for one in batch], [])
                tax.assess_imports(WORKER, lists)
            spent.append(perf_counter() - began)
            reserved.put(lists["declaration"].to_list())
    finally:
        connections.close_all()


def _settle(reserved: Reserved, used: list[int]) -> None:
    """Of every batch that was reserved, use up the even lists and give the odd ones back."""
    try:
        while (batch := reserved.get()) is not None:
            with transaction.atomic():
                tax.settle_reserved(WORKER, batch[::2], batch[1::2])
            used += batch[::2]
    finally:
        connections.close_all()


def _account() -> tuple[int, int]:
    """(reserved, committed) of the item, in ledger units."""
    row = Account.objects.get(kind="bonded_book", period=f"R{_item()['goods_id']}")
    return row.reserved_units, row.committed_units


def _agrees(before: tuple[int, int], used: list[int]) -> None:
    """RuntimeError unless the item's row holds exactly what the lists used, and so do its entries."""
    kilos = Line.objects.filter(declaration__in=used).aggregate(n=Sum("qty1"))["n"] or 0
    wanted = (before[0], before[1] + int(kilos * UNITS))
    if _account() != wanted:
        raise RuntimeError(f"the book says {_account()}, the lists used {wanted}")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(CASE m.verb WHEN 'reserve' THEN m.amount_units WHEN 'reverse' THEN 0 ELSE -m.amount_units END)::bigint, "
            "sum(CASE m.verb WHEN 'commit' THEN m.amount_units WHEN 'reverse' THEN -m.amount_units ELSE 0 END)::bigint FROM ledgers_movement m "
            "JOIN ledgers_account a ON a.id = m.account_id WHERE a.kind = 'bonded_book' AND a.period = %s AND m.verb <> 'deposit'",
            [f"R{_item()['goods_id']}"],
        )
        entries = cursor.fetchone()
    if entries != wanted:
        raise RuntimeError(f"the book's entries sum to {entries}, the lists used {wanted}")


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
        data = message(LIST, sender, units[at : at + PER], keys, Random(at))
        accept(WORKER, data, zone=plan.code, sender_code=sender.code, channel="bench")
    worker.drain()
