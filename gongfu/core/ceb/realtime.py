"""实时数据 (the 179 interface, announcement 2018-179): what customs asks a platform for one order, and the signed answer.

Byte for byte what is signed is what is sent: the two JSON nodes are written once and used in both places.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import serialization

from gongfu.core.ceb.certificates import SigningKey
from gongfu.core.text import hidden

OK, FAILED = "10000", "20000"
NO_JSON, UNFIT, NO_PLATFORM, NO_ORDER, REPEATED, TOO_LONG, STALE = "20001", "20002", "20003", "20004", "20005", "20006", "20007"
MESSAGES = {
    NO_JSON: "openReq 不是 JSON 对象",
    UNFIT: "{field} 缺失或不合格",
    NO_PLATFORM: "没有这个电商平台的登记",
    NO_ORDER: "没有这个订单的支付原始数据",
    REPEATED: "sessionID 已用于另一个订单",
    TOO_LONG: "原始数据超过 8000 字符",
    STALE: "serviceTime 与接收时间相差超过 {field} 小时",
}
LONGEST_REQUEST, LONGEST_RAW = 4_000, 8_000
LONGEST_TIME = 13
HOUR_MS = 3_600_000
SESSION = re.compile(r"[0-9A-Za-z_.:\-]{1,60}")  # it stands in the signed text as it is


@dataclass(frozen=True, slots=True)
class Request:
    """platDataOpen: customs wants the payment data of an order; `session_id` comes back with them.  service_time: milliseconds."""

    order_no: str
    session_id: str
    service_time: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A coded answer to a request that cannot be served."""

    code: str
    message: str


def refused(code: str, field: str = "") -> Refused:
    return Refused(code, MESSAGES[code].format(field=field))


def parse(text: str) -> Request | Refused:
    """The form parameter `openReq`."""
    try:
        told = json.loads(text) if 0 < len(text) <= LONGEST_REQUEST else None
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        return refused(NO_JSON)
    for name, longest in (("orderNo", 60), ("sessionID", 60)):
        value = told.get(name)
        if not isinstance(value, str) or not value.strip() or len(value) > longest or hidden(value):
            return refused(UNFIT, name)
    if not SESSION.fullmatch(told["sessionID"]):
        return refused(UNFIT, "sessionID")
    time = str(told.get("serviceTime", ""))
    if isinstance(told.get("serviceTime"), bool) or not (
        time.isascii() and time.isdecimal() and len(time) <= LONGEST_TIME
    ):
        return refused(UNFIT, "serviceTime")
    return Request(told["orderNo"], told["sessionID"], int(time))


def stale(asked: Request, at_ms: int, hours: int) -> Refused | None:
    """A request whose serviceTime lies further than `hours` from the moment of receipt, either way: a clock astray, or an old request played again."""
    return refused(STALE, str(hours)) if abs(at_ms - asked.service_time) > hours * HOUR_MS else None


def fingerprint(key: SigningKey) -> str:
    """SHA-256 of the public key: of its SubjectPublicKeyInfo (RSA), or of the point X||Y (SM2)."""
    if key.algorithm == "sm2":
        return hashlib.sha256(key.key[0]).hexdigest()
    told = key.key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(told).hexdigest()


def answer(code: str, message: str, at_ms: int) -> dict[str, Any]:
    """What platDataOpen is answered with."""
    return {"code": code, "message": message, "serviceTime": at_ms}


def amount(fen: int) -> str:
    """An amount as a JSON number: 12.30 for 1230 fen."""
    return f"{fen // 100}.{fen % 100:02d}"


def node(pairs: Mapping[str, Any], numbers: Mapping[str, str] | None = None) -> str:
    """A JSON object in the order given; `numbers` are written as they stand."""
    written = {name: json.dumps(value, ensure_ascii=False, separators=(",", ":")) for name, value in pairs.items()}
    written.update({name: text for name, text in (numbers or {}).items() if name in written})
    return "{" + ",".join(f'"{name}":{text}' for name, text in written.items()) + "}"


def nodes(objects: Sequence[str]) -> str:
    return "[" + ",".join(objects) + "]"


def signed_text(session_id: str, head: str, lists: str, service_time: int) -> bytes:
    """The four nodes joined by `||`, as the document says; certNo and signValue are not signed."""
    return f'"sessionID":"{session_id}"||"payExchangeInfoHead":"{head}"||"payExchangeInfoLists":"{lists}"||"serviceTime":"{service_time}"'.encode()


def upload(session_id: str, head: str, lists: str, service_time: int, cert_no: str, sign_value: str) -> str:
    """The form parameter `payExInfoStr` of realTimeDataUpload; head and lists are the very texts that were signed."""
    return (
        f'{{"sessionID":{json.dumps(session_id, ensure_ascii=False)},"payExchangeInfoHead":{head},"payExchangeInfoLists":{lists},'
        f'"serviceTime":"{service_time}","certNo":{json.dumps(cert_no)},"signValue":{json.dumps(sign_value)}}}'
    )


def outcome(text: str) -> tuple[str, str]:
    """(code, message) of customs' answer to an upload; FAILED for anything unreadable."""
    try:
        told = json.loads(text[:LONGEST_REQUEST])
        return str(told["code"])[:5], str(told.get("message", ""))[:200]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return FAILED, "海关的答复读不懂"
