"""What the single window's stand-in answers: receipts are whole whatever the document has, and some lists may be left undecided."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from random import Random

import pytest

from gongfu.core.ceb import codec, gate, sign
from gongfu.core.ceb.samples import guid
from gongfu.peers import answers, chain
from gongfu.peers.day import units
from gongfu.peers.firms import firms
from gongfu.peers.single_window import BEIJING, Scenario, Window
from gongfu.zones.plan import plans

pytestmark = [pytest.mark.feature("intake.messages"), pytest.mark.feature("declarations.exports")]
NOW = datetime(2026, 3, 2, 10, tzinfo=BEIJING)
CALM = Scenario(rejected=0, review=0, inspected=0, silent=0, repeated=0, late=0, orphaned=0, unknown=0, bill_differs=0)
STORED = Scenario(rejected=0, review=0, inspected=0, silent=0, repeated=0, late=0, orphaned=0, unknown=0, stored=1)


def export() -> codec.Document:
    one = next(one for one in units(plans()["nanchong"], 40, 4, NOW.date(), faulty=False) if one.export)
    return codec.Document(0, one.heads["CEB603Message"]["guid"], one.heads["CEB603Message"], one.lines["CEB603Message"])


def told(kind: str, document: codec.Document, scenario: Scenario) -> list[answers.Answer]:
    return answers.answer(codec.Decoded(kind, guid(Random(kind)), "1.0", [document]), scenario, 1, NOW)


@pytest.mark.rule("R-306")
def test_the_receipt_of_an_arrival_without_a_bill_is_whole() -> None:
    site = firms(plans()["nanchong"])["site"][0]
    arrival = chain.arrival([export().head], site, "A1", NOW, Random(1))
    assert "billNo" not in arrival.head
    for _, kind, documents in told("CEB507Message", arrival, CALM):
        root = gate.parse(codec.encode(codec.Decoded(kind, guid(Random(2)), "1.0", documents))).root
        assert root is not None
        assert not codec.read_batch(kind, [codec.Parsed(root, sign.canonical(root))]).bad


def test_lists_may_be_stored_and_left_undecided_what_follows_them_is_not() -> None:
    listed, site = export(), firms(plans()["nanchong"])["site"][0]
    statuses = [one.head["returnStatus"] for _, _, rows in told("CEB603Message", listed, STORED) for one in rows]
    assert statuses == ["2", "120"]
    arrival = chain.arrival([listed.head], site, "A1", NOW, Random(1))
    assert told("CEB507Message", arrival, STORED) == told("CEB507Message", arrival, CALM)


def test_the_window_says_when_its_next_answer_is_due(tmp_path: Path) -> None:
    window = Window(tmp_path, CALM, 1)
    assert window.next_at() is None
    window.memory.execute("INSERT INTO due (at, name, body) VALUES (7, 'a', ''), (5, 'b', '')")
    assert window.next_at() == 5
