"""Industry templates of B2B exports as data: what is asked, what the template fills in of a list (CEB603), what to look out for."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from gongfu.core.fields import Field, parse
from gongfu.reference.tables import LAST, table

FOLDER = Path(__file__).parents[1] / "industries"
KILO = "035"
# Units that count pieces (台, 座, 辆, 套, 个, 件 …, not pairs): a quantity in one is the same quantity in another.
PIECES = frozenset(f"{number:03d}" for number in range(1, 21))
# The declaration elements that every goods of the nomenclature has before its own: kind of brand, preference claimed abroad.
BRAND_KINDS = (
    ("0", "无品牌", "No brand"),
    ("1", "境内自主品牌", "Own domestic brand"),
    ("2", "境内收购品牌", "Acquired domestic brand"),
    ("3", "境外品牌（贴牌生产）", "Foreign brand, made to order"),
    ("4", "境外品牌（其他）", "Foreign brand, other"),
)
PREFERENCES = (
    ("0", "出口货物在最终目的国不享受优惠关税", "No preference at the destination"),
    ("1", "出口货物在最终目的国享受优惠关税", "Preference at the destination"),
    ("2", "不能确定", "Not known"),
)
COMMON = (
    Field("mode", "监管方式", "Mode", "choice", choices=(("9710", "9710 B2B 直接出口", "9710 B2B direct export"), ("9810", "9810 出口海外仓", "9810 overseas warehouse"))),
    Field("item_no", "货号", "Item number", longest=20),
    Field("hs10", "商品编码", "Goods code", "hs10"),
    Field("name", "品名", "Goods", longest=100),
    Field("country", "目的国", "Country", "country", help="三位代码，如 502", help_en="three digits, such as 502"),
    Field("qty", "数量", "Quantity", "decimal"),
    Field("price", "单价（元）", "Price (yuan)", "decimal"),
    Field("net_kg", "净重（千克）", "Net weight (kg)", "decimal", unit="kg"),
    Field("gross_kg", "毛重（千克）", "Gross weight (kg)", "decimal", unit="kg"),
    Field("packs", "件数", "Packages", "whole", least=1, most=99_999),
    Field("qty1", "法定数量（与净重、数量都不同时）", "Statutory quantity (where neither weight nor quantity)", "decimal", needed=False),
    Field("brand_kind", "品牌类型", "Kind of brand", "choice", choices=BRAND_KINDS),
    Field("preference", "出口享惠情况", "Preference", "choice", choices=PREFERENCES),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hint:
    """What to look out for with goods whose code begins with one of the prefixes.  flag: licence, inspection or value."""

    prefixes: tuple[str, ...]
    flag: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Industry:
    """One template.  head, line: elements of CEB603 it fills in as they are.  fields: what is asked."""

    code: str
    title_zh: str
    title_en: str
    chapters: tuple[str, ...]
    usual: tuple[str, ...]
    head: Mapping[str, str]
    line: Mapping[str, str]
    elements: tuple[Field, ...]
    hints: tuple[Hint, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        return (*COMMON, *self.elements)

    def hints_for(self, hs10: str) -> tuple[Hint, ...]:
        """The hints that the code meets."""
        return tuple(one for one in self.hints if hs10.startswith(one.prefixes))


@cache
def industries() -> dict[str, Industry]:
    """All templates, by code."""
    found = [_read(path) for path in sorted(FOLDER.glob("*.toml"))]
    return {one.code: one for one in found}


def _read(path: Path) -> Industry:
    told = tomllib.loads(path.read_text("utf-8"))
    elements = tuple(Field(one["name"], one["title_zh"], one["title_en"], longest=60) for one in told["elements"])
    hints = tuple(Hint(tuple(one["prefixes"]), one["flag"], one["zh"], one["en"]) for one in told["hints"])
    return Industry(
        told["code"], told["title_zh"], told["title_en"], tuple(told["chapters"]), tuple(told["usual"]), told["head"], told["line"], elements, hints
    )  # fmt: skip


def filled(industry: Industry, given: Mapping[str, Any], on: date) -> tuple[dict[str, str], dict[str, str]]:
    """(head, line) of a CEB603: what the template and the answers fill in; firms, numbers and times are for whoever declares.

    The statutory quantity follows from the nomenclature's unit: the net weight, the quantity itself, or what was given.
    """
    unit, unit1 = industry.line["unit"], statutory_unit(str(given["hs10"]), on)
    total = (Decimal(given["qty"]) * Decimal(given["price"])).quantize(Decimal("0.01"))
    line = {
        "gnum": "1", "itemNo": str(given["item_no"]), "gcode": str(given["hs10"]), "gname": str(given["name"]), "gmodel": _elements(industry, given),
        "barCode": "无", "country": str(given["country"]), "currency": "142", "qty": str(given["qty"]), "price": str(given["price"]),
        "totalPrice": str(total), **industry.line, "unit1": unit1 or unit,
    }  # fmt: skip
    same = unit1 in ("", unit) or {unit, unit1} <= PIECES
    own = given["net_kg"] if unit1 == KILO else given["qty"] if same else given.get("qty1")
    if own not in (None, ""):
        line["qty1"] = str(own)
    head = {
        "ieFlag": "E", "tradeMode": str(given["mode"]), "statisticsFlag": "B", "country": str(given["country"]), "POD": str(given["country"]),
        "freight": "0", "fCurrency": "142", "fFlag": "3", "insuredFee": "0", "iCurrency": "142", "iFlag": "3", "packNo": str(given["packs"]),
        "grossWeight": str(given["gross_kg"]), "netWeight": str(given["net_kg"]), **industry.head,
    }  # fmt: skip
    return head, line


def templated(code: str, given: Mapping[str, Any], on: date) -> dict[str, Any] | None:
    """The head and goods line that an industry's template makes of what was typed; None for no such industry or faulty answers."""
    industry = industries().get(code)
    if industry is None:
        return None
    clean, faults = parse(industry.fields, given, on=on)
    if faults:
        return None
    head, line = filled(industry, clean, on)
    return {"head": head, "lines": [line]}


def _elements(industry: Industry, given: Mapping[str, Any]) -> str:
    """The declaration elements in their order, joined as customs writes them."""
    return "|".join(str(given[name]) for name in ("brand_kind", "preference", *(one.name for one in industry.elements)))


def statutory_unit(hs10: str, on: date) -> str:
    """The first statutory unit of a code, "" for a code that the nomenclature does not know."""
    rows = table("hs8", LAST).filter(pl.col("hs8") == hs10[:8])
    return str(rows["unit1"][0]) if rows.height else ""
