"""What returns and lists shipped back do to the buyer's year, in money and in grams, the guarantee and the bill (R-115, R-117, R-118,
R-201); done once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.kit import bulk
from gongfu.base.kit.crash import crash_point
from gongfu.base.ledgers import actions as ledgers
from gongfu.modules.declarations import queries as declarations
from gongfu.modules.tax import bills
from gongfu.modules.tax.actions import GUARANTEE, QUOTA, guarantors, wake_held
from gongfu.modules.tax.reserving import PERSON_GOODS
from gongfu.modules.tax.rules.returns import Amounts, Key, grams_back, in_time, returned

SHIPPED = 0  # the follow-up number of what customs shipped back as a whole
KINDS = (QUOTA, GUARANTEE, PERSON_GOODS)
Asked = list[tuple[int, int, int, Decimal]]
Parts = list[tuple[int, int, int, Amounts]]
Back = list[tuple[int, int, str, str, int]]
FIGURES = ("qty", "dv_fen", "duty_fen", "ct_fen", "vat_fen")
LINES = (
    "SELECT l.declaration_id, l.gnum, l.qty, a.dv_fen, a.duty_fen, a.ct_fen, a.vat_fen FROM declarations_line l "
    "JOIN tax_assessment a ON a.declaration_id = l.declaration_id AND a.gnum = l.gnum WHERE l.declaration_id = ANY(%s) ORDER BY 1, 2"
)
BEFORE = (
    "SELECT declaration_id, gnum, sum(qty), sum(dv_fen)::bigint, sum(duty_fen)::bigint, sum(ct_fen)::bigint, sum(vat_fen)::bigint "
    "FROM tax_returned WHERE declaration_id = ANY(%s) GROUP BY 1, 2"
)
LINE: dict[str, Any] = {
    "declaration": pl.Int64,
    "gnum": pl.Int64,
    "qty": pl.Decimal(38, 5),
    "dv_fen": pl.Int64,
    "duty_fen": pl.Int64,
    "ct_fen": pl.Int64,
    "vat_fen": pl.Int64,
}
DONE = "SELECT DISTINCT follow_up FROM tax_returned WHERE follow_up = ANY(%s)"
HELD = (
    "SELECT m.account_id, m.subject, a.kind, split_part(a.period, ':', 2), sum(CASE WHEN m.verb = 'reserve' THEN m.amount_units WHEN m.verb IN ('release', 'commit') THEN -m.amount_units ELSE 0 END)::bigint, "
    "sum(CASE m.verb WHEN 'commit' THEN m.amount_units WHEN 'reverse' THEN -m.amount_units ELSE 0 END)::bigint "
    "FROM ledgers_movement m JOIN ledgers_account a ON a.id = m.account_id WHERE m.subject = ANY(%s) AND a.kind = ANY(%s) GROUP BY 1, 2, 3, 4 ORDER BY 1, 2"
)
HOLDS = {
    "account": pl.Int64, "subject": pl.String, "kind": pl.String, "group": pl.String, "reserved": pl.Int64, "used": pl.Int64,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reversed:
    """How many lines, their dutiable value and tax; `late` returns had no tax effect."""

    lines: int = 0
    dv_fen: int = 0
    tax_fen: int = 0
    late: tuple[int, ...] = ()

    def audit(self) -> dict[str, Any] | None:
        facts = {"lines": self.lines, "dv_fen": self.dv_fen, "tax_fen": self.tax_fen, "late": list(self.late)}
        return {"subject": "returns", "facts": facts} if self.lines or self.late else None


@action("tax.return", title="退货冲回税费与额度")
def take_effect(actor: Actor, follow_ups: list[int]) -> Reversed:
    """Take back value and tax of import returns that customs concluded and whose goods are back in time; others wait.

    Called when either comes; a return that took effect before changes nothing.
    """
    known = declarations.import_returns(follow_ups).filter(
        (pl.col("state") == "concluded") & pl.col("arrived_on").is_not_null() & pl.col("released_on").is_not_null()
    )
    timely = [in_time(*row) for row in known.select("released_on", "applied_on", "arrived_on").iter_rows()]
    known = known.with_columns(timely=pl.Series(timely, dtype=pl.Boolean))
    late = tuple(known.filter(~pl.col("timely"))["follow_up"].unique().sort().to_list())
    asked = known.filter("timely").select("follow_up", "declaration", "gnum", "qty")
    _lock(asked["declaration"].unique().to_list())
    done = bulk.fetch(DONE, [asked["follow_up"].unique().to_list()], {"follow_up": pl.Int64})["follow_up"]
    fresh = asked.filter(~pl.col("follow_up").is_in(done.implode()))
    return _take_back(actor, fresh.rows(), late)


@action("tax.ship_back", title="退运冲回税费与额度")
def ship_back(actor: Actor, lists: list[int]) -> Reversed:
    """Take back what is left of lists that customs shipped back after their release (status 700)."""
    shipped = declarations.imports(lists).filter((pl.col("state") == "returned") & pl.col("released_on").is_not_null())
    if shipped.is_empty():
        return Reversed()
    numbers = shipped["declaration"].to_list()
    _lock(numbers)
    left = [(SHIPPED, *key, amounts.qty) for key, amounts in _amounts(LINES, numbers).items()]
    return _take_back(actor, left, ())


def _lock(lists: list[int]) -> None:
    """Lock all accounts that the lists draw on, as reserving does; so one list's returns wait for each other."""
    ledgers.lock_of([str(number) for number in lists], KINDS)


