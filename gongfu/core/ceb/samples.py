"""Valid messages of any type, drawn from its table: for tests, benchmarks and developers who want to see one."""

from __future__ import annotations

import string
from random import Random

from gongfu.core.ceb.check import DATE_FIELDS
from gongfu.core.ceb.messages import Decoded, Document
from gongfu.core.ceb.schema import UNBOUNDED, Field, allowed, table

LETTERS = string.ascii_letters + string.digits + "无锡成都保税仓<>&\"' -_/.，（）"
LONGEST = 24


def guid(rng: Random) -> str:
    """36 characters in the shape of an upper-case UUID."""
    digits = "".join(rng.choices("0123456789ABCDEF", k=32))
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def value(field: Field, rng: Random) -> str:
    """A value that the field allows; never empty."""
    if field.name == "guid":
        return guid(rng)
    codes = sorted(allowed(field))
    if codes:
        return rng.choice(codes)
    if field.kind == "N":
        return f"{rng.randrange(10**6)}.{rng.randrange(10**field.fraction):0{field.fraction}d}"
    if field.kind == "I":
        return str(rng.randrange(1, 10 ** min(field.digits, 4)))
    if field.name in DATE_FIELDS and field.high in (8, 14, 17):
        return f"{rng.randrange(2019, 2027)}{rng.randrange(1, 13):02d}{rng.randrange(1, 29):02d}{rng.randrange(24):02d}{rng.randrange(60):02d}{rng.randrange(60):02d}123"[
            : field.high
        ]
    size = (
        field.low
        if field.low == field.high
        else rng.randint(max(field.low, 1), max(min(field.high, LONGEST), field.low, 1))
    )
    text = "".join(rng.choices(LETTERS, k=size))
    return text.strip() and text or "x" * size


def _values(fields: tuple[Field, ...], rng: Random) -> dict[str, str]:
    told = {field.name: value(field, rng) for field in fields if field.required == "Y" or rng.random() < 0.5}
    names = {field.name: field for field in fields}
    if "qty2" in names:
        both = rng.random() < 0.5
        for name in ("qty2", "unit2"):
            told.pop(name, None)
            if both:
                told[name] = value(names[name], rng)
    return told


def document(kind: str, rng: Random, position: int = 0, lines: int | None = None) -> Document:
    """One document with all that its table requires."""
    layout = table(kind)
    head = _values(layout.head_fields, rng)
    low, high = layout.lines
    count = rng.randint(low, min(high, max(low, 3))) if lines is None else lines
    items = [_values(layout.item_fields, rng) for _ in range(count if layout.line else 0)]
    for number, item in enumerate(items, start=1):
        if "gnum" in item:
            item["gnum"] = str(number)
    if kind == "CEB621Message":
        for field in layout.head_fields:
            if field.name in ("trafNo", "voyageNo", "billNo", "emsNo", "areaCode", "areaName"):
                head[field.name] = value(field, rng)
        for item in items:
            item["itemRecordNo"] = "R1"
    return Document(position, head["guid"], head, items)


def sample(kind: str, rng: Random, documents: int | None = None) -> Decoded:
    """One valid message of `kind`."""
    layout = table(kind)
    low, high = layout.documents
    count = documents or rng.randint(low, min(high, 3) if high < UNBOUNDED else 3)
    message = Decoded(kind, guid(rng), "1.0", [document(kind, rng, position) for position in range(count)])
    if not layout.is_receipt:
        message.transfer = {
            "copCode": "91511300MA6DEM014G",
            "copName": "演示",
            "dxpMode": "DXP",
            "dxpId": "DXPENT0000000001",
        }
    return message
