"""The single window's stand-in makes forms of a summary it concludes: of the lists it released itself, every line once."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from random import Random

import pytest

from gongfu.core.ceb import codec, dxp, gate
from gongfu.core.ceb.samples import guid
from gongfu.peers import answers, chain
from gongfu.peers.day import units
from gongfu.peers.single_window import BEIJING, Scenario, Window, run
from gongfu.zones.plan import plans

pytestmark = [pytest.mark.feature("declarations.exports"), pytest.mark.rule("R-303")]
CALM = Scenario(
    rejected=0, review=0, inspected=0, silent=0, repeated=0, orphaned=0, unknown=0, shuffled=False, stage_seconds=0
)


def hand_in(link: Path, kind: str, documents: list[codec.Document]) -> None:
    transfer = {"copCode": "A", "copName": "A", "dxpMode": "DXP", "dxpId": "D"}
    body = codec.encode(codec.Decoded(kind, guid(Random(kind)), "1.0", documents, transfer))
    wrapped = dxp.wrap(
        body, cop_msg_id=f"GF{kind}", sender_id="DXPENT1", receiver_ids=["DXPEDCCEB0000003"], created_at="2026-03-02T10:00:00", msg_type=kind,
        file_name="x.xml", keys={},
    )  # fmt: skip
    (link / "outbox").mkdir(parents=True, exist_ok=True)
    (link / "outbox" / f"{kind}.xml").write_bytes(wrapped)


def received(link: Path, kind: str) -> list[codec.Document]:
    found: list[codec.Document] = []
    for path in sorted((link / "inbox").glob("*.xml")):
        opened = dxp.unwrap(gate.parse(path.read_bytes()).root)
        assert isinstance(opened, dxp.Envelope)
        message = codec.decode(gate.parse(opened.data).root)
        found += message.documents if message.type == kind else []
    return found


def test_a_concluded_summary_becomes_forms_that_hold_every_line_once(tmp_path: Path) -> None:
    now = datetime(2026, 3, 2, 10, tzinfo=BEIJING)
    exports = [one for one in units(plans()["nanchong"], 120, 4, now.date(), faulty=False) if one.export][:8]
    first = exports[0].heads["CEB603Message"]
    firms = {name: first[name] for name in ("ebcCode", "ebcName", "ownerCode", "ownerName", "agentCode", "agentName")}
    lists = [
        codec.Document(place, one.heads["CEB603Message"]["guid"], one.heads["CEB603Message"] | firms, one.lines["CEB603Message"])
        for place, one in enumerate(exports)
    ]  # fmt: skip
    window = Window(tmp_path, CALM, seed=1)
    hand_in(tmp_path, "CEB603Message", lists)
    run(window, once=True)
    numbers = [answers.number_of(one, datetime.now(BEIJING), "CEB603Message") for one in lists]
    hand_in(tmp_path, "CEB701Message", [chain.summary(lists[0].head, numbers, "S1", now, Random(1))])
    run(window, once=True)
    made = received(tmp_path, "CEB792Message")
    told = [(item["invtNo"], item["gnum"]) for one in made for item in one.items]
    assert sorted(told) == sorted(
        (number, line["gnum"]) for number, one in zip(numbers, lists, strict=True) for line in one.items
    )
    sums = {one.head["sumNo"] for one in received(tmp_path, "CEB702Message") if one.head["returnStatus"] == "399"}
    assert {one.head["sumNo"] for one in made} == sums
    assert len({(one.head["declSeqNo"]) for one in made}) == len(made) >= 1
