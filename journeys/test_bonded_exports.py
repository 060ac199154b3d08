"""1210 exports out of a bonded book: they draw on it like imports, and what comes back is in it again (R-212, R-307, R-308)."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any

import pytest

from gongfu.base.access.actor import WORKER
from gongfu.base.events import worker
from gongfu.base.kit.beijing import BEIJING
from gongfu.config.invariants import violations
from gongfu.modules.declarations.models import Declaration, FollowUp
from gongfu.modules.intake.actions import accept
from gongfu.modules.intake.models import Message, Receipt
from gongfu.peers.afterwards import goods_return, tally
from gongfu.peers.day import signed
from gongfu.peers.firms import firms
from gongfu.peers.orders import Unit
from gongfu.zones.plan import Plan
from journeys import bonded
from journeys.customs import tell
from journeys.exported import number_of

pytestmark = [
    pytest.mark.feature("declarations.accounts"),
    pytest.mark.feature("declarations.exports"),
    pytest.mark.rule("R-212"),
    pytest.mark.rule("R-307"),
]
LIST = "CEB603Message"


def told(unit: Unit, status: str) -> None:
    guid = unit.heads[LIST]["guid"]
    tell("CEB604Message", [{"guid": guid, "invtNo": number_of(unit), "returnStatus": status, "returnTime": "20261128093000000"}], seed=int(status))  # fmt: skip


def grams() -> tuple[int, int, int]:
    """(in the book, reserved, sold) of the one item."""
    row = bonded.account()
    return row.limit_units // 100, row.reserved_units // 100, row.committed_units // 100


def weight(unit: Unit) -> int:
    return round(bonded.kilos(unit) * 1000)


def test_an_export_draws_when_it_is_ready_and_its_release_uses_it_up(zone: Plan, keys: Any) -> None:
    bonded.open_book(zone)
    bonded.put_in(zone, bonded.record_no(), "100")
    (unit,) = bonded.bought(zone, 1, export=True)
    bonded.send(zone, keys, [unit])
    row = Declaration.objects.get()
    assert (row.flow, row.mode, row.state, row.ems_no) == ("E", "1210", "ready", bonded.BOOK)
    assert grams() == (100_000, weight(unit), 0)
    told(unit, "800")
    assert grams() == (100_000, 0, weight(unit))
    assert not any(violations()["I6"])


def test_short_stock_holds_it_until_some_comes_and_a_rejection_gives_back(zone: Plan, keys: Any) -> None:
    bonded.open_book(zone)
    bonded.put_in(zone, bonded.record_no(), "0.1")
    (unit,) = bonded.bought(zone, 1, export=True)
    bonded.send(zone, keys, [unit])
    row = Declaration.objects.get()
    assert (row.state, row.reason, grams()[1]) == ("held", "BOOK-SHORT", 0)
    bonded.put_in(zone, bonded.record_no(), "10", "HZ2")
    worker.drain()
    row.refresh_from_db()
    assert (row.state, row.reason, row.findings, grams()[1]) == ("ready", "", [], weight(unit))
    told(unit, "100")
    worker.drain()
    assert grams() == (10_100, 0, 0)


def test_an_unknown_item_is_refused_and_another_book_is_a_remark(zone: Plan, keys: Any) -> None:
    bonded.open_book(zone)
    unknown, elsewhere, stranger = bonded.bought(zone, 3, export=True)
    elsewhere.heads[LIST]["emsNo"] = "T7913W99990000"
    stranger.heads[LIST]["iacCode"] = firms(zone)["declarant"][0].code
    bonded.send(zone, keys, [unknown, elsewhere, stranger])
    rows = list(Declaration.objects.order_by("pk"))
    assert [(one.state, one.reason) for one in rows] == [("refused", "BOOK-UNKNOWN-ITEM"), ("ready", "")]
    refused = Receipt.objects.get(document_guid=stranger.heads[LIST]["guid"], origin="platform")
    assert "BOOK-OPERATOR" in refused.info, "nobody draws down another firm's book"
    assert "BOOK-NOT-KEPT" in str(Message.objects.get(pk=rows[1].message_id).findings)


@pytest.mark.feature("declarations.returns")
@pytest.mark.rule("R-308")
def test_what_comes_back_to_the_area_is_in_the_book_again_once(zone: Plan, keys: Any) -> None:
    bonded.open_book(zone)
    bonded.put_in(zone, bonded.record_no(), "100")
    (unit,) = bonded.bought(zone, 1, export=True)
    bonded.send(zone, keys, [unit])
    told(unit, "800")
    sold, now = grams()[2], datetime.now(BEIJING)
    line = unit.lines[LIST][0]
    document = goods_return(LIST, unit.heads[LIST], unit.lines[LIST], {1: line["qty"]}, number_of(unit), now, Random(1))
    sheet = tally(document, (firms(zone)["site"][0].code, firms(zone)["site"][0].name), now, Random(2))
    for kind, sender, one in (("CEB213Message", unit.agent, document), ("CEB215Message", firms(zone)["site"][0], sheet)):
        data = signed(kind, sender, [one], keys, Random(3))
        assert accept(WORKER, data, zone=zone.code, sender_code=sender.code, channel="cli").finding is None
        worker.drain()
    assert FollowUp.objects.get(kind="CEB213Message").facts["tradeMode"] == "1261"
    tell("CEB214Message", [{"guid": document.guid, "invtNo": number_of(unit), "returnStatus": "800", "returnTime": "20261128100000000"}])  # fmt: skip
    assert grams()[2] == sold, "concluded, but the goods are not back yet"
    for seed in (1, 2):
        tell("CEB216Message", [{"guid": sheet.guid, "returnStatus": "399", "returnTime": "20261128110000000"}], seed=seed)  # fmt: skip
    assert grams()[2] == sold - round(float(line["qty1"]) * 1000)
