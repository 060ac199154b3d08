"""Part of a message sent on: the documents as they came, in a new message of the platform's own, signed by it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, cast

from lxml import etree

from gongfu.core.ceb import gate, sign
from gongfu.core.ceb.certificates import Certificate, SigningKey

NAMESPACE = "http://www.chinaport.gov.cn/ceb"


@dataclass(frozen=True, slots=True)
class Signer:
    """Who hands documents on: the transfer identity and its key."""

    code: str
    name: str
    dxp_id: str
    key: SigningKey
    certificate: Certificate


def subset(data: bytes, guids: Collection[str], *, guid: str, signer: Signer) -> bytes:
    """A signed message of the same type with the documents of these guids, unchanged, and the platform's BaseTransfer.

    ValueError when the bytes hold no such document: they were accepted before, so this is our fault.
    """
    root = gate.parse(data).root
    if root is None:
        raise ValueError("the accepted bytes can no longer be read")
    fresh = etree.Element(root.tag, nsmap=cast(Any, root.nsmap))
    fresh.set("guid", guid)
    fresh.set("version", "1.0")
    wanted = {one.upper() for one in guids}
    for document in list(root):
        if isinstance(document.tag, str) and _guid(document) in wanted:
            document.tail = None
            fresh.append(document)
    if not len(fresh):
        raise ValueError("none of the documents is in the accepted bytes")
    fresh.append(_transfer(etree.QName(root).namespace or NAMESPACE, signer))
    return sign.sign(etree.tostring(fresh), signer.key, signer.certificate)


def _guid(document: etree._Element) -> str:
    """The document's guid: in its head, or in the document itself where it is flat."""
    for child in document.iter():
        if isinstance(child.tag, str) and etree.QName(child).localname == "guid":
            return (child.text or "").strip().upper()
    return ""


def _transfer(namespace: str, signer: Signer) -> etree._Element:
    node = etree.Element(f"{{{namespace}}}BaseTransfer")
    for name, text in (
        ("copCode", signer.code),
        ("copName", signer.name),
        ("dxpMode", "DXP"),
        ("dxpId", signer.dxp_id),
    ):
        etree.SubElement(node, f"{{{namespace}}}{name}").text = text
    return node
