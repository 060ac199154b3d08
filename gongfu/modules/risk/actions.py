"""Drawing clocks, publishing step times, watching the whitelist, and clearing up items."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.kit import bulk, clock
from gongfu.base.kit.beijing import BEIJING
from gongfu.base.notices.actions import tell
from gongfu.base.registers import actions as registers
from gongfu.core.rule import Finding
from gongfu.modules.risk import frames, items, queries
from gongfu.modules.risk.kinds import kinds
from gongfu.modules.risk.models import Check, Item, StepTime
from gongfu.modules.risk.rules import clocks, whitelist
from gongfu.zones.plan import plans

HOUR = 3600
BLOCK = 10_000  # lists timed at once: some 100,000 moves
FEWEST = 5  # a published cell is of at least so many lists
CLOCK_COLUMNS = ("declaration_id", "zone", "agent_code", "ebc_code", "mode", "started_at", "released_at", *(f"{step}_s" for step in clocks.STEPS), "counted_s", "stopped_s", "slowest", "whitelisted", "late")  # fmt: skip


# ── clocks ───────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Timed:
    lists: int
    late: int

    def audit(self) -> dict[str, Any] | None:
        return {"subject": "clocks", "facts": {"lists": self.lists, "late": self.late}} if self.lists else None


@action("risk.time", title="通关计时")
def draw_clocks(actor: Actor, lists: list[int]) -> Timed:
    """Draw the clocks of these released lists from their moves; drawing again gives the same. A late one of a whitelisted firm becomes an item, in place of the one that said it was late and not released."""
    timed = late = 0
    for at in range(0, len(lists), BLOCK):
        rows = _drawn(sorted(lists)[at : at + BLOCK])
        bulk.execute("DELETE FROM risk_clock WHERE declaration_id = ANY(%s)", [rows["declaration_id"].to_list()])
        timed += bulk.copy_in("risk_clock", rows.select(CLOCK_COLUMNS))
        breaches = rows.filter(pl.col("late") & pl.col("whitelisted"))
        _breach(breaches.with_columns(kind=pl.lit("late")))
        items.clear_released(rows["zone"].to_list(), rows["declaration_id"].to_list(), clock.now())
        late += breaches.height
    return Timed(timed, late)


def _drawn(lists: list[int]) -> pl.DataFrame:
    told = clocks.clocks(frames.moves(lists), clock.now()).filter("released")
    return _judged(told.join(frames.heads(lists), on="list", how="inner", maintain_order="left"))


def _judged(told: pl.DataFrame) -> pl.DataFrame:
    """Clocks with their heads, and whether the declarant was on the whitelist that day and the promised hours were kept."""
    utc = pl.Datetime("us", "UTC")
    rows = told.with_columns(
        declaration_id=pl.col("list"),
        started_at=pl.from_epoch("started_s").cast(pl.Datetime("us")).dt.replace_time_zone("UTC").cast(utc),
        released_at=pl.from_epoch("ended_s").cast(pl.Datetime("us")).dt.replace_time_zone("UTC").cast(utc),
    ).with_columns(day=pl.col("released_at").dt.convert_time_zone("Asia/Shanghai").dt.date())
    days = rows.select("zone", "day").unique()
    known = [
        (zone, day, code, plans()[zone].parameters(day)["clearance.hours"] * HOUR)
        for zone, day in days.iter_rows()
        for code in queries.members(zone, day).values_list("party_code", flat=True)
    ]
    schema = {"zone": pl.String, "day": pl.Date, "agent_code": pl.String, "limit_s": pl.Int64}
    listed = pl.DataFrame(known, schema=schema, orient="row").unique(["zone", "day", "agent_code"])
    rows = rows.join(listed, on=["zone", "day", "agent_code"], how="left", maintain_order="left")
    return rows.with_columns(
        whitelisted=pl.col("limit_s").is_not_null(), late=(pl.col("counted_s") > pl.col("limit_s")).fill_null(False)
    )


def _breach(rows: pl.DataFrame) -> None:
    """Items for lists that took longer than promised: which step took how much of it."""
    if rows.is_empty():
        return
    took = pl.coalesce(*(pl.when(pl.col("slowest") == one).then(f"{one}_s") for one in clocks.RUNNING), pl.lit(0))
    told = rows.select(
        "zone", "day", "kind", pl.lit("clock").alias("source"), pl.col("declaration_id").cast(pl.String).alias("key"),
        pl.col("declaration_id").alias("declaration"), pl.col("agent_code").alias("party_code"),
        ours=pl.col("counted_s").cast(pl.String), theirs=pl.format("{}|{}", "slowest", took),
    )  # fmt: skip
    items.keep(told, clock.now())


@action("risk.time", title="通关计时")
def watch_open(actor: Actor, zone: str, on: date) -> Timed:
    """Items for whitelisted firms' lists of the last 30 days that are already beyond the promised hours and not released; those of lists
    that have ended since are cleared."""
    firms = list(queries.members(zone, on).values_list("party_code", flat=True))
    end = datetime.combine(on, datetime.min.time(), BEIJING) + timedelta(days=1)
    lists = frames.still_open(firms, zone, end - timedelta(days=31), end)
    late = 0
    for at in range(0, len(lists), BLOCK):
        block = lists[at : at + BLOCK]
        told = clocks.clocks(frames.moves(block), clock.now()).filter(~pl.col("released"))
        rows = _judged(told.join(frames.heads(block), on="list", how="inner", maintain_order="left"))
        breaches = rows.filter("late")
        _breach(breaches.with_columns(kind=pl.lit("running")))
        late += breaches.height
    items.clear_ended(zone, clock.now())
    return Timed(len(lists), late)


@dataclass(frozen=True, slots=True)
class Published:
    zone: str
    month: str
    cells: int

    def audit(self) -> dict[str, Any] | None:
        told = {"subject": f"step_times:{self.month}", "zone": self.zone, "facts": {"cells": self.cells}}
        return told if self.cells else None


@action("risk.publish", title="公布环节用时")
def publish(actor: Actor, zone: str, month: str) -> Published:
    """Compute a month's step times of a zone anew and publish them; nothing where fewer than FEWEST lists were released.  month: YYYY-MM."""
    first = date.fromisoformat(f"{month}-01")
    start, end = (datetime.combine(day, datetime.min.time(), BEIJING) for day in (first, whitelist.before(first, -1)))
    told = [one for one in queries.step_times(zone, start, end) if one["lists"] >= FEWEST]
    lists, kept = queries.on_time(zone, start, end)
    for one in told:
        shared = {"whitelisted": lists, "on_time": kept} if one["step"] == queries.WHOLE and lists >= FEWEST else {}
        figures = {name: one[name] for name in ("lists", "p50_s", "p90_s", "p95_s")}
        StepTime.objects.update_or_create(
            zone=zone, month=month, step=one["step"], defaults={**figures, **shared, "computed_at": clock.now()}
        )
    return Published(zone, month, len(told))


