"""The B2B orders of a firm or zone: promised and actual delivery of each, and how many came in time."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from gongfu.base.access.actor import Actor
from gongfu.base.cases.facts import clear
from gongfu.base.cases.models import Case
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.screens.listing import Cell, Column, Listing, Search, equals
from gongfu.base.screens.words import say
from gongfu.modules.trade import b2b


def _standing(row: Case) -> str:
    """Late or in time, once delivered by the sealed step, before that by the day."""
    promised = str(row.facts.get("delivered_by", ""))
    at = getattr(row, "handed_at", None)
    if row.state != b2b.END or not at:
        late = row.due_on is not None and row.closed_at is None and row.due_on < civil_date(clock.now())
        return say("节点逾期", "milestone late") if late else "—"
    return say("按期", "in time") if b2b.in_time(at, promised) else say("晚交", "late")


LISTING = Listing(
    "B2B 订单", "B2B orders", about=("谈定的价格和节点、承诺与实际交付日。", "Price and milestones as agreed; delivery as promised and as it was."),
    empty=("还没有 B2B 订单。从办事大厅发给工厂一份。", "No order yet. Send one to a factory from the service hall."), template="trade/b2b.html",
    columns=(
        Column("状态", "State", "state", lambda row: Cell("state", row.state)),
        Column("案号", "Number", "link", lambda row: Cell("link", row.number, href=f"cases/{row.pk}")),
        Column("货物", "Goods", "text", lambda row: Cell("text", row.title)),
        Column("工厂", "Factory", "text", lambda row: Cell("text", row.handler_code or "—")),
        Column("当前节点应完成", "Milestone due", "text", lambda row: Cell("text", row.due_on or "—")),
        Column("承诺交付", "Promised", "text", lambda row: Cell("text", clear(row.facts).get("delivered_by") or "—")),
        Column("实际交付", "Delivered", "text", lambda row: Cell("text", civil_date(row.handed_at) if row.handed_at else "—")),
        Column("是否按期", "In time", "text", lambda row: Cell("text", _standing(row))),
    ),
    searches=(
        Search("q", "案号或货物", "Number or goods", lambda rows, text: rows.filter(number=text) | rows.filter(title__icontains=text)),
        Search("state", "状态", "State", equals("state")),
        Search("late", "逾期", "Overdue", lambda rows, value: rows.filter(closed_at=None, due_on__lt=civil_date(clock.now())), lambda: [("1", say("节点逾期", "A milestone is late"))]),
    ),
    views=(("全部", "All", ""), ("节点逾期", "Overdue", "late=1")),
)  # fmt: skip


def orders(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Orders within reach, on either side."""
    rows = Case.objects.all().decided_by(actor).filter(kind=b2b.FLOW.code)
    told = b2b.punctuality(rows, civil_date(clock.now()))
    rate = f"{told.rate_bp / 100:.1f} %" if told.rate_bp is not None else "—"
    return LISTING.answer(request, b2b.delivered(rows), punctual=told, rate=rate, may=actor.allows(b2b.ORDER))
