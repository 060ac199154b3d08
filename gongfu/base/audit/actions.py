"""Giving committed entries their place in the chain, and proving that nothing was changed since."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from gongfu.core import chain

LOCK = 0x67F0_0001
BATCH = 5000
COLUMNS = "id, at, zone, actor, verb, subject, facts::text"


def _payload(row: tuple[Any, ...]) -> bytes:
    number, at, zone, actor, verb, subject, facts = row
    return chain.payload(
        {
            "id": number,
            "at": at.isoformat(),
            "zone": zone,
            "actor": actor,
            "verb": verb,
            "subject": subject,
            "facts": facts,
        }
    )


def seal_new() -> int:
    """Chain every entry whose transaction has ended, in order; gives how many. One sealer at a time."""
    done = 0
    while count := _seal_batch():
        done += count
        if count < BATCH:
            break
    return done


@transaction.atomic
def _seal_batch() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(
            f"SELECT {COLUMNS} FROM audit_entry WHERE seq IS NULL "
            "AND txid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY id LIMIT %s",
            [BATCH],
        )
        rows = cursor.fetchall()
        if not rows:
            return 0
        cursor.execute("SELECT seq, seal FROM audit_entry WHERE seq IS NOT NULL ORDER BY seq DESC LIMIT 1")
        seq, seal = cursor.fetchone() or (0, chain.GENESIS)
        ids, seqs, seals = [], [], []
        for row in rows:
            seq, seal = seq + 1, chain.link(bytes(seal), _payload(row))
            ids.append(row[0])
            seqs.append(seq)
            seals.append(seal)
        cursor.execute(
            "UPDATE audit_entry e SET seq = n.seq, seal = n.seal FROM "
            "unnest(%s::bigint[], %s::bigint[], %s::bytea[]) AS n(id, seq, seal) WHERE e.id = n.id",
            [ids, seqs, seals],
        )
        return len(rows)


def entries() -> Iterator[tuple[int, bytes, bytes]]:
    """(seq, payload, seal) of the whole chain, streamed in order."""
    last = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT seq, seal, {COLUMNS} FROM audit_entry WHERE seq > %s ORDER BY seq LIMIT %s", [last, 20_000]
            )
            rows = cursor.fetchall()
        if not rows:
            return
        for seq, seal, *columns in rows:
            yield seq, _payload(tuple(columns)), bytes(seal)
        last = rows[-1][0]


def _signature(day: date, seq: int, seal: bytes) -> bytes:
    text = f"{day.isoformat()}|{seq}|".encode() + seal
    return hmac.digest(settings.SECRET_KEY.encode(), text, hashlib.sha256)


@transaction.atomic
def sign_head(day: date) -> None:
    """Keep the day's last link with a signature; a later call on the same day replaces it by the newer link."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq, seal FROM audit_entry WHERE seq IS NOT NULL ORDER BY seq DESC LIMIT 1")
        row = cursor.fetchone()
        if row is None:
            return
        seal = bytes(row[1])
        cursor.execute(
            "INSERT INTO audit_head (day, seq, seal, signature) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT (day) DO UPDATE SET seq = EXCLUDED.seq, seal = EXCLUDED.seal, signature = EXCLUDED.signature",
            [day, row[0], seal, _signature(day, row[0], seal)],
        )


def verify() -> list[str]:
    """Every break of the chain and every head that no longer fits, in words; empty when sound."""
    faults = [str(found) for found in chain.verify(entries())]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT h.day, h.seq, h.seal, h.signature, e.seal FROM audit_head h LEFT JOIN audit_entry e ON e.seq = h.seq"
        )
        for day, seq, seal, signature, now in cursor.fetchall():
            if not hmac.compare_digest(bytes(signature), _signature(day, seq, bytes(seal))):
                faults.append(f"head of {day}: its signature is not ours")
            elif now is None or bytes(now) != bytes(seal):
                faults.append(f"head of {day}: entry {seq} is not the one that was signed")
    return faults
