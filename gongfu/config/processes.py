"""Processes of this machine, as Linux shows them in /proc; and children that never outlive their parent."""

from __future__ import annotations

import ctypes
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic

PR_SET_PDEATHSIG = 1
LOOK_SECONDS = 0.02
_LIBC = ctypes.CDLL(None, use_errno=True)


def dies_with_parent(death: int) -> Callable[[], None]:
    """What a child runs before its program: unblock signals, and get signal `death` when this process is gone.

    The kernel watches the thread that starts the child, so start children from the main thread. A parent that
    died in between is noticed too.
    """
    parent = os.getpid()

    def prepare() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        _LIBC.prctl(PR_SET_PDEATHSIG, int(death), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return prepare


def working_in(folder: Path, program: str) -> list[int]:
    """Ids of live processes called `program` whose working folder is `folder`, zombies left out."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and is_working_in(int(entry.name), folder, program):
            found.append(int(entry.name))
    return found


def is_working_in(number: int, folder: Path, program: str) -> bool:
    """Whether process `number` is a `program` working in `folder`; False when it is gone or not ours to look at."""
    try:
        name = Path(f"/proc/{number}/comm").read_text().strip()
        return name == program and os.readlink(f"/proc/{number}/cwd") == str(folder)
    except OSError:
        return False


def kill(numbers: list[int]) -> None:
    """SIGKILL each; those already gone are passed over."""
    for number in numbers:
        try:
            os.kill(number, signal.SIGKILL)
        except ProcessLookupError:
            continue


def until(holds: Callable[[], bool], seconds: float) -> bool:
    """Look again and again until `holds`, at most so many seconds; whether it came to hold."""
    limit, nothing = monotonic() + seconds, threading.Event()
    while not holds():
        if monotonic() > limit:
            return False
        nothing.wait(LOOK_SECONDS)
    return True
