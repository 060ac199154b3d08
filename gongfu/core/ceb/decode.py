"""The exact way to read a message: by local name, every fault listed, one bad document never silencing the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cache

from lxml import etree

from gongfu.core.ceb.check import conditional_findings, field_finding
from gongfu.core.ceb.messages import Decoded, Document
from gongfu.core.ceb.schema import TOLERATED, TRANSFER, Field, MessageTable, tables
from gongfu.core.rule import Finding

WRAPPERS = ("BaseTransfer", "BaseSubscribe", "ExtendMessage", "Signature")
ONCE = ("BaseTransfer", "ExtendMessage", "Signature")
GUID_LENGTH = 36
VERSIONS = ("1.0", "v1.0", "V1.0")


def local(element: etree._Element) -> str:
    """Local name; empty for comments and processing instructions."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: etree._Element) -> Iterable[tuple[str, etree._Element]]:
    for child in element:
        name = local(child)
        if name:
            yield name, child


def decode(root: etree._Element) -> Decoded:
    """Read one business message. Nothing is raised: what cannot be read is a finding."""
    kind = local(root)
    message = Decoded(kind, root.get("guid", ""), root.get("version", ""))
    table = tables().get(kind)
    if table is None:
        message.findings.append(Finding("SCHEMA-MESSAGE", field="root", value=kind[:40]))
        return message
    _attributes(message)
    _wrappers(message, table, root)
    elements = [child for name, child in children(root) if name == table.document]
    low, high = table.documents
    if not low <= len(elements) <= high:
        message.findings.append(
            Finding(
                "SCHEMA-COUNT",
                field=table.document,
                value=str(len(elements)),
                facts={"chinese": table.title, "limit": f"{low} 到 {high}"},
            )
        )
    for position, element in enumerate(elements):
        document = read_document(table, element, position)
        if position >= high:
            document.findings.append(
                Finding(
                    "SCHEMA-COUNT",
                    document.guid,
                    field=table.document,
                    value=str(position + 1),
                    facts={"chinese": table.title, "limit": high},
                )
            )
        message.documents.append(document)
    _repeated_guids(message)
    return message


def _attributes(message: Decoded) -> None:
    if len(message.guid) != GUID_LENGTH:
        message.findings.append(
            Finding(
                "SCHEMA-GUID",
                field="@guid",
                value=message.guid[:60],
                facts={"chinese": "报文编号", "seen": len(message.guid)},
            )
        )
    if message.version not in VERSIONS:
        message.findings.append(Finding("SCHEMA-VERSION", field="@version", value=message.version[:20]))


def _wrappers(message: Decoded, table: MessageTable, root: etree._Element) -> None:
    """The blocks beside the documents; a doubled BaseTransfer is remarked upon and the first one holds."""
    seen: dict[str, int] = {}
    for name, child in children(root):
        if name == table.document:
            if seen and not table.is_receipt:
                message.findings.append(Finding("SCHEMA-ORDER", field=name, facts={"after": "、".join(seen)}))
                seen.clear()
            continue
        if name not in WRAPPERS or table.is_receipt:
            message.findings.append(Finding("SCHEMA-UNKNOWN", line=0, field=name, facts={"parent": table.name}))
            continue
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1 and name in ONCE:
            message.findings.append(Finding("SCHEMA-DOUBLE-BLOCK", field=name, value=str(seen[name])))
            continue
        _wrapper(message, name, child)
    if not table.is_receipt and "BaseTransfer" not in seen and not message.transfer:
        message.findings.append(Finding("SCHEMA-MISSING", field="BaseTransfer", facts={"chinese": "基础报文传输实体"}))


def _wrapper(message: Decoded, name: str, element: etree._Element) -> None:
    texts = {inner: child.text or "" for inner, child in children(element) if inner != "Message"}
    if name == "BaseTransfer":
        message.transfer = texts
        message.findings += _transfer_findings(texts)
    elif name == "BaseSubscribe":
        message.subscribes.append(texts)
    elif name == "ExtendMessage":
        inner = next((child for inner_name, child in children(element) if inner_name == "Message"), None)
        content = (
            "".join(etree.tostring(one, encoding="unicode", with_tail=False) for one in inner)
            if inner is not None
            else ""
        )
        message.extend = {**texts, "Message": content or (inner.text or "" if inner is not None else "")}


def _transfer_findings(texts: dict[str, str]) -> list[Finding]:
    """Faults of BaseTransfer: who sends must be told, and no text may be longer than its length."""
    if not texts.get("copCode"):
        return [Finding("SCHEMA-MISSING", field="copCode", facts={"chinese": TRANSFER[0].chinese})]
    found = (field_finding(field, texts.get(field.name, ""), "", 0) for field in TRANSFER)
    return [finding for finding in found if finding]


def read_document(table: MessageTable, element: etree._Element, position: int) -> Document:
    """One document: head, lines, and all its faults."""
    document = Document(position, f"#{position + 1}", {})
    if not table.head:
        document.head = _fields(table, table.head_fields, element, document, 0)
    else:
        _grouped(table, element, document)
    guid = document.head.get("guid", "")
    if guid:
        document.findings = [_keyed(finding, document.guid, guid) for finding in document.findings]
        document.guid = guid
    document.findings += conditional_findings(table.name, document.head, document.items, document.guid)
    return document


