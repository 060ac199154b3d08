"""Products against the tables of a day: list, remarks, units, contents, flags, lanes, descriptions, refund rates."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongfu.core.fields import parse
from gongfu.modules.goods import rules
from gongfu.modules.goods.flows import FIELDS
from gongfu.reference.tables import table, under

pytestmark = pytest.mark.feature("goods.filing")
TODAY = date(2026, 6, 1)
MILK: dict[str, Any] = {
    "item_no": "A1", "mode": "9610", "direction": "I", "name": "全脂牛奶", "spec": "1L", "hs_code": "0401200000", "origin_country": "304", "lane": "simple",
}  # fmt: skip


def codes(on: date = TODAY, **changes: Any) -> list[str]:
    return [fault.code for _, fault in rules.findings(rules.goods([{**MILK, **changes}]), on)]


def blocking(on: date = TODAY, **changes: Any) -> list[str]:
    told = rules.findings(rules.goods([{**MILK, **changes}]), on)
    return [fault.code for _, fault in told if fault.blocks]


def test_a_sound_product_has_no_fault() -> None:
    assert codes() == []


@pytest.mark.rule("R-201")
@pytest.mark.parametrize(
    ("hs_code", "on", "off"),
    [
        ("93070090", date(2022, 2, 28), False),
        ("93070090", date(2022, 3, 1), True),
        ("85434000", date(2022, 1, 1), True),
        ("2402200000", date(2016, 4, 8), True),
    ],
)
def test_a_line_off_the_list_is_refused_for_retail_import_on_the_right_date(hs_code: str, on: date, off: bool) -> None:
    assert ("GOODS-LIST-OFF" in blocking(on, hs_code=hs_code, lane="full")) is off
    assert "GOODS-LIST-OFF" not in blocking(on, hs_code=hs_code, lane="full", direction="E")
    assert "GOODS-LIST-OFF" not in blocking(on, hs_code=hs_code, lane="full", mode="1239")


@pytest.mark.rule("R-201")
def test_a_line_that_the_remark_excludes_is_refused() -> None:
    pollen = {"hs_code": "04100043", "name": "蜂花粉", "lane": "full", "mode": "1210"}
    assert "GOODS-LIST-EXCLUDED" not in codes(date(2021, 5, 1), **pollen)
    assert "GOODS-LIST-EXCLUDED" in blocking(date(2021, 5, 1), **pollen | {"name": "蜂花粉保健食品"})
    eggs = {"hs_code": "04079090", "name": "其他蛋", "lane": "full"}
    assert "GOODS-LIST-EXCLUDED" in blocking(declared=["endangered"], **eggs)
    assert "GOODS-LIST-EXCLUDED" not in blocking(date(2016, 4, 7), declared=["endangered"], **eggs)


@pytest.mark.rule("R-201")
def test_remarks_of_mode_name_and_quantity() -> None:
    controls = pl.DataFrame(
        [
            {"hs_prefix": "0401", "control": "name", "words": "奶酪", "mode": None, "flag": None, "remark_zh": "限奶酪", "remark_en": "cheese"},
            {"hs_prefix": "04012", "control": "mode", "words": None, "mode": "1210", "flag": None, "remark_zh": "限保税", "remark_en": "bonded"},
            {"hs_prefix": "", "control": "quantity", "words": None, "mode": None, "flag": None, "remark_zh": "限量", "remark_en": "limited"},
        ]
    )  # fmt: skip
    listed = pl.DataFrame({"hs8": ["04012000"]})
    found = [one.code for _, one in rules.listed(rules.goods([MILK]), listed, controls)]
    assert sorted(found) == ["GOODS-LIST-MODE", "GOODS-LIST-NAME", "GOODS-LIST-QUANTITY"]
    bonded = {**MILK, "mode": "1210", "name": "奶酪"}
    assert [one.code for _, one in rules.listed(rules.goods([bonded]), listed, controls)] == ["GOODS-LIST-QUANTITY"]


@pytest.mark.rule("R-201")
def test_a_code_that_the_excerpt_lacks_is_a_remark_marked_x() -> None:
    told = rules.findings(rules.goods([{**MILK, "hs_code": "84713090", "name": "手提电脑"}]), TODAY)
    unknown = [one for _, one in told if one.code == "GOODS-LIST-UNKNOWN"]
    assert unknown and not unknown[0].blocks and "X" in unknown[0].message()


@pytest.mark.rule("R-706")
def test_a_bad_check_digit_of_a_barcode_is_found() -> None:
    raw = {**MILK, "gtin": "6901234567893", "authority": ""}
    _, faults = parse(FIELDS, raw, on=TODAY)
    assert [(one.code, one.field) for one in faults] == [("FIELD-CODE", "gtin")]
    assert parse(FIELDS, {**raw, "gtin": "6901234567892"}, on=TODAY)[1] == []


@pytest.mark.rule("R-706")
def test_codes_hold_on_their_days_and_units_are_the_nomenclatures() -> None:
    assert blocking(hs_code="99999999") == ["GOODS-HS"]
    ended = table("hs8").filter(pl.col("valid_to") == date(2021, 12, 31))["hs8"][0]
    assert "GOODS-HS-DATE" in blocking(hs_code=ended, direction="E")
    assert "GOODS-HS-DATE" not in blocking(date(2021, 12, 31), hs_code=ended, direction="E")
    assert codes(hs_code="0401200077") == ["GOODS-HS-ENDING"]
    assert blocking(unit1="035", unit2="") == []
    assert blocking(unit1="007") == ["GOODS-UNIT"]


@pytest.mark.rule("R-110")
def test_imported_cosmetics_need_their_net_content() -> None:
    cream = {"hs_code": "3304990039", "name": "面霜", "mode": "1210"}
    assert blocking(**cream) == ["GOODS-NET-CONTENT"]
    assert blocking(net_content="50", **cream) == ["GOODS-NET-CONTENT"]
    assert blocking(net_content="50", net_unit="ml", **cream) == []
    assert blocking(**cream | {"direction": "E", "mode": "9610"}) == []


@pytest.mark.rule("R-202", "R-1040")
@pytest.mark.parametrize("flag", ["biosecurity", "licence", "dual_use", "endangered"])
def test_a_flag_blocks_the_simple_lane(flag: str) -> None:
    out = {"direction": "E", "hs_code": "84713090", "name": "手提电脑", "declared": [flag]}
    assert blocking(**out) == ["GOODS-LANE"]
    assert blocking(**out | {"lane": "full"}) == []


@pytest.mark.rule("R-202", "R-1040")
def test_flags_come_from_the_tables_of_the_day() -> None:
    drone = {"direction": "E", "hs_code": "8806221000", "name": "无人机"}
    assert "GOODS-LANE" in blocking(**drone)
    assert "GOODS-LANE" not in blocking(date(2023, 8, 31), **drone)
    vaccine = {"hs_code": "3002410000", "name": "疫苗"}
    assert "GOODS-LANE" in blocking(**vaccine)
    fish = {"hs_code": "03028100", "name": "鱼", "origin_country": "116", "lane": "full"}
    assert "GOODS-BANNED" in blocking(date(2024, 1, 1), **fish)
    assert "GOODS-BANNED" not in blocking(date(2024, 1, 1), **fish | {"origin_country": "304"})
    assert "GOODS-BANNED" not in blocking(date(2023, 8, 23), **fish)


@pytest.mark.rule("R-202", "R-403")
def test_a_licence_does_not_stop_listed_retail_imports_and_inspection_stops_b2b_lists() -> None:
    assert blocking(declared=["licence"]) == []
    assert blocking(declared=["licence"], hs_code="84713090") == ["GOODS-LANE"]
    out = {"direction": "E", "declared": ["inspection"], "hs_code": "84713090", "name": "手提电脑"}
    assert blocking(mode="9710", **out) == ["GOODS-LANE"]
    assert blocking(mode="9610", **out) == []


@pytest.mark.rule("R-1015")
def test_words_that_speak_against_the_code_are_named() -> None:
    said = rules.speaks_against("婴幼儿配方奶粉 三段", "8471309000")
    assert "奶粉" in said
    assert rules.speaks_against("婴幼儿配方奶粉 三段", "1901101000") == []
    assert "GOODS-MISMATCH" in codes(name="婴幼儿配方奶粉 三段", hs_code="84713090")
    assert "GOODS-BRAND" in codes(brand="某牌", authority="genuine")
    assert "GOODS-BRAND" not in codes(brand="某牌", authority="authorised")


@pytest.mark.rule("R-706")
def test_directions_and_prices() -> None:
    assert blocking(mode="9710", lane="full") == ["GOODS-DIRECTION"]
    assert blocking(price_low=200, price_high=100) == ["GOODS-PRICE"]


@pytest.mark.rule("R-706")
@given(
    st.dictionaries(st.sampled_from(["name", "spec", "brand", "price_high", "hs_code", "origin_country"]), st.text())
)
def test_only_code_and_origin_reopen_a_review(changes: dict[str, str]) -> None:
    after = {**MILK, **changes}
    expected = [name for name in ("hs_code", "origin_country") if MILK[name] != after[name]]
    assert rules.reopens(MILK, after) == expected


@pytest.mark.rule("R-517")
@pytest.mark.parametrize(
    ("on", "bp"), [(date(2025, 1, 1), 900), (date(2026, 4, 1), 600), (date(2026, 12, 31), 600), (date(2027, 1, 1), 0)]
)
def test_refund_rates_go_by_code_and_day(on: date, bp: int) -> None:
    told = {one["hs_code"]: one for one in rules.refunds(["8507600090", "84713090"], on).to_dicts()}
    assert told["8507600090"]["refund_bp"] == bp
    assert told["84713090"]["refund_bp"] == 1300
    assert rules.refunds(["84713090"], date(2010, 1, 1)).is_empty()


@pytest.mark.rule("R-915")
def test_every_code_has_one_statistical_group_and_less_than_two_percent_of_value_has_none() -> None:
    codes = table("hs8")["hs8"].to_list()
    told = rules.groups(codes)
    assert told.height == len(set(codes)) and 60 <= told["group"].n_unique() <= 100
    assert dict(told.select("hs_code", "group").iter_rows())["95030089"] == "g79"
    filed = table("goods_records").select("price_fen", hs_code=pl.col("hs10"))
    known = filed.join(rules.groups(filed["hs_code"]), on="hs_code", how="semi")
    assert known["price_fen"].sum() > 0.98 * filed["price_fen"].sum()
    named = table("goods_groups").group_by("group").agg(pl.col("name_zh").n_unique(), pl.col("name_en").n_unique())
    assert named.select(pl.col("name_zh", "name_en").max()).row(0) == (1, 1)


@given(st.lists(st.text("0123456789", min_size=0, max_size=10), max_size=8))
def test_any_code_meets_exactly_the_prefixes_it_begins_with(asked: list[str]) -> None:
    rows = table("goods_controls")
    told = under(pl.DataFrame({"hs_code": asked}, schema={"hs_code": pl.String}), rows)
    for code, prefix in told.select("hs_code", "hs_prefix").iter_rows():
        assert code.startswith(prefix)
    expected = sum(code.startswith(prefix) for code in asked for prefix in rows["hs_prefix"])
    assert told.height == expected
