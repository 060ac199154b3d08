"""What a draft is filled from: filed products, and the firm's latest document of the kind, whatever way it came; whose year was shown."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gongfu.base.access.actor import WORKER
from gongfu.base.access.models import Person
from gongfu.base.audit.models import Entry
from gongfu.base.events import worker
from gongfu.base.kit.columns import quota_key
from gongfu.base.screens.sheets import Sheet
from gongfu.modules.drafts import actions, queries
from gongfu.modules.drafts.layouts import LINES
from gongfu.modules.drafts.models import Draft
from gongfu.modules.drafts.sheet import SHEETS
from gongfu.modules.goods.models import Product, Version
from gongfu.modules.intake import queries as received
from gongfu.modules.intake.actions import accept
from gongfu.modules.intake.models import Message
from gongfu.peers.day import message
from gongfu.zones.plan import Plan
from journeys.test_drafts import Desk, made

pytestmark = [pytest.mark.feature("declarations.imports")]
ORDER, LIST = "CEB311Message", "CEB621Message"


@pytest.fixture
def seller(zone: Plan, keys: Any) -> Desk:
    return made(zone, keys, export=False)


def filed(desk: Desk, item_no: str, mode: str, **other: Any) -> Product:
    told = {"name": "面霜", "spec": "50ml", "hs_code": "3304990021", "origin_country": "392", "unit1": "035", "state": "valid", **other}
    row = Product.objects.create(
        zone=desk.zone.code, party_code=desk.unit.seller.code, item_no=item_no, mode=mode, direction="I", lane="list", version=1, edition=1, **told
    )  # fmt: skip
    Version.objects.create(product=row, number=1, facts=told, by="test")
    return row


def begun(desk: Desk, kind: str, *lines: dict[str, str], **head: str) -> dict[str, Any]:
    """What a fresh draft holds, from nothing but these."""
    given = {"head": head, LINES: list(lines)} if lines or head else None
    done = actions.begin(desk.actor, kind, desk.unit.seller.code, given=given)
    assert done.draft is not None
    return queries.body(done.draft)


@pytest.mark.feature("goods.filing")
def test_an_item_number_brings_what_is_filed_of_the_product_for_the_mode_of_the_list(seller: Desk) -> None:
    filed(seller, "SKU-1", "9610")
    filed(seller, "SKU-1", "1210", spec="100ml", origin_country="410")
    filed(seller, "SKU-2", "9610", state="revoked")
    wanted = {"itemNo": "SKU-1", "qty": "2", "price": "80"}
    order = begun(seller, ORDER, wanted)[LINES][0]
    assert {order["itemName"], order["totalPrice"]} == {"面霜", "160.00"}
    direct, bonded = (begun(seller, LIST, wanted, tradeMode=mode)[LINES][0] for mode in ("9610", "1210"))
    assert (direct["gname"], direct["gcode"], direct["gmodel"], direct["country"], direct["unit1"]) == ("面霜", "3304990021", "50ml", "392", "035")  # fmt: skip
    assert (bonded["gmodel"], bonded["country"]) == ("100ml", "410")
    own = begun(seller, LIST, {**wanted, "gmodel": "礼盒 50ml"}, tradeMode="9610")[LINES][0]
    assert own["gmodel"] == "礼盒 50ml", "what was typed stays"
    gone = begun(seller, LIST, {"itemNo": "SKU-2", "qty": "1", "price": "1"}, tradeMode="9610")[LINES][0]
    assert gone["gname"] == ""


def by_interface(desk: Desk, *, drain: bool = True, seed: int = 1, **head: str) -> None:
    """The order of the purchase by interface, with something else in its head."""
    unit = desk.unit
    unit.heads[ORDER] = {**unit.heads[ORDER], "guid": f"{seed:08d}-0000-4000-8000-000000000000", "orderNo": f"I{seed}", **head}
    data = message(ORDER, unit.seller, [unit], desk.keys, Random(seed))
    accept(WORKER, data, zone=desk.zone.code, sender_code=unit.seller.code, channel="api")
    if drain:
        worker.drain()


def test_the_firms_latest_document_by_interface_fills_in_what_a_draft_leaves_blank(seller: Desk) -> None:
    right = dict(seller.unit.heads[ORDER])
    assert begun(seller, ORDER)["head"]["ebpCode"] == ""
    by_interface(seller)
    told = begun(seller, ORDER)["head"]
    assert (told["ebpCode"], told["payCode"]) == (right["ebpCode"], right["payCode"])
    assert (told["buyerName"], told["orderNo"]) == ("", ""), "nobody's name is carried over"
    by_interface(seller, seed=2, payCode=seller.unit.carrier.code, goodsValue="0.01")
    assert Message.objects.latest("pk").state == "refused"
    assert begun(seller, ORDER)["head"]["payCode"] == right["payCode"], "a refused one is no example"
    other = made(seller.zone, seller.keys, export=True)
    assert begun(other, "CEB303Message")["head"]["ebpCode"] == "", "of its own kind only"


def test_what_was_typed_counts_at_once_and_the_newest_wins(seller: Desk) -> None:
    by_interface(seller)
    newer = seller.typed(ORDER, payCode=seller.unit.carrier.code, payName="")
    assert actions.submit(seller.actor, newer.pk).findings == []
    assert Message.objects.latest("pk").state == "received"
    assert begun(seller, ORDER)["head"]["payCode"] == seller.unit.carrier.code


def test_the_latest_document_costs_one_query_and_a_whole_workbook_asks_once(seller: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    by_interface(seller)
    with CaptureQueriesContext(connection) as asked:
        head = received.latest(seller.unit.seller.code, ORDER)
    assert (len(asked), head["orderNo"]) == (1, "I1")
    looked: list[str] = []
    real = received.latest
    monkeypatch.setattr(queries.intake, "latest", lambda code, kind: looked.append(code) or real(code, kind))
    given = seller.body(ORDER)
    line = {f"{LINES}-{name}": text for name, text in given[LINES][0].items()}
    blank = {**given["head"], "ebpCode": "", "ebpName": "", "goodsValue": "", "acturalPaid": ""}
    rows = [{**blank, **line, "orderNo": f"W{at}", "payTransactionId": f"WP{at}"} for at in range(5)]
    texts = [{name: str(text) for name, text in row.items()} for row in rows]
    sheet = next(one for one in SHEETS if one.name == "import-orders")
    b"".join(sheet.carried_out(seller.actor, Sheet(texts, [], list(range(3, 8))), "zh", lambda done, total: None))
    drafts = list(Draft.objects.all())
    assert {queries.body(one)["head"]["ebpCode"] for one in drafts} == {head["ebpCode"]}
    assert len(drafts) == 5
    assert len(looked) == 2, "once for the check and once for the drafts"
    looked.clear()
    assert actions.submit_together(seller.actor, [one.pk for one in drafts]).messages
    assert looked == [], "nothing was blank"


def test_a_document_refused_among_others_is_no_example(seller: Desk) -> None:
    """The last document that was taken, when the message's very last was refused."""
    first = seller.typed(ORDER)
    assert actions.submit(seller.actor, first.pk).findings == []
    worker.drain()
    good = seller.typed(ORDER, orderNo="P1", payTransactionId="PP1")
    twice = seller.typed(ORDER, orderNo=first.number, payCode=seller.unit.carrier.code, payName="")
    assert actions.submit_together(seller.actor, [good.pk, twice.pk]).findings == {good.pk: [], twice.pk: []}
    worker.drain()
    assert (Message.objects.latest("pk").documents, Message.objects.latest("pk").sound) == (2, 1)
    assert received.latest(seller.unit.seller.code, ORDER)["orderNo"] == "P1"


