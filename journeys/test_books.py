"""1210 from stock-in to release: lists draw on the book when they are ready, and give back what they do not use."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import connections, transaction

from gongfu.base.access.actor import OPERATOR, WORKER
from gongfu.base.cases import actions as cases
from gongfu.base.events import worker
from gongfu.base.events.bus import announce
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import BEIJING, civil_date
from gongfu.base.ledgers.models import Account, Movement
from gongfu.config.invariants import violations
from gongfu.core.ceb import codec
from gongfu.modules.declarations import books
from gongfu.modules.declarations.events import FollowUpsMoved, ReturnsArrived
from gongfu.modules.declarations.importing import import_version
from gongfu.modules.declarations.models import Declaration, FollowUp, FollowUpLine
from gongfu.modules.declarations.rules import books as rules
from gongfu.modules.intake.models import Receipt
from gongfu.modules.matching import queries as matching
from gongfu.modules.tax import actions as tax
from gongfu.modules.tax.queries import held
from gongfu.peers.day import signed
from gongfu.peers.firms import firms
from gongfu.zones.plan import Plan
from journeys import bonded
from journeys.customs import tell

pytestmark = [
    pytest.mark.feature("declarations.accounts"),
    pytest.mark.feature("declarations.imports"),
    pytest.mark.rule("R-212"),
]


def told(status: str, *lists: Declaration) -> None:
    at = {"300": "20261128090000000", "800": "20261128093000000", "100": "20261128093000000", "700": "20261128100000000"}[status]
    tell(
        "CEB622Message",
        [{"guid": one.guid, "invtNo": f"7913{one.pk:014d}", "returnStatus": status, "returnTime": at} for one in lists],
    )


def states() -> list[str]:
    return [one.state for one in Declaration.objects.order_by("pk")]


def rest_of(found: dict[str, list[str]]) -> dict[str, list[str]]:
    """What is violated besides I7 and I9: these tests put rows in by hand that never came by a message."""
    return {name: rows for name, rows in found.items() if rows and name not in ("I7", "I9")}


def units() -> tuple[int, int, int]:
    """(in the book, reserved, sold) of the one item, in grams."""
    row = bonded.account()
    return row.limit_units // 100, row.reserved_units // 100, row.committed_units // 100


def test_a_list_draws_when_ready_and_its_release_is_an_entry_under_the_list(zone: Plan, keys: Any) -> None:
    bonded.open_book(zone)
    document = bonded.put_in(zone, bonded.record_no(), "100")
    (unit,) = bonded.bought(zone, 1)
    grams = round(bonded.kilos(unit) * 1000)
    bonded.send(zone, keys, [unit])
    row = Declaration.objects.get()
    assert (row.ems_no, row.state) == (bonded.BOOK, "ready")
    assert units() == (100_000, grams, 0)
    told_of = {"ems_no": bonded.BOOK, "record_no": bonded.record_no()}
    assert held(row.pk)["booked"] == [{**told_of, "quantity": rules.shown(grams * 100)}]
    told("800", row)
    assert units() == (100_000, 0, grams)
    item = books.items(bonded.BOOK)[bonded.record_no()]
    assert [(one.verb, one.subject) for one in books.movements(item).order_by("pk")] == [
        ("deposit", document), ("reserve", str(row.pk)), ("commit", str(row.pk)),
    ]  # fmt: skip
    today = civil_date(clock.now())
    span = books.spans([(bonded.BOOK, item.record_no)], today, today)[bonded.BOOK, item.record_no]
    assert (span.opening, span.in_, span.sold, span.closing) == (0, 10_000_000, grams * 100, 10_000_000 - grams * 100)
    tomorrow = today + timedelta(days=1)
    assert (
        books.spans([(bonded.BOOK, item.record_no)], tomorrow, tomorrow)[bonded.BOOK, item.record_no].opening
        == span.closing
    )


@pytest.mark.rule("R-203")
def test_a_shop_cannot_sell_what_the_book_does_not_hold_and_the_list_goes_on_when_stock_comes(
    zone: Plan, keys: Any
) -> None:
    bonded.open_book(zone)
    bonded.put_in(zone, bonded.record_no(), "0.1")
    (unit,) = bonded.bought(zone, 1)
    bonded.send(zone, keys, [unit])
    row = Declaration.objects.get()
    assert (row.state, row.reason) == ("held", "BOOK-SHORT")
    assert units() == (100, 0, 0)
    assert not Movement.objects.filter(subject=str(row.pk)).exists(), "a held list holds nothing of any account"
    bonded.put_in(zone, bonded.record_no(), "10", "HZ2")
    worker.drain()
    assert Declaration.objects.get().state == "ready"


def test_what_customs_rejects_comes_back_and_the_next_in_line_gets_it(zone: Plan, keys: Any) -> None:
    bonded.open_book(zone)
    first, second = bonded.bought(zone, 2)
    bonded.put_in(zone, bonded.record_no(), f"{max(bonded.kilos(first), bonded.kilos(second)):.3f}")
    bonded.send(zone, keys, [first])
    bonded.send(zone, keys, [second])
    assert states() == ["ready", "held"]
    told("100", Declaration.objects.order_by("pk")[0])
    worker.drain()
    assert states() == ["rejected", "ready"]
    assert units()[1] == round(bonded.kilos(second) * 1000)


def test_an_unknown_item_is_refused_and_a_book_kept_elsewhere_is_a_remark(zone: Plan, keys: Any) -> None:
    unknown, elsewhere = bonded.bought(zone, 2)
    bonded.open_book(zone)
    elsewhere.heads["CEB621Message"]["emsNo"] = "T7913W99990000"
    bonded.send(zone, keys, [unknown, elsewhere])
    assert [(one.state, one.reason) for one in Declaration.objects.order_by("pk")] == [
        ("refused", "BOOK-UNKNOWN-ITEM"),
        ("ready", ""),
    ]


@pytest.mark.rule("R-215")
def test_retail_lists_are_never_used_for_expired_goods(zone: Plan, keys: Any) -> None:
    bonded.open_book(zone)
    yesterday = (civil_date(clock.now()) - timedelta(days=1)).isoformat()
    bonded.put_in(zone, bonded.record_no(), "100", expires_on=yesterday)
    (unit,) = bonded.bought(zone, 1)
    bonded.send(zone, keys, [unit])
    assert (Declaration.objects.get().state, Declaration.objects.get().reason) == ("refused", "BOOK-EXPIRED")
    assert units() == (100_000, 0, 0)


def test_a_list_that_fails_on_its_last_account_uses_up_nothing_a_later_one_could_have(zone: Plan, keys: Any) -> None:
    """The first list's guarantor has nothing left: its goods and quota stay free for the second, in the same batch."""
    bonded.open_book(zone)
    first, second = bonded.bought(zone, 2)
    platforms = firms(zone)["platform"]
    poor = first.seller
    first.heads["CEB621Message"]["assureCode"] = poor.code
    second.heads["CEB621Message"]["assureCode"] = second.platform.code
    assert second.platform in platforms
    tax.set_guarantee(OPERATOR, poor.code, 0)
    bonded.put_in(zone, bonded.record_no(), f"{max(bonded.kilos(first), bonded.kilos(second)):.3f}")
    bonded.send(zone, keys, [first, second])
    rows = list(Declaration.objects.order_by("pk"))
    by_order = {one.order_no: one for one in rows}
    assert (by_order[first.order_no].state, by_order[first.order_no].reason) == ("held", "QUOTA-GUARANTEE")
    assert by_order[second.order_no].state == "ready"
    assert not Movement.objects.filter(subject=str(by_order[first.order_no].pk)).exists()


