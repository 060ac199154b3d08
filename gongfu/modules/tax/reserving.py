"""Reserving for lists in one pass, in order of receipt: imports take quota, yearly quantities, book and guarantee together, bonded
exports their book.

A list takes from all its accounts or from none, so that one that fails on its last account uses up nothing that a later list
could have had. All accounts of a batch are locked in one statement and one order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from gongfu.base.ledgers import actions as ledgers
from gongfu.core.rule import Finding
from gongfu.modules.declarations import queries as declarations
from gongfu.modules.tax.rules import retail as rules
from gongfu.reference.tables import parameters

QUOTA, GUARANTEE, BOOK, PERSON_GOODS = "quota", "guarantee", "bonded_book", "person_goods"
KINDS = (QUOTA, GUARANTEE, BOOK, PERSON_GOODS)
Key = tuple[str, str, str]
ENTRIES = {"account": pl.Int64, "subject": pl.String, "amount_units": pl.Int64}


@dataclass(slots=True)
class Wanted:
    """What one list wants: amounts by account, and what it cannot have whatever is left."""

    amounts: dict[Key, int] = field(default_factory=dict)
    refused: Finding | None = None
    told: dict[Key, dict[str, Any]] = field(default_factory=dict)

    def add(self, key: Key, amount: int, **facts: Any) -> None:
        self.amounts[key] = self.amounts.get(key, 0) + amount
        self.told[key] = facts


def reserve(lists: pl.DataFrame) -> tuple[pl.DataFrame, dict[int, Finding]]:
    """Add `code` (null where everything fits) and `full`, and reserve for those that fit, in order of receipt (R-102, R-108, R-115, R-212).

    lists: declaration, guid, quota_key, assure_code, declared_on, dv_fen, tax_fen, pieces, review.  Gives the findings made on
    the way, by list; the other codes are limits that the list's own amounts explain.
    """
    periods = lists.with_columns(period=pl.col("declared_on").dt.year().cast(pl.String))
    wanted = _wanted(periods)
    left = _left(periods, wanted)
    decided: list[tuple[int, str | None, bool]] = []
    entries: list[tuple[int, str, int]] = []
    why: dict[int, Finding] = {}
    for row in periods.iter_rows(named=True):
        number, one = row["declaration"], wanted[row["declaration"]]
        quota, guarantee = (QUOTA, row["quota_key"], row["period"]), (GUARANTEE, row["assure_code"], "")
        path = rules.channel(row["dv_fen"], row["pieces"], left[quota][2], *_limits(row["declared_on"]))
        code: str | None = path if path not in ("within", "full") else row["review"]
        if code is None:
            code, said = _against(one, left, row["guid"], guarantee, row["tax_fen"])
            why |= {number: said} if said else {}
        if code is None:
            entries += _taken(number, {quota: row["dv_fen"], guarantee: row["tax_fen"], **one.amounts}, left)
        decided.append((number, code, path == "full"))
    ledgers.post("reserve", pl.DataFrame(entries, schema=ENTRIES, orient="row"))
    schema = {"declaration": pl.Int64, "code": pl.String, "full": pl.Boolean}
    told = pl.DataFrame(decided, schema=schema, orient="row")
    return lists.join(told, on="declaration", how="left", maintain_order="left"), why


def draw(lists: pl.DataFrame) -> dict[int, Finding]:
    """Reserve what export lists take out of books kept here, in order of receipt; gives why not, by list (R-212, R-307).

    lists: declaration, guid.
    """
    wanted = _booked(lists)
    keys = {key for one in wanted.values() for key in one.amounts}
    left = _locked(keys) if keys else {}
    entries: list[tuple[int, str, int]] = []
    why: dict[int, Finding] = {}
    for number, guid in lists.select("declaration", "guid").iter_rows():
        said = wanted[number].refused or _short(wanted[number], left, guid)
        if said is None:
            entries += _taken(number, wanted[number].amounts, left)
        else:
            why[number] = said
    ledgers.post("reserve", pl.DataFrame(entries, schema=ENTRIES, orient="row"))
    return why


def _against(
    one: Wanted, left: dict[Key, list[int]], guid: str, guarantee: Key, tax_fen: int
) -> tuple[str | None, Finding | None]:
    """What stands against a list whose value fits: what it cannot have at all, a short account, a short guarantee."""
    said = one.refused or _short(one, left, guid)
    if said is not None:
        return said.code, said
    covered = guarantee in left and left[guarantee][1] >= tax_fen
    return (None if covered else "QUOTA-GUARANTEE"), None


def _taken(number: int, amounts: dict[Key, int], left: dict[Key, list[int]]) -> list[tuple[int, str, int]]:
    """The entries by which a list takes these amounts; what is left is less from now on."""
    for key, amount in amounts.items():
        left[key][1] -= amount
        left[key][2] += amount
    return [(left[key][0], str(number), amount) for key, amount in amounts.items()]


def _limits(day: Any) -> tuple[int, int]:
    """(of one purchase, of a year), in fen."""
    known = parameters(day)
    return int(known["import.single_limit_fen"]), int(known["import.annual_limit_fen"])


def _wanted(lists: pl.DataFrame) -> dict[int, Wanted]:
    """What each list wants of bonded books and of its buyer's yearly quantities."""
    found = _booked(lists)
    numbers = lists["declaration"].to_list()
    owners = {
        number: (owner, period)
        for number, owner, period in lists.select("declaration", "quota_key", "period").iter_rows()
    }
    guids = dict(lists.select("declaration", "guid").rows())
    for number, gnum, group, title, grams, limit in declarations.rationed(numbers).iter_rows():
        owner, period = owners[number]
        if grams < 0:
            facts = {"group": title}
            found[number].refused = Finding("IMP-PERSON-UNIT", guids[number], gnum, "unit1", facts=facts, rules=("R-201",))
            continue
        found[number].add((PERSON_GOODS, owner, f"{period}:{group}"), grams, limit=limit, group=title)
    return found