def _keyed(finding: Finding, placeholder: str, guid: str) -> Finding:
    if finding.document != placeholder:
        return finding
    return Finding(finding.code, guid, finding.line, finding.field, finding.value, finding.facts, finding.rules)


def _grouped(table: MessageTable, element: etree._Element, document: Document) -> None:
    heads, lines = 0, 0
    for name, child in children(element):
        if name == table.head:
            heads += 1
            if heads > 1 or lines:
                code = "SCHEMA-REPEATED" if heads > 1 else "SCHEMA-ORDER"
                document.findings.append(
                    Finding(code, document.guid, field=name, facts={"chinese": "表头", "after": table.line})
                )
            if heads == 1:
                document.head = _fields(table, table.head_fields, child, document, 0)
        elif table.line and name == table.line:
            lines += 1
            number = next((inner.text for inner_name, inner in children(child) if inner_name == "gnum"), None) or ""
            line = int(number) if number.strip().isdecimal() and len(number) < 9 else lines
            document.items.append(_fields(table, table.item_fields, child, document, line))
        else:
            document.findings.append(
                Finding("SCHEMA-UNKNOWN", document.guid, field=name, facts={"parent": table.document})
            )
    if not heads:
        document.findings.append(Finding("SCHEMA-MISSING", document.guid, field=table.head, facts={"chinese": "表头"}))
    low, high = table.lines
    if table.line and not low <= lines <= high:
        document.findings.append(
            Finding(
                "SCHEMA-COUNT",
                document.guid,
                field=table.line,
                value=str(lines),
                facts={"chinese": "表体", "limit": f"{low} 到 {high}"},
            )
        )
    if table.numbers_lines:
        _repeated_lines(document)


@cache
def _places(kind: str, of_head: bool) -> dict[str, tuple[int, Field]]:
    """Name → (place, field) of the head or line fields of a message type."""
    fields = tables()[kind].head_fields if of_head else tables()[kind].item_fields
    return {field.name: (index, field) for index, field in enumerate(fields)}


def _fields(
    table: MessageTable, fields: tuple[Field, ...], element: etree._Element, document: Document, line: int
) -> dict[str, str]:
    """Texts of one block by field name, with findings for missing, unknown, repeated, misordered and faulty ones."""
    known = _places(table.name, fields is table.head_fields)
    values: dict[str, str] = {}
    last = -1
    for name, child in children(element):
        if name not in known:
            if name not in TOLERATED.get(table.name, ()):
                document.findings.append(
                    Finding("SCHEMA-UNKNOWN", document.guid, line, name, facts={"parent": local(element)})
                )
            continue
        index, field = known[name]
        if name in values:
            document.findings.append(
                Finding("SCHEMA-REPEATED", document.guid, line, name, facts={"chinese": field.chinese})
            )
            continue
        if index < last:
            document.findings.append(
                Finding(
                    "SCHEMA-ORDER",
                    document.guid,
                    line,
                    name,
                    facts={"chinese": field.chinese, "after": fields[last].name},
                )
            )
        last = max(last, index)
        values[name] = _value(field, child, document, line)
    document.findings += [
        Finding("SCHEMA-MISSING", document.guid, line, field.name, facts={"chinese": field.chinese}, rules=("R-1501",))
        for field in fields
        if field.required == "Y" and field.name not in values
    ]
    return values


def _value(field: Field, child: etree._Element, document: Document, line: int) -> str:
    text = child.text or ""
    if len(child) and any(local(inner) for inner in child):
        document.findings.append(
            Finding("SCHEMA-UNKNOWN", document.guid, line, local(child[0]) or field.name, facts={"parent": field.name})
        )
    elif len(child):
        text = "".join(str(part) for part in child.itertext())
    fault = (
        field_finding(field, text, document.guid, line)
        if text or field.required == "Y" or field.kind in "NI" or field.low
        else None
    )
    if fault:
        document.findings.append(fault)
    return text


def _repeated_lines(document: Document) -> None:
    numbers = Counter(item["gnum"] for item in document.items if item.get("gnum"))
    for number in sorted(one for one, count in numbers.items() if count > 1):
        document.findings.append(
            Finding(
                "SCHEMA-GNUM",
                document.guid,
                int(number) if number.isdecimal() and len(number) < 9 else 0,
                "gnum",
                number[:10],
            )
        )


def _repeated_guids(message: Decoded) -> None:
    """The same document guid twice in one message: the later one is refused; receipts may repeat a document."""
    if tables()[message.type].is_receipt:
        return
    seen: set[str] = set()
    for document in message.documents:
        guid = document.guid.upper()
        if guid in seen:
            document.findings.append(
                Finding(
                    "SCHEMA-REPEATED", document.guid, field="guid", value=guid[:36], facts={"chinese": "系统唯一序号"}
                )
            )
        seen.add(guid)
