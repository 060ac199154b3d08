"""Lists by themselves: worked examples T-301 to T-309 and T-401 to T-403, and each check alone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import polars as pl
import pytest

from gongfu.base.kit.beijing import BEIJING
from gongfu.core.ceb import codec, gate, samples, sign
from gongfu.modules.declarations.rules import lists as rules
from gongfu.modules.declarations.rules.lists import ExportCase
from gongfu.modules.declarations.rules.sites import Site
from gongfu.modules.declarations.rules.sites import gate as gate_of

DAY = date(2025, 3, 10)


@pytest.mark.feature("declarations.exports")
@pytest.mark.rule("R-304")
@pytest.mark.rule("R-305")
@pytest.mark.parametrize(("case", "lanes"), [
    pytest.param(ExportCase("9610", 499_999, DAY), ("A", "B"), id="T-301"),
    pytest.param(ExportCase("9610", 500_000, DAY), ("A", "B"), id="boundary"),
    pytest.param(ExportCase("9610", 500_001, DAY), ("B",), id="T-302"),
    pytest.param(ExportCase("9610", 20_000, DAY, refund=True), ("B",), id="T-303"),
    pytest.param(ExportCase("9610", 20_000, DAY, licence=True), ("B",), id="licence"),
    pytest.param(ExportCase("9610", 20_000, DAY, duty=True), ("B",), id="duty"),
])  # fmt: skip
def test_retail_lanes(case: ExportCase, lanes: tuple[str, ...]) -> None:
    assert rules.lanes_of(case) == lanes


@pytest.mark.feature("declarations.b2b")
@pytest.mark.rule("R-403")
@pytest.mark.parametrize(("case", "lanes"), [
    pytest.param(ExportCase("9710", 480_000, DAY), ("list", "form"), id="T-401"),
    pytest.param(ExportCase("9710", 500_000, DAY, inspection=True), ("form",), id="T-402"),
    pytest.param(ExportCase("9810", 500_001, DAY), ("form",), id="above"),
])  # fmt: skip
def test_b2b_lanes(case: ExportCase, lanes: tuple[str, ...]) -> None:
    assert rules.lanes_of(case) == lanes


@pytest.mark.feature("declarations.exports")
@pytest.mark.rule("R-302")
@pytest.mark.parametrize(("year", "month", "due"), [
    pytest.param(2025, 3, date(2025, 4, 15), id="T-304"),
    pytest.param(2025, 1, date(2025, 2, 17), id="T-305"),
    pytest.param(2025, 12, date(2026, 1, 15), id="year end"),
    pytest.param(2026, 1, date(2026, 2, 24), id="a Sunday before the Spring Festival"),
])  # fmt: skip
def test_the_day_by_which_a_month_is_summarised(year: int, month: int, due: date) -> None:
    assert rules.summary_due(year, month) == due


@pytest.mark.feature("declarations.exports")
@pytest.mark.rule("R-303")
def test_t306_lines_of_two_currencies_do_not_merge() -> None:
    first = {"country": "502", "hs10": "6109100022", "currency": "142"}
    assert rules.merge_key(first) != rules.merge_key({**first, "currency": "502"})
    assert rules.merge_key(first) == rules.merge_key(dict(first))


@pytest.mark.feature("declarations.exports")
@pytest.mark.rule("R-301")
@pytest.mark.parametrize(
    ("on", "why"),
    [
        pytest.param(date(2024, 12, 14), "R-301", id="T-309 before"),
        pytest.param(date(2024, 12, 15), "", id="T-309 after"),
    ],
)
def test_receipt_data_is_asked_for_until_its_day(on: date, why: str) -> None:
    assert rules.acceptable(ExportCase("9610", 100, on)) == why
    assert rules.acceptable(ExportCase("9610", 100, on, receipt_data=True)) == ""


@pytest.mark.feature("declarations.b2b")
@pytest.mark.rule("R-405")
@pytest.mark.parametrize(
    ("on", "why"),
    [
        pytest.param(date(2024, 12, 10), "R-405", id="T-403 before"),
        pytest.param(date(2024, 12, 15), "", id="T-403 after"),
    ],
)
def test_warehouse_filing_is_asked_for_until_its_day(on: date, why: str) -> None:
    assert rules.acceptable(ExportCase("9810", 100, on)) == why


class Zone:
    """A zone as the checks see it."""

    short = "演示"

    def __init__(self, modes: tuple[str, ...] = ("9610", "1210", "9710", "9810"), opened: bool = True) -> None:
        self.modes, self.opened = modes, opened

    def sites(self) -> list[Site]:
        """Its one bonded centre, open for long or not at all."""
        since = date(2020, 1, 1) if self.opened else None
        return [Site("blc", "演示保税中心", "blc_b", ("1210", "1239"), since, None)]


def listed(**values: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One sound import list in the codec's columns, with some head fields changed."""
    message = samples.sample("CEB621Message", Random(3), documents=1)
    document = message.documents[0]
    platform = "91511300MA6DEM014G"
    document.head |= {
        "ebpCode": platform, "ebcCode": platform, "logisticsCode": platform, "agentCode": platform, "assureCode": platform, "ieFlag": "I",
        "tradeMode": "9610", "currency": "142", "buyerIdType": "1", "buyerIdNumber": "510603199003071238", "appStatus": "2", "declTime": "20260301",
        "appTime": "20260301101010", **{name: value for name, value in values.items() if not name.startswith("line_")}}  # fmt: skip
    item = document.items[0] | {
        "gcode": "1901101000",
        "qty": "2",
        "price": "10.5",
        "totalPrice": "21",
        "currency": "142",
    }
    document.items = [
        item | {name.removeprefix("line_"): value for name, value in values.items() if name.startswith("line_")}
    ]
    root = gate.parse(codec.encode(message)).root
    assert root is not None
    batch = codec.read_batch("CEB621Message", [codec.Parsed(root, sign.canonical(root))])
    assert not batch.bad, batch.bad
    return batch.heads, batch.items


