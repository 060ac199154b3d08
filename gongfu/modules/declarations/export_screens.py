"""Pages of exports: what is still to be summarised and by when, the forms that summaries became, the chain of one list."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.contrib import messages as notes
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from gongfu.base.access.actor import Actor
from gongfu.base.jobs import actions as jobs
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.screens.findings import shown
from gongfu.base.screens.listing import Cell, Column, Listing, Search, equals
from gongfu.base.screens.words import KINDS, english, say
from gongfu.core.documents import CNY
from gongfu.modules.declarations import queries, summarising, summed
from gongfu.modules.declarations.models import Exported, SummaryForm
from gongfu.modules.declarations.rules import exporting
from gongfu.modules.declarations.rules.lists import RETAIL_EXPORT, ExportCase, summary_due
from gongfu.modules.goods import queries as goods
from gongfu.modules.parties import queries as parties

PREVIEWED, SHOWN = 5_000, 200
SUMMARISE = "declarations.summarise"
TONES = {"ok": ("ok", "circle-check"), "warn": ("warn", "alert-triangle"), "bad": ("bad", "circle-x")}


def _in_month(rows: Any, value: str) -> Any:
    """Lists cleared in a month (YYYY-MM); what is no month finds nothing."""
    try:
        first = datetime.strptime(value, "%Y-%m").date()  # noqa: DTZ007  (a civil date)
    except ValueError:
        return rows.none()
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return rows.filter(cleared_on__gte=first, cleared_on__lt=after)


UNSUMMARISED = Listing(
    "待汇总清单", "Lists to be summarised", about=("已结关、还没有列入汇总申请的 B 类清单。", "Cleared lists of lane B that no summary holds yet."),
    empty=("没有待汇总的清单。", "No list is waiting for a summary."),
    columns=(
        Column("清单编号", "List number", "link", lambda row: Cell("link", row.declaration.invt_no or row.declaration.order_no, href=f"../lists/{row.pk}/export")),
        Column("方式", "Mode", "text", lambda row: Cell("text", row.mode)),
        Column("收发货人", "Seller", "text", lambda row: Cell("text", row.ebc_code)),
        Column("申报企业", "Declarant", "text", lambda row: Cell("text", row.agent_code)),
        Column("运抵国", "Country", "text", lambda row: Cell("text", row.country)),
        Column("结关", "Cleared", "text", lambda row: Cell("text", row.cleared_on)),
        Column("最迟汇总", "Due", "text", lambda row: Cell("text", summary_due(row.cleared_on.year, row.cleared_on.month))),
    ),
    searches=(
        Search("month", "结关月份", "Month cleared", _in_month, hint="2026-11"),
        Search("seller", "收发货人", "Seller", equals("ebc_code")),
        Search("agent", "申报企业", "Declarant", equals("agent_code")),
    ),
    name="declarations.unsummarised", rows=lambda actor: summed.unsummarised(actor).select_related("declaration"), permission="declarations.read",
)  # fmt: skip


def calendar(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Each month's lists that are still to be summarised, with the due day; and the latest applications. A POST hands in one month."""
    if request.method == "POST":
        return _handed_in(request, actor)
    return render(request, "declarations/summaries.html", _calendar(request, actor, request.GET.get("of", "")))


def _calendar(request: HttpRequest, actor: Actor, key: str) -> dict[str, Any]:
    today = civil_date(clock.now())
    rows = summed.months(actor)
    names = parties.names({code for one in rows for code in (one.ebc_code, one.agent_code)})
    told = [
        {
            **_due(one.due, today),
            "one": one,
            "seller": names.get(one.ebc_code, one.ebc_code),
            "agent": names.get(one.agent_code, one.agent_code),
        }
        for one in rows
    ]
    chosen = next((one for one in rows if one.key == key), None)
    forms = summed.preview(actor, chosen) if chosen and chosen.lists <= PREVIEWED else None
    return {
        "rows": told, "of": chosen, "parts": range(1, chosen.parts + 1) if chosen else (), "forms": forms.head(SHOWN).to_dicts() if forms is not None else [],
        "too_many": bool(chosen and chosen.lists > PREVIEWED), "count": forms["form"].n_unique() if forms is not None else 0,
        "applied": [{"one": one, "own": actor.allows("intake.read") and (actor.reach != "own" or one.sender_code in actor.party_codes)} for one in summed.applications(actor).order_by("-pk")[:20]],
        "may": bool(chosen and actor.allows(SUMMARISE) and chosen.agent_code in actor.doing(SUMMARISE).party_codes), "ask": "ask" in request.GET,
    }  # fmt: skip


