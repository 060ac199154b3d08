"""Orders, payments and waybills as they are decoded: checked, kept once, and told upwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import polars as pl

from gongfu.base.access.actor import WORKER
from gongfu.base.events.bus import announce, hears
from gongfu.base.events.schedule import strikes
from gongfu.base.kit.beijing import civil_date
from gongfu.core.documents import drafts
from gongfu.core.rule import Finding
from gongfu.modules.intake.events import MessagesDecoded, MessagesTried
from gongfu.modules.parties import queries as parties
from gongfu.modules.trade import actions, b2b, dossiers, frames, queries, rules, uploads
from gongfu.modules.trade.events import FilesTouched, FlowsRecorded

Checks = Callable[[pl.DataFrame, pl.DataFrame], list[tuple[int, Finding]]]
# type: (checks, frame of rows, recorder, filed kinds by field)
KINDS: dict[str, dict[str, str]] = {
    "CEB311Message": {"ebpCode": "platform", "ebcCode": "ecommerce"},
    "CEB303Message": {"ebpCode": "platform", "ebcCode": "ecommerce"},
    "CEB403Message": {"ebpCode": "platform", "ebcCode": "ecommerce"},
    "CEB411Message": {"payCode": "payment"},
    "CEB511Message": {"logisticsCode": "logistics"},
    "CEB505Message": {"logisticsCode": "logistics"},
    "CEB513Message": {"logisticsCode": "logistics"},
}
# Who may send a document: the firms that these fields name; carriers also for others, where they are entrusted.
SENDERS: dict[str, tuple[str, ...]] = {
    "CEB311Message": ("ebpCode", "ebcCode"),
    "CEB303Message": ("ebpCode", "ebcCode"),
    "CEB403Message": ("ebpCode", "ebcCode"),
    "CEB411Message": ("payCode",),
    "CEB511Message": ("logisticsCode",),
    "CEB505Message": ("logisticsCode",),
    "CEB513Message": ("logisticsCode",),
}
ENTRUSTED = frozenset({"CEB311Message", "CEB411Message"})
CHECKS: dict[str, Checks] = {
    "CEB311Message": rules.order_findings,
    "CEB303Message": rules.export_order_findings,
    "CEB403Message": rules.collection_findings,
    "CEB411Message": rules.payment_findings,
    "CEB511Message": rules.waybill_findings,
    "CEB505Message": rules.waybill_findings,
    "CEB513Message": rules.waybill_status_findings,
}
FRAMES: dict[str, Callable[[pl.DataFrame, pl.DataFrame], pl.DataFrame]] = {
    "CEB311Message": frames.orders,
    "CEB303Message": frames.export_orders,
    "CEB403Message": frames.collections,
    "CEB411Message": frames.payments,
    "CEB511Message": frames.waybills,
    "CEB505Message": frames.waybills,
    "CEB513Message": frames.statuses,
}
TABLES = {
    "CEB311Message": "trade_order",
    "CEB303Message": "trade_order",
    "CEB403Message": "trade_collection",
    "CEB411Message": "trade_payment",
    "CEB511Message": "trade_waybill",
    "CEB505Message": "trade_waybill",
    "CEB513Message": "trade_waybillstatus",
}


@hears(MessagesTried)
def judge(event: MessagesDecoded) -> None:
    """Say what is wrong with each document by itself; nothing is written."""
    if event.type not in CHECKS:
        return
    heads, items, outcome = event.heads, event.items, event.outcome
    outcome.refuse(drafts(heads))
    outcome.refuse(CHECKS[event.type](heads, items))
    outcome.refuse(parties.unfiled(heads, KINDS[event.type], event.at))
    outcome.refuse(queries.wrong_senders(heads, SENDERS[event.type], event.at, entrusted=event.type in ENTRUSTED))


@hears(MessagesDecoded)
def record(event: MessagesDecoded) -> None:
    """Keep the sound documents of the three flows; say what is wrong with the others."""
    if event.type not in CHECKS:
        return
    judge(event)
    heads, items, outcome = event.heads, event.items, event.outcome
    sound = heads.filter(~pl.col("document").is_in(outcome.refused()))
    if sound.is_empty():
        return
    rows = FRAMES[event.type](sound, items.join(sound.select("document"), on="document", how="semi"))
    kept = actions.record(WORKER, TABLES[event.type], rows)
    outcome.refuse(kept.findings)
    for zone, part in rows.filter(~pl.col("document").is_in([number for number, _ in kept.findings])).group_by(
        "zone", maintain_order=True
    ):
        announce(_recorded(str(zone[0]), part), zone=str(zone[0]))


def _recorded(zone: str, rows: pl.DataFrame) -> FlowsRecorded:
    orders = rows.select("ebp_code", "order_no").unique().rows() if "ebp_code" in rows.columns else []
    waybills = rows.select("logistics_code", "logistics_no").unique().rows() if "logistics_no" in rows.columns else []
    return FlowsRecorded(zone, [list(one) for one in orders], [list(one) for one in waybills])


@hears(FilesTouched, lane="file", quiet=100)
def seal_files(events: list[FilesTouched]) -> None:
    """Bring the sealed files of the orders up to date, when nothing else is waiting."""
    dossiers.seal({(platform, order) for event in events for platform, order in event.orders})


@strikes("trade.b2b", timedelta(hours=1))
def warn_of_late_milestones(at: datetime) -> None:
    """Both sides of an order hear once that a milestone is late."""
    b2b.warn(WORKER, civil_date(at))


@strikes("trade.realtime", timedelta(minutes=1))
def watch_payment_data(at: datetime) -> None:
    """A platform's people and its zone's office hear once of requests that failed or are late."""
    uploads.watch(WORKER, at)
