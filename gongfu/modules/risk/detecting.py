"""Signals of the risk rules, found night by night from the lists: items for a person to look at, that no firm sees and no list minds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.kit import clock
from gongfu.modules.risk import frames, items
from gongfu.modules.risk.models import Run
from gongfu.modules.risk.rules.r1004_split_orders import split_orders
from gongfu.modules.risk.rules.registry import RiskRule
from gongfu.zones.plan import plans

SOURCE = "risk"
NAMED = 500  # lists that an item names one by one
SUBJECT = 16  # as much of a keyed hash as tells two subjects apart


@dataclass(frozen=True, slots=True)
class Detected:
    """How many lists of a day were looked at, and how many signals of each rule were found; `cleared` are gone since the run before."""

    zone: str
    day: date
    lists: int
    found: dict[str, int]
    cleared: int

    def audit(self) -> dict[str, Any] | None:
        if not (self.lists or self.cleared):
            return None
        facts = {"day": self.day, "lists": self.lists, "found": self.found, "cleared": self.cleared}
        return {"subject": "signals", "zone": self.zone, "facts": facts}


@action("risk.detect", title="风险规则")
def detect(actor: Actor, zone: str, day: date) -> Detected:
    """What the rules find about the lists received on a day; run again, it gives the same items.

    ValueError where the zone's plan sets a value that a rule does not know; KeyError for an unknown zone.
    """
    rule = split_orders
    values = rule.values(plans()[zone].risk.get(rule.code, {}))
    lists = frames.split(zone, day, max(values[name] for name in ("address_days", "days", "near_days")))
    limit_fen = plans()[zone].parameters(day)["import.single_limit_fen"]
    found = rule.find(lists, on=day, limit_fen=limit_fen, **values)
    rows = pl.DataFrame(list(_rows(found, zone, day, rule, {**values, "limit_fen": limit_fen})), schema=ROWS, orient="row")
    at = clock.now()
    told, cleared = items.keep(rows, at), items.clear(zone, SOURCE, day, at)
    signals = {rule.code: told.height} if told.height else {}
    today = lists.filter(pl.col("day") == day).height
    Run.objects.update_or_create(
        zone=zone, day=day, source=SOURCE, defaults={"ours": today, "theirs": 0, "found": signals, "at": at}
    )
    return Detected(zone, day, today, signals, cleared)


ROWS = {
    **dict.fromkeys(("zone", "source"), pl.String), "day": pl.Date, **dict.fromkeys(("kind", "key", "party_code"), pl.String), "declaration": pl.Int64,
    **dict.fromkeys(("ours", "theirs", "facts"), pl.String),
}  # fmt: skip


def _rows(found: pl.DataFrame, zone: str, day: date, rule: RiskRule, values: dict[str, int]) -> Iterator[tuple[Any, ...]]:
    """Rows of items.COLUMNS.  The key names signal, subject and month: a subject comes up again next month, whatever was settled."""
    for row in found.iter_rows(named=True):
        lists = row["lists"]
        facts = {
            "rule": rule.code, "colour": rule.colour, "confidence": rule.confidence, "signal": row["signal"], "values": values,
            "lists": lists[:NAMED], "count": len(lists), "buyers": row["buyers"], "value_fen": row["value_fen"],
        }  # fmt: skip
        key = f"{row['signal']}:{row['subject'][:SUBJECT]}:{day:%Y-%m}"
        ours, theirs = f"{len(lists)}|{row['buyers']}", f"{row['signal']}|{row['value_fen']}"
        yield zone, SOURCE, day, rule.code, key, "", None, ours, theirs, json.dumps(facts)
