"""When two names are one firm, and when a filing has to be confirmed again."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import opencc  # type: ignore[import-untyped]

from gongfu.reference.regions import region_words

FORMS = (
    "股份有限公司", "有限责任公司", "集团有限公司", "有限公司", "有限合伙", "普通合伙", "分公司", "集团", "公司", "个体工商户", "经营部",
    "合作社", "商行", "工作室",
)  # fmt: skip
FORMS_EN = re.compile(
    r"\b(co|company|ltd|limited|inc|corp|corporation|llc|gmbh|plc|group|holdings?|trading|the)\b\.?", re.I
)
BRACKETS = re.compile(r"[（(【\[].*?[)）】\]]")
NOT_WORDS = re.compile(r"[\W_]+")
CONFIRM_DAYS = 365


@lru_cache(maxsize=1)
def _simplifier() -> Any:
    return opencc.OpenCC("t2s")


def name_key(name: str) -> str:
    """What is left of a firm's name without region, legal form, brackets, and with simplified signs: 绵阳顺达贸易有限公司 → 顺达贸易."""
    plain = NOT_WORDS.sub("", BRACKETS.sub("", str(_simplifier().convert(name))))
    for form in FORMS:
        plain = plain.removesuffix(form)
    shorter = True
    while shorter:
        shorter = False
        for word in region_words():
            if plain.startswith(word) and len(plain) > len(word) + 1:
                plain, shorter = plain[len(word) :], True
    return plain.lower()


def sound_key(name: str) -> str:
    """How a name sounds, in letters only, by which Chinese, pinyin and English trade names meet: shundamaoyi."""
    if name.isascii():
        return NOT_WORDS.sub("", FORMS_EN.sub("", name)).lower()
    from pypinyin import lazy_pinyin  # its dictionary takes half a second: not every process reads it

    return NOT_WORDS.sub("", "".join(lazy_pinyin(name_key(name)))).lower()


def confirm_by(last: date) -> date:
    """The last day on which a filing has to be confirmed again (R-708: regularly; a year is this project's own term, D)."""
    return last + timedelta(days=CONFIRM_DAYS)
