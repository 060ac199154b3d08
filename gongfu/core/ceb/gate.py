"""The gate: what may be parsed at all. Nothing behind it ever sees a DOCTYPE, an entity, or an oversized tree."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import cast

from lxml import etree

from gongfu.core.rule import Finding


@dataclass(frozen=True, slots=True)
class Limits:
    """Input limits of a message (quality §6)."""

    size_bytes: int = 5 * 1024 * 1024
    depth: int = 32
    elements: int = 200_000
    attributes: int = 32
    text_chars: int = 64 * 1024
    envelope_text_chars: int = 7 * 1024 * 1024


LIMITS = Limits()
ENVELOPES = frozenset({"DxpMsg", "DxpMsgSv"})
PROLOG = re.compile(rb"\s*(?:<\?xml(?P<decl>[^>]{0,300})\?>)?(?:\s+|<!--.*?-->|<\?.*?\?>)*", re.S)
ROOT = re.compile(
    rb"<(?:[\w.\-]+:)?(?P<name>[\w.\-]+)(?P<attributes>(?:\s+[\w.:\-]+\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'))*)\s*/?>"
)
ATTRIBUTE = re.compile(rb"([\w.:\-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
ENCODING = re.compile(rb"encoding\s*=\s*[\"']([^\"']+)[\"']")
HEAD_BYTES = 16 * 1024
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Peek:
    """What the root start tag says; `finding` when it cannot be read."""

    type: str = ""
    guid: str = ""
    version: str = ""
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class Gate:
    """The parsed root, or why there is none."""

    root: etree._Element | None
    findings: list[Finding] = field(default_factory=list)


def peek(data: bytes) -> Peek:
    """Read only as far as the root start tag; refuses what the gate refuses there. Never raises."""
    fault = _size(data, LIMITS) or _encoding(data)
    if fault:
        return Peek(finding=fault)
    text = data[3:] if data.startswith(BOM) else data
    prolog = PROLOG.match(text[:HEAD_BYTES])
    start = text[prolog.end() if prolog else 0 :][:HEAD_BYTES]
    if start.startswith(b"<!"):
        return Peek(finding=Finding("XML-DOCTYPE", value=start[:20].decode("utf-8", "replace")))
    if not start.startswith(b"<"):
        return Peek(
            finding=Finding("XML-NOT-XML" if text.strip() else "XML-EMPTY", value=text[:20].decode("utf-8", "replace"))
        )
    found = ROOT.match(start)
    if not found:
        return Peek(finding=Finding("XML-SYNTAX", line=1, facts={"reason": "root start tag"}))
    attributes = {
        name.decode(): (one or two).decode("utf-8", "replace")
        for name, one, two in ATTRIBUTE.findall(found["attributes"])
    }
    return Peek(found["name"].decode(), attributes.get("guid", "").strip()[:64], attributes.get("version", "")[:10])


def _size(data: bytes, limits: Limits) -> Finding | None:
    if not data.strip():
        return Finding("XML-EMPTY")
    if len(data) > limits.size_bytes:
        return Finding("LIMIT-SIZE", value=str(len(data)), facts={"limit": limits.size_bytes})
    return None


def _encoding(data: bytes) -> Finding | None:
    """Only UTF-8, or GB18030 where it is declared."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in data[:64]:
        return Finding("XML-ENCODING", value="UTF-16/32 或空字节")
    declared = _declared(data)
    if declared.lower() not in ("", "utf-8", "utf8", "gb18030"):
        return Finding("XML-ENCODING", value=declared[:30])
    return None


def _declared(data: bytes) -> str:
    prolog = PROLOG.match(data[3:HEAD_BYTES] if data.startswith(BOM) else data[:HEAD_BYTES])
    found = ENCODING.search(prolog["decl"] or b"") if prolog else None
    return found[1].decode("ascii", "replace") if found else ""


def _utf8(data: bytes) -> bytes:
    """The same document in UTF-8 without its declaration; UnicodeDecodeError when the bytes are not what they say."""
    if _declared(data).lower() == "gb18030":
        text = data.decode("gb18030")
        return re.sub(r"^\s*<\?xml[^>]*\?>", "", text).encode()
    data.decode("utf-8")
    return data


def parse(data: bytes, limits: Limits = LIMITS, *, counted: bool = True) -> Gate:
    """Parse without DTD, entities or network. Never raises; a refusal says which limit or fault.

    Without `counted`, depth, elements, attributes and texts are left to be counted (`oversize`) by whoever reads on: a
    message that meets its schema is within them.
    """
    seen = peek(data)
    if seen.finding:
        return Gate(None, [seen.finding])
    try:
        clear = _utf8(data)
    except UnicodeDecodeError as fault:
        return Gate(None, [Finding("XML-ENCODING", value=f"第 {fault.start} 字节", facts={"at": fault.start})])
    envelope = seen.type in ENVELOPES
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=False,
        recover=False,
        collect_ids=False,
    )
    try:
        root = etree.fromstring(clear, parser)
    except etree.XMLSyntaxError as fault:
        return Gate(None, [_syntax(fault)])
    fault_found = oversize(root, limits, envelope=envelope) if counted or envelope else None
    return Gate(None, [fault_found]) if fault_found else Gate(root)


KNOWN_FAULTS = (
    ("excessive depth", "LIMIT-DEPTH"),
    ("extra content at the end", "XML-TWO-ROOTS"),
    ("premature end", "XML-TRUNCATED"),
    ("tag mismatch", "XML-SYNTAX"),
    ("entity", "XML-ENTITY"),
    ("encoding", "XML-ENCODING"),
    ("document is empty", "XML-EMPTY"),
    ("huge", "LIMIT-TEXT"),
    ("internal error", "LIMIT-TEXT"),
    ("too long", "LIMIT-TEXT"),
)


def _syntax(fault: etree.XMLSyntaxError) -> Finding:
    """Name what libxml2 stumbled over."""
    said = (fault.msg or "").lower()
    code = next((code for words, code in KNOWN_FAULTS if words in said), "XML-SYNTAX")
    return Finding(code, line=fault.lineno or 0, facts={"reason": (fault.msg or "")[:120], "limit": LIMITS.depth})


_TOO_DEEP = etree.XPath("boolean(" + "/*" * (LIMITS.depth + 1) + ")")
_COUNT = etree.XPath("count(//*)")
_ATTRIBUTES = etree.XPath(f"boolean(//*[@*[{LIMITS.attributes + 1}]])")
_LONG = etree.XPath("boolean(//text()[string-length() > $limit])")


def oversize(root: etree._Element, limits: Limits = LIMITS, *, envelope: bool = False) -> Finding | None:
    """Depth, elements, attributes and texts within the limits; counted in C."""
    if _TOO_DEEP(root):
        return Finding("LIMIT-DEPTH", facts={"limit": limits.depth})
    elements = int(cast(float, _COUNT(root)))
    if elements > limits.elements:
        return Finding("LIMIT-ELEMENTS", value=str(elements), facts={"limit": limits.elements})
    if _ATTRIBUTES(root):
        return Finding("LIMIT-ATTRIBUTES", facts={"limit": limits.attributes})
    longest = limits.envelope_text_chars if envelope else limits.text_chars
    if _LONG(root, limit=longest):
        return Finding("LIMIT-TEXT", facts={"limit": longest})
    return None
