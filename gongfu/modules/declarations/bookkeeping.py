"""Entries in bonded account books, each under the number of its document; the accounts of one document are locked in one order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.kit import bulk
from gongfu.base.kit.crash import crash_point
from gongfu.base.ledgers import actions as ledgers
from gongfu.core.rule import Finding
from gongfu.modules.declarations import books
from gongfu.modules.declarations.actions import wake
from gongfu.modules.declarations.follow_ups import RETURNS as RETURN_KINDS
from gongfu.modules.declarations.kinds import BOOK
from gongfu.modules.declarations.models import BookItem
from gongfu.modules.declarations.rules import books as rules

GUARANTEE = "guarantee"
Rows = Sequence[Mapping[str, Any]]
Key = tuple[str, str]
ENTRIES = {"account": pl.Int64, "subject": pl.String, "part": pl.String, "amount_units": pl.Int64}


@dataclass(frozen=True, slots=True)
class Booked:
    """How many entries a document made in which book."""

    document: str
    ems_no: str
    entries: int

    def audit(self) -> dict[str, Any]:
        return {"subject": f"book:{self.ems_no}", "facts": {"document": self.document, "entries": self.entries}}


def locked(keys: Iterable[Key], guarantor: str = "") -> dict[tuple[str, str, str], tuple[int, int, int]]:
    """The accounts of (book, item) pairs, and of a guarantor, locked: (account, stock or limit, used) by (kind, owner, period)."""
    wanted = [(BOOK.code, *key) for key in sorted(set(keys))] + ([(GUARANTEE, guarantor, "")] if guarantor else [])
    return ledgers.lock_all(pl.DataFrame(wanted, schema=["kind", "owner", "period"], orient="row"))


def short(ems_no: str, rows: Rows, guarantor: str = "", guarantee_fen: int = 0) -> list[Finding]:
    """What stands against taking these quantities out (rows: record_no, qty), the accounts being locked from now on."""
    accounts = locked([(ems_no, row["record_no"]) for row in rows], guarantor)
    said = rules.repeated(rows)
    for at, row in enumerate(rows):
        account = accounts.get((BOOK.code, ems_no, row["record_no"]))
        where = f"rows-{at}-record_no"
        if account is None:
            said.append(
                Finding(
                    "BOOK-UNKNOWN-ITEM",
                    line=at + 1,
                    field=where,
                    value=row["record_no"],
                    facts={"book": ems_no},
                    rules=("R-212",),
                )
            )
        elif rules.units(row["qty"]) > account[1] - account[2]:
            facts = {"book": ems_no, "left": rules.shown(account[1] - account[2]), "wanted": row["qty"]}
            said.append(
                Finding("BOOK-SHORT", line=at + 1, field=where, value=row["record_no"], facts=facts, rules=("R-212",))
            )
    told = accounts.get((GUARANTEE, guarantor, ""))
    if guarantor and (told is None or guarantee_fen > told[1] - told[2]):
        said.append(Finding("BOOK-GUARANTEE", field="guarantor", value=guarantor, rules=("R-115",)))
    return said


def _post(verb: str, document: str, entries: Iterable[tuple[int, str, int]]) -> None:
    """entries: (account, part, ledger units)."""
    rows = [(account, document, part, amount) for account, part, amount in entries if amount]
    if rows:
        ledgers.post(verb, pl.DataFrame(rows, schema=ENTRIES, orient="row"))


@action("books.put_in", title="账册入库")
def put_in(actor: Actor, zone: str, ems_no: str, document: str, rows: Rows) -> Booked:
    """Open the items that are new and put the quantities in.  rows: record_no, qty, and of a new item hs10, name, unit; expires_on."""
    _open_items(zone, ems_no, rows)
    keys = [(ems_no, row["record_no"]) for row in rows]
    ledgers.open_accounts(BOOK.code, [key[0] for key in sorted(keys)], [key[1] for key in sorted(keys)])
    accounts = locked(keys)
    _post(
        "deposit",
        document,
        [
            (accounts[BOOK.code, ems_no, row["record_no"]][0], str(at), rules.units(row["qty"]))
            for at, row in enumerate(rows, 1)
        ],
    )
    crash_point("books.in")
    wake([ems_no])
    return Booked(document, ems_no, len(rows))


def _open_items(zone: str, ems_no: str, rows: Rows) -> None:
    known = books.items(ems_no, [row["record_no"] for row in rows])
    operator = books.opened(zone, [ems_no])[ems_no]
    fresh = []
    for row in rows:
        item = known.get(row["record_no"])
        told = date.fromisoformat(row["expires_on"]) if row.get("expires_on") else None
        known_days = (item.expires_first, item.expires_last) if item else None
        first, last = rules.expiry(known_days, told)
        if row.get("expires_first"):
            first = min(date.fromisoformat(row["expires_first"]), first or date.max)
        if item is None:
            names = {name: row.get(name, "") for name in ("record_no", "hs10", "name", "unit")}
            fresh.append(
                BookItem(
                    zone=zone, ems_no=ems_no, operator_code=operator, expires_first=first, expires_last=last, **names
                )
            )
        elif (first, last) != (item.expires_first, item.expires_last):
            BookItem.objects.filter(pk=item.pk).update(expires_first=first, expires_last=last)
    BookItem.objects.bulk_create(fresh, ignore_conflicts=True)


@action("books.take_out", title="账册出库")
def take_out(actor: Actor, ems_no: str, document: str, rows: Rows) -> Booked:
    """Take quantities out for good (loss, exit, downward adjustment); IntegrityError beyond what is free (`short` says so before)."""
    accounts = locked([(ems_no, row["record_no"]) for row in rows])
    _post(
        "withdraw",
        document,
        [(accounts[BOOK.code, ems_no, row["record_no"]][0], "", rules.units(row["qty"])) for row in rows],
    )
    return Booked(document, ems_no, len(rows))


@action("books.transfer", title="账册间转移")
def transfer(actor: Actor, zone: str, ems_no: str, to_ems_no: str, document: str, rows: Rows) -> Booked:
    """Out of one book and into another, in one transaction; the items keep number, code and unit."""
    source = books.items(ems_no, [row["record_no"] for row in rows])
    locked([(book, row["record_no"]) for book in (ems_no, to_ems_no) for row in rows])
    take_out(actor, ems_no, document, rows)
    moved = [
        {
            **row, "hs10": (one := source[row["record_no"]]).hs10, "name": one.name, "unit": one.unit,
            "expires_on": one.expires_last.isoformat() if one.expires_last else "",
            "expires_first": one.expires_first.isoformat() if one.expires_first else "",
        }
        for row in rows
    ]  # fmt: skip
    put_in(actor, zone, to_ems_no, document, moved)
    return Booked(document, ems_no, 2 * len(rows))


@action("books.show", title="保税展示出区")
def show(actor: Actor, ems_no: str, document: str, rows: Rows, guarantor: str, guarantee_fen: int) -> Booked:
    """Hold quantities and guarantee while the goods are shown outside; neither can be sold or promised to others meanwhile."""
    accounts = locked([(ems_no, row["record_no"]) for row in rows], guarantor)
    held = [(accounts[BOOK.code, ems_no, row["record_no"]][0], "", rules.units(row["qty"])) for row in rows]
    if guarantor and guarantee_fen:
        held.append((accounts[GUARANTEE, guarantor, ""][0], "", guarantee_fen))
    _post("reserve", document, held)
    return Booked(document, ems_no, len(held))


@action("books.show_end", title="保税展示了结")
def end_show(actor: Actor, ems_no: str, document: str, *, exited: bool) -> Booked:
    """What is still shown is back, and the guarantee is free; exited: it leaves the book for good."""
    left = books.on_display(document)
    done = ledgers.settle("release", [document], (BOOK.code, GUARANTEE))
    if exited:
        take_out(actor, ems_no, document, [{"record_no": name, "qty": rules.shown(units)} for name, units in left.items()])
    else:
        wake([ems_no])
    return Booked(document, ems_no, done)


@action("books.show_sold", title="保税展示售出")
def sell_shown(actor: Actor, ems_no: str, document: str, declaration: int, amounts: Mapping[str, int]) -> Booked:
    """Goods on display (ledger units by item) were sold by this list, which draws for itself; with the last of them the guarantee is free."""
    accounts = locked([(ems_no, name) for name in amounts])
    part = f"{books.SOLD}{declaration}"
    _post("release", document, [(accounts[BOOK.code, ems_no, name][0], part, units) for name, units in amounts.items()])
    if not books.on_display(document):
        ledgers.settle("release", [document], (GUARANTEE,))
    wake([ems_no])
    return Booked(document, ems_no, len(amounts))


@action("books.adjust", title="账册盘点调整")
def adjust(actor: Actor, ems_no: str, document: str, differences: Mapping[str, int]) -> Booked:
    """Bring the book to what was counted: differences in ledger units by item, above nothing in, below nothing out."""
    accounts = locked([(ems_no, name) for name in differences])
    by_item = {name: accounts[BOOK.code, ems_no, name][0] for name in differences}
    _post("deposit", document, [(by_item[name], "", units) for name, units in differences.items() if units > 0])
    _post("withdraw", document, [(by_item[name], "", -units) for name, units in differences.items() if units < 0])
    wake([ems_no])
    return Booked(document, ems_no, sum(units != 0 for units in differences.values()))


RETURNS = {
    "declaration": pl.Int64, "follow_up": pl.Int64, "gnum": pl.Int64, "qty": pl.Decimal(38, 5), "declared": pl.Decimal(38, 5),
}  # fmt: skip
OF_RETURNS = (
    "SELECT f.declaration_id, f.id, l.of_gnum, l.qty, o.qty FROM declarations_followup f JOIN declarations_followupline l ON l.follow_up_id = f.id "
    "JOIN declarations_line o ON o.declaration_id = f.declaration_id AND o.gnum = l.of_gnum WHERE f.id = ANY(%s) AND f.kind = ANY(%s) AND f.state = 'concluded' AND f.facts ? 'arrived_on' AND l.qty > 0 ORDER BY f.id, l.gnum"
)


@action("books.back", title="退货返区")
def put_back(actor: Actor, follow_ups: list[int]) -> Booked:
    """Goods of returns that customs concluded and that are back at a site are in their book again, each return once; lists of books not kept here have nothing to put back."""
    rows = bulk.fetch(OF_RETURNS, [follow_ups, list(RETURN_KINDS)], RETURNS)
    drawn = books.drawn(rows["declaration"].drop_nulls().unique().to_list()).filter(pl.col("code") == "")
    told = rows.join(drawn, on=["declaration", "gnum"], how="inner", maintain_order="left")
    accounts = locked(told.select("ems_no", "record_no").rows())
    sums: dict[tuple[int, str, str], int] = {}
    for declaration, follow_up, back, declared, ems_no, record_no, amount in told.select(
        "declaration", "follow_up", "qty", "declared", "ems_no", "record_no", "amount_units"
    ).iter_rows():
        account = accounts.get((BOOK.code, ems_no, record_no))
        if account is not None:
            key = (account[0], str(declaration), f"return:{follow_up}")
            sums[key] = sums.get(key, 0) + rules.returned(amount, Decimal(declared), Decimal(back))
    done = _reverse_once(sums)
    crash_point("books.back")
    wake(told["ems_no"].unique().to_list())
    return Booked(",".join(map(str, follow_ups))[:40], "", done)


def _reverse_once(sums: Mapping[tuple[int, str, str], int]) -> int:
    """Write the reversals that are not there yet, of lists that were released; gives how many."""
    if not sums:
        return 0
    return bulk.execute(
        "INSERT INTO ledgers_movement (account_id, subject, verb, part, amount_units) SELECT n.a, n.s, 'reverse', n.p, n.u "
        "FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[]) AS n(a, s, p, u) WHERE n.u > 0 AND EXISTS "
        "(SELECT FROM ledgers_movement m WHERE m.account_id = n.a AND m.subject = n.s AND m.verb = 'commit') ORDER BY n.a ON CONFLICT DO NOTHING",
        [[key[at] for key in sums] for at in range(3)] + [list(sums.values())],
    )
