"""DXP envelopes: DxpMsg of a terminal node, DxpMsgSv of a transport node, DxpRep the exchange's own answer."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from lxml import etree

from gongfu.core.ceb.decode import children, local
from gongfu.core.rule import Finding

NAMESPACE = "http://www.chinaport.gov.cn/dxp"
MAX_RECEIVERS = 5
PLAIN: Any = {None: NAMESPACE}  # the default namespace, without a prefix


@dataclass(frozen=True, slots=True)
class Envelope:
    """What an envelope says, and the business bytes inside.  transport: SvNo of a DxpMsgSv, empty without one."""

    cop_msg_id: str
    sender_id: str
    receiver_ids: tuple[str, ...]
    created_at: str
    msg_type: str
    data: bytes
    file_name: str = ""
    keys: dict[str, str] = field(default_factory=dict)
    transport: dict[str, str] = field(default_factory=dict)


def _sub(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    element.text = text
    return element


def envelope_element(
    data: bytes,
    *,
    cop_msg_id: str,
    sender_id: str,
    receiver_ids: Sequence[str],
    created_at: datetime | str,
    msg_type: str,
    file_name: str = "",
    keys: Mapping[str, str] | None = None,
) -> etree._Element:
    """A DxpMsg element.  created_at: a moment (written as its local clock says) or the text itself."""
    root = etree.Element(f"{{{NAMESPACE}}}DxpMsg", nsmap=PLAIN)
    root.set("ver", "1.0")
    info = _sub(root, "TransInfo")
    _sub(info, "CopMsgId", cop_msg_id)
    _sub(info, "SenderId", sender_id)
    receivers = _sub(info, "ReceiverIds")
    for one in receiver_ids:
        _sub(receivers, "ReceiverId", one)
    _sub(info, "CreatTime", created_at if isinstance(created_at, str) else created_at.strftime("%Y-%m-%dT%H:%M:%S"))
    _sub(info, "MsgType", msg_type)
    _sub(root, "Data", base64.b64encode(data).decode())
    if file_name or keys:
        more = _sub(root, "AddInfo")
        if file_name:
            _sub(more, "FileName", file_name)
        if keys:
            block = _sub(more, "BizKey")
            for name, value in keys.items():
                _sub(block, "Key", value).set("name", name)
    return root


def wrap(
    data: bytes,
    *,
    cop_msg_id: str,
    sender_id: str,
    receiver_ids: Sequence[str],
    created_at: datetime | str,
    msg_type: str,
    file_name: str = "",
    keys: Mapping[str, str] | None = None,
) -> bytes:
    """The bytes of a DxpMsg around a business message."""
    return etree.tostring(
        envelope_element(
            data,
            cop_msg_id=cop_msg_id,
            sender_id=sender_id,
            receiver_ids=receiver_ids,
            created_at=created_at,
            msg_type=msg_type,
            file_name=file_name,
            keys=keys,
        ),
        encoding="utf-8",
        xml_declaration=True,
    )


def wrap_transport(inner: etree._Element, *, msg_id: str, send_time: str, start_node: str, end_node: str) -> bytes:
    """A DxpMsgSv around a DxpMsg.  msg_id: 8-character node, 14 digits of time, 10 digits."""
    root = etree.Element(f"{{{NAMESPACE}}}DxpMsgSv", nsmap=PLAIN)
    root.set("ver", "1.0")
    node = _sub(root, "SvNo")
    node.set("Ver", "1.0")
    for name, text in (("MsgId", msg_id), ("SendTime", send_time), ("EndNode", end_node), ("StaNode", start_node)):
        _sub(node, name, text)
    root.append(inner)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def unwrap(root: etree._Element) -> Envelope | list[Finding]:
    """Open a DxpMsg or DxpMsgSv; the faults when it cannot be opened."""
    if local(root) == "DxpMsgSv":
        return _unwrap_transport(root)
    parts, found = _once(root, (("TransInfo", "客户端节点"), ("Data", "待传输数据")))
    if found:
        return found
    info, found = _once(
        parts["TransInfo"], (("CopMsgId", "原始报文id"), ("SenderId", "发送方id"), ("ReceiverIds", "接收方"))
    )
    receivers = tuple(_text(one) for _, one in children(info["ReceiverIds"])) if "ReceiverIds" in info else ()
    if "ReceiverIds" in info and not 1 <= len(receivers) <= MAX_RECEIVERS:
        facts = {"chinese": "接收方id", "limit": f"1 到 {MAX_RECEIVERS}"}
        found.append(Finding("SCHEMA-COUNT", field="ReceiverId", value=str(len(receivers)), facts=facts))
    data = _business(parts["Data"])
    if data is None:
        found.append(Finding("SCHEMA-BASE64", field="Data"))
    if found or data is None:
        return found
    name, keys = _additional(parts.get("AddInfo"))
    texts = {key: _text(element) for key, element in info.items()}
    return Envelope(
        texts["CopMsgId"],
        texts["SenderId"],
        receivers,
        texts.get("CreatTime", ""),
        texts.get("MsgType", ""),
        data,
        name,
        keys,
    )


def _unwrap_transport(root: etree._Element) -> Envelope | list[Finding]:
    """The DxpMsg in a DxpMsgSv, with what the transport node wrote about it."""
    parts, found = _once(root, (("DxpMsg", "终端节点报文"),))
    if found:
        return found
    opened = unwrap(parts["DxpMsg"])
    if isinstance(opened, Envelope) and "SvNo" in parts:
        return replace(opened, transport={name: _text(one) for name, one in children(parts["SvNo"])})
    return opened


Named = tuple[tuple[str, str], ...]


def _once(parent: etree._Element, wanted: Named) -> tuple[dict[str, etree._Element], list[Finding]]:
    """The children by name; findings for wanted ones that are missing and for any that comes twice."""
    parts: dict[str, etree._Element] = {}
    found = []
    for name, child in children(parent):
        if name in parts:
            found.append(Finding("SCHEMA-REPEATED", field=name, facts={"chinese": dict(wanted).get(name, name)}))
        parts.setdefault(name, child)
    return parts, found + [_missing(name, title) for name, title in wanted if name not in parts]


def _text(element: etree._Element) -> str:
    return (element.text or "").strip()


def _business(element: etree._Element) -> bytes | None:
    """The bytes in Data; None when its content is not base64 and nothing else."""
    if len(element):
        return None
    try:
        return base64.b64decode("".join((element.text or "").split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def _additional(element: etree._Element | None) -> tuple[str, dict[str, str]]:
    """File name and business keys of AddInfo."""
    if element is None:
        return "", {}
    more = dict(children(element))
    keys = {one.get("name", ""): one.text or "" for _, one in children(more["BizKey"])} if "BizKey" in more else {}
    return ((more["FileName"].text or "") if "FileName" in more else ""), keys


def _missing(name: str, title: str) -> Finding:
    return Finding("SCHEMA-MISSING", field=name, facts={"chinese": title})


@dataclass(frozen=True, slots=True)
class Response:
    """One answer of the exchange platform: code of codes/dxp_error.csv, and the message it is about."""

    code: str
    info: str
    cop_msg_id: str
    sender_id: str


def wrap_response(
    receiver_id: str,
    response: Response,
    *,
    noticed_on: str,
    receivers: Sequence[str],
    created_at: str,
    msg_type: str = "",
) -> bytes:
    """A DxpRep (`RecevierId` is spelled so).  created_at, msg_type: those of the message it answers."""
    root = etree.Element(f"{{{NAMESPACE}}}DxpRep", nsmap=PLAIN)
    root.set("ver", "1.0")
    _sub(root, "RecevierId", receiver_id)
    block = _sub(root, "Response")
    _sub(block, "ResponseCode", response.code)
    _sub(block, "ResponseInfo", response.info)
    _sub(block, "NoticeTime", noticed_on)
    head = _sub(block, "OriHead")
    _sub(head, "CopMsgId", response.cop_msg_id)
    _sub(head, "SenderId", response.sender_id)
    listed = _sub(head, "ReceiverIds")
    for one in receivers:
        _sub(listed, "ReceiverId", one)
    _sub(head, "CreatTime", created_at)
    _sub(head, "MsgType", msg_type)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def read_response(root: etree._Element) -> list[Response]:
    """The answers in a DxpRep; empty when there is none."""
    found = []
    for name, block in children(root):
        if name == "Response":
            parts = dict(children(block))
            head = (
                {inner: (child.text or "").strip() for inner, child in children(parts["OriHead"])}
                if "OriHead" in parts
                else {}
            )
            texts = {inner: (child.text or "").strip() for inner, child in parts.items()}
            found.append(
                Response(
                    texts.get("ResponseCode", ""),
                    texts.get("ResponseInfo", ""),
                    head.get("CopMsgId", ""),
                    head.get("SenderId", ""),
                )
            )
    return found
