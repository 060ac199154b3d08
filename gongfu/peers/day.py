"""A day of a zone: what all its firms send, signed, in files that sort in sending order."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random

from gongfu.core.ceb import codec, sign
from gongfu.core.ceb.samples import guid
from gongfu.peers.faults import IMPORT_FAULTS
from gongfu.peers.firms import Firm, Keyring, firms
from gongfu.peers.orders import Unit, goods, make
from gongfu.zones.plan import Plan

PER_MESSAGE = 100
FAULT_SHARE, LATE_SHARE = 0.06, 0.02
SENDERS = {
    "CEB311Message": "platform",
    "CEB303Message": "platform",
    "CEB411Message": "payer",
    "CEB511Message": "carrier",
    "CEB505Message": "carrier",
    "CEB621Message": "agent",
    "CEB603Message": "agent",
}
OPENING = time(9, 0)


@dataclass(slots=True)
class Day:
    """Messages as (file name, bytes), the firms behind them, and what is expected of each planted fault."""

    plan: Plan
    messages: list[tuple[str, bytes]] = field(default_factory=list)
    expected: dict[str, dict[str, str]] = field(default_factory=dict)


def units(plan: Plan, lists: int, seed: int, on: date, *, faulty: bool = True, start: int = 0) -> Iterator[Unit]:
    """Purchases of a day: three quarters imports; a small share carries a planted fault."""
    rng, stock = Random(f"{plan.code}{seed}{on}"), goods()
    imports = [mode for mode in ("9610", "1210") if mode in plan.modes and (mode != "1210" or plan.bonded_open(on))]
    exports = [mode for mode in ("9610", "9710", "9810") if mode in plan.modes]
    opening = datetime.combine(on, OPENING)
    for number in range(start, start + lists):
        at = opening + timedelta(seconds=(number - start) * 6 * 3600 // max(lists, 1))
        export = bool(exports) and (not imports or rng.random() < 0.25)
        unit = make(
            plan,
            seed % 100 * 100_000 + number,
            rng,
            at,
            stock,
            rng.choice(exports if export else imports),
            export,
            max(lists, 20),
        )
        if faulty and not export and rng.random() < FAULT_SHARE:
            unit.fault = rng.choice(sorted(IMPORT_FAULTS))
            IMPORT_FAULTS[unit.fault][0](unit, plan, rng)
        yield unit


def day(plan: Plan, lists: int, seed: int, on: date, keys: Keyring) -> Day:
    """The whole day, the same for the same seed but for what makes a signature random."""
    made, rng = Day(plan), Random(seed)
    late: list[Unit] = []
    part: list[Unit] = []
    for unit in units(plan, lists, seed, on):
        if unit.fault:
            _, state, code = IMPORT_FAULTS[unit.fault]
            made.expected[unit.order_no] = {"fault": unit.fault, "state": state, "code": code}
        elif not unit.export and rng.random() < LATE_SHARE:
            late.append(unit)
        part.append(unit)
        if len(part) == PER_MESSAGE:
            _send(made, part, late, keys, rng)
            part = []
    _send(made, part, late, keys, rng)
    for kind, groups in _by_sender(late, ("CEB511Message",)).items():
        for sender, rows in groups:
            _message(made, kind, sender, rows, keys, rng)
    _repeat(made, rng)
    return made


def _send(made: Day, part: list[Unit], late: list[Unit], keys: Keyring, rng: Random) -> None:
    """Orders, payments and waybills first, lists last; the waybills of late units are kept back."""
    held = {id(unit) for unit in late}
    for kind in SENDERS:
        ready = [unit for unit in part if not (kind == "CEB511Message" and id(unit) in held)]
        for sender, rows in _by_sender(ready, (kind,)).get(kind, []):
            _message(made, kind, sender, rows, keys, rng)


def _by_sender(rows: list[Unit], kinds: tuple[str, ...]) -> dict[str, list[tuple[Firm, list[Unit]]]]:
    found: dict[str, dict[str, tuple[Firm, list[Unit]]]] = {}
    for unit in rows:
        for kind in kinds:
            if kind in unit.heads:
                sender: Firm = getattr(unit, SENDERS[kind])
                found.setdefault(kind, {}).setdefault(sender.code, (sender, []))[1].append(unit)
    return {kind: list(groups.values()) for kind, groups in found.items()}


def _message(made: Day, kind: str, sender: Firm, rows: list[Unit], keys: Keyring, rng: Random) -> None:
    data = message(kind, sender, rows, keys, rng)
    made.messages.append((f"{len(made.messages) + 1:05d}-{kind[:6]}-{sender.code[-6:]}.xml", data))


def message(kind: str, sender: Firm, rows: list[Unit], keys: Keyring, rng: Random) -> bytes:
    """One signed message of the units' documents of a kind."""
    documents = [
        codec.Document(position, unit.heads[kind]["guid"], unit.heads[kind], unit.lines.get(kind, []))
        for position, unit in enumerate(rows)
    ]
    return signed(kind, sender, documents, keys, rng)


def signed(kind: str, sender: Firm, documents: list[codec.Document], keys: Keyring, rng: Random) -> bytes:
    """One message of these documents, signed by its sender."""
    key, certificate, _ = keys.of(sender)
    transfer = {"copCode": sender.code, "copName": sender.name, "dxpMode": "DXP", "dxpId": sender.dxp_id}
    return sign.sign(codec.encode(codec.Decoded(kind, guid(rng), "1.0", documents, transfer)), key, certificate)


def _repeat(made: Day, rng: Random) -> None:
    """Two messages come a second time as they are, one with a changed byte after signing, one under a used guid."""
    if len(made.messages) < 4:
        return
    for name, data in rng.sample(made.messages, 2):
        made.messages.append((f"{len(made.messages) + 1:05d}-again-{name[6:]}", data))
    name, data = made.messages[0]
    changed = (
        data.replace(b"<ceb:note>", b"<ceb:note> ")
        if b"<ceb:note>" in data
        else data.replace(b"</ceb:copName>", b" </ceb:copName>")
    )
    made.messages.append((f"{len(made.messages) + 1:05d}-otherbytes-{name[6:]}", changed))
    fresh = changed.replace(
        changed[changed.index(b'guid="') + 6 : changed.index(b'guid="') + 42], guid(rng).encode(), 1
    )
    made.messages.append((f"{len(made.messages) + 1:05d}-tampered-{name[6:]}", fresh))


def write(made: Day, out: Path, keys: Keyring) -> None:
    """Messages, firms, certificates and expectations as files."""
    (out / "messages").mkdir(parents=True, exist_ok=True)
    for name, data in made.messages:
        (out / "messages" / name).write_bytes(data)
    rows = [firm.row() for group in firms(made.plan).values() for firm in group]
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    (out / "parties.csv").write_text(text.getvalue(), "utf-8")
    (out / "certificates").mkdir(exist_ok=True)
    for group in firms(made.plan).values():
        for firm in group:
            (out / "certificates" / f"{firm.code}.pem").write_bytes(keys.of(firm)[2])
    (out / "expected.json").write_text(json.dumps(made.expected, ensure_ascii=False, indent=1), "utf-8")
