"""Value checks of one field: length, number, date, code. Each fault is a finding with the Chinese name and what was seen."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache

from gongfu.core.ceb.schema import Field, allowed
from gongfu.core.mask import mask
from gongfu.core.rule import Finding

DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
INTEGER = re.compile(r"[+-]?[0-9]+")
BLANKS = " \t\r\n"
DATES = {14: "%Y%m%d%H%M%S", 17: "%Y%m%d%H%M%S", 8: "%Y%m%d"}
DATE_FIELDS = frozenset(
    {
        "appTime",
        "payTime",
        "accountingDate",
        "opDate",
        "logisticsTime",
        "declTime",
        "ieDate",
        "returnTime",
        "startTime",
        "endTime",
        "arrivalTime",
        "leaveTime",
        "inDate",
        "beginDate",
    }
)
CENTURIES = ("19", "20")


def field_finding(field: Field, text: str, document: str, line: int) -> Finding | None:
    """The first fault of one value, None when it is sound.  document: the finding's key.  line: gnum or 0."""
    if field.kind == "N":
        code, facts = _decimal(field, text)
    elif field.kind == "I":
        code, facts = _integer(field, text)
    else:
        code, facts = _text(field, text)
    if not code:
        return None
    return Finding(
        code,
        document,
        line,
        field.name,
        mask(text, field.personal) if field.personal else text[:60],
        {"chinese": field.chinese, **facts},
        ("R-1501",),
    )


def _decimal(field: Field, text: str) -> tuple[str, dict[str, object]]:
    value = text.strip(BLANKS)
    if not DECIMAL.fullmatch(value):
        return "SCHEMA-NUMBER", {"limit": f"{field.digits},{field.fraction}"}
    whole, _, part = value.lstrip("+-").partition(".")
    fraction = part.rstrip("0")
    if len(fraction) > field.fraction or len(whole.lstrip("0")) + len(fraction) > field.digits:
        return "SCHEMA-DIGITS", {"digits": field.digits, "fraction": field.fraction}
    if value.startswith("-") and value.strip("-0.") != "":
        return "SCHEMA-NEGATIVE", {}
    return "", {}


def _integer(field: Field, text: str) -> tuple[str, dict[str, object]]:
    value = text.strip(BLANKS)
    if not INTEGER.fullmatch(value):
        return "SCHEMA-NUMBER", {"limit": "整数"}
    if value.startswith("-") and value.strip("-0") != "":
        return "SCHEMA-NEGATIVE", {}
    if len(value.lstrip("+0")) > field.digits:
        return "SCHEMA-DIGITS", {"digits": field.digits, "fraction": 0}
    return "", {}


def _text(field: Field, text: str) -> tuple[str, dict[str, object]]:
    if not field.low <= len(text) <= field.high:
        limit = f"{field.low}" if field.low == field.high else f"{field.low} 到 {field.high}"
        return ("SCHEMA-EMPTY" if not text else "SCHEMA-LENGTH"), {"limit": limit, "seen": len(text)}
    if text and field.name in DATE_FIELDS and not is_date(text):
        return "SCHEMA-DATE", {"limit": field.high}
    codes = allowed(field)
    if text and codes and text not in codes:
        return "SCHEMA-CODE", {"known": _first(codes)}
    return "", {}


@cache
def _first(codes: frozenset[str]) -> str:
    """Some codes of a list, as an example."""
    return "、".join(sorted(codes)[:8])


def is_date(text: str) -> bool:
    """Whether 8, 14 or 17 digits name a real day and time of this century or the last."""
    form = DATES.get(len(text))
    if form is None or not text.isdecimal() or not text.isascii() or not text.startswith(CENTURIES):
        return False
    try:
        datetime.strptime(text[:14], form)  # noqa: DTZ007  (digits of Beijing time, checked only)
    except ValueError:
        return False
    return True


BONDED = frozenset({"1210", "1239"})


def conditional_findings(kind: str, head: dict[str, str], items: list[dict[str, str]], document: str) -> list[Finding]:
    """What the field list asks for on a condition: transport data of 9610, account book of 1210, pairs of second quantities."""
    found = []
    if kind == "CEB621Message":
        bonded = head.get("tradeMode") in BONDED
        wanted = ("emsNo", "areaCode", "areaName") if bonded else ("trafNo", "voyageNo", "billNo")
        found += [_missing(name, document, 0, head.get("tradeMode", "")) for name in wanted if not head.get(name)]
        if bonded:
            found += [
                _missing("itemRecordNo", document, _gnum(item), head.get("tradeMode", ""))
                for item in items
                if not item.get("itemRecordNo")
            ]
    for item in items:
        if bool(item.get("qty2")) != bool(item.get("unit2")):
            found.append(
                Finding("SCHEMA-PAIR", document, _gnum(item), "qty2", item.get("qty2", ""), {"other": "unit2"})
            )
    return found


def _missing(name: str, document: str, line: int, mode: str) -> Finding:
    return Finding("SCHEMA-CONDITION", document, line, name, "", {"condition": f"tradeMode={mode}"}, ("R-212",))


def _gnum(item: dict[str, str]) -> int:
    text = item.get("gnum", "")
    return int(text) if text.strip().isdecimal() and len(text) < 9 else 0
