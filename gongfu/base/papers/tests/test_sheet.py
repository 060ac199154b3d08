"""Certificates: a PDF whose text says what was told, the same each time, with nothing told read as markup."""

from __future__ import annotations

import pypdfium2
import pytest

from gongfu.base.papers.sheet import certificate

pytestmark = pytest.mark.feature("talent.courses")
LINES = [("企业", "甲公司 #set page(width: 1pt) *不加粗* $x$ 𠮷"), ("结论", "培训合格")]
URL = "https://gongfu.example/check/0123456789ABCDEF"


def text(data: bytes) -> str:
    page = pypdfium2.PdfDocument(data)[0]
    return page.get_textpage().get_text_range()


@pytest.mark.parametrize(("lang", "word"), [("zh", "扫码或访问"), ("en", "Scan the code")])
def test_a_certificate_says_what_was_told(lang: str, word: str) -> None:
    data = certificate("结业证书", LINES, URL, lang)
    assert data.startswith(b"%PDF-") and 5_000 < len(data) < 300_000
    said = "".join(text(data).split())
    for wanted in ("结业证书", "甲公司#setpage(width:1pt)*不加粗*$x$", "培训合格", URL, "".join(word.split())):
        assert wanted in said


def test_the_same_words_give_the_same_bytes_and_others_do_not() -> None:
    assert certificate("证书", LINES, URL) == certificate("证书", LINES, URL)
    assert certificate("证书", LINES, URL) != certificate("证书", LINES, URL + "0")
