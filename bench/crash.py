"""The crash harness: a process dies by kill -9 at named points of all that it does with lists and what follows them, PostgreSQL too now
and then; then everything is done again, and nothing may be lost or doubled (faults F1 to F3, invariants I1 to I14).

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
from time import perf_counter
from typing import Any

from bench import deeds
from bench.deeds import Deed

POINTS = deeds.points()
SERVER_EVERY, LEAST_LISTS, POINTS_A_LIST, TURNS = 40, 48, 4, 3
KILLED = -9


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


def written(folder: Path, wave: int, lists: int) -> int:
    """The deeds of a wave, made from what stands in the database and kept in the folder; in a child."""
    from bench.waves import WAVES

    (folder / f"wave{wave}.pickle").write_bytes(pickle.dumps(WAVES[wave][1](folder, lists)))
    return 0


def read(folder: Path, wave: int) -> list[Deed]:
    found: list[Deed] = pickle.loads((folder / f"wave{wave}.pickle").read_bytes())  # noqa: S301  (our own child wrote it)
    return found


def step(folder: Path, deed: Deed, point: str) -> int:
    """One deed, everything moved on as far as it goes, with death waiting at the point."""
    from gongfu.base.kit import crash

    crash.plan(point)
    deeds.do(deed, folder)
    move_on(folder)
    return 0


def move_on(folder: Path) -> int:
    """One turn of everything behind the door; gives how much moved. Customs releases most, leaves some lying, repeats much, answers in any order."""
    from gongfu.base.events import worker
    from gongfu.config import exchange
    from gongfu.peers.single_window import Scenario, Window, run

    calm = Scenario(
        rejected=0, review=0, inspected=0, silent=0, repeated=0.3, late=0.2, orphaned=0, unknown=0, bill_differs=0, stored=0.2
    )  # fmt: skip
    moved = worker.drain() + exchange.turn(folder)
    run(Window(folder / "link", calm, 1), once=True)
    return moved + exchange.turn(folder) + worker.drain() + deeds.upload(folder)


def settled(folder: Path, waves: int) -> int:
    """Everything of the first waves done again, and moved on until nothing moves."""
    from gongfu.base.kit import clock
    from gongfu.modules.trade.models import RealtimeRequest

    RealtimeRequest.objects.filter(state="taken").update(next_at=clock.now())  # the lease of a sender that died runs out
    for wave in range(waves):
        for deed in read(folder, wave):
            deeds.do(deed, folder)
    while move_on(folder):
        continue
    return 0


def finish(folder: Path, waves: int) -> int:
    """Do everything again, settle, and count what is lost, doubled or violated; gives how much."""
    from bench.tally import counts, odd
    from gongfu.config.invariants import violations

    settled(folder, waves)
    told = counts([one for wave in range(waves) for one in read(folder, wave)])
    apart = {name: pair for name, pair in told.items() if pair[0] != pair[1]}
    lost = sum(max(wanted - found, 0) for wanted, found in apart.values())
    doubled = sum(max(found - wanted, 0) for wanted, found in apart.values())
    broken = {name: rows for name, rows in violations().items() if rows}
    print(f"counted {', '.join(f'{name} {wanted}' for name, (wanted, _) in told.items())}")
    print(f"lost {lost}, doubled {doubled}, invariants violated {broken or 'none'}", *apart.items(), *odd(), flush=True)
    return min(lost + doubled + len(broken), 100)


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
    from bench.waves import WAVES

    began, killed, tried = perf_counter(), Counter[str](), Counter[str]()
    for wave, (name, _, share) in enumerate(WAVES):
        lists = max(points // POINTS_A_LIST, LEAST_LISTS)
        if in_child(lambda: written(folder, wave, lists)):  # noqa: B023  (run at once)
            return 1
        wanted = -(-points * share // 100)
        if not _killed(server, folder, read(folder, wave), wanted, killed, tried):
            print(f"the points of the {name} are no longer reached", flush=True)
        if in_child(lambda: settled(folder, wave + 1)):  # noqa: B023  (run at once)
            return 1
    code = in_child(lambda: finish(folder, len(WAVES)))
    if missed := sorted(set(POINTS) - set(+killed)):
        print(f"alive at {', '.join(missed)}")
    print(f"{killed.total()} kills in {perf_counter() - began:.0f} s: {dict(+killed)}", flush=True)
    return code


def _killed(server: Any, folder: Path, wave: list[Deed], wanted: int, killed: Counter[str], tried: Counter[str]) -> bool:
    """Die so many times in a wave, in each deed where there were fewest deaths and tries, the server now and then beside; False when
    that many deaths could not be had."""
    aim = killed.total() + wanted
    for number, deed in enumerate(wave * TURNS, 1):
        if killed.total() >= aim:
            return True
        point = min(deed.path(), key=lambda one: tried[one] + 2 * killed[one])
        tried[point] += 1
        killed[point] += in_child(lambda: step(folder, deed, point)) == KILLED  # noqa: B023  (run at once)
        if number % SERVER_EVERY == 0:
            server.kill()
            server.start()
            killed["postgresql"] += 1
    return killed.total() >= aim


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100))
