"""Rows of the bench of modes: each mode's whole path to customs' last receipt and back to the sender, returns of imports, a month's summary."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, time
from random import Random
from time import perf_counter

import bench.ready  # noqa: F401  isort: skip
from django.conf import settings

from bench import bare as pipeline
from bench.intake import Row, _row
from bench.material import BUYERS, keyring, material, today
from bench.rows import verified
from gongfu.base.access.actor import OPERATOR, WORKER
from gongfu.base.events import worker
from gongfu.base.events.bus import LANES, QUIET
from gongfu.base.kit.beijing import BEIJING
from gongfu.config import datafolder
from gongfu.config.demo import enrol
from gongfu.config.exchange import turn
from gongfu.core.ceb import codec
from gongfu.modules.declarations.actions import arrive
from gongfu.modules.declarations.models import Declaration, FollowUp
from gongfu.modules.declarations.queries import returned_to
from gongfu.modules.intake.actions import accept
from gongfu.modules.intake.models import Receipt
from gongfu.modules.tax.models import Returned
from gongfu.peers.afterwards import RETURN_OF, goods_return
from gongfu.peers.day import SENDERS, message, signed
from gongfu.peers.firms import Firm, Keyring, firms
from gongfu.peers.orders import Unit, goods, make
from gongfu.peers.single_window import Scenario, Window, run
from gongfu.zones.plan import Plan, plans

PER, LIST, CLOSED = 100, "CEB621Message", "899"
TURN = 10  # hundreds of purchases that wait at once, as they do in a flow
# Customs takes everything and answers each list with stored, accepted, released and closed, one receipt message each.
TAKES_ALL = Scenario(
    rejected=0, review=0, inspected=0, silent=0, repeated=0, late=0, orphaned=0, unknown=0, bill_differs=0, shuffled=False
)  # fmt: skip
Messages = list[list[tuple[Firm, bytes]]]


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
    """Messages of every party handed in and worked by this process alone, out to the single window, and customs' receipts until the last
    is with the sender; only quiet work is left. What customs' stand-in takes for its answers is not counted.

    RuntimeError when a list is not closed, or its sender has not been told so.
    """
    plan, keys = plans()["nanchong"], keyring(datafolder.path())
    enrol(plan, keys, today())
    rng = Random(name)
    units = _purchases(plan, mode, export, lists, rng)
    before, spent = _told(mode, export), _worked(plan, _messages(keys, units, rng))
    if _told(mode, export) - before != lists:
        raise RuntimeError(f"{name}: {_told(mode, export) - before} of {lists} lists closed and told; {_reasons(mode, export)}")
    worker.drain()
    return _row(name, lists, spent)


def import_return(lists: int) -> Row:
    """The imports of mode 9610 that were closed come back whole: returns handed in, out, concluded, noted at their site, tax and quota given back."""
    plan, keys, rng = plans()["nanchong"], keyring(datafolder.path()), Random("9610_import")
    units = _purchases(plan, "9610", False, lists, rng)
    messages = _returns(keys, units, Random("back"))
    before, spent = Returned.objects.values("follow_up").distinct().count(), _worked(plan, messages)
    began = perf_counter()
    for row in FollowUp.objects.filter(kind=RETURN_OF[LIST], state="concluded").select_related("declaration"):
        arrive(OPERATOR, row.pk, today(), returned_to(row) or "A1")
    _work()
    spent.append(perf_counter() - began)
    done = Returned.objects.values("follow_up").distinct().count() - before
    if done != lists:
        raise RuntimeError(f"import_return: {done} of {lists} returns gave tax and quota back")
    worker.drain()
    return _row("import_return", lists, spent)


def _worked(plan: Plan, messages: Messages) -> list[float]:
    """Seconds of each turn: messages in, out to the single window, and its receipts back."""
    window, folder, spent = Window(settings.LINK_FOLDER, TAKES_ALL, 1), datafolder.path(), []
    for at in range(0, len(messages), TURN):
        began = perf_counter()
        for sender, data in (one for group in messages[at : at + TURN] for one in group):
            accept(WORKER, data, zone=plan.code, sender_code=sender.code, channel="bench")
        _work()
        turn(folder)
        there = perf_counter()
        run(window, once=True)
        back = perf_counter()
        turn(folder)
        _work()
        spent.append(perf_counter() - back + there - began)
    return spent


def _work() -> None:
    """Until nothing but quiet work is left."""
    while sum(worker.run_lane(lane) for lane in LANES if lane not in QUIET):
        pass


def _returns(keys: Keyring, units: list[Unit], rng: Random) -> Messages:
    """Returns of whole lists in messages of a hundred, in the order of the lists."""
    numbers = dict(Declaration.objects.filter(flow="I", mode="9610", state="closed").values_list("order_no", "invt_no"))
    now, groups = datetime.now(BEIJING), []
    for at in range(0, len(units), PER):
        made = [_return(unit, numbers[unit.order_no], now, rng, at + place) for place, unit in enumerate(units[at : at + PER])]
        sender = units[at].agent
        groups.append([(sender, signed(RETURN_OF[LIST], sender, made, keys, rng))])
    return groups


def _return(unit: Unit, number: str, now: datetime, rng: Random, place: int) -> codec.Document:
    lines = unit.lines[LIST]
    made = goods_return(LIST, unit.heads[LIST], lines, {int(line["gnum"]): line["qty"] for line in lines}, number, now, rng)
    made.position, made.head["copNo"] = place % PER, f"BACK{place}"
    return made


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


def _told(mode: str, export: bool) -> int:
    """Lists that customs closed and whose sender has its receipt of that."""
    rows = Declaration.objects.filter(mode=mode, flow="E" if export else "I", state="closed")
    heard = Receipt.objects.filter(origin="customs", status=CLOSED, document_guid__in=rows.values("guid"))
    return int(heard.values("document_guid", "party_code").distinct().count())


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
