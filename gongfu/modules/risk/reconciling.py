"""The daily reconciliation: frames in, differences out, kept as items that clear by themselves when a later run finds them in order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.kit import clock
from gongfu.modules.declarations import queries as declarations
from gongfu.modules.risk import frames, items
from gongfu.modules.risk.models import Run
from gongfu.modules.risk.rules import reconciling as rules
from gongfu.zones.plan import plans

SOURCES = ("window", "bills", "payments", "waybills")


@dataclass(frozen=True, slots=True)
class Reconciled:
    """How many records each side had on a day, and how many differences of each kind; `cleared` are gone since the run before."""

    zone: str
    day: date
    source: str
    ours: int
    theirs: int
    found: dict[str, int]
    cleared: int

    def audit(self) -> dict[str, Any] | None:
        if not (self.ours or self.theirs or self.found or self.cleared):
            return None
        facts = {
            "day": self.day,
            "ours": self.ours,
            "theirs": self.theirs,
            "found": self.found,
            "cleared": self.cleared,
        }
        return {"subject": f"reconciliation:{self.source}", "zone": self.zone, "facts": facts}


@action("risk.reconcile", title="对账")
def reconcile(actor: Actor, zone: str, day: date, source: str) -> Reconciled:
    """Compare one day of a zone with one other side; run again, it gives the same items. KeyError for an unknown zone or source."""
    at = clock.now()
    ours, theirs, apart = COMPARED[source](zone, day, at)
    told = items.keep(apart.with_columns(zone=pl.lit(zone), source=pl.lit(source), day=pl.lit(day)), at)
    cleared = items.clear(zone, source, day, at)
    found = dict(told.group_by("kind").len().sort("kind").iter_rows())
    Run.objects.update_or_create(
        zone=zone, day=day, source=source, defaults={"ours": ours, "theirs": theirs, "found": found, "at": at}
    )
    return Reconciled(zone, day, source, ours, theirs, found, cleared)


def _window(zone: str, day: date, at: datetime) -> tuple[int, int, pl.DataFrame]:
    sent, receipts, known = frames.window(zone, day)
    hours = plans()[zone].parameters(day)["reconciliation.answer_hours"]
    apart = rules.window(sent, receipts, known, fold=declarations.folded, now=at, answer_hours=hours)
    return sent["key"].n_unique(), receipts["key"].n_unique(), apart


def _bills(zone: str, day: date, at: datetime) -> tuple[int, int, pl.DataFrame]:
    lists, billed = frames.bills(zone, day)
    days = plans()[zone].parameters(day)["reconciliation.bill_days"]
    return lists.height, billed.height, rules.bills(lists, billed, now=at, days=days)


def _payments(zone: str, day: date, at: datetime) -> tuple[int, int, pl.DataFrame]:
    ours, theirs = frames.statements(zone, day, "payments")
    return ours.height, theirs.height, rules.statements(ours, theirs)


def _waybills(zone: str, day: date, at: datetime) -> tuple[int, int, pl.DataFrame]:
    ours, theirs = frames.statements(zone, day, "waybills")
    return ours.height, theirs.height, rules.statements(ours, theirs)


COMPARED = {"window": _window, "bills": _bills, "payments": _payments, "waybills": _waybills}
