"""Lists as they are decoded, and the official receipts that move them."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from gongfu.base.access.actor import WORKER
from gongfu.base.events.bus import announce, hears
from gongfu.core.rule import Finding
from gongfu.modules.declarations import actions, queries, receipts, rules
from gongfu.modules.feeds.events import ListsSought
from gongfu.modules.goods import queries as goods
from gongfu.modules.intake.events import MessagesDecoded, MessagesTried
from gongfu.modules.parties import queries as parties
from gongfu.modules.trade import queries as trade
from gongfu.modules.trade.events import ChangesSought, FlowsRecorded
from gongfu.zones.plan import plans

CHECKS: dict[str, Callable[..., list[tuple[int, Finding]]]] = {
    "CEB621Message": rules.import_findings,
    "CEB603Message": rules.export_findings,
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
        lines = items.filter(pl.col("document").is_in(part["document"].implode()))
        outcome.refuse(CHECKS[event.type](part, lines, plans()[str(zone)]))
    outcome.refuse(parties.unfiled(heads, FILED[event.type], event.at))
    outcome.refuse(trade.wrong_senders(heads, ("agentCode", "ebcCode"), event.at))
    outcome.refuse(rules.early(heads, DAY[event.type]))
    outcome.refuse(goods.unlike(heads, items))


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
    young = [number for number, said in outcome.findings.items() if any(one.code == rules.YOUNG for one in said)]
    kept = actions.record(
        WORKER,
        sound.with_columns(
            reason=pl.when(pl.col("document").is_in(young)).then(pl.lit(rules.YOUNG)).otherwise(pl.lit(""))
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


@hears(MessagesDecoded)
def hear_receipts(event: MessagesDecoded) -> None:
    """Receipts of lists (CEB622, CEB604) from the single window."""
    if event.type in ("CEB622Message", "CEB604Message"):
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
