"""The product itself: web, workers and PostgreSQL as `gongfu up` starts them; messages posted, until every receipt is ready."""

from __future__ import annotations

import http.client
import json
import os
import statistics
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from time import perf_counter

import bench.ready  # noqa: F401  isort: skip
from django.db import connection

from bench.material import Material
from gongfu.base.access.actions import add_client
from gongfu.base.access.actor import OPERATOR
from gongfu.base.events.bus import QUIET
from gongfu.config.processes import until
from gongfu.config.up import children
from gongfu.peers.firms import Firm

PORT = 8977
CLIENTS = 8
PATIENCE_SECONDS = 900.0


@contextmanager
def running(folder: Path) -> Iterator[list[int]]:
    """Web and two workers on the bench's database; gives their process numbers."""
    wanted = ("web", "worker-1", "worker-2")
    found = [one for one in children(folder, port=PORT, workers=2, lists=0, demo=False) if one.name in wanted]
    log = (folder / "bench.log").open("ab")
    started = [
        subprocess.Popen(
            list(one.argv) if not callable(one.argv) else list(one.argv()),
            env={**os.environ, **one.env},
            stdout=log,
            stderr=log,
        )
        for one in found
    ]
    try:
        if not until(_answers, 60):
            raise RuntimeError(f"the web server did not come up; see {folder / 'bench.log'}")
        yield [one.pid for one in started]
    finally:
        for one in started:
            one.terminate()
        for one in started:
            one.wait(20)


def _answers() -> bool:
    probe = http.client.HTTPConnection("127.0.0.1", PORT, timeout=2)
    try:
        probe.request("GET", "/gateway/v1/openapi.json")
        return probe.getresponse().status == 200
    except OSError:
        return False
    finally:
        probe.close()


def token(firm: Firm) -> str:
    made = add_client(OPERATOR, firm.code, firm.zone)
    link = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
    body = f"grant_type=client_credentials&client_id={made.client_id}&client_secret={made.client_secret}"
    link.request("POST", "/gateway/v1/token", body, {"Content-Type": "application/x-www-form-urlencoded"})
    answer: str = json.loads(link.getresponse().read())["access_token"]
    return answer


def post_all(material: Material, tokens: dict[str, str]) -> None:
    """Every message, by eight connections kept open; anything but 202 ends the run."""
    queue: Queue[tuple[Firm, bytes]] = Queue()
    for group in material.groups:
        for _, firm, data in group:
            queue.put((firm, data))
    faults: list[str] = []

    def client() -> None:
        link = http.client.HTTPConnection("127.0.0.1", PORT, timeout=120)
        while not faults:
            try:
                firm, data = queue.get_nowait()
            except Empty:
                return
            link.request(
                "POST",
                "/gateway/v1/messages",
                data,
                {"Authorization": f"Bearer {tokens[firm.code]}", "Content-Type": "application/xml"},
            )
            answer = link.getresponse()
            body = answer.read()
            if answer.status != 202:
                faults.append(f"{answer.status}: {body[:300]!r}")

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    if faults:
        raise RuntimeError(faults[0])


def idle() -> bool:
    """Nothing left to do: asked often, so it must cost nothing."""
    return _without([])


def answered() -> bool:
    """Nothing left to do but what waits for a quiet moment, such as sealing the orders' files."""
    return _without([*QUIET])