@pytest.mark.rule("R-203")
def test_goods_on_display_are_sold_by_a_list_of_their_order(zone: Plan, keys: Any) -> None:
    bonded.open_book(zone)
    (unit,) = bonded.bought(zone, 1)
    quantity = f"{bonded.kilos(unit):.3f}"
    bonded.put_in(zone, bonded.record_no(), quantity)
    shop, owner = bonded.warehouse(zone), firms(zone)["platform"][0].code
    due = (civil_date(clock.now()) + timedelta(days=3)).isoformat()
    raw = {
        "ems_no": bonded.BOOK, "place": "展厅", "guarantor": owner, "guarantee_fen": "10", "due_on": due,
        "rows": [{"record_no": bonded.record_no(), "qty": quantity}],
    }  # fmt: skip
    case = cases.open_case(shop, "declarations.display", zone=zone.code, raw=raw).case
    assert case is not None
    assert cases.take(shop, case.pk, "submit").done
    assert cases.take(bonded.CUSTOMS, case.pk, "approve").done
    bonded.send(zone, keys, [unit])
    assert states() == ["held"], "what is on display is promised to nobody else"
    done = cases.take(shop, case.pk, "sell", {"order_no": unit.order_no})
    assert done.done, done.findings
    worker.drain()
    assert states() == ["ready"]