# ── the whitelist ────────────────────────────────────────────────────────────
@dataclass(slots=True)
class Watched:
    zone: str
    checked: int = 0
    suspended: list[str] = field(default_factory=list)

    def audit(self) -> dict[str, Any] | None:
        if not self.checked:
            return None
        return {
            "subject": "whitelist",
            "zone": self.zone,
            "facts": {"checked": self.checked, "suspended": self.suspended},
        }


@action("risk.watch", title="白名单复核")
def watch(actor: Actor, zone: str, on: date) -> Watched:
    """Suspend each firm on the whitelist that has a red flag; check each once a month against every criterion (R-710)."""
    done, month = Watched(zone), f"{on:%Y-%m}"
    seen = set(Check.objects.filter(zone=zone, month=month, why="monthly").values_list("entry_id", flat=True))
    for entry in queries.members(zone, on).select_for_update().order_by("pk"):
        flagged = queries.flags(zone, entry.party_code, on) > 0
        if not flagged and entry.pk in seen:
            continue
        told = queries.measured(zone, entry.party_code, on)
        failed = whitelist.fallen(told, queries.stated(entry.case_id))
        Check.objects.create(
            zone=zone, party_code=entry.party_code, entry_id=entry.pk, month=month, why="flag" if flagged else "monthly",
            measured=told, failed=[one.code for one in failed], suspended=bool(failed), at=clock.now(),
        )  # fmt: skip
        done.checked += 1
        if failed:
            registers.withdraw(actor, entry.pk)
            _tell_suspended(entry, flagged)
            done.suspended.append(entry.party_code)
    return done


