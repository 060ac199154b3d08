"""The retail import list: excerpt advises, an official version refuses; four controls; trade remedies (R-119, R-120, R-201)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from gongfu.base.access.actor import OPERATOR
from gongfu.core.rule import registry
from gongfu.modules.declarations import importing, listed
from gongfu.modules.declarations.models import PositiveLine, PositiveVersion
from gongfu.modules.declarations.rules import listed as rules
from gongfu.modules.declarations.tests.test_rules import listed as sound
from gongfu.modules.goods import queries as goods

pytestmark = [pytest.mark.feature("declarations.imports"), pytest.mark.rule("R-201")]
DAY = date(2026, 3, 1)
HEAD = "hs8,name,remark,control,mode,words,group,limit_g\n"
FILE = HEAD + (
    "19011010,婴幼儿配方奶粉,,,,,,\n"
    "03061490,蟹,仅限网购保税,mode,1210,,,\n"
    "21069090,食品,不含保健食品,exclusion,,保健食品 特医食品,,\n"
    "39269090,塑料制品,仅限手机壳、表带,name,,手机壳、表带,,\n"
    "17019910,砂糖,每人每年2千克,quantity,,,糖,2000\n"
)


def imported(text: str = FILE, day: date = DAY, **more: Any) -> importing.Imported:
    return importing.import_version(OPERATOR, text.encode(), day, "财政部等公告", **more)


def said(version: rules.Version | None, **values: str) -> list[tuple[str, bool]]:
    heads, items = sound(**values)
    return [(one.code, one.blocks) for _, one in rules.findings(heads, items, version)]


def test_a_code_off_the_excerpt_is_a_remark_and_no_refusal() -> None:
    assert said(None, line_gcode="9999999999") == [("BIZ-POSITIVE-LIST", False)]
    assert said(None) == []


@pytest.mark.django_db
@pytest.mark.rule("R-120")
def test_a_code_off_the_official_list_is_refused_with_the_lawful_exits() -> None:
    imported()
    version = listed.version(DAY)
    assert said(version) == []
    assert said(version, line_gcode="3304990099") == [("BIZ-NOT-LISTED", True)]
    for lang, words in (
        ("zh", ("一般贸易", "个人物品", "退运")),
        ("en", ("general trade", "personal", "return abroad")),
    ):
        assert all(word in registry()["BIZ-NOT-LISTED"].remedy[lang] for word in words)


@pytest.mark.rule("R-120")
@pytest.mark.parametrize("code", ["BIZ-NOT-LISTED", "BIZ-LISTED-MODE", "BIZ-LISTED-NAME", "BIZ-LISTED-EXCLUDED", "IMP-PERSON-QUANTITY", "IMP-ANNUAL-LIMIT", "IMP-SINGLE-LIMIT", "BIZ-REMEDY", "BIZ-SITE-CLOSED", "BIZ-SITE-UNKNOWN", "BIZ-BONDED-SITE", "BIZ-MODE", "BOOK-UNKNOWN-ITEM", "BOOK-EXPIRED", "BIZ-REMEDY-LIKELY"])  # fmt: skip
def test_each_refusal_names_an_exit(code: str) -> None:
    assert "一般贸易" in registry()[code].remedy["zh"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "codes"),
    [
        pytest.param({"line_gcode": "0306149090"}, ["BIZ-LISTED-MODE"], id="bonded only, declared 9610"),
        pytest.param(
            {"line_gcode": "0306149090", "tradeMode": "1210", "line_itemRecordNo": "1", "emsNo": "T1"},
            [],
            id="bonded only, bonded",
        ),
        pytest.param(
            {"line_gcode": "2106909090", "line_gname": "鱼油保健食品"}, ["BIZ-LISTED-EXCLUDED"], id="excluded word"
        ),
        pytest.param({"line_gcode": "2106909090", "line_gname": "果味饮料粉"}, [], id="not excluded"),
        pytest.param({"line_gcode": "3926909090", "line_gname": "硅胶手机壳"}, [], id="named"),
        pytest.param({"line_gcode": "3926909090", "line_gname": "塑料花盆"}, ["BIZ-LISTED-NAME"], id="not named"),
        pytest.param({"line_gcode": "1701991000", "line_gname": "砂糖"}, [], id="quantity is the ledger's"),
    ],
)
def test_the_controls_of_the_remarks(values: dict[str, str], codes: list[str]) -> None:
    imported()
    assert [code for code, _ in said(listed.version(DAY), **values)] == codes


@pytest.mark.django_db
def test_a_version_holds_from_its_day_until_the_next_and_is_never_overwritten() -> None:
    first = imported()
    assert (first.state, first.lines, len(first.difference["added"])) == ("kept", 5, 5)
    assert imported().state == "repeated"
    assert [one.code for one in imported(FILE + "22042100,葡萄酒,,,,,,\n").findings] == ["LIST-FILE"]
    later = HEAD + "19011010,婴幼儿配方奶粉,改了备注,,,,,\n22042100,葡萄酒,,,,,,\n"
    second = imported(later, date(2027, 1, 1))
    assert second.difference == {
        "added": ["22042100"],
        "removed": ["03061490", "17019910", "21069090", "39269090"],
        "changed": ["19011010"],
    }
    assert listed.version(date(2026, 2, 28)) is None
    held = [listed.version(day) for day in (DAY, date(2026, 12, 31), date(2027, 1, 1))]
    assert [one.lines.height for one in held if one] == [5, 5, 2]


@pytest.mark.django_db
def test_a_dry_run_and_a_faulty_file_keep_nothing() -> None:
    assert imported(dry_run=True).state == "tried"
    faulty = (
        HEAD
        + "1901101,奶粉,,,,,,\n22042100,,,odd,,,,\n22042200,酒,,mode,9999,,,\n22042900,酒,,quantity,,,糖,0\n22042900,酒,,quantity,,,糖,1\n22043000,酒,,name,,,,\n"
    )
    done = imported(faulty)
    assert done.state == "refused"
    assert [(one.line, one.field) for one in done.findings] == [
        (2, "hs8"),
        (3, "name"),
        (3, "control"),
        (4, "mode"),
        (5, "limit_g"),
        (7, "words"),
        (6, "hs8"),
    ]
    assert [one.line for one in imported(HEAD).findings] == [1]
    assert (PositiveVersion.objects.count(), PositiveLine.objects.count()) == (0, 0)


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"code,title\n1,2\n", b"hs8,name,odd\n1,2,3\n"])
def test_what_is_no_such_csv_is_said_in_one_line(data: bytes) -> None:
    with pytest.raises(ValueError, match="CSV|headings"):
        importing.read(data)


@pytest.mark.rule("R-119")
@pytest.mark.parametrize(
    ("origin", "model", "on", "codes"),
    [
        pytest.param("305", "4|3|XO|700ml", date(2025, 7, 5), ["BIZ-REMEDY-LIKELY"], id="first day, no number"),
        pytest.param("305", "4|3|XO|700ml 随附单证号:FD20250001", date(2025, 7, 5), [], id="number repeated last"),
        pytest.param("305", "随附单证号:FD20250001|4|3|700ml", date(2025, 7, 5), ["BIZ-REMEDY-LIKELY"], id="number elsewhere"),
        pytest.param("305", "4|3|XO|700ml", date(2025, 7, 4), [], id="the day before"),
        pytest.param("502", "4|3|XO|700ml", date(2025, 7, 5), [], id="another origin"),
    ],
)
def test_goods_under_a_remedy_repeat_their_documents_number(
    origin: str, model: str, on: date, codes: list[str]
) -> None:
    heads, items = sound(line_gcode="2208200000", line_country=origin, line_gmodel=model)
    assert [one.code for _, one in rules.remedies(heads, items, on)] == codes


@pytest.mark.rule("R-119")
@pytest.mark.parametrize(("confidence", "blocks"), [("C", True), ("M", False), ("X", False)])
def test_only_a_confirmed_remedy_refuses(confidence: str, blocks: bool) -> None:
    heads, items = sound(line_gcode="2208200000", line_country="305", line_gmodel="4|3|XO|700ml")
    rows = pl.DataFrame([{"hs_prefix": "22082000", "origins": "305", "kind": "ad", "confidence": confidence, "source": "公告"}])
    assert [one.blocks for _, one in rules.remedies(heads, items, DAY, rows)] == [blocks]


@pytest.mark.rule("R-202")
def test_suspended_goods_are_told_and_not_refused_as_their_table_is_from_memory() -> None:
    on = date(2025, 6, 28)
    heads, items = sound(line_gcode="0306149090", line_country="116")
    known = goods.banned(items.select("gcode", "country").rows(), on)
    assert [(one.code, one.blocks) for _, one in rules.suspended(heads, items, known)] == [("BIZ-SUSPENDED", False)]
    assert goods.banned(items.select("gcode", "country").rows(), on + timedelta(days=1)) == {}
    assert goods.banned([("0306149090", "502")], on) == {}
