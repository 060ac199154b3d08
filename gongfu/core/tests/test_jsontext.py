"""JSON from outside: within the limits, no key twice, numbers as texts; whatever comes, an answer and no exception."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongfu.core import jsontext

pytestmark = pytest.mark.feature("intake.feeds")


def code(data: bytes) -> str:
    found = jsontext.read(data).finding
    return found.code if found else ""


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"a": 1.10, "b": [true, null]}', ""),
        (b'\xef\xbb\xbf{"a": "\xe7\x94\xb2"}', ""),
        (b'{"a": 1, "a": 2}', "JSON-UNFIT"),
        (b'{"a": NaN}', "JSON-UNFIT"),
        (b'[-Infinity]', "JSON-UNFIT"),
        (rb'{"a": "\u0000"}', "JSON-UNFIT"),
        (rb'["\ud800"]', "JSON-UNFIT"),
        (rb'{"\u0000": 1}', "JSON-UNFIT"),
        (b"{'a': 1}", "JSON-SYNTAX"),
        (b"", "JSON-SYNTAX"),
        ("{\"a\": \"甲\"}".encode("gb18030"), "JSON-ENCODING"),
        ("{}".encode("utf-16"), "JSON-ENCODING"),
        (b"[" * 32 + b"1" + b"]" * 32, ""),
        (b"[" * 33 + b"1" + b"]" * 33, "LIMIT-DEPTH"),
        (b"[" * 400_000, "LIMIT-DEPTH"),
        (b'{"a":' * 200_000, "LIMIT-DEPTH"),
        (b'"' + b"\\\"" * 400_000, "JSON-SYNTAX"),
        (b" " * (1024 * 1024 + 1), "LIMIT-SIZE"),
    ],
)  # fmt: skip
def test_what_is_read_and_what_is_refused(data: bytes, expected: str) -> None:
    assert code(data) == expected


def test_numbers_stay_as_they_were_written() -> None:
    assert jsontext.read(b'{"a": 0.10, "b": 12345678901234567890, "c": 1e3}').value == {
        "a": "0.10", "b": "12345678901234567890", "c": "1e3",
    }  # fmt: skip


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=9),
        lambda inner: st.lists(inner) | st.dictionaries(st.text("abc", max_size=3), inner),
        max_leaves=20,
    )
)
def test_plain_values_come_back(value: object) -> None:
    assert jsontext.read(json.dumps(value).encode()).value == value


@given(st.binary(max_size=400))
def test_nothing_is_raised(data: bytes) -> None:
    jsontext.read(data)
    jsontext.read(b'{"a": [' + data)
    assert jsontext.read(data[:0] + b"[]").value == []
