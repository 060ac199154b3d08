"""Goods in overseas warehouses: put into the ledger on release, taken out by events that name their document, counted (R-408)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
from django.db.models import QuerySet

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.kit import bulk, clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.kit.crash import crash_point
from gongfu.base.ledgers import actions as ledgers
from gongfu.core.documents import plain
from gongfu.core.rule import Finding
from gongfu.modules.declarations.abroad_kinds import OVERSEAS, owner
from gongfu.modules.declarations.actions import Settled
from gongfu.modules.declarations.models import Exported, Line, StockEvent, StockReport
from gongfu.modules.declarations.rules import stock

KIND = OVERSEAS.code
RELEASED = (
    "SELECT n.declaration_id, n.gnum, (n.qty * 100000)::bigint FROM declarations_line n JOIN declarations_declaration d "
    "ON d.id = n.declaration_id WHERE d.id = ANY(%s) AND d.flow = 'E' AND d.mode = %s ORDER BY 1, 2"
)
Rows = Sequence[Mapping[str, Any]]


@action("declarations.stocked", title="海外仓入账")
def put_in(actor: Actor, declarations: Sequence[int]) -> Settled:
    """Released lists to overseas warehouses (9810): every line opens an account with what was declared, once."""
    schema = {"declaration": pl.Int64, "gnum": pl.Int64, "amount_units": pl.Int64}
    lines = bulk.fetch(RELEASED, [list(declarations), stock.MODE], schema)
    if lines.is_empty():
        return Settled({})
    lines = lines.with_columns(owner=pl.format("{}-{}", "declaration", "gnum"), period=pl.lit(""))
    owners, periods = lines["owner"].to_list(), lines["period"].to_list()
    ledgers.open_accounts(KIND, owners, periods)
    accounts = ledgers.lock(KIND, owners, periods)
    fresh = lines.join(accounts, on="owner", how="inner", maintain_order="left").filter(pl.col("limit_units") == 0)
    entries = fresh.select(
        "account", "amount_units", subject=pl.col("declaration").cast(pl.String), part=pl.col("gnum").cast(pl.String)
    )
    ledgers.post("deposit", entries)
    crash_point("overseas.in")
    return Settled({"stocked": entries.height})


@dataclass(slots=True)
class Told:
    """What became of each row, in their order: the event's number ("" where there is none) and its findings."""

    rows: list[tuple[str, list[Finding]]] = field(default_factory=list)

    def audit(self) -> dict[str, Any] | None:
        kept = sum(bool(number) for number, _ in self.rows)
        return (
            {"subject": "overseas-stock", "facts": {"kept": kept, "refused": len(self.rows) - kept}} if kept else None
        )


def lines(actor: Actor) -> QuerySet[Line]:
    """Lines of the lists to overseas warehouses within reach that were released, newest first."""
    reached = Exported.objects.seen_by(actor).filter(mode=stock.MODE, declaration__released_at__isnull=False)
    return Line.objects.filter(declaration__in=reached.values("declaration")).select_related("declaration")


@action("stock.record", title="登记海外仓去向")
def record(actor: Actor, rows: Rows) -> Told:
    """Take goods out for what became of them. A sound row is kept, another gives its findings and leaves the others alone.

    rows: invt_no, gnum, kind, qty, happened_on, document and, of a sale, platform, price, currency, country.  The same document
    again for the same line and kind changes nothing; with another quantity it is a finding.
    """
    known = _lines_of(actor, rows, locked=True)
    done, today = Told(), civil_date(clock.now())
    for row in rows:
        line = known.get(_key(row))
        before = _before(line, row) if line else None
        if before is not None:
            done.rows.append((str(before.pk), _differs(before, row)))
            continue
        said = _judged(line, row, today)
        done.rows.append(("", said) if said or line is None else (_take_out(actor, line, row), []))
    return done


def findings(actor: Actor, rows: Rows) -> list[list[Finding]]:
    """What stands against each row by itself and after those before it; nothing is written."""
    known, today, said = _lines_of(actor, rows, locked=False), civil_date(clock.now()), []
    for row in rows:
        line = known.get(_key(row))
        before = _before(line, row) if line else None
        faults = _differs(before, row) if before else _judged(line, row, today)
        if line and before is None and not faults:
            line.left_units -= stock.units(Decimal(str(row["qty"])))
        said.append(faults)
    return said


