"""Lists and what follows them as they are decoded, and the official receipts that move both."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import polars as pl

from gongfu.base.access.actor import WORKER, Actor
from gongfu.base.events import worker
from gongfu.base.events.bus import announce, hears
from gongfu.base.jobs.kinds import Made, Progress, kind
from gongfu.base.kit.beijing import civil_date
from gongfu.base.screens import workbooks
from gongfu.core.documents import drafts
from gongfu.core.rule import Finding
from gongfu.modules.declarations import (
    actions,
    book_sheet,
    bookkeeping,
    books,
    cited,
    exports,
    following,
    listed,
    online_returns,
    overseas,
    parts,
    queries,
    receipts,
    sites,
    summarising,
)
from gongfu.modules.declarations.events import (
    DeclarationsMoved,
    FollowUpsMoved,
    FollowUpsRecorded,
    ListsTold,
    ReturnsArrived,
)
from gongfu.modules.declarations.follow_ups import CANCELLATIONS, KINDS, RETURNS, SUMMARY, FollowUpKind
from gongfu.modules.declarations.rules import arrivals, exporting, lists
from gongfu.modules.declarations.rules import listed as positive
from gongfu.modules.declarations.rules import sites as places
from gongfu.modules.declarations.rules.known import Known
from gongfu.modules.declarations.rules.returns import TALLY
from gongfu.modules.feeds import queries as feeds
from gongfu.modules.feeds.events import FeedRowsReceived, ListsSought
from gongfu.modules.goods import queries as goods
from gongfu.modules.intake.events import MessagesDecoded, MessagesTried, Outcome
from gongfu.modules.parties import queries as parties
from gongfu.modules.trade import queries as trade
from gongfu.modules.trade.events import ChangesSought, FilesSought, FilesTouched, FlowsRecorded, PartsSought
from gongfu.zones.plan import plans

SUMMARISED = (("部分", "Part"), ("清单", "Lists"), ("报文", "Message"), ("结果", "Result"), ("原因", "Reason"), ("怎么改", "What to do"))
CHECKS: dict[str, Callable[..., list[tuple[int, Finding]]]] = {
    "CEB621Message": lists.import_findings,
    "CEB603Message": lists.export_findings,
}
DAY = {"CEB621Message": "declTime", "CEB603Message": "appTime"}
TOUCHED = 400  # orders whose files and chains are made anew at once
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
        plan = plans()[str(zone)]
        outcome.refuse(CHECKS[event.type](part, own, plan))
        outcome.refuse(places.gate(part, sites.of_zone(plan.code), plan.short, DAY[event.type]))
        if event.type == "CEB621Message":
            _judge_goods(part, own, outcome)
        outcome.refuse(_books(part, plan.code))
    outcome.refuse(parties.unfiled(heads, FILED[event.type], event.at))
    outcome.refuse(trade.wrong_senders(heads, ("agentCode", "ebcCode"), event.at))
    outcome.refuse(lists.early(heads, DAY[event.type]))
    outcome.refuse(lists.late(heads, DAY[event.type]))
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


def _judge_goods(heads: pl.DataFrame, items: pl.DataFrame, outcome: Outcome) -> None:
    """The retail list, trade remedies and suspended goods of each day of declaration (R-119, R-201, R-202)."""
    for (told,), part in heads.group_by("declTime", maintain_order=True):
        on = date(int(str(told)[:4]), int(str(told)[4:6]), int(str(told)[6:8]))
        own = items.filter(pl.col("document").is_in(part["document"].implode()))
        outcome.refuse(positive.findings(part, own, listed.version(on)))
        outcome.refuse(positive.remedies(part, own, on))
        outcome.refuse(positive.suspended(part, own, goods.banned(own.select("gcode", "country").rows(), on)))


def _books(heads: pl.DataFrame, zone: str) -> list[tuple[int, Finding]]:
    """Bonded lists against the books they name (R-212): a remark where customs alone keeps the book, a refusal where another firm
    than the book's operator is the one in the area."""
    bonded = heads.filter(pl.col("tradeMode").is_in(places.BONDED_MODES) & (pl.col("emsNo").fill_null("") != ""))
    inside = "areaCode" if "areaCode" in heads.columns else "iacCode"
    rows = bonded.select("document", "guid", "emsNo", pl.col(inside).fill_null("")).rows()
    kept = books.opened(zone, {row[2] for row in rows})
    firms = parties.credit_codes([*kept.values(), *(row[3] for row in rows)]) if kept else {}
    found = []
    for number, guid, ems_no, firm in rows:
        owner = kept.get(ems_no, "")
        if not owner:
            found.append((number, Finding("BOOK-NOT-KEPT", guid, field="emsNo", value=ems_no, rules=("R-212",))))
        elif firms.get(firm, firm) != firms.get(owner, owner):
            facts = {"book": ems_no}
            found.append((number, Finding("BOOK-OPERATOR", guid, field=inside, value=firm, facts=facts, rules=("R-212",))))
    return found


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
    sound = pl.concat(
        part.with_columns(places.named(part, sites.of_zone(str(zone))))
        for (zone,), part in sound.group_by("zone", maintain_order=True)
    )
    young = [number for number, said in outcome.findings.items() if any(one.code == lists.YOUNG for one in said)]
    held = pl.when(pl.col("document").is_in(young)).then(pl.lit(lists.YOUNG)).otherwise(pl.lit(""))
    # a list and its change may come together: each in its turn
    turns = sound.with_columns(reason=held, turn=pl.int_range(pl.len()).over("ebpCode", "orderNo"))
    for (_,), part in turns.sort("turn", maintain_order=True).group_by("turn", maintain_order=True):
        _record(part.drop("turn"), items, event)


