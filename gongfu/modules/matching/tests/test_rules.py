"""三单比对 (R-207 to R-209): each check alone turns the verdict; tolerances are exact; what is missing waits."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from gongfu.modules.matching import rules
from gongfu.reference.tables import parameters

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
KNOWN = parameters(date(2026, 3, 1))
pytestmark = [pytest.mark.feature("matching.flows"), pytest.mark.rule("R-207")]
LIST = {
    "declaration": 1, "guid": "G", "flow": "I", "mode": "9610", "ebp_code": "P", "order_no": "O", "ebc_code": "S", "logistics_code": "L", "logistics_no": "W", "goods_fen": 1000,
    "freight_fen": 100, "insured_fen": 0, "gross_g": 1000, "buyer_key": "b", "address_key": "a", "declared_at": NOON, "reason": "",
}  # fmt: skip
ORDER = {
    "ebp_code": "P", "order_no": "O", "ebc_code": "S", "pay_code": "F", "pay_no": "T", "order_type": "I", "goods_fen": 1000, "freight_fen": 100, "paid_fen": 1100,
    "buyer_key": "b", "consignee_key": "c", "address_key": "a", "ordered_at": NOON - timedelta(hours=1),
}  # fmt: skip
PAYMENT = {
    "ebp_code": "P",
    "order_no": "O",
    "pay_code": "F",
    "pay_no": "T",
    "payer_key": "b",
    "paid_fen": 1100,
    "paid_at": NOON - timedelta(minutes=50),
}
WAYBILL = {
    "logistics_code": "L",
    "logistics_no": "W",
    "order_no": "O",
    "weight_g": 1000,
    "consignee_key": "c",
    "address_key": "a",
}
QTY = pl.Decimal(38, 5)


def compare(**changes: Any) -> tuple[str, list[str], pl.DataFrame]:
    """(verdict, missing, joined rows) of one list; changes are named `list__column`, or `order=None` for a missing document."""
    documents: dict[str, dict[str, Any] | None] = {
        "list": dict(LIST),
        "order": dict(ORDER),
        "payment": dict(PAYMENT),
        "waybill": dict(WAYBILL),
    }
    quantity, item, price = changes.pop("quantity", "2"), changes.pop("item", "A-1"), changes.pop("price", "5.5")
    ordered = changes.pop("ordered", "A-1")
    for name, value in changes.items():
        which, _, column = name.partition("__")
        if column:
            documents[which] = {**(documents[which] or {}), column: value}
        else:
            documents[which] = value

    def frame(name: str, like: dict[str, Any]) -> pl.DataFrame:
        told = pl.DataFrame([documents[name] or like])
        return told if documents[name] else told.clear()

    def lines(keys: dict[str, Any], count: str, item: str, price: str) -> pl.DataFrame:
        second = {"gnum": 2, "item_no": "B-2", "qty": Decimal(1), "price": Decimal("0.01")}
        told = [{**keys, "gnum": 1, "item_no": item, "qty": Decimal(count), "price": Decimal(price)}, {**keys, **second}]
        return pl.DataFrame(told).with_columns(pl.col("qty", "price").cast(QTY))

    verdicts, rows = rules.match(
        frame("list", LIST), frame("order", ORDER), frame("payment", PAYMENT), frame("waybill", WAYBILL),
        lines({"ebp_code": "P", "order_no": "O"}, "2", ordered, "5.50"), lines({"declaration": 1}, quantity, item, price), params=KNOWN)  # fmt: skip
    return verdicts["verdict"][0], verdicts["missing"][0].to_list(), rows


def test_four_documents_that_agree_match() -> None:
    verdict, missing, rows = compare()
    assert (verdict, missing, rules.findings(rows)) == ("matched", [], [])
    told = rules.differences(rows, params=KNOWN)
    assert set(told["result"]) == {"ok"}
    assert set(told["check"]) == {check.name for check in rules.CHECKS}


@pytest.mark.parametrize(("change", "code"), [
    ({"list__ebc_code": "X"}, "BIZ-MATCH-SELLER"), ({"payment__pay_no": "X"}, "BIZ-MATCH-PAYMENT"), ({"payment__pay_code": "X"}, "BIZ-MATCH-PAYMENT"), ({"payment__paid_fen": 1099}, "BIZ-MATCH-AMOUNT"),
    ({"list__goods_fen": 1001}, "BIZ-MATCH-GOODS"), ({"list__freight_fen": 99}, "BIZ-MATCH-FREIGHT"), ({"list__insured_fen": 1}, "BIZ-MATCH-FREIGHT"), ({"order__buyer_key": "x"}, "BIZ-MATCH-BUYER"),
    ({"payment__payer_key": "x"}, "BIZ-MATCH-PAYER"), ({"order__address_key": "x"}, "BIZ-MATCH-ADDRESS"), ({"waybill__address_key": "x"}, "BIZ-MATCH-DELIVERY"), ({"waybill__consignee_key": "x"}, "BIZ-MATCH-CONSIGNEE"),
    ({"waybill__order_no": "X"}, "BIZ-MATCH-WAYBILL"), ({"waybill__weight_g": 1250}, "BIZ-MATCH-WEIGHT"), ({"quantity": "3"}, "BIZ-MATCH-QTY"), ({"item": "A-2"}, "BIZ-MATCH-ITEM"), ({"price": "5.49999"}, "BIZ-MATCH-PRICE"),
    ({"payment__paid_at": NOON - timedelta(hours=2)}, "BIZ-MATCH-PAYTIME"), ({"payment__paid_at": NOON + timedelta(seconds=1)}, "BIZ-MATCH-LISTTIME"),
])  # fmt: skip
def test_each_difference_alone_refuses_and_says_both_values(change: dict[str, Any], code: str) -> None:
    verdict, _, rows = compare(**change)
    found = rules.findings(rows)
    assert (verdict, [finding.code for _, finding in found]) == ("refused", [code])
    assert found[0][1].message("zh")
    assert found[0][1].remedy("en")


@pytest.mark.parametrize(
    ("weight_g", "result"),
    [(1000, "ok"), (1111, "within"), (1112, "differ"), (909, "within"), (900, "within"), (899, "differ")],
)
def test_weights_may_differ_by_a_tenth_or_a_hundred_grams(weight_g: int, result: str) -> None:
    _, _, rows = compare(waybill__weight_g=weight_g)
    assert rows["is_weight"][0] == result


def test_item_numbers_are_compared_where_both_give_one_and_as_far_as_a_list_has_room() -> None:
    assert compare(item="")[0] == compare(ordered="")[0] == "matched"
    assert compare(ordered="12345678901234567890-RED", item="12345678901234567890")[0] == "matched"
    verdict, _, rows = compare(item="a-1")
    found = rules.findings(rows)[0][1]
    assert verdict == "refused"
    assert (found.facts["left"], found.facts["right"]) == ("1:A-1 2:B-2", "1:a-1 2:B-2")
    assert rules.differences(compare(item="")[2], params=KNOWN).filter(pl.col("check") == "items")["left"].to_list() == ["2:B-2"]


def test_quantity_item_and_price_are_rows_of_their_own_with_their_values() -> None:
    _, _, rows = compare(quantity="3", item="X", price="6")
    told = {row["check"]: (row["left"], row["right"]) for row in rules.differences(rows, only_differing=True).to_dicts()}
    assert told == {"quantities": ("1:2 2:1", "1:3 2:1"), "items": ("1:A-1 2:B-2", "1:X 2:B-2"), "prices": ("1:5.5 2:0.01", "1:6 2:0.01")}


def test_what_no_parcel_weighs_is_compared_exactly() -> None:
    _, _, rows = compare(waybill__weight_g=10**17, list__gross_g=10**17 - 2 * 10**16)
    assert rows["is_weight"][0] == "differ"


def test_the_payment_firm_is_compared_where_the_order_names_it() -> None:
    assert compare(order__pay_code="")[0] == "matched"
    assert compare(order__pay_code="", order__pay_no="")[0] == "matched"
    assert compare(order__pay_no="")[0] == "matched"


def test_insurance_is_part_of_what_the_order_calls_freight() -> None:
    assert compare(list__freight_fen=60, list__insured_fen=40)[0] == "matched"


def test_a_payment_at_the_very_moment_of_the_list_is_in_time() -> None:
    assert compare(payment__paid_at=NOON)[0] == "matched"


@pytest.mark.rule("R-209")
def test_a_buyer_too_young_is_for_an_officer() -> None:
    verdict, _, rows = compare(list__reason=rules.YOUNG)
    assert (verdict, [finding.code for _, finding in rules.findings(rows)]) == ("review", [rules.YOUNG])
    assert compare(list__reason=rules.YOUNG, payment=None)[0] == "waiting"


@pytest.mark.parametrize("name", ["order", "payment", "waybill"])
def test_what_is_missing_is_waited_for(name: str) -> None:
    verdict, missing, rows = compare(**{name: None})
    assert (verdict, missing, rules.findings(rows)) == ("waiting", [name], [])


@pytest.mark.rule("R-301")
def test_exports_need_no_payment() -> None:
    verdict, missing, _ = compare(list__flow="E", order__order_type="E", payment=None)
    assert (verdict, missing) == ("matched", [])


@pytest.mark.feature("declarations.b2b")
@pytest.mark.rule("R-404")
@pytest.mark.parametrize(("mode", "order_type"), [("9610", "E"), ("1210", "E"), ("9710", "B"), ("9810", "W")])
def test_each_mode_of_export_rests_on_its_own_kind_of_order(mode: str, order_type: str) -> None:
    for told in ("E", "B", "W"):
        verdict, _, rows = compare(list__flow="E", list__mode=mode, order__order_type=told, payment=None)
        codes = [finding.code for _, finding in rules.findings(rows)]
        assert (verdict, codes) == (("matched", []) if told == order_type else ("refused", ["BIZ-MATCH-ORDER-TYPE"]))


def test_an_old_order_is_for_an_officer() -> None:
    assert compare(order__ordered_at=NOON - timedelta(days=60))[0] == "matched"
    verdict, _, rows = compare(order__ordered_at=NOON - timedelta(days=61))
    assert (verdict, [finding.code for _, finding in rules.findings(rows)]) == ("review", ["BIZ-MATCH-AGE"])


@pytest.mark.feature("access.security")
def test_persons_are_never_shown() -> None:
    _, _, rows = compare(order__buyer_key="secret-hash")
    assert "secret-hash" not in str(rules.differences(rows, params=KNOWN).to_dicts())