@dataclass(slots=True)
class Held:
    """A line and what its account still holds."""

    line: Line
    account: int
    left_units: int


Key = tuple[str, int]


def _key(row: Mapping[str, Any]) -> Key:
    return str(row.get("invt_no", "")), int(row.get("gnum") or 0)


def _lines_of(actor: Actor, rows: Rows, *, locked: bool) -> dict[Key, Held]:
    """The lines that the rows name, of one's own lists, with their accounts (locked in one order)."""
    wanted = {_key(row) for row in rows}
    found = {
        (one.declaration.invt_no, one.gnum): one
        for one in lines(actor).filter(declaration__invt_no__in={number for number, _ in wanted if number})
        if (one.declaration.invt_no, one.gnum) in wanted
    }
    owners = {owner(one.declaration_id, one.gnum): key for key, one in found.items()}
    if not owners:
        return {}
    accounts = ledgers.lock(KIND, list(owners), [""] * len(owners)) if locked else _seen(list(owners))
    told = accounts.select("owner", "account", "limit_units", "used_units").iter_rows()
    return {owners[name]: Held(found[owners[name]], account, limit - used) for name, account, limit, used in told}


def _seen(owners: list[str]) -> pl.DataFrame:
    query = "SELECT id, owner, period, limit_units, reserved_units + committed_units FROM ledgers_account WHERE kind = %s AND owner = ANY(%s)"
    return bulk.fetch(query, [KIND, owners], ledgers.ACCOUNTS)


def _judged(line: Held | None, row: Mapping[str, Any], today: date) -> list[Finding]:
    released = line.line.declaration.released_at if line else None
    return stock.event_findings(
        row, line.left_units if line else None, civil_date(released) if released else None, today
    )


def _before(line: Held, row: Mapping[str, Any]) -> StockEvent | None:
    return StockEvent.objects.filter(line=line.line, kind=row["kind"], document=row["document"]).first()


def _differs(before: StockEvent, row: Mapping[str, Any]) -> list[Finding]:
    if before.qty == Decimal(str(row["qty"])):
        return []
    facts = {"before": plain(before.qty)}
    return [Finding("BIZ-STOCK-DOCUMENT", before.document, field="document", value=before.document, facts=facts, rules=stock.RULES)]  # fmt: skip


def _take_out(actor: Actor, held: Held, row: Mapping[str, Any]) -> str:
    sale = {name: row[name] for name in stock.SALE if row["kind"] == stock.SOLD}
    declaration = held.line.declaration
    made = StockEvent.objects.create(
        zone=declaration.zone, ebc_code=declaration.ebc_code, line=held.line, kind=row["kind"], qty=Decimal(str(row["qty"])),
        happened_on=row["happened_on"], document=row["document"], recorded_by=actor.name, **sale,
    )  # fmt: skip
    crash_point("overseas.out")
    amount = stock.units(made.qty)
    entry = {"account": [held.account], "subject": [f"stock:{made.pk}"], "amount_units": [amount], "part": [made.kind]}
    ledgers.post("withdraw", pl.DataFrame(entry))
    held.left_units -= amount
    return str(made.pk)


@dataclass(frozen=True, slots=True)
class Counted:
    """report: None where the count does not add up."""

    report: StockReport | None
    findings: tuple[Finding, ...] = ()

    def audit(self) -> dict[str, Any] | None:
        return {"subject": f"stock-report:{self.report.pk}", "zone": self.report.zone} if self.report else None


@action("stock.count", title="海外仓盘点")
def count(actor: Actor, line: Line, counted_on: date, on_hand: Decimal) -> Counted:
    """Keep a count of a line of one's own that adds up with what became of the rest; a later count of a day takes its place."""
    ledgers.lock(KIND, [owner(line.declaration_id, line.gnum)], [""])
    said = stock.report_findings(statement(line), on_hand, f"{line.declaration.invt_no} #{line.gnum}")
    if said:
        return Counted(None, tuple(said))
    told = {"zone": line.declaration.zone, "ebc_code": line.declaration.ebc_code, "on_hand": on_hand, "recorded_by": actor.name}  # fmt: skip
    report, _ = StockReport.objects.update_or_create(line=line, counted_on=counted_on, defaults=told)
    return Counted(report)


def statement(line: Line) -> stock.Statement:
    """What was declared and what became of it, by the events."""
    told = StockEvent.objects.filter(line=line).values_list("kind", "qty")
    return stock.stated(stock.units(line.qty), told)
