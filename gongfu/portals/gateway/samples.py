"""Published samples of every message type: sound ones, and bad ones with the finding each must get.

They are made from the message tables, always the same, and signed with the published sample key (sample/): whoever has
no certificate yet can send them as they are; the sandbox and the conformance test know the sample firm.
"""

from __future__ import annotations

import copy
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random

from gongfu.core.ceb import codec, envelope, gate, sign
from gongfu.core.ceb.certificates import Certificate, SigningKey, load_certificate
from gongfu.core.ceb.check import DATE_FIELDS
from gongfu.core.ceb.messages import Decoded, Document
from gongfu.core.ceb.samples import guid
from gongfu.core.ceb.schema import UNBOUNDED, Field, MessageTable, allowed, table, tables
from gongfu.peers.day import SENDERS
from gongfu.peers.firms import Firm, firm_code
from gongfu.peers.orders import Unit, goods, make
from gongfu.zones.plan import plans

FOLDER = Path(__file__).parent / "sample"
SAMPLE_CODE = firm_code("510000", 1)
SAMPLE_NAME = "公服样例企业"
DXP_ID = "DXPENTSAMPLE0001"
PLAN = "nanchong"
AT = datetime(2026, 6, 1, 10, 0, 0)  # noqa: DTZ001  (Beijing time written into samples)
DAY, SECOND, LONGEST_TEXT = "20260601", "20260601100000", 10_000
EXPORTS = frozenset({"CEB303Message", "CEB505Message", "CEB603Message"})
DECLARED = "2"
FIRM_FIELDS = ("Code", "copCode")
BEFORE_CHECKS = frozenset({"guid", "appType", "appTime", "appStatus"})


@dataclass(frozen=True, slots=True)
class Sample:
    """One published message. `expected`: the code of the finding a bad one must get, "" for a sound one."""

    name: str
    type: str
    expected: str
    about_zh: str
    about_en: str
    guid: str
    data: bytes
    fingerprint: str


@cache
def signer() -> tuple[SigningKey, Certificate]:
    """The published sample key and its certificate."""
    return SigningKey.load((FOLDER / "key.pem").read_bytes()), load_certificate(
        (FOLDER / "certificate.pem").read_bytes()
    )


@cache
def samples(kind: str) -> tuple[Sample, ...]:
    """The samples of a message type, the sound ones first. Receipts, which nobody sends us, have one unsigned sample."""
    layout = table(kind)
    one, three = _sound(layout, 1, 1), _sound(layout, min(3, layout.documents[1]), 2)
    if layout.is_receipt:
        return (_sample(1, layout, one, "good-1", "", "一份回执", "One receipt"),)
    made = [
        _sample(1, layout, one, "good-1", "", "一份单证，只填必填项", "One document"),
        _sample(2, layout, three, "good-2", "", "多份单证", "Several documents"),
    ]
    for number, (name, code, zh, en, change) in enumerate(_faults(layout, one), start=3):
        spoiled = copy.deepcopy(one)
        change(spoiled)
        made.append(_sample(number, layout, spoiled, f"bad-{name}", code, zh, en))
    number = len(made) + 1
    made += [_tampered(number, layout, one), _with_doctype(number + 1, layout, one)]
    return tuple(made)


