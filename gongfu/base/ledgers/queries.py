"""Ledger accounts, looked up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, F, IntegerField, QuerySet, Sum, Value, When

from gongfu.base.access.actor import Actor
from gongfu.base.ledgers import rules
from gongfu.base.ledgers.models import Account, Movement


def held(subject: str, kinds: tuple[str, ...]) -> dict[str, tuple[int, int, int]]:
    """By kind of account: (limit_fen, used_fen of the whole account, own_fen still held or used by the subject)."""
    found: dict[str, tuple[int, int, int]] = {}
    rows = Movement.objects.filter(subject=subject, account__kind__in=kinds).exclude(verb="commit")
    for row in rows.select_related("account"):
        account = row.account
        own = found.get(account.kind, (0, 0, 0))[2] + (row.amount_fen if row.verb == "reserve" else -row.amount_fen)
        found[account.kind] = (account.limit_fen, account.reserved_fen + account.committed_fen, own)
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
    stands: tuple[int, int]
    counted: tuple[int, int]

    @property
    def agrees(self) -> bool:
        return self.stands == self.counted


def recount(kinds: tuple[str, ...] = (), owner: str = "") -> list[Recount]:
    """Every account (of these kinds, of this owner) with (reserved, committed) as kept and as summed from its entries."""
    rows = Account.objects.all()
    if kinds:
        rows = rows.filter(kind__in=kinds)
    if owner:
        rows = rows.filter(owner=owner)
    counted = rows.annotate(r=_sum(rules.RESERVED), c=_sum(rules.COMMITTED)).order_by("id")
    shown = counted.values_list("id", "kind", "owner", "period", "reserved_fen", "committed_fen", "r", "c")
    return [
        Recount(number, kind, whose, period, (reserved, committed), (int(r or 0), int(c or 0)))
        for number, kind, whose, period, reserved, committed, r, c in shown
    ]


def _sum(signs: dict[str, int]) -> Any:
    """Sum of the amounts, each with its verb's sign."""
    cases = [When(movement__verb=verb, then=Value(sign)) for verb, sign in signs.items()]
    return Sum(F("movement__amount_fen") * Case(*cases, default=Value(0), output_field=IntegerField()))
