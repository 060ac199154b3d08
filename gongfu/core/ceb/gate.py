"""The gate: what may be parsed at all. Nothing behind it ever sees a DOCTYPE, an entity, or an oversized tree."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from gongfu.core.ceb.limits import LIMITS, Limits, crowded, is_brief, line_of, oversize
from gongfu.core.rule import Finding

__all__ = ["ENVELOPES", "LIMITS", "Gate", "Limits", "Peek", "oversize", "parse", "peek"]

ENVELOPES = frozenset({"DxpMsg", "DxpMsgSv"})
PROLOG = re.compile(rb"\s*(?:<\?xml(?P<decl>[^>]*)\?>)?(?:\s+|<!--.*?-->|<\?.*?\?>)*", re.S)
ROOT = re.compile(
    rb"<(?:[\w.\-]+:)?(?P<name>[\w.\-]+)(?P<attributes>(?:\s+[\w.:\-]+\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'))*)\s*/?>"
)
ATTRIBUTE = re.compile(rb"([\w.:\-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
ENCODING = re.compile(rb"encoding\s*=\s*[\"']([^\"']+)[\"']")
# Possessive and stopping at every sign a prefix cannot have, so that each byte is read once however often xmlns is written.
RELATIVE = re.compile(
    rb"xmlns(?::[^\s=:<>\"'/]*+)?\s*+=\s*+(?![\"'](?:[A-Za-z][\w+.\-]{0,60}:|[\"']))[\"'](?P<name>[^\"'<]{0,60})"
)
REFERENCE = re.compile(r"&#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}));")
GUID_SIGNS = 64
BOM = b"\xef\xbb\xbf"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
PACKED = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ")


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


def peek(data: bytes, limits: Limits = LIMITS) -> Peek:
    """Read only as far as the root start tag; refuses what the gate refuses there. Never raises."""
    fault = _size(data, limits) or _encoding(data, limits)
    if fault:
        return Peek(finding=fault)
    head = _head(data, limits)
    prolog = PROLOG.match(head)
    start = head[prolog.end() if prolog else 0 :]
    found = ROOT.match(start)
    if not found:
        return Peek(finding=_no_root(start, whole=len(data) <= limits.prolog_bytes))
    attributes = {
        name.decode("utf-8", "replace"): (one or two).decode("utf-8", "replace")
        for name, one, two in ATTRIBUTE.findall(found["attributes"])
    }
    guid = REFERENCE.sub(_referred, attributes.get("guid", "")).strip()[:GUID_SIGNS]
    return Peek(found["name"].decode(), guid, attributes.get("version", "")[:10])


def _referred(found: re.Match[str]) -> str:
    """The sign a character reference stands for, as the parser will read it; left as it is when there is none."""
    number = int(found[1], 16) if found[1] else int(found[2])
    return chr(number) if 0x20 <= number < 0xD800 else found[0]


def _head(data: bytes, limits: Limits) -> bytes:
    """The first bytes, in which the root must begin and its start tag end."""
    skipped = len(BOM) if data.startswith(BOM) else 0
    return data[skipped : skipped + limits.prolog_bytes]


def _no_root(start: bytes, *, whole: bool) -> Finding:
    """Why no root begins at `start`, what follows declaration and comments.  whole: nothing comes after it."""
    shown = _shown(start)
    if start[:9].upper() == b"<!DOCTYPE":
        return Finding("XML-DOCTYPE", value=shown)
    if start and not start.startswith(b"<"):
        return Finding("XML-NOT-XML", value=shown)
    if not whole:
        return Finding("LIMIT-PROLOG", facts={"limit": LIMITS.prolog_bytes})
    if b">" not in start and start not in (b"<", b"<!") and not start[1:2].isspace():
        return Finding("XML-TRUNCATED", line=1)
    return Finding(
        "XML-SYNTAX", line=1, facts={"column": 1, "reason": "根元素的起始标签", "reason_en": "root start tag"}
    )


def _shown(data: bytes) -> str:
    """The first characters, fit to be shown."""
    return "".join(sign if sign.isprintable() else "·" for sign in data[:20].decode("utf-8", "replace"))


def _size(data: bytes, limits: Limits) -> Finding | None:
    if not data or data.isspace() or data == BOM:
        return Finding("XML-EMPTY")
    if len(data) > limits.size_bytes:
        return Finding("LIMIT-SIZE", value=str(len(data)), facts={"limit": limits.size_bytes})
    return None


def _encoding(data: bytes, limits: Limits) -> Finding | None:
    """Only UTF-8, or GB18030 where it is declared; packed bytes are no XML in any encoding."""
    if data.startswith(PACKED):
        return Finding("XML-NOT-XML", value=_shown(data))
    if data.startswith(UTF16_MARKS) or b"\x00" in data[:64]:
        return Finding("XML-ENCODING", value="UTF-16/32 或空字节")
    declared = _declared(data, limits)
    if declared.lower() not in ("", "utf-8", "utf8", "gb18030"):
        return Finding("XML-ENCODING", value=declared[:30])
    return None


def _declared(data: bytes, limits: Limits) -> str:
    prolog = PROLOG.match(_head(data, limits))
    found = ENCODING.search(prolog["decl"] or b"") if prolog else None
    return found[1].decode("ascii", "replace") if found else ""


def _utf8(data: bytes, limits: Limits) -> bytes:
    """The same document in UTF-8 without its declaration; UnicodeDecodeError when the bytes are not what they say."""
    if _declared(data, limits).lower() == "gb18030":
        text = data.decode("gb18030")
        return re.sub(r"^\s*<\?xml[^>]*\?>", "", text).encode()
    data.decode("utf-8")
    return data


def _parser() -> etree.XMLParser:
    """No DTD, no entities, no network, no repair; always UTF-8, whatever a declaration in a hidden place may say."""
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=False,
        recover=False,
        collect_ids=False,
    )


def parse(data: bytes, limits: Limits = LIMITS, *, counted: bool = True) -> Gate:
    """Parse without DTD, entities or network. Never raises; a refusal says which limit or fault.

    Without `counted`, depth, attributes and texts are left to be counted (`oversize`) by whoever reads on: a
    message that meets the schema of `structure` is within them.
    """
    seen = peek(data, limits)
    if seen.finding:
        return Gate(None, [seen.finding])
    try:
        clear = _utf8(data, limits)
    except UnicodeDecodeError as fault:
        return Gate(None, [Finding("XML-ENCODING", value=f"第 {fault.start} 字节", facts={"at": fault.start})])
    refused = crowded(clear, limits) or _relative(clear)
    if refused:
        return Gate(None, [refused])
    try:
        root = etree.fromstring(clear, _parser())
    except etree.XMLSyntaxError as fault:
        return Gate(None, [_syntax(fault, clear, limits)])
    found = _doctype(root)
    if not found and (counted or seen.type in ENVELOPES):
        found = oversize(root, limits, envelope=seen.type in ENVELOPES, brief=is_brief(clear, limits))
    return Gate(None, [found]) if found else Gate(root)


def _relative(data: bytes) -> Finding | None:
    """A namespace name that is no full address: such a document has no canonical form, so no signature."""
    found = RELATIVE.search(data)
    return Finding("XML-NAMESPACE", line=line_of(data, found), value=_shown(found["name"])) if found else None


def _doctype(root: etree._Element) -> Finding | None:
    """A second look, in the tree, for what peek() looks for in the bytes."""
    return Finding("XML-DOCTYPE") if root.getroottree().docinfo.internalDTD is not None else None


# What libxml2 says → code, and the reason in the words of our users.
KNOWN_FAULTS = (
    ("excessive depth", "LIMIT-DEPTH", "", ""),
    ("extra content at the end", "XML-TWO-ROOTS", "", ""),
    ("premature end", "XML-TRUNCATED", "", ""),
    ("entityref: no name", "XML-SYNTAX", "“&”没有写成“&amp;”", "“&” is not written “&amp;”"),
    ("entityref: expecting", "XML-SYNTAX", "“&”没有写成“&amp;”", "“&” is not written “&amp;”"),
    ("tag mismatch", "XML-SYNTAX", "起止标签不成对", "start and end tags do not match"),
    ("redefined", "XML-SYNTAX", "属性重复", "an attribute occurs twice"),
    ("namespace prefix", "XML-SYNTAX", "命名空间前缀没有声明", "a namespace prefix is not declared"),
    ("invalid xmlchar", "XML-SYNTAX", "含有 XML 不允许的字符", "a character that XML does not allow"),
    ("invalid char", "XML-SYNTAX", "含有 XML 不允许的字符", "a character that XML does not allow"),
    ("out of allowed range", "XML-SYNTAX", "含有 XML 不允许的字符", "a character that XML does not allow"),
    ("entity", "XML-ENTITY", "", ""),
    ("encoding", "XML-ENCODING", "", ""),
    ("document is empty", "XML-EMPTY", "", ""),
    ("huge", "LIMIT-TEXT", "", ""),
    ("internal error", "LIMIT-TEXT", "", ""),
    ("too long", "LIMIT-TEXT", "", ""),
)
UNFINISHED = (
    "expected",
    "not found",
    "couldn't find end",
    "not finished",
    "unterminated",
    "not terminated",
    "required",
)


def _syntax(fault: etree.XMLSyntaxError, data: bytes, limits: Limits) -> Finding:
    """Name what libxml2 stumbled over; a message cut inside a tag is called cut short."""
    said = (fault.msg or "").lower()
    plain = ("", "XML-SYNTAX", "标签或属性书写有误", "a tag or an attribute is not properly written")
    _, code, reason, reason_en = next((one for one in KNOWN_FAULTS if one[0] in said), plain)
    if code == "XML-SYNTAX" and not data.rstrip().endswith(b">") and any(one in said for one in UNFINISHED):
        code = "XML-TRUNCATED"
    limit = limits.depth if code == "LIMIT-DEPTH" else limits.text_chars
    facts = {"reason": reason, "reason_en": reason_en, "limit": limit, "column": fault.position[1]}
    return Finding(code, line=fault.lineno or 0, facts=facts)
