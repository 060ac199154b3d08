"""Bonded books on pages: books, items with opening + in = out + balance over a span, movements with their documents, displays, counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from gongfu.base.access.actor import Actor
from gongfu.base.cases.models import Case
from gongfu.base.kit.beijing import civil_date
from gongfu.base.screens.listing import Cell, Column, Listing, Search, equals, on_day
from gongfu.base.screens.words import say
from gongfu.core.ceb.schema import code_names
from gongfu.modules.declarations import book_cases, books
from gongfu.modules.declarations import book_flows as flows
from gongfu.modules.declarations.models import BookItem
from gongfu.modules.declarations.rules.books import Span, shown

UNITS = {code: (zh, en) for code, zh, en in code_names("unit")}
VERBS = {
    "deposit": ("入账", "In"), "withdraw": ("转出、出区或调减", "Out, other than by a list"), "reserve": ("预扣", "Reserved"), "commit": ("清单核销", "Sold by list"),
    "release": ("解除预扣", "Freed"), "reverse": ("退货返区", "Returned"),
}  # fmt: skip
PAGE_AT_MOST = 20_000


def _day(request: HttpRequest, name: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return otherwise


def _span_of(request: HttpRequest) -> tuple[date, date]:
    """The span asked for; the month so far, unless told."""
    today = civil_date(timezone.now())
    since, until = _day(request, "since", today.replace(day=1)), _day(request, "until", today)
    return min(since, until), max(since, until)


def _same(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    return rows


def _number(name: str) -> Any:
    def cell(row: Any) -> Cell:
        span: Span = row.span
        return Cell("text", shown(getattr(span, name)))

    return cell


STATEMENT = Listing(
    "账册收付存", "Statement of bonded books", about=("每个料号：期初 + 入 + 退 − 售 − 其他出 = 期末；按账册自己的单位。", "Of each item: opening + in + returned − sold − other out = closing, in the book's own unit."),
    empty=("账册里还没有料号；先办账册入库。", "No item yet; enter stock first."),
    columns=(
        Column("账册", "Book", "text", lambda row: Cell("text", row.ems_no)),
        Column("料号", "Item", "link", lambda row: Cell("link", row.record_no, href=f"book-entries?item={row.pk}")),
        Column("商品", "Goods", "two", lambda row: Cell("two", row.name[:40], small=row.hs10)),
        Column("单位", "Unit", "text", lambda row: Cell("text", say(*UNITS.get(row.unit, (row.unit, row.unit))))),
        Column("期初", "Opening", "text", _number("opening")),
        Column("入", "In", "text", _number("in_")),
        Column("退", "Returned", "text", _number("back")),
        Column("售", "Sold", "text", _number("sold")),
        Column("其他出", "Other out", "text", _number("out")),
        Column("期末", "Closing", "text", _number("closing")),
        Column("现预扣", "Reserved now", "text", lambda row: Cell("text", shown(row.reserved))),
        Column("最早到期", "Earliest expiry", "text", lambda row: Cell("text", row.expires_first or "—")),
    ),
    searches=(
        Search("book", "账册编号", "Book", equals("ems_no")), Search("item", "料号", "Item", equals("record_no")),
        Search("since", "从", "From", _same, kind="date"), Search("until", "到", "To", _same, kind="date"),
    ),
    template="declarations/books.html",
)  # fmt: skip


class Spanned:
    """The items of a page with their span: whatever part of the rows is read gets its figures in two queries."""

    def __init__(self, rows: QuerySet[BookItem], since: date, until: date) -> None:
        self.rows, self.since, self.until = rows, since, until

    def __getattr__(self, name: str) -> Any:
        told = getattr(self.rows, name)
        if name not in ("filter", "order_by", "all", "only"):
            return told
        return lambda *args, **more: Spanned(told(*args, **more), self.since, self.until)

    def __getitem__(self, part: Any) -> list[BookItem]:
        return with_spans(list(self.rows[part]), self.since, self.until)

    def __iter__(self) -> Any:
        return iter(with_spans(list(self.rows[:PAGE_AT_MOST]), self.since, self.until))

    def __len__(self) -> int:
        return len(self.rows)


def with_spans(rows: Sequence[BookItem], since: date, until: date) -> list[BookItem]:
    """The items, each with `span` and what is reserved of it now."""
    keys = [(row.ems_no, row.record_no) for row in rows]
    spans, accounts = books.spans(keys, since, until), books.accounts(keys)
    for row, key in zip(rows, keys, strict=True):
        row.span = spans.get(key, Span())  # type: ignore[attr-defined]
        row.reserved = accounts[key].reserved_units if key in accounts else 0  # type: ignore[attr-defined]
    return list(rows)


def statement(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Items of the books within reach over a span of days."""
    since, until = _span_of(request)
    rows: Any = Spanned(BookItem.objects.seen_by(actor), since, until)
    may = actor.allows("books.apply")
    told = [{"entry": row, "operator": row.facts["operator"]} for row in books.own(actor)[:50]]
    return STATEMENT.answer(request, rows, books=told, since=since, until=until, may=may)