def fingerprint(data: bytes) -> str:
    """What the documents of a message say, whoever signed and sent it; its SHA-256 when it cannot be read."""
    body, fault = envelope.business(data)
    root = None if fault else gate.parse(body).root
    if root is None:
        return hashlib.sha256(data).hexdigest()
    told = [[one.head, one.items] for one in codec.decode(root).documents]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def archive(kind: str) -> bytes:
    """All samples of a type as a zip, with expected.json and the sample certificate beside them; always the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as box:
        expected = {f"{one.name}.xml": one.expected for one in samples(kind)}
        files = {f"{one.name}.xml": one.data for one in samples(kind)}
        files["expected.json"] = json.dumps(expected, indent=1).encode()
        files["certificate.pem"] = (FOLDER / "certificate.pem").read_bytes()
        for name, data in files.items():
            info = zipfile.ZipInfo(
                f"{kind[:6].lower()}-{name}" if name.endswith(".xml") else name, (2026, 6, 1, 0, 0, 0)
            )
            box.writestr(info, data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _sample(number: int, layout: MessageTable, message: Decoded, name: str, code: str, zh: str, en: str) -> Sample:
    message.guid = f"{layout.name[3:6].rjust(8, '0')}-2022-4005-8000-{number:012d}"
    data = codec.encode(message)
    if not layout.is_receipt:
        data = sign.sign(data, *signer())
    return Sample(name, layout.name, code, zh, en, message.guid, data, fingerprint(data))


def _tampered(number: int, layout: MessageTable, message: Decoded) -> Sample:
    """Signed, then changed: the signature no longer fits."""
    zh, en = "签名后又改了内容", "Changed after signing"
    one = _sample(number, layout, copy.deepcopy(message), "bad-tampered", "SIGN-INVALID", zh, en)
    data = one.data.replace(
        SAMPLE_NAME.encode() + b"</ceb:copName>", SAMPLE_NAME.encode() + "改</ceb:copName>".encode()
    )
    return Sample(one.name, one.type, one.expected, zh, en, one.guid, data, fingerprint(data))


def _with_doctype(number: int, layout: MessageTable, message: Decoded) -> Sample:
    zh, en = "带有 DOCTYPE", "With a DOCTYPE"
    one = _sample(number, layout, copy.deepcopy(message), "bad-doctype", "XML-DOCTYPE", zh, en)
    data = b"<!DOCTYPE ceb>" + one.data
    return Sample(one.name, one.type, one.expected, zh, en, one.guid, data, fingerprint(data))


def _sound(layout: MessageTable, count: int, seed: int) -> Decoded:
    rng = Random(f"{layout.name}{seed}")
    documents = [_document(layout, rng, position, seed) for position in range(count)]
    message = Decoded(layout.name, "", "1.0", documents)
    if not layout.is_receipt:
        message.transfer = {"copCode": SAMPLE_CODE, "copName": SAMPLE_NAME, "dxpMode": "DXP", "dxpId": DXP_ID}
    return message


# What comes in: parcels at their site, and exported goods that come back.
INWARD = dict.fromkeys(("CEB711Message", "CEB213Message", "CEB215Message"), "I")


def _document(layout: MessageTable, rng: Random, position: int, seed: int) -> Document:
    """A made purchase's document where the demonstration makes them, else the required fields with plain values."""
    if layout.name in SENDERS:
        unit = _purchase(layout.name in EXPORTS, rng, seed * 10 + position)
        head = unit.heads[layout.name]
        return Document(position, head["guid"], head, unit.lines.get(layout.name, []))
    head = {one.name: _value(one, rng, position) for one in layout.head_fields if one.required == "Y"}
    if "ieFlag" in head:
        head["ieFlag"] = INWARD.get(layout.name, "E")
    items = []
    for number in range(1, layout.lines[0] + 1 if layout.line else 1):
        items.append({one.name: _value(one, rng, number) for one in layout.item_fields if one.required == "Y"})
    for number, item in enumerate(items, start=1):
        if "gnum" in item:
            item["gnum"] = str(number)
    return Document(position, head.get("guid", ""), head, items)


def _purchase(export: bool, rng: Random, number: int) -> Unit:
    kinds = ("platform", "ecommerce", "payment", "logistics", "declarant")
    known = {kind: [Firm(SAMPLE_CODE, SAMPLE_NAME, kind, PLAN, DXP_ID, "rsa")] for kind in kinds}
    return make(plans()[PLAN], number, rng, AT, goods(), "9610", export, 20, known)


def _value(field: Field, rng: Random, number: int) -> str:
    """A plain value that the field allows."""
    if field.name == "guid":
        return guid(rng)
    if field.name == "appStatus":
        return DECLARED
    codes = sorted(one for one in allowed(field) if one)
    if codes:
        return codes[0]
    if field.kind == "N":
        return "1.00"
    if field.kind == "I":
        return str(number or 1)
    if field.name in DATE_FIELDS and field.high in (8, 14, 17):
        return f"{SECOND}000"[: field.high]
    if field.name.endswith(FIRM_FIELDS) and field.low <= len(SAMPLE_CODE) <= field.high:
        return SAMPLE_CODE
    text = f"S{DAY}{number + 1:04d}" if field.name.endswith(("No", "Id", "Numbers", "Code")) else field.chinese
    longest = min(field.high, LONGEST_TEXT) if field.high < UNBOUNDED else LONGEST_TEXT
    return text[:longest].ljust(field.low, "0")


Fault = tuple[str, str, str, str, Callable[[Decoded], None]]


def _head(name: str, value: str | None) -> Callable[[Decoded], None]:
    def change(message: Decoded) -> None:
        head = message.documents[0].head
        head.pop(name, None)
        if value is not None:
            head[name] = value

    return change


def _add_yuan(name: str, *, line: bool = False) -> Callable[[Decoded], None]:
    def change(message: Decoded) -> None:
        document = message.documents[0]
        part = document.items[0] if line else document.head
        part[name] = f"{Decimal(part[name]) + 1:.2f}"

    return change


def _line(name: str, value: str) -> Callable[[Decoded], None]:
    def change(message: Decoded) -> None:
        message.documents[0].items[0][name] = value

    return change