def exported(**values: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One sound export list in the codec's columns, with some fields changed."""
    message = samples.sample("CEB603Message", Random(3), documents=1)
    document, firm = message.documents[0], "91511300MA6DEM014G"
    document.head |= {
        "ebpCode": firm, "ebcCode": firm, "logisticsCode": firm, "agentCode": firm, "ieFlag": "E", "tradeMode": "9610", "statisticsFlag": "B",
        "appStatus": "2", "appTime": "20260301101010", "licenseNo": "", **{name: value for name, value in values.items() if not name.startswith("line_")}}  # fmt: skip
    sound = {"gcode": "1901101000", "qty": "2", "price": "10.5", "totalPrice": "21", "currency": "142"}
    changed = {name.removeprefix("line_"): value for name, value in values.items() if name.startswith("line_")}
    document.items = [document.items[0] | sound | changed]
    root = gate.parse(codec.encode(message)).root
    assert root is not None
    batch = codec.read_batch("CEB603Message", [codec.Parsed(root, sign.canonical(root))])
    assert not batch.bad, batch.bad
    return batch.heads, batch.items


def export_codes(zone: Any, **values: str) -> set[str]:
    heads, items = exported(**values)
    found = [*rules.export_findings(heads, items, zone), *gate_of(heads, zone.sites(), zone.short, "appTime")]
    return {finding.code for _, finding in found if finding.blocks}


@pytest.mark.feature("declarations.exports")
@pytest.mark.feature("declarations.b2b")
@pytest.mark.rule("R-304")
@pytest.mark.rule("R-403")
@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({}, set()),
        ({"line_gcode": "0000000000"}, {"BIZ-GOODS-CODE"}),
        ({"line_gcode": "1901990000", "statisticsFlag": "A"}, set()),
        pytest.param({"line_gcode": "1901000000"}, {"BIZ-GOODS-CODE"}, id="B needs the whole code"),
        pytest.param({"line_gcode": "1901000000", "statisticsFlag": "A"}, set(), id="A needs the heading alone"),
        pytest.param({"line_gcode": "0098000000", "statisticsFlag": "A"}, {"BIZ-GOODS-CODE"}, id="A, no heading"),
        pytest.param({"line_gcode": "1901100000", "tradeMode": "9710"}, set(), id="B2B needs six digits"),
        pytest.param({"line_gcode": "1901000000", "tradeMode": "9810"}, {"BIZ-GOODS-CODE"}, id="B2B, four digits"),
        ({"tradeMode": "1239"}, {"BIZ-MODE"}),
        ({"ieFlag": "I"}, {"BIZ-DIRECTION"}),
        ({"line_totalPrice": "25"}, {"BIZ-LINE-TOTAL"}),
        ({"statisticsFlag": "A", "licenseNo": "L1"}, {"BIZ-LANE"}),
        ({"tradeMode": "9710", "licenseNo": "L1"}, {"BIZ-LANE"}),
        ({"statisticsFlag": "A", "line_price": "2500.01", "line_totalPrice": "5000.02"}, {"BIZ-LANE"}),
    ],
)
def test_each_export_check_alone_turns_the_answer(values: dict[str, str], found: set[str]) -> None:
    assert export_codes(Zone(), **values) == found


@pytest.mark.feature("declarations.exports")
@pytest.mark.feature("declarations.b2b")
@pytest.mark.rule("R-304")
@pytest.mark.rule("R-403")
@pytest.mark.parametrize(
    ("values", "found"),
    [
        pytest.param({"line_price": "300", "line_totalPrice": "600"}, [], id="about 4,200 yuan"),
        pytest.param({"line_price": "400", "line_totalPrice": "800"}, [("BIZ-LANE-VALUE", False)], id="about 5,600 yuan"),
        pytest.param({"line_price": "1", "line_totalPrice": "2", "licenseNo": "L1"}, [("BIZ-LANE", True)], id="a licence needs no rate"),
        pytest.param({"line_price": "9999", "line_totalPrice": "19998", "line_currency": "129"}, [], id="a currency without a rate"),
    ],
)
def test_a_value_in_another_currency_is_judged_by_a_reference_rate_and_only_advises(
    values: dict[str, str], found: list[tuple[str, bool]]
) -> None:
    heads, items = exported(**{"statisticsFlag": "A", "line_currency": "502", **values})
    assert [(one.code, one.blocks) for _, one in rules.lanes(heads, items)] == found


