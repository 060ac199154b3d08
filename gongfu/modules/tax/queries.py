"""Tax, quota and guarantee of one list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl
from django.db.models import F, Sum

from gongfu.base.access.actor import Actor
from gongfu.base.kit.columns import quota_key
from gongfu.base.ledgers import queries as ledgers
from gongfu.base.ledgers.models import Account
from gongfu.modules.declarations import queries as declarations
from gongfu.modules.tax.models import Bill, Returned
from gongfu.modules.tax.reserving import BOOK
from gongfu.modules.tax.rules import retail as rules
from gongfu.reference.tables import parameters

if TYPE_CHECKING:
    from gongfu.modules.declarations.models import Declaration

AMOUNTS = ("share_fen", "dv_fen", "duty_fen", "ct_fen", "vat_fen")
TAXES = ("path", *AMOUNTS, "duty_bp", "ct_bp", "vat_bp")
LINES = (
    f"SELECT l.*, {', '.join('a.' + name for name in TAXES)} FROM declarations_line l LEFT JOIN tax_assessment a "
    "ON a.declaration_id = l.declaration_id AND a.gnum = l.gnum WHERE l.declaration_id = %s ORDER BY l.gnum"
)
GAUGES = ("quota", "guarantee")
CONSUMER = "consumer.person"


def lines(declaration: Declaration) -> list[dict[str, Any]]:
    """Goods lines with their tax and how each amount came about."""
    levy_bp = parameters(declaration.declared_on)["import.within_limit_levy_bp"]
    found = []
    for line in declaration.lines.model.objects.raw(LINES, [declaration.pk]):
        taxed = {name: getattr(line, name) for name in TAXES}
        tax = taxed if taxed["path"] else None
        due = tax["duty_fen"] + tax["ct_fen"] + tax["vat_fen"] if tax else None
        found.append({"line": line, "tax": tax, "due_fen": due, "how": rules.explain(tax, levy_bp) if tax else []})
    return found


def totals(told: list[dict[str, Any]]) -> dict[str, int]:
    """Sums of the lines (R-113: the head is the sum of rounded lines)."""
    taxed = [one["tax"] for one in told if one["tax"]]
    sums = {name: sum(one[name] for one in taxed) for name in AMOUNTS}
    return {
        **sums,
        "total_fen": sum(one["line"].total_fen for one in told),
        "due_fen": sums["duty_fen"] + sums["ct_fen"] + sums["vat_fen"],
    }


def bill(declaration_id: int) -> Bill | None:
    return Bill.objects.filter(declaration_id=declaration_id).exclude(returned_at="").order_by("-returned_at").first()


def held(declaration_id: int) -> dict[str, Any]:
    """What a list holds: by kind of GAUGES its gauge, and `booked`, what it draws on a bonded book, by record_no in the book's own unit."""
    found = ledgers.held(str(declaration_id), (*GAUGES, BOOK))
    gauges = {kind: _gauge(*told) for (kind, _, _), told in found.items() if kind != BOOK}
    booked = [
        {"ems_no": owner, "record_no": period, "quantity": declarations.quantity(own)}
        for (kind, owner, period), (_, _, own) in found.items()
        if kind == BOOK and own
    ]
    return {**gauges, "booked": booked}


def _gauge(limit_fen: int, used_fen: int, own_fen: int) -> dict[str, int]:
    share = max(limit_fen, 1)
    return {
        "limit_fen": limit_fen, "left_fen": limit_fen - used_fen, "own_fen": own_fen, "others_fen": used_fen - own_fen,
        "others_part": round(200 * (used_fen - own_fen) / share), "own_part": max(round(200 * own_fen / share), 1 if own_fen else 0),
    }  # fmt: skip


def guarantees(actor: Actor) -> list[dict[str, Any]]:
    """Limit and what is left of the guarantees of the actor's own firms; none for offices, which see every firm's bills."""
    if actor.reach != "own" or not actor.party_codes:
        return []
    rows = Account.objects.filter(kind="guarantee", owner__in=actor.party_codes).order_by("owner")
    return [
        {"owner": one.owner, "limit_fen": one.limit_units, "left_fen": one.limit_units - one.reserved_units - one.committed_units}
        for one in rows
    ]  # fmt: skip


