"""Returns asked for on line: the list of applications, and the message that their declarant hands in."""

from __future__ import annotations

from random import SystemRandom
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from gongfu.base.access.actor import Actor
from gongfu.base.screens.listing import Cell, Column, Listing, Search, equals
from gongfu.base.screens.words import STATES, say
from gongfu.modules.declarations import online_returns, queries, return_messages
from gongfu.modules.declarations.models import Declaration

CHOICES = ("draft", "reviewing", "agreed", "handed_in", "settled", "refused", "withdrawn")


def _list(row: Any) -> Cell:
    number = row.facts.get("list_number") or row.facts.get("number", "—")
    return Cell("link", number, href=f"lists/{row.facts['list']}") if row.facts.get("list") else Cell("text", number)


def _wanted(row: Any) -> Cell:
    titles = {code: say(zh, en) for code, zh, en in online_returns.WANTS}
    return Cell("two", titles.get(row.facts.get("want"), "—"), small=str(row.facts.get("new_order", "")))


def _next(row: Any) -> Cell:
    """The return that was handed in for it, or the message to hand in."""
    if row.facts.get("follow_up"):
        return Cell("link", say("退货申请单", "The return"), href=f"returns/{row.facts['follow_up']}")
    if row.state == "agreed":
        return Cell("link", say("预填报文", "Prefilled message"), href=f"online-returns/{row.pk}/file")
    return Cell("text", "—")


def _listing(name: str, number: Column) -> Listing:
    return Listing(
        "退换货申请", "Return applications", about=("消费者、代理人和出口企业在线提出的退换货。", "Returns and exchanges asked for by consumers, agents and exporters."),
        empty=("还没有申请。", "No application yet."),
        columns=(
            number,
            Column("状态", "State", "state", lambda row: Cell("state", row.state)),
            Column("清单", "List", "text", _list),
            Column("项", "Line", "text", lambda row: Cell("text", row.facts.get("gnum", "—"))),
            Column("数量", "Quantity", "text", lambda row: Cell("text", row.facts.get("qty", "—"))),
            Column("办理", "Wanted", "two", _wanted),
            Column("下一步", "Next", "text", _next),
            Column("提出", "Opened", "moment", lambda row: Cell("moment", row.opened_at)),
        ),
        searches=(
            Search("q", "案号", "Number", equals("number")),
            Search("state", "状态", "State", equals("state"), lambda: [(one, say(*STATES[one][1:])) for one in CHOICES]),
        ),
        views=(("全部", "All", ""), ("等人工审核", "Waiting for an officer", "state=reviewing"), ("待申报", "To hand in", "state=agreed")),
        name=name, rows=queries.applications, permission="cases.read",
    )  # fmt: skip


OFFICE = _listing("declarations.online_returns", Column("案号", "Number", "link", lambda row: Cell("link", row.number, href=f"cases/{row.pk}")))  # fmt: skip
# The declarant works on other people's applications, whose case pages are theirs alone.
FIRM = _listing("declarations.asked_returns", Column("案号", "Number", "text", lambda row: Cell("text", row.number)))


def applications(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Applications within reach: for a firm its own and those for lists it declared."""
    return (FIRM if actor.reach == "own" else OFFICE).answer(request)


def message(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """The prefilled, unsigned return message, for the list's own declarant; it holds what the declarant declared, nothing more."""
    case: Any = queries.applications(actor.doing("cases.read")).filter(pk=number, state="agreed").first()
    row = Declaration.objects.seen_by(actor.doing("declarations.read")).filter(pk=case.facts["list"]).first() if case else None  # fmt: skip
    if row is None or row.agent_code not in actor.doing("declarations.read").party_codes:
        raise Http404
    name, body = return_messages.message(case, row, SystemRandom())
    answer = HttpResponse(body, content_type="application/xml; charset=utf-8")
    answer["Content-Disposition"], answer["Cache-Control"] = f'attachment; filename="{name}"', "private, no-store"
    return answer
