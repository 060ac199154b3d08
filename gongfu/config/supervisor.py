"""`gongfu up`: starts processes in order, keeps them going, stops them in reverse; none outlives it.

It knows nothing of what the processes do. Its clock is the monotonic one, its loop waits for signals: a child that
ended, or somebody who wants it all to stop.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, TextIO

from gongfu.config import processes

READY_SECONDS = 90.0
POLL_SECONDS = 0.05
STOP_SECONDS = 9.0
PAUSES_SECONDS = (0.1, 0.5, 1.0, 2.0, 5.0)
SETTLED_SECONDS = 30.0
LOG_BYTES = 20_000_000
TAIL_LINES = 12
STOPPED, FAILED, ALREADY = 0, 1, 2
ASKED_TO_STOP = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
HEARD = ASKED_TO_STOP | {signal.SIGCHLD}
Say = Callable[[str], None]


@dataclass(frozen=True)
class Child:
    """One process of the installation.

    argv: the command, or what gives it anew before each start.  env: added to our own environment.
    ready: asked until it says yes before the next child is started.  once: it runs to its end, with exit code 0,
    before the next one is started.  stop: the signal that asks it to end.  identity: `subprocess` arguments of user and folder.
    """

    name: str
    argv: Sequence[str] | Callable[[], Sequence[str]]
    env: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] | None = None
    once: bool = False
    stop: signal.Signals = signal.SIGTERM
    identity: Mapping[str, Any] = field(default_factory=dict)


class StartFailed(RuntimeError):
    """A child did not come up, said in a few lines."""


class Run:
    """A child's present process, and the history that decides on the pause before its next start."""

    def __init__(self, child: Child, logs: Path) -> None:
        self.child = child
        self.log = logs / f"{child.name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.began = 0.0
        self.due: float | None = None
        self.falls = 0

    def start(self) -> None:
        """Start the process in a group of its own; OSError or RuntimeError when that cannot be done."""
        argv = self.child.argv() if callable(self.child.argv) else self.child.argv
        self.due, self.began = None, monotonic()
        with suppress(FileNotFoundError):
            if self.log.stat().st_size > LOG_BYTES:
                self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                list(argv),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.child.env},
                start_new_session=True,
                preexec_fn=processes.dies_with_parent(self.child.stop),
                **self.child.identity,
            )

    def ended(self) -> int | None:
        """Exit code of a process that ended since we last asked; what it left of its group is swept up."""
        if self.process is None:
            return None
        code = self.process.poll()
        if code is not None:
            self.sweep()
        return code

    def sweep(self) -> None:
        """SIGKILL to the whole group of the process."""
        if self.process:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def fall(self) -> float:
        """Note that the process ended by itself; the pause in seconds before it is started again."""
        self.falls = 0 if monotonic() - self.began > SETTLED_SECONDS else self.falls
        pause = PAUSES_SECONDS[min(self.falls, len(PAUSES_SECONDS) - 1)]
        self.falls += 1
        self.due = monotonic() + pause
        return pause

    def tail(self) -> str:
        """The last lines of its log, indented."""
        with self.log.open(errors="replace") as lines:
            return "".join(f"\n    {line.rstrip()}" for line in deque(lines, TAIL_LINES))


