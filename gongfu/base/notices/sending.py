"""What is due on the ways is sent, outside any transaction, by the process that sends webhooks; what fails is put off and tried again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from django.db import connection, transaction

from gongfu.base.hooks.rules import pause_seconds
from gongfu.base.kit import vault
from gongfu.base.notices.channels import Carried, carry
from gongfu.base.notices.models import Way

CLAIM_ROWS, THREADS, LEASE_SECONDS = 32, 8, 120
# The try is counted and the next put off before anything is sent, so that a sender that dies costs a pause and no notice.
CLAIM = """
UPDATE notices_dispatch d SET tries = d.tries + 1, next_at = clock_timestamp() + %s * interval '1 second'
FROM notices_way w, (
  SELECT id FROM notices_dispatch WHERE state = 'pending' AND next_at <= clock_timestamp() ORDER BY next_at LIMIT %s FOR UPDATE SKIP LOCKED
) due WHERE d.id = due.id AND w.id = d.way_id
RETURNING d.id, d.text, d.tries, w.person_id, w.channel, w.sealed
"""
RECORD = """
UPDATE notices_dispatch SET state = %s, error = %s, sent_at = CASE WHEN %s IN ('sent', 'shown') THEN clock_timestamp() END,
  next_at = clock_timestamp() + %s * interval '1 second' WHERE id = %s AND tries = %s AND state = 'pending'
"""


@dataclass(frozen=True, slots=True)
class Due:
    number: int
    text: str
    tries: int
    way: Way


def run_once() -> int:
    """One claim of at most 32; gives how many were tried."""
    claimed = _claim()
    if not claimed:
        return 0
    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(_carry, claimed))
    with transaction.atomic(), connection.cursor() as cursor:
        for due, answer in zip(claimed, answers, strict=True):
            pause = pause_seconds(due.tries) if answer.state == "failed" else None
            state = answer.state if answer.state != "failed" else "dead" if pause is None else "pending"
            cursor.execute(RECORD, [state, answer.error[:100], state, pause or 0, due.number, due.tries])
    return len(claimed)


def _claim() -> list[Due]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM, [LEASE_SECONDS, CLAIM_ROWS])
        return [
            Due(number, text, tries, Way(person_id=person, channel=channel, sealed=bytes(sealed)))
            for number, text, tries, person, channel, sealed in cursor.fetchall()
        ]


def _carry(due: Due) -> Carried:
    try:
        address = vault.unseal(bytes(due.way.sealed), due.way.context).decode()
    except (InvalidTag, KeyError):
        return Carried("failed", "address unreadable")
    return carry(due.way.channel, address, due.text)
