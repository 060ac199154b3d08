"""Typed text: one form, nothing hidden, rare characters kept."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongfu.core.text import hidden, tidy

pytestmark = pytest.mark.feature("access.security")
# What turns the reading order, by Unicode's own classes, and its three marks of direction.
TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
MARKS = {"\u061c", "\u200e", "\u200f"}


@given(st.text())
def test_tidy_text_stays_as_it_is(text: str) -> None:
    once = tidy(text)
    assert tidy(once) == once and "\r" not in once and unicodedata.is_normalized("NFC", once)


@given(st.text(alphabet=st.characters(exclude_categories=("C",))))
def test_what_is_seen_is_not_hidden(text: str) -> None:
    assert hidden(text) == ""


@pytest.mark.parametrize("sign", ["\u202e", "\x00", "\x1b", "\x7f", "\ud800"])
def test_signs_that_cannot_be_seen_are_named(sign: str) -> None:
    assert hidden(f"海外仓{sign}租金") == f"U+{ord(sign):04X}"


def test_controls_halves_of_pairs_and_turning_signs_are_hidden_and_no_other() -> None:
    signs = [chr(number) for number in range(0x110000)]
    assert {sign for sign in signs if hidden(sign)} == {
        sign
        for sign in signs
        if sign in MARKS or unicodedata.bidirectional(sign) in TURNING
        or (unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\t")
    }  # fmt: skip


def test_rare_characters_and_lines_are_kept() -> None:
    assert tidy("𠮷野家\r\n第二行 ") == "𠮷野家\n第二行" and hidden("𠮷㐂\n\t") == ""
