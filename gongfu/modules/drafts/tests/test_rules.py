"""What blank values become, and which document a draft is."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from gongfu.core.ceb import codec, sign
from gongfu.core.ceb.schema import table
from gongfu.core.rule import Finding
from gongfu.modules.drafts import rules
from gongfu.modules.drafts.layouts import LINES, forms

pytestmark = [pytest.mark.feature("declarations.imports"), pytest.mark.feature("declarations.exports")]
NOW = datetime(2026, 11, 28, 9, 30)  # noqa: DTZ001  (Beijing time, as digits)
ORDER: dict[str, Any] = {
    "orderNo": "O-1", "ebpCode": "P", "freight": "5.00", "items": [{"itemNo": "A", "itemName": "奶粉", "unit": "122", "qty": "2", "price": "10.005"}],
}  # fmt: skip


def known(**more: Any) -> rules.Known:
    return rules.Known(("PARTY", "某店"), ("AGENT", "某报关"), "7913", NOW, **more)


@pytest.mark.parametrize("kind", sorted(forms()))
def test_every_required_element_is_asked_or_filled_in(kind: str) -> None:
    """A form that leaves a required element of the message out could never be handed in."""
    form, layout = forms()[kind], table(kind)
    head = {one.field.name for one in form.head} | set(form.fixed)
    line = {one.field.name for one in form.line} | set(form.fixed_line)
    assert {one.name for one in layout.head_fields if one.required == "Y"} <= head
    assert {one.name for one in layout.item_fields if one.required == "Y"} <= line


def test_a_list_takes_over_its_order_the_filing_and_the_last_document() -> None:
    form = forms()["CEB621Message"]
    names = {"P": "某平台", "AGENT": "某报关", "PARTY": "某店"}
    filed = {"hs_code": "1901101000", "spec": "900g/罐", "origin_country": "609", "unit1": "035", "name": "别名"}
    told = rules.begun(
        form, known(order=ORDER, past=lambda: {"trafMode": "4"}, names=lambda code: names.get(code, ""), product=lambda item, mode: filed if item == "A" else {})
    )  # fmt: skip
    head, line = told["head"], told[LINES][0]
    assert (head["ebpCode"], head["ebpName"], head["agentCode"], head["agentName"]) == (
        "P",
        "某平台",
        "AGENT",
        "某报关",
    )
    assert (head["trafMode"], head["customsCode"], head["currency"], head["freight"]) == ("4", "7913", "142", "5.00")
    assert (line["gname"], line["gcode"], line["country"], line["unit"]) == ("奶粉", "1901101000", "609", "122")
    assert line["totalPrice"] == "20.01"


@pytest.mark.rule("R-104")
def test_what_the_buyer_paid_is_reckoned_where_it_is_left_empty() -> None:
    form = forms()["CEB311Message"]
    body = {"head": {"freight": "5", "taxTotal": "1.82", "discount": "2"}, LINES: [{"qty": "2", "price": "10"}, {"totalPrice": "0.5"}]}  # fmt: skip
    head = rules.filled(form, body, known())["head"]
    assert (head["goodsValue"], Decimal(head["acturalPaid"])) == ("20.50", Decimal("25.32"))
    typed = rules.filled(form, {"head": {**body["head"], "goodsValue": "7"}, LINES: body[LINES]}, known())["head"]  # type: ignore[dict-item]
    assert typed["goodsValue"] == "7"


def test_fields_of_another_mode_are_left_out_and_blank_ones_as_well() -> None:
    form = forms()["CEB621Message"]
    head = {"tradeMode": "1210", "trafNo": "X", "emsNo": "T79", "note": "", "logisticsNo": " "}
    made = rules.document(form, {"head": head, LINES: []}, guid="G", cop_no="C", now=NOW)
    assert "trafNo" not in made.head and "logisticsNo" not in made.head
    assert (made.head["emsNo"], made.head["declTime"], made.head["copNo"], made.head["ieFlag"]) == (
        "T79",
        "20261128",
        "C",
        "I",
    )


def test_signs_that_no_message_can_carry_are_told_apart_from_the_fields() -> None:
    """What is typed ends as text in the message, never as markup."""
    form = forms()["CEB303Message"]
    body = {"head": {"orderNo": "<a>&\"'"}, LINES: []}
    root = codec.build(codec.Decoded(form.kind, "G", "1.0", [rules.document(form, body, guid="G", cop_no="", now=NOW)]))
    assert b"&lt;a&gt;&amp;" in sign.canonical(root)


def test_a_finding_of_a_line_stands_at_its_row_and_in_its_column() -> None:
    form = forms()["CEB303Message"]
    found = rules.at_fields(form, [Finding("BIZ-LINE-TOTAL", line=2, field="totalPrice"), Finding("BIZ-GOODS-SUM", field="goodsValue")])  # fmt: skip
    assert [one.field for one in found] == ["lines-1-totalPrice", "goodsValue"]
    assert rules.in_column(found[0]).field == "lines-totalPrice"
    assert form.step_of("lines-1-totalPrice") == len(form.steps)


@pytest.mark.parametrize(("text", "number"), [("1,000.5", Decimal("1000.5")), ("", None), ("x", None), ("NaN", None), ("Infinity", None), ("1e30", None)])  # fmt: skip
def test_only_numbers_are_reckoned_with(text: str, number: Decimal | None) -> None:
    assert rules.value(text) == number
