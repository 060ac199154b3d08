"""Changes and deletions of orders, receipts of money, waybills and their statuses: only of what is there, only by its sender, and only in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from gongfu.base.kit.beijing import BEIJING
from gongfu.core.ceb import codec
from gongfu.core.ceb.samples import guid
from gongfu.modules.intake.models import Receipt
from gongfu.modules.trade import dossiers
from gongfu.modules.trade.models import Collection, Order, Payment, Waybill, WaybillStatus
from gongfu.peers.chain import collection
from gongfu.peers.firms import Firm, firms
from gongfu.peers.orders import Unit
from gongfu.zones.plan import Plan
from journeys.exported import declare, heads, send, unit
from journeys.shop import Shop

pytestmark = [pytest.mark.feature("trade.file"), pytest.mark.feature("intake.messages"), pytest.mark.rule("R-1507")]
NOW = datetime.now(BEIJING)


class Desk:
    """One export's documents, changed and handed in again under fresh guids."""

    def __init__(self, zone: Plan, keys: Any) -> None:
        self.zone, self.keys, self.unit, self.count = zone, keys, unit(zone, 1), 0

    def document(self, kind: str, app_type: str = "1", **values: str) -> codec.Document:
        self.count += 1
        made = self._made(kind)
        head = {**made.head, "appType": app_type, "guid": guid(Random(f"{kind}{self.count}")), **values}
        return replace(made, guid=head["guid"], head=head)

    def _made(self, kind: str) -> codec.Document:
        if kind == "CEB403Message":
            return collection(heads([self.unit])[0], "10.00", NOW, Random(1))
        if kind == "CEB513Message":
            carrier = self.unit.heads["CEB505Message"]
            told = {name: carrier[name] for name in ("logisticsCode", "logisticsName", "logisticsNo")}
            common = {"appTime": NOW.strftime("%Y%m%d%H%M%S"), "appStatus": "2", "logisticsStatus": "S", "logisticsTime": NOW.strftime("%Y%m%d%H%M%S"), "note": ""}
            return codec.Document(0, "", {"guid": "", "appType": "1", **common, **told}, [])
        return codec.Document(0, "", self.unit.heads[kind], self.unit.lines.get(kind, []))

    def hand_in(self, kind: str, *documents: codec.Document, sender: Firm | None = None) -> list[str]:
        """The codes that the platform answers with, one text a document; "" for one that was taken."""
        self.count += 1
        who = sender or {"CEB303Message": self.unit.platform, "CEB403Message": self.unit.seller}.get(kind, self.unit.carrier)
        placed = [replace(one, position=at) for at, one in enumerate(documents)]
        send(self.zone, self.keys, who, kind, placed, self.count)
        rows = [Receipt.objects.get(document_guid=one.guid, origin="platform") for one in documents]
        return [row.info.split("Code:")[1].split(";")[0] if "Code:" in row.info else "" for row in rows]


@pytest.fixture
def desk(zone: Plan, keys: Any) -> Desk:
    return Desk(zone, keys)


MODELS = {"CEB303Message": Order, "CEB403Message": Collection, "CEB505Message": Waybill}
EXPORTS = list(MODELS)


@pytest.mark.parametrize("kind", EXPORTS)
@pytest.mark.parametrize("app_type", ["2", "3"])
def test_nothing_is_changed_or_deleted_that_is_not_there(desk: Desk, kind: str, app_type: str) -> None:
    assert desk.hand_in(kind, desk.document(kind, app_type)) == ["STATE-NOTHING"]
    assert not MODELS[kind].objects.exists()
    info = Receipt.objects.get(origin="platform").info
    assert "appType=1" in info, "it says what to do"
    assert desk.hand_in(kind, desk.document(kind)) == [""]
    assert desk.hand_in(kind, desk.document(kind, "3")) == [""]
    assert desk.hand_in(kind, desk.document(kind, app_type)) == ["STATE-NOTHING"], "deleted is not there"


@pytest.mark.parametrize("kind", EXPORTS)
def test_a_document_is_changed_and_deleted_before_its_list_was_sent_on(desk: Desk, kind: str) -> None:
    values = {"CEB403Message": {"charge": "12.00"}, "CEB505Message": {"packNo": "3"}}.get(kind, {})
    assert desk.hand_in(kind, desk.document(kind)) == [""]
    assert desk.hand_in(kind, desk.document(kind)) == ["REPLAY-DOCUMENT"]
    assert desk.hand_in(kind, desk.document(kind, "2", **values)) == [""]
    row = MODELS[kind].objects.get(withdrawn=False)
    assert MODELS[kind].objects.count() == 2
    if kind == "CEB403Message":
        assert row.charge_fen == 1_200
    if kind == "CEB505Message":
        assert row.packs == 3
    assert desk.hand_in(kind, desk.document(kind, "3")) == [""]
    assert not MODELS[kind].objects.filter(withdrawn=False).exists()


@pytest.mark.parametrize("kind", EXPORTS)
@pytest.mark.parametrize("app_type", ["2", "3"])
def test_after_its_list_was_sent_on_it_stays(desk: Desk, kind: str, app_type: str) -> None:
    if kind == "CEB403Message":
        assert desk.hand_in(kind, desk.document(kind)) == [""]
    declare(desk.zone, desk.keys, [desk.unit])
    assert desk.hand_in(kind, desk.document(kind, app_type)) == ["STATE-CONFLICT"]
    assert MODELS[kind].objects.get().withdrawn is False


