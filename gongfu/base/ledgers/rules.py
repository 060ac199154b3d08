"""What a ledger entry may be, and what entries come to (pure)."""

from __future__ import annotations

from collections.abc import Iterable

from gongfu.core.rule import Finding

RESERVED = {"reserve": 1, "commit": -1, "release": -1}
COMMITTED = {"commit": 1, "reverse": -1}
STOCK = {"deposit": 1, "withdraw": -1}
LARGEST = 2**63 - 1


def balance(entries: Iterable[tuple[str, int]]) -> tuple[int, int]:
    """(reserved, committed) of entries (verb, amount), as the trigger of the database counts them."""
    reserved = committed = 0
    for verb, amount in entries:
        reserved += RESERVED.get(verb, 0) * amount
        committed += COMMITTED.get(verb, 0) * amount
    return reserved, committed


def entry_findings(owner: str, subject: str, amount: int, left: int | None, before: int | None) -> list[Finding]:
    """Faults of an amount to reserve or reverse.

    left: what is still open for it, None without an account.  before: the amount of the same entry made earlier, if any.
    """
    if left is None:
        return [Finding("LEDGER-NO-ACCOUNT", subject, field="owner", value=owner)]
    if amount <= 0:
        return [Finding("LEDGER-AMOUNT", subject, field="amount", value=str(amount))]
    if before is not None:
        return [Finding("LEDGER-TWICE", subject, field="amount", value=str(amount), facts={"before": before})]
    if amount > left:
        return [Finding("LEDGER-LIMIT", subject, field="amount", value=str(amount), facts={"left": left})]
    return []


def limit_findings(owner: str, limit: int, used: int) -> list[Finding]:
    """A limit is not negative, fits the column and is not below what is in use."""
    if not 0 <= limit <= LARGEST:
        return [Finding("LEDGER-AMOUNT", owner, field="limit", value=str(limit))]
    if limit < used:
        return [Finding("LEDGER-IN-USE", owner, field="limit", value=str(limit), facts={"used": used})]
    return []
