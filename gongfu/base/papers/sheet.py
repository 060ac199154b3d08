"""Papers for people's hands: a certificate as PDF, with the code that leads to the page where it is checked."""

from __future__ import annotations

import importlib.util
import io
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import segno
import typst

LAYOUT = Path(__file__).with_name("certificate.typ")
# A package that carries the font, so that a paper looks the same on every machine; else what the system has.
FONT_PACKAGE = "noto_cjk_sans_jp_regular"
WORDS = {
    "zh": ("公服", "扫码或访问以下地址核验真伪", "由公服平台生成；内容以核验页为准。"),
    "en": (
        "Gongfu",
        "Scan the code or visit the address to check this paper",
        "Made by the Gongfu platform; the check page holds.",
    ),
}


@cache
def _fonts() -> typst.Fonts:
    found = importlib.util.find_spec(FONT_PACKAGE)
    folders = [Path(found.origin).parent] if found and found.origin else []
    return typst.Fonts(include_system_fonts=not folders, font_paths=folders)


def certificate(title: str, lines: Sequence[tuple[str, str]], check_url: str, lang: str = "zh") -> bytes:
    """One A4 page: the title, (label, value) lines, and a QR code of the check page's address.

    The same arguments give the same bytes: no time or chance goes in. Texts are data to the layout, never markup.
    """
    brand, check, note = WORDS[lang]
    told = {
        "title": title, "lines": [list(one) for one in lines], "url": check_url, "lang": lang,
        "brand": brand, "check": check, "note": note, "code": _code(check_url),
    }  # fmt: skip
    return typst.compile(
        LAYOUT.read_bytes(),
        format="pdf",
        font_paths=_fonts(),
        sys_inputs={"told": json.dumps(told, ensure_ascii=False)},
        timestamp=0,
    )


def _code(address: str) -> str:
    out = io.BytesIO()
    made: Any = segno.make(address, error="m", micro=False)
    made.save(out, kind="svg", border=0, scale=4, xmldecl=False)
    return out.getvalue().decode()
