"""The actual-exporter list of a quarter, on a page and as a workbook (R-532)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from gongfu.base.access.actor import Actor
from gongfu.base.kit.beijing import civil_date
from gongfu.base.screens.exports import workbook
from gongfu.base.screens.listing import XLSX, Cell, Column
from gongfu.base.screens.words import say
from gongfu.modules.parties import queries as parties
from gongfu.modules.services import queries
from gongfu.modules.services.rules import Exported, Quarter

QUARTERS = 8
DIFFERENCES = {
    "": ("一致", "Agrees"),
    "no_entrustment": ("有申报，无委托", "Declared, not entrusted"),
    "no_declaration": ("有委托，无申报", "Entrusted, not declared"),
}
CNY = "142"


def exporters(request: HttpRequest, actor: Actor) -> HttpResponse:
    """For a firm its own list, for an office its zone's."""
    now = Quarter.of(civil_date(timezone.now()))
    quarter = Quarter.read(request.GET.get("quarter", "")) or now
    rows = queries.exporters(queries.reach(actor), quarter)
    names = parties.names({code for row in rows for code in (row.agent, row.exporter)})
    if request.GET.get("export") == "xlsx":
        answer = HttpResponse(workbook(columns(names), rows), content_type=XLSX)
        answer["Content-Disposition"] = f'attachment; filename="exporters-{quarter}.xlsx"'
        return answer
    told = [
        {"row": row, "agent": names.get(row.agent, row.agent), "exporter": names.get(row.exporter, row.exporter), "difference": say(*DIFFERENCES[row.difference])}
        for row in rows
    ]  # fmt: skip
    context = {
        "rows": told,
        "quarter": str(quarter),
        "quarters": _quarters(now),
        "differing": sum(bool(row.difference) for row in rows),
        "sums": _sums(rows),
        "cny": CNY,
    }
    return render(request, "services/exporters.html", context)


def _quarters(last: Quarter) -> list[str]:
    """This quarter and those before it."""
    found = [last]
    while len(found) < QUARTERS:
        found.append(found[-1].before())
    return [str(one) for one in found]


def _sums(rows: list[Exported]) -> list[tuple[str, int, int]]:
    """(currency, lists, value) of what was declared, currency by currency."""
    return [
        (currency, sum(row.count for row in rows if row.currency == currency), sum(row.goods_fen for row in rows if row.currency == currency))
        for currency in sorted({row.currency for row in rows if row.currency})
    ]  # fmt: skip


def columns(names: dict[str, str]) -> list[Column]:
    """The columns of the workbook."""

    def text(zh: str, en: str, value: Any) -> Column:
        return Column(zh, en, "text", lambda row: Cell("text", value(row)))

    return [
        text("代理企业代码", "Agent's code", lambda row: row.agent), text("代理企业", "Agent", lambda row: names.get(row.agent, "")),
        text("实际委托人代码", "Actual exporter's code", lambda row: row.exporter), text("实际委托人", "Actual exporter", lambda row: names.get(row.exporter, "")),
        text("币制", "Currency", lambda row: row.currency), text("清单数", "Lists", lambda row: row.count),
        Column("出口金额", "Value", "money", lambda row: Cell("money", row.goods_fen)), text("核对", "Check", lambda row: say(*DIFFERENCES[row.difference])),
    ]  # fmt: skip
