"""Uploads of the 179 interface: each request is claimed, sent outside any transaction and recorded, by itself.

A claim counts the try and puts the next one off by the lease, so that a sender that dies costs a pause and no answer. What became
of one request is recorded as soon as it is known, so that no failure of another can send it a second time.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Q

from gongfu.base.access.actor import WORKER, Actor
from gongfu.base.audit.action import action
from gongfu.base.kit import clock
from gongfu.base.kit.crash import crash_point
from gongfu.base.notices.actions import tell
from gongfu.core.ceb import realtime
from gongfu.core.rule import Finding
from gongfu.modules.trade import links
from gongfu.modules.trade.models import RealtimeKey, RealtimeRequest
from gongfu.modules.trade.realtime import FAILED, SENT, TAKEN, again, assembled, signed

log = logging.getLogger(__name__)
CLAIM_ROWS, LEASE_SECONDS, MOST_TOLD = 16, 120, 5_000
# After each failed try but the last, the fifth.
PAUSES_SECONDS = (1, 5, 30, 120)
CLAIM = """
UPDATE trade_realtimerequest SET tries = tries + 1, next_at = clock_timestamp() + %s * interval '1 second' WHERE id IN (
  SELECT id FROM trade_realtimerequest WHERE state = 'taken' AND next_at <= clock_timestamp() ORDER BY next_at LIMIT %s FOR UPDATE SKIP LOCKED
) RETURNING id, tries
"""


@dataclass(frozen=True, slots=True)
class Due:
    """A claimed request and how often it was tried, this time included."""

    number: int
    tries: int


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a try.  code, text: customs' words or ours.  retry: nobody answered, so that it is tried again."""

    code: str
    text: str
    sha256: str = ""
    retry: bool = False


@dataclass(frozen=True, slots=True)
class Recorded:
    row: RealtimeRequest | None = None
    findings: tuple[Finding, ...] = ()

    def audit(self) -> dict[str, Any] | None:
        row = self.row
        if row is None:
            return None
        facts = {"session": row.session_id, "state": row.state, "outcome": row.outcome, "tries": row.tries}
        return {"subject": f"realtime:{row.ebp_code}", "zone": row.zone, "facts": facts}


def run_once() -> int:
    """One claim of at most 16; gives how many were tried."""
    claimed = _claim()
    crash_point("realtime.claimed")
    bodies = {due: _body(due) for due in claimed}
    for due, body in bodies.items():
        if isinstance(body, Told):
            record(WORKER, due, body)
    _send_all({due: body for due, body in bodies.items() if isinstance(body, str)})
    return len(claimed)


def _claim() -> list[Due]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM, [LEASE_SECONDS, CLAIM_ROWS])
        return [Due(number, tries) for number, tries in cursor.fetchall()]


def _body(due: Due) -> str | Told:
    """`payExInfoStr` of a request, or why there is none; one that cannot be put together holds up no other."""
    row = RealtimeRequest.objects.get(pk=due.number)
    try:
        key = RealtimeKey.objects.get(ebp_code=row.ebp_code)
        found = assembled(key, row.order_no)
        if isinstance(found, realtime.Refused):
            return Told(found.code, found.message)
        return signed(key, row.session_id, *found, int(clock.now().timestamp() * 1000))
    except (OperationalError, InterfaceError):
        raise
    except Exception as fault:
        log.exception("payment data of request %s could not be put together", due.number)
        return Told(realtime.FAILED, f"原始数据无法组装或签名（{type(fault).__name__}）")


def _send_all(bodies: dict[Due, str]) -> None:
    """All at the same time; threads ask no database, each answer is recorded as it comes."""
    if not bodies:
        return
    with ThreadPoolExecutor(len(bodies)) as pool:
        waiting = {pool.submit(_sent, body): due for due, body in bodies.items()}
        for one in as_completed(waiting):
            crash_point("realtime.sent")
            record(WORKER, waiting[one], one.result())


