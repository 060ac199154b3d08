"""Goods that are back at a site: noted once for each return, by an officer or by the tally of the site (R-214, R-308)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.events.bus import announce
from gongfu.base.kit import bulk, clock
from gongfu.base.kit.beijing import civil_date
from gongfu.core.rule import Finding
from gongfu.modules.declarations.events import ReturnsArrived
from gongfu.modules.declarations.follow_ups import RETURNS
from gongfu.modules.declarations.models import FollowUp

SITE_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Arrived:
    """What was noted, or why not."""

    numbers: tuple[int, ...]
    arrived_on: date | None
    findings: tuple[Finding, ...] = ()

    def audit(self) -> dict[str, Any] | None:
        if self.findings or not self.numbers:
            return None
        return {"subject": "returns", "facts": {"returns": list(self.numbers), "arrived_on": str(self.arrived_on)}}


@action("declarations.arrive", title="登记退货运抵")
def arrive(actor: Actor, number: int, arrived_on: date, site: str) -> Arrived:
    """Note the day on which a return's goods were back, and at which site; once. A finding when it is too early, in the future or noted."""
    row = FollowUp.objects.seen_by(actor).select_for_update().filter(pk=number, kind__in=RETURNS, live=True).first()
    if row is None:
        said = Finding("BIZ-RETURN-UNKNOWN", field="number", value=str(number), rules=("R-214",))
        return Arrived((), None, (said,))
    fault = _fault(row, arrived_on)
    if fault is not None:
        return Arrived((), None, (fault,))
    _note([(number, arrived_on, site[:SITE_LENGTH])])
    return Arrived((number,), arrived_on)


def _fault(row: FollowUp, arrived_on: date) -> Finding | None:
    noted, today = row.facts.get("arrived_on", ""), civil_date(clock.now())
    rules = ("R-214",)
    if noted:
        return Finding("BIZ-ARRIVAL-NOTED", row.guid, field="arrived_on", value=noted, rules=rules)
    earliest = row.declaration.declared_on if row.declaration else civil_date(row.received_at)
    if not earliest <= arrived_on <= today:
        return Finding("BIZ-ARRIVAL-DAY", row.guid, field="arrived_on", value=str(arrived_on), rules=rules)
    return None


TALLIED = (
    "SELECT DISTINCT ON (t.id) r.id, (t.received_at AT TIME ZONE 'Asia/Shanghai')::date, t.facts ->> 'operatorCode' FROM declarations_followup t "
    "JOIN declarations_followup r ON r.declaration_id = t.declaration_id AND r.kind = 'CEB213Message' AND r.live AND NOT r.facts ? 'arrived_on' "
    "WHERE t.id = ANY(%s) ORDER BY t.id, r.facts ->> 'logisticsNo' IS DISTINCT FROM t.facts ->> 'logisticsNo', r.id"
)


@action("declarations.tallied", title="退货理货运抵")
def tallied(actor: Actor, tallies: list[int]) -> Arrived:
    """The goods of export returns are where concluded tallies say: the return with the tally's waybill first."""
    schema = {"id": pl.Int64, "arrived_on": pl.Date, "site": pl.String}
    found = bulk.fetch(TALLIED, [tallies], schema).unique("id", keep="first", maintain_order=True)
    if found.is_empty():
        return Arrived((), None)
    _note(found.rows())
    return Arrived(tuple(found["id"].to_list()), found["arrived_on"].min())  # type: ignore[arg-type]


def _note(rows: list[tuple[int, date, str]]) -> None:
    bulk.execute(
        "UPDATE declarations_followup f SET facts = f.facts || jsonb_build_object('arrived_on', n.day, 'arrived_at', n.site) "
        "FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS n(id, day, site) WHERE f.id = n.id",
        [[one[0] for one in rows], [str(one[1]) for one in rows], [one[2] or "" for one in rows]],
    )
    announce(ReturnsArrived(tuple(one[0] for one in rows)))
