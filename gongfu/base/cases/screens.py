"""The service hall, one form for every kind, the inbox, and a case with its sealed steps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from gongfu.base.access.actor import Actor, of_person
from gongfu.base.access.roles import roles
from gongfu.base.cases import actions, queries
from gongfu.base.cases.facts import clear
from gongfu.base.cases.joint import RESULTS
from gongfu.base.cases.kinds import ANSWER, CaseKind, kinds
from gongfu.base.cases.models import Case
from gongfu.base.cases.sheets import PERMISSION as SHEETS
from gongfu.base.cases.sheets import fits
from gongfu.base.files import actions as files
from gongfu.base.files.screens import attachment
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.screens.findings import shown
from gongfu.base.screens.forms import drawn, sent, told
from gongfu.base.screens.listing import Cell, Column, Listing, Search, equals
from gongfu.base.screens.words import STATES, say
from gongfu.core.fields import PERSONAL
from gongfu.core.flow import Move
from gongfu.core.rule import Finding
from gongfu.reference.workdays import working_days_between
from gongfu.zones.plan import plans

INBOX, PARTS = 200, 60


def zone_of(request: HttpRequest, actor: Actor) -> str:
    """The zone whose services are shown: the one asked for, else one's own, else the first."""
    asked = request.GET.get("zone", "")
    if asked in plans():
        return asked
    return actor.zones[0] if actor.zones and actor.zones[0] in plans() else next(iter(plans()))


