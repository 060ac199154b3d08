"""The sender: claims what is due, sends it outside any transaction, writes down what came of it.

A claim counts the try and puts the next one off by the lease, so that a sender that dies costs a pause and never a
notice; a notice may come twice, always under one id. No main path waits for any of this: it is a process of its own.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidTag
from django.conf import settings
from django.db import connection, transaction

from gongfu.base.hooks.models import Attempt
from gongfu.base.hooks.rules import pause_seconds, sign
from gongfu.base.hooks.transport import Answer, post
from gongfu.base.kit import clock, vault
from gongfu.base.kit.crash import crash_point

CLAIM_ROWS, PER_ENDPOINT, THREADS, LEASE_SECONDS = 32, 4, 16, 120
GONE = 410
# A few of each address, so that a slow one keeps nobody else waiting.
CLAIM = """
UPDATE hooks_delivery d SET tries = d.tries + 1, next_at = clock_timestamp() + %s * interval '1 second'
FROM hooks_endpoint e, (
  SELECT due.id FROM hooks_endpoint a CROSS JOIN LATERAL (
    SELECT p.id FROM hooks_delivery p WHERE p.endpoint_id = a.id AND p.state = 'pending' AND p.next_at <= clock_timestamp()
    ORDER BY p.next_at LIMIT %s FOR UPDATE SKIP LOCKED
  ) due WHERE a.state = 'active' LIMIT %s
) c WHERE d.id = c.id AND e.id = d.endpoint_id
RETURNING d.id, d.uid, d.body, d.tries, e.id, e.uid, e.url, e.secret, e.previous, e.previous_until
"""


@dataclass(frozen=True, slots=True)
class Due:
    """A claimed notice with everything that sending needs, so that threads never ask the database."""

    number: int
    uid: str
    body: bytes
    tries: int
    endpoint: int
    url: str
    sealed: tuple[bytes, ...]
    context: bytes

    def secrets(self) -> list[str]:
        return [vault.unseal(one, self.context).decode() for one in self.sealed]


def _claim() -> tuple[list[Due], datetime]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM, [LEASE_SECONDS, PER_ENDPOINT, CLAIM_ROWS])
        rows = cursor.fetchall()
        at = clock.now()
    found = []
    for number, uid, body, tries, endpoint, name, url, secret, previous, until in rows:
        sealed = [bytes(secret)] + ([bytes(previous)] if previous is not None and until > at else [])
        found.append(Due(number, uid, body.encode(), tries, endpoint, url, tuple(sealed), f"hook:{name}".encode()))
    return found, at


def _send(due: Due, at: datetime, loopback: bool) -> Answer:
    stamp = int(at.timestamp())
    try:
        secrets = due.secrets()
    except (InvalidTag, KeyError):
        return Answer(None, "secret unreadable")
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "gongfu-webhooks/1",
        "webhook-id": due.uid,
        "webhook-timestamp": str(stamp),
        "webhook-signature": sign(secrets, due.uid, stamp, due.body),
    }
    return post(due.url, due.body, headers, loopback=loopback)


RECORD = """
UPDATE hooks_delivery SET state = %s, status = %s, error = %s,
  delivered_at = CASE WHEN %s = 'delivered' THEN clock_timestamp() END,
  next_at = clock_timestamp() + coalesce(%s, 0) * interval '1 second'
WHERE id = %s AND tries = %s AND state = 'pending'
"""


def _record(due: Due, answer: Answer) -> None:
    """A good answer ends it; a bad one puts it off, the last one sets it aside; 410 ends the address itself."""
    pause = None if answer.good or answer.status == GONE else pause_seconds(due.tries)
    state = "delivered" if answer.good else "pending" if pause is not None else "dead"
    error = "" if answer.good else answer.error or f"HTTP {answer.status}"
    Attempt.objects.create(delivery_id=due.number, status=answer.status, error=error[:200], millis=answer.millis)
    with connection.cursor() as cursor:
        cursor.execute(RECORD, [state, answer.status, error[:200], state, pause, due.number, due.tries])
        if answer.status == GONE:
            cursor.execute(
                "UPDATE hooks_endpoint SET state = 'removed', reason = 'HTTP 410' WHERE id = %s", [due.endpoint]
            )
            cursor.execute(
                "UPDATE hooks_delivery SET state = 'dead', error = 'endpoint gone' WHERE endpoint_id = %s AND state = 'pending'",
                [due.endpoint],
            )


def run_once() -> int:
    """One claim: send what is due, at most 32 notices; gives how many were tried."""
    claimed, at = _claim()
    if not claimed:
        return 0
    crash_point("hooks.claimed")
    loopback = settings.HOOKS_ALLOW_LOOPBACK
    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(lambda due: _send(due, at, loopback), claimed))
    crash_point("hooks.sent")
    with transaction.atomic():
        for due, answer in zip(claimed, answers, strict=True):
            _record(due, answer)
    return len(claimed)
