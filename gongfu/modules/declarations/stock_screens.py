"""Goods in overseas warehouses on the page: every declared line with what became of it, one line, sales by the sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from gongfu.base.access.actor import Actor
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.screens.findings import shown
from gongfu.base.screens.forms import drawn, typed
from gongfu.base.screens.imports import SheetImport
from gongfu.base.screens.listing import Cell, Column, Listing, Search
from gongfu.base.screens.words import say
from gongfu.core.documents import plain
from gongfu.core.fields import Field, parse
from gongfu.core.rule import Finding
from gongfu.modules.declarations import overseas
from gongfu.modules.declarations.models import Line
from gongfu.modules.declarations.rules import stock

RECORD, COUNT = "stock.record", "stock.count"
SALE = (
    Field("platform", "销售平台", "Platform", longest=100, only=("kind", (stock.SOLD,))),
    Field("price", "单价", "Price", "decimal", only=("kind", (stock.SOLD,))),
    Field("currency", "币制", "Currency", longest=3, help="三位代码，如 502", help_en="three digits, such as 502", only=("kind", (stock.SOLD,))),
    Field("country", "销售国", "Country of sale", "country", only=("kind", (stock.SOLD,))),
)  # fmt: skip
EVENT = (
    Field("kind", "去向", "What became of it", "choice", choices=tuple((code, zh, en) for code, (zh, en) in stock.KINDS.items())),
    Field("qty", "数量", "Quantity", "decimal"),
    Field("happened_on", "日期", "Day", "date"),
    Field("document", "单证号（销售填订单号）", "Document (of a sale: its order)", longest=60),
    *SALE,
)  # fmt: skip
COUNTED = (
    Field("counted_on", "盘点日期", "Counted on", "date"),
    Field("on_hand", "在库数量", "On hand", "decimal", least=0),
)
SHEET = (
    Field("invt_no", "清单编号", "List number", longest=20),
    Field("gnum", "商品序号", "Line", "whole", least=1, most=999),
    Field("document", "订单号", "Order", longest=60),
    Field("happened_on", "销售日期", "Sold on", "date"),
    Field("qty", "数量", "Quantity", "decimal"),
    *(Field(one.name, one.title, one.title_en, one.kind, longest=one.longest, help=one.help, help_en=one.help_en) for one in SALE),
)  # fmt: skip
Rows = Sequence[Mapping[str, Any]]


def _sales(rows: Rows) -> list[dict[str, Any]]:
    return [{**row, "kind": stock.SOLD} for row in rows]


def sale_findings(actor: Actor, rows: Rows) -> list[list[Finding]]:
    return overseas.findings(actor, _sales(rows))


def take_sales(actor: Actor, rows: Rows) -> list[tuple[str, list[Finding]]]:
    return overseas.record(actor, _sales(rows)).rows


SALES = SheetImport(
    "sales", ("Excel 导入海外仓销售", "Sales from Excel"), ("一行一笔销售，一次最多 20,000 行；同一订单重复导入不会重复扣减。", "One sale a row, at most 20,000 rows; the same order again takes nothing off twice."),
    fields=SHEET, permission=RECORD, findings=sale_findings, accept=take_sales, once=("invt_no", "gnum", "document"),
)  # fmt: skip


def _found(rows: QuerySet[Line], words: str) -> QuerySet[Line]:
    return rows.filter(declaration__invt_no=words) | rows.filter(declaration__order_no=words) | rows.filter(hs10=words)


def _told(line: Line) -> stock.Statement:
    """The statement of a row of the list; its events were fetched with it."""
    return stock.stated(stock.units(line.qty), [(one.kind, one.qty) for one in line.stock_events.all()])


def _amount(units: int) -> str:
    return plain(stock.quantity(units))


def _column(code: str) -> Column:
    """How much of each line met with this end."""
    return Column(*stock.KINDS[code], "text", lambda row: Cell("text", _amount(_told(row).gone_units[code])))


LISTING = Listing(
    "海外仓库存", "Overseas stock", about=("9810 每项商品：申报 = 销售 + 调拨 + 退运 + 销毁 + 损耗 + 在库。", "Every line of 9810: declared = sold + transferred + returned + destroyed + lost + on hand."),
    empty=("还没有放行的 9810 商品。", "No goods of 9810 were released yet."), template="declarations/stock_list.html",
    columns=(
        Column("清单编号", "List number", "link", lambda row: Cell("link", row.declaration.invt_no or row.declaration.order_no, href=f"stock/{row.pk}", small=f"#{row.gnum}")),
        Column("商品", "Goods", "text", lambda row: Cell("text", row.name[:60])),
        Column("申报", "Declared", "text", lambda row: Cell("text", plain(row.qty))),
        *(_column(code) for code in stock.KINDS),
        Column("在库", "On hand", "text", lambda row: Cell("text", _amount(_told(row).on_hand_units))),
    ),
    searches=(Search("q", "单号或商品编码", "Number or code", _found),),
    name="declarations.stock", rows=lambda actor: overseas.lines(actor).prefetch_related("stock_events"), permission="declarations.read",
)  # fmt: skip


def lines(request: HttpRequest, actor: Actor) -> HttpResponse:
    return LISTING.answer(request, may=actor.allows(RECORD))


def line(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """One line: its statement, what became of it, and, for its exporter, the forms to say so and to report a count."""
    row = overseas.lines(actor).filter(pk=number).first()
    if row is None:
        raise Http404
    may = actor.allows(RECORD) and actor.reach == "own"
    which = COUNTED if request.POST.get("do") == "count" else EVENT
    raw, faults = (typed(which, request.POST), []) if request.method == "POST" else ({}, [])
    if request.method == "POST" and may:
        faults = _done(actor, row, which, raw)
        if not faults:
            return redirect(request.path)
    told, counting = overseas.statement(row), which is COUNTED
    context = {
        "row": row, "may": may, "faults": shown(faults), "declared": plain(row.qty), "on_hand": _amount(told.on_hand_units),
        "gone": [{"title": say(*stock.KINDS[code]), "qty": _amount(units)} for code, units in told.gone_units.items()],
        "events": [{"row": one, "title": say(*stock.KINDS[one.kind]), "qty": plain(one.qty)} for one in row.stock_events.order_by("-pk")[:200]],
        "reports": row.stock_reports.order_by("-counted_on")[:20],
        "fields": drawn(EVENT, {} if counting else raw, [] if counting else faults), "counted": drawn(COUNTED, raw if counting else {}, faults if counting else []),
    }  # fmt: skip
    return render(request, "declarations/stock.html", context, status=422 if faults else 200)


def _done(actor: Actor, row: Line, which: Sequence[Field], raw: Mapping[str, Any]) -> list[Finding]:
    """Take the event or the count that was typed; its faults."""
    clean, faults = parse(which, raw, on=civil_date(clock.now()))
    if faults:
        return faults
    if which is COUNTED:
        day = date.fromisoformat(clean["counted_on"])
        return list(overseas.count(actor, row, day, Decimal(clean["on_hand"])).findings)
    named = {"invt_no": row.declaration.invt_no, "gnum": row.gnum}
    return overseas.record(actor, [{**clean, **named}]).rows[0][1]