def _document(row: Any) -> Cell:
    if row.subject.isdecimal():
        return Cell("link", f"#{row.subject}", href=f"lists/{row.subject}")
    number = row.cases.get(row.subject)
    return Cell("link", row.subject, href=f"cases/{number}") if number else Cell("text", row.subject)


ENTRIES = Listing(
    "账册分录", "Entries of a book item", about=("每一笔都写明依据的单证。", "Every entry names its document."),
    empty=("请从账册收付存选一个料号。", "Choose an item in the statement."),
    columns=(
        Column("时间", "Time", "moment", lambda row: Cell("moment", row.at)),
        Column("动作", "Entry", "text", lambda row: Cell("text", say(*VERBS[row.verb]))),
        Column("数量", "Quantity", "text", lambda row: Cell("text", shown(row.amount_units))),
        Column("单证", "Document", "link", _document),
        Column("部分", "Part", "text", lambda row: Cell("text", row.part or "—")),
    ),
    searches=(
        Search("item", "料号序号", "Item number", _same),
        Search("verb", "动作", "Entry", equals("verb"), lambda: [(code, say(*told)) for code, told in VERBS.items()]),
        Search("day", "日期", "Day", on_day("at"), kind="date"),
    ),
)  # fmt: skip


class WithCases(Spanned):
    """Entries of a page, each with the cases that their documents are."""

    def __init__(self, rows: QuerySet[Any]) -> None:
        super().__init__(rows, date.min, date.min)

    def __getattr__(self, name: str) -> Any:
        told = getattr(self.rows, name)
        return (
            told
            if name not in ("filter", "order_by", "all", "only")
            else lambda *args, **more: WithCases(told(*args, **more))
        )

    def __getitem__(self, part: Any) -> list[Any]:
        rows = list(self.rows[part])
        numbers = dict(Case.objects.filter(number__in={row.subject for row in rows}).values_list("number", "pk"))
        for row in rows:
            row.cases = numbers
        return rows

    def __iter__(self) -> Any:
        return iter(self[:PAGE_AT_MOST])


