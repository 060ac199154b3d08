"""The crash harness: a process dies by kill -9 at named points of the way in and out, PostgreSQL too now and then; then
everything is sent again, and nothing may be lost or doubled (faults F1 to F3, invariants I1 to I13).

    python -m bench.crash [POINTS]
"""

from __future__ import annotations

import os
import pickle
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

POINTS = (
    "accept.before", "accept.inserted", "decode.claimed", "decode.CEB311", "decode.CEB411", "decode.CEB511", "decode.CEB621", "decode.CEB622",
    "decode.CEB816", "decode.handled", "decode.committed", "match.claimed", "tax.reserved", "tax.returned", "match.handled", "match.committed", "dispatch.written", "dispatch.before",
    "collect.accepted", "file.flows.claimed", "file.flows.handled", "file.lists.handled", "file.claimed", "file.handled", "file.committed", "chain.claimed",
    "chain.handled", "chain.committed", "clocks.claimed", "clocks.handled",
)  # fmt: skip
SERVER_EVERY = 40
KILLED = -9
Message = tuple[str, bytes]


def in_child(work: Callable[[], int]) -> int:
    """Run the work in a forked process; its exit code, or -9 when it was killed. The parent itself never works."""
    sys.stdout.flush()
    number = os.fork()
    if number == 0:
        code = 1
        try:
            code = work()
        except Exception:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    _, status = os.waitpid(number, 0)
    return os.waitstatus_to_exitcode(status)


def prepare(folder: Path, lists: int) -> int:
    """Tables, firms, and the messages to send: one list, order, payment and waybill at a time, with late and early ones mixed."""
    from bench.material import keyring, material, today
    from gongfu.config.demo import enrol
    from gongfu.config.runtime import bring_up_to_date, platform_signer

    bring_up_to_date()
    keys = keyring(folder)
    made = material(keys, lists, 1, today())
    enrol(made.plan, keys, today())
    platform_signer(folder)
    messages = [(firm.code, data) for group in made.groups for _, firm, data in group]
    Random(1).shuffle(messages)
    (folder / "messages.pickle").write_bytes(pickle.dumps(messages))
    return 0


def step(folder: Path, message: Message, point: str) -> int:
    """One message in, everything moved on as far as it goes, with death waiting at the point."""
    from gongfu.base.access.actor import OPERATOR
    from gongfu.base.kit import crash
    from gongfu.modules.intake.actions import accept

    crash.plan(point)
    accept(OPERATOR, message[1], zone="nanchong", sender_code=message[0], channel="api")
    move_on(folder)
    return 0


def move_on(folder: Path) -> int:
    """One turn of everything behind the door; gives how much moved. Customs releases all, repeats much, answers in any order."""
    from gongfu.base.events import worker
    from gongfu.config import exchange
    from gongfu.peers.single_window import Scenario, Window, run

    calm = Scenario(
        rejected=0, review=0, inspected=0, silent=0, repeated=0.3, late=0.2, orphaned=0, unknown=0, bill_differs=0
    )
    moved = worker.drain() + exchange.turn(folder)
    run(Window(folder / "link", calm, 1), once=True)
    return moved + exchange.turn(folder) + worker.drain()


def finish(folder: Path, messages: list[Message]) -> int:
    """Send everything again, settle, and count what is lost, doubled or violated; gives how much."""
    from gongfu.base.access.actor import OPERATOR
    from gongfu.base.trails.models import Trail
    from gongfu.config.invariants import violations
    from gongfu.modules.declarations.models import Declaration, Move
    from gongfu.modules.intake.actions import accept
    from gongfu.modules.intake.models import Message as Stored
    from gongfu.modules.intake.models import Receipt
    from gongfu.modules.matching.models import Chain
    from gongfu.modules.trade.kinds import FILE

    for code, data in messages:
        accept(OPERATOR, data, zone="nanchong", sender_code=code, channel="api")
    while move_on(folder):
        continue
    lists = len(messages) // 4
    lost = len(messages) - Stored.objects.filter(channel="api", state="accepted").count()
    lost += lists - Declaration.objects.filter(state__in=("released", "closed")).count()
    doubled = Declaration.objects.count() - lists + Move.objects.filter(state="released").count() - lists
    lost += abs(lists - Trail.objects.filter(kind=FILE.code).count()) + abs(lists - Chain.objects.count())
    odd = list(Receipt.objects.filter(status__startswith="-").values_list("type", "info")[:5])
    odd += list(
        Declaration.objects.exclude(state__in=("released", "closed")).values_list("state", "reason", "order_no")[:5]
    )
    broken = {name: rows for name, rows in violations().items() if rows}
    print(f"lost {lost}, doubled {doubled}, invariants violated {broken or 'none'}", *odd, flush=True)
    return min(abs(lost) + abs(doubled) + len(broken), 100)


def main(points: int) -> int:
    """Crash `points` times; exit code 0 when nothing was lost or doubled."""
    with tempfile.TemporaryDirectory(prefix="gongfu-crash-", ignore_cleanup_errors=True) as place:
        folder = Path(place)
        folder.chmod(0o711)
        os.environ.update(GONGFU_DATA=place, GONGFU_LINK=str(folder / "link"), POLARS_MAX_THREADS="1")
        os.environ.pop("DATABASE_URL", None)
        from gongfu.config.postgres import Cluster

        server = Cluster(folder)
        server.start()
        try:
            return _run(server, folder, points)
        finally:
            server.stop()


def _run(server: Any, folder: Path, points: int) -> int:
    from gongfu.config.runtime import setup

    setup()
    from django.db import connection

    began, killed = perf_counter(), Counter[str]()
    if in_child(lambda: prepare(folder, max(points // 3, 30))):
        return 1
    messages: list[Message] = pickle.loads((folder / "messages.pickle").read_bytes())  # noqa: S301  (our own child wrote it)
    tries = 0
    while killed.total() < points:
        point, message = POINTS[tries % len(POINTS)], messages[tries % len(messages)]
        outcome = in_child(lambda: step(folder, message, point))  # noqa: B023  (run at once)
        killed[point] += outcome == KILLED
        tries += 1
        if tries % SERVER_EVERY == 0:
            server.kill()
            server.start()
            killed["postgresql"] += 1
        if tries > 20 * points:
            print("the points are no longer reached", flush=True)
            break
    connection.close()
    code = in_child(lambda: finish(folder, messages))
    print(f"{killed.total()} kills in {perf_counter() - began:.0f} s: {dict(killed)}", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100))
