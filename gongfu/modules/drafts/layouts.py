"""The forms as data: which elements of a message are asked, in which steps, and what each is filled from (forms.toml)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from gongfu.core.ceb import schema
from gongfu.core.fields import OPEN, PERSONAL, Field

HERE = Path(__file__).parent
LINES, MOST_LINES = "lines", 50
TOGETHER = 100  # documents of one message
MOST_CHOICES = 300


@dataclass(frozen=True, slots=True)
class Asked:
    """One element that is asked. source, order, product, empty: as forms.toml says."""

    field: Field
    source: str = ""
    order: str = ""
    product: str = ""
    empty: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    title: str
    title_en: str
    asked: tuple[Asked, ...]
    lines: bool


@dataclass(frozen=True, slots=True)
class Form:
    """One kind of document. kind: its message type.  fixed, fixed_line: elements that nobody is asked for.
    sums: head elements that are reckoned where they are left empty.  cites: the type of the order it names."""

    kind: str
    code: str
    title: str
    title_en: str
    flow: str
    steps: tuple[Step, ...]
    line: tuple[Asked, ...]
    fixed: Mapping[str, str]
    fixed_line: Mapping[str, str]
    sums: Mapping[str, str]
    cites: str

    @property
    def head(self) -> tuple[Asked, ...]:
        return tuple(one for step in self.steps for one in step.asked)

    @property
    def is_list(self) -> bool:
        return bool(self.cites)

    @property
    def lines(self) -> Field:
        """All goods lines as one field of rows."""
        return Field(LINES, "商品", "Goods", "rows", rows=tuple(one.field for one in self.line), most=MOST_LINES)

    def fields(self, step: Step) -> tuple[Field, ...]:
        """What a step asks; no element is required while it is a draft, the marks say what will be."""
        return (*(one.field for one in step.asked), *((self.lines,) if step.lines else ()))

    def step_of(self, field: str) -> int:
        """The number, from 1, of the step that asks an element; 0 for one that is not asked."""
        for at, step in enumerate(self.steps, start=1):
            if field in {one.field.name for one in step.asked} or (step.lines and field.startswith(LINES)):
                return at
        return 0


@cache
def forms() -> dict[str, Form]:
    """Every form by message type."""
    told = tomllib.loads((HERE / "forms.toml").read_text("utf-8"))
    return {kind: _form(kind, entry) for kind, entry in told.items()}


def by_code(code: str) -> Form | None:
    return next((one for one in forms().values() if one.code == code), None)


def _form(kind: str, entry: Mapping[str, Any]) -> Form:
    layout = schema.table(kind)
    heads = {one.name: one for one in layout.head_fields}
    items = {one.name: one for one in layout.item_fields}
    steps = tuple(
        Step(
            one["title"], one["title_en"], tuple(_asked(heads, told) for told in one["fields"]), one.get("lines", False)
        )
        for one in entry["step"]
    )
    return Form(
        kind, entry["code"], entry["title"], entry["title_en"], entry["flow"], steps,
        tuple(_asked(items, told) for told in entry["line"]), entry["set"], entry["set_line"], entry.get("sums", {}), entry.get("cites", ""),
    )  # fmt: skip


def _asked(known: Mapping[str, schema.Field], told: Mapping[str, Any]) -> Asked:
    """The element with its title, kind, length and code list from the message table; KeyError for one that it has not."""
    element = known[told["name"]]
    choices = _choices(element, told.get("choices", ()))
    kind = "choice" if choices else {"N": "decimal", "I": "whole"}.get(element.kind, "text")
    field = Field(
        element.name, element.chinese, told["en"], kind, needed=element.required == "Y" and "empty" not in told, choices=choices,
        klass=PERSONAL if element.personal else OPEN, masked=element.personal or "name", longest=min(element.high, 1000),
        help=told.get("help", ""), help_en=told.get("help_en", ""), only=("tradeMode", tuple(told["only"])) if "only" in told else None,
    )  # fmt: skip
    return Asked(field, told.get("from", ""), told.get("order", ""), told.get("product", ""), told.get("empty", ""))


def _choices(element: schema.Field, only: Any) -> tuple[tuple[str, str, str], ...]:
    """(code, Chinese, English) of a code list that is short enough to choose from; all of `only` where it is given."""
    if not element.codes or not schema.code_table(element.codes):
        return ()
    names = [one for one in schema.code_names(element.codes) if one[0] and (not only or one[0] in only)]
    return tuple((code, f"{code} {zh}", f"{code} {en}") for code, zh, en in names) if len(names) <= MOST_CHOICES else ()
