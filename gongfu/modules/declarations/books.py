"""Bonded account books kept here, looked up: what lists draw on them, balances, spans of days, the book at a moment."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
from django.db import connection
from django.db.models import QuerySet

from gongfu.base.kit import bulk
from gongfu.base.kit.beijing import BEIJING
from gongfu.base.ledgers.models import Account, Movement
from gongfu.base.registers.models import Entry
from gongfu.modules.declarations.kinds import BOOK, BOOKS
from gongfu.modules.declarations.models import BookItem
from gongfu.modules.declarations.rules import books as rules

if TYPE_CHECKING:
    from gongfu.base.access.actor import Actor

SHOWN_AWAY = "ZS"  # before the numbers of display documents: what they hold is in the book, but not in the warehouse
BOOKED: dict[str, Any] = {
    "declaration": pl.Int64,
    "gnum": pl.Int64,
    "ems_no": pl.String,
    "record_no": pl.String,
    "qty": pl.Decimal(38, 5),
    "unit": pl.String,
    "qty1": pl.Decimal(38, 5),
    "unit1": pl.String,
    "declared_on": pl.Date,
    "item_unit": pl.String,
    "expires_last": pl.Date,
}
OF_LISTS = (
    "SELECT d.id, l.gnum, d.ems_no, l.record_no, l.qty, l.unit, l.qty1, l.unit1, d.declared_on, i.unit, i.expires_last "
    "FROM declarations_declaration d JOIN registers_entry e ON e.kind = %s AND e.zone = d.zone AND e.key = d.ems_no AND e.withdrawn_on IS NULL "
    "JOIN declarations_line l ON l.declaration_id = d.id "
    "LEFT JOIN declarations_bookitem i ON i.ems_no = d.ems_no AND i.record_no = l.record_no WHERE d.id = ANY(%s) AND d.ems_no <> '' ORDER BY d.id, l.gnum"
)
DRAWN: dict[str, Any] = {
    "declaration": pl.Int64,
    "gnum": pl.Int64,
    "ems_no": pl.String,
    "record_no": pl.String,
    "code": pl.String,
    "amount_units": pl.Int64,
    "item_unit": pl.String,
}


def drawn(declarations: list[int]) -> pl.DataFrame:
    """What lists draw, line by line, on books kept here; lists of other books (or of none) have no row, as customs keeps those.

    Columns: declaration, gnum, ems_no, record_no, code ("" or why the book cannot give it), amount_units, item_unit.
    """
    rows = bulk.fetch(OF_LISTS, [BOOKS.code, declarations], BOOKED)
    told = []
    for row in rows.iter_rows(named=True):
        item = rules.Item(row["record_no"], row["item_unit"], row["expires_last"]) if row["item_unit"] else None
        code, amount = rules.drawn(row, item, row["declared_on"])
        told.append((row["declaration"], row["gnum"], row["ems_no"], row["record_no"], code, amount, row["item_unit"]))
    return pl.DataFrame(told, schema=DRAWN, orient="row")


def opened(zone: str, ems_nos: Collection[str]) -> dict[str, str]:
    """Of these books, those kept here, with the code of their operator."""
    rows = Entry.objects.filter(kind=BOOKS.code, zone=zone, key__in=list(ems_nos), withdrawn_on=None)
    return {row.key: row.facts["operator"] for row in rows}


def own(actor: Actor) -> QuerySet[Any]:
    """Books within reach: a firm's as operator, an office's by zone."""
    rows = Entry.objects.filter(kind=BOOKS.code, withdrawn_on=None).order_by("key")
    if actor.reach == "own":
        return rows.filter(facts__operator__in=list(actor.party_codes))
    return rows.filter(pk__in=Entry.objects.seen_by(actor).values("pk"))


def items(ems_no: str, record_nos: Collection[str] | None = None) -> dict[str, BookItem]:
    """Items of a book by their number; all of them when none is named."""
    rows = BookItem.objects.filter(ems_no=ems_no)
    found = rows if record_nos is None else rows.filter(record_no__in=list(record_nos))
    return {row.record_no: row for row in found}


AT = (
    "SELECT a.period, sum(CASE m.verb WHEN 'deposit' THEN m.amount_units WHEN 'reverse' THEN m.amount_units "
    "WHEN 'withdraw' THEN -m.amount_units WHEN 'commit' THEN -m.amount_units ELSE 0 END)::bigint, "
    f"sum(CASE WHEN m.subject LIKE '{SHOWN_AWAY}%%' THEN CASE m.verb WHEN 'reserve' THEN m.amount_units WHEN 'release' THEN -m.amount_units ELSE 0 END ELSE 0 END)::bigint "
    "FROM ledgers_movement m JOIN ledgers_account a ON a.id = m.account_id WHERE a.kind = %s AND a.owner = %s AND m.at <= %s GROUP BY a.period"
)


def at(ems_no: str, moment: datetime) -> dict[str, tuple[int, int]]:
    """By item, (in the book, of it on display outside) at the moment; what is reserved by lists still lies in the warehouse."""
    with connection.cursor() as cursor:
        cursor.execute(AT, [BOOK.code, ems_no, moment])
        return {period: (int(stock), int(away)) for period, stock, away in cursor.fetchall()}


SPAN = (
    "SELECT a.owner, a.period, "
    "coalesce(sum(CASE WHEN m.at < %s THEN CASE m.verb WHEN 'deposit' THEN m.amount_units WHEN 'reverse' THEN m.amount_units "
    "WHEN 'withdraw' THEN -m.amount_units WHEN 'commit' THEN -m.amount_units ELSE 0 END END), 0)::bigint, "
    "coalesce(sum(m.amount_units) FILTER (WHERE m.at >= %s AND m.verb = 'deposit'), 0)::bigint, "
    "coalesce(sum(m.amount_units) FILTER (WHERE m.at >= %s AND m.verb = 'reverse'), 0)::bigint, "
    "coalesce(sum(m.amount_units) FILTER (WHERE m.at >= %s AND m.verb = 'commit'), 0)::bigint, "
    "coalesce(sum(m.amount_units) FILTER (WHERE m.at >= %s AND m.verb = 'withdraw'), 0)::bigint "
    "FROM ledgers_account a JOIN ledgers_movement m ON m.account_id = a.id AND m.at < %s "
    "WHERE a.kind = %s AND (a.owner, a.period) IN (SELECT * FROM unnest(%s::text[], %s::text[])) GROUP BY a.owner, a.period"
)


def spans(keys: Collection[tuple[str, str]], since: date, until: date) -> dict[tuple[str, str], rules.Span]:
    """By (book, item), its span from the first day to the last, both in Beijing time and both included."""
    start, end = (datetime.combine(day, time(), BEIJING) for day in (since, until + timedelta(days=1)))
    with connection.cursor() as cursor:
        owners, periods = [key[0] for key in keys], [key[1] for key in keys]
        cursor.execute(SPAN, [start, start, start, start, start, end, BOOK.code, owners, periods])
        return {(row[0], row[1]): rules.Span(*map(int, row[2:])) for row in cursor.fetchall()}


def accounts(keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], Account]:
    """The ledger accounts of (book, item) pairs."""
    wanted = set(keys)
    rows = Account.objects.filter(
        kind=BOOK.code, owner__in={key[0] for key in wanted}, period__in={key[1] for key in wanted}
    )
    return {(row.owner, row.period): row for row in rows if (row.owner, row.period) in wanted}


def movements(item: BookItem) -> QuerySet[Movement]:
    """Every entry of an item."""
    return Movement.objects.filter(account__kind=BOOK.code, account__owner=item.ems_no, account__period=item.record_no)


def no_movements() -> QuerySet[Movement]:
    return Movement.objects.none()


SOLD = "sold:"  # before the list by which goods on display were sold
SHOWN = (
    "SELECT a.period, sum(CASE m.verb WHEN 'reserve' THEN m.amount_units WHEN 'release' THEN -m.amount_units ELSE 0 END)::bigint FROM ledgers_movement m "
    "JOIN ledgers_account a ON a.id = m.account_id WHERE a.kind = %s AND m.subject = %s GROUP BY 1 ORDER BY 1"
)
SOLD_BY = (
    "SELECT a.period, sum(m.amount_units)::bigint FROM ledgers_movement m JOIN ledgers_account a ON a.id = m.account_id "
    "WHERE a.kind = %s AND a.owner = %s AND m.verb = 'release' AND m.part = %s GROUP BY 1"
)


def _units(query: str, told: list[Any]) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(query, told)
        return {period: int(amount) for period, amount in cursor.fetchall() if amount}


def on_display(document: str) -> dict[str, int]:
    """By item, what of a display is still shown, in ledger units."""
    return _units(SHOWN, [BOOK.code, document])


def sold_from_display(ems_no: str, declaration: int) -> dict[str, int]:
    """By item, what a list has sold from displays of the book, in ledger units (R-203)."""
    return _units(SOLD_BY, [BOOK.code, ems_no, f"{SOLD}{declaration}"])


def shelf(ems_no: str, record_no: str) -> int:
    """What a shop may still promise: neither sold, reserved nor on display; ledger units."""
    row = accounts([(ems_no, record_no)]).get((ems_no, record_no))
    return row.limit_units - row.reserved_units - row.committed_units if row else 0
