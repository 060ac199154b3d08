"""The demonstration's firms and people are sound, its day decodes, its single window answers each list once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from gongfu.core import codes as rules
from gongfu.core.ceb import codec, dxp, gate
from gongfu.peers import answers as customs
from gongfu.peers.day import day
from gongfu.peers.firms import Keyring, firms, id_number
from gongfu.peers.single_window import BEIJING, Scenario, Window, read_scenario, run
from gongfu.zones.plan import plans

pytestmark = pytest.mark.feature("intake.messages")
DAY = date(2026, 3, 2)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    return Keyring(tmp_path_factory.mktemp("keys"))


@pytest.mark.rule("R-704")
def test_demonstration_buyers_have_sound_numbers() -> None:
    numbers = [id_number("511300", number) for number in range(0, 5000, 7)]
    assert len(set(numbers)) == len(numbers)
    assert all(rules.valid_id_number(number, DAY) for number in numbers)


@pytest.mark.rule("R-702")
def test_demonstration_firms_have_sound_codes_of_their_own() -> None:
    codes = [firm.code for plan in plans().values() for group in firms(plan).values() for firm in group]
    assert len(set(codes)) == len(codes)
    assert all(rules.valid_uscc(code) for code in codes)


def test_a_day_decodes_but_for_what_was_planted(keys: Keyring) -> None:
    made = day(plans()["nanchong"], 200, 3, DAY, keys)
    planted = {"SCHEMA-CODE", "SCHEMA-CONDITION"}
    for name, data in made.messages:
        root = gate.parse(data).root
        assert root is not None, name
        faults = {finding.code for document in codec.decode(root).documents for finding in document.findings}
        assert faults <= planted, (name, faults)


def sent(link: Path, keys: Keyring, copies: int = 1) -> int:
    """One message of lists in the outbox, written `copies` times under one transport id; gives how many lists."""
    made = day(plans()["nanchong"], 30, 4, DAY, keys)
    data = next(data for name, data in made.messages if "CEB603" in name)
    root = gate.parse(data).root
    assert root is not None
    (link / "outbox").mkdir(parents=True, exist_ok=True)
    for copy in range(copies):
        wrapped = dxp.wrap(
            data,
            cop_msg_id="GF1",
            sender_id="DXPENT1",
            receiver_ids=["DXPEDCCEB0000003"],
            created_at="2026-03-02T10:00:00",
            msg_type="CEB603Message",
        )
        (link / "outbox" / f"{copy}.xml").write_bytes(wrapped)
    return len(codec.decode(root).documents)


def answers(link: Path) -> Counter[tuple[str, str]]:
    """(guid, status) of every receipt in the inbox."""
    found: Counter[tuple[str, str]] = Counter()
    for path in (link / "inbox").glob("*.xml"):
        outer = gate.parse(path.read_bytes()).root
        assert outer is not None
        opened = dxp.unwrap(outer)
        assert isinstance(opened, dxp.Envelope)
        inner = gate.parse(opened.data).root
        assert inner is not None
        found.update((document.guid, document.head["returnStatus"]) for document in codec.decode(inner).documents)
    return found


CALM = Scenario(rejected=0, review=0, inspected=0, silent=0, repeated=0, late=0, orphaned=0, unknown=0, bill_differs=0)


def test_each_list_is_answered_once_however_often_it_is_delivered(tmp_path: Path, keys: Keyring) -> None:
    lists = sent(tmp_path, keys, copies=3)
    run(Window(tmp_path, CALM, 1), once=True)
    told = answers(tmp_path)
    assert set(told.values()) == {1}
    assert Counter(status for _, status in told) == {"2": lists, "120": lists, "800": lists, "899": lists}


def test_the_scenario_decides_what_customs_does(tmp_path: Path, keys: Keyring) -> None:
    lists = sent(tmp_path, keys)
    run(Window(tmp_path, Scenario(rejected=1, silent=0, repeated=0, orphaned=0), 1), once=True)
    assert Counter(status for _, status in answers(tmp_path))["100"] == lists
    (tmp_path / "s.json").write_text(json.dumps({"silent": 1.0}))
    assert read_scenario(tmp_path / "s.json").silent == 1.0
    (tmp_path / "s.json").write_text(json.dumps({"silence": 1.0}))
    with pytest.raises(ValueError, match="silence"):
        read_scenario(tmp_path / "s.json")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"silent": 2}', "silent is 2, not a share"),
        ('{"late": "often"}', "late is 'often'"),
        ('{"shuffled": 1}', "shuffled is 1"),
        ('{"stage_seconds": -1}', "stage_seconds is -1"),
        ("[]", "not a JSON object"),
        ("{", "not JSON"),
    ],
)
def test_a_faulty_scenario_says_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "s.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=said):
        read_scenario(path)
    command = [sys.executable, "-m", "gongfu.peers.single_window", "--link", str(tmp_path), "--scenario", str(path)]
    done = subprocess.run([*command, "--once"], check=False, capture_output=True, text=True)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert said in done.stderr


def test_a_late_receipt_comes_after_newer_ones(keys: Keyring) -> None:
    data = next(data for name, data in day(plans()["nanchong"], 30, 4, DAY, keys).messages if "CEB603" in name)
    root = gate.parse(data).root
    assert root is not None
    now, scenario = datetime(2026, 3, 2, 10, tzinfo=BEIJING), replace(CALM, late=0.3)
    times: dict[str, list[str]] = {}
    for _, _, documents in customs.answer(codec.decode(root), scenario, 1, now):
        for document in documents:
            times.setdefault(document.guid, []).append(document.head["returnTime"])
    assert {len(told) for told in times.values()} == {4}
    assert any(told != sorted(told) for told in times.values())
    assert any(told == sorted(told) for told in times.values())


def test_it_runs_as_a_process_of_its_own_and_remembers(tmp_path: Path, keys: Keyring) -> None:
    sent(tmp_path, keys)
    command = [sys.executable, "-m", "gongfu.peers.single_window", "--link", str(tmp_path), "--once"]
    assert subprocess.run(command, check=False).returncode == 0
    first = answers(tmp_path)
    sent(tmp_path, keys)
    assert subprocess.run(command, check=False).returncode == 0
    assert answers(tmp_path) == first, "the same transport id again has no second effect"
