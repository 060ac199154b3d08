"""Each industry template fills every required element of a list and says what to look out for (R-403, R-404)."""

from __future__ import annotations

from datetime import date
from random import Random

import polars as pl
import pytest

from gongfu.core.ceb import codec, gate, samples, sign
from gongfu.core.ceb.schema import table as layout
from gongfu.core.fields import parse
from gongfu.modules.declarations.rules import exporting, industries
from gongfu.modules.declarations.rules.lists import ExportCase
from gongfu.reference.tables import LAST, table

pytestmark = [pytest.mark.feature("declarations.b2b"), pytest.mark.rule("R-403")]
DAY = date(2026, 11, 28)
ALL = industries.industries()
GIVEN = {
    "mode": "9710", "item_no": "A-1", "name": "零件", "country": "502", "qty": "10", "price": "80.50", "net_kg": "12.5", "gross_kg": "14", "packs": "2",
    "brand_kind": "1", "preference": "2",
}  # fmt: skip
# What whoever declares brings with him, and the envelope.
OTHERS = {
    "guid", "appType", "appTime", "appStatus", "customsCode", "ebpCode", "ebpName", "orderNo", "logisticsCode", "logisticsName", "logisticsNo", "copNo",
    "portCode", "ieDate", "agentCode", "agentName", "ebcCode", "ebcName", "ownerCode", "ownerName",
}  # fmt: skip


def test_there_is_a_template_for_each_key_industry() -> None:
    assert set(ALL) == {"electronics", "auto_parts", "heavy_equipment"}


@pytest.mark.parametrize("industry", ALL.values(), ids=list(ALL))
def test_a_template_fills_all_that_a_list_requires(industry: industries.Industry) -> None:
    raw = GIVEN | {"hs10": industry.usual[0], "qty1": "10"} | {one.name: "x" for one in industry.elements}
    clean, faults = parse(industry.fields, raw, on=DAY)
    assert faults == []
    head, line = industries.filled(industry, clean, DAY)
    required = {one.name for one in layout("CEB603Message").head_fields if one.required == "Y"}
    assert required - set(head) == OTHERS
    assert {one.name for one in layout("CEB603Message").item_fields if one.required == "Y"} <= set(line)
    message = samples.sample("CEB603Message", Random(1), documents=1)
    message.documents[0].head |= head
    message.documents[0].items = [line]
    root = gate.parse(codec.encode(message)).root
    assert root is not None
    assert not codec.read_batch("CEB603Message", [codec.Parsed(root, sign.canonical(root))]).bad


@pytest.mark.parametrize("industry", ALL.values(), ids=list(ALL))
def test_the_usual_codes_are_of_the_nomenclature_and_of_its_chapters(industry: industries.Industry) -> None:
    known = set(table("hs8", LAST).filter(pl.col("hs8").is_in([one[:8] for one in industry.usual]))["hs8"])
    assert [one for one in industry.usual if one[:8] not in known or one[:2] not in industry.chapters] == []


def test_the_statutory_quantity_follows_the_unit() -> None:
    industry = ALL["auto_parts"]
    raw = GIVEN | {"hs10": "8708299000", "use": "a", "brand": "b", "model": "c", "material": "d"}
    _, line = industries.filled(industry, parse(industry.fields, raw, on=DAY)[0], DAY)
    assert (line["unit1"], line["qty1"], line["totalPrice"]) == ("035", "12.5", "805.00")
    assert line["gmodel"] == "1|2|a|b|c|d"


def test_hints_stand_at_the_codes_they_are_for() -> None:
    assert [one.flag for one in ALL["electronics"].hints_for("8507600090")] == ["inspection"]
    assert ALL["electronics"].hints_for("8471309000") == ()
    assert [one.flag for one in ALL["auto_parts"].hints_for("8708950000")] == ["inspection"]


