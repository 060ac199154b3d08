"""Mappings: from the columns a sender has to the fields a kind of feed wants; lines of text that are checked when they are registered.

waybill_no = 运单号 | upper
posted_on = 寄递日期 | date %Y%m%d
weight_kg = 重量(克) | unit 0.001
country = 目的国 | table 美国:502; 日本:116
currency = "CNY"
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from gongfu.core.fields import Field
from gongfu.core.rule import Finding

MOST_LINES, LONGEST_COLUMN = 200, 120
PLAIN = re.compile(r"-?\d{1,15}(\.\d{1,9})?")


@dataclass(frozen=True, slots=True)
class Source:
    """Where one field comes from: a column, or a constant; and the transforms by name with their arguments."""

    field: str
    column: str = ""
    constant: str = ""
    steps: tuple[tuple[str, str], ...] = ()


def _date(text: str, layout: str) -> str:
    return datetime.strptime(text, layout).date().isoformat()  # noqa: DTZ007  (a day has no zone)


def _moment(text: str, layout: str) -> str:
    return datetime.strptime(text, layout).isoformat(" ")  # noqa: DTZ007  (Beijing time, as it was written)


def _unit(text: str, factor: str) -> str:
    plain = text.replace(",", "")
    if not PLAIN.fullmatch(plain) or not PLAIN.fullmatch(factor):
        raise ValueError(text)
    return f"{(Decimal(plain) * Decimal(factor)).normalize():f}"


@lru_cache(maxsize=256)
def pairs(argument: str) -> dict[str, str]:
    """A code table written as `old:new; old:new`; ValueError when a pair is not one."""
    found = [one.partition(":") for one in argument.replace("；", ";").replace("：", ":").split(";") if one.strip()]
    if not found or not all(mark for _, mark, _ in found):
        raise ValueError(argument)
    return {old.strip(): new.strip() for old, _, new in found}


def _table(text: str, argument: str) -> str:
    try:
        return pairs(argument)[text]
    except KeyError:
        raise ValueError(text) from None


TRANSFORMS: dict[str, Callable[[str, str], str]] = {
    "strip": lambda text, signs: text.strip(signs or None),
    "upper": lambda text, _: text.upper(),
    "digits": lambda text, _: "".join(sign for sign in text if sign.isdecimal()),
    "date": _date,
    "moment": _moment,
    "unit": _unit,
    "table": _table,
}
# A value on which each transform is tried with its argument when a mapping is registered.
SAMPLES: dict[str, Callable[[str], str]] = {
    "date": lambda layout: datetime(2026, 1, 31).strftime(layout),  # noqa: DTZ001
    "moment": lambda layout: datetime(2026, 1, 31, 8, 30).strftime(layout),  # noqa: DTZ001
    "unit": lambda _: "1",
    "table": lambda argument: next(iter(pairs(argument))),
}


def read(text: str, fields: Sequence[Field]) -> tuple[tuple[Source, ...], list[Finding]]:
    """(sources, every fault of the mapping): fields known and once, transforms known with arguments that work, needed fields named."""
    known = {one.name: one for one in fields}
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if len(lines) > MOST_LINES:
        return (), [_fault(MOST_LINES + 1, f"> {MOST_LINES}", "行数", "number of lines")]
    found: dict[str, Source] = {}
    faults: list[Finding] = []
    for number, line in lines:
        source, fault = _line(number, line)
        if source is not None and source.field not in known:
            fault = _fault(number, source.field, "没有这个字段", "no such field")
        elif source is not None and source.field in found:
            fault = _fault(number, source.field, "字段重复", "the field comes twice")
        if fault is not None:
            faults.append(fault)
        elif source is not None:
            found[source.field] = source
    faults += [
        Finding("FEED-UNMAPPED", field="mapping", value=one.name, facts={"title": one.title, "title_en": one.title_en})
        for one in fields
        if one.needed and one.only is None and one.name not in found and not faults
    ]
    return tuple(found.values()), faults


def _fault(number: int, value: str, why: str, why_en: str) -> Finding:
    return Finding("FEED-MAPPING", line=number, field="mapping", value=value[:60], facts={"why": why, "why_en": why_en})


def _line(number: int, line: str) -> tuple[Source | None, Finding | None]:
    name, mark, rest = line.partition("=")
    origin, *steps = (one.strip() for one in rest.split("|"))
    if not mark or not origin or len(origin) > LONGEST_COLUMN:
        return None, _fault(number, line, "应写成“字段 = 列名 | 变换”", "write “field = column | transform”")
    told = tuple((verb, argument.strip()) for verb, _, argument in (one.partition(" ") for one in steps))
    wrong = next((f"{verb} {argument}".strip() for verb, argument in told if not _works(verb, argument)), "")
    if wrong:
        return None, _fault(number, wrong, "变换不认识，或参数不对", "unknown transform, or a wrong argument")
    if len(origin) > 1 and origin[0] == origin[-1] == '"':
        return Source(name.strip(), constant=origin[1:-1], steps=told), None
    return Source(name.strip(), column=origin, steps=told), None


def _works(verb: str, argument: str) -> bool:
    if verb not in TRANSFORMS:
        return False
    try:
        if verb in SAMPLES:
            TRANSFORMS[verb](SAMPLES[verb](argument), argument)
    except (ValueError, StopIteration):
        return False
    return True


def columns(sources: Sequence[Source], fields: Sequence[Field]) -> dict[str, bool]:
    """The columns a mapping reads, each with whether a needed field depends on it."""
    needed = {one.name for one in fields if one.needed and one.only is None}
    found: dict[str, bool] = {}
    for one in sources:
        if one.column:
            found[one.column] = found.get(one.column, False) or one.field in needed
    return found


def applied(
    sources: Sequence[Source], row: Mapping[str, str], fields: Mapping[str, Field]
) -> tuple[dict[str, str], list[Finding]]:
    """(texts by field, faults): a value that a transform refuses is a finding, and the field stays empty."""
    raw: dict[str, str] = {}
    faults: list[Finding] = []
    for one in sources:
        text = one.constant or row.get(one.column, "").strip()
        try:
            for verb, argument in one.steps if text else ():
                text = TRANSFORMS[verb](text, argument)
        except ValueError:
            facts = {"title": fields[one.field].title, "title_en": fields[one.field].title_en, "column": one.column}
            faults.append(Finding("FEED-VALUE", field=one.field, value=text, facts=facts))
            text = ""
        raw[one.field] = text
    return raw, faults