def _handed_in(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Hand in a month after it was confirmed: one message at once, several as a job. PermissionDenied for those who may not at all."""
    actor.require(SUMMARISE)
    key, lists = request.POST.get("of", "")[:80], request.POST.get("lists", "")
    confirmed = int(lists) if lists.isdecimal() and len(lists) < 10 else 0
    if confirmed > summed.PER_MESSAGE:
        parameters = {"of": key, "lists": confirmed, "lang": "en" if english() else "zh"}
        faults = jobs.start(actor, SUMMARISE, f"提交汇总申请 {key[:7]}", f"Summary of {key[:7]} handed in", parameters).findings
        if not faults:
            return redirect("/enterprise/jobs")
    else:
        done = summarising.hand_in(actor, key, confirmed)
        faults = done.findings
        if done.messages:
            notes.success(request, say("汇总申请已提交，回执会陆续到。", "The summary is handed in; receipts will follow."))
            return redirect(f"/enterprise/messages/{done.messages[0][0]}")
    context = {**_calendar(request, actor, key), "faults": shown(faults)}
    return render(request, "declarations/summaries.html", context, status=422)


def _due(due: date, today: date) -> dict[str, Any]:
    tone, left = exporting.due_in(due, today)
    words = say(f"逾期 {-left} 天", f"{-left} days late") if left < 0 else say(f"还有 {left} 天", f"{left} days left")
    return {"due": due, "tone": TONES[tone][0], "mark": TONES[tone][1], "left": words}


def waiting(request: HttpRequest, actor: Actor) -> HttpResponse:
    return UNSUMMARISED.answer(request)


def message(request: HttpRequest, actor: Actor) -> HttpResponse:
    """One CEB701 of a month, to be signed by its declarant and handed in like any other message."""
    one, part = summed.month(actor, request.GET.get("of", "")), request.GET.get("part", "1")
    body = (
        summed.application(actor, one, int(part), timezone.now())
        if one and part.isdecimal() and len(part) < 6
        else None
    )
    if one is None or body is None:
        return render(request, "look/denied.html", {"title": say("汇总申请", "Summary")}, status=422)
    answer = HttpResponse(body, content_type="application/xml")
    answer["Content-Disposition"] = f'attachment; filename="CEB701-{one.first:%Y%m}-{part}.xml"'
    return answer


FORMS = Listing(
    "汇总报关单", "Forms of summaries", about=("海关由汇总申请生成的报关单。", "Declaration forms that customs made of summaries."),
    empty=("还没有汇总结果。", "No result of a summary yet."),
    columns=(
        Column("统一编号", "Unified number", "link", lambda row: Cell("link", row.seq_no, href=f"forms/{row.pk}")),
        Column("报关单号", "Form number", "text", lambda row: Cell("text", row.entry_id or "—")),
        Column("状态", "State", "text", lambda row: Cell("text", row.state)),
        Column("汇总申请", "Summary", "text", lambda row: Cell("text", row.sum_no)),
        Column("收发货人", "Seller", "text", lambda row: Cell("text", row.ebc_code)),
        Column("收到", "Received", "moment", lambda row: Cell("moment", row.recorded_at)),
    ),
    searches=(
        Search("q", "编号", "Number", lambda rows, value: rows.filter(seq_no=value) | rows.filter(entry_id=value) | rows.filter(sum_no=value)),
        Search("state", "状态", "State", equals("state")),
    ),
    name="declarations.forms", rows=summed.forms, permission="declarations.read",
)  # fmt: skip


def forms(request: HttpRequest, actor: Actor) -> HttpResponse:
    return FORMS.answer(request)


def form(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """One form: its lines, its lists, and whether all forms of its summary sum to the lists."""
    row: SummaryForm | None = summed.forms(actor).filter(pk=number).first()
    if row is None:
        raise Http404
    lists = (
        Exported.objects.filter(declaration__formed__form=row).distinct().select_related("declaration").order_by("pk")
    )
    balance = summed.balance(row.sum_no)
    context = {
        "row": row, "lines": summed.form_lines(row), "balance": balance, "lists": lists[:SHOWN], "count": lists.count(),
        "sums": [(currency, told, balance.formed.get(currency, (0, 0))) for currency, told in balance.listed.items()],
    }  # fmt: skip
    return render(request, "declarations/form.html", context)


def chain(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """One export list from its order to its form, and the advice which lane it should take (R-305)."""
    row: Exported | None = Exported.objects.seen_by(actor).filter(pk=number).select_related("declaration").first()
    if row is None:
        return _without(request, actor, number)
    advice, facts = _advice(row)
    stages = [_stage(one) for one in summed.steps(row)]
    formed = SummaryForm.objects.filter(lines__declaration=row.declaration).distinct()
    context = {
        "row": row, "one": row.declaration, "stages": stages, "forms": formed, "advice": advice, "facts": facts, "reasons": [say(*told) for told in advice.reasons],
        "due": _due(summary_due(row.cleared_on.year, row.cleared_on.month), civil_date(clock.now())) if row.cleared_on and row.lane == "B" and row.mode in RETAIL_EXPORT else None,
    }  # fmt: skip
    return render(request, "declarations/chain.html", context)


def _without(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """A list within reach that is no export, or was kept before exports had a record of their own, has no chain."""
    one = queries.seen(actor, number)
    if one is None:
        raise Http404
    return render(request, "declarations/chain.html", {"row": None, "one": one})


def _advice(row: Exported) -> tuple[exporting.Advice, list[str]]:
    """The advice by what the list itself says and what the tables of its day know of its goods."""
    one, lines = row.declaration, list(row.declaration.lines.all())
    codes = [line.hs10 for line in lines]
    flags = [flag for told in goods.controls(codes, "E", one.declared_on).values() for flag in told]
    known = exporting.flagged([flag for flag, _, _ in flags])
    value_fen = one.goods_fen if all(line.currency == CNY for line in lines) else 0
    case = ExportCase(
        row.mode, value_fen, one.declared_on, licence=row.licence or known["licence"], inspection=known["inspection"], duty=known["duty"],
    )
    names = [say(zh, en) for zh, en in dict.fromkeys((zh, en) for _, zh, en in flags)]
    return exporting.advise(case, goods.refund_bp(codes, one.declared_on)), names


def _stage(line: Any) -> dict[str, Any]:
    one = line.follow_up
    return {
        "title": say(*KINDS.get(one.kind, (one.kind, one.kind))),
        "at": one.said_at,
        "state": one.state,
        "number": one.number,
        "facts": one.facts,
    }
