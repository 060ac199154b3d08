"""Import and export of rows: good files are read, faulty rows come back correctable, hostile files are refused with the reason."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import fastexcel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongfu.base.screens import workbooks
from gongfu.base.screens.tests import hostile
from gongfu.core.fields import PERSONAL, Field

pytestmark = pytest.mark.feature("intake.feeds")
ON = date(2026, 1, 31)
FIELDS = (
    Field(
        "code",
        "统一社会信用代码",
        "Credit code",
        "uscc",
        help="营业执照上的 18 位代码",
        help_en="18 signs on the licence",
    ),
    Field("name", "企业名称", "Name"),
    Field(
        "kind", "企业类型", "Kind", "choice", choices=(("seller", "电商企业", "Seller"), ("agent", "申报企业", "Agent"))
    ),
    Field("capital", "注册资本", "Capital", "money", needed=False, unit="元"),
    Field("founded", "成立日期", "Founded", "date", needed=False),
    Field("contact", "联系人", "Contact", needed=False, klass=PERSONAL),
)
HEAD = tuple(one.title for one in FIELDS)
GOOD = "91510600MA6DEM014K"


def codes(data: bytes, name: str = "a.xlsx") -> list[str]:
    return [one.code for one in workbooks.read(data, name, FIELDS).findings if one.blocks]


def rows_of(data: bytes) -> list[tuple[str, ...]]:
    return fastexcel.read_excel(data).load_sheet(0, header_row=None, dtypes="string").to_polars().rows()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_template_is_read_again_with_the_rows_filled_in(lang: str) -> None:
    data = workbooks.template(FIELDS, "企业备案", lang)
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        sheet = packed.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet and "dataValidation" in sheet and 'hidden="1"' in sheet
    head = rows_of(data)[1]
    assert head[0] == ("统一社会信用代码（必填）" if lang == "zh" else "Credit code (required)")
    filled = hostile.table(rows_of(data)[0], head, (GOOD, "甲公司", "电商企业", 1.5, "2026-01-02", "王小明"))
    told = workbooks.read(filled, "备案.xlsx", FIELDS)
    assert told.findings == [] and told.numbers == [3]
    checked = workbooks.check(FIELDS, told.rows, ON, told.numbers)
    assert checked.good == [
        (
            3,
            {
                "code": GOOD,
                "name": "甲公司",
                "kind": "seller",
                "capital": 150,
                "founded": "2026-01-02",
                "contact": "王小明",
            },
        )
    ]


def test_headings_are_found_in_any_order_and_language_and_others_are_told() -> None:
    head = ("contact", "Name", " 注册资本 （元） ", "备注", "*企业类型", "统一社会信用代码（必填）")
    told = workbooks.read(hostile.table((), ("一月份",), head, ("x", "乙", 2, "好", "Agent", GOOD)), "x.XLSX", FIELDS)
    assert [(one.code, one.value) for one in told.findings] == [
        ("IMPORT-COLUMN-LEFT", "成立日期"),
        ("IMPORT-UNKNOWN", "备注"),
    ]
    assert told.numbers == [4]
    assert told.rows[0]["备注"] == "好" and told.rows[0]["capital"] == "2"
    assert workbooks.check(FIELDS, told.rows, ON).good[0][1]["kind"] == "agent"


def test_a_missing_needed_column_stands_against_the_file() -> None:
    told = workbooks.read(hostile.table(("企业名称", "企业类型"), ("丙", "Agent")), "a.xlsx", FIELDS)
    assert not told.sound
    assert [one.field for one in told.findings if one.code == "IMPORT-COLUMN"] == ["code"]
    assert codes(hostile.table(("日期", "数量"), (1, 2))) == ["IMPORT-HEADING"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_csv_of_either_encoding(encoding: str, mark: str) -> None:
    text = mark.join(HEAD) + "\r\n" + mark.join((GOOD, "“𠮷”商行", "电商企业", "-1", "2026/1/2", "+86 1")) + "\r\n"
    told = workbooks.read(text.encode(encoding), "rows.csv", FIELDS)
    assert told.findings == [] and told.rows[0]["name"] == "“𠮷”商行" and told.rows[0]["capital"] == "-1"


def test_ten_thousand_rows_with_a_fault_in_every_tenth() -> None:
    def write(made: object, sheet: object) -> None:
        sheet.write_row(0, 0, HEAD)
        for number in range(1, 10_001):
            code = GOOD if number % 10 else "91510600MA6DEM014L"
            sheet.write_row(number, 0, (code, f"企业{number}", "电商企业", number, "2026-01-02", "王小明"))

    told = workbooks.read(hostile.book(write), "all.xlsx", FIELDS)
    checked = workbooks.check(FIELDS, told.rows, ON, told.numbers)
    assert (len(checked.good), len(checked.bad)) == (9_000, 1_000)
    assert checked.bad[0][0] == 11 and [one.code for one in checked.bad[0][2]] == ["FIELD-CODE"]
    again = workbooks.read(workbooks.result(FIELDS, checked), "result.xlsx", FIELDS)
    assert again.findings == [] and len(again.rows) == 1_000
    corrected = [{**row, "code": GOOD} for row in again.rows]
    assert len(workbooks.check(FIELDS, corrected, ON).good) == 1_000


def test_the_result_names_column_reason_and_remedy_and_keeps_the_users_own_columns() -> None:
    rows = [{"code": "91", "name": "", "kind": "农民", "备注": "=1+1"}]
    data = workbooks.result(FIELDS, workbooks.check(FIELDS, rows, ON), "zh")
    names, head, row = rows_of(data)
    assert head[-3:] == ("错误列", "错误原因", "建议") and head[len(FIELDS)] == "备注"
    assert row[-3] == "统一社会信用代码；企业名称；企业类型" and "没有填" in row[-2]
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert b"<f>" not in packed.read("xl/worksheets/sheet1.xml")


def test_rows_that_repeat_each_other_are_told() -> None:
    rows = [{"code": GOOD, "name": name, "kind": "Agent"} for name in ("甲", "乙")]
    checked = workbooks.check(FIELDS, rows, ON, once=("code",))
    assert [number for number, _ in checked.good] == [1]
    assert checked.bad[0][2][0].message("zh") == "这一行的“统一社会信用代码”与第 1 行相同。"


def test_the_same_file_is_recognised() -> None:
    data = hostile.table(HEAD, (GOOD,))
    assert workbooks.fingerprint(data) == workbooks.fingerprint(bytes(data)) != workbooks.fingerprint(data + b"\n")


def test_dates_and_numbers_of_cells_become_plain_texts() -> None:
    def write(made: object, sheet: object) -> None:
        sheet.write_row(2, 0, HEAD)
        sheet.write_row(3, 0, (GOOD, 12, "Agent", 0.1 + 0.2))
        sheet.write_datetime(3, 4, date(2026, 1, 2), made.add_format({"num_format": "yyyy/m/d"}))

    told = workbooks.read(hostile.book(write), "a.xlsx", FIELDS)
    assert told.numbers == [4]
    assert workbooks.check(FIELDS, told.rows, ON).good == [
        (1, {"code": GOOD, "name": "12", "kind": "agent", "capital": 30, "founded": "2026-01-02"})
    ]


def test_hidden_sheets_are_passed_over() -> None:
    def write(made: object, sheet: object) -> None:
        sheet.hide()
        seen = made.add_worksheet("seen")
        seen.activate()
        seen.set_first_sheet()
        seen.write_row(0, 0, HEAD)
        seen.write_row(1, 0, (GOOD, "甲", "Agent"))

    assert workbooks.read(hostile.book(write), "a.xlsx", FIELDS).rows[0]["name"] == "甲"


PLAIN = hostile.table(HEAD, (GOOD, "甲", "Agent"))
REFUSED = {
    "formula": (hostile.table(HEAD, (GOOD, "=1+1", "Agent")), "a.xlsx", "IMPORT-FORMULA"),
    "formula in CSV": (f"{','.join(HEAD)}\n{GOOD},=cmd|1,Agent\n".encode(), "a.csv", "IMPORT-FORMULA"),
    "macro": (hostile.changed(PLAIN, {"xl/vbaProject.bin": b"x"}), "a.xlsx", "IMPORT-MACRO"),
    "macro type": (PLAIN, "a.xlsm", "IMPORT-MACRO"),
    "old macros": (hostile.changed(PLAIN, {"xl/macrosheets/sheet1.xml": b"<a/>"}), "a.xlsx", "IMPORT-MACRO"),
    "links": (hostile.changed(PLAIN, {"xl/externalLinks/externalLink1.xml": b"<a/>"}), "a.xlsx", "IMPORT-LINKS"),
    "bomb": (hostile.bomb(), "a.xlsx", "IMPORT-RATIO"),
    "unpacked": (
        hostile.changed(PLAIN, {f"xl/media/{n}.bin": bytes(range(256)) * 40_000 for n in range(11)}),
        "a.xlsx",
        "IMPORT-UNPACKED",
    ),
    "entries": (hostile.changed(PLAIN, {f"x/{n}": b"" for n in range(1_000)}), "a.xlsx", "IMPORT-ENTRIES"),
    "path": (hostile.changed(PLAIN, {"../../x": b""}), "a.xlsx", "IMPORT-BROKEN"),
    "packed": (b"PK" + b"0" * (10 * 1024 * 1024), "a.xlsx", "IMPORT-SIZE"),
    "rows": (hostile.table(*[HEAD], *[("x",)] * 20_001), "a.xlsx", "IMPORT-ROWS"),
    "far cell": (hostile.book(lambda made, sheet: sheet.write_string(1_048_575, 0, "x")), "a.xlsx", "IMPORT-ROWS"),
    "columns": (hostile.book(lambda made, sheet: sheet.write_string(0, 16_383, "x")), "a.xlsx", "IMPORT-COLUMNS"),
    "CSV rows": (b"a\n" * 20_100, "a.csv", "IMPORT-ROWS"),
    "CSV columns": (b"," * 300, "a.csv", "IMPORT-COLUMNS"),
    "type": (b"hello", "a.exe", "IMPORT-TYPE"),
    "PDF called xlsx": (b"%PDF-1.7 ...", "a.xlsx", "IMPORT-NAME"),
    "zip called csv": (PLAIN, "a.csv", "IMPORT-NAME"),
    "no workbook": (hostile.changed(PLAIN, workbook=lambda body: b"<a/>"), "a.xlsx", "IMPORT-EMPTY"),
    "old": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99, "a.xls", "IMPORT-OLD"),
    "encrypted": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
        "a.xlsx",
        "IMPORT-ENCRYPTED",
    ),
    "truncated": (PLAIN[: len(PLAIN) // 2], "a.xlsx", "IMPORT-BROKEN"),
    "empty": (b"", "a.csv", "IMPORT-EMPTY"),
    "no rows": (hostile.table(HEAD), "a.xlsx", "IMPORT-EMPTY"),
    "no encoding": (HEAD[0].encode("utf-16"), "a.csv", "IMPORT-ENCODING"),
    "doctype": (
        hostile.changed(
            PLAIN, sheet1=lambda body: body.replace(b"<worksheet", b'<!DOCTYPE a [<!ENTITY x "y">]><worksheet', 1)
        ),
        "a.xlsx",
        "IMPORT-BROKEN",
    ),
    "no XML": (hostile.changed(PLAIN, sheet1=lambda body: body[:300]), "a.xlsx", "IMPORT-BROKEN"),
    "error value": (
        hostile.changed(PLAIN, sheet1=lambda body: body.replace(b't="s"><v>6</v>', b't="e"><v>#N/A</v>')),
        "a.xlsx",
        "IMPORT-CELL",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_hostile_files_are_refused_with_the_reason(case: str) -> None:
    data, name, code = REFUSED[case]
    assert codes(data, name) == [code]
    finding = workbooks.read(data, name, FIELDS).findings[-1]
    assert "—" not in finding.message("zh") + finding.message("en")


def test_a_part_that_unpacks_to_more_than_it_says_is_broken() -> None:
    """The directory says 300 bytes, the deflated body gives thousands."""
    data = bytearray(PLAIN)
    with zipfile.ZipFile(io.BytesIO(PLAIN)) as packed:
        sheet = packed.getinfo("xl/worksheets/sheet1.xml")
    at = bytes(data).rfind(b"xl/worksheets/sheet1.xml") - 46
    data[at + 24 : at + 28] = (sheet.file_size // 2).to_bytes(4, "little")
    assert codes(bytes(data)) == ["IMPORT-BROKEN"]


@given(st.binary(max_size=400), st.sampled_from(["a.xlsx", "a.csv"]))
@settings(max_examples=200, deadline=None)
def test_whatever_comes_is_answered_with_findings(data: bytes, name: str) -> None:
    assert workbooks.read(data, name, FIELDS).findings


@given(st.integers(0, len(PLAIN) - 1), st.integers(0, 255))
@settings(max_examples=300, deadline=None)
def test_a_changed_byte_never_raises(at: int, value: int) -> None:
    told = workbooks.read(PLAIN[:at] + bytes([value]) + PLAIN[at + 1 :], "a.xlsx", FIELDS)
    assert told.rows or told.findings
