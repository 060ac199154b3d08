"""The drafts, the form in steps with its findings, and correcting what was refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages as notes
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from gongfu.base.access.actor import Actor
from gongfu.base.jobs import actions as jobs
from gongfu.base.screens.findings import shown
from gongfu.base.screens.forms import drawn, typed
from gongfu.base.screens.listing import Batch, Cell, Column, Listing, Search, equals, on_day
from gongfu.base.screens.words import english, say
from gongfu.core.fields import Field
from gongfu.core.money import yuan
from gongfu.core.rule import Finding
from gongfu.modules.declarations import queries as declarations
from gongfu.modules.drafts import actions, queries, rules
from gongfu.modules.drafts.layouts import LINES, Form, by_code, forms
from gongfu.modules.drafts.models import DELETED, DRAFT, SUBMITTED, Draft
from gongfu.modules.intake import queries as intake
from gongfu.modules.parties import queries as parties
from gongfu.modules.trade import queries as trade

HERE = "/enterprise/drafts"
STATES = {DRAFT: ("草稿", "Draft"), SUBMITTED: ("已提交", "Handed in"), DELETED: ("已删除", "Deleted")}
MOST_DOCUMENTS = 100


def kind_title(kind: str) -> str:
    form = forms().get(kind)
    return say(form.title, form.title_en) if form else kind


def _remove(actor: Actor, number: int) -> list[Finding]:
    return actions.remove(actor, number).findings


def _restore(actor: Actor, number: int) -> list[Finding]:
    return actions.restore(actor, number).findings


def _submit(actor: Actor, number: int) -> list[Finding]:
    return actions.submit(actor, number).findings


def _faults(row: Draft) -> Cell:
    if row.state == SUBMITTED:
        return Cell("link", say("看回执", "Receipts"), href=f"messages/{row.message_id}")
    if row.faults is None:
        return Cell("text", say("还没核对", "Not checked yet"))
    return Cell("text", say(f"{row.faults} 处要改", f"{row.faults} to correct") if row.faults else say("可以提交", "Ready"))  # fmt: skip


LISTING = Listing(
    "制单", "Documents to declare", about=("没有软件也能申报：在网页上填，或用 Excel 一次导入多份；提交后与接口报送走同一条路。", "Declare without software: type here, or send many from Excel; once handed in they go the same way as messages."),
    empty=("还没有草稿。新建一份，或用 Excel 导入。", "No draft yet. Begin one, or send a workbook."), template="drafts/list.html",
    columns=(
        Column("状态", "State", "state", lambda row: Cell("state", f"draft.{row.state}"), needs=("state",)),
        Column("单证", "Document", "link", lambda row: Cell("link", kind_title(row.kind), href=f"drafts/{row.pk}", small=row.kind[:6]), needs=("kind",)),
        Column("订单编号", "Order number", "text", lambda row: Cell("text", row.number or "—"), needs=("number",)),
        Column("核对", "Check", "link", _faults, needs=("faults", "message_id", "state")),
        Column("为哪家企业", "For the firm", "text", lambda row: Cell("text", row.party_code), needs=("party_code",)),
        Column("保存", "Saved", "moment", lambda row: Cell("moment", row.saved_at), needs=("saved_at",)),
        Column("提交", "Handed in", "moment", lambda row: Cell("moment", row.submitted_at), needs=("submitted_at",)),
    ),
    searches=(
        Search("q", "订单编号", "Order number", lambda rows, text: rows.filter(number__startswith=text)),
        Search("kind", "单证", "Document", equals("kind"), lambda: [(kind, kind_title(kind)) for kind in forms()]),
        Search("state", "状态", "State", equals("state"), lambda: [(state, say(*told)) for state, told in STATES.items()]),
        Search("for", "企业", "Firm", equals("party_code")),
        Search("day", "保存日期", "Saved on", on_day("saved_at"), kind="date"),
    ),
    views=(("全部", "All", ""), ("草稿", "Drafts", "state=draft"), ("已提交", "Handed in", "state=submitted"), ("回收站", "Deleted", "state=deleted")),
    name="drafts.drafts", rows=lambda actor: Draft.objects.seen_by(actor), permission="drafts.read",
    batch=(
        Batch("submit", "提交所选", "Hand in", "drafts.submit", _submit, job="drafts.submit"),
        Batch("remove", "删除所选", "Delete", "drafts.remove", _remove, ("所选草稿移到回收站，可以恢复。已提交的不受影响。", "The drafts go to the bin and can be restored. What was handed in stays.")),
        Batch("restore", "恢复所选", "Restore", "drafts.restore", _restore),
    ),
)  # fmt: skip


def drafts(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The drafts of one's firms; thrown away ones only where they are asked for. A POST of `all` hands in every draft."""
    if request.method == "POST" and request.POST.get("do") == "all":
        told = jobs.start(actor, "drafts.submit", "提交全部草稿", "All drafts handed in", {"rows": [], "lang": _lang()})
        _say(request, told.findings)
        return redirect("/enterprise/jobs")
    rows = Draft.objects.seen_by(actor)
    if DELETED not in request.GET.get("state", "") and request.method != "POST":
        rows = rows.exclude(state=DELETED)
    waiting = queries.mine(actor).filter(state=DRAFT)[:1000].count()
    sheets = [(one.code, say(one.title, one.title_en)) for one in forms().values()]
    return LISTING.answer(request, rows, sheets=sheets, waiting=waiting, may=actor.allows("drafts.open"))