def test_a_document_and_its_changes_may_come_in_one_message(desk: Desk) -> None:
    kind = "CEB505Message"
    told = [desk.document(kind), desk.document(kind, "2", packNo="7"), desk.document(kind), desk.document(kind, "3"), desk.document(kind, packNo="9")]
    assert desk.hand_in(kind, *told) == ["", "", "REPLAY-DOCUMENT", "", ""]
    assert [(one.packs, one.withdrawn) for one in Waybill.objects.order_by("id")][1:] == [(7, True), (9, False)]


@pytest.mark.rule("R-301")
@pytest.mark.parametrize("charge", ["0", "0.00"])
def test_a_receipt_of_no_money_is_none(desk: Desk, charge: str) -> None:
    assert desk.hand_in("CEB403Message", desk.document("CEB403Message", charge=charge)) == ["BIZ-COLLECTION-NONE"]
    assert not Collection.objects.exists()
    assert desk.hand_in("CEB403Message", desk.document("CEB403Message", charge="0.01")) == [""]


def test_deleting_one_payment_leaves_the_other_of_its_order(shop: Shop) -> None:
    bought = shop.buy(100_000)
    kind = "CEB411Message"

    def codes(one: Unit) -> list[str]:
        return [each["code"] for told in shop.send(one, kind) for document in told["documents"] for each in document["findings"]]

    assert codes(shop.again(bought, kind, "2")) == ["STATE-NOTHING"]
    assert codes(bought) == []
    other = {"payTransactionId": "ANOTHER-1"}
    assert codes(shop.again(bought, kind, "3", **other)) == ["STATE-NOTHING"], "that payment is not here, though its order's is"
    assert Payment.objects.get().withdrawn is False
    assert codes(shop.again(bought, kind, "2", **other)) == [], "the order's payment is another one now"
    assert [(one.pay_no, one.withdrawn) for one in Payment.objects.order_by("id")][1:] == [("ANOTHER-1", False)]
    assert Payment.objects.filter(withdrawn=False).count() == 1


STATUS = "CEB513Message"


@pytest.mark.rule("R-206")
@pytest.mark.rule("R-1501")
def test_a_status_is_of_a_waybill_that_is_here_and_from_its_carrier(desk: Desk) -> None:
    assert desk.hand_in(STATUS, desk.document(STATUS)) == ["BIZ-WAYBILL-UNKNOWN"]
    assert desk.hand_in("CEB505Message", desk.document("CEB505Message")) == [""]
    stranger = next(one for one in firms(desk.zone)["logistics"] if one != desk.unit.carrier)
    assert desk.hand_in(STATUS, desk.document(STATUS), sender=stranger) == ["BIZ-SENDER"]
    assert not WaybillStatus.objects.exists()
    assert desk.hand_in(STATUS, desk.document(STATUS)) == [""]
    row = WaybillStatus.objects.get()
    assert (row.logistics_no, row.status, row.happened_at) == (Waybill.objects.get().logistics_no, "S", NOW.replace(microsecond=0))


@pytest.mark.rule("R-1501")
def test_a_repeated_status_is_harmless_and_an_older_one_joins_the_history(desk: Desk) -> None:
    declare(desk.zone, desk.keys, [desk.unit])
    at = {place: (NOW + timedelta(hours=place)).strftime("%Y%m%d%H%M%S") for place in (-2, 0)}
    assert desk.hand_in(STATUS, desk.document(STATUS, logisticsTime=at[0])) == [""]
    assert desk.hand_in(STATUS, *(desk.document(STATUS, logisticsTime=at[place]) for place in (0, -2, -2))) == ["", "", ""]
    order = Order.objects.get()
    parts = dossiers.parts([(order.ebp_code, order.order_no)])[order.ebp_code, order.order_no]
    told = [part.at for part in parts if part.event == "delivery"]
    assert told == sorted(WaybillStatus.objects.values_list("happened_at", flat=True))
    assert len(told) == 2
    assert told[-1] == NOW.replace(microsecond=0), "the last one holds"


@pytest.mark.rule("R-206")
def test_a_status_is_corrected_or_taken_back_by_its_carrier(desk: Desk) -> None:
    declare(desk.zone, desk.keys, [desk.unit])
    assert desk.hand_in(STATUS, desk.document(STATUS, "2")) == ["STATE-NOTHING"]
    assert desk.hand_in(STATUS, desk.document(STATUS, "3")) == ["STATE-NOTHING"]
    assert desk.hand_in(STATUS, desk.document(STATUS)) == [""]
    earlier = NOW - timedelta(hours=5)
    assert desk.hand_in(STATUS, desk.document(STATUS, "2", logisticsTime=earlier.strftime("%Y%m%d%H%M%S"))) == [""]
    assert WaybillStatus.objects.get(withdrawn=False).happened_at == earlier.replace(microsecond=0)
    assert desk.hand_in(STATUS, desk.document(STATUS, "3")) == [""], "also after the list was sent on"
    assert not WaybillStatus.objects.filter(withdrawn=False).exists()
    order = Order.objects.get()
    parts = dossiers.parts([(order.ebp_code, order.order_no)])[order.ebp_code, order.order_no]
    assert "delivery" not in {part.event for part in parts}


@pytest.mark.rule("R-207")
def test_a_waybill_number_that_serves_again_has_no_status_yet(desk: Desk) -> None:
    assert desk.hand_in("CEB505Message", desk.document("CEB505Message")) == [""]
    assert desk.hand_in(STATUS, desk.document(STATUS)) == [""]
    Waybill.objects.update(received_at=NOW - timedelta(days=200))
    assert desk.hand_in("CEB505Message", desk.document("CEB505Message")) == [""]
    assert desk.hand_in(STATUS, desk.document(STATUS)) == [""]
    assert [one.withdrawn for one in WaybillStatus.objects.order_by("id")] == [True, False]