def _booked(lists: pl.DataFrame) -> dict[int, Wanted]:
    """What each list wants of bonded books kept here (R-212, R-307)."""
    found = {number: Wanted() for number in lists["declaration"]}
    guids = dict(lists.select("declaration", "guid").rows())
    for number, gnum, ems_no, record_no, code, amount, unit in declarations.drawn(list(found)).iter_rows():
        one = found[number]
        if code and one.refused is None:
            facts = {"book": ems_no, "unit": unit or "—"}
            one.refused = Finding(code, guids[number], gnum, "itemRecordNo", record_no, facts, ("R-212", "R-215"))
        elif not code:
            one.add((BOOK, ems_no, record_no), amount)
    return found


def _left(lists: pl.DataFrame, wanted: dict[int, Wanted]) -> dict[Key, list[int]]:
    """Every account concerned, locked: [account, left, used]; accounts of persons are opened where they are new, and follow a limit
    that has changed since (R-003)."""
    quotas: dict[tuple[str, str], int] = {}
    for owner, period, day in lists.select("quota_key", "period", "declared_on").iter_rows():
        quotas[owner, period] = max(quotas.get((owner, period), 0), _limits(day)[1])
    _open(QUOTA, quotas)
    rations = {key[1:]: told["limit"] for one in wanted.values() for key, told in one.told.items() if key[0] == PERSON_GOODS}
    _open(PERSON_GOODS, rations)
    keys = {(QUOTA, *key) for key in quotas} | {(GUARANTEE, assure, "") for assure in lists["assure_code"]}
    keys |= {key for one in wanted.values() for key in one.amounts}
    left = _locked(keys)
    limits = {(QUOTA, *key): limit for key, limit in quotas.items()}
    limits |= {(PERSON_GOODS, *key): limit for key, limit in rations.items()}
    for key, limit in limits.items():
        account, free, used = left[key]
        if free + used < limit:
            ledgers.set_limit(*key, limit)
        left[key] = [account, limit - used, used]
    return left


def _locked(keys: set[Key]) -> dict[Key, list[int]]:
    """These accounts, locked in one order: [account, left, used]."""
    found = ledgers.lock_all(pl.DataFrame(sorted(keys), schema=["kind", "owner", "period"], orient="row"))
    return {key: [account, limit - used, used] for key, (account, limit, used) in found.items()}


def _open(kind: str, limits: dict[tuple[str, str], int]) -> None:
    if limits:
        rows: Iterable[tuple[tuple[str, str], int]] = sorted(limits.items())
        owners, periods, amounts = zip(*((*key, limit) for key, limit in rows), strict=True)
        ledgers.open_accounts(kind, owners, periods, amounts)


def _short(one: Wanted, left: dict[Key, list[int]], guid: str) -> Finding | None:
    """The first account that cannot give what the list wants of it."""
    for key, amount in one.amounts.items():
        kind, owner, period = key
        have = left[key][1] if key in left else 0
        if have >= amount:
            continue
        if kind == BOOK:
            facts = {"book": owner, "left": declarations.quantity(have), "wanted": declarations.quantity(amount)}
            return Finding("BOOK-SHORT", guid, field="itemRecordNo", value=period, facts=facts, rules=("R-212",))
        told = one.told[key]
        limits = {"group": told["group"], "limit": told["limit"], "left": have}
        return Finding(
            "IMP-PERSON-QUANTITY", guid, field="qty1", value=str(amount), facts=limits, rules=("R-201", "R-120")
        )
    return None
