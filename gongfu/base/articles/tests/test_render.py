"""Markdown as safe HTML: whatever is written, nothing runs."""

from __future__ import annotations

import re

import nh3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongfu.base.articles import render

pytestmark = pytest.mark.feature("policy.library")
PIECES = st.lists(
    st.sampled_from(
        ["<script>alert(1)</script>", "[x](javascript:alert(1))", "![x](http://a/b.png)", "<img src=x onerror=alert(1)>",
         "[y](data:text/html,x)", "# ", "\n\n", "|a|b|\n|-|-|\n|c|d|\n", "<a href='vbscript:x' onclick=y>z</a>", "`", "**", "&lt;script&gt;",
         "<https://example.org/a?b=c&d>", '<svg/onload="x">', "[z]: javascript:x\n\n[z]", "\\<b>", "<style>*{}</style>", "- "]
    )
    | st.text(max_size=8),
    max_size=10,
).map("".join)  # fmt: skip
TAG = re.compile(r"<\s*/?\s*([a-zA-Z0-9]+)([^>]*)>")


@given(PIECES)
def test_nothing_that_runs_comes_through(markdown: str) -> None:
    drawn = render.html(markdown)
    for name, attributes in TAG.findall(drawn):
        assert name in render.TAGS
        assert not re.search(r"\son\w+\s*=|style\s*=", re.sub(r'"[^"]*"', '""', attributes))
    for target in re.findall(r'href="([^"]*)"', drawn):
        assert not re.match(r"\s*(javascript|data|vbscript):", target, re.IGNORECASE)
    assert (
        nh3.clean(drawn, tags=render.TAGS, attributes=render.ATTRIBUTES, link_rel="noopener noreferrer nofollow")
        == drawn
    )


def test_markdown_is_drawn_and_headings_begin_at_the_second() -> None:
    drawn = render.html(
        "# 条件\n\n按**租金**\n\n| 区 | 比例 |\n| - | - |\n| 南充 | 30% |\n\n[通知](https://example.org/a)"
    )
    assert "<h2>条件</h2>" in drawn and "<strong>租金</strong>" in drawn and "<td>南充</td>" in drawn
    assert 'href="https://example.org/a"' in drawn and 'rel="noopener noreferrer nofollow"' in drawn
    assert "<h1" not in drawn


def test_markup_is_shown_not_taken() -> None:
    assert render.html("<b>粗</b>") == "<p>&lt;b&gt;粗&lt;/b&gt;</p>\n"
    assert "<img" not in render.html("![图](https://example.org/a.png)")


@given(PIECES, st.integers(2, 40))
def test_the_beginning_is_plain_and_short(markdown: str, limit: int) -> None:
    said = render.plain(markdown, limit)
    assert len(said) <= limit and "\n" not in said


def test_the_beginning_of_a_text() -> None:
    assert render.plain("# 条件\n\n按**租金**的`三成`补贴。", 8) == "条件 按租金的…"
