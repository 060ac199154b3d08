"""Reserving, committing, releasing and reversing on many accounts at once; the database refuses what exceeds a limit."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl
from django.db import connection

from gongfu.base.kit import bulk

OPEN = (
    "INSERT INTO ledgers_account (kind, owner, period, limit_fen) "
    "SELECT %s, o, p, l FROM unnest(%s::text[], %s::text[], %s::bigint[]) AS n(o, p, l) ORDER BY o, p ON CONFLICT DO NOTHING"
)
LOCK = (
    "SELECT id, owner, period, limit_fen, reserved_fen + committed_fen FROM ledgers_account "
    "WHERE kind = %s AND (owner, period) IN (SELECT * FROM unnest(%s::text[], %s::text[])) ORDER BY id FOR UPDATE"
)
ACCOUNTS = {"account": pl.Int64, "owner": pl.String, "period": pl.String, "limit_fen": pl.Int64, "used_fen": pl.Int64}


def open_accounts(kind: str, owners: Iterable[str], periods: Iterable[str], limits_fen: Iterable[int]) -> None:
    """Open the accounts that are not there yet; an existing limit is left alone."""
    with connection.cursor() as cursor:
        cursor.execute(OPEN, [kind, list(owners), list(periods), list(limits_fen)])


def set_limit(kind: str, owner: str, period: str, limit_fen: int) -> None:
    """Open the account or change its limit; IntegrityError below what is in use."""
    bulk.execute(
        "INSERT INTO ledgers_account (kind, owner, period, limit_fen) VALUES (%s, %s, %s, %s) "
        "ON CONFLICT (kind, owner, period) DO UPDATE SET limit_fen = EXCLUDED.limit_fen",
        [kind, owner, period, limit_fen],
    )


def lock(kind: str, owners: list[str], periods: list[str]) -> pl.DataFrame:
    """Lock the accounts in one order (so that no two batches wait for each other) and give what each has used.

    Columns: account, owner, period, limit_fen, used_fen.
    """
    return bulk.fetch(LOCK, [kind, owners, periods], ACCOUNTS)


def post(verb: str, entries: pl.DataFrame) -> None:
    """Write entries (account, subject, amount_fen and optionally part); IntegrityError when a limit would break."""
    bulk.copy_in(
        "ledgers_movement",
        entries.select("account", "subject", "amount_fen", *(["part"] if "part" in entries.columns else []))
        .rename({"account": "account_id"})
        .with_columns(verb=pl.lit(verb))
        .sort("account_id"),
    )


SETTLE = (
    "INSERT INTO ledgers_movement (account_id, verb, subject, amount_fen) "
    "SELECT m.account_id, %s, m.subject, m.amount_fen FROM ledgers_movement m JOIN ledgers_account a ON a.id = m.account_id "
    "WHERE m.subject = ANY(%s) AND m.verb = 'reserve' AND a.kind = ANY(%s) AND NOT EXISTS ("
    " SELECT FROM ledgers_movement d WHERE d.account_id = m.account_id AND d.subject = m.subject AND d.verb IN ('commit', 'release')) "
    "ORDER BY m.account_id, m.subject ON CONFLICT DO NOTHING"
)


def settle(verb: str, subjects: list[str], kinds: tuple[str, ...]) -> int:
    """`commit` or `release` what the subjects hold reserved on accounts of these kinds; done once however often called."""
    if not subjects:
        return 0
    _lock_of(subjects, kinds)
    return bulk.execute(SETTLE, [verb, subjects, list(kinds)])


def _lock_of(subjects: list[str], kinds: tuple[str, ...]) -> None:
    bulk.execute(
        "SELECT FROM ledgers_account WHERE kind = ANY(%s) AND id IN "
        "(SELECT account_id FROM ledgers_movement WHERE subject = ANY(%s)) ORDER BY id FOR UPDATE",
        [list(kinds), subjects],
    )
