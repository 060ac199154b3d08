"""Orders, payments and waybills that a zone's platform passes on, and what could not be read on either side (R-206, CEB900)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from gongfu.base.access.actor import WORKER
from gongfu.base.events import worker
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import BEIJING
from gongfu.config import exchange
from gongfu.config.demo import enrol
from gongfu.config.invariants import violations
from gongfu.core.ceb import codec, gate
from gongfu.core.ceb.reply import encode
from gongfu.modules.declarations.models import Declaration, Orphan
from gongfu.modules.intake.actions import accept
from gongfu.modules.intake.links import IMPORT_NODE
from gongfu.modules.intake.models import Message, Outgoing, Receipt
from gongfu.modules.risk.models import Item
from gongfu.modules.risk.reconciling import reconcile
from gongfu.peers.day import SENDERS, message, units
from gongfu.peers.orders import Unit
from gongfu.peers.scenarios import CALM
from gongfu.zones.plan import Plan, plans
from journeys.customs import tell

pytestmark = [pytest.mark.feature("intake.messages"), pytest.mark.rule("R-206"), pytest.mark.rule("R-1502")]
PAPERS = ("CEB311Message", "CEB411Message", "CEB511Message")


@pytest.fixture
def mianyang(transactional_db: None, keys: Any, settings: Any, tmp_path: Path) -> Iterator[Plan]:
    """绵阳, whose plan passes the three flows on, its firms filed."""
    settings.LINK_FOLDER, settings.WATCH_FOLDER = tmp_path / "link", tmp_path / "watch"
    plan = plans()["mianyang"]
    enrol(plan, keys, datetime.now(BEIJING).date())
    yield plan
    assert not any(violations().values())


def bought(plan: Plan) -> Unit:
    day = datetime.now(BEIJING).date()
    return next(one for one in units(plan, 30, 5, day, faulty=False) if not one.export and one.mode == "9610")


def send(plan: Plan, keys: Any, unit: Unit, folder: Path, kinds: tuple[str, ...] = tuple(SENDERS)) -> None:
    for kind in kinds:
        if kind in unit.heads:
            firm = getattr(unit, SENDERS[kind])
            accept(WORKER, message(kind, firm, [unit], keys, Random(kind)), zone=plan.code, sender_code=firm.code, channel="api")  # fmt: skip
    exchange.settle(folder, scenario=_calm(folder))


def _calm(folder: Path) -> Path:
    path = folder / "calm.json"
    path.write_text(json.dumps(asdict(replace(CALM, rejected=0, review=0, inspected=0, repeated=0.5))))
    return path


def test_the_three_flows_go_to_customs_and_their_receipts_come_back_once(mianyang: Plan, keys: Any, tmp_path: Path) -> None:
    unit = bought(mianyang)
    send(mianyang, keys, unit, tmp_path)
    assert Declaration.objects.get().state in ("released", "closed")
    assert sorted(Outgoing.objects.values_list("type", flat=True)) == [*PAPERS, "CEB621Message"]
    for kind in PAPERS:
        guid = unit.heads[kind]["guid"]
        told = Receipt.objects.filter(document_guid=guid).order_by("id").values_list("origin", "status", "party_code")
        assert list(told) == [("platform", "2", getattr(unit, SENDERS[kind]).code), ("customs", "120", getattr(unit, SENDERS[kind]).code)]  # fmt: skip


@pytest.mark.rule("R-005")
def test_what_was_passed_on_is_reconciled_too(mianyang: Plan, keys: Any, tmp_path: Path) -> None:
    unit, today = bought(mianyang), datetime.now(BEIJING).date()
    send(mianyang, keys, unit, tmp_path)
    reconcile(WORKER, mianyang.code, today, "window")
    assert not Item.objects.exists()
    Receipt.objects.filter(type="CEB412Message", origin="customs").delete()
    Outgoing.objects.update(delivered_at=clock.now() - timedelta(hours=30))
    reconcile(WORKER, mianyang.code, today, "window")
    item = Item.objects.get()
    assert (item.kind, item.key, item.party_code) == ("unanswered", unit.heads["CEB411Message"]["guid"].upper(), unit.payer.code)


def test_a_refused_document_stays_here_and_a_zone_that_forwards_nothing_sends_lists_only(
    mianyang: Plan, keys: Any, tmp_path: Path
) -> None:
    unit = bought(mianyang)
    unit.heads["CEB311Message"]["acturalPaid"] = "1.00"
    send(mianyang, keys, unit, tmp_path, PAPERS[:2])
    assert list(Outgoing.objects.values_list("type", flat=True)) == ["CEB411Message"]
    nanchong = plans()["nanchong"]
    enrol(nanchong, keys, datetime.now(BEIJING).date())
    send(nanchong, keys, bought(nanchong), tmp_path)
    assert set(Outgoing.objects.filter(zone="nanchong").values_list("type", flat=True)) == {"CEB621Message"}


def test_a_receipt_for_an_order_that_nobody_sent_is_put_aside(mianyang: Plan, keys: Any) -> None:
    tell("CEB312Message", [{"guid": "A" * 36, "ebpCode": "91510700MA6DEM014Q", "orderNo": "O1", "returnStatus": "120", "returnTime": "20261128100000000"}])  # fmt: skip
    assert Orphan.objects.get().type == "CEB312Message"
    assert "DOWN-ORPHAN" in str(Message.objects.latest("id").findings)


def test_what_customs_cannot_read_has_failed_with_its_reason(mianyang: Plan, keys: Any, tmp_path: Path) -> None:
    unit = bought(mianyang)
    for kind in SENDERS:
        if kind in unit.heads:
            firm = getattr(unit, SENDERS[kind])
            accept(WORKER, message(kind, firm, [unit], keys, Random(kind)), zone=mianyang.code, sender_code=firm.code, channel="api")  # fmt: skip
    worker.drain()
    exchange.turn(tmp_path)
    out = Outgoing.objects.get(type="CEB621Message")
    bounce(out.peer_id)
    row = Declaration.objects.get()
    assert (row.state, row.reason) == ("failed", "CUSTOMS--900")
    out.refresh_from_db()
    assert (out.state, out.reason) == ("refused", "格式不符")
    assert Receipt.objects.get(document_guid=row.guid, origin="customs").info == "格式不符"
    bounce("GFNOBODY")
    assert Orphan.objects.get().type == "CEB900Message"


def bounce(peer_id: str) -> None:
    """Customs could not read the message that we sent under this transport number."""
    head = {
        "guid": peer_id[-36:].rjust(36, "0"), "returnStatus": "-900", "returnInfo": "格式不符", "returnTime": "20261128100000000", "oriCopMsgId": peer_id,
        "oriMessageType": "CEB621Message", "oriBizMessage": "x",
    }  # fmt: skip
    body = codec.encode(codec.Decoded("CEB900Message", head["guid"], "1.0", [codec.Document(0, head["guid"], head, [])]))
    accept(WORKER, body, zone="mianyang", sender_code=IMPORT_NODE, channel="customs")
    worker.drain()


@pytest.mark.parametrize("spoil", ["cut", "unsigned"])
def test_a_message_without_a_readable_document_is_answered_with_a_format_receipt(
    mianyang: Plan, keys: Any, tmp_path: Path, spoil: str
) -> None:
    unit = bought(mianyang)
    data = message("CEB311Message", unit.platform, [unit], keys, Random(1))
    data = data[: len(data) * 2 // 3] if spoil == "cut" else data.replace(b"<ceb:currency>142", b"<ceb:currency>502", 1)
    accept(WORKER, data, zone=mianyang.code, sender_code=unit.platform.code, channel="api")
    exchange.settle(tmp_path)
    row = Receipt.objects.get()
    assert (row.type, row.status, row.party_code) == ("CEB900Message", "-900", unit.platform.code)
    told = {"document_guid": row.document_guid, "status": row.status, "returned_at": row.returned_at, "info": row.info, "fields": row.fields}
    root = gate.parse(encode(row.type, row.batch, [told])).root
    assert root is not None
    head = codec.decode(root).documents[0].head
    assert (head["oriMessageType"], len(head["guid"])) == ("CEB311Message", 36)
    assert ("SIGN-INVALID" in head["returnInfo"]) is (spoil == "unsigned")