def hall(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every service of a zone, by subject or by life event, found by words."""
    zone, words = zone_of(request, actor), request.GET.get("q", "").strip()[:80]
    by = "event" if request.GET.get("by") == "event" else "topic"
    topics = {
        say(*title): [
            {"kind": one, "about": say(one.about, one.about_en), "days": _promised(one, zone)} for one in kinds
        ]
        for title, kinds in queries.grouped(queries.found(zone, words), by).items()
    }
    context = {"topics": topics, "words": words, "by": by, "zone": plans()[zone], "zones": plans().values()}
    return render(request, "cases/hall.html" if actor.role else "cases/hall_public.html", context)


def _promised(kind: CaseKind, zone: str) -> int:
    """Working days the desks promise in all, on the straight way."""
    own, state, total, seen = plans()[zone].days(kind.code), kind.flow.start, 0, set()
    while state not in seen:
        seen.add(state)
        onward = [move for move in kind.flow.moves_from(state) if move.target not in seen]
        if not onward:
            break
        total += own.get(onward[0].verb, onward[0].days or 0)
        state = onward[0].target
    return total


def service(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """One service: its steps as the flow has them, promised and measured times by version."""
    kind, zone = _kind(code), zone_of(request, actor)
    own = plans()[zone].days(kind.code)
    steps = [
        {
            "title": _move_title(move),
            "who": _who(move.by),
            "days": own.get(move.verb, move.days),
            "from": _states(move.sources),
            "to": _states((move.target,)),
            "four": move.other,
        }
        for move in kind.flow.moves
    ]
    measured, order = queries.measured(kind.code, zone), {one.version: one for one in queries.versions(kind.code)}
    spent = [
        {
            **row,
            "title": _states((row["state"],)),
            "since": order[row["version"]].first_at if row["version"] in order else None,
            "now": row["version"] == kind.flow.version(),
        }
        for row in measured
    ]
    context = {
        "kind": kind,
        "about": say(kind.about, kind.about_en),
        "steps": steps,
        "spent": spent,
        "can": actor.allows(kind.opens),
        "fields": [say(one.title, one.title_en) for one in kind.fields if one.needed],
        "days": _promised(kind, zone),
        "zone": plans()[zone],
    }
    return render(request, "cases/service.html" if actor.role else "cases/service_public.html", context)


def _kind(code: str) -> CaseKind:
    kind = kinds().get(code)
    if kind is None:
        raise Http404
    return kind


def _move_title(move: Move) -> str:
    return say(move.title, move.title_en or move.title)


def _states(codes: tuple[str, ...]) -> str:
    return " / ".join(say(*STATES.get(code, ("", code, code))[1:]) for code in codes)


def _who(permission: str) -> str:
    """The roles that hold a permission, in words."""
    return say("、", ", ").join(
        say(role.title_zh, role.title_en) for role in roles().values() if permission in role.may
    )


def start(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """A new case: the form with what is known of the firm, kept as a draft or handed in at once."""
    kind = _kind(code)
    actor.require(kind.opens)
    if kind.begins:
        return redirect(f"/{_portal(request)}/{kind.begins}")
    if request.method != "POST":
        given = _given(actor, kind, request.GET.get("about", "")[:80])
        return _form(
            request,
            kind,
            None,
            {**given, **_asked(request, kind)},
            [],
            given,
            firms=actor.doing(kind.opens).party_codes,
        )
    raw, faults = sent(actor, kind.fields, request)
    chosen = request.POST.get("for", "")[:32] if actor.reach == "own" else ""
    taken = actions.open_case(actor, code, zone=actor.zones[0], raw=raw, party_code=chosen)
    if taken.case is None:
        return _form(request, kind, None, raw, taken.findings, {}, status=403)
    return _after_saving(request, actor, kind, taken, raw, faults)


def _given(actor: Actor, kind: CaseKind, about: str) -> dict[str, Any]:
    """What is known already: of the thing that the case is about, else of the actor's firm."""
    if kind.prefill_about and about:
        return kind.prefill_about(actor, about)
    return kind.prefill(actor) if kind.prefill else {}


def _asked(request: HttpRequest, kind: CaseKind) -> dict[str, str]:
    """First values that the link brought along; never a personal one, which would stay in logs."""
    return {
        one.name: request.GET[one.name][:200]
        for one in kind.fields
        if one.name in request.GET and one.klass != PERSONAL
    }


def edit(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """A draft, filled in further; `auto` saves without leaving the page."""
    case = _seen(actor, number)
    kind = _kind(case.kind)
    actor.require(kind.opens)
    if request.method != "POST":
        return _form(request, kind, case, case.facts, [Finding.load(one) for one in case.findings], {})
    raw, faults = sent(actor, kind.fields, request)
    taken = actions.save_draft(actor, number, raw)
    if request.GET.get("auto"):
        return render(request, "cases/saved.html", {"now": timezone.now()})
    return _after_saving(request, actor, kind, taken, raw, faults)


def _after_saving(
    request: HttpRequest,
    actor: Actor,
    kind: CaseKind,
    taken: actions.Taken,
    raw: Mapping[str, Any],
    faults: list[Finding],
) -> HttpResponse:
    """On to the case, or the form again.  raw: what was typed.  faults: of documents sent with it, which were not kept."""
    case = taken.case
    if case is None or not taken.done:
        return redirect("../")
    if faults:
        return _form(request, kind, case, raw, faults, {}, status=422)
    if "submit" in request.POST:
        faults = [Finding.load(one) for one in case.findings]
        if not faults:
            handed = actions.take(actor, case.pk, "submit")
            if handed.done:
                return redirect(f"/{_portal(request)}/cases/{case.pk}")
            faults = handed.findings
        return _form(request, kind, case, raw, faults, {}, status=422)
    return redirect(f"/{_portal(request)}/cases/{case.pk}/edit")


def _portal(request: HttpRequest) -> str:
    return request.path.split("/")[1]


def _form(
    request: HttpRequest,
    kind: CaseKind,
    case: Case | None,
    values: Mapping[str, Any],
    faults: list[Finding],
    given: Mapping[str, Any],
    status: int = 200,
    firms: tuple[str, ...] = (),
) -> HttpResponse:
    sources = {name: say("企业档案", "firm's file") for name in given}
    fields = drawn(
        kind.fields, {name: "" if isinstance(value, dict) else value for name, value in values.items()}, faults, sources
    )
    titles = {one["name"]: one["title"] for one in fields}
    kept = [titles[name] for name, value in values.items() if isinstance(value, dict) and name in titles]
    context = {
        "sheet": case is None and fits(kind) and of_person(request.user).allows(SHEETS),
        "kind": kind, "case": case, "portal": _portal(request), "fields": fields, "faults": [{**one, "title": titles.get(one["field"], one["title"])} for one in shown(faults)], "kept": kept,
        "uploads": ",".join(f"file-{one.name}" for one in kind.fields if one.kind == "file"), "firms": firms,
        "stages": _stages(kind, case), "action": f"/{_portal(request)}/cases/{case.pk}/edit" if case else request.path,
    }  # fmt: skip
    return render(request, "cases/form.html", context, status=status)


def _stages(kind: CaseKind, case: Case | None) -> list[dict[str, str]]:
    """The straight way through the flow, with what is done and where the case stands."""
    way, state = [kind.flow.start], kind.flow.start
    while onward := [move for move in kind.flow.moves_from(state) if move.target not in way]:
        state = onward[0].target
        way.append(state)
    here = case.state if case else kind.flow.start
    place = way.index(here) if here in way else len(way)
    tone = [
        ("d" if index < place or (case and case.closed_at and index == place) else "h" if index == place else "n")
        for index in range(len(way))
    ]
    return [{"title": _states((one,)), "tone": mark} for one, mark in zip(way, tone, strict=True)]


CASES = Listing(
    "事项", "Cases", about=("办过的和在办的事项。", "Cases under way and done."), empty=("还没有事项，去办事大厅看看。", "No case yet; look into the service hall."),
    columns=(
        Column("状态", "State", "state", lambda row: Cell("state", row.state)),
        Column("案号", "Number", "link", lambda row: Cell("link", row.number, href=f"cases/{row.pk}")),
        Column("事项", "Service", "text", lambda row: Cell("text", kinds()[row.kind].title if row.kind in kinds() else row.kind)),
        Column("标题", "Title", "text", lambda row: Cell("text", row.title)),
        Column("应办结", "Due", "text", lambda row: Cell("text", row.due_on or "—")),
        Column("最近办理", "Last step", "moment", lambda row: Cell("moment", row.moved_at)),
    ),
    searches=(
        Search("q", "案号或标题", "Number or title", lambda rows, value: rows.filter(number=value) | rows.filter(title__icontains=value)),
        Search("kind", "事项", "Service", equals("kind"), lambda: [(code, one.title) for code, one in kinds().items()]),
        Search("state", "状态", "State", equals("state")),
        Search("late", "联办", "Joint answers", lambda rows, value: rows.filter(pk__in=queries.overdue(_today()).values("case_id")), lambda: [("1", say("有单位超期未答复", "A desk is overdue"))]),
    ),
)  # fmt: skip


def _today() -> date:
    return civil_date(clock.now())


def cases(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Cases within reach."""
    return CASES.answer(request, Case.objects.seen_by(actor))


def _seen(actor: Actor, number: int) -> Case:
    case: Case | None = Case.objects.seen_by(actor).filter(pk=number).first()
    if case is None:
        raise Http404
    return case


def detail(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """One case: facts, findings, steps, and the moves that this actor may make."""
    case, faults = _seen(actor, number), []
    page = _kind(case.kind).page
    if page:
        return redirect(f"/{_portal(request)}/{page.format(case.pk)}")
    if request.method == "POST":
        faults = _moved(request, actor, case)
        if not faults:
            return redirect(request.path)
        case.refresh_from_db()
    return render(
        request, "cases/case.html", {**_told(actor, case), "faults": shown(faults)}, status=422 if faults else 200
    )


def _moved(request: HttpRequest, actor: Actor, case: Case) -> list[Finding]:
    """Make the move that was asked for; the findings that stood in the way."""
    verb, kind = request.POST.get("verb", ""), _kind(case.kind)
    move = next((one for one in kind.flow.moves_from(case.state) if one.verb == verb), None)
    if verb == "answer":
        result, faults = sent(actor, ANSWER, request)
        if not faults:
            given = {name: value for name, value in result.items() if value}
            faults = list(actions.answer_desk(actor, case.pk, request.POST.get("note", ""), given).findings)
        return faults
    said, faults = sent(actor, move.asks, request) if move else ({}, [])
    if faults:
        return faults
    taken = actions.take(actor, case.pk, verb, said, request.POST.get("note", ""))
    return [] if taken.done else taken.findings


def document(request: HttpRequest, actor: Actor, number: int, sha256: str) -> StreamingHttpResponse:
    """A document of a case within reach: whoever sees the case may open it."""
    case = _seen(actor, number)
    opened = files.open_used(actor, sha256, f"case:{case.pk}") or files.open_file(actor, sha256)
    if opened is None:
        raise Http404
    return attachment(opened)


def _told(actor: Actor, case: Case) -> dict[str, Any]:
    kind = _kind(case.kind)
    inside = Case.objects.all().decided_by(actor).filter(pk=case.pk).exists()
    moves = [one for one in kind.flow.moves_from(case.state) if inside and actions.may_move(actor, case, kind, one.by)]
    desks = list(case.desks.order_by("pk"))
    asked = {field.name: field for move in moves for field in move.asks}
    wanted = {
        name: [_move_title(move) for move in moves if name in {field.name for field in move.asks}] for name in asked
    }
    steps = list(case.steps.order_by("-seq")[:60])
    return {
        "case": case, "kind": kind, "facts": told((*kind.fields, *{field.name: field for move in kind.flow.moves for field in move.asks}.values()), _unsealed(case)),
        "findings": shown([Finding.load(one) for one in case.findings]), "stages": _stages(kind, case),
        "steps": [{"row": step, "title": verb_title(kind, step.verb), "who": _role(step.role), "files": queries.documents(kind, step)} for step in steps], "sound": not queries.broken(case),
        "portal": roles()[actor.role].portal,
        "moves": [{"verb": one.verb, "title": _move_title(one), "final": one.target in kind.flow.finals} for one in moves],
        "asked": [{**one, "needed": False, "help": say("用于：", "For: ") + say("、", ", ").join(wanted[one["name"]])} for one in drawn(tuple(asked.values()), {})],
        "onward": [{"title": say(one.title, one.title_en), "address": one.address.format(case.pk)} for one in kind.onward if case.state in one.states and actions.may_move(actor, case, kind, one.permission)],
        "parts": _parts(actor, case), "outcomes": [_outcome(one) for one in queries.joint_orders(case)], "answering": drawn(ANSWER, {}),
        "whole": Case.objects.seen_by(actor).filter(pk=case.parent_id).first() if case.parent_id else None,
        "concerned": Case.objects.seen_by(actor).filter(number=case.about).first() if case.about else None,
        "due": _due(case.due_on), "desks": [{"row": one, "who": _role(one.role), "due": _due(one.due_on)} for one in desks],
        "editable": actor.allows(kind.opens) and inside and any(one.verb == "submit" for one in moves),
        "asks_me": any(one.role == actor.role and one.zone in actor.zones and one.answered_at is None for one in desks),
    }  # fmt: skip


def _parts(actor: Actor, case: Case) -> list[dict[str, Any]]:
    """Cases that are part of this one and within reach, each with the last thing said of it."""
    rows = Case.objects.seen_by(actor).filter(parent=case).order_by("pk")[:PARTS]
    said = ("result", "progress", "reason")
    return [{"row": row, "word": next((row.facts[name] for name in said if row.facts.get(name)), "—")} for row in rows]


def _outcome(order: Case) -> dict[str, Any]:
    """What came of asking other desks, as everyone who sees the case concerned may know it: that it runs, or the one conclusion."""
    result = next((say(zh, en) for code, zh, en in RESULTS if code == order.facts.get("result")), "")
    return {"row": order, "ended": order.state == "settled", "result": result, "text": order.facts.get("conclusion", "")}


def _unsealed(case: Case) -> dict[str, Any]:
    """The facts as the fields show them: personal values are opened only to be masked."""
    return clear(case.facts)


def verb_title(kind: CaseKind, verb: str) -> str:
    aside = {"open": say("发起", "Opened"), "answer": say("联办答复", "Desk answered")}
    move = next((one for one in kind.flow.moves if one.verb == verb), None)
    return _move_title(move) if move else aside.get(verb, verb)


def _role(code: str) -> str:
    role = roles().get(code)
    return say(role.title_zh, role.title_en) if role else say("系统", "System")


def _due(day: date | None) -> dict[str, str] | None:
    """How long is left, in words, with its tone."""
    if day is None:
        return None
    today = _today()
    if day < today:
        late = working_days_between(day, today)
        return {"tone": "bad", "text": say(f"超 {late} 个工作日", f"{late} working days over"), "day": day.isoformat()}
    left = working_days_between(today, day)
    tone = "warn" if left == 0 else "t2"
    return {
        "tone": tone,
        "text": say("今天到期", "Due today") if left == 0 else say(f"剩 {left} 个工作日", f"{left} working days left"),
        "day": day.isoformat(),
    }


def find_services(actor: Actor, words: str) -> list[tuple[str, str]]:
    """Services of one's zone, for the search box."""
    zone = actor.zones[0] if actor.zones else ""
    return [(one.title, f"hall/{one.code}") for one in queries.found(zone, words)]


def find_cases(actor: Actor, words: str) -> list[tuple[str, str]]:
    """Cases within reach by their number."""
    rows = Case.objects.seen_by(actor).filter(number__iexact=words)[:1]
    return [(f"{row.number} {row.title}", f"cases/{row.pk}") for row in rows]


def waiting(actor: Actor, person: Any) -> int:
    """How many cases wait for this desk, counted no further than the inbox shows."""
    return len(queries.inbox(actor).values_list("pk", flat=True)[:INBOX])


def inbox(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What waits for this desk (待办), by urgency, with the one at hand beside it."""
    rows = list(queries.inbox(actor)[:INBOX])
    asked = request.GET.get("case", "")
    chosen = next((row for row in rows if str(row.pk) == asked), rows[0] if rows else None)
    faults: list[Finding] = []
    if request.method == "POST" and chosen is not None:
        try:
            faults = _moved(request, actor, chosen)
        except PermissionDenied:
            faults = [Finding("CASE-FOUR-EYES", chosen.number)]
        if not faults:
            return redirect(request.path)
    listed = [
        {
            "row": row,
            "kind": kinds()[row.kind].title,
            "due": _due(row.due_on),
            "group": _group(row.due_on),
            "here": row is chosen,
        }
        for row in rows
    ]
    context = {
        "listed": listed,
        "count": len(rows),
        "faults": shown(faults),
        **(_told(actor, chosen) if chosen else {}),
    }
    return render(request, "cases/inbox.html", context, status=422 if faults else 200)


def _group(day: date | None) -> str:
    due = _due(day)
    if due is None:
        return say("无期限", "No term")
    return {"bad": say("已超时", "Overdue"), "warn": say("今天到期", "Due today")}.get(
        due["tone"], say("以后", "Later")
    )
