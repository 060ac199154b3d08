"""One turn of the platform's back rooms: work lanes, the way to the single window and back, the watched folder, the seals."""

from __future__ import annotations

import fcntl
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from django.conf import settings

from gongfu.base.access.actor import OPERATOR, Actor
from gongfu.base.audit import actions as audit
from gongfu.base.events import worker
from gongfu.config import feeds
from gongfu.config.processes import until
from gongfu.config.runtime import platform_signer
from gongfu.core.ceb import envelope
from gongfu.modules.declarations import following
from gongfu.modules.declarations.actions import mark_sent
from gongfu.modules.intake import links
from gongfu.modules.intake.actions import Accepted, accept
from gongfu.modules.intake.models import Message
from gongfu.modules.parties import queries as parties
from gongfu.zones.plan import plans

WAIT_SECONDS = 120.0
COP_CODE = re.compile(rb"<(?:[\w.\-]+:)?copCode>\s*([^<\s]{1,40})\s*<")


def sender_of(data: bytes) -> str:
    """The transfer company that a file names; "" when it cannot be read."""
    body, fault = envelope.business(data)
    found = None if fault else COP_CODE.search(body)
    return found[1].decode("utf-8", "replace")[:18] if found else ""


def take(path: Path, zone: str, at: datetime | None = None, actor: Actor = OPERATOR, channel: str = "cli") -> Accepted:
    """Accept one file through the same door as the interface; without a zone, the sender's home zone."""
    data = path.read_bytes()
    sender = sender_of(data)
    home = zone or parties.home_zones([sender]).get(sender, "") or next(iter(plans()))
    return accept(actor, data, zone=home, sender_code=sender, channel=channel, file_name=path.name, received_at=at)


def turn(folder: Path) -> int:
    """Dispatch, collect, watch; gives how many things were done. The work itself is the workers'."""
    done = 0
    while count := links.dispatch(platform_signer(folder), _sent):
        done += count
    done += links.collect(next(iter(plans())))
    done += links.watch(lambda path, zone: take(path, zone, channel="folder")) + feeds.watch()
    return done + audit.seal_new()


def _sent(actor: Actor, guids: list[str], message_id: int) -> None:
    """Lists and follow-ups alike learn that the single window has them."""
    mark_sent(actor, guids, message_id)
    following.mark_sent(actor, guids, message_id)


def is_up(folder: Path) -> bool:
    """Whether `gongfu up` runs on this data folder: then its own processes do the work."""
    file = folder / "up.lock"
    if not file.exists():
        return False
    with file.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def settle(folder: Path, *, seed: int = 1, scenario: Path | None = None) -> None:
    """Work until nothing moves any more, with a single-window stand-in that answers all at once (no server needed).

    scenario: what the stand-in does (peers.single_window); where `gongfu up` runs, its own stand-in answers.
    """
    if is_up(folder):
        until(lambda: not worker.due() and not Message.objects.filter(state="received").exists(), WAIT_SECONDS)
        return
    while True:
        moved = worker.drain() + turn(folder)
        moved += _window_once(seed, scenario)
        if not moved:
            return


def _window_once(seed: int, scenario: Path | None) -> int:
    """Let the stand-in, a process of its own, answer what lies in the outbox; gives how many envelopes there were."""
    waiting = len(list((settings.LINK_FOLDER / "outbox").glob("*.xml")))
    command = [sys.executable, "-m", "gongfu.peers.single_window", "--link", str(settings.LINK_FOLDER)]
    if waiting:
        told = ["--scenario", str(scenario)] if scenario else []
        subprocess.run([*command, "--seed", str(seed), "--once", *told], check=True)
    return waiting
