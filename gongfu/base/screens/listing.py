"""Lists as data: fields to search by, columns to show, keyset paging, export to a workbook."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import xlsxwriter
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from gongfu.base.kit.beijing import BEIJING
from gongfu.base.screens.words import STATES, say

PAGE, EXPORT_ROWS, EXACT_UP_TO = 50, 20_000, 100_000


@dataclass(frozen=True, slots=True)
class Cell:
    """kind: text, state, link, money, moment, two."""

    kind: str
    value: Any
    href: str = ""
    small: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its titles and how a row becomes a cell."""

    title_zh: str
    title_en: str
    kind: str
    cell: Callable[[Any], Cell]

    @property
    def title(self) -> str:
        return say(self.title_zh, self.title_en)


@dataclass(frozen=True, slots=True)
class Search:
    """A field to search by: `apply` narrows the rows by a value that `clean` accepts (None refuses it)."""

    name: str
    title_zh: str
    title_en: str
    apply: Callable[[QuerySet[Any], str], QuerySet[Any]]
    choices: Callable[[], Iterable[tuple[str, str]]] | None = None
    kind: str = "search"
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """One list page."""

    title_zh: str
    title_en: str
    about: tuple[str, str]
    empty: tuple[str, str]
    columns: tuple[Column, ...]
    searches: tuple[Search, ...]
    views: tuple[tuple[str, str, str], ...] = ()
    template: str = "look/list.html"
    export: bool = True

    def answer(self, request: HttpRequest, rows: QuerySet[Any], **more: Any) -> HttpResponse:
        """The page, or with ?export=xlsx the workbook. Rows come newest first by number."""
        rows = self._narrowed(request, rows)
        if self.export and request.GET.get("export") == "xlsx":
            return self._workbook(rows)
        total = rows.order_by()[: EXACT_UP_TO + 1].count()
        before = request.GET.get("before", "")
        page = rows.filter(pk__lt=int(before)) if before.isdecimal() and len(before) < 19 else rows
        shown = list(page.order_by("-pk")[: PAGE + 1])
        context = {
            "screen": {
                "title": say(self.title_zh, self.title_en),
                "about": say(*self.about),
                "empty": say(*self.empty),
                "export": self.export,
            },
            "fields": [self._field(request, one) for one in self.searches],
            "columns": self.columns,
            "rows": [[column.cell(row) for column in self.columns] for row in shown[:PAGE]],
            "next": shown[PAGE - 1].pk if len(shown) > PAGE else "",
            "total": f"{total:,}" if total <= EXACT_UP_TO else say("10 万+", "100,000+"),
            "now": timezone.now(),
            "filtered": any(request.GET.get(one.name) for one in self.searches),
            "views": [
                {"title": say(zh, en), "query": query, "on": request.GET.urlencode() == query}
                for zh, en, query in self.views
            ],
            **more,
        }
        return render(request, self.template, context)

    def _narrowed(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        for one in self.searches:
            value = request.GET.get(one.name, "").strip()[:80]
            if value:
                rows = one.apply(rows, value)
        return rows

    def _field(self, request: HttpRequest, one: Search) -> dict[str, Any]:
        return {
            "name": one.name,
            "title": say(one.title_zh, one.title_en),
            "choices": list(one.choices()) if one.choices else None,
            "kind": one.kind,
            "hint": one.hint,
            "value": request.GET.get(one.name, ""),
        }

    def _workbook(self, rows: QuerySet[Any]) -> HttpResponse:
        """At most 20,000 rows; texts are written as texts, so that no cell is ever a formula."""
        out = io.BytesIO()
        book = xlsxwriter.Workbook(
            out,
            {
                "in_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "default_date_format": "yyyy-mm-dd hh:mm",
            },
        )
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, [column.title for column in self.columns])
        for number, row in enumerate(rows.order_by("-pk")[:EXPORT_ROWS], start=1):
            for place, column in enumerate(self.columns):
                _write(sheet, number, place, column.cell(row))
        book.close()
        answer = HttpResponse(
            out.getvalue(), content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        )
        answer["Content-Disposition"] = 'attachment; filename="gongfu.xlsx"'
        return answer


def _write(sheet: Any, number: int, place: int, cell: Cell) -> None:
    if cell.kind == "money" and cell.value is not None:
        sheet.write_number(number, place, cell.value / 100)
    elif isinstance(cell.value, datetime):
        sheet.write_datetime(number, place, cell.value.astimezone(BEIJING).replace(tzinfo=None))
    elif cell.kind == "state":
        _, zh, en = STATES.get(cell.value, ("", str(cell.value), str(cell.value)))
        sheet.write_string(number, place, say(zh, en))
    else:
        sheet.write_string(number, place, f"{cell.value} {cell.small}".strip())


def on_day(column: str) -> Callable[[QuerySet[Any], str], QuerySet[Any]]:
    """A search by Beijing day (YYYY-MM-DD); what is no day finds nothing."""

    def apply(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        try:
            start = datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=BEIJING)
        except ValueError:
            return rows.none()
        return rows.filter(**{f"{column}__gte": start, f"{column}__lt": start + timedelta(days=1)})

    return apply


def equals(column: str) -> Callable[[QuerySet[Any], str], QuerySet[Any]]:
    """A search for one or several exact values, separated by commas."""
    return lambda rows, value: rows.filter(**{f"{column}__in": value.split(",")})