def returned(declaration_id: int) -> list[dict[str, Any]]:
    """What each return took back of a list: follow_up, dv_fen, tax_fen."""
    tax = Sum(F("duty_fen") + F("ct_fen") + F("vat_fen"))
    rows = Returned.objects.filter(declaration_id=declaration_id).values("follow_up").annotate(value=Sum("dv_fen"), tax=tax)  # fmt: skip
    return [{"follow_up": one["follow_up"], "dv_fen": one["value"], "tax_fen": one["tax"]} for one in rows.order_by("follow_up")]  # fmt: skip


GOODS: dict[str, Any] = {"declaration": pl.Int64, "gnum": pl.Int64, "hs10": pl.String, "model": pl.String, "qty": pl.Decimal(38, 5), "total_fen": pl.Int64}  # fmt: skip


def estimate(goods: Sequence[tuple[Any, ...]], freight_fen: int, insured_fen: int, on: date) -> dict[str, Any]:
    """Tax of an import that is not handed in (R-103 to R-113), whoever buys; nothing is reserved.

    goods: (1, gnum, hs10, model, qty, total_fen) of each line.  Gives value_fen, due_fen, pieces, lines (assessed, with due_fen),
    review (why an officer must look), and by AMOUNTS the sums.
    """
    heads = pl.DataFrame({"declaration": [1], "freight_fen": [freight_fen], "insured_fen": [insured_fen]})
    lines = rules.assess(heads, pl.DataFrame(goods, schema=GOODS, orient="row"), on=on)
    lines = lines.with_columns(due_fen=pl.sum_horizontal("duty_fen", "ct_fen", "vat_fen"))
    reviews = lines["review"].drop_nulls()
    return {
        **{name: int(lines[name].sum()) for name in AMOUNTS}, "value_fen": int(lines["dv_fen"].sum()), "due_fen": int(lines["due_fen"].sum()),
        "pieces": lines.select(rules.pieces_of().alias("pieces"))["pieces"][0], "lines": lines.to_dicts(), "review": reviews.first() if len(reviews) else None,
    }  # fmt: skip


def year(key: str, on: date) -> tuple[int, int]:
    """(used and reserved, limit) of the buyer's year with this quota key, in fen (R-118); nothing used without a key."""
    annual = int(parameters(on)["import.annual_limit_fen"])
    rows = ledgers.accounts(key, ("quota",)).filter(period=str(on.year)) if key else ()
    account = next(iter(rows), None)
    return (account.reserved_units + account.committed_units if account else 0), annual


def own_year(actor: Actor, on: date) -> tuple[int, int] | None:
    """The year of the signed-in person, by the lists of the year under that person's own identity; None for anyone else."""
    if actor.role != CONSUMER or not actor.party_codes:
        return None
    return year(declarations.quota_of(actor.party_codes[0], on), on)


def forecast(
    goods: Sequence[tuple[Any, ...]], freight_fen: int, insured_fen: int, buyer_id: str, on: date
) -> dict[str, Any]:
    """Tax of an import list that is not handed in yet, and the buyer's year (R-102 to R-113); nothing is reserved.

    goods, value_fen, due_fen, lines, review: as `estimate`.  Gives as well path, used_fen, left_fen and annual_fen of the year, over:
    null, or the code of the limit exceeded.
    """
    told = estimate(goods, freight_fen, insured_fen, on)
    used, annual = year(quota_key(buyer_id) if buyer_id else "", on)
    path = rules.channel(told["value_fen"], told["pieces"], used, int(parameters(on)["import.single_limit_fen"]), annual)
    over = path if path in (rules.SINGLE, rules.ANNUAL) else None
    return {**told, "path": path, "used_fen": used, "annual_fen": annual, "left_fen": annual - used, "over": over}