def _tell_suspended(entry: Any, flagged: bool) -> None:
    zh, en = ("出现红旗", "a red flag") if flagged else ("月度复核未达标", "the monthly check")
    title, title_en = f"白名单已暂停：{entry.title}，{zh}", f"Suspended from the whitelist: {entry.title}, {en}"
    tell(zone=entry.zone, party_code=entry.party_code, title=title, title_en=title_en, place="standing")
    for permission in ("risk.propose", "risk.admit"):
        place = f"whitelist/{entry.party_code}"
        tell(zone=entry.zone, permission=permission, title=title, title_en=title_en, place=place)


# ── items ────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Cleared:
    """The item as it stands, or why nothing was done."""

    item: Item
    findings: tuple[Finding, ...] = ()

    def audit(self) -> dict[str, Any] | None:
        if self.findings:
            return None
        names = ("kind", "key", "state", "owner", "reason")
        facts = {name: getattr(self.item, name) for name in names}
        return {"subject": f"item:{self.item.pk}", "zone": self.item.zone, "facts": facts}


def _open(actor: Actor, number: int) -> tuple[Item, tuple[Finding, ...]]:
    item = Item.objects.seen_by(actor).select_for_update().get(pk=number)
    fault = Finding("STATE-CONFLICT", field="state", value=item.key, facts={"state": item.state})
    return item, () if item.state == "open" else (fault,)


@action("risk.assign", title="分派对账事项")
def assign(actor: Actor, number: int, to: str = "") -> Cleared:
    """Take an open item upon oneself, or give it to a colleague at one's desk.  to: the number of a person of queries.colleagues, "" for oneself.

    Findings where it is closed or there is no such colleague. Item.DoesNotExist out of reach.
    """
    item, faults = _open(actor, number)
    names = {f"person:{one.pk}": one.title or one.username for one in queries.colleagues(actor, item.zone)} if to else {}
    owner = f"person:{to}" if to else actor.name
    if to and owner not in names:
        faults = (*faults, Finding("RECONCILE-COLLEAGUE", field="to", value=to[:40]))
    if not faults:
        _own(item, owner, names.get(owner) or queries.named(owner))
        item.save(update_fields=["owner", "owner_title", "assigned_at", "reminded_at"])
    return Cleared(item, faults)


def _own(item: Item, owner: str, title: str) -> None:
    """Whose it is from now on; a new owner is reminded anew."""
    if owner != item.owner:
        item.reminded_at = None
    item.owner, item.owner_title, item.assigned_at = owner, title, clock.now()


@action("risk.settle", title="办结对账事项")
def settle(actor: Actor, number: int, reason: str) -> Cleared:
    """Close an item with what came of it; findings where it is closed already or no reason is given. Item.DoesNotExist out of reach."""
    item, faults = _open(actor, number)
    said = reason.strip()[:500]
    if not said:
        faults = (*faults, Finding("RECONCILE-REASON", field="reason"))
    if not faults:
        item.state, item.reason, item.settled_by, item.settled_at = "settled", said, actor.name, clock.now()
        if not item.owner:
            _own(item, actor.name, queries.named(actor.name))
        item.save(update_fields=["state", "reason", "settled_by", "settled_at", "owner", "owner_title", "assigned_at", "reminded_at"])
    return Cleared(item, faults)


@dataclass(frozen=True, slots=True)
class Reminded:
    zone: str
    items: tuple[int, ...]

    def audit(self) -> dict[str, Any] | None:
        return {"subject": "items", "zone": self.zone, "facts": {"reminded": self.items}} if self.items else None


@action("risk.remind", title="催办对账事项")
def remind(actor: Actor, zone: str, on: date) -> Reminded:
    """Tell the owner of each item that is overdue on the day, once; again only when it gets another owner."""
    late = queries.overdue(Item.objects.in_zone(zone).filter(owner__startswith="person:", reminded_at=None), on)
    told = list(late.select_for_update().order_by("pk"))
    for item in told:
        kind, due = kinds()[item.kind], queries.due_on(item).isoformat()
        tell(
            zone=zone, person=int(item.owner.removeprefix("person:")), place=f"reconciliation/{item.pk}",
            title=f"对账事项已逾期：{kind.title} {item.key}，应于 {due} 前办结", title_en=f"Overdue item: {kind.title_en} {item.key}, due on {due}",
        )  # fmt: skip
        item.reminded_at = clock.now()
        item.save(update_fields=["reminded_at"])
    return Reminded(zone, tuple(item.pk for item in told))
