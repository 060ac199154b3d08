"""Writing messages: exact wire order, no whitespace, the prefix the official samples use."""

from __future__ import annotations

from lxml import etree

from gongfu.core.ceb.messages import Decoded, Document
from gongfu.core.ceb.schema import SUBSCRIBE, TRANSFER, Field, MessageTable, table

NAMESPACE = "http://www.chinaport.gov.cn/ceb"


def _sub(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    if text is not None:
        element.text = text
    return element


def build(message: Decoded) -> etree._Element:
    """The element tree of a message, unsigned; KeyError for an unknown type, ValueError for a sign XML cannot carry."""
    layout = table(message.type)
    root = etree.Element(f"{{{NAMESPACE}}}{message.type}", nsmap={"ceb": NAMESPACE})
    root.set("guid", message.guid)
    root.set("version", message.version)
    for document in message.documents:
        _document(root, layout, document)
    if message.transfer:
        _fields(_sub(root, "BaseTransfer"), TRANSFER, message.transfer)
    for told in message.subscribes:
        _fields(_sub(root, "BaseSubscribe"), SUBSCRIBE, told)
    if message.extend:
        _extend(root, message.extend)
    return root


def _extend(root: etree._Element, extend: dict[str, str]) -> None:
    block = _sub(root, "ExtendMessage")
    _sub(block, "name", extend.get("name", ""))
    _sub(block, "version", extend.get("version", ""))
    _sub(block, "Message", extend.get("Message", ""))


def _document(root: etree._Element, layout: MessageTable, document: Document) -> None:
    element = _sub(root, layout.document)
    _fields(_sub(element, layout.head) if layout.head else element, layout.head_fields, document.head)
    for item in document.items:
        _fields(_sub(element, layout.line), layout.item_fields, item)


def _fields(parent: etree._Element, fields: tuple[Field, ...], values: dict[str, str]) -> None:
    for field in fields:
        if field.name in values:
            _sub(parent, field.name, values[field.name])


def encode(message: Decoded) -> bytes:
    """The bytes of a message, unsigned, UTF-8 without declaration."""
    return etree.tostring(build(message), encoding="utf-8")


def signature_index(root: etree._Element) -> int:
    """Where the Signature goes among the root's children: last, or before ExtendMessage in export messages."""
    layout = table(etree.QName(root).localname)
    if layout.signature == "before_extend" and len(root) and etree.QName(root[-1]).localname == "ExtendMessage":
        return len(root) - 1
    return len(root)
