"""Whatever is sent, the delivery is settled with a clear reason, sound rows go on, and nothing is raised."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import fastexcel
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongfu.base.screens import workbooks
from gongfu.base.screens.tests import hostile
from gongfu.core.fields import Field
from gongfu.core.rule import registry
from gongfu.modules.feeds import actions, judging, queries, readers
from gongfu.modules.feeds.models import Delivery, Feed, Row
from gongfu.modules.feeds.tests.told import HEAD, LEGACY, OFFICE, deliver, feed, parcel

pytestmark = [pytest.mark.django_db, pytest.mark.feature("intake.feeds")]
COLUMNS = tuple(HEAD.strip().split(","))
SOUND = ("EX1", "甲", "加州", "", "", "茶叶", "0902", 1, 12.5, 500, "美国", "20261103")
TABLE = hostile.table(COLUMNS, SOUND)


def formula(made: Any, sheet: Any) -> None:
    sheet.write_row(0, 0, COLUMNS)
    sheet.write_formula(1, 0, "=1+1")


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.xlsx", hostile.changed(TABLE, {"xl/vbaProject.bin": b"x"}), "IMPORT-MACRO"),
        ("a.xlsm", TABLE, "FEED-FORM"),
        ("a.xlsx", hostile.book(formula), "IMPORT-FORMULA"),
        ("a.csv", (HEAD + "=cmd|' /C calc'!A0," + parcel()).encode(), "IMPORT-FORMULA"),
        ("a.xlsx", hostile.changed(TABLE, {"xl/externalLinks/externalLink1.xml": b"<a/>"}), "IMPORT-LINKS"),
        ("a.xlsx", hostile.bomb(), "IMPORT-RATIO"),
        ("a.csv", (HEAD + parcel()).encode("utf-16"), "IMPORT-ENCODING"),
        ("a.csv", (HEAD + parcel()).encode("big5", "replace") + b"\xff\xff\0", "IMPORT-ENCODING"),
        ("a.csv", TABLE, "IMPORT-NAME"),
        ("a.xlsx", b"%PDF-1.7\n%%EOF", "IMPORT-NAME"),
        ("a.xlsx", b"PK\x03\x04 and no more", "IMPORT-BROKEN"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "IMPORT-OLD"),
        ("a.csv", b"%PDF-1.7\n1 0 obj\n%%EOF", "IMPORT-HEADING"),
        ("a.csv", b"", "IMPORT-EMPTY"),
        ("a.csv", HEAD.encode(), "IMPORT-EMPTY"),
        ("a.csv", (HEAD.replace("运单号", "单号") + parcel()).encode(), "IMPORT-COLUMN"),
        ("a.csv", (HEAD + 'x,"unended').encode(), "IMPORT-BROKEN"),
        ("a.csv", (HEAD + parcel() * 20_001).encode(), "IMPORT-ROWS"),
        ("a.pdf", b"%PDF-1.7\n%%EOF", "FEED-FORM"),
        ("a", b"x", "FEED-FORM"),
        ("a.json", b"[]", "FEED-FORM"),
    ],
)  # fmt: skip
def test_hostile_and_broken_files_are_refused_with_the_reason_and_the_bytes_are_kept(
    name: str, data: bytes, expected: str
) -> None:
    feed()
    done = deliver("post", data, name)
    assert (done.state, Row.objects.count()) == ("refused", 0)
    assert expected in [one["code"] for one in done.findings]
    assert queries.content(done) == data


@pytest.mark.parametrize(
    ("form", "data", "expected"),
    [
        ("json", b"[" * 50_000, "LIMIT-DEPTH"), ("json", b'[{"a": 1, "a": 2}]', "JSON-UNFIT"), ("json", b'{"rows": 1}', "FEED-ROWS"), ("json", b"[1, 2]", "FEED-ROWS"),
        ("json", b"[]", "IMPORT-EMPTY"), ("json", b'["' + b"x" * 1_100_000 + b'"]', "LIMIT-SIZE"), ("json", "[{}]".encode("utf-16"), "JSON-ENCODING"),
        ("json", b'[{"a": 1}]', "IMPORT-COLUMN"), ("json", json.dumps([{str(one): 1 for one in range(201)}]).encode(), "IMPORT-COLUMNS"),
        ("xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "XML-DOCTYPE"), ("xml", b"<rows><row>" * 30, "XML-TRUNCATED"), ("xml", b"PK\x03\x04", "XML-NOT-XML"),
        ("xml", b"<rows/>", "FEED-ROWS"), ("xml", b"<rows>" + b"<a>" * 40 + b"</a>" * 40 + b"</rows>", "LIMIT-DEPTH"), ("xml", b"<other><row/></other>", "FEED-ROWS"),
    ],
)  # fmt: skip
def test_hostile_json_and_xml(form: str, data: bytes, expected: str) -> None:
    feed("trees", "legacy", LEGACY, form, rows_at="rows/row" if form == "xml" else "")
    done = deliver("trees", data, f"a.{form}")
    assert done.state == "refused"
    assert expected in [one["code"] for one in done.findings]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.csv", "passwd.csv"), ("C:\\temp\\rows.csv", "rows.csv"), ("rows.csv/", "document."), ("$(rm -rf).csv", "(rm_-rf).csv"), ("con.csv", "_con.csv"),
        ("a\u202evsc.exe.csv", "avsc_exe.csv"), ("x" * 400 + ".csv", "x" * 94 + ".csv"), ("名单 11010519491231002X.csv", "名单_1101**********002X.csv"),
    ],
)  # fmt: skip
def test_names_that_steer_are_cleaned(name: str, kept: str) -> None:
    feed()
    assert deliver("post", HEAD + parcel(), name).name == kept


def test_ten_thousand_rows_with_faults_in_every_tenth() -> None:
    feed()
    rows = "".join(parcel(f"EX{number}", day="20261103" if number % 10 else "2026年") for number in range(1, 10_001))
    done = deliver("post", HEAD + rows)
    assert (done.state, done.rows, done.accepted, done.refused) == ("read", 10_000, 9_000, 1_000)
    assert len(done.findings) == 501 and Row.objects.count() == 9_000
    quality = {one["name"]: one for one in done.quality}
    assert quality["posted_on"]["codes"] == {"FEED-VALUE": 1_000}
    mapping = queries.mapping_of(done.feed)
    judged = judging.judge(
        queries.kind_of(done.feed), "csv", mapping.text, "", queries.content(done), done.name, done.received_at.date()
    )
    book = judging.result(queries.kind_of(done.feed), mapping.text, judged, "zh")
    faulty = fastexcel.read_excel(book).load_sheet(0, header_row=1, dtypes="string").to_polars()
    assert faulty.height == 1_000 and faulty["运单号（必填）"][0] == "EX10"
    corrected = [
        {**row, "日期": "20261103"}
        for row in workbooks.read(book, "r.xlsx", [Field(one, one, one) for one in COLUMNS]).rows
    ]
    again = hostile.table(COLUMNS, *[tuple(row.get(one, "") for one in COLUMNS) for row in corrected])
    assert deliver("post", again, "again.xlsx").accepted == 1_000


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(readers.FORMS), st.text(max_size=20))
def test_no_bytes_make_a_reader_raise(data: bytes, form: str, rows_at: str) -> None:
    for body in (data, HEAD.encode() + data, TABLE[:200] + data, b"<a><b>" + data + b"</b></a>", b'[{"a": "' + data):
        found = readers.read(body, f"x.{form}", form, {"a": True}, rows_at)
        assert all(one.code in registry() for one in found.findings)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=8), min_size=12, max_size=12),
        min_size=1,
        max_size=4,
    )
)
def test_whatever_the_cells_say_the_delivery_is_settled(cells: list[list[str]]) -> None:
    if not Feed.objects.exists():
        feed()
    out = io.StringIO()
    csv.writer(out).writerows([COLUMNS, *cells])
    done = deliver("post", out.getvalue())
    assert done.state in ("read", "refused")
    assert done.rows == done.accepted + done.repeated + done.refused


def test_a_file_beyond_the_limit_is_not_kept() -> None:
    feed()
    taken = actions.receive(OFFICE, "post", b"x" * (10 * 1024 * 1024 + 1), "a.csv", channel="page")
    assert taken.finding is not None and taken.finding.code == "IMPORT-SIZE"
    assert not Delivery.objects.exists()
