"""Tax bills of an agent: their days, what is due, the fee so far, and the guarantee that is left (R-115, R-116)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date

from gongfu.base.access.actor import Actor
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.screens.findings import shown
from gongfu.base.screens.listing import Cell, Column, Listing, Search, equals
from gongfu.base.screens.words import STATES, say
from gongfu.core.rule import Finding
from gongfu.modules.tax import bills, queries
from gongfu.modules.tax.models import Bill
from gongfu.modules.tax.rules import bills as rules
from gongfu.reference.tables import parameters

ALL = (rules.GENERATED, rules.PAYABLE, rules.OVERDUE, rules.SUMMARISED, rules.PAID, rules.VOID)


def as_rule(row: Bill) -> rules.Bill:
    return rules.Bill(row.status, row.due_fen, row.released_on, row.paid_on)


def _today() -> date:
    return civil_date(clock.now())


def _day(row: Bill) -> Cell:
    """The day after release, and the days between which it is to be paid."""
    if row.released_on is None:
        return Cell("text", "—")
    first, last = rules.days(row.released_on)
    day = (_today() - row.released_on).days
    return Cell("two", say(f"第 {day} 天", f"day {day}"), small=f"{first:%m-%d} ~ {last:%m-%d}")


def _due(row: Bill) -> Cell:
    return Cell("money", row.due_fen)


def in_state(rows: QuerySet[Bill], value: str) -> QuerySet[Bill]:
    """Bills that are in one of these states today: the table of rules/bills.py as conditions."""
    wanted = Q(pk__in=[])
    for one in value.split(","):
        wanted |= CONDITIONS[one]() if one in CONDITIONS else Q(pk__in=[])
    return rows.filter(wanted)


def _gone() -> Q:
    return Q(status="3") | Q(returned_fen__gte=F("duty_fen") + F("ct_fen") + F("vat_fen"))


def _paid() -> Q:
    return Q(paid_on__isnull=False) & Q(paid_on__lte=_today())


def _between(first: int | None, last: int | None) -> Q:
    """Open bills whose day after release is between these, both counted."""
    found = ~_gone() & ~_paid()
    if first is not None:
        found &= Q(released_on__lte=_today() - timedelta(days=first))
    if last is not None:
        found &= Q(released_on__gte=_today() - timedelta(days=last)) | Q(released_on=None)
    return found


def _term(state: str) -> Q:
    known, one = parameters(_today()), next(term for term in rules.TERMS if term.state == state)
    first, last = (known[bound[0]] + bound[1] if bound else None for bound in (one.first, one.last))
    return _between(first, last)


CONDITIONS: dict[str, Callable[[], Q]] = {
    rules.VOID: _gone,
    rules.PAID: lambda: ~_gone() & _paid(),
    rules.OVERDUE: lambda: _term(rules.OVERDUE),
    rules.SUMMARISED: lambda: Q(status="2") & ~_gone() & ~_paid() & ~_term(rules.OVERDUE),
    rules.PAYABLE: lambda: _term(rules.PAYABLE) & ~Q(status="2"),
    rules.GENERATED: lambda: _term(rules.GENERATED) & ~Q(status="2"),
}
LISTING = Listing(
    "税单", "Tax bills", about=("每张电子税单的缴款日、应缴税款和滞纳金；状态按放行后的天数推算，以海关为准。", "Days, tax due and late fee of every electronic bill; states follow from the days after release, and customs holds."),
    empty=("还没有税单。", "No bill yet."), template="tax/bills.html",
    columns=(
        Column("税单", "Bill", "link", lambda row: Cell("link", row.tax_no, href=f"bills/{row.pk}")),
        Column("状态", "State", "state", lambda row: Cell("state", rules.state(as_rule(row), _today()))),
        Column("清单", "List", "text", lambda row: Cell("link", row.invt_no, href=f"lists/{row.declaration_id}") if row.declaration_id else Cell("text", row.invt_no or "—")),
        Column("放行", "Released", "text", lambda row: Cell("text", f"{row.released_on or '—'}")),
        Column("天数与缴款期", "Day, and days to pay", "two", _day),
        Column("税款", "Tax", "money", lambda row: Cell("money", row.tax_fen)),
        Column("退货冲减", "Returned", "money", lambda row: Cell("money", row.returned_fen)),
        Column("应缴", "Due", "money", _due),
        Column("滞纳金", "Late fee", "money", lambda row: Cell("money", rules.late_fee_fen(as_rule(row), _today()))),
        Column("担保企业", "Guarantor", "text", lambda row: Cell("text", row.assure_code or "—")),
    ),
    searches=(
        Search("q", "单号", "Number", lambda rows, text: rows.filter(Q(tax_no=text) | Q(invt_no=text) | Q(duty_no=text)), hint="税单 / 清单 / 缴款书", hint_en="bill / list / payment slip"),
        Search("state", "状态", "State", in_state, lambda: [(name, say(*STATES[name][1:])) for name in ALL]),
        Search("assure", "担保企业", "Guarantor", equals("assure_code")),
    ),
    views=(("全部", "All", ""), ("可缴款", "Payable", f"state={rules.PAYABLE}"), ("已逾期", "Overdue", f"state={rules.OVERDUE}"), ("已作废", "Void", f"state={rules.VOID}")),
    name="tax.bills", rows=lambda actor: Bill.objects.seen_by(actor).exclude(returned_at=""), permission="tax.read",
)  # fmt: skip


def listed(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Bills within reach, with the guarantees of the firms behind them."""
    return LISTING.answer(request, guarantees=queries.guarantees(actor.doing("tax.read")))


def detail(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """One bill within reach; POST notes the day on which it was paid."""
    row: Any = Bill.objects.seen_by(actor.doing("tax.read")).filter(pk=number).exclude(returned_at="").first()
    if row is None:
        raise Http404
    faults: list[Finding] = []
    typed = request.POST.get("paid_on", "")
    if request.method == "POST":
        faults = _pay(actor, row, typed)
        if not faults:
            return redirect(request.path)
    bill, today = as_rule(row), _today()
    state = rules.state(bill, today)
    context = {
        "row": row, "state": state, "days": rules.days(row.released_on) if row.released_on else None, "fee_fen": rules.late_fee_fen(bill, today), "today": today,
        "day": (today - row.released_on).days if row.released_on else None, "official": rules.OFFICIAL.get(row.status, row.status), "faults": shown(faults), "typed": typed,
        "returned": queries.returned(row.declaration_id) if row.declaration_id else [], "may_pay": actor.allows("tax.pay") and state not in (rules.PAID, rules.VOID),
    }  # fmt: skip
    return render(request, "tax/bill.html", context, status=422 if faults else 200)


def _pay(actor: Actor, row: Bill, text: str) -> list[Finding]:
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        return [Finding("TAX-BILL-DAY", field="paid_on", value=text[:20], facts={"tax_no": row.tax_no}, rules=("R-116",))]  # fmt: skip
    return list(bills.note_payment(actor, row.pk, day).findings)
