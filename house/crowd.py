"""Many at once: the same work in threads with connections of their own, begun together (for tests on transactional databases)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from django.db import connection

T = TypeVar("T")
PATIENCE = 120


def at_once(work: Callable[[T], None], each: Sequence[T]) -> list[Exception]:
    """Do the work for each in a thread of its own; gives what was raised, none when all went well."""
    start, faults = threading.Barrier(len(each)), list[Exception]()

    def run(one: T) -> None:
        try:
            start.wait(PATIENCE)
            work(one)
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(one,), daemon=True) for one in each]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    stuck = sum(thread.is_alive() for thread in threads)
    return [*faults, *(TimeoutError(f"{stuck} still at work") for _ in range(bool(stuck)))]


def comes_true(holds: Callable[[], bool]) -> bool:
    """Whether it comes to hold while one waits; for what depends on transactions of other tests."""
    from gongfu.config.processes import until

    return until(holds, PATIENCE)


def sealed() -> bool:
    """Seal the log until nothing is left: entries wait for transactions that are open anywhere in the server, such as another test's."""
    from gongfu.base.audit.actions import seal_new
    from gongfu.base.audit.models import Entry

    return comes_true(lambda: seal_new() == 0 and not Entry.objects.filter(seq=None).exists())