def entries(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Entries of one item within reach, newest first; none without an item."""
    number = request.GET.get("item", "")
    item = (
        BookItem.objects.seen_by(actor).filter(pk=int(number)).first()
        if number.isdecimal() and len(number) < 19
        else None
    )
    rows: Any = WithCases(books.movements(item) if item is not None else books.no_movements())
    return ENTRIES.answer(request, rows)


def _due(row: Case) -> Cell:
    return Cell("text", row.facts.get("due_on", "—"))


def overdue(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    """Shown goods whose day has passed; any value asks for them."""
    return rows.filter(state="shown", due_on__lt=civil_date(timezone.now()))


DISPLAYS = Listing(
    "保税展示", "Bonded displays", about=("凭担保出区的展示商品：按期返区、按清单售出或以其他合法方式出区。", "Goods shown outside under guarantee: back, sold by list, or exited by their day."),
    empty=("没有展示单证。", "No display."),
    columns=(
        Column("状态", "State", "state", lambda row: Cell("state", row.state)),
        Column("编号", "Number", "link", lambda row: Cell("link", row.number, href=f"cases/{row.pk}")),
        Column("账册", "Book", "text", lambda row: Cell("text", row.facts.get("ems_no", "—"))),
        Column("场所", "Place", "text", lambda row: Cell("text", row.facts.get("place", "—"))),
        Column("料号数", "Items", "text", lambda row: Cell("text", len(row.facts.get("rows", [])))),
        Column("担保", "Guarantee", "money", lambda row: Cell("money", row.facts.get("guarantee_fen", 0))),
        Column("返区期限", "Back by", "text", _due),
    ),
    searches=(
        Search("state", "状态", "State", equals("state"), lambda: [(code, say(zh, en)) for code, zh, en in (("reviewing", "审核中", "Under review"), ("shown", "展示中", "On display"), ("back", "已返区", "Back"), ("sold", "已售出", "Sold"), ("exited", "已出区", "Exited"))]),
        Search("overdue", "逾期", "Overdue", overdue, lambda: [("1", say("只看逾期", "Overdue only"))]),
    ),
    views=(("全部", "All", ""), ("展示中", "On display", "state=shown"), ("逾期未返", "Overdue", "overdue=1")),
)  # fmt: skip


def displays(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Displays within reach, overdue ones as a view of their own."""
    return DISPLAYS.answer(request, Case.objects.seen_by(actor).filter(kind=flows.DISPLAY.code))


COUNTS = Listing(
    "盘点对账", "Stocktakes", about=("账实相符：截止时间的实盘与账面，差异定性到岗，核准后调账。", "Count against book at a cut-off; differences are typed, owned and adjusted when approved."),
    empty=("还没有盘点。", "No stocktake yet."),
    columns=(
        Column("状态", "State", "state", lambda row: Cell("state", row.state)),
        Column("编号", "Number", "link", lambda row: Cell("link", row.number, href=f"cases/{row.pk}")),
        Column("账册", "Book", "text", lambda row: Cell("text", row.facts.get("ems_no", "—"))),
        Column("截止时间", "Cut-off", "text", lambda row: Cell("text", row.facts.get("counted_at", "—")[:16].replace("T", " "))),
        Column("料号数", "Counted", "text", lambda row: Cell("text", len(row.facts.get("rows", [])))),
        Column("差异数", "Differences", "text", lambda row: Cell("text", len(row.facts["differences"]) if "differences" in row.facts else "—")),
        Column("责任岗位", "Owner", "text", lambda row: Cell("text", row.facts.get("owner", "—"))),
    ),
    searches=(Search("book", "账册编号", "Book", lambda rows, value: rows.filter(facts__ems_no=value)), Search("day", "日期", "Day", on_day("opened_at"), kind="date")),
)  # fmt: skip


def stocktakes(request: HttpRequest, actor: Actor) -> HttpResponse:
    return COUNTS.answer(request, Case.objects.seen_by(actor).filter(kind=flows.STOCKTAKE.code))


KINDS_OF_DOCUMENT = {one.code: one for one in book_cases.KINDS}
DOCUMENTS = Listing(
    "账册单证", "Documents of books", about=("入库、变动、展示、盘点的全部单证。", "Stock-ins, changes, displays and counts."),
    empty=("还没有单证。", "No document yet."),
    columns=(
        Column("状态", "State", "state", lambda row: Cell("state", row.state)),
        Column("编号", "Number", "link", lambda row: Cell("link", row.number, href=f"cases/{row.pk}")),
        Column("种类", "Kind", "text", lambda row: Cell("text", KINDS_OF_DOCUMENT[row.kind].title)),
        Column("内容", "About", "text", lambda row: Cell("text", row.title)),
        Column("提交", "Opened", "moment", lambda row: Cell("moment", row.opened_at)),
    ),
    searches=(
        Search("kind", "种类", "Kind", equals("kind"), lambda: [(one.code, one.title) for one in book_cases.KINDS]),
        Search("number", "编号", "Number", equals("number")),
        Search("day", "日期", "Day", on_day("opened_at"), kind="date"),
    ),
)  # fmt: skip


def documents(request: HttpRequest, actor: Actor) -> HttpResponse:
    return DOCUMENTS.answer(request, Case.objects.seen_by(actor).filter(kind__in=list(KINDS_OF_DOCUMENT)))
