"""When documents of any flow come in, the lists they concern are looked at again."""

from __future__ import annotations

import json

import polars as pl

from gongfu.base.access.actor import WORKER
from gongfu.base.events.bus import announce, hears
from gongfu.base.kit import clock
from gongfu.core.rule import Finding
from gongfu.modules.declarations import actions as declarations
from gongfu.modules.matching import chaining, queries, rules
from gongfu.modules.matching.events import ThreeFlowsMatched
from gongfu.modules.trade.events import FilesTouched, FlowsRecorded
from gongfu.reference.tables import parameters

MISSING = {
    "order": ("BIZ-WAIT-ORDER", "订单"),
    "payment": ("BIZ-WAIT-PAYMENT", "支付单"),
    "waybill": ("BIZ-WAIT-WAYBILL", "运单"),
}


@hears(FlowsRecorded, lane="match")
def match(events: list[FlowsRecorded]) -> None:
    """Compare the flows of every list concerned; the matched go on to tax, the others are answered or wait."""
    orders = [pair for event in events for pair in event.orders]
    waybills = [pair for event in events for pair in event.waybills]
    lists = queries.waiting(orders, waybills)
    if lists.is_empty():
        return
    verdicts, rows = _compare(lists)
    found = _findings(rows)
    lists = lists.join(verdicts, on="declaration", how="left", maintain_order="left")
    _settle_unmatched(lists.filter(pl.col("verdict") != "matched"), found)
    matched = lists.filter(pl.col("verdict") == "matched")
    if not matched.is_empty():
        announce(ThreeFlowsMatched(matched.drop("verdict", "missing"), clock.now()))


def _compare(lists: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Verdicts and compared rows, with the parameters of each declaration day."""
    flows = queries.flows(lists)
    parts = []
    for (day,), part in lists.group_by("declared_on", maintain_order=True):
        own = flows["list_lines"].filter(pl.col("declaration").is_in(part["declaration"].implode()))
        parts.append(rules.match(part, **{**flows, "list_lines": own}, params=parameters(day)))
    return pl.concat([one for one, _ in parts]), pl.concat([two for _, two in parts])


def _findings(rows: pl.DataFrame) -> dict[int, list[Finding]]:
    found: dict[int, list[Finding]] = {}
    for number, finding in rules.findings(rows):
        found.setdefault(number, []).append(finding)
    return found


def _settle_unmatched(lists: pl.DataFrame, found: dict[int, list[Finding]]) -> None:
    """Refuse what differs, hold what an officer must look at, keep waiting what is not complete."""
    if lists.is_empty():
        return
    rows = []
    told = lists.select("declaration", "guid", "verdict", "missing", "reason")
    for number, guid, verdict, missing, reason in told.iter_rows():
        said = found.get(number, [])
        if verdict == "waiting":
            # what holds the list whatever comes stays its reason
            said = [Finding(reason, guid, rules=("R-209",))] if reason == rules.YOUNG else []
            said += [Finding(MISSING[name][0], guid, rules=("R-207",)) for name in missing]
        state = {"waiting": "waiting", "refused": "refused"}.get(verdict, "held")
        why = "；".join(one.title() for one in said) or "三单齐备"
        rows.append(
            (
                number,
                state,
                said[0].code if said else "",
                json.dumps([one.dump() for one in said], ensure_ascii=False),
                why,
            )
        )
    names = {"id": pl.Int64, "state": pl.String, "reason": pl.String, "findings": pl.String, "why": pl.String}
    verdicts = pl.DataFrame(rows, schema=names, orient="row")
    declarations.settle(WORKER, verdicts.join(queries.settling(lists), on="id", how="left", maintain_order="left"))


@hears(FilesTouched, lane="chain", quiet=100)
def rebuild_chains(events: list[FilesTouched]) -> None:
    """Judge the three flows of the orders anew, in quiet hours."""
    chaining.rebuild(WORKER, [(platform, order) for event in events for platform, order in event.orders])