@pytest.mark.rule("R-203")
def test_a_display_is_sold_piece_by_piece_and_no_list_sells_more_than_it_draws(zone: Plan, keys: Any) -> None:
    bonded.open_book(zone)
    (unit,) = bonded.bought(zone, 1)
    kilos, name = bonded.kilos(unit), bonded.record_no()
    bonded.put_in(zone, name, f"{4 * kilos:.3f}")
    shop, owner = bonded.warehouse(zone), firms(zone)["platform"][0].code
    due = (civil_date(clock.now()) + timedelta(days=3)).isoformat()
    rows = [{"record_no": name, "qty": f"{2 * kilos:.3f}"}]
    raw = {"ems_no": bonded.BOOK, "place": "展厅", "guarantor": owner, "guarantee_fen": "10", "due_on": due, "rows": rows}
    case = cases.open_case(shop, "declarations.display", zone=zone.code, raw=raw).case
    assert case is not None
    assert cases.take(shop, case.pk, "submit").done
    assert cases.take(bonded.CUSTOMS, case.pk, "approve").done
    bonded.send(zone, keys, [unit])

    def sell(qty: float, verb: str = "sell_some") -> list[str]:
        told = {"order_no": unit.order_no, "sold": [{"record_no": name, "qty": f"{qty:.3f}"}]} if verb == "sell_some" else {"order_no": unit.order_no}  # fmt: skip
        return [one.code for one in cases.take(shop, case.pk, verb, told).findings]

    assert sell(3 * kilos) == ["BOOK-SHORT"]
    assert sell(2 * kilos) == ["BOOK-NO-SALE"], "the list draws half of it"
    assert sell(kilos) == []
    assert books.on_display(case.number) == {name: rules.units(f"{kilos:.3f}")}
    assert sell(kilos) == ["BOOK-NO-SALE"], "the list has sold all that it draws"
    assert sell(0, "sell") == ["BOOK-NO-SALE"]
    assert cases.take(shop, case.pk, "return").done
    assert books.on_display(case.number) == {}
    assert Movement.objects.get(account__kind="guarantee", subject=case.number, verb="release").amount_units == 1000
    assert rest_of(violations()) == {}


@pytest.mark.breaks
@pytest.mark.rule("R-214")
def test_goods_of_a_concluded_return_are_in_the_book_again_once(zone: Plan, keys: Any) -> None:
    bonded.open_book(zone)
    bonded.put_in(zone, bonded.record_no(), "100")
    (unit,) = bonded.bought(zone, 1)
    bonded.send(zone, keys, [unit])
    row = Declaration.objects.get()
    told("800", row)
    sold = units()[2]
    line = row.lines.order_by("gnum")[0]
    back = FollowUp.objects.create(
        zone=zone.code, message_id=row.message_id, sender_code=row.sender_code, guid="R" * 36, kind="CEB625Message", number="R1", declaration=row,
        said_at=clock.now(), received_at=clock.now(), state="concluded",
    )  # fmt: skip
    FollowUpLine.objects.create(follow_up=back, gnum=1, declaration=row, of_gnum=line.gnum, qty=line.qty)
    with transaction.atomic():
        announce(FollowUpsMoved("CEB625Message", (back.pk,), ()))
    assert units()[2] == sold, "concluded, but the goods are not back yet"
    FollowUp.objects.filter(pk=back.pk).update(
        facts={"arrived_on": civil_date(clock.now()).isoformat(), "arrived_at": "S"}
    )
    for _ in range(2):
        with transaction.atomic():
            announce(ReturnsArrived((back.pk,)))
    assert units()[2] == sold - round(float(line.qty1) * 1000)
    assert Movement.objects.get(verb="reverse", account__kind="bonded_book").part == f"return:{back.pk}"
    assert rest_of(violations()) == {}