def _amounts(query: str, lists: list[int]) -> dict[Key, Amounts]:
    rows = bulk.fetch(query, [lists], LINE)
    return {(row["declaration"], row["gnum"]): Amounts(*(row[one] for one in FIGURES)) for row in rows.iter_rows(named=True)}  # fmt: skip


def _take_back(actor: Actor, asked: Asked, late: tuple[int, ...]) -> Reversed:
    lists = sorted({one[1] for one in asked})
    lines, before = _amounts(LINES, lists), _amounts(BEFORE, lists)
    parts = returned(lines, before, asked)
    if not parts:
        return Reversed(late=late)
    bulk.copy_in("tax_returned", _rows(parts))
    crash_point("tax.returned")
    _post([*_sums(parts), *_grams(lists, lines, before, parts)])
    bills.less_returned(lists)
    wake_held(guarantors(lists))
    total = [one[3] for one in parts]
    return Reversed(len(parts), sum(one.dv_fen for one in total), sum(one.tax_fen for one in total), late)


def _rows(parts: Parts) -> pl.DataFrame:
    rows = [(follow_up, declaration, gnum, *(getattr(part, one) for one in FIGURES)) for follow_up, declaration, gnum, part in parts]  # fmt: skip
    schema = {"follow_up": pl.Int64, "declaration_id": pl.Int64, **{one: LINE[one] for one in ("gnum", *FIGURES)}}
    return pl.DataFrame(rows, schema, orient="row")


def _sums(parts: Parts) -> Back:
    """Dutiable value and tax of each return: (follow_up, declaration, kind of account, "", fen)."""
    sums: dict[tuple[int, int, str, str], int] = {}
    for follow_up, declaration, _, part in parts:
        for kind, fen in ((QUOTA, part.dv_fen), (GUARANTEE, part.tax_fen)):
            key = (follow_up, declaration, kind, "")
            sums[key] = sums.get(key, 0) + fen
    return [(*key, fen) for key, fen in sums.items()]


def _grams(lists: list[int], lines: Mapping[Key, Amounts], before: Mapping[Key, Amounts], parts: Parts) -> Back:
    """Grams of rationed goods of each return: (follow_up, declaration, kind of account, group, grams)."""
    rows = declarations.rationed(lists).select("declaration", "gnum", "group", "grams").rows()
    groups = {(declaration, gnum): group for declaration, gnum, group, _ in rows}
    grams = {(declaration, gnum): amount for declaration, gnum, _, amount in rows}
    sums: dict[tuple[int, int, str, str], int] = {}
    for follow_up, declaration, gnum, amount in grams_back(grams, lines, before, parts):
        key = (follow_up, declaration, PERSON_GOODS, groups[declaration, gnum])
        sums[key] = sums.get(key, 0) + amount
    return [(*key, amount) for key, amount in sums.items()]


def _post(back: Back) -> None:
    """Reverse value and grams in the buyer's year of declaration, and free the part of the guarantee that is still frozen."""
    schema = {"account": pl.Int64, "subject": pl.String, "part": pl.String, "amount_units": pl.Int64}
    held = bulk.fetch(HELD, [sorted({str(one[1]) for one in back}), list(KINDS)], HOLDS)
    accounts = {(row["subject"], row["kind"], row["group"]): dict(row) for row in held.iter_rows(named=True)}
    entries: dict[str, list[tuple[int, str, str, int]]] = {"reverse": [], "release": []}
    for follow_up, declaration, kind, group, amount in back:
        verb, column = ("release", "reserved") if kind == GUARANTEE else ("reverse", "used")
        account = accounts.get((str(declaration), kind, group))
        taken = min(amount, account[column]) if account else 0
        if account and taken > 0:
            account[column] -= taken
            entries[verb].append((account["account"], str(declaration), str(follow_up), taken))
    for verb, rows in entries.items():
        ledgers.post(verb, pl.DataFrame(rows, schema, orient="row"))
