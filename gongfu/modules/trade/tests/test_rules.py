"""Orders, payments and waybills by themselves: each check alone turns the answer, and what is sound has no finding."""

from __future__ import annotations

from random import Random
from typing import Any

import polars as pl
import pytest

from gongfu.core import documents
from gongfu.core.ceb import codec, gate, samples, sign
from gongfu.modules.trade import rules

pytestmark = [pytest.mark.feature("trade.file"), pytest.mark.feature("intake.messages")]
FIRM, OTHER = "91511300MA6DEM014G", "91510600MA6DEM014K"
PERSON = "510603199003071238"
ORDER = {
    "appStatus": "2", "appTime": "20260301120000", "orderType": "I", "ebpCode": FIRM, "ebcCode": FIRM, "currency": "142", "goodsValue": "200.00", "freight": "10.00",
    "taxTotal": "19.11", "discount": "30.00", "acturalPaid": "199.11", "buyerIdType": "1", "buyerIdNumber": PERSON,
}  # fmt: skip
LINE = {"gnum": "1", "qty": "2", "price": "100.00", "totalPrice": "200.00", "currency": "142"}
PAYMENT = {
    "appTime": "20260301120000",
    "payCode": FIRM,
    "ebpCode": FIRM,
    "currency": "142",
    "payerIdType": "1",
    "payerIdNumber": PERSON,
    "amountPaid": "199.11",
}
EXPORT = {"orderType": "B", "ebpCode": "无", "ebcCode": FIRM, "goodsValue": "200.00", "currency": "142"}


def read(kind: str, head: dict[str, str], **line: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    message = samples.sample(kind, Random(3), documents=1)
    document = message.documents[0]
    document.head |= head
    if document.items:
        document.items = [{**document.items[0], **line}]
    root = gate.parse(codec.encode(message)).root
    assert root is not None
    batch = codec.read_batch(kind, [codec.Parsed(root, sign.canonical(root))])
    assert not batch.bad, batch.bad
    return batch.heads, batch.items


def order(head: dict[str, str] | None = None, **line: str) -> list[tuple[str, int, str]]:
    heads, items = read("CEB311Message", {**ORDER, **(head or {})}, **{**LINE, **line})
    return [(one.code, one.line, one.field) for _, one in rules.order_findings(heads, items)]


@pytest.mark.rule("R-104")
@pytest.mark.rule("R-103")
def test_a_sound_order_adds_up() -> None:
    assert order() == []


@pytest.mark.rule("R-1503")
@pytest.mark.parametrize(("head", "line", "found"), [
    ({"acturalPaid": "199.10999"}, {}, ("BIZ-PAID-SUM", 0, "acturalPaid")), ({"acturalPaid": "199.12"}, {}, ("BIZ-PAID-SUM", 0, "acturalPaid")),
    ({"currency": "502"}, {}, ("BIZ-CURRENCY", 0, "currency")), ({}, {"currency": "502"}, ("BIZ-CURRENCY", 1, "currency")),
    ({"orderType": "E"}, {}, ("BIZ-ORDER-TYPE", 0, "orderType")), ({"ebpCode": "无"}, {}, ("BIZ-FIRM-CODE", 0, "ebpCode")),
    ({"ebcCode": FIRM[:-1] + "H"}, {}, ("BIZ-FIRM-CODE", 0, "ebcCode")), ({"buyerIdNumber": PERSON[:-1] + "9"}, {}, ("BIZ-ID-NUMBER", 0, "buyerIdNumber")),
    ({"buyerIdNumber": "５" + PERSON[1:]}, {}, ("BIZ-ID-NUMBER", 0, "buyerIdNumber")), ({}, {"price": "100.01"}, ("BIZ-LINE-TOTAL", 1, "totalPrice")),
])  # fmt: skip
def test_each_check_of_an_order_alone_turns_the_answer(head: dict[str, str], line: dict[str, str], found: Any) -> None:
    assert order(head, **line) == [found]


@pytest.mark.rule("R-103")
def test_the_goods_value_is_the_sum_of_its_lines() -> None:
    assert [one[0] for one in order({"goodsValue": "199.99", "acturalPaid": "199.10"})] == ["BIZ-GOODS-SUM"]


@pytest.mark.rule("R-103")
@pytest.mark.parametrize(
    ("total", "wrong"), [("200.01", False), ("199.99", False), ("200.01001", True), ("199.98999", True)]
)
def test_a_line_total_may_be_a_fen_off_and_no_more(total: str, wrong: bool) -> None:
    heads, items = read("CEB311Message", ORDER, **{**LINE, "totalPrice": total})
    assert bool(documents.line_totals(heads, items)) == wrong


@pytest.mark.rule("R-001")
@pytest.mark.parametrize(
    ("amount", "wrong"), [("999999999999.99999", False), ("1000000000000", True), ("9999999999999999999", True)]
)
def test_what_no_ledger_can_hold_is_told(amount: str, wrong: bool) -> None:
    heads, items = read("CEB411Message", {**PAYMENT, "amountPaid": amount})
    assert [one.code for _, one in rules.payment_findings(heads, items)] == ["BIZ-AMOUNT"] * wrong


@pytest.mark.rule("R-1506")
@pytest.mark.feature("trade.b2b")
def test_a_foreign_platform_has_no_code_and_every_other_firm_has_one() -> None:
    heads, items = read("CEB303Message", EXPORT, **LINE)
    assert rules.export_order_findings(heads, items) == []
    heads, items = read("CEB303Message", {**EXPORT, "ebcCode": "无", "orderType": "I"}, **LINE)
    assert {one.code for _, one in rules.export_order_findings(heads, items)} == {"BIZ-FIRM-CODE", "BIZ-ORDER-TYPE"}


@pytest.mark.rule("R-206")
@pytest.mark.parametrize(("sender", "firms", "entrusted", "wrong"), [
    (FIRM, {}, frozenset(), False), (OTHER, {}, frozenset(), True), (OTHER, {}, frozenset({OTHER}), False), ("5107960ABC", {"5107960ABC": FIRM}, frozenset(), False),
    ("5107960ABC", {}, frozenset(), True),
])  # fmt: skip
def test_a_payment_comes_from_its_payment_firm(
    sender: str, firms: dict[str, str], entrusted: frozenset[str], wrong: bool
) -> None:
    heads, _ = read("CEB411Message", PAYMENT)
    told = heads.with_columns(sender_code=pl.lit(sender))
    assert [one.code for _, one in documents.senders(told, ("payCode",), firms, entrusted)] == ["BIZ-SENDER"] * wrong