class Supervisor:
    """The children of one data folder, in the order in which they start."""

    def __init__(self, data: Path, children: Sequence[Child], say: Say) -> None:
        logs = data / "log"
        logs.mkdir(mode=0o700, exist_ok=True)
        self.say = say
        self.runs = [Run(child, logs) for child in children]

    def start(self) -> bool:
        """Start all in order. False when asked to stop meanwhile; StartFailed when a child does not come up."""
        for run in self.runs:
            try:
                run.start()
            except (OSError, RuntimeError) as error:
                raise StartFailed(f"{run.child.name} cannot be started: {error}") from error
            if not self._await(run):
                return False
            self.say(f"✓ {run.child.name} {(monotonic() - run.began) * 1000:.0f} ms")
        return True

    def _await(self, run: Run) -> bool:
        """Wait until a child is ready, or done when it runs once; False when asked to stop meanwhile."""
        child = run.child
        while True:
            code = run.ended()
            if child.once and code == 0:
                return True
            if code is not None:
                raise StartFailed(f"{child.name} ended with exit code {code}:{run.tail()}")
            if not child.once and (child.ready is None or child.ready()):
                return True
            if monotonic() - run.began > READY_SECONDS and not child.once:
                raise StartFailed(f"{child.name} is not ready after {READY_SECONDS:.0f} s:{run.tail()}")
            if heard(POLL_SECONDS) in ASKED_TO_STOP:
                return False

    def keep(self) -> None:
        """Start again whatever ends, with growing pauses, until asked to stop."""
        while True:
            for run in self.runs:
                self._look_after(run)
            due = [run.due for run in self.runs if run.due is not None]
            if heard(max(0.0, min(due) - monotonic()) if due else 60.0) in ASKED_TO_STOP:
                return

    def _look_after(self, run: Run) -> None:
        code = run.ended()
        if code is not None:
            self.say(f"✗ {run.child.name} ended with exit code {code}; again in {run.fall():g} s ({run.log})")
        elif run.due is not None and monotonic() >= run.due:
            try:
                run.start()
                self.say(f"↻ {run.child.name} started again")
            except (OSError, RuntimeError) as error:
                self.say(f"✗ {run.child.name} cannot be started: {error}; again in {run.fall():g} s")

    def stop(self) -> None:
        """End all in reverse order within STOP_SECONDS; whoever does not end in his share of it is killed."""
        limit = monotonic() + STOP_SECONDS
        hurry = False
        for run in reversed(self.runs):
            if run.process is None:
                continue
            if run.process.poll() is None:
                run.process.send_signal(run.child.stop)
            share = monotonic() if hurry else (monotonic() + limit) / 2
            while run.process.poll() is None and monotonic() < share:
                if heard(share - monotonic()) in ASKED_TO_STOP:
                    hurry = True
                    break
            run.sweep()


def heard(seconds: float) -> int | None:
    """The next signal of HEARD within so many seconds, or None. Needs them blocked, see `_signals_held`."""
    got = signal.sigtimedwait(HEARD, max(0.0, seconds))
    return got.si_signo if got else None


@contextmanager
def _signals_held() -> Iterator[None]:
    """Within it our signals wait for `heard`; those that nobody fetched are dropped at the end."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)
    try:
        yield
    finally:
        while heard(0.0) is not None:
            pass
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _sole(data: Path) -> Iterator[TextIO | None]:
    """The lock of a data folder's supervisor, or None when another one holds it."""
    with (data / "up.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield lock


def _aloud(line: str) -> None:
    print(line, flush=True)


def up(data: Path, children: Sequence[Child], say: Say = _aloud, welcome: str = "") -> int:
    """Run the children of a data folder until Ctrl-C, SIGTERM or SIGHUP.

    Gives an exit code: 0 stopped as asked, 1 a child did not come up, 2 another one runs on this data folder.
    """
    data.mkdir(mode=0o711, parents=True, exist_ok=True)
    with _sole(data) as lock:
        if lock is None:
            say(f"gongfu is already running on {data} (process {(data / 'up.lock').read_text().strip()})")
            return ALREADY
        with _signals_held():
            return _supervise(Supervisor(data, children, say), welcome)


def _supervise(all_of_them: Supervisor, welcome: str) -> int:
    say = all_of_them.say
    try:
        if all_of_them.start():
            if welcome:
                say(welcome)
            all_of_them.keep()
        return STOPPED
    except StartFailed as failure:
        say(f"✗ {failure}")
        return FAILED
    finally:
        say("stopping")
        all_of_them.stop()
        say("stopped")
