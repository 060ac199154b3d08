"""Ledger accounts, looked up."""

from __future__ import annotations

from gongfu.base.ledgers.models import Movement


def held(subject: str, kinds: tuple[str, ...]) -> dict[str, tuple[int, int, int]]:
    """By kind of account: (limit_fen, used_fen of the whole account, own_fen still held or used by the subject)."""
    found: dict[str, tuple[int, int, int]] = {}
    rows = Movement.objects.filter(subject=subject, account__kind__in=kinds).exclude(verb="commit")
    for row in rows.select_related("account"):
        account = row.account
        own = found.get(account.kind, (0, 0, 0))[2] + (row.amount_fen if row.verb == "reserve" else -row.amount_fen)
        found[account.kind] = (account.limit_fen, account.reserved_fen + account.committed_fen, own)
    return found