@pytest.mark.rule("R-201")
def test_a_persons_yearly_quantity_is_kept_by_the_ledger(zone: Plan, keys: Any) -> None:
    one = bonded.item()
    code = str(one["hs10"])[:8]
    text = f"hs8,name,remark,control,mode,words,group,limit_g\n{code},{one['name_zh']!s},限量,quantity,,,演示,300\n".replace(
        '"', ""
    )
    import_version(OPERATOR, text.encode(), civil_date(clock.now()), "公告")
    bonded.open_book(zone)
    bonded.put_in(zone, bonded.record_no(), "100")
    first, second = bonded.bought(zone, 2)
    person = {
        name: value
        for name, value in first.heads["CEB621Message"].items()
        if name.startswith("buyer") or name == "consigneeAddress"
    }
    for unit, pieces in ((first, 1), (second, 1)):
        _pieces(unit, pieces, person)
    bonded.send(zone, keys, [first])
    bonded.send(zone, keys, [second])
    rows = list(Declaration.objects.order_by("pk"))
    assert [(row.state, row.reason) for row in rows] == [("ready", ""), ("refused", "IMP-PERSON-QUANTITY")]
    account = Account.objects.get(kind="person_goods")
    assert account.reserved_units == 200
    told("800", rows[0])
    told("700", rows[0])
    account.refresh_from_db()
    assert (account.reserved_units, account.committed_units) == (0, 0), "what customs ships back is free to buy again"
    assert rest_of(violations()) == {}


def _pieces(unit: Any, pieces: int, person: dict[str, str]) -> None:
    """Make the purchase one line of so many pieces, bought by this person, without freight."""
    grams, price_fen = int(str(bonded.item()["net_g"])), int(str(bonded.item()["price_fen"]))
    total = f"{price_fen * pieces / 100:.2f}"
    for lines in unit.lines.values():
        del lines[1:]
        lines[0] |= {"qty": str(pieces), "totalPrice": total} | (
            {"qty1": f"{grams * pieces / 1000:.3f}"} if "qty1" in lines[0] else {}
        )
    heads = unit.heads
    heads["CEB311Message"] |= {
        "goodsValue": total,
        "freight": "0.00",
        "acturalPaid": total,
        "consignee": person["buyerName"],
    }
    heads["CEB411Message"] |= {
        "amountPaid": total,
        "payerIdNumber": person["buyerIdNumber"],
        "payerName": person["buyerName"],
        "telephone": person["buyerTelephone"],
    }
    heads["CEB511Message"] |= {
        "freight": "0.00",
        "weight": f"{grams * pieces / 1000 + 0.1:.3f}",
        "consignee": person["buyerName"],
        "consigneeAddress": person["consigneeAddress"],
        "consigneeTelephone": person["buyerTelephone"],
    }
    heads["CEB621Message"] |= {
        "freight": "0.00",
        "grossWeight": f"{grams * pieces / 1000 + 0.1:.3f}",
        "netWeight": f"{grams * pieces / 1000:.3f}",
        **person,
    }
    heads["CEB311Message"] |= person | {"consigneeTelephone": person["buyerTelephone"]}


