"""Input limits of a message: what is counted in the bytes before parsing, and in the tree after it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import cast

from lxml import etree

from gongfu.core.rule import Finding


@dataclass(frozen=True, slots=True)
class Limits:
    """Input limits of a message (quality bar "input limits"); texts in characters, the rest in pieces or bytes."""

    size_bytes: int = 5 * 1024 * 1024
    depth: int = 32
    elements: int = 200_000
    attributes: int = 32
    text_chars: int = 64 * 1024
    envelope_text_chars: int = 7 * 1024 * 1024
    prolog_bytes: int = 16 * 1024


LIMITS = Limits()
SMALLEST_ELEMENT = len(b"<a/>")
NAME = rb"[^<>\"'=]*+"
VALUE = rb"=\s*+(?:\"[^\"<]*+\"|'[^'<]*+')"


def crowded(data: bytes, limits: Limits = LIMITS) -> Finding | None:
    """What would cost too much memory to parse: too many elements, or attributes on one of them.  data: UTF-8."""
    if len(data) > limits.elements * SMALLEST_ELEMENT:
        starts = data.count(b"<") - data.count(b"</")  # comments count as well: they take the same room
        if starts > limits.elements:
            return Finding("LIMIT-ELEMENTS", value=str(starts), facts={"limit": limits.elements})
    wide = _wide(limits.attributes).search(data) if data.count(b"=") > limits.attributes else None
    if wide:
        return Finding("LIMIT-ATTRIBUTES", line=line_of(data, wide), facts={"limit": limits.attributes})
    return None


@cache
def _wide(limit: int) -> re.Pattern[bytes]:
    """A start tag with more attributes and namespaces than `limit`; possessive, so that it reads each byte once."""
    return re.compile(rb"<[^<>!?/\"'=]" + NAME + rb"(?:" + VALUE + NAME + rb"){%d}" % (limit + 1))


def line_of(data: bytes, found: re.Match[bytes]) -> int:
    return data.count(b"\n", 0, found.start()) + 1


LONG = "//{0}[string-length() > $limit]"
LONG_TEXTS = " | ".join(LONG.format(one) for one in ("text()", "comment()", "processing-instruction()", "@*"))


@dataclass(frozen=True, slots=True)
class _Questions:
    """Compiled questions to a tree; all are answered in C."""

    too_deep: etree.XPath
    crowded: etree.XPath
    count: etree.XPath
    long: etree.XPath


@cache
def _questions(limits: Limits) -> _Questions:
    return _Questions(
        too_deep=etree.XPath("(" + "/*" * (limits.depth + 1) + ")[1]"),
        crowded=etree.XPath(f"(//*/@*[{limits.attributes + 1}])[1]/.."),
        count=etree.XPath("count(//*)"),
        long=etree.XPath(f"({LONG_TEXTS})[1]/ancestor-or-self::*[1]"),
    )


def is_brief(data: bytes, limits: Limits) -> bool:
    """Whether the bytes alone show that no text can be too long: no comments and the like, and tags all along."""
    if b"<!" in data or data.find(b"<?", 2) >= 0:
        return False
    step = limits.text_chars // 2 or 1  # a run of more than 2 steps without a tag covers one of these blocks whole
    return all(data.find(b"<", at, at + step) >= 0 for at in range(0, len(data) - step, step))


def oversize(
    root: etree._Element, limits: Limits = LIMITS, *, envelope: bool = False, brief: bool = False
) -> Finding | None:
    """Depth, elements, attributes, texts, comments within the limits; the finding names the limit and the line.

    brief: no text, comment or attribute can be too long (`is_brief` found out); they are not measured.
    """
    ask = _questions(limits)
    deep = cast("list[etree._Element]", ask.too_deep(root))
    if deep:
        return Finding("LIMIT-DEPTH", line=_line(deep), facts={"limit": limits.depth})
    elements = int(cast(float, ask.count(root)))
    if elements > limits.elements:
        return Finding("LIMIT-ELEMENTS", value=str(elements), facts={"limit": limits.elements})
    wide = cast("list[etree._Element]", ask.crowded(root))
    if wide:
        return Finding("LIMIT-ATTRIBUTES", line=_line(wide), facts={"limit": limits.attributes})
    if brief:
        return None
    longest = limits.envelope_text_chars if envelope else limits.text_chars
    long = cast("list[etree._Element]", ask.long(root, limit=longest))
    if long:
        return Finding("LIMIT-TEXT", line=_line(long), facts={"limit": longest})
    return None


def _line(found: list[etree._Element]) -> int:
    return cast("int | None", found[0].sourceline) or 0