def from_order(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """A draft of the 9710 order from a B2B order that was agreed here: nothing is keyed again."""
    case = trade.b2b_order(actor, number)
    if case is None:
        raise Http404
    if request.method != "POST":
        return redirect(f"/enterprise/cases/{number}")
    done = actions.begin(actor, "CEB303Message", case.party_code, given=trade.b2b_document(case))
    _say(request, done.findings)
    return redirect(f"{HERE}/{done.draft.pk}" if done.draft else f"/enterprise/cases/{number}")


def from_template(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A draft of an export list from an industry's template and the answers given on its page."""
    body = declarations.templated(request.POST.get("industry", ""), request.POST, queries.now().date()) if request.method == "POST" else None
    code = next(iter(actor.doing("drafts.open").party_codes), "")
    if body is None:
        return redirect("/enterprise/industries")
    done = actions.begin(actor, "CEB603Message", code, given=body)
    _say(request, done.findings)
    return redirect(f"{HERE}/{done.draft.pk}" if done.draft else "/enterprise/industries")


def start(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Choose what is declared, for whom, and after which order."""
    actor.require("drafts.open")
    firms = actor.doing("drafts.open").party_codes
    faults: list[Finding] = []
    if request.method == "POST":
        form = by_code(request.POST.get("kind", ""))
        if form is not None:
            code = request.POST.get("for", "")[:18] or next(iter(firms), "")
            done = actions.begin(actor, form.kind, code, order_no=request.POST.get("order", "").strip()[:60])
            if done.draft:
                return redirect(f"{HERE}/{done.draft.pk}")
            faults = done.findings
    names = parties.names(firms)
    context = {
        "forms": [{"code": one.code, "title": say(one.title, one.title_en), "kind": one.kind[:6], "list": one.is_list} for one in forms().values()],
        "firms": [(code, names.get(code, "")) for code in firms], "faults": shown(faults), "chosen": request.GET.get("kind", "") or request.POST.get("kind", ""),
        "order": request.GET.get("order", "")[:60],
    }  # fmt: skip
    return render(request, "drafts/start.html", context, status=422 if faults else 200)


def edit(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """One draft: a step of its form, the check before handing in, and what became of it."""
    draft = queries.seen(actor, number)
    if draft is None:
        raise Http404
    form = forms()[draft.kind]
    at = _step(request.GET.get("step", ""), form)
    answer = _told(request, actor, draft, form, at) if request.method == "POST" else _page(request, actor, draft, form, at)  # fmt: skip
    add_never_cache_headers(answer)
    return answer


def _step(text: str, form: Form) -> int:
    """1 to the number of steps; one more is the check before handing in."""
    return min(max(int(text), 1), len(form.steps) + 1) if text.isdecimal() and len(text) < 3 else 1


def _told(request: HttpRequest, actor: Actor, draft: Draft, form: Form, at: int) -> HttpResponse:
    """A form of the page: keep what was typed and go on, hand in, copy, delete, restore."""
    said = request.POST.get("do", "next")
    if said in ("copy", "remove", "restore"):
        done = {"copy": actions.copy, "remove": actions.remove, "restore": actions.restore}[said](actor, draft.pk)
        _say(request, done.findings)
        return redirect(f"{HERE}/{done.draft.pk if done.draft and said == 'copy' else draft.pk}")
    if at <= len(form.steps):
        auto = "auto" in request.GET
        kept = _keep(request, actor, draft, form, at, fill=not auto, seen=request.POST.get("seen") if auto else None)
        if auto:
            return _auto(request, kept)
        _say(request, kept.findings)
    if said == "submit":
        return _submitted(request, actor, draft, form)
    goes = {"back": at - 1, "stay": at}.get(said, at + 1)
    return redirect(f"{HERE}/{draft.pk}?step={max(goes, 1)}")


def _keep(request: HttpRequest, actor: Actor, draft: Draft, form: Form, at: int, *, fill: bool, seen: str | None) -> actions.Done:
    step = form.steps[at - 1]
    raw = typed(_fields(form, at, queries.body(draft)["head"]), request.POST)
    lines = raw.pop(LINES, None)
    return actions.save(actor, draft.pk, raw, lines if step.lines else None, fill=fill, seen=seen)


def _auto(request: HttpRequest, kept: actions.Done) -> HttpResponse:
    """What autosave answers: when, or why not; and the stand that the next one is typed on."""
    context = {"now": timezone.now(), "faults": shown(kept.findings), "draft": kept.draft}
    return render(request, "drafts/saved.html", context)


def _submitted(request: HttpRequest, actor: Actor, draft: Draft, form: Form) -> HttpResponse:
    done = actions.submit(actor, draft.pk)
    if done.draft is not None and done.draft.state == SUBMITTED:
        notes.success(request, say("已提交，回执会陆续到。", "Handed in; receipts will follow."))
        return redirect(f"{HERE}/{draft.pk}")
    _say(request, [one for one in done.findings if done.draft is None])
    fresh = queries.seen(actor, draft.pk) or draft
    return _page(request, actor, fresh, form, len(form.steps) + 1, status=422)


def _page(request: HttpRequest, actor: Actor, draft: Draft, form: Form, at: int, status: int = 200) -> HttpResponse:
    if draft.state != DRAFT:
        return render(request, "drafts/result.html", _result(actor, draft, form))
    told = queries.body(draft)
    found = queries.judged([draft], [told])[0]
    last = at > len(form.steps)
    head = told["head"]
    fields = () if last else _fields(form, at, head)
    values = {**head, LINES: told[LINES]}
    shown_here = [one for one in found if "all" in request.GET or _typed_value(values, one.field)]
    context = {
        **_frame(actor, draft, form, at, found), "last": last, "told": _sections(form, told) if last else [],
        "fields": drawn(fields, values, shown_here, _sources(form, at, draft, head)), "tax": _tax(actor, draft, told),
        "help": [{"title": say(one.title, one.title_en), "text": say(one.help, one.help_en)} for one in fields if one.help],
    }  # fmt: skip
    return render(request, "drafts/form.html", context, status=status)


def _typed_value(values: dict[str, Any], field: str) -> Any:
    """What stands in a field of the form; of a goods line under its row."""
    parts = field.split("-")
    if len(parts) == 3 and parts[0] == LINES and parts[1].isdecimal():
        rows = values[LINES]
        return rows[int(parts[1])].get(parts[2]) if int(parts[1]) < len(rows) else ""
    return values.get(field)


def _fields(form: Form, at: int, head: dict[str, str]) -> tuple[Field, ...]:
    """What the step asks for this mode; a condition on another step's answer has been met already."""
    step = form.steps[at - 1]
    own = {one.field.name for one in step.asked}
    return tuple(
        one if one.only is None or one.only[0] in own else replace(one, only=None)
        for one in form.fields(step)
        if one.only is None or one.only[0] in own or one.asked(head)
    )


def _sources(form: Form, at: int, draft: Draft, head: dict[str, str]) -> dict[str, str]:
    """Where a value came from, for the fields that the filing fills in."""
    words = {"party.code": say("企业档案", "firm's file"), "agent.code": say("企业档案", "firm's file"), "zone.customs": say("本区海关", "the zone's office")}  # fmt: skip
    asked = form.steps[at - 1].asked if at <= len(form.steps) else ()
    return {one.field.name: words[one.source] for one in asked if one.source in words and head.get(one.field.name)}


def _frame(actor: Actor, draft: Draft, form: Form, at: int, found: list[Finding]) -> dict[str, Any]:
    """What every step shows: the bar, whose it is, what is to be corrected and where."""
    names = parties.names([draft.party_code, draft.agent_code])
    bad = [one for one in found if one.blocks]
    steps = [
        {"at": number, "title": say(step.title, step.title_en), "tone": "h" if number == at else "d" if number < at else "n", "faults": sum(form.step_of(one.field) == number for one in bad)}
        for number, step in enumerate(form.steps, start=1)
    ]  # fmt: skip
    last = len(form.steps) + 1
    steps.append({"at": last, "title": say("核对提交", "Check and hand in"), "tone": "h" if at == last else "n", "faults": 0})  # fmt: skip
    titles = {one.field.name: say(one.field.title, one.field.title_en) for one in form.head}
    titles |= {one.field.name: say(one.field.title, one.field.title_en) for one in form.line}
    faults = [
        {**one, "title": _where(one, titles), "step": form.step_of(one["field"]) or 1} for one in shown(found, limit=60)
    ]
    return {
        "draft": draft, "form": form, "title": say(form.title, form.title_en), "at": at, "steps": steps, "faults": faults, "count": len(bad),
        "party": names.get(draft.party_code, ""), "agent": names.get(draft.agent_code, ""), "apart": draft.agent_code != draft.party_code,
        "action": f"{HERE}/{draft.pk}?step={at}", "here": HERE, "number": draft.number, "may": actor.allows("drafts.submit"),
    }  # fmt: skip


def _where(one: dict[str, Any], titles: dict[str, str]) -> str:
    """The title of the field that a finding stands at, with the number of the goods line."""
    parts = str(one["field"]).split("-")
    if len(parts) == 3 and parts[0] == LINES:
        return say(f"第 {one['line']} 项 ", f"Line {one['line']} ") + titles.get(parts[2], parts[2])
    return titles.get(str(one["field"]), str(one["title"]))


def _sections(form: Form, told: rules.Body) -> list[dict[str, Any]]:
    """What was typed, step by step, as it will be handed in; the typist sees the persons named."""
    lang = "en" if english() else "zh"
    found = []
    for at, step in enumerate(form.steps, start=1):
        rows = [(say(one.title, one.title_en), _plain(one, told["head"].get(one.name), lang)) for one in _fields(form, at, told["head"]) if one.kind != "rows"]  # fmt: skip
        found.append({"at": at, "title": say(step.title, step.title_en), "rows": [(title, text) for title, text in rows if text], "lines": _lines(form, told, lang) if step.lines else None})  # fmt: skip
    return found


def _lines(form: Form, told: rules.Body, lang: str) -> dict[str, Any]:
    used = [one.field for one in form.line if any(line.get(one.field.name) for line in told[LINES])]
    return {
        "heads": [say(one.title, one.title_en) for one in used],
        "rows": [[_plain(one, line.get(one.name), lang) for one in used] for line in told[LINES]],
    }


def _plain(field: Field, value: Any, lang: str) -> str:
    return replace(field, klass="open").shown(value, lang)


def _tax(actor: Actor, draft: Draft, told: rules.Body) -> dict[str, Any] | None:
    """Tax and the buyer's year as they will be reckoned (R-102 to R-113); the log says whose year was shown, the first time."""
    cast = queries.forecast(draft, told)
    if not cast:
        return None
    person = queries.person(told)
    if person and person not in draft.quota_of:
        actions.quota_shown(actor, draft, person)
    faults = [Finding(cast[name], value=yuan(cast["value_fen"]), facts={"dv": yuan(cast["value_fen"])}) for name in ("over", "review") if cast[name]]  # fmt: skip
    return {**cast, "quota": bool(person), "faults": shown(faults), "used_part": _part(cast["used_fen"], cast["annual_fen"]), "own_part": max(_part(cast["value_fen"], cast["annual_fen"]), 1)}  # fmt: skip


def _part(amount_fen: int, whole_fen: int) -> int:
    """How wide a part is in a gauge of 200."""
    return min(max(round(200 * amount_fen / max(whole_fen, 1)), 0), 200)


def _result(actor: Actor, draft: Draft, form: Form) -> dict[str, Any]:
    """What became of a draft: its message with the receipts so far, or that it lies in the bin."""
    message: Any = intake.seen(actor, draft.message_id) if draft.message_id else None
    receipts = intake.said_of(draft.guid, 20) if message else []
    refused = any(one.status.startswith("-") or one.status in ("100", "500") for one in receipts)
    said = [one for one in map(Finding.load, message.findings) if one.document in ("", draft.guid)] if message else []
    return {
        **_frame(actor, draft, form, len(form.steps) + 1, []), "message": message, "receipts": receipts, "refused": refused,
        "findings": shown(said), "state": f"draft.{draft.state}",
    }  # fmt: skip


def again(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Documents of one message of the firm: choose one to correct and hand in again (?message=); a POST makes the draft."""
    text = request.GET.get("message", "")
    if not text:
        return redirect("/enterprise/messages")
    message: Any = intake.seen(actor, int(text)) if text.isdecimal() and len(text) < 19 else None
    if message is None or message.type not in forms():
        raise Http404
    if request.method == "POST":
        done = actions.correct(actor, message.pk, request.POST.get("document", "")[:36])
        _say(request, done.findings)
        return redirect(f"{HERE}/{done.draft.pk}?step=1&all=1" if done.draft else request.get_full_path())
    rows = intake.verdicts(message.pk, MOST_DOCUMENTS)
    return render(request, "drafts/again.html", {"message": message, "title": kind_title(message.type), "rows": rows, "here": HERE})  # fmt: skip


def _lang() -> str:
    return "en" if english() else "zh"


def _say(request: HttpRequest, findings: list[Finding]) -> None:
    for one in findings:
        notes.error(request, f"{one.message(_lang())} {one.remedy(_lang())}")
