"""Returns: the list of them, and one return with its windows, lines, effect on tax and quota, and what happened."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date

from gongfu.base.access.actor import Actor
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.screens.findings import shown
from gongfu.base.screens.listing import Cell, Column, Listing, Search, equals, on_day
from gongfu.base.screens.words import STATES, say
from gongfu.core.rule import Finding
from gongfu.modules.declarations import actions as declarations
from gongfu.modules.declarations import queries
from gongfu.modules.tax import effects

KINDS = {
    "CEB625Message": ("进口退货", "Import return"),
    "CEB213Message": ("出口退货", "Export return"),
}
STATE_CHOICES = ("ready", "sent", "accepted", "review", "inspection", "concluded", "rejected", "failed")


def _kind(row: Any) -> Cell:
    return Cell("text", say(*KINDS[row.kind]))


def _list(row: Any) -> Cell:
    number = row.declaration.invt_no or row.declaration.order_no
    return Cell("link", number, href=f"lists/{row.declaration_id}")


def _arrived(row: Any) -> Cell:
    return Cell("text", row.facts.get("arrived_on") or say("未登记", "not noted"))


LISTING = Listing(
    "退货", "Returns", about=("每一份进出口退货：走到哪一步，货回来没有。", "Every return of imports and exports: how far it is, and whether the goods are back."),
    empty=("还没有退货。", "No return yet."),
    columns=(
        Column("编号", "Number", "link", lambda row: Cell("link", row.number, href=f"returns/{row.pk}")),
        Column("种类", "Kind", "text", _kind),
        Column("状态", "State", "state", lambda row: Cell("state", "return.concluded" if row.state == "concluded" else row.state)),
        Column("原清单", "List", "link", _list),
        Column("运抵", "Back on", "text", _arrived),
        Column("官方编号", "Official number", "text", lambda row: Cell("text", row.official_no or "—")),
        Column("申请", "Applied", "moment", lambda row: Cell("moment", row.received_at)),
    ),
    searches=(
        Search("q", "单号", "Number", lambda rows, text: rows.filter(number=text) | rows.filter(declaration__invt_no=text) | rows.filter(declaration__order_no=text), hint="退货 / 清单 / 订单编号", hint_en="return / list / order"),
        Search("kind", "种类", "Kind", equals("kind"), lambda: [(code, say(*told)) for code, told in KINDS.items()]),
        Search("state", "状态", "State", equals("state"), lambda: [(name, say(*STATES[name][1:])) for name in STATE_CHOICES]),
        Search("day", "申请日期", "Applied on", on_day("received_at"), kind="date"),
    ),
    views=(("全部", "All", ""), ("海关已办结", "Concluded", "state=concluded"), ("被退单", "Rejected", "state=rejected,failed")),
    name="tax.returns", rows=queries.returns_seen, permission="declarations.read",
)  # fmt: skip


def returns(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Returns within reach."""
    return LISTING.answer(request)


def detail(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """One return within reach; POST notes that its goods are back."""
    row: Any = queries.returns_seen(actor.doing("declarations.read")).filter(pk=number).first()
    if row is None:
        raise Http404
    faults: list[Finding] = []
    day = request.POST.get("arrived_on", "")
    if request.method == "POST":
        faults = _arrive(actor, number, day, request.POST.get("site", ""))
        if not faults:
            return redirect(request.path)
    lines = effects.lines(row)
    context = {
        "row": row, "kind": say(*KINDS[row.kind]), "list": row.declaration, "export": row.kind != "CEB625Message", "lines": lines,
        "sums": effects.sums(lines), "windows": effects.windows(row), "standing": effects.standing(row, lines), "reason": queries.reason_of(row),
        "moves": list(row.moves.order_by("-id")[:40]), "findings": shown([Finding.load(one) for one in row.findings]), "faults": shown(faults),
        "may_note": actor.allows("declarations.arrive") and not row.facts.get("arrived_on") and row.live, "typed": {"arrived_on": day, "site": request.POST.get("site", queries.returned_to(row))},
        "today": civil_date(clock.now()),
    }  # fmt: skip
    return render(request, "tax/return.html", context, status=422 if faults else 200)


def _arrive(actor: Actor, number: int, text: str, site: str) -> list[Finding]:
    day: date | None = None
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        return [Finding("BIZ-ARRIVAL-DAY", field="arrived_on", value=text[:20], rules=("R-214",))]
    return list(declarations.arrive(actor, number, day, site.strip()).findings)
