"""Bonded books: every entry under its document, opening + in = out + balance, nothing below zero (R-203, R-212, R-215)."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from hypothesis import given
from hypothesis import strategies as st

from gongfu.base.access.actor import Actor
from gongfu.base.cases import actions as cases
from gongfu.base.events import worker
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import BEIJING, civil_date
from gongfu.base.ledgers import actions as ledgers
from gongfu.base.ledgers.models import Account, Movement
from gongfu.base.notices.models import Notice
from gongfu.base.registers import actions as registers
from gongfu.modules.declarations import book_sheet, books
from gongfu.modules.declarations.models import BookItem
from gongfu.modules.declarations.rules import books as rules
from gongfu.modules.feeds.tests.told import deliver, feed
from gongfu.modules.parties.models import Party

pytestmark = [pytest.mark.feature("declarations.accounts"), pytest.mark.rule("R-212")]
FIRM, OTHER = "91511300MA6DEM014G", "91511300MA6DEM0221"
ALL = frozenset({"*"})
WAREHOUSE = Actor("person:1", "own", ALL, ("nanchong",), (FIRM,), "firm.operator")
CUSTOMS = Actor("person:2", "zone", ALL, ("nanchong",), (), "officer.customs")
BOOK = "T5113W26000001"


def open_book(ems_no: str = BOOK) -> None:
    today = civil_date(clock.now()).isoformat()
    raw = {
        "ems_no": ems_no,
        "title": "账册",
        "operator": FIRM,
        "site": "nc-blc",
        "customs_code": "7913",
        "opened_on": today,
    }
    assert registers.write(CUSTOMS, "declarations.book", zone="nanchong", raw=raw, party_code=FIRM).entry is not None


def row(record_no: str = "R1", qty: str = "10", **more: str) -> dict[str, str]:
    return {"record_no": record_no, "qty": qty, **more}


def new(record_no: str = "R1", qty: str = "10", **more: str) -> dict[str, str]:
    return row(record_no, qty, hs10="3304990099", name="面霜", unit="035", **more)


def hand_in(kind: str, raw: dict[str, Any], actor: Actor = WAREHOUSE) -> Any:
    case = cases.open_case(actor, f"declarations.{kind}", zone="nanchong", raw=raw).case
    assert case is not None
    return case, cases.take(actor, case.pk, "submit")


def stock(qty: str = "10", record_no: str = "R1", number: str = "HZ1", ems_no: str = BOOK, **more: str) -> Any:
    case, done = hand_in("stock_in", {"ems_no": ems_no, "inbound_no": number, "rows": [new(record_no, qty, **more)]})
    assert done.done, done.findings
    return case


def changed(change: str, qty: str = "3", record_no: str = "R1", **more: str) -> Any:
    case, done = hand_in(
        "book_change",
        {"ems_no": BOOK, "change": change, "document_no": "D1", "why": "依据", "rows": [row(record_no, qty)], **more},
    )
    return cases.take(CUSTOMS, case.pk, "approve") if done.done else done


def balance(record_no: str = "R1", ems_no: str = BOOK) -> str:
    today = civil_date(clock.now())
    span = books.spans([(ems_no, record_no)], today, today)[ems_no, record_no]
    assert span.opening + span.in_ + span.back == span.sold + span.out + span.closing
    return rules.shown(span.closing)


def codes(done: Any) -> list[str]:
    return [one.code for one in done.findings]


@pytest.mark.django_db
def test_a_stock_in_opens_the_item_and_names_its_document() -> None:
    open_book()
    case = stock("12.5")
    item = BookItem.objects.get()
    assert (item.ems_no, item.record_no, item.operator_code, item.unit) == (BOOK, "R1", FIRM, "035")
    entry = books.movements(item).get()
    assert (entry.verb, entry.subject, entry.amount_units) == ("deposit", case.number, 1_250_000)
    assert balance() == "12.5"


@pytest.mark.django_db
def test_an_inbound_document_is_entered_once_and_in_ones_own_book() -> None:
    open_book()
    stock()
    raw = {"ems_no": BOOK, "inbound_no": "HZ1", "rows": [row()]}
    assert codes(hand_in("stock_in", raw)[1]) == ["BOOK-INBOUND-TWICE"]
    stranger = Actor("person:9", "own", ALL, ("nanchong",), (OTHER,), "firm.operator")
    assert codes(hand_in("stock_in", {**raw, "inbound_no": "HZ2"}, stranger)[1]) == ["BOOK-CLOSED"]
    assert codes(hand_in("stock_in", {**raw, "ems_no": "T0", "inbound_no": "HZ2"})[1]) == ["BOOK-CLOSED", "BOOK-ITEM"]
    assert balance() == "10"


@pytest.mark.django_db
def test_a_new_item_must_be_whole_a_known_one_keeps_its_unit_and_stands_once() -> None:
    open_book()
    raw = {"ems_no": BOOK, "inbound_no": "HZ1"}
    assert codes(hand_in("stock_in", {**raw, "rows": [row()]})[1]) == ["BOOK-ITEM"]
    stock()
    raw["inbound_no"] = "HZ2"
    assert codes(hand_in("stock_in", {**raw, "rows": [new() | {"unit": "007"}]})[1]) == ["BOOK-ITEM"]
    assert codes(hand_in("stock_in", {**raw, "rows": [row(), row()]})[1]) == ["BOOK-ITEM-TWICE"]


@pytest.mark.django_db
@pytest.mark.rule("R-215")
@pytest.mark.parametrize("change", ["down", "loss", "general", "reexport", "destroy"])
def test_what_leaves_other_than_by_a_list_is_approved_by_another_and_never_more_than_is_free(change: str) -> None:
    open_book()
    stock()
    assert codes(changed(change, "10.00001")) == ["BOOK-SHORT"]
    assert codes(changed(change, record_no="R9")) == ["BOOK-UNKNOWN-ITEM"]
    assert changed(change).done
    assert balance() == "7"
    case, done = hand_in(
        "book_change", {"ems_no": BOOK, "change": change, "document_no": "D2", "why": "依据", "rows": [row(qty="1")]}
    )
    with pytest.raises(PermissionDenied):
        cases.take(Actor(WAREHOUSE.name, "zone", ALL, ("nanchong",), (), "officer.customs"), case.pk, "approve")
    assert done.done and balance() == "7"


@pytest.mark.django_db
@pytest.mark.rule("R-215")
def test_a_transfer_leaves_one_book_and_enters_the_other_under_one_document() -> None:
    open_book()
    open_book("T5113W26000002")
    stock(expires_on="2030-01-01")
    assert codes(changed("transfer", to_ems_no=BOOK)) == ["BOOK-SAME"]
    assert codes(changed("transfer", to_ems_no="T0")) == ["BOOK-CLOSED"]
    other = BookItem.objects.create(zone="nanchong", ems_no="T5113W26000002", record_no="R1", operator_code=FIRM, hs10="1" * 10, name="货", unit="011")
    assert codes(changed("transfer", "4", to_ems_no="T5113W26000002")) == ["BOOK-ITEM"], "kept there in another unit"
    other.delete()
    done = changed("transfer", "4", to_ems_no="T5113W26000002")
    assert done.done
    assert (balance(), balance(ems_no="T5113W26000002")) == ("6", "4")
    assert sorted(Movement.objects.filter(subject=done.case.number).values_list("verb", flat=True)) == [
        "deposit",
        "withdraw",
    ]
    assert [one.expires_last.year for one in BookItem.objects.all()] == [2030, 2030]


@pytest.mark.django_db
def test_an_upward_adjustment_needs_a_known_item() -> None:
    open_book()
    stock()
    assert codes(changed("up", record_no="R9")) == ["BOOK-UNKNOWN-ITEM"]
    assert changed("up", "0.5").done
    assert balance() == "10.5"


def shown(qty: str = "4", days: int = 5, guarantee: str = "100") -> Any:
    due = (civil_date(clock.now()) + timedelta(days=days)).isoformat()
    raw = {
        "ems_no": BOOK,
        "place": "展厅",
        "guarantor": FIRM,
        "guarantee_fen": guarantee,
        "due_on": due,
        "rows": [row(qty=qty)],
    }
    case, done = hand_in("display", raw)
    return cases.take(CUSTOMS, case.pk, "approve") if done.done else done


@pytest.mark.django_db
@pytest.mark.rule("R-203")
def test_goods_on_display_hold_stock_and_guarantee_until_they_are_back() -> None:
    open_book()
    stock()
    assert codes(shown()) == ["BOOK-GUARANTEE"]
    ledgers.set_limit("guarantee", FIRM, "", 15_000)
    assert codes(shown(days=0)) == ["BOOK-DUE"]
    assert codes(shown("11")) == ["BOOK-SHORT"]
    done = shown()
    assert done.done
    assert done.case.due_on == civil_date(clock.now()) + timedelta(days=5)
    assert Account.objects.get(kind="guarantee").reserved_units == 10_000
    assert rules.shown(books.shelf(BOOK, "R1")) == "6"
    assert codes(shown("6.5")) == ["BOOK-SHORT", "BOOK-GUARANTEE"]
    assert codes(cases.take(WAREHOUSE, done.case.pk, "sell", {"order_no": "O-1"})) == ["BOOK-NO-SALE"]
    assert cases.take(WAREHOUSE, done.case.pk, "return").done
    assert (books.shelf(BOOK, "R1"), Account.objects.get(kind="guarantee").reserved_units) == (1_000_000, 0)


@pytest.mark.django_db
@pytest.mark.rule("R-215")
def test_goods_that_exit_from_display_leave_the_book() -> None:
    open_book()
    stock()
    ledgers.set_limit("guarantee", FIRM, "", 15_000)
    done = shown()
    with pytest.raises(PermissionDenied):
        cases.take(CUSTOMS, done.case.pk, "exit", {"exit_document": "X1"})
    other = Actor("person:3", "zone", ALL, ("nanchong",), (), "officer.customs")
    assert cases.take(other, done.case.pk, "exit", {"exit_document": "X1"}).done
    assert balance() == "6"
    assert Account.objects.get(kind="guarantee").reserved_units == 0


def counted(rows: list[dict[str, str]]) -> Any:
    """A count whose cut-off, to the minute, lies after everything entered so far: it is handed in two minutes from now."""
    later = clock.now() + timedelta(minutes=2)
    at = (later - timedelta(minutes=1)).astimezone(BEIJING).strftime("%Y-%m-%dT%H:%M")
    with clock.standing_at(later):
        return hand_in("stocktake", {"ems_no": BOOK, "counted_at": at, "owner": "仓储主管", "rows": rows})


@pytest.mark.django_db
def test_differences_at_the_cut_off_are_typed_and_owned_and_adjusted_when_approved() -> None:
    open_book()
    for number, name in enumerate(("R1", "R2", "R3")):
        stock(record_no=name, number=f"HZ{number}")
    case, done = counted([row("R1", "8", cause="loss"), row("R2", "11", cause="mislaid"), row("R3", "10")])
    assert done.done
    case.refresh_from_db()
    told = {
        one["record_no"]: (one["book"], one["counted"], one["difference"], one["cause"], one["owner"])
        for one in case.facts["differences"]
    }
    assert told == {"R1": ("10", "8", "-2", "损耗", "仓储主管"), "R2": ("10", "11", "1", "错放、串货", "仓储主管")}
    assert balance("R1") == "10"
    assert cases.take(CUSTOMS, case.pk, "approve").done
    assert (balance("R1"), balance("R2"), balance("R3")) == ("8", "11", "10")
    assert {one.subject for one in Movement.objects.filter(verb="withdraw")} == {case.number}


@pytest.mark.django_db
def test_goods_without_an_account_are_entered_first_and_a_count_cannot_lie_ahead() -> None:
    open_book()
    stock()
    case, done = counted([row("R1", "10"), row("R9", "1")])
    assert done.done
    assert codes(cases.take(CUSTOMS, case.pk, "approve")) == ["BOOK-COUNT-UNKNOWN"]
    ahead = (clock.now() + timedelta(days=1)).astimezone(BEIJING).strftime("%Y-%m-%dT%H:%M")
    raw = {"ems_no": BOOK, "counted_at": ahead, "owner": "主管", "rows": [row("R1", "10")]}
    assert codes(hand_in("stocktake", raw)[1]) == ["BOOK-AHEAD"]


@pytest.mark.django_db
def test_a_sheet_enters_each_inbound_document_whole_or_not_at_all() -> None:
    open_book()
    rows = [
        {"ems_no": BOOK, "inbound_no": "HZ1", **new("R1", "1")},
        {"ems_no": BOOK, "inbound_no": "HZ2", **new("R2", "2")},
        {"ems_no": BOOK, "inbound_no": "HZ2", "record_no": "R3", "qty": "3"},
        {"ems_no": BOOK, "inbound_no": "HZ1", **new("R4", "4")},
    ]
    assert [[one.code for one in told] for told in book_sheet.findings(WAREHOUSE, rows)] == [[], [], ["BOOK-ITEM"], []]
    done = book_sheet.accept(WAREHOUSE, rows)
    assert [bool(number) for number, _ in done] == [True, False, False, True]
    assert [[one.code for one in told] for _, told in done] == [[], ["BOOK-ITEM"], ["BOOK-ITEM"], []]
    assert sorted(BookItem.objects.values_list("record_no", flat=True)) == ["R1", "R4"]


@pytest.mark.django_db
def test_a_warehouses_own_system_enters_stock_by_json_and_is_told_what_was_not() -> None:
    open_book()
    mapping = "".join(
        f"{name} = {name}\n" for name in ("ems_no", "inbound_no", "record_no", "qty", "hs10", "name", "unit")
    )
    Party.objects.create(
        code=FIRM, zone="nanchong", name="演示仓", kinds=["warehouse"], filed_on=civil_date(clock.now())
    )
    feed("wms", "bonded_stock", mapping, "json", desk="", party_code=FIRM)
    whole = {"ems_no": BOOK, "inbound_no": "HZ1", **new("R1", "1.5")}
    rows = [whole, {**whole, "record_no": "R2", "qty": "2"}, {**whole, "inbound_no": "HZ2", "ems_no": "T0"}]
    deliver("wms", json.dumps(rows), "rows.json")
    worker.drain()
    assert (balance("R1"), balance("R2")) == ("1.5", "2")
    assert [one.title.split("：")[0] for one in Notice.objects.filter(party_code=FIRM, place="books")] == [
        "入库单证 HZ2 未入账"
    ]
    deliver("wms", json.dumps([{**whole, "qty": "9"}]), "again.json", at="2026-11-04 08:30")
    worker.drain()
    assert balance("R1") == "1.5", "a document is entered once"


@pytest.mark.parametrize(
    ("line", "item", "said"),
    [
        pytest.param(("2", "011", "0.4", "035"), ("035", None), ("", 40_000), id="statutory unit"),
        pytest.param(("2", "011", "0.4", "035"), ("011", None), ("", 200_000), id="transaction unit"),
        pytest.param(("2", "011", "0.4", "035"), ("007", None), ("BOOK-UNIT", 0), id="neither"),
        pytest.param(("2", "011", "0.4", "035"), ("035", -1), ("BOOK-EXPIRED", 0), id="expired yesterday"),
        pytest.param(("2", "011", "0.4", "035"), ("035", 0), ("", 40_000), id="expires today"),
        pytest.param(("2", "011", "0.4", "035"), None, ("BOOK-UNKNOWN-ITEM", 0), id="unknown"),
    ],
)
@pytest.mark.rule("R-215")
def test_what_a_line_draws(line: tuple[str, ...], item: tuple[str, int | None] | None, said: tuple[str, int]) -> None:
    today = clock_day()
    told = {"qty": Decimal(line[0]), "unit": line[1], "qty1": Decimal(line[2]), "unit1": line[3]}
    known = (
        None
        if item is None
        else rules.Item("R1", item[0], None if item[1] is None else today + timedelta(days=item[1]))
    )
    assert rules.drawn(told, known, today) == said


def clock_day() -> Any:
    from datetime import date

    return date(2026, 5, 20)


def test_an_item_counts_as_expired_only_when_all_of_it_is() -> None:
    one, two = clock_day(), clock_day() + timedelta(days=9)
    assert rules.expiry(None, one) == (one, one)
    assert rules.expiry((one, one), two) == (one, two)
    assert rules.expiry((two, two), one) == (one, two)
    assert rules.expiry((one, two), None) == (one, None)
    assert rules.expiry((one, None), two) == (one, None)


@given(st.decimals(0, 10**12, places=5))
def test_quantities_are_exact_to_five_decimals(quantity: Decimal) -> None:
    assert Decimal(rules.shown(rules.units(quantity))) == quantity


def test_a_sixth_decimal_is_refused() -> None:
    with pytest.raises(ValueError, match="five decimals"):
        rules.units("0.000001")


@given(st.integers(1, 10**9), st.integers(1, 999), st.data())
def test_returns_together_never_bring_back_more_than_was_drawn(drawn: int, pieces: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, pieces))
    back = [rules.returned(drawn, Decimal(pieces), Decimal(one)) for one in (first, pieces - first)]
    assert sum(back) <= drawn
    assert rules.returned(drawn, Decimal(pieces), Decimal(pieces)) == drawn