@pytest.mark.feature("declarations.exports")
@pytest.mark.rule("R-204")
@pytest.mark.rule("R-307")
def test_an_export_from_a_special_area_needs_an_open_site() -> None:
    special = {"tradeMode": "1210", "emsNo": "H7913A000001", "iacCode": "91511300MA6DEM014G", "line_itemRecordNo": "1"}
    assert export_codes(Zone(opened=False), **special) == {"BIZ-BONDED-SITE"}
    assert export_codes(Zone(opened=True), **special) == set()


def codes(zone: Any, **values: str) -> set[str]:
    heads, items = listed(**values)
    found = [*rules.import_findings(heads, items, zone), *gate_of(heads, zone.sites(), zone.short)]
    return {finding.code for _, finding in found if finding.blocks}


@pytest.mark.feature("declarations.imports")
def test_a_sound_list_has_no_finding() -> None:
    assert codes(Zone()) == set()


@pytest.mark.feature("declarations.imports")
@pytest.mark.parametrize(("values", "code"), [
    ({"tradeMode": "9710"}, "BIZ-MODE"), ({"ieFlag": "E"}, "BIZ-DIRECTION"), ({"currency": "502"}, "BIZ-CURRENCY"), ({"appStatus": "1"}, "BIZ-DRAFT"),
    ({"agentCode": "91511300MA6DEM014H"}, "BIZ-FIRM-CODE"), ({"buyerIdNumber": "510603199003071239"}, "BIZ-ID-NUMBER"),
    ({"assureCode": "91510600MA6DEM014K"}, "BIZ-GUARANTOR"), ({"line_gcode": "0000000000"}, "BIZ-GOODS-CODE"), ({"line_totalPrice": "21.02"}, "BIZ-LINE-TOTAL"),
])  # fmt: skip
def test_each_check_alone_turns_the_answer(values: dict[str, str], code: str) -> None:
    assert codes(Zone(), **values) == {code}


@pytest.mark.feature("declarations.imports")
@pytest.mark.rule("R-204")
def test_a_bonded_list_needs_an_open_site() -> None:
    assert codes(Zone(opened=False), tradeMode="1210") == {"BIZ-BONDED-SITE"}
    assert codes(Zone(opened=True), tradeMode="1210") == set()


@pytest.mark.feature("declarations.imports")
@pytest.mark.parametrize(("values", "code"), [
    ({"line_currency": "502"}, "BIZ-CURRENCY"), ({"ebcCode": "无"}, "BIZ-FIRM-CODE"), ({"grossWeight": "1000000000000"}, "BIZ-AMOUNT"),
    ({"declTime": "20160407"}, "BIZ-DECL-DAY"),
])  # fmt: skip
def test_what_the_schema_lets_pass_and_no_list_may_hold(values: dict[str, str], code: str) -> None:
    assert codes(Zone(), **values) == {code}
    assert codes(Zone(), declTime="20160408") == set()


@pytest.mark.feature("declarations.imports")
@pytest.mark.rule("R-003")
@pytest.mark.parametrize(("days", "codes"), [(0, []), (60, []), (61, ["BIZ-DECL-LATE"]), (400, ["BIZ-DECL-LATE"])])
def test_a_list_comes_in_within_sixty_days_of_its_declaration(days: int, codes: list[str]) -> None:
    came = datetime(2026, 3, 1, 0, 30, tzinfo=BEIJING)
    heads, _ = listed(declTime=f"{came.date() - timedelta(days=days):%Y%m%d}")
    told = heads.with_columns(received_at=pl.lit(came).dt.convert_time_zone("UTC"))
    assert [one.code for _, one in rules.late(told, "declTime")] == codes


@pytest.mark.feature("declarations.imports")
@pytest.mark.rule("R-209")
@pytest.mark.parametrize(("day", "young"), [("20060305", True), ("20060306", True), ("20060307", False)])
def test_a_buyer_is_old_enough_on_the_sixteenth_birthday(
    day: str, young: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads, _ = listed(declTime=day, buyerIdNumber="510603199003071238")
    monkeypatch.setattr(rules, "parameters", lambda on: {"buyer.minimum_age": 16})
    found = [finding for _, finding in rules.young(heads)]
    assert [(one.code, one.blocks) for one in found] == [("BIZ-BUYER-AGE", False)] * young
    assert "19900307" not in str([one.as_dict() for one in found])