# Faults of form: name, code, what is wrong in both languages ({} is the field), and the wrong value (None takes the field out).
FORM: tuple[tuple[str, str, str, str, Callable[[Field], str | None]], ...] = (
    ("missing", "SCHEMA-MISSING", "缺少 {}", "Without {}", lambda one: None),
    ("too-long", "SCHEMA-LENGTH", "{} 过长", "{} too long", lambda one: "9" * (one.high + 1)),
    ("code", "SCHEMA-CODE", "{} 不在代码表里", "{} not in its code list", lambda one: "Z" * one.low),
    ("number", "SCHEMA-NUMBER", "{} 不是数字", "{} is no number", lambda one: "1,5"),
    ("date", "SCHEMA-DATE", "{} 没有这一天", "{} is no day", lambda one: "20261301000000"[: one.high]),
)


def _faults(layout: MessageTable, sound: Decoded) -> list[Fault]:
    """What is wrong with each bad sample: faults of form that the fields lend themselves to, then faults of business."""
    told = sound.documents[0].head
    dates = [one for one in layout.head_fields if one.name in DATE_FIELDS and one.high in (8, 14) and one.name in told]
    fields = [one for one in layout.head_fields if one.required == "Y" and one.name not in BEFORE_CHECKS]
    fields = [one for one in fields if told.get(one.name)]
    texts = [
        one for one in fields if one.kind == "C" and not one.codes and one not in dates and one.high < LONGEST_TEXT
    ]
    coded = [one for one in fields if allowed(one) and one.low > 0]
    numbers = [one for one in fields if one.kind == "N"]
    found = []
    for (name, code, zh, en, value), fit in zip(FORM, (fields, texts, coded, numbers, dates), strict=True):
        if fit:
            change = _head(fit[0].name, value(fit[0]))
            found.append((name, code, zh.format(fit[0].name), en.format(fit[0].name), change))
    return found + BUSINESS.get(layout.name, [])


_CODE: Fault = (
    "firm-code",
    "BIZ-FIRM-CODE",
    "企业代码校验位不符",
    "A firm's code with a wrong check sign",
    _head("logisticsCode", SAMPLE_CODE[:-1] + "W"),
)
_PRICE: Fault = (
    "line-total",
    "BIZ-LINE-TOTAL",
    "单价 × 数量 ≠ 总价",
    "Price × quantity is not the total",
    _add_yuan("price", line=True),
)
_CURRENCY: Fault = ("currency", "BIZ-CURRENCY", "币制不是人民币", "Another currency than CNY", _head("currency", "502"))
_BUYER: Fault = (
    "identity",
    "BIZ-ID-NUMBER",
    "身份证号校验位不符",
    "An identity number with a wrong check sign",
    _head("buyerIdNumber", "510000199001010009"),
)
BUSINESS: dict[str, list[Fault]] = {
    "CEB311Message": [
        ("paid-sum", "BIZ-PAID-SUM", "实付 ≠ 商品 + 运费 + 税 − 抵扣", "Paid is not goods + freight + tax − discount", _add_yuan("acturalPaid")),
        _PRICE, _CURRENCY, _BUYER,
    ],
    "CEB303Message": [("goods-sum", "BIZ-GOODS-SUM", "商品总额 ≠ 各项合计", "The goods value is not the sum of lines", _add_yuan("goodsValue")), _PRICE],
    "CEB411Message": [_CURRENCY, (*_BUYER[:4], _head("payerIdNumber", "510000199001010009"))],
    "CEB505Message": [_CODE], "CEB511Message": [_CODE], "CEB513Message": [_CODE],
    "CEB603Message": [_PRICE, ("direction", "BIZ-DIRECTION", "进出口标记不符", "The wrong direction", _head("ieFlag", "I"))],
    "CEB621Message": [
        _PRICE, _BUYER,
        ("condition", "SCHEMA-CONDITION", "直购进口缺提运单号", "Direct import without its bill number", _head("billNo", None)),
        ("guarantor", "BIZ-GUARANTOR", "担保企业不是本清单的企业", "A guarantor who is no party of the list", _head("assureCode", firm_code("510000", 2))),
        ("goods-code", "BIZ-GOODS-CODE", "商品编码不存在", "A goods code that does not exist", _line("gcode", "0000000000")),
        ("direction", "BIZ-DIRECTION", "进出口标记不符", "The wrong direction", _head("ieFlag", "E")),
    ],
}  # fmt: skip


@cache
def signed_types() -> tuple[str, ...]:
    """The types that firms send; the others are receipts."""
    return tuple(name for name, layout in tables().items() if not layout.is_receipt)


def known(data: bytes, kind: str, number: str) -> Sample | None:
    """The published sample that a message is, whoever signed it; None for a message of the firm's own."""
    if kind not in signed_types():  # not readable: a sample only when it is one byte for byte
        return next((one for name in signed_types() for one in samples(name) if one.data == data), None)
    found = next((one for one in samples(kind) if one.guid == number), None)
    return found if found and found.fingerprint == fingerprint(data) else None
