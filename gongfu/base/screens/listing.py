"""Lists as data: fields to search by, columns to choose and sort, filters to keep, keyset paging, export, acts on many rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages as notes
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone

from gongfu.base.access.actor import Actor, of_person
from gongfu.base.access.roles import roles
from gongfu.base.jobs import actions as jobs
from gongfu.base.kit.beijing import BEIJING
from gongfu.base.screens import actions, batches, exports, paging
from gongfu.base.screens.cells import Batch, Cell, Column, Search, lean
from gongfu.base.screens.findings import shown
from gongfu.base.screens.models import SavedFilter
from gongfu.base.screens.words import english, say

__all__ = ["LISTINGS", "Batch", "Cell", "Column", "Listing", "Search", "equals", "on_day"]

PAGE, EXPORT_ROWS = 50, 20_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Those with a name and rows of their own, which a worker can export as well.
LISTINGS: dict[str, Listing] = {}


@dataclass(frozen=True, slots=True)
class Listing:
    """One list page. name, rows and permission: who may see which rows, so that filters are kept under the name and
    exports above 20,000 rows run in the background; batch: acts on rows chosen by hand."""

    title_zh: str
    title_en: str
    about: tuple[str, str]
    empty: tuple[str, str]
    columns: tuple[Column, ...]
    searches: tuple[Search, ...]
    views: tuple[tuple[str, str, str], ...] = ()
    template: str = "look/list.html"
    export: bool = True
    name: str = ""
    rows: Callable[[Actor], QuerySet[Any]] | None = None
    permission: str = ""
    batch: tuple[Batch, ...] = ()

    def __post_init__(self) -> None:
        if self.name and self.rows:
            LISTINGS[self.name] = self

    def answer(self, request: HttpRequest, rows: QuerySet[Any] | None = None, **more: Any) -> HttpResponse:
        """The page; with ?export=xlsx the workbook; a form's answer to POST. Rows come newest first by number."""
        actor = of_person(request.user)
        rows = self.of(actor) if rows is None else rows
        if request.method == "POST":
            return self._told(request, actor, rows)
        found = self.narrowed(request.GET, rows)
        if self.export and request.GET.get("export") == "xlsx":
            return self._exported(request, actor, found)
        sort = self._sort(request.GET.get("sort", ""))
        at, back = _place(request.GET)
        page = paging.page(lean(found, self.chosen(self._kept(request))), PAGE + 1, at, sort, back)
        total = paging.count(found) if at is not None or len(page) > PAGE else paging.Count(len(page))
        shown, beyond = page[-PAGE:] if back else page[:PAGE], len(page) > PAGE
        ways = {
            "next": shown[-1].pk if shown and (beyond or back) else "",
            "last": shown[0].pk if shown and at is not None and (beyond or not back) else "",
        }
        return render(request, self.template, {**self._context(request, actor, shown, total, sort), **ways, **more})

    def of(self, actor: Actor) -> QuerySet[Any]:
        """The rows within the actor's reach, by the listing's own `rows`."""
        if self.rows is None:
            raise ValueError(f"the list {self.title_en} has no rows of its own")
        return self.rows(actor.doing(self.permission))

    def narrowed(self, query: QueryDict, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that meet the query's conditions."""
        for one in self.searches:
            value = query.get(one.name, "").strip()[:80]
            if value:
                rows = one.apply(rows, value)
        return rows

    def chosen(self, keys: Sequence[str]) -> list[Column]:
        """The columns with these keys in the list's own order; all when none is named."""
        return [column for column in self.columns if column.key in keys] or list(self.columns)

    def _context(
        self, request: HttpRequest, actor: Actor, page: list[Any], total: paging.Count, sort: str
    ) -> dict[str, Any]:
        columns = self.chosen(self._kept(request))
        asked = _bare(request.GET)
        return {
            "screen": {
                "title": say(self.title_zh, self.title_en),
                "about": say(*self.about),
                "empty": say(*self.empty),
                "export": self.export,
            },
            "fields": [self._field(request, one) for one in self.searches],
            "columns": columns,
            "heads": [{"column": one, **self._arrow(one, sort)} for one in columns],
            "choice": [{"key": one.key, "title": one.title, "on": one in columns} for one in self.columns],
            "rows": [{"pk": row.pk, "cells": [column.cell(row) for column in columns]} for row in page],
            "total": _total(total),
            "now": timezone.now(),
            "filtered": any(request.GET.get(one.name) for one in self.searches),
            "views": [{"title": say(zh, en), "query": query, "on": asked == query} for zh, en, query in self.views],
            "saved": self._saved(request, actor, asked),
            "acts": [one for one in self.batch if actor.allows(one.permission)],
            "sort": sort,
        }

    def _field(self, request: HttpRequest, one: Search) -> dict[str, Any]:
        return {
            "name": one.name,
            "title": say(one.title_zh, one.title_en),
            "choices": list(one.choices()) if one.choices else None,
            "kind": one.kind,
            "hint": say(one.hint, one.hint_en or one.hint),
            "value": request.GET.get(one.name, ""),
        }

    def _sort(self, asked: str) -> str:
        return asked if asked.removeprefix("-") in {one.sort for one in self.columns if one.sort} else ""

    def _arrow(self, column: Column, sort: str) -> dict[str, str]:
        """The order a click on the heading gives, and the one that holds now: ascending, descending or none."""
        if not column.sort:
            return {"sort": "", "now": ""}
        now = {column.sort: "ascending", f"-{column.sort}": "descending"}.get(sort, "none")
        return {"sort": column.sort if now == "descending" else f"-{column.sort}", "now": now}

    def _place(self, request: HttpRequest) -> str:
        return (self.name or request.path)[:80]

    def _kept(self, request: HttpRequest) -> list[str]:
        found = request.session.get("columns", {}).get(self._place(request), [])
        return [str(one) for one in found]

    def _saved(self, request: HttpRequest, actor: Actor, asked: str) -> list[dict[str, Any]]:
        kept = SavedFilter.objects.filter(owner=actor.name, listing=self._place(request)).order_by("title")
        return [{"pk": one.pk, "title": one.title, "query": one.query, "on": one.query == asked} for one in kept]

    def _told(self, request: HttpRequest, actor: Actor, rows: QuerySet[Any]) -> HttpResponse:
        """A form of the page: columns, keep, forget, export, or the verb of an act."""
        said, place = request.POST.get("do", ""), self._place(request)
        act = next((one for one in self.batch if one.verb == said), None)
        if act is not None:
            return self._batch(request, actor, rows, act)
        if said == "export" and self.export:
            return self._exported(request, actor, self.narrowed(request.GET, rows))
        if said == "columns":
            keys = [one.key for one in self.columns if one.key in request.POST.getlist("column")]
            request.session["columns"] = {**request.session.get("columns", {}), place: keys}
        title, number = request.POST.get("title", "").strip()[:40], request.POST.get("number", "")
        if said == "keep" and title and actions.save_filter(actor, place, title, _bare(request.GET)) is None:
            notes.error(request, say("常用条件最多保存 20 个。", "At most 20 filters can be kept."))
        if said == "forget" and number.isdecimal() and len(number) < 19:
            actions.forget_filter(actor, place, int(number))
        return redirect(request.get_full_path())

    def _batch(self, request: HttpRequest, actor: Actor, rows: QuerySet[Any], act: Batch) -> HttpResponse:
        chosen = batches.numbers(request.POST.getlist("row"))
        if not chosen:
            notes.error(request, say("先选中要处理的行。", "Choose rows first."))
            return redirect(request.get_full_path())
        columns = self.chosen(self._kept(request))
        context: dict[str, Any] = {
            "act": act,
            "chosen": chosen,
            "warning": say(*act.warning),
            "back": request.get_full_path(),
        }
        if act.warning[0] and request.POST.get("sure") != "1":
            return render(request, "look/batch.html", {**context, "ask": True})
        if act.job:
            return self._asked(request, actor, act.job, (act.title_zh, act.title_en), {"rows": chosen, "lang": "en" if english() else "zh"})  # fmt: skip
        outcomes = batches.carry_out(act, actor, rows, chosen, columns)
        context["outcomes"] = [
            {"number": one.number, "cells": one.cells, "done": one.done, "findings": shown(one.findings)}
            for one in outcomes
        ]
        return render(
            request, "look/batch.html", {**context, "done": sum(one.done for one in outcomes), "heads": columns[:3]}
        )

    def _exported(self, request: HttpRequest, actor: Actor, rows: QuerySet[Any]) -> HttpResponse:
        """The workbook at once, or a job of the background above 20,000 rows where the list has a name."""
        columns = self.chosen(self._kept(request))
        ordered = lean(rows, columns).order_by("-pk")
        if self.name in LISTINGS and ordered.values("pk")[EXPORT_ROWS : EXPORT_ROWS + 1]:
            return self._in_background(request, actor)
        answer = HttpResponse(exports.workbook(columns, ordered[:EXPORT_ROWS]), content_type=XLSX)
        answer["Content-Disposition"] = 'attachment; filename="gongfu.xlsx"'
        return answer

    def _in_background(self, request: HttpRequest, actor: Actor) -> HttpResponse:
        """Only a form may ask for it; a link leads back to the list."""
        if request.method != "POST":
            notes.error(
                request, say("超过 2 万行，请用“导出”按钮在后台导出。", "Above 20,000 rows use the export button.")
            )
            return redirect(f"{request.path}?{_bare(request.GET)}")
        return self._asked(
            request, actor, "listing.export", (f"导出{self.title_zh}", f"Export of {self.title_en}"),
            {"listing": self.name, "query": _bare(request.GET), "columns": self._kept(request), "lang": "en" if english() else "zh-hans"},
        )  # fmt: skip

    def _asked(
        self, request: HttpRequest, actor: Actor, kind: str, titles: tuple[str, str], parameters: dict[str, Any]
    ) -> HttpResponse:
        """A job of the background; its page shows how far it is."""
        asked = jobs.start(actor, kind, *titles, parameters)
        for one in asked.findings:
            lang = "en" if english() else "zh"
            notes.error(request, f"{one.message(lang)} {one.remedy(lang)}")
        role = roles().get(actor.role)
        return redirect(f"/{role.portal}/jobs" if role else "/")


def _place(query: QueryDict) -> tuple[int | None, bool]:
    """(number of the row from which the page goes on, whether it goes back); what is no number is passed over."""
    for name, back in (("before", False), ("after", True)):
        told = query.get(name, "")
        if told.isdecimal() and len(told) < 19:
            return int(told), back
    return None, False


def _bare(query: QueryDict) -> str:
    """The conditions and the order, without the place in the list."""
    kept = query.copy()
    for name in ("before", "after", "export"):
        kept.pop(name, None)
    return kept.urlencode()


def _total(count: paging.Count) -> str:
    if count.more:
        return say("10 万+", "100,000+")
    return f"{count.rows:,}" if count.exact else say(f"约 {count.rows:,}", f"about {count.rows:,}")


def on_day(column: str) -> Callable[[QuerySet[Any], str], QuerySet[Any]]:
    """A search by Beijing day (YYYY-MM-DD); what is no day finds nothing."""

    def apply(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        try:
            start = datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=BEIJING)
        except ValueError:
            return rows.none()
        return rows.filter(**{f"{column}__gte": start, f"{column}__lt": start + timedelta(days=1)})

    return apply


def begins(column: str) -> Callable[[QuerySet[Any], str], QuerySet[Any]]:
    """A search for one exact value, or with a star at its end for all that begin so."""

    def search(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        if value.endswith("*"):
            return rows.filter(**{f"{column}__startswith": value[:-1]})
        return rows.filter(**{column: value})

    return search


def equals(column: str) -> Callable[[QuerySet[Any], str], QuerySet[Any]]:
    """A search for one or several exact values, separated by commas."""
    return lambda rows, value: rows.filter(**{f"{column}__in": value.split(",")})