@pytest.mark.rule("R-305")
@pytest.mark.parametrize(
    ("case", "refund_bp", "best", "words"),
    [
        (ExportCase("9610", 20_000, DAY), 0, "A", ["可用 A"]),
        (ExportCase("9610", 20_000, DAY), 1300, "A", ["退税率 13%"]),
        (ExportCase("9610", 20_000, DAY, refund=True), 1300, "B", ["出口退税", "须用 B"]),
        (ExportCase("9610", 500_001, DAY), 0, "B", ["5,000.01 元超过 5,000.00", "须用 B"]),
        (ExportCase("9710", 20_000, DAY, inspection=True), 0, "form", ["检验检疫", "报关单"]),
        (ExportCase("9810", 20_000, DAY), 0, "list", ["清单"]),
    ],
)
def test_the_advice_names_its_reasons(case: ExportCase, refund_bp: int, best: str, words: list[str]) -> None:
    told = exporting.advise(case, refund_bp)
    assert told.best == best
    assert len(told.reasons) == len(words)
    assert all(word in zh for word, (zh, _) in zip(words, told.reasons, strict=True))


def heads(**changed: str) -> pl.DataFrame:
    told = {"document": 1, "guid": "G", "tradeMode": "9610", "appTime": "20241214120000", "ebpCode": "P", "orderNo": "O", "ebcCode": "S", "emsNo": "", "iacCode": "", "statisticsFlag": "A"}  # fmt: skip
    return pl.DataFrame([told | changed])


def codes(found: list[tuple[int, object]]) -> list[str]:
    return [one.code for _, one in found]  # type: ignore[attr-defined]


@pytest.mark.feature("declarations.exports")
@pytest.mark.rule("R-301")
def test_t_309_money_is_asked_for_until_its_last_day() -> None:
    (told,) = exporting.by_day(heads(), [], [])
    assert (told[1].code, told[1].facts["until"]) == ("BIZ-COLLECTION-MISSING", "2024-12-14")
    assert exporting.by_day(heads(), [("P", "O")], []) == []
    assert exporting.by_day(heads(appTime="20241215000000"), [], []) == []
    assert exporting.asks_money(heads())
    assert not exporting.asks_money(heads(appTime="20241215000000"))


@pytest.mark.rule("R-405")
def test_t_403_warehouses_had_to_be_filed_until_their_last_day() -> None:
    old = {"tradeMode": "9810", "appTime": "20241210120000"}
    assert codes(exporting.by_day(heads(**old), [], [])) == ["BIZ-WAREHOUSE-UNFILED"]
    assert exporting.by_day(heads(**old), [], ["S"]) == []
    assert exporting.by_day(heads(tradeMode="9810", appTime="20241215120000"), [], []) == []


@pytest.mark.rule("R-307")
def test_a_special_area_export_names_its_book_and_firm() -> None:
    assert codes(exporting.special_areas(heads(tradeMode="1210"))) == ["BIZ-AREA-MISSING"] * 2
    assert exporting.special_areas(heads(tradeMode="1210", emsNo="H1", iacCode="F")) == []
    assert exporting.special_areas(heads()) == []


@pytest.mark.rule("R-304")
def test_controls_that_may_close_a_lane_are_a_remark() -> None:
    items = pl.DataFrame({"document": [1], "gnum": [1], "gcode": ["8806"]})
    names, flags = {"8806": [("两用物项", "dual use")]}, {"8806": ["dual_use"]}
    (told,) = exporting.doubtful(heads(appTime="20260301120000"), items, names, flags)
    assert (told[1].code, told[1].blocks, told[1].facts["allowed"]) == ("BIZ-LANE-CONTROLS", False, "B")
    assert exporting.doubtful(heads(appTime="20260301120000", statisticsFlag="B"), items, names, flags) == []
    inspected = {"8806": ["inspection"]}
    assert exporting.doubtful(heads(appTime="20260301120000"), items, names, inspected) == []
    assert codes(exporting.doubtful(heads(appTime="20260301120000", tradeMode="9710"), items, names, inspected)) == ["BIZ-LANE-CONTROLS"]  # fmt: skip