@pytest.mark.breaks
def test_twenty_threads_on_one_hot_item_never_draw_more_than_is_there(zone: Plan, keys: Any) -> None:
    """Sixty lists of one item, three to a thread, stock for about half: what is ready is what was drawn, and no held one would fit."""
    bonded.open_book(zone)
    units_ = bonded.bought(zone, 60, seed=3)
    stock = sum(map(bonded.kilos, units_)) / 2
    bonded.put_in(zone, bonded.record_no(), f"{stock:.3f}")
    bonded.send(zone, keys, units_, kinds=("CEB621Message",))
    assert set(states()) == {"waiting"}
    faults: list[BaseException] = []

    def work(part: list[Any]) -> None:
        try:
            with transaction.atomic():
                lists = matching.waiting([[one.platform.code, one.order_no] for one in part], [])
                tax.assess_imports(WORKER, lists)
        except BaseException as fault:
            faults.append(fault)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(units_[at::20],)) for at in range(20)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(240)
    assert faults == []
    kilos = {one.order_no: round(bonded.kilos(one) * 1000) for one in units_}
    rows = list(Declaration.objects.all())
    assert {row.state for row in rows} == {"ready", "held"}
    there, reserved, sold = (round(one) for one in units())
    assert (sold, reserved) == (0, sum(kilos[row.order_no] for row in rows if row.state == "ready"))
    assert 0 <= there - reserved < min(kilos[row.order_no] for row in rows if row.state == "held")
    assert rest_of(violations()) == {}
    assert Movement.objects.filter(account=bonded.account(), verb="reserve").count() == sum(
        row.state == "ready" for row in rows
    )


@pytest.mark.feature("declarations.sites")
@pytest.mark.rule("R-1507")
def test_an_inbound_list_names_known_parcels_once(zone: Plan, keys: Any) -> None:
    from gongfu.peers.day import units as days
    from journeys.bonded import send

    now = datetime.now(BEIJING)
    unit = next(one for one in days(zone, 60, 5, now.date(), faulty=False) if one.mode == "9610" and not one.export)
    send(zone, keys, [unit])
    waybill = unit.heads["CEB621Message"]["logisticsNo"]
    first = _arrived(zone, keys, unit, [waybill], 1)
    row = FollowUp.objects.get(kind="CEB711Message")
    assert (row.state, row.lines.get().declaration_id) == ("ready", Declaration.objects.get().pk)
    again, strange = _arrived(zone, keys, unit, [waybill], 2), _arrived(zone, keys, unit, ["W0"], 3)
    assert "BIZ-INBOUND-TWICE" in _said(again)
    assert "BIZ-PARCEL-UNKNOWN" in _said(strange)
    tell("CEB712Message", [{"guid": first, "returnStatus": "120", "returnTime": "20261128100000000"}])
    assert FollowUp.objects.get(kind="CEB711Message").state == "concluded"


def _said(guid: str) -> str:
    return Receipt.objects.filter(document_guid=guid, origin="platform").get().info


def _arrived(zone: Plan, keys: Any, unit: Any, waybills: list[str], seed: int) -> str:
    from gongfu.core.ceb.samples import guid
    from gongfu.modules.intake.actions import accept

    site, rng = firms(zone)["site"][0], Random(seed)
    head = {
        "guid": guid(rng), "appType": "1", "appTime": datetime.now(BEIJING).strftime("%Y%m%d%H%M%S"), "appStatus": "2", "customsCode": zone.customs_codes[0],
        "copNo": f"R{seed}", "operatorCode": site.code, "operatorName": site.name, "ieFlag": "I", "trafMode": "5", "trafNo": "CA0001", "voyageNo": "CA1",
        "billNo": "999-1", "logisticsCode": unit.carrier.code, "logisticsName": unit.carrier.name,
    }  # fmt: skip
    lines = [{"gnum": str(at), "logisticsNo": one} for at, one in enumerate(waybills, 1)]
    data = signed("CEB711Message", site, [codec.Document(0, head["guid"], head, lines)], keys, rng)
    assert accept(WORKER, data, zone=zone.code, sender_code=site.code, channel="cli").finding is None
    worker.drain()
    return head["guid"]
