"""Deliveries from files: the command, and the watched folder WATCH/<zone>/feeds/<code>/."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from gongfu.base.access.actor import OPERATOR, WORKER
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import BEIJING
from gongfu.core.rule import Finding
from gongfu.modules.feeds import actions, queries, taking
from gongfu.modules.feeds.models import Delivery, Feed

log = logging.getLogger(__name__)
QUIET_SECONDS = 1.0


def deliver(
    file: Path, code: str, zone: str, *, rows: str = "", sums: str = "", channel: str = "cli"
) -> dict[str, Any]:
    """Take a file in and read it; ValueError in one line when feed, file or totals do not serve."""
    found = Feed.objects.filter(code=code, active=True)
    zones = [one.zone for one in (found.filter(zone=zone) if zone else found)]
    if len(zones) != 1:
        raise ValueError(f"{'several zones have' if zones else 'there is no'} feed {code}; name one with --zone")
    if not file.is_file():
        raise ValueError(f"not there: {file}")
    taken = actions.receive(
        OPERATOR, code, file.read_bytes(), file.name, channel=channel, zone=zones[0], rows=rows, sums=sums
    )
    if taken.delivery is None:
        raise ValueError(taken.finding.message("en") if taken.finding else code)
    taking.take_up(WORKER, taken.delivery.pk)
    return _told(Delivery.objects.select_related("feed").get(pk=taken.delivery.pk), again=taken.again)


def _told(row: Delivery, *, again: bool) -> dict[str, Any]:
    columns = ("state", "sha256", "rows", "accepted", "repeated", "refused", "declared", "counted")
    findings = [Finding.load(one).as_dict() for one in row.findings]
    return {
        "feed": row.feed.code,
        "delivery": row.pk,
        "again": again,
        **{name: getattr(row, name) for name in columns},
        "findings": findings,
    }


def standings(at: datetime | None) -> list[dict[str, Any]]:
    """Every active feed as it stands at a moment (now unless told), the worst first."""
    return [
        {
            "zone": one.feed.zone, "code": one.feed.code, "title": one.feed.title, "colour": one.standing.colour, "why": one.standing.why,
            "since": shown(one.standing.since), "last": shown(one.last_at), "next_due": shown(one.standing.next_due),
        }
        for one in queries.board(OPERATOR, at or clock.now())
    ]  # fmt: skip


def shown(moment: datetime | None) -> str | None:
    """A moment of Beijing, as commands print it."""
    return moment.astimezone(BEIJING).isoformat(" ", "minutes") if moment else None


def watch() -> int:
    """Take files of WATCH/<zone>/feeds/<code>/ that nobody writes to any more. Gives how many.

    They move to `done` beside them, or to `refused` where they cannot be taken in at all (no such feed, too big).
    """
    count = 0
    for path in _waiting():
        code, zone = path.parent.name, path.parents[2].name
        taken = actions.receive(OPERATOR, code, path.read_bytes(), path.name, channel="folder", zone=zone)
        if taken.finding:
            log.warning("%s/feeds/%s/%s: %s", zone, code, path.name, taken.finding.message("en"))
        done = path.parent / ("refused" if taken.finding else "done")
        done.mkdir(exist_ok=True)
        os.replace(path, done / path.name)
        count += 1
    return count


def _waiting() -> Iterator[Path]:
    """Files of feeds' folders, oldest first; one that changed within a second is still being written."""
    still = clock.now().timestamp() - QUIET_SECONDS
    for folder in sorted(settings.WATCH_FOLDER.glob("*/feeds/*")) if settings.WATCH_FOLDER.is_dir() else []:
        files = (
            [one for one in folder.iterdir() if one.is_file() and not one.name.startswith(".")]
            if folder.is_dir()
            else []
        )
        yield from (one for one in sorted(files, key=lambda one: one.stat().st_mtime) if one.stat().st_mtime <= still)