def _without(lanes: list[str]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT NOT EXISTS (SELECT FROM events_work WHERE lane <> ALL(%s))", [lanes])
        return bool(cursor.fetchone()[0])


def ready_lists() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM declarations_declaration WHERE state = 'ready'")
        return int(cursor.fetchone()[0])


def latencies_ms(after: int) -> list[float]:
    """From receipt of a list of a later message to its being ready, by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM m.at - d.received_at) * 1000 FROM declarations_declaration d "
            "JOIN declarations_move m ON m.declaration_id = d.id AND m.state = 'ready' WHERE d.message_id > %s",
            [after],
        )
        return sorted(float(row[0]) for row in cursor.fetchall())


@dataclass(frozen=True, slots=True)
class Measured:
    """Lists a second from the first POST to the last receipt ready, and until nothing at all is left; latencies in ms; memory of the processes."""

    ready_per_s: float
    rest_per_s: float
    latencies_ms: list[float]
    peak_mib: float


def measure(material: Material, folder: Path, warm: Material) -> Measured:
    """Every message by eight connections as fast as they take them. RuntimeError when a list does not become ready.

    warm: goes through first, off the clock, so that no process is measured while it loads its tables.
    """
    with running(folder) as numbers:
        tokens = {firm.code: token(firm) for firm in material.senders.values()}
        post_all(warm, tokens)
        until(idle, PATIENCE_SECONDS)
        before, last = ready_lists(), newest_message()
        began = perf_counter()
        post_all(material, tokens)
        done = until(answered, PATIENCE_SECONDS)
        ready = perf_counter() - began
        if not done or ready_lists() - before < material.lists:
            raise RuntimeError(f"only {ready_lists() - before} of {material.lists} lists became ready")
        until(idle, PATIENCE_SECONDS)
        rest = perf_counter() - began
        return Measured(material.lists / ready, material.lists / rest, latencies_ms(last), peak_mib(numbers))


def measure_paced(material: Material, folder: Path, per_second: float) -> tuple[float, list[float], float]:
    """Single-document messages at a steady rate: (lists a second, ms from receipt to receipt ready of each message, peak MiB)."""
    with running(folder) as numbers:
        tokens = {firm.code: token(firm) for firm in material.senders.values()}
        last, messages = newest_message(), [(firm, data) for group in material.groups for _, firm, data in group]
        began = perf_counter()
        _post_paced(messages, tokens, began, per_second)
        if not until(lambda: undecided(last) == 0, PATIENCE_SECONDS):
            raise RuntimeError("some messages were not decided")
        spent = perf_counter() - began
        until(idle, PATIENCE_SECONDS)  # the invariants are asked after it
        return material.lists / spent, decided_ms(last), peak_mib(numbers)


def _post_paced(messages: list[tuple[Firm, bytes]], tokens: dict[str, str], began: float, per_second: float) -> None:
    """The n-th message leaves n / per_second seconds after the start, over eight connections."""
    pause, places = threading.Event(), iter(range(len(messages)))
    guard = threading.Lock()

    def client() -> None:
        link = http.client.HTTPConnection("127.0.0.1", PORT, timeout=120)
        while True:
            with guard:
                place = next(places, None)
            if place is None:
                return
            pause.wait(max(began + place / per_second - perf_counter(), 0))
            firm, data = messages[place]
            link.request(
                "POST",
                "/gateway/v1/messages",
                data,
                {"Authorization": f"Bearer {tokens[firm.code]}", "Content-Type": "application/xml"},
            )
            link.getresponse().read()

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()


def newest_message() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM intake_message")
        return int(cursor.fetchone()[0])


def undecided(after: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM intake_message WHERE id > %s AND state = 'received'", [after])
        return int(cursor.fetchone()[0])


def decided_ms(after: int) -> list[float]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM decided_at - received_at) * 1000 FROM intake_message WHERE id > %s", [after]
        )
        return sorted(float(row[0]) for row in cursor.fetchall())


def peak_mib(numbers: list[int]) -> float:
    """The largest peak of any process and its children."""
    peaks = [0.0]
    for path in Path("/proc").glob("[0-9]*/status"):
        try:
            told = dict(line.split(":", 1) for line in path.read_text().splitlines() if ":" in line)
        except OSError:
            continue
        if int(told["Pid"]) in numbers or int(told["PPid"]) in numbers:
            peaks.append(int(told.get("VmHWM", "0 kB").split()[0]) / 1024)
    return max(peaks)


def percentile(values: list[float], share: float) -> float:
    return values[min(int(len(values) * share), len(values) - 1)] if values else 0.0


def summary(values: list[float]) -> tuple[float, float, float]:
    """p50, p95, p99."""
    ordered = sorted(values)
    return (statistics.median(ordered) if ordered else 0.0), percentile(ordered, 0.95), percentile(ordered, 0.99)


if __name__ == "__main__":
    sys.exit("use: gongfu bench intake")
