"""The worker: claims work of every lane, does it in one transaction, retries alone what fails, sets aside what keeps failing."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import Any, cast

from django.db import InterfaceError, OperationalError, connection, transaction

from gongfu.base.events.bus import LANES, QUIET
from gongfu.base.kit.crash import crash_point

log = logging.getLogger(__name__)
CLAIM_ROWS = 400
CLAIM_WEIGHT = 6_000_000
TRIES = 5
RETRY_SECONDS = (1, 5, 30, 120, 600)


@dataclass(frozen=True, slots=True)
class Claimed:
    number: int
    payload: dict[str, Any]
    tries: int


def _candidates(lane: str) -> list[int]:
    """Rows due that nobody holds just now: locked and let go again, so that several workers share a long queue."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, weight FROM events_work WHERE lane = %s AND NOT dead AND ready_at <= clock_timestamp() "
            "ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED",
            [lane, QUIET.get(lane, CLAIM_ROWS)],
        )
        rows = cursor.fetchall()
    chosen: list[int] = []
    weight = 0
    for number, size in rows:
        if chosen and weight + size > CLAIM_WEIGHT:
            break
        chosen.append(number)
        weight += size
    return chosen


def _claim(numbers: list[int]) -> list[Claimed]:
    """Lock those of the rows that nobody else holds and that are still there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, payload::text, tries FROM events_work WHERE id = ANY(%s) AND NOT dead ORDER BY id "
            "FOR UPDATE SKIP LOCKED",
            [numbers],
        )
        return [Claimed(number, json.loads(payload), tries) for number, payload, tries in cursor.fetchall()]


def _run(lane: str, numbers: list[int]) -> int:
    """Claim, handle and finish in one transaction; gives how many were done."""
    kind, handler = LANES[lane]
    with transaction.atomic():
        claimed = _claim(numbers)
        if not claimed:
            return 0
        crash_point(f"{lane}.claimed")
        handler([kind(**work.payload) for work in claimed])
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM events_work WHERE id = ANY(%s)", [[work.number for work in claimed]])
        crash_point(f"{lane}.handled")
    crash_point(f"{lane}.committed")
    return len(claimed)


def _set_back(number: int, error: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE events_work SET tries = tries + 1, error = %s, dead = tries + 1 >= %s, "
            "ready_at = clock_timestamp() + (%s::int[])[tries + 1] * interval '1 second' WHERE id = %s",
            [error[:2000], TRIES, list(RETRY_SECONDS), number],
        )


def _run_singly(lane: str, numbers: list[int]) -> int:
    done = 0
    for number in numbers:
        try:
            done += _run(lane, [number])
        except (OperationalError, InterfaceError):
            raise
        except Exception as fault:
            log.exception("work %s of lane %s failed", number, lane)
            _set_back(number, f"{type(fault).__name__}: {fault}")
    return done


def run_lane(lane: str) -> int:
    """One claim of one lane; a failing batch is repeated row by row so that one poison row harms no other."""
    numbers = _candidates(lane)
    if not numbers:
        return 0
    try:
        return _run(lane, numbers)
    except (InterfaceError, OperationalError) as fault:
        if getattr(fault.__cause__, "sqlstate", None) not in ("40001", "40P01", "55P03"):
            raise
        return 0
    except Exception:
        log.warning("a batch of %s on lane %s failed; trying its rows one by one", len(numbers), lane, exc_info=True)
        return _run_singly(lane, numbers)


def run_once() -> int:
    """One claim of each lane, of the quiet ones only when the others had nothing; gives how many rows were done."""
    return sum(run_lane(lane) for lane in LANES if lane not in QUIET) or sum(map(run_lane, QUIET))


def due() -> bool:
    """Whether any lane has work that is not set aside."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM events_work WHERE NOT dead)")
        row = cursor.fetchone()
    return bool(row and row[0])


def drain() -> int:
    """Work until nothing is due; gives how many rows were done."""
    total = 0
    while count := run_once():
        total += count
    return total


def wait(seconds: float) -> None:
    """Return when someone announces work, or after `seconds`."""
    connection.ensure_connection()
    driver = cast(Any, connection.connection)
    driver.execute("LISTEN work")
    for _ in driver.notifies(timeout=seconds, stop_after=1):
        break
