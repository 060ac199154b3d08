"""The single window's stand-in: a process of its own that answers lists as customs does.

    python -m gongfu.peers.single_window --link FOLDER [--scenario FILE] [--seed N] [--once]

It takes DxpMsg envelopes from FOLDER/outbox, remembers every transport id, and puts receipts (CEB622, CEB604) and tax
bills (CEB816) into FOLDER/inbox. What it answers follows from the seed, the scenario and the list's guid alone.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sqlite3
import threading
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from gongfu.core.ceb import codec, dxp, gate
from gongfu.core.ceb.samples import guid as fresh_guid
from gongfu.peers import answers, chain

BEIJING = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Scenario:
    """Shares (0 to 1) of lists, or of receipts for `repeated` and `late`, that meet with each behaviour.

    stored: lists that customs takes in and leaves undecided.  late_seconds: by how much a late receipt comes after its turn.  stage_seconds: from the first receipt of a list to its
    ninth.  shuffled: whether answers given all at once come in any order.
    """

    rejected: float = 0.02
    review: float = 0.03
    inspected: float = 0.02
    silent: float = 0.01
    repeated: float = 0.05
    late: float = 0.02
    orphaned: float = 0.002
    unknown: float = 0.005
    bill_differs: float = 0.01
    stored: float = 0.0
    shuffled: bool = True
    stage_seconds: int = 40
    late_seconds: int = 120


def read_scenario(path: Path | None) -> Scenario:
    """The scenario file (JSON); ValueError naming keys it does not know and values out of their range."""
    if path is None:
        return Scenario()
    try:
        told = json.loads(path.read_text("utf-8"))
    except ValueError as fault:
        raise ValueError(f"{path.name} is not JSON: {fault}") from fault
    if not isinstance(told, dict):
        raise ValueError(f"{path.name} is not a JSON object")
    unknown = set(told) - {one.name for one in fields(Scenario)}
    if unknown:
        raise ValueError(
            f"unknown keys in the scenario: {', '.join(sorted(unknown))}; known: {', '.join(asdict(Scenario()))}"
        )
    wrong = [_fault(name, value) for name, value in told.items()]
    if any(wrong):
        raise ValueError("; ".join(filter(None, wrong)))
    return Scenario(**told)


def _fault(name: str, value: object) -> str:
    """What is wrong with one value of a scenario; "" when it is sound."""
    if name == "shuffled":
        return "" if isinstance(value, bool) else f"{name} is {value!r}, not true or false"
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if name.endswith("_seconds"):
        return "" if number and isinstance(value, int) and value >= 0 else f"{name} is {value!r}, not whole seconds"
    return "" if number and 0 <= value <= 1 else f"{name} is {value!r}, not a share from 0 to 1"  # type: ignore[operator]


class Window:
    """The window's memory and its two folders."""

    def __init__(self, link: Path, scenario: Scenario, seed: int) -> None:
        self.link, self.scenario, self.seed = link, scenario, seed
        for name in ("outbox/taken", "inbox", "customs"):
            (link / name).mkdir(parents=True, exist_ok=True)
        self.memory = sqlite3.connect(link / "customs" / "state.sqlite")
        self.memory.execute("CREATE TABLE IF NOT EXISTS taken (cop_msg_id TEXT PRIMARY KEY)")
        self.memory.execute("CREATE TABLE IF NOT EXISTS lists (invt_no TEXT PRIMARY KEY, head TEXT, lines TEXT)")
        self.memory.execute(
            "CREATE TABLE IF NOT EXISTS due (id INTEGER PRIMARY KEY, at REAL, name TEXT UNIQUE, body BLOB)"
        )
        self.memory.commit()

    def take(self, now: datetime) -> int:
        """Read what lies in the outbox; each transport id has one effect, however often it comes."""
        count = 0
        for path in sorted((self.link / "outbox").glob("*.xml")):
            parsed = gate.parse(path.read_bytes())
            opened = dxp.unwrap(parsed.root) if parsed.root is not None else None
            if isinstance(opened, dxp.Envelope):
                self._take(opened, now)
                count += 1
            os.replace(path, self.link / "outbox" / "taken" / path.name)
        return count

    def _take(self, envelope: dxp.Envelope, now: datetime) -> None:
        known = self.memory.execute("INSERT OR IGNORE INTO taken VALUES (?)", [envelope.cop_msg_id]).rowcount == 0
        root = None if known else gate.parse(envelope.data).root
        if root is not None:
            message = codec.decode(root)
            self._remember(message, now)
            told = answers.answer(message, self.scenario, self.seed, now)
            told += self._results(message, told, now)
            for number, (wait, kind, documents) in enumerate(told):
                self._put_off(
                    envelope, f"{envelope.cop_msg_id}-{number:03d}", kind, documents, now + timedelta(seconds=wait)
                )
        self.memory.commit()

    def _remember(self, message: codec.Decoded, now: datetime) -> None:
        """Export lists under the numbers they are given, for the summaries that will cite them."""
        if message.type == "CEB603Message":
            rows = [
                (answers.number_of(one, now, message.type), json.dumps(one.head), json.dumps(one.items))
                for one in message.documents
            ]
            self.memory.executemany("INSERT OR REPLACE INTO lists VALUES (?, ?, ?)", rows)

    def _results(self, message: codec.Decoded, told: list[answers.Answer], now: datetime) -> list[answers.Answer]:
        """The forms (CEB792) of those summaries that are being concluded, told after that."""
        if message.type != "CEB701Message":
            return []
        concluded = {
            one.guid: (wait, one.head["sumNo"])
            for wait, _, rows in told
            for one in rows
            if one.head["returnStatus"] == "399"
        }
        made: list[answers.Answer] = []
        for document in message.documents:
            lists = [found for item in document.items if (found := self._listed(item["invtNo"]))]
            if document.guid in concluded and lists:
                wait, sum_no = concluded[document.guid]
                made.append(
                    (wait + self.scenario.stage_seconds, "CEB792Message", chain.results(document, sum_no, lists, now))
                )
        return made

    def _listed(self, number: str) -> chain.Listed | None:
        row = self.memory.execute("SELECT head, lines FROM lists WHERE invt_no = ?", [number]).fetchone()
        return (number, json.loads(row[0]), json.loads(row[1])) if row else None

    def _put_off(
        self, envelope: dxp.Envelope, name: str, kind: str, documents: list[codec.Document], at: datetime
    ) -> None:
        rng = Random(f"{self.seed}{name}")
        body = codec.encode(codec.Decoded(kind, fresh_guid(rng), "1.0", documents))
        node = envelope.receiver_ids[0]
        wrapped = dxp.wrap(
            body,
            cop_msg_id=f"R{name}",
            sender_id=node,
            receiver_ids=[envelope.sender_id],
            created_at=at,
            msg_type=kind,
            file_name=f"{name}.xml",
            keys={"DealFlag": "0", "RetType": kind[3:6]},
        )
        self.memory.execute(
            "INSERT OR IGNORE INTO due (at, name, body) VALUES (?, ?, ?)", [at.timestamp(), name, wrapped]
        )

    def next_at(self) -> float | None:
        """When the next answer is due, in seconds since 1970; None when there is none."""
        found: float | None = self.memory.execute("SELECT min(at) FROM due").fetchone()[0]
        return found

    def give(self, until: float | None) -> int:
        """Put answers that are due into the inbox (all of them when `until` is None); a file once written is forgotten."""
        rows = self.memory.execute(
            "SELECT id, name, body FROM due WHERE ? IS NULL OR at <= ? ORDER BY at, id", [until, until]
        ).fetchall()
        if self.scenario.shuffled and until is None:
            Random(self.seed).shuffle(rows)
        for place, (number, name, body) in enumerate(rows):
            target = self.link / "inbox" / f"{number:09d}-{place:05d}-{name}.xml"
            part = target.with_suffix(".part")
            part.write_bytes(body)
            os.replace(part, target)
            self.memory.execute("DELETE FROM due WHERE id = ?", [number])
        self.memory.commit()
        return len(rows)


def run(window: Window, *, once: bool, beat_seconds: float = 0.5) -> None:
    """Answer until told to stop; with `once`, answer everything at once and return."""
    if once:
        window.take(datetime.now(BEIJING))
        window.give(None)
        return
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while not stop.wait(beat_seconds):
        now = datetime.now(BEIJING)
        window.take(now)
        window.give(now.timestamp())


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m gongfu.peers.single_window", description="A stand-in for the single window and customs."
    )
    parser.add_argument("--link", type=Path, required=True, help="folder with outbox and inbox")
    parser.add_argument("--scenario", type=Path, help="JSON file of shares and seconds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--once", action="store_true", help="answer all that is there at once, then end")
    told = parser.parse_args()
    try:
        scenario = read_scenario(told.scenario)
    except (ValueError, OSError) as fault:
        parser.error(str(fault))
    run(Window(told.link, scenario, told.seed), once=told.once)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
