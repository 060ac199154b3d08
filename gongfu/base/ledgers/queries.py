"""Ledger accounts, looked up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, F, IntegerField, QuerySet, Sum, Value, When

from gongfu.base.access.actor import Actor
from gongfu.base.ledgers import rules
from gongfu.base.ledgers.models import Account, Movement


def held(subject: str, kinds: tuple[str, ...]) -> dict[tuple[str, str, str], tuple[int, int, int]]:
    """By account (kind, owner, period): (limit_units, used_units of the whole account, own_units still held or used by the subject)."""
    found: dict[tuple[str, str, str], tuple[int, int, int]] = {}
    rows = Movement.objects.filter(subject=subject, account__kind__in=kinds).exclude(verb="commit").order_by("id")
    for row in rows.select_related("account"):
        account = row.account
        key = (account.kind, account.owner, account.period)
        own = found.get(key, (0, 0, 0))[2] + (row.amount_units if row.verb == "reserve" else -row.amount_units)
        found[key] = (account.limit_units, account.reserved_units + account.committed_units, own)
    return found


def accounts(owner: str, kinds: tuple[str, ...]) -> QuerySet[Account]:
    """The owner's accounts of these kinds, newest period first."""
    return Account.objects.filter(owner=owner, kind__in=kinds).order_by("kind", "-period")


def entries(owner: str, kinds: tuple[str, ...], subject: str = "") -> QuerySet[Movement]:
    """Entries on the owner's accounts of these kinds, newest first; of one subject when given."""
    rows = Movement.objects.filter(account__owner=owner, account__kind__in=kinds).select_related("account")
    return (rows.filter(subject=subject) if subject else rows).order_by("-id")


def seen_by(actor: Actor, kinds: tuple[str, ...]) -> QuerySet[Account]:
    """Accounts that a person may read: a firm its own, the platform all; an office none, for accounts know no zone."""
    rows = Account.objects.filter(kind__in=kinds).order_by("kind", "owner", "-period")
    if actor.reach == "platform":
        return rows
    return rows.filter(owner__in=actor.party_codes) if actor.reach == "own" else rows.none()


@dataclass(frozen=True, slots=True)
class Recount:
    """One account as it stands and as its entries come to."""

    account: int
    kind: str
    owner: str
    period: str
    stands: tuple[int, int, int]
    counted: tuple[int, int, int]

    @property
    def agrees(self) -> bool:
        return self.stands == self.counted


def recount(kinds: tuple[str, ...] = (), owner: str = "") -> list[Recount]:
    """Every account (of these kinds, of this owner) with (reserved, committed, stock) as kept and as summed from its entries.

    An account that is no stock has a stock of 0: its limit is set, not counted.
    """
    rows = Account.objects.all()
    if kinds:
        rows = rows.filter(kind__in=kinds)
    if owner:
        rows = rows.filter(owner=owner)
    counted = rows.annotate(r=_sum(rules.RESERVED), c=_sum(rules.COMMITTED), s=_sum(rules.STOCK)).order_by("id")
    return [
        Recount(
            row.pk,
            row.kind,
            row.owner,
            row.period,
            (row.reserved_units, row.committed_units, row.limit_units if row.stocked else 0),
            (int(row.r or 0), int(row.c or 0), int(row.s or 0)),
        )
        for row in counted
    ]


def _sum(signs: dict[str, int]) -> Any:
    """Sum of the amounts, each with its verb's sign."""
    cases = [When(movement__verb=verb, then=Value(sign)) for verb, sign in signs.items()]
    return Sum(F("movement__amount_units") * Case(*cases, default=Value(0), output_field=IntegerField()))
