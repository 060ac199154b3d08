"""Lists and what follows them as they are decoded, and the official receipts that move both."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from gongfu.base.access.actor import WORKER
from gongfu.base.events.bus import announce, hears
from gongfu.base.kit.beijing import civil_date
from gongfu.core.documents import drafts
from gongfu.core.rule import Finding
from gongfu.modules.declarations import actions, cited, exports, following, online_returns, overseas, queries, receipts
from gongfu.modules.declarations.events import DeclarationsMoved, FollowUpsMoved, FollowUpsRecorded
from gongfu.modules.declarations.follow_ups import CANCELLATIONS, KINDS, SUMMARY, FollowUpKind
from gongfu.modules.declarations.rules import exporting, lists
from gongfu.modules.declarations.rules.known import Known
from gongfu.modules.declarations.rules.returns import TALLY
from gongfu.modules.feeds.events import ListsSought
from gongfu.modules.goods import queries as goods
from gongfu.modules.intake.events import MessagesDecoded, MessagesTried
from gongfu.modules.parties import queries as parties
from gongfu.modules.trade import queries as trade
from gongfu.modules.trade.events import ChangesSought, FlowsRecorded
from gongfu.zones.plan import plans

CHECKS: dict[str, Callable[..., list[tuple[int, Finding]]]] = {
    "CEB621Message": lists.import_findings,
    "CEB603Message": lists.export_findings,
}
DAY = {"CEB621Message": "declTime", "CEB603Message": "appTime"}
FILED = {
    "CEB621Message": {
        "ebpCode": "platform",
        "ebcCode": "ecommerce",
        "logisticsCode": "logistics",
        "agentCode": "declarant",
        "areaCode": "warehouse",
    },
    "CEB603Message": {
        "ebpCode": "platform",
        "ebcCode": "ecommerce",
        "logisticsCode": "logistics",
        "agentCode": "declarant",
    },
}


@hears(MessagesTried)
def judge(event: MessagesDecoded) -> None:
    """Say what is wrong with each list by itself; nothing is written."""
    if event.type not in CHECKS:
        return
    heads, items, outcome = event.heads, event.items, event.outcome
    for (zone,), part in heads.group_by("zone", maintain_order=True):
        own = items.filter(pl.col("document").is_in(part["document"].implode()))
        outcome.refuse(CHECKS[event.type](part, own, plans()[str(zone)]))
    outcome.refuse(parties.unfiled(heads, FILED[event.type], event.at))
    outcome.refuse(trade.wrong_senders(heads, ("agentCode", "ebcCode"), event.at))
    outcome.refuse(lists.early(heads, DAY[event.type]))
    outcome.refuse(goods.unlike(heads, items))
    if event.type == "CEB603Message":
        _judge_exports(event)


def _judge_exports(event: MessagesDecoded) -> None:
    """What exports need by the day they were declared on, and controls that may close their lane (R-301, R-307, R-403, R-405)."""
    heads, items = event.heads, event.items
    event.outcome.refuse(exporting.special_areas(heads))
    if exporting.asks_money(heads):
        sellers = parties.kinds(heads["ebcCode"].unique(), civil_date(event.at))
        filed = [code for code, kinds in sellers.items() if "overseas_warehouse" in kinds]
        collected = trade.collected(heads.select("ebpCode", "orderNo").rows())
        event.outcome.refuse(exporting.by_day(heads, collected, filed))
    told = goods.controls(items["gcode"].unique(), "E", civil_date(event.at))
    names = {code: [(zh, en) for _, zh, en in flags] for code, flags in told.items()}
    flags = {code: [flag for flag, _, _ in found] for code, found in told.items()}
    event.outcome.refuse(exporting.doubtful(heads, items, names, flags))


@hears(MessagesDecoded)
def record_lists(event: MessagesDecoded) -> None:
    """Check each list by itself; the sound ones are kept and wait for their order, payment and waybill."""
    if event.type not in CHECKS:
        return
    judge(event)
    heads, items, outcome = event.heads, event.items, event.outcome
    sound = heads.filter(~pl.col("document").is_in(outcome.refused()))
    if sound.is_empty():
        return
    young = [number for number, said in outcome.findings.items() if any(one.code == lists.YOUNG for one in said)]
    kept = actions.record(
        WORKER,
        sound.with_columns(
            reason=pl.when(pl.col("document").is_in(young)).then(pl.lit(lists.YOUNG)).otherwise(pl.lit(""))
        ),
        items.join(sound.select("document"), on="document", how="semi"),
        event.type,
    )
    outcome.refuse(kept.findings)
    for zone in kept.zones:
        orders = [[ebp, order] for where, ebp, order in kept.orders if where == zone]
        if orders:
            announce(FlowsRecorded(zone, orders, []), zone=zone)


@hears(ChangesSought)
def tell_settled(event: ChangesSought) -> None:
    """The lists that were sent on with these orders or waybills, so that nobody changes what they rest on (R-1507)."""
    event.settled.update(queries.sent_on(event.keys, by_waybill=event.by_waybill))


@hears(MessagesTried)
def judge_follow_ups(event: MessagesDecoded) -> None:
    """Say what is wrong with each follow-up document; nothing is written."""
    if event.type in KINDS:
        _judged(KINDS[event.type], event, lock=False)


@hears(MessagesDecoded)
def record_follow_ups(event: MessagesDecoded) -> None:
    """Check each follow-up document against the lists it is about, and keep the sound ones."""
    if event.type not in KINDS:
        return
    kind = KINDS[event.type]
    items, known = _judged(kind, event, lock=True)
    refused = event.outcome.refused()
    sound = event.heads.filter(~pl.col("document").is_in(refused))
    if not sound.is_empty():
        event.outcome.refuse(following.record(WORKER, kind, sound, items, known, event.outcome.findings).findings)
        online_returns.handed_in(event.type, sound["message_id"].unique().to_list())


def _judged(kind: FollowUpKind, event: MessagesDecoded, *, lock: bool) -> tuple[pl.DataFrame, Known]:
    """Its lines, numbered, and what its rules knew; the findings are in the outcome."""
    heads, items = event.heads, event.items
    if "gnum" not in items.columns:
        items = items.with_columns(gnum=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("document"))
    known = cited.known(kind, heads, items, event.at, lock=lock)
    event.outcome.refuse(drafts(heads))
    event.outcome.refuse(parties.unfiled(heads, dict(kind.filed), event.at))
    if kind.senders:
        event.outcome.refuse(trade.wrong_senders(heads, kind.senders, event.at))
    event.outcome.refuse(kind.check(heads, items, known))
    return items, known


@hears(FollowUpsMoved)
def cancel(event: FollowUpsMoved) -> None:
    """Customs has agreed to cancellations: their lists are cancelled, and what was reserved for them comes free."""
    if event.kind in CANCELLATIONS and event.concluded:
        actions.cancel(WORKER, list(event.concluded))


@hears(DeclarationsMoved)
def note_clearance(event: DeclarationsMoved) -> None:
    """Cleared export lists are to be summarised (R-302)."""
    if event.closed:
        exports.clear(WORKER, event.closed)


@hears(DeclarationsMoved)
def stock_overseas(event: DeclarationsMoved) -> None:
    """Released goods for overseas warehouses are in the ledger from now on (R-408)."""
    if event.released:
        overseas.put_in(WORKER, event.released)


@hears(FollowUpsRecorded)
def take_into_summaries(event: FollowUpsRecorded) -> None:
    """The lists of a summary application belong to it from now on."""
    if event.kind == SUMMARY:
        exports.take_in(WORKER, event.follow_ups)


@hears(FollowUpsMoved)
def follow_exports(event: FollowUpsMoved) -> None:
    """Master bills and departures say how lists travel; lists of a refused summary come free."""
    if event.kind in ("CEB607Message", "CEB509Message") and event.concluded:
        exports.ship(WORKER, event.kind, event.concluded)
    if event.kind == SUMMARY and event.ended:
        exports.give_back(WORKER, event.ended)


@hears(MessagesDecoded)
def hear_results(event: MessagesDecoded) -> None:
    """The forms that customs made of summaries."""
    if event.type == "CEB792Message":
        exports.record_results(WORKER, event.heads, event.items)


@hears(FollowUpsMoved)
def follow_applications(event: FollowUpsMoved) -> None:
    """Applications made on line follow the return that was handed in for them."""
    online_returns.ended(event.kind, event.concluded, event.ended)


@hears(FollowUpsMoved)
def tally(event: FollowUpsMoved) -> None:
    """A concluded tally says that the goods of its export return are at the site."""
    if event.kind == TALLY and event.concluded:
        actions.tallied(WORKER, list(event.concluded))


@hears(MessagesDecoded)
def hear_receipts(event: MessagesDecoded) -> None:
    """Receipts of lists and of what follows them, from the single window."""
    if event.type in receipts.ANSWERS:
        receipts.record(event.type, event.heads)
        alone = queries.orphaned(event.heads["message_id"].to_list())
        event.outcome.refuse(
            [
                (number, Finding("DOWN-ORPHAN", guid, field="guid", value=guid, rules=("R-005",)))
                for number, message, guid in event.heads.select("document", "message_id", "guid").iter_rows()
                if (message, guid) in alone
            ]
        )


@hears(ListsSought)
def tell_lists(event: ListsSought) -> None:
    """The 9610 lists that may be among the parcels of a mail or express list (R-910)."""
    if event.parcels is not None:
        event.found.append(queries.lists_among(event.zone, event.parcels))
    else:
        event.found.append(queries.lists_of(event.messages))
