"""Receipts in the customs' words: the status for each refusal, and as many whole reasons as the field holds."""

from __future__ import annotations

import polars as pl
import pytest

from gongfu.core.ceb import schema
from gongfu.core.rule import Finding
from gongfu.modules.intake import rules

pytestmark = [pytest.mark.feature("intake.messages"), pytest.mark.rule("R-1501")]


@pytest.mark.parametrize(
    ("kind", "code", "status"),
    [
        ("CEB311Message", "REPLAY-DOCUMENT", "-301010"),
        ("CEB311Message", "BIZ-PAID-SUM", "-301008"),
        ("CEB311Message", "STATE-CONFLICT", "-301011"),
        ("CEB411Message", "REPLAY-DOCUMENT", "-401007"),
        ("CEB411Message", "STATE-CONFLICT", "-401008"),
        ("CEB511Message", "REPLAY-DOCUMENT", "-504015"),
        ("CEB513Message", "SCHEMA-MISSING", "-505011"),
        ("CEB621Message", "REPLAY-DOCUMENT", "-621004"),
        ("CEB621Message", "SCHEMA-MISSING", "-621001"),
        ("CEB621Message", "STATE-CONFLICT", "-621012"),
        ("CEB621Message", "IMP-SINGLE-LIMIT", "-621005"),
        ("CEB621Message", "IMP-ANNUAL-LIMIT", "-621018"),
        ("CEB621Message", "BIZ-NOT-OWN", "-621016"),
    ],
)
def test_each_refusal_has_its_code_of_the_customs_table(kind: str, code: str, status: str) -> None:
    assert rules.status_of(kind, [Finding("BIZ-POSITIVE-LIST"), Finding(code)]) == status
    assert status in schema.code_table("return_error")


def test_a_remark_refuses_nothing() -> None:
    assert rules.status_of("CEB621Message", [Finding("BIZ-POSITIVE-LIST")]) == "2"
    assert rules.info_of([Finding("BIZ-POSITIVE-LIST")]) == ""


def test_every_reason_is_whole_and_what_does_not_fit_is_counted() -> None:
    found = [
        Finding("SCHEMA-CODE", "G", line, "unit", "ZZZ", {"chinese": "单位", "known": "035"}) for line in range(1, 40)
    ]
    told = rules.info_of(found)
    assert len(told) <= rules.INFO_LENGTH
    kept = told.count("[Code:SCHEMA-CODE;Desc:第")
    assert 1 < kept < 39
    assert told.endswith(f"[另有{39 - kept:>4}项，见平台]")
    assert rules.info_of(found[:2]).count("]") == 2


@pytest.mark.parametrize(("told", "verb"), [("1", "新增"), ("2", "变更"), ("3", "删除")])
def test_what_was_taken_is_said_by_kind_and_act(told: str, verb: str) -> None:
    row = pl.DataFrame({"guid": ["G"], "appType": [told], "ebcCode": ["E"], "orderNo": ["O"]})
    order = row.select(rules.taken("CEB311Message", row.columns)).item()
    listed = row.select(rules.taken("CEB621Message", row.columns)).item()
    assert (order, listed) == (f"{verb}申报成功[G]", f"清单{verb}申报成功[G][电商企业编码：E订单编号：O]")
