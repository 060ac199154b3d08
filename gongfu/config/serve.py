"""The long-running processes behind `gongfu up`, one a name: prepare (once), worker, hooks, link, clock, play (once).

python -m gongfu.config.serve NAME [LISTS]
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

os.environ.setdefault("POLARS_MAX_THREADS", "1")

from gongfu.config import datafolder
from gongfu.config.runtime import bring_up_to_date, say, setup

BEAT_SECONDS = 0.3
CLOCK_SECONDS = 1.0
STOP = threading.Event()


def until_told() -> None:
    """Let SIGTERM and SIGINT end the loop after the piece of work at hand."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: STOP.set())


def prepare(lists: int) -> None:
    """Scripts and styles packed, tables up to date, what the zones' plans name entered, the index of codes filled, demonstration accounts where it is one."""
    from django.conf import settings

    from gongfu.base.access.actor import OPERATOR
    from gongfu.base.screens.assets import collect
    from gongfu.config.zones import furnish
    from gongfu.modules.goods.actions import load_codes
    from gongfu.zones.plan import plans

    collect(Path(settings.STATIC_ROOT))
    bring_up_to_date()
    furnish(OPERATOR, plans())
    load_codes(OPERATOR)
    if settings.DEMO:
        from gongfu.config.demo import accounts

        accounts()


def worker(lists: int) -> None:
    """Claim and do work of every lane; wait for a notice when there is none. A lost database is asked for again."""
    from django.db import InterfaceError, OperationalError, connection

    from gongfu.base.events import worker as lanes

    until_told()
    while not STOP.is_set():
        try:
            if not lanes.run_once():
                lanes.wait(BEAT_SECONDS)
        except (OperationalError, InterfaceError):
            connection.close()
            STOP.wait(BEAT_SECONDS)


def hooks(lists: int) -> None:
    """Send what is due to firms' own systems, on people's ways and to customs (179); nothing else waits for it."""
    from django.db import InterfaceError, OperationalError, connection

    from gongfu.base.hooks import worker as sender
    from gongfu.base.notices import sending
    from gongfu.modules.trade import uploads

    until_told()
    while not STOP.is_set():
        try:
            if not sender.run_once() + sending.run_once() + uploads.run_once():
                STOP.wait(BEAT_SECONDS)
        except (OperationalError, InterfaceError):
            connection.close()
            STOP.wait(BEAT_SECONDS)


def link(lists: int) -> None:
    """Carry work to the single window and back, take watched files, seal the log and sign its head."""
    from django.db import InterfaceError, OperationalError, connection

    from gongfu.base.audit.actions import sign_head
    from gongfu.base.kit import clock
    from gongfu.base.kit.beijing import civil_date
    from gongfu.config.exchange import turn

    until_told()
    folder = datafolder.path()
    while not STOP.is_set():
        try:
            if turn(folder):
                sign_head(civil_date(clock.now()))
            else:
                STOP.wait(BEAT_SECONDS)
        except (OperationalError, InterfaceError):
            connection.close()
            STOP.wait(BEAT_SECONDS)


def clock(lists: int) -> None:
    """Do what recurs: holds that lapse, tasks to urge, partners to ask."""
    from django.db import InterfaceError, OperationalError, connection

    from gongfu.base.events.schedule import strike
    from gongfu.base.kit import clock as record

    until_told()
    while not STOP.is_set():
        try:
            strike(record.now())
        except (OperationalError, InterfaceError):
            connection.close()
        STOP.wait(CLOCK_SECONDS)


def play(lists: int) -> None:
    """Hand in the demonstration day, unless it was handed in before."""
    from gongfu.base.kit import clock
    from gongfu.base.kit.beijing import civil_date
    from gongfu.config import demo

    demo.play(datafolder.path(), lists, civil_date(clock.now()), say)


PROCESSES = {"prepare": prepare, "worker": worker, "hooks": hooks, "link": link, "clock": clock, "play": play}


def main() -> int:
    name, lists = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0
    setup()
    PROCESSES[name](lists)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
