"""The supervisor with real processes: order, restarts, stopping, and nothing left behind whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from gongfu.config import processes, supervisor
from gongfu.config.postgres import Cluster
from gongfu.config.supervisor import Child, Run
from gongfu.config.tests.test_postgres import passable

HEAD = """
import signal, sys
from pathlib import Path
from gongfu.config import supervisor
from gongfu.config.postgres import Cluster, child
from gongfu.config.supervisor import Child, up
data = Path(sys.argv[1])
def lives(name, more="", **options):
    text = "echo $$ >> '%s'; %s exec sleep 1000" % (data / (name + ".pids"), more)
    return Child(name, ["bash", "-c", text], **options)
def made(name):
    file = data / (name + ".pids")
    return lambda: file.exists() and file.stat().st_size > 0
"""
Start = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    place = tmp_path / "数据 folder"
    place.mkdir()
    passable(place)
    return place


@pytest.fixture
def start(data: Path) -> Iterator[Start]:
    """Starts a supervisor in a process of its own; kills it, and what it should have ended, after the test."""
    started: list[subprocess.Popen[str]] = []

    def begin(children: str) -> subprocess.Popen[str]:
        script = f"{HEAD}\nsys.exit(up(data, [{children}], welcome='all up'))"
        argv = [sys.executable, "-c", script, str(data)]
        started.append(subprocess.Popen(argv, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.communicate()
    for file in data.glob("*.pids"):
        for line in file.read_text().split():
            with suppress(ProcessLookupError):
                os.kill(int(line), signal.SIGKILL)


def until_said(process: subprocess.Popen[str], words: str) -> list[str]:
    """The lines said up to and with one that holds `words`."""
    said: list[str] = []
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line.rstrip())
        if words in line:
            return said
    raise AssertionError(f"{words!r} was never said: {said}")


def pids(data: Path, name: str) -> list[int]:
    return [int(line) for line in (data / f"{name}.pids").read_text().split()]


def alive(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_children_come_up_in_order_and_all_end_on_sigterm(start: Start, data: Path) -> None:
    steps = (
        "lives('first', ready=made('first')), Child('once', ['true'], once=True), lives('second', ready=made('second'))"
    )
    process = start(steps)
    said = until_said(process, "all up")
    assert [line.split()[:2] for line in said[:-1]] == [["✓", "first"], ["✓", "once"], ["✓", "second"]]
    process.send_signal(signal.SIGTERM)
    until_said(process, "stopped")
    assert process.wait(10) == supervisor.STOPPED
    assert not any(alive(number) for name in ("first", "second") for number in pids(data, name))


def test_children_are_stopped_in_reverse_order(start: Start, data: Path) -> None:
    note = "lambda n: Child(n, ['bash', '-c', 'trap \"echo %s >> order; exit\" TERM; echo $$ > %s.pids; while :; do read -t 1 <> <(:); done' % (n, n)], identity={'cwd': data}, ready=made(n))"  # noqa: E501
    process = start(f"*map({note}, ('a', 'b', 'c'))")
    until_said(process, "all up")
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == supervisor.STOPPED
    assert (data / "order").read_text().split() == ["c", "b", "a"]


def test_a_child_killed_is_started_again(start: Start, data: Path) -> None:
    process = start("lives('worker', ready=made('worker'))")
    until_said(process, "all up")
    os.kill(pids(data, "worker")[0], signal.SIGKILL)
    said = until_said(process, "started again")
    assert "exit code -9" in said[0]
    assert processes.until(lambda: len(pids(data, "worker")) == 2, 10)
    assert alive(pids(data, "worker")[1])


def test_what_fails_to_come_up_stops_all_and_shows_its_last_words(start: Start, data: Path) -> None:
    process = start(
        "lives('first', ready=made('first')), Child('migrate', ['bash', '-c', 'echo 没有表; exit 3'], once=True)"
    )
    said = until_said(process, "stopped")
    assert process.wait(10) == supervisor.FAILED
    assert "✗ migrate ended with exit code 3:" in said
    assert "    没有表" in said
    assert (data / "log" / "migrate.log").read_text() == "没有表\n"
    assert not alive(pids(data, "first")[0])


def test_a_program_that_is_not_there_is_named(start: Start) -> None:
    process = start("Child('web', ['/no/such program'])")
    assert "web cannot be started" in until_said(process, "✗")[-1]
    assert process.wait(10) == supervisor.FAILED


def test_a_second_one_on_the_same_data_folder_says_so(start: Start, data: Path) -> None:
    first = start("lives('web', ready=made('web'))")
    until_said(first, "all up")
    second = start("lives('web')")
    assert f"process {first.pid}" in until_said(second, "already running")[-1]
    assert second.wait(10) == supervisor.ALREADY
    assert len(pids(data, "web")) == 1


def test_no_child_outlives_a_supervisor_that_is_killed(start: Start, data: Path) -> None:
    process = start("lives('a', ready=made('a')), lives('b', ready=made('b'))")
    until_said(process, "all up")
    process.kill()
    process.wait()
    assert processes.until(lambda: not any(alive(pids(data, name)[0]) for name in "ab"), 10)
    again = start("lives('a', ready=made('a'))")
    until_said(again, "all up")


def test_the_stubborn_and_their_own_children_are_killed_in_time(start: Start, data: Path) -> None:
    deaf = "Child('deaf', ['bash', '-c', 'trap \"\" TERM; sleep 1000 & echo $! $$ > deaf.pids; wait'], identity={'cwd': data}, ready=made('deaf'))"  # noqa: E501
    process = start(f"lives('first', ready=made('first')), {deaf}")
    until_said(process, "all up")
    assert processes.until(lambda: len(pids(data, "deaf")) == 2, 10)
    process.send_signal(signal.SIGTERM)
    until_said(process, "stopping")
    process.send_signal(signal.SIGTERM)
    assert process.wait(supervisor.STOP_SECONDS + 1) == supervisor.STOPPED
    assert not any(alive(number) for number in (*pids(data, "deaf"), *pids(data, "first")))


def test_pauses_grow_while_a_child_keeps_falling(tmp_path: Path) -> None:
    run = Run(Child("web", ["true"]), tmp_path)
    run.began = supervisor.monotonic()
    pauses = [run.fall() for _ in range(7)]
    assert pauses == [0.1, 0.5, 1.0, 2.0, 5.0, 5.0, 5.0]
    run.began -= supervisor.SETTLED_SECONDS + 1
    assert run.fall() == 0.1


def test_the_database_as_a_child_comes_back_after_kill_9(start: Start, data: Path) -> None:
    process = start("child(Cluster(data)), lives('web', ready=made('web'))")
    until_said(process, "all up")
    server = Cluster(data)
    with psycopg.connect(server.url()) as connection:
        connection.execute("CREATE TABLE kept (n int)")
    server.kill()
    until_said(process, "postgres started again")
    assert processes.until(server.answers, 30)
    with psycopg.connect(server.url()) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == supervisor.STOPPED
    assert processes.working_in(server.folder, "postgres") == []
