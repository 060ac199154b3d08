"""Typed fields: what people type becomes clean values or findings, never a fault."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongfu.core.fields import PERSONAL, READERS, Field, parse

DAY = date(2026, 11, 24)
KINDS = ("text", "lines", "choices", *READERS)
CHOICES = (("a", "甲", "Alpha"), ("b", "乙", "Beta"))


def one(kind: str, **more: Any) -> Field:
    return Field("x", "某项", "Some field", kind, choices=CHOICES, **more)


@pytest.mark.parametrize(
    ("kind", "said", "kept"),
    [
        ("text", "  e\u0301clair ", "\u00e9clair"), ("money", "1,000.20", 100020), ("whole", "12", 12), ("decimal", "0.90000", "0.90000"),
        ("date", "2026/1/31", "2026-01-31"), ("date", "2026年1月31日", "2026-01-31"), ("yes", "是", True), ("yes", "no", False),
        ("choice", "甲", "a"), ("choice", "Beta", "b"), ("choices", "甲、乙、甲", ["a", "b"]), ("uscc", "91350100m000100y43", "91350100M000100Y43"),
        ("barcode", "4006381333931", "4006381333931"), ("id_number", "11010519491231002x", "11010519491231002X"),
    ],
)  # fmt: skip
def test_sound_values_are_kept_clean(kind: str, said: str, kept: Any) -> None:
    assert parse([one(kind)], {"x": said}, on=DAY) == ({"x": kept}, [])


@pytest.mark.parametrize(
    ("kind", "said", "code"),
    [
        ("text", "", "FIELD-NEEDED"), ("text", "a\u202eb", "FIELD-SIGNS"), ("text", "x" * 201, "FIELD-LONG"), ("money", "1.005", "FIELD-NUMBER"),
        ("money", "一百", "FIELD-NUMBER"), ("whole", "1.5", "FIELD-NUMBER"), ("date", "2026-02-30", "FIELD-DATE"), ("choice", "丙", "FIELD-CHOICE"),
        ("choices", "甲、丙", "FIELD-CHOICE"), ("yes", "也许", "FIELD-CHOICE"), ("uscc", "91510600MA6DEM014L", "FIELD-CODE"),
        ("barcode", "4006381333932", "FIELD-CODE"), ("email", "a@b", "FIELD-SHAPE"), ("hs10", "19011010", "FIELD-CODE"),
    ],
)  # fmt: skip
def test_faults_are_findings_with_field_and_value(kind: str, said: str, code: str) -> None:
    clean, faults = parse([one(kind)], {"x": said}, on=DAY, line=7)
    assert clean == {}
    assert [(fault.code, fault.field, fault.line) for fault in faults] == [(code, "x", 7)]
    assert "某项" in faults[0].message("zh")
    assert "Some field" in faults[0].message("en")


def test_bounds_hold() -> None:
    field = one("whole", least=1, most=10)
    assert [parse([field], {"x": said}, on=DAY)[1] == [] for said in ("0", "1", "10", "11")] == [
        False,
        True,
        True,
        False,
    ]


def test_a_field_is_asked_only_where_it_applies() -> None:
    licence = Field("licence", "许可证", "Licence", only=("kinds", ("payment",)))
    assert parse([licence], {"kinds": "logistics"}, on=DAY) == ({}, [])
    assert parse([licence], {"kinds": ["payment"]}, on=DAY)[1][0].code == "FIELD-NEEDED"


def test_personal_values_are_masked_when_shown_and_when_wrong() -> None:
    field = one("id_number", klass=PERSONAL)
    assert field.shown("510603199003071238") == "5106**********1238"
    _, faults = parse([field], {"x": "510603199003071239"}, on=DAY)
    assert "199003" not in faults[0].value


@given(
    kind=st.sampled_from(KINDS),
    said=st.one_of(st.none(), st.text(), st.integers(), st.floats(), st.lists(st.text()), st.booleans()),
)
def test_whatever_is_said_is_kept_or_told(kind: str, said: Any) -> None:
    clean, faults = parse([one(kind, needed=False)], {"x": said}, on=DAY)
    assert json.dumps(clean) is not None
    assert not (clean and faults)
    assert all(fault.message("zh") and fault.message("en") for fault in faults)