def _record(heads: pl.DataFrame, items: pl.DataFrame, event: MessagesDecoded) -> None:
    kept = actions.record(WORKER, heads, items.join(heads.select("document"), on="document", how="semi"), event.type)
    event.outcome.refuse(kept.findings)
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
    event.outcome.refuse(following.not_new(kind, heads))
    event.outcome.refuse(parties.unfiled(heads, dict(kind.filed), event.at))
    if kind.senders:
        event.outcome.refuse(trade.wrong_senders(heads, kind.senders, event.at))
    event.outcome.refuse(kind.check(heads, items, known))
    if kind.message == arrivals.KIND:
        event.outcome.refuse(_strange_operators(heads))
    return items, known


def _strange_operators(heads: pl.DataFrame) -> list[tuple[int, Finding]]:
    """Inbound lists of firms that operate no site of their zone's register, where it names operators at all (R-204)."""
    found = []
    for (zone,), part in heads.group_by("zone", maintain_order=True):
        known = sites.operators(str(zone))
        for number, guid, code in part.select("document", "guid", "operatorCode").iter_rows():
            if known and code not in known:
                found.append(
                    (number, Finding("BIZ-SITE-OPERATOR", guid, field="operatorCode", value=code, rules=("R-204",)))
                )
    return found


@hears(FollowUpsMoved)
def put_back(event: FollowUpsMoved) -> None:
    """Returns that customs concluded: those whose goods are back are in their book again (R-212: closing = opening + in + returns …)."""
    if event.kind in RETURNS and event.concluded:
        bookkeeping.put_back(WORKER, list(event.concluded))


@hears(ReturnsArrived)
def put_back_arrived(event: ReturnsArrived) -> None:
    """Goods are back: those of returns that customs has concluded are in their book again, and their applications done."""
    bookkeeping.put_back(WORKER, list(event.follow_ups))
    online_returns.arrived(event.follow_ups)


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
        announce(ListsTold(parts.formed(event.heads["declSeqNo"].unique())))


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
    """Receipts of lists, of what follows them and of the flows that were passed on, from the single window."""
    if not receipts.hear(event.type, event.heads):
        return
    alone = queries.orphaned(event.heads["message_id"].to_list())
    told = event.heads.select("document", "message_id", "guid").iter_rows()
    event.outcome.refuse(
        [
            (number, Finding("DOWN-ORPHAN", guid, field="guid", value=guid, rules=("R-005",)))
            for number, message, guid in told
            if (message, guid) in alone
        ]
    )


@hears(FeedRowsReceived, lane="stock")
def enter_stock(events: list[FeedRowsReceived]) -> None:
    """Goods that a warehouse's own system says have entered, document by document (R-212)."""
    for event in events:
        if event.kind != book_sheet.STOCK_FEED.code:
            continue
        zone, firm = feeds.giver(event.batch)
        if firm:
            book_sheet.enter_delivery(zone, firm, feeds.taken_up(event.batch))


@hears(ListsSought)
def tell_lists(event: ListsSought) -> None:
    """The 9610 lists that may be among the parcels of a mail or express list (R-910)."""
    if event.parcels is not None:
        event.found.append(queries.lists_among(event.zone, event.parcels))
    else:
        event.found.append(queries.lists_of(event.messages))


@hears(PartsSought)
def tell_parts(event: PartsSought) -> None:
    """Lists, customs' words and follow-up documents for the files of orders."""
    event.parts.extend(parts.of_orders(event.orders))


@hears(FilesSought)
def tell_files(event: FilesSought) -> None:
    """The orders of the lists that a number names."""
    event.found.extend(parts.found(event))


@hears(FollowUpsMoved)
def tell_lists_followed(event: FollowUpsMoved) -> None:
    announce(ListsTold(parts.followed([*event.concluded, *event.ended])))


@hears(ListsTold, lane="file.lists", quiet=40)
def touch_told(events: list[ListsTold]) -> None:
    """The files of the lists' orders have something new."""
    _touch(parts.ordered({number for event in events for number in event.lists}))


@hears(FlowsRecorded, lane="file.flows", quiet=40)
def touch_recorded(events: list[FlowsRecorded]) -> None:
    """The files of these orders, and of those whose lists cite these waybills, have something new."""
    orders = {tuple(one) for event in events for one in event.orders}
    orders |= {tuple(one) for one in parts.carried([one for event in events for one in event.waybills])}
    _touch([list(one) for one in sorted(orders)])


def _touch(orders: list[list[str]]) -> None:
    """Each order once, however many of its documents came together; in parts that one claim of quiet work can carry."""
    for at in range(0, len(orders), TOUCHED):
        part = orders[at : at + TOUCHED]
        announce(FilesTouched(part), weight=worker.CLAIM_WEIGHT * len(part) // TOUCHED)


@kind("declarations.summarise")
def hand_in_parts(actor: Actor, parameters: dict[str, Any], progress: Progress) -> Made:
    """Hand in a month of several messages, as one job. parameters: of (the month's key), lists (how many were confirmed), lang."""
    lang = parameters["lang"]
    done = summarising.hand_in(actor, parameters["of"], parameters["lists"], progress)
    sent, not_sent = ("handed in", "not handed in") if lang == "en" else ("已提交", "未提交")
    rows = [[str(part), str(lists), str(number), sent, "", ""] for part, (number, lists) in enumerate(done.messages, start=1)]
    rows += [["", "", "", not_sent, one.message(lang), one.remedy(lang)] for one in done.findings]
    return Made("summary.xlsx", "xlsx", [workbooks.told([en if lang == "en" else zh for zh, en in SUMMARISED], rows)])
