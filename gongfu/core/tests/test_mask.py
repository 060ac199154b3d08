"""Masks: one's own value is recognised, another's is not learned."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongfu.core.mask import mask

KINDS = ("id_number", "name", "phone", "address", "account", "bank_card")


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        ("511304199001010031", "id_number", "5113**********0031"),
        ("12345678", "id_number", "********"),
        ("王小明", "name", "王*明"),
        ("王明", "name", "王*"),
        ("王", "name", "王*"),
        ("13812341234", "phone", "138****1234"),
        ("12345678", "phone", "****"),
        ("6222021234567890123", "bank_card", "622****0123"),
        ("四川省南充市顺庆区某路一号", "address", "四川省南充市****"),
        ("buyer001", "account", "bu****"),
        ("", "name", ""),
    ],
)
def test_what_a_mask_shows(value: str, kind: str, shown: str) -> None:
    assert mask(value, kind) == shown


@settings(max_examples=50, deadline=None)
@given(value=st.text("0123456789", min_size=9, max_size=30), kind=st.sampled_from(KINDS))
def test_a_mask_never_shows_the_whole(value: str, kind: str) -> None:
    assert "*" in mask(value, kind)
    assert value not in mask(value, kind)
