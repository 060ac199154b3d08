"""A parcel that a mail or express list and a 9610 list both declare counts once, and what tells so is kept."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from gongfu.base.access.actor import WORKER
from gongfu.base.kit.columns import address_key
from gongfu.modules.declarations.models import Declaration
from gongfu.modules.feeds import queries, taking
from gongfu.modules.feeds.models import Duplicate
from gongfu.modules.feeds.tests.told import HEAD, deliver, feed, moment, parcel

pytestmark = [pytest.mark.django_db, pytest.mark.feature("intake.feeds")]


def listed(
    number: str = "EX1", platform: str = "P1", order: str = "O1", state: str = "waiting", **more: Any
) -> Declaration:
    """A 9610 list of the zone."""
    told = {
        "zone": "nanchong", "message_id": 1, "sender_code": "x", "guid": order, "flow": "E", "mode": "9610", "ebp_code": platform, "order_no": order, "ebc_code": "x",
        "logistics_code": "L", "logistics_no": number, "agent_code": "x", "customs_code": "8000", "currency": "142", "goods_fen": 1, "freight_fen": 0, "insured_fen": 0,
        "gross_g": 500, "declared_on": "2026-11-03", "declared_at": moment("2026-11-03 10:00"), "received_at": moment("2026-11-03 10:00"), "state": state,
    }  # fmt: skip
    return Declaration.objects.create(**{**told, **more})


@pytest.mark.rule("R-906")
@pytest.mark.rule("R-910")
@pytest.mark.parametrize("list_first", [True, False])
def test_a_parcel_in_a_mail_list_and_a_9610_list_is_counted_once_with_the_evidence(list_first: bool) -> None:
    feed()
    if list_first:
        one = listed("EX1")
    deliver("post", HEAD + parcel("EX1") + parcel("EX2"))
    if not list_first:
        one = listed("EX1", message_id=77)
        taking.meet_lists(WORKER, [77])
        taking.meet_lists(WORKER, [77])
    counted = queries.parcels("nanchong")
    assert counted == {"rows": 2, "listed": 1, "counted": 1}
    assert Declaration.objects.count() + counted["counted"] == 2
    match = Duplicate.objects.get(declaration=one.pk)
    assert (match.way, match.evidence) == ("waybill", {"waybill_no": "EX1"})
    deliver("post", HEAD + parcel("EX1", amount="13") + parcel("EX2"))
    assert queries.parcels("nanchong") == counted, "a new version of the parcel is still the same parcel"


@pytest.mark.rule("R-910")
def test_without_a_common_waybill_order_number_or_consignee_with_weight_and_day_tell() -> None:
    key = pl.DataFrame({"a": ["加州1号"]}).select(address_key("a")).item()
    feed()
    order = listed("OTHER", "P1", "O1")
    person = listed("ANOTHER", "P9", "O9", address_key=key, gross_g=510, flow="I")
    listed("THIRD", "P8", "O8", address_key=key, gross_g=900, flow="I")
    deliver(
        "post",
        HEAD
        + parcel("EX1", to="", platform="P1", order="O1")
        + parcel("EX2", to="加州 1号", weight="500")
        + parcel("EX3", to="别处"),
    )
    assert set(Duplicate.objects.values_list("declaration", "way", "row__key")) == {
        (order.pk, "order", "EX1"), (person.pk, "consignee", "EX2"),
    }  # fmt: skip
    assert Duplicate.objects.get(way="consignee").evidence == {"grams": [500, 510], "days": 0}
