"""Words of a text as a search compares them: Chinese by pairs of signs, Latin words and numbers as they stand."""

from __future__ import annotations

import re
import unicodedata

HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]+")
LATIN = re.compile(r"[a-z][a-z0-9]+(?:-[a-z0-9]+)*")


def plain(text: str) -> str:
    """One width, one case (NFKC, case folded)."""
    return unicodedata.normalize("NFKC", text).casefold()


def pairs(text: str) -> list[str]:
    """The pairs of neighbouring Chinese signs, in order; a sign that stands alone as it is."""
    return [one for run in HAN.findall(plain(text)) for one in _of(run)]


def _of(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)] or [run]


def latin(text: str) -> list[str]:
    """Latin words of at least two signs, in lower case, in order."""
    return LATIN.findall(plain(text))
