"""What a draft comes to: blank values filled in, sums reckoned, and the document that is handed in (pure)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from gongfu.core.ceb.messages import Document
from gongfu.core.fields import Field
from gongfu.core.rule import Finding
from gongfu.modules.drafts.layouts import LINES, Asked, Form

CENT = Decimal("0.01")
Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Known:
    """What blank values are filled from. party, agent: (code, name).  names: of filed firms by code.  past: gives the head
    of the firm's latest document of the kind, asked only where a blank value is taken from it.  order: the cited order, with `items`.  products: filed products by item number."""

    party: tuple[str, str]
    agent: tuple[str, str]
    customs: str
    now: datetime
    names: Callable[[str], str] = lambda code: ""
    past: Callable[[], Mapping[str, str]] = dict
    order: Mapping[str, Any] | None = None
    product: Callable[[str, str], Mapping[str, Any]] = lambda item, mode: {}


def value(text: Any) -> Decimal | None:
    """The number that was typed; None for anything else."""
    try:
        number = Decimal(str(text or "").replace(",", "").strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < Decimal(10) ** 15 else None


def begun(form: Form, known: Known) -> Body:
    """A fresh draft: head and goods lines from the cited order, the filing and the firm's latest document."""
    order = known.order or {}
    lines = [_line_of(form, item) for item in order.get("items", [])]
    head = {one.field.name: str(order.get(one.order or one.field.name, "")) for one in form.head}
    return filled(form, {"head": head, LINES: lines}, known)


def _line_of(form: Form, item: Mapping[str, str]) -> dict[str, str]:
    return {one.field.name: str(item.get(one.order or one.field.name, "")) for one in form.line}


def filled(form: Form, body: Body, known: Known) -> Body:
    """The body with its blank values filled in as far as they are known; what was typed stays."""
    head = dict(body["head"])
    for one in form.head:
        name = one.field.name
        if one.field.asked(head) and not head.get(name):
            head[name] = _given(one, head, known)
    mode = head.get("tradeMode", "")
    lines = [_line(form, line, known.product(line.get("itemNo", ""), mode)) for line in body[LINES]]
    return summed(form, {"head": head, LINES: lines})


def _given(one: Asked, head: Mapping[str, str], known: Known) -> str:
    source = one.source
    if source.startswith("="):
        return source[1:]
    if source.startswith("code:"):
        return known.names(head.get(source[5:], ""))
    if source == "past":
        return str(known.past().get(one.field.name) or "")
    told = {
        "party.code": known.party[0], "party.name": known.party[1], "agent.code": known.agent[0], "agent.name": known.agent[1],
        "zone.customs": known.customs, "today": f"{known.now:%Y%m%d}", "now": f"{known.now:%Y%m%d%H%M%S}",
    }  # fmt: skip
    return told.get(source, "")


def _line(form: Form, line: Mapping[str, str], product: Mapping[str, Any]) -> dict[str, str]:
    told = dict(line)
    for one in form.line:
        name = one.field.name
        if not told.get(name):
            told[name] = str(product.get(one.product) or "") if one.product else one.source.removeprefix("=")
    qty, price = value(told.get("qty")), value(told.get("price"))
    if not told.get("totalPrice") and qty is not None and price is not None:
        told["totalPrice"] = str((qty * price).quantize(CENT, ROUND_HALF_UP))
    if not told.get("qty1") and told.get("unit1") and told.get("unit1") == told.get("unit"):
        told["qty1"] = told.get("qty", "")
    return told


def summed(form: Form, body: Body) -> Body:
    """The reckoned head values where they are blank: goods, the sum of the lines; paid, what the buyer owed (R-103, R-104)."""
    head = dict(body["head"])
    totals = [value(line.get("totalPrice")) for line in body[LINES]]
    if not totals or any(one is None for one in totals):
        return {**body, "head": head}
    goods = sum((one for one in totals if one is not None), Decimal(0))
    for name, what in form.sums.items():
        if not head.get(name):
            parts = [value(head.get(one)) or Decimal(0) for one in ("goodsValue", "freight", "taxTotal", "discount")]
            head[name] = str(goods if what == "goods" else parts[0] + parts[1] + parts[2] - parts[3])
    return {**body, "head": head}


def document(form: Form, body: Body, *, guid: str, cop_no: str, now: datetime) -> Document:
    """The document as it is handed in: blank elements left out, those nobody is asked for put in.  now: Beijing time."""
    made = {"@guid": guid, "@now": f"{now:%Y%m%d%H%M%S}", "@today": f"{now:%Y%m%d}", "@copno": cop_no}
    head = _sent(form.head, body["head"], body["head"]) | {k: made.get(v, v) for k, v in form.fixed.items()}
    items = []
    for at, line in enumerate(body[LINES], start=1):
        own = {"@gnum": str(at), "@currency": head.get("currency", "")}
        items.append(_sent(form.line, line, body["head"]) | {k: own.get(v, v) for k, v in form.fixed_line.items()})
    return Document(0, guid, head, items)


def _sent(asked: tuple[Asked, ...], told: Mapping[str, str], head: Mapping[str, str]) -> dict[str, str]:
    found = {
        one.field.name: str(told.get(one.field.name) or one.empty).strip() for one in asked if one.field.asked(head)
    }
    return {name: text for name, text in found.items() if text}


def at_fields(form: Form, findings: list[Finding]) -> list[Finding]:
    """The findings with the form's own names of the fields: a goods line's element under its row."""
    names = {one.field.name for one in form.line}
    return [
        replace(one, field=f"{LINES}-{one.line - 1}-{one.field}") if one.line and one.field in names else one
        for one in findings
    ]


def in_column(finding: Finding) -> Finding:
    """A finding of `at_fields` with the name of its workbook column."""
    parts = finding.field.split("-")
    return replace(finding, field=f"{LINES}-{parts[2]}") if len(parts) == 3 and parts[0] == LINES else finding


def columns(form: Form) -> tuple[Field, ...]:
    """The columns of its workbook: the head, then the goods line; a row is a line, rows of one order stand together."""
    party = Field("party_code", "为哪家企业", "For which firm", "uscc", needed=False, help="代理填委托企业；不填为本企业。", help_en="Agents name the principal; the own firm when left empty.")  # fmt: skip
    lines = [
        replace(one.field, name=f"{LINES}-{one.field.name}", title=f"商品 {one.field.title}", title_en=f"Goods: {one.field.title_en}")
        for one in form.line
    ]  # fmt: skip
    return (
        *(replace(one.field, needed=False) for one in form.head),
        *(replace(one, needed=False) for one in lines),
        party,
    )
