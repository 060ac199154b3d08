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
SMALLEST_ATTRIBUTE = len(b' a=""')
QUOTED = re.compile(rb"\"[^\"]*\"|'[^']*'")


def crowded(data: bytes, limits: Limits = LIMITS) -> Finding | None:
    """What would cost too much memory to parse: too many elements, or attributes on one of them.  data: UTF-8."""
    if len(data) > limits.elements * SMALLEST_ELEMENT:
        starts = data.count(b"<") - data.count(b"</")  # comments count as well: they take the same room
        if starts > limits.elements:
            return Finding("LIMIT-ELEMENTS", value=str(starts), facts={"limit": limits.elements})
    return _wide(data, limits.attributes) if data.count(b"=") > limits.attributes else None


def _wide(data: bytes, limit: int) -> Finding | None:
    """A start tag with more attributes and namespaces than `limit`, found by its equals signs outside quotes."""
    tags = re.compile(rb"<[^<!?/][^<]{%d,}" % (limit * SMALLEST_ATTRIBUTE))
    for tag in tags.finditer(data):
        if QUOTED.sub(b"", tag[0]).partition(b">")[0].count(b"=") > limit:
            line = data.count(b"\n", 0, tag.start()) + 1
            return Finding("LIMIT-ATTRIBUTES", line=line, facts={"limit": limit})
    return None


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


def oversize(root: etree._Element, limits: Limits = LIMITS, *, envelope: bool = False) -> Finding | None:
    """Depth, elements, attributes, texts, comments within the limits; the finding names the limit and the line."""
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
    longest = limits.envelope_text_chars if envelope else limits.text_chars
    long = cast("list[etree._Element]", ask.long(root, limit=longest))
    if long:
        return Finding("LIMIT-TEXT", line=_line(long), facts={"limit": longest})
    return None


def _line(found: list[etree._Element]) -> int:
    return int(found[0].sourceline or 0)
