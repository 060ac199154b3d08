"""The message tables, read once: every field with its Chinese name, kind, length and code list."""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LOOSE_TABLES = frozenset(
    {"customs_district", "gb_t_2260_district", "port_of_destination", "return_status", "wrap_type", "traf_mode"}
)
IMPORT = frozenset({"CEB311", "CEB411", "CEB511", "CEB513", "CEB621", "CEB623", "CEB625", "CEB711"})
RECEIPTS = frozenset({"CEB792", "CEB816", "CEB818", "CEB900"})
# Orders, payments, waybills and receipts of money: what a list rests on, and a zone may pass on to customs besides.
FLOWS = ("CEB303Message", "CEB311Message", "CEB403Message", "CEB411Message", "CEB505Message", "CEB511Message", "CEB513Message")
UNBOUNDED = 1_000_000
# Receipt of each message type (CEB 202205, chapter of receipts).
RECEIPT_OF = {
    "CEB213Message": "CEB214Message",
    "CEB215Message": "CEB216Message",
    "CEB303Message": "CEB304Message",
    "CEB311Message": "CEB312Message",
    "CEB403Message": "CEB404Message",
    "CEB411Message": "CEB412Message",
    "CEB505Message": "CEB506Message",
    "CEB507Message": "CEB508Message",
    "CEB509Message": "CEB510Message",
    "CEB511Message": "CEB512Message",
    "CEB513Message": "CEB514Message",
    "CEB603Message": "CEB604Message",
    "CEB605Message": "CEB606Message",
    "CEB607Message": "CEB608Message",
    "CEB621Message": "CEB622Message",
    "CEB623Message": "CEB624Message",
    "CEB625Message": "CEB626Message",
    "CEB701Message": "CEB702Message",
    "CEB711Message": "CEB712Message",
}
# Seen in real messages, outside the schema, tolerated (reference of the 816 sample of Xi'an).
TOLERATED = {"CEB816Message": frozenset({"orderNo", "logisticsNo", "logisticNo"})}


@dataclass(frozen=True, slots=True)
class Field:
    """kind: C text, N decimal, I integer.  required: Y, N, or C (conditional).  low..high: length of text."""

    name: str
    chinese: str
    kind: str
    required: str
    low: int
    high: int
    digits: int = 0
    fraction: int = 0
    codes: str = ""
    personal: str = ""

    @property
    def optional(self) -> bool:
        return self.required != "Y"


# The transfer block, the same in every message that has one.
TRANSFER = (
    Field("copCode", "传输企业代码", "C", "Y", 1, 18),
    Field("copName", "传输企业名称", "C", "N", 0, 100),
    Field("dxpMode", "报文传输模式", "C", "N", 0, 3),
    Field("dxpId", "报文传输编号", "C", "N", 0, 30),
    Field("note", "备注", "C", "N", 0, 1000),
)
SUBSCRIBE = (
    Field("status", "订阅状态", "C", "Y", 0, 100),
    Field("dxpMode", "报文传输模式", "C", "Y", 0, 3),
    Field("dxpAddress", "报文传输编号", "C", "Y", 0, 100),
    Field("note", "备注", "C", "N", 0, 1000),
)


@dataclass(frozen=True, slots=True)
class MessageTable:
    """One message: its document element, the head and line elements in it ("" when the fields lie in the document)."""

    name: str
    title: str
    document: str
    head: str
    line: str
    documents: tuple[int, int]
    lines: tuple[int, int]
    signature: str
    signed: str
    head_fields: tuple[Field, ...]
    item_fields: tuple[Field, ...]

    @property
    def is_receipt(self) -> bool:
        return not self.signature

    @property
    def is_import(self) -> bool:
        return self.name[:6] in IMPORT

    @property
    def numbers_lines(self) -> bool:
        """Whether gnum counts the document's own lines; in a result of a summary (CEB792) it is the line of each cited list."""
        names = {one.name for one in self.item_fields}
        return "gnum" in names and "gseqno" not in names


@cache
def code_table(name: str) -> dict[str, str]:
    """Code → Chinese name; empty when the list is not at hand."""
    path = HERE / "codes" / f"{name}.csv"
    if not name or not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as lines:
        return {row[0]: row[1] for row in list(csv.reader(lines))[1:] if row}


@cache
def code_names(name: str) -> tuple[tuple[str, str, str], ...]:
    """(code, Chinese name, English name) of a code list; the Chinese one where there is no English name."""
    with (HERE / "codes" / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return tuple((row[0], row[1], row[2] or row[1]) for row in list(csv.reader(lines))[1:] if row)


def _field(entry: dict[str, str]) -> Field:
    length, kind = entry["length"], entry["kind"]
    low, high, digits, fraction = 0, UNBOUNDED, 0, 0
    if "," in length:
        digits, fraction = (int(part) for part in length.split(","))
    elif ".." in length:
        low, high = (int(part) for part in length.split(".."))
    elif length:
        low = high = int(length)
    if "" in code_table(entry.get("codes", "")):
        low = 0  # the code list itself knows an empty value
    if kind == "I":
        low, high, digits = 0, UNBOUNDED, high if length else 9
    return Field(
        entry["name"],
        entry["zh"],
        kind,
        entry["required"],
        low,
        high,
        digits,
        fraction,
        entry.get("codes", ""),
        entry.get("personal", ""),
    )


def _table(entry: dict[str, Any]) -> MessageTable:
    fields = {part: tuple(_field(one) for one in entry[part]) for part in ("head_fields", "item_fields")}
    occurs = {part: (entry[part][0], entry[part][1] or UNBOUNDED) for part in ("documents", "lines")}
    return MessageTable(
        entry["name"],
        entry["title"],
        entry["document"],
        entry["head"],
        entry["line"],
        occurs["documents"],
        occurs["lines"],
        entry["signature"],
        entry["signed"],
        **fields,
    )


@cache
def tables() -> dict[str, MessageTable]:
    """Every message table by name, such as `CEB621Message`."""
    read = (tomllib.loads(path.read_text("utf-8")) for path in sorted((HERE / "messages").glob("*.toml")))
    return {entry["name"]: _table(entry) for entry in read}


def table(name: str) -> MessageTable:
    """The table of a message; KeyError for an unknown one."""
    return tables()[name]


def _alpha3(name: str) -> frozenset[str]:
    """Three-letter codes, which the schema lets pass beside the numbers."""
    with (HERE / "codes" / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return frozenset(row["alpha3"] for row in csv.DictReader(lines) if row["alpha3"])


@cache
def allowed(field: Field) -> frozenset[str]:
    """The codes a field may hold; empty when any will do."""
    if not field.codes or field.codes in LOOSE_TABLES:
        return frozenset()
    codes = frozenset(code_table(field.codes))
    return codes | _alpha3(field.codes) if field.codes == "country" else codes
