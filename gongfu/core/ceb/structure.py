"""Schemas and column layouts made from the message tables: the fast way checks in C what decode() checks in words."""

from __future__ import annotations

import tempfile
from functools import cache

from lxml import etree
from xml2arrow import XmlToArrowParser

from gongfu.core.ceb.check import DATE_FIELDS
from gongfu.core.ceb.encode import NAMESPACE
from gongfu.core.ceb.limits import LIMITS
from gongfu.core.ceb.schema import SUBSCRIBE, TRANSFER, UNBOUNDED, Field, MessageTable, table

HEAD = f"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="{NAMESPACE}" targetNamespace="{NAMESPACE}" elementFormDefault="qualified">"""
ATTRIBUTES = """<xs:attribute name="guid" use="required"><xs:simpleType><xs:restriction base="xs:string"><xs:length value="36"/></xs:restriction>
</xs:simpleType></xs:attribute><xs:attribute name="version" use="required"><xs:simpleType><xs:restriction base="xs:string"><xs:pattern value="[vV]?1\\.0"/>
</xs:restriction></xs:simpleType></xs:attribute><xs:anyAttribute namespace="##other" processContents="skip"/>"""
TEXT = '<xs:element name="{}" minOccurs="{}"><xs:simpleType><xs:restriction base="xs:string">{}</xs:restriction></xs:simpleType></xs:element>'
DAY = "(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])"
TIME = "([01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]"
TIMES = {8: "", 14: TIME, 17: f"{TIME}[0-9]{{3}}"}
SIGNATURE = '<xs:any namespace="##other" minOccurs="0" maxOccurs="1" processContents="skip"/>'


def _element(field: Field) -> str:
    if field.kind == "N":
        whole, part = field.digits - field.fraction, field.fraction
        facets = rf'<xs:pattern value="\+?(0*[0-9]{{1,{whole}}}(\.[0-9]{{0,{part}}}0*)?|\.[0-9]{{1,{part}}}0*)"/>'
        return TEXT.format(field.name, int(not field.optional), facets)
    if field.kind == "I":
        return TEXT.format(
            field.name, int(not field.optional), rf'<xs:pattern value="\+?0*[0-9]{{1,{field.digits}}}"/>'
        )
    longest = min(field.high, LIMITS.text_chars)
    facets = f'<xs:minLength value="{field.low}"/><xs:maxLength value="{longest}"/>'
    if field.name in DATE_FIELDS and field.high in (8, 14, 17):
        facets += f'<xs:pattern value="({DAY}{TIMES[field.high]})?"/>'
    return TEXT.format(field.name, int(not field.optional), facets)


def _block(name: str, inner: str, low: int, high: int) -> str:
    occurs = f'minOccurs="{low}" maxOccurs="{"unbounded" if high >= UNBOUNDED else high}"'
    return f'<xs:element name="{name}" {occurs}><xs:complexType><xs:sequence>{inner}</xs:sequence></xs:complexType></xs:element>'


def xsd(layout: MessageTable) -> str:
    """The XML Schema of one message: structure, lengths, digits and date shapes; codes are checked in columns.

    It is narrower than the published one: what it leaves out (an ExtendMessage, whose content is anything) is read and
    counted the exact way. So a message that meets it is within the input limits, its Signature apart.
    """
    head = "".join(map(_element, layout.head_fields))
    inner = head
    if layout.head:
        inner = _block(layout.head, head, 1, 1)
        if layout.line:
            inner += _block(layout.line, "".join(map(_element, layout.item_fields)), *layout.lines)
    parts = [_block(layout.document, inner, *layout.documents)]
    if not layout.is_receipt:
        parts += [
            _block("BaseTransfer", "".join(map(_element, TRANSFER)), 1, 1),
            _block("BaseSubscribe", "".join(map(_element, SUBSCRIBE)), 0, 5),
            SIGNATURE,
        ]
    return f'{HEAD}<xs:element name="{layout.name}"><xs:complexType><xs:sequence>{"".join(parts)}</xs:sequence>{ATTRIBUTES}</xs:complexType></xs:element></xs:schema>'


@cache
def schema_of(kind: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.fromstring(xsd(table(kind)).encode()))


def columns_config(layout: MessageTable) -> str:
    """xml2arrow's layout for canonical messages under one root `b`: one row for each child of a document."""
    top = f"/b/{layout.name}"
    base = f"{top}/{layout.document}"
    lines = ["tables:", "  - {name: messages, xml_path: /b, levels: [message], fields: []}"]
    if layout.head:
        lines.append(f"  - {{name: documents, xml_path: {top}, levels: [message, document], fields: []}}")
        lines += ["  - name: rows", f"    xml_path: {base}", "    levels: [message, document, row]", "    fields:"]
        lines += [_column(f"h_{field.name}", f"{base}/{layout.head}/{field.name}") for field in layout.head_fields]
        lines += [_column(f"i_{field.name}", f"{base}/{layout.line}/{field.name}") for field in layout.item_fields]
    else:
        lines += ["  - name: rows", f"    xml_path: {top}", "    levels: [message, document]", "    fields:"]
        lines += [_column(f"h_{field.name}", f"{base}/{field.name}") for field in layout.head_fields]
    return "\n".join(lines) + "\n"


def _column(name: str, path: str) -> str:
    return f"    - {{name: {name}, xml_path: {path}, data_type: Utf8, nullable: true}}"


@cache
def columns_parser(kind: str) -> XmlToArrowParser:
    """The compiled parser of one message type (the library reads its layout from a file)."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
        file.write(columns_config(table(kind)))
        file.flush()
        return XmlToArrowParser(file.name)