# ── whose year was shown ──────────────────────────────────────────────────────
def readings() -> list[Entry]:
    return list(Entry.objects.filter(verb="drafts.quota").order_by("pk"))


@pytest.mark.rule("R-118")
@pytest.mark.feature("access.security")
def test_the_log_says_once_whose_remaining_quota_a_draft_showed(seller: Desk) -> None:
    """One entry a draft and number: not per look, and not per keystroke; never the number itself."""
    draft = seller.typed(LIST)
    number = queries.body(draft)["head"]["buyerIdNumber"]
    http = Client()
    http.force_login(Person.objects.get(username=seller.actor_name))
    url = f"/enterprise/drafts/{draft.pk}?step=1"
    assert 'data-figure="left"' in http.get(url).content.decode()
    for at in range(3):
        http.post(f"{url}&auto=1", {"orderNo": f"K{at}"})
        http.get(url)
    entry = readings()[0]
    assert len(readings()) == 1
    assert (entry.subject, entry.actor, entry.facts["person"]) == (f"draft:{draft.pk}", seller.actor.name, quota_key(number))
    assert number not in str(entry.facts)
    for other, count in (("11010119900307109X", 2), (number, 2), ("", 2)):
        actions.save(seller.actor, draft.pk, {"buyerIdNumber": other})
        page = http.get(url).content.decode()
        assert ('data-figure="left"' in page, 'data-figure="due"' in page) == (bool(other), True)
        assert len(readings()) == count, other
    twin = seller.typed(LIST)
    http.get(f"/enterprise/drafts/{twin.pk}?step=1")
    assert [one.subject for one in readings()][2:] == [f"draft:{twin.pk}"]