def _sent(body: str) -> Told:
    sha256 = hashlib.sha256(body.encode()).hexdigest()
    try:
        return Told(*realtime.outcome(links.CUSTOMS["send"](body)), sha256)
    except LookupError as fault:
        return Told(realtime.FAILED, str(fault))
    except ConnectionError as fault:
        return Told(realtime.FAILED, f"海关没有应答：{fault}", retry=True)
    except Exception as fault:
        log.exception("an upload failed")
        return Told(realtime.FAILED, f"{type(fault).__name__}: {fault}", retry=True)


@action("realtime.send", title="上传实时数据")
def record(actor: Actor, due: Due, told: Told) -> Recorded:
    """Write down what became of a try. Success always counts; a failure does only while nobody else has claimed the request since."""
    row = RealtimeRequest.objects.select_for_update().get(pk=due.number)
    done = told.code == realtime.OK
    if row.state == SENT or not (done or (row.state, row.tries) == (TAKEN, due.tries)):
        return Recorded()
    row.outcome, row.outcome_text = told.code, told.text[:200]
    if told.retry and due.tries <= len(PAUSES_SECONDS):
        row.next_at = clock.now() + timedelta(seconds=PAUSES_SECONDS[due.tries - 1])
    else:
        row.state = SENT if done else FAILED
    if told.sha256:
        row.sha256, row.uploaded_at = told.sha256, clock.now()
    row.save()
    return Recorded(row)


@action("realtime.resend", title="重新上传实时数据")
def resend(actor: Actor, number: int) -> Recorded:
    """Send a failed request again, by a person's hand."""
    row = RealtimeRequest.objects.seen_by(actor).select_for_update().filter(pk=number).first()
    if row is None or row.state != FAILED:
        facts = {"state": row.state if row else "—"}
        return Recorded(findings=(Finding("STATE-RESEND", value=str(number), facts=facts, rules=("R-206",)),))
    again(row)
    return Recorded(row)


def late(at: datetime) -> Q:
    """Requests whose data came to customs after their time, or are still due when it has passed."""
    return Q(state=SENT, uploaded_at__gt=F("due_at")) | Q(state__in=(TAKEN, FAILED), due_at__lt=at)


@dataclass(frozen=True, slots=True)
class Watched:
    """How many requests their people were told of."""

    failed: int
    late: int

    def audit(self) -> dict[str, Any] | None:
        facts = {"failed": self.failed, "late": self.late}
        return {"subject": "realtime", "facts": facts} if any(facts.values()) else None


@action("realtime.watch", title="实时数据逾期和失败提醒")
def watch(actor: Actor, at: datetime) -> Watched:
    """Tell each platform's people and the zone's office, once, of the requests that failed and of those that are late at the moment."""
    failed = _fresh(Q(state=FAILED, failed_told=False))
    overdue = _fresh(Q(state__in=(TAKEN, FAILED), due_at__lt=at, late_told=False))
    _tell(failed, "上传失败", "failed to be sent", "state=failed")
    _tell(overdue, "逾期未上传", "late", "late=1")
    RealtimeRequest.objects.filter(pk__in=[number for number, *_ in failed]).update(failed_told=True)
    RealtimeRequest.objects.filter(pk__in=[number for number, *_ in overdue]).update(late_told=True)
    return Watched(len(failed), len(overdue))


def _fresh(those: Q) -> Sequence[tuple[int, str, str]]:
    """(number, zone, platform) of the requests, locked."""
    rows = RealtimeRequest.objects.filter(those).order_by("pk").select_for_update(skip_locked=True)
    return list(rows.values_list("pk", "zone", "ebp_code")[:MOST_TOLD])


def _tell(rows: Iterable[tuple[int, str, str]], zh: str, en: str, query: str) -> None:
    """One notice for each platform, and one for the zone's desk."""
    counts: dict[tuple[str, str], int] = {}
    for _, zone, platform in rows:
        counts[zone, platform] = counts.get((zone, platform), 0) + 1
    for (zone, platform), count in sorted(counts.items()):
        said: dict[str, Any] = {
            "zone": zone, "title": f"海关索取的支付原始数据 {count} 件{zh}（电商平台 {platform}）",
            "title_en": f"Payment data asked by customs: {count} {en} (platform {platform})",
        }  # fmt: skip
        tell(party_code=platform, place=f"payment-data?{query}", **said)
        tell(permission="realtime.read", place="payment-platforms", **said)
