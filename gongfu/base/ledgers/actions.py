"""Reserving, committing, releasing, reversing, putting in and taking out; the database refuses what exceeds a limit.

`open_accounts`, `lock`, `post` and `settle` work on many accounts at once inside a module's own action; the verbs at the end
work on one subject, are actions themselves and answer with findings.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.db import connection
from django.db.models import Sum

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.kit import bulk
from gongfu.base.ledgers import rules
from gongfu.base.ledgers.kinds import KINDS
from gongfu.base.ledgers.models import Movement
from gongfu.core.rule import Finding

OPEN = (
    "INSERT INTO ledgers_account (kind, owner, period, limit_units, stocked) "
    "SELECT %s, o, p, l, %s FROM unnest(%s::text[], %s::text[], %s::bigint[]) AS n(o, p, l) ORDER BY o, p ON CONFLICT DO NOTHING"
)
LOCK = (
    "SELECT id, owner, period, limit_units, reserved_units + committed_units FROM ledgers_account "
    "WHERE kind = %s AND (owner, period) IN (SELECT * FROM unnest(%s::text[], %s::text[])) ORDER BY id FOR UPDATE"
)
ACCOUNTS = {
    "account": pl.Int64,
    "owner": pl.String,
    "period": pl.String,
    "limit_units": pl.Int64,
    "used_units": pl.Int64,
}

_PARTS = {name: kind for name, kind in ACCOUNTS.items() if name != "account"}
LOCK_ALL = (
    "SELECT id, kind, owner, period, limit_units, reserved_units + committed_units FROM ledgers_account WHERE (kind, owner, period) IN "
    "(SELECT * FROM unnest(%s::text[], %s::text[], %s::text[])) ORDER BY id FOR UPDATE"
)


def open_accounts(
    kind: str, owners: Iterable[str], periods: Iterable[str], limits_units: Iterable[int] | None = None
) -> None:
    """Open the accounts that are not there yet; an existing limit is left alone.  limits_units: none for stock, which starts empty."""
    names = list(owners)
    limits = [0] * len(names) if limits_units is None else list(limits_units)
    known = KINDS.get(kind)
    with connection.cursor() as cursor:
        cursor.execute(OPEN, [kind, known is not None and known.stocked, names, list(periods), limits])


def set_limit(kind: str, owner: str, period: str, limit_units: int) -> None:
    """Open the account or change its limit; IntegrityError below what is in use."""
    bulk.execute(
        "INSERT INTO ledgers_account (kind, owner, period, limit_units) VALUES (%s, %s, %s, %s) "
        "ON CONFLICT (kind, owner, period) DO UPDATE SET limit_units = EXCLUDED.limit_units",
        [kind, owner, period, limit_units],
    )


def change_limit(kind: str, owner: str, period: str, limit_units: int) -> list[Finding]:
    """Open the account or change its limit; a finding, and no change, when more is in use than the new limit."""
    account = lock(kind, [owner], [period])
    said = rules.limit_findings(owner, limit_units, account["used_units"][0] if account.height else 0)
    if not said:
        set_limit(kind, owner, period, limit_units)
    return said


def lock(kind: str, owners: list[str], periods: list[str]) -> pl.DataFrame:
    """Lock the accounts in one order (so that no two batches wait for each other) and give what each has used.

    Columns: account, owner, period, limit_units, used_units.
    """
    return bulk.fetch(LOCK, [kind, owners, periods], ACCOUNTS)


def lock_all(keys: pl.DataFrame) -> dict[tuple[str, str, str], tuple[int, int, int]]:
    """Lock accounts of any kinds in one statement and one order, the same in which `settle` locks them.

    keys: kind, owner, period.  Gives (account, limit_units, used_units) by (kind, owner, period); accounts not open are missing.
    """
    wanted = [keys[name].to_list() for name in ("kind", "owner", "period")]
    rows = bulk.fetch(LOCK_ALL, wanted, {"account": pl.Int64, "kind": pl.String, **_PARTS})
    return {(kind, owner, period): (account, limit, used) for account, kind, owner, period, limit, used in rows.iter_rows()}  # fmt: skip


def post(verb: str, entries: pl.DataFrame) -> None:
    """Write entries (account, subject, amount_units and optionally part); IntegrityError when a limit would break."""
    bulk.copy_in(
        "ledgers_movement",
        entries.select("account", "subject", "amount_units", *(["part"] if "part" in entries.columns else []))
        .rename({"account": "account_id"})
        .with_columns(verb=pl.lit(verb))
        .sort("account_id"),
    )


SETTLE = (
    "INSERT INTO ledgers_movement (account_id, verb, subject, amount_units) "
    "SELECT m.account_id, %s, m.subject, sum(CASE m.verb WHEN 'reserve' THEN m.amount_units ELSE -m.amount_units END) "
    "FROM ledgers_movement m JOIN ledgers_account a ON a.id = m.account_id "
    "WHERE m.subject = ANY(%s) AND m.verb IN ('reserve', 'commit', 'release') AND a.kind = ANY(%s) "
    "GROUP BY m.account_id, m.subject HAVING count(*) FILTER (WHERE m.verb = 'reserve') > 0 "
    "AND count(*) FILTER (WHERE m.verb <> 'reserve' AND m.part = '') = 0 "
    "AND sum(CASE m.verb WHEN 'reserve' THEN m.amount_units ELSE -m.amount_units END) > 0 "
    "ORDER BY m.account_id, m.subject ON CONFLICT DO NOTHING"
)


def settle(verb: str, subjects: list[str], kinds: tuple[str, ...]) -> int:
    """`commit` or `release` what the subjects still hold reserved, all parts together, on accounts of these kinds; done once however often called.

    Parts released earlier (entries with a `part`) are not given back again.
    """
    if not subjects:
        return 0
    lock_of(subjects, kinds)
    return bulk.execute(SETTLE, [verb, subjects, list(kinds)])


def lock_of(subjects: list[str], kinds: tuple[str, ...]) -> None:
    """Lock all accounts of these kinds on which the subjects have entries, in the same order as `lock_all`."""
    bulk.execute(
        "SELECT FROM ledgers_account WHERE kind = ANY(%s) AND id IN "
        "(SELECT account_id FROM ledgers_movement WHERE subject = ANY(%s)) ORDER BY id FOR UPDATE",
        [list(kinds), subjects],
    )


@dataclass(frozen=True, slots=True)
class Posted:
    """What one verb did: `written_units` is 0 when it was refused (findings) or had been done before (`repeated`)."""

    kind: str
    verb: str
    subject: str
    written_units: int = 0
    repeated: bool = False
    findings: tuple[Finding, ...] = ()

    def audit(self) -> dict[str, Any] | None:
        facts = {"subject": self.subject, "amount": self.written_units}
        return {"subject": f"ledger:{self.kind}", "facts": facts} if not (self.findings or self.repeated) else None


@action("ledgers.limit", title="设定台账限额")
def limit(actor: Actor, kind: str, owner: str, period: str, limit_units: int) -> Posted:
    """Open the account or change its limit; a finding when more is in use than the new limit."""
    said = change_limit(kind, owner, period, limit_units)
    return Posted(kind, "limit", owner, 0 if said else limit_units, findings=tuple(said))


@action("ledgers.reserve", title="台账预占")
def reserve(
    actor: Actor, kind: str, owner: str, period: str, subject: str, amount_units: int, part: str = ""
) -> Posted:
    """Hold an amount of the account for the subject; again with the same amount changes nothing."""
    account = lock(kind, [owner], [period])
    before = _entry(kind, owner, period, "reserve", subject, part)
    if before == amount_units:
        return Posted(kind, "reserve", subject, repeated=True)
    left = account["limit_units"][0] - account["used_units"][0] if account.height else None
    said = rules.entry_findings(owner, subject, amount_units, left, before)
    return _write(kind, "reserve", account, subject, amount_units, part, said)


@action("ledgers.commit", title="台账核销")
def commit(actor: Actor, kind: str, subject: str) -> Posted:
    """Turn what the subject holds reserved into used, once; a finding when it holds nothing."""
    return _settled(kind, "commit", subject)


@action("ledgers.release", title="台账释放")
def release(actor: Actor, kind: str, subject: str) -> Posted:
    """Give back what the subject holds reserved, once; a finding when it holds nothing."""
    return _settled(kind, "release", subject)


@action("ledgers.reverse", title="台账冲回")
def reverse(
    actor: Actor, kind: str, owner: str, period: str, subject: str, amount_units: int, part: str = ""
) -> Posted:
    """Take back some of what the subject has used, such as one return of an order (`part` tells the returns apart)."""
    account = lock(kind, [owner], [period])
    before = _entry(kind, owner, period, "reverse", subject, part)
    if before == amount_units:
        return Posted(kind, "reverse", subject, repeated=True)
    own = Movement.objects.filter(
        account__kind=kind, account__owner=owner, account__period=period, subject=subject
    ).values_list("verb", "amount_units")
    left = rules.balance(own)[1] if account.height else None
    said = rules.entry_findings(owner, subject, amount_units, left, before)
    return _write(kind, "reverse", account, subject, amount_units, part, said)


@action("ledgers.deposit", title="台账入库")
def deposit(
    actor: Actor, kind: str, owner: str, period: str, subject: str, amount_units: int, part: str = ""
) -> Posted:
    """Put in stock that the subject names (`part`: which line of it); again with the same amount changes nothing."""
    open_accounts(kind, [owner], [period])
    account = lock(kind, [owner], [period])
    return _put(
        kind,
        "deposit",
        account,
        (owner, period),
        subject,
        amount_units,
        part,
        rules.LARGEST - account["limit_units"][0],
    )


@action("ledgers.withdraw", title="台账出库")
def withdraw(
    actor: Actor, kind: str, owner: str, period: str, subject: str, amount_units: int, part: str = ""
) -> Posted:
    """Take stock out for good (loss, exit, transfer to another account); never what is reserved or used."""
    account = lock(kind, [owner], [period])
    left = account["limit_units"][0] - account["used_units"][0] if account.height else None
    return _put(kind, "withdraw", account, (owner, period), subject, amount_units, part, left)


def _put(
    kind: str, verb: str, account: pl.DataFrame, whose: tuple[str, str], subject: str, amount_units: int, part: str, left: int | None
) -> Posted:  # fmt: skip
    before = _entry(kind, *whose, verb, subject, part)
    if before == amount_units:
        return Posted(kind, verb, subject, repeated=True)
    said = rules.entry_findings(whose[0], subject, amount_units, left, before)
    return _write(kind, verb, account, subject, amount_units, part, said)


def _entry(kind: str, owner: str, period: str, verb: str, subject: str, part: str) -> int | None:
    """The amount of that very entry, None when there is none."""
    return (
        Movement.objects.filter(account__kind=kind, account__owner=owner, account__period=period)
        .filter(verb=verb, subject=subject, part=part)
        .values_list("amount_units", flat=True)
        .first()
    )


def _write(
    kind: str, verb: str, account: pl.DataFrame, subject: str, amount_units: int, part: str, said: list[Finding]
) -> Posted:
    if said:
        return Posted(kind, verb, subject, findings=tuple(said))
    entry = {"subject": [subject], "amount_units": [amount_units], "part": [part]}
    post(verb, pl.DataFrame({"account": account["account"], **entry}))
    return Posted(kind, verb, subject, amount_units)


def _settled(kind: str, verb: str, subject: str) -> Posted:
    fresh = settle(verb, [subject], (kind,))
    done = Movement.objects.filter(account__kind=kind, subject=subject, verb=verb, part="").aggregate(
        sum=Sum("amount_units")
    )["sum"]
    if done is None:
        return Posted(kind, verb, subject, findings=(Finding("LEDGER-NOTHING-HELD", subject, value=subject),))
    return Posted(kind, verb, subject, int(done) if fresh else 0, repeated=not fresh)
