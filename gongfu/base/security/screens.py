"""The administrators' pages (controls, incidents, people, reads) and the citizen's page of his own data."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from gongfu.base.access import people as access
from gongfu.base.access.actor import Actor
from gongfu.base.access.models import Person
from gongfu.base.access.queries import people as people_within
from gongfu.base.access.roles import roles
from gongfu.base.audit import actions as audit
from gongfu.base.cases.models import Case
from gongfu.base.kit.beijing import BEIJING, civil_date
from gongfu.base.screens.findings import shown
from gongfu.base.screens.listing import Cell, Column, Listing, Search, equals
from gongfu.base.screens.words import say
from gongfu.base.security import incidents as kind
from gongfu.base.security import requests, rules
from gongfu.base.sharing import queries as reads
from gongfu.base.sharing.datasets import datasets
from gongfu.base.sharing.models import Consent
from gongfu.base.tasks import actions as tasks
from gongfu.base.tasks import queries as lit
from gongfu.base.tasks.desks import desks, desks_of
from gongfu.base.tasks.kinds import CONTROL
from gongfu.base.tasks.models import Record
from gongfu.core.rule import Finding

SHOWN, WATCHED = 200, timedelta(days=30)
WHY_RED = {
    "owner": ("没有责任人", "no owner"),
    "evidence": ("没有证据", "no evidence"),
    "stale": ("证据过期", "evidence too old"),
    "overdue": ("逾期", "overdue"),
}


def controls(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every control with owner, dated evidence and its light; the forms to report and to decide (R-1402)."""
    faults = _control_done(request, actor) if request.method == "POST" else []
    if request.method == "POST" and not faults:
        return redirect(request.path)
    found = lit.lights(CONTROL.code, civil_date(timezone.now()))
    last = {one.task_id: one for one in Record.objects.filter(task__in=[one.task.pk for one in found], verb="report").order_by("id")}  # fmt: skip
    mine = desks_of(actor)
    rows = [
        {
            "task": one.task, "title": say(one.task.title, one.task.title_en), "red": one.light.colour == "red", "next": one.next_check,
            "why": say("、", ", ").join(say(*WHY_RED[reason]) for reason in one.light.reasons), "owner": _desk(one.task.lead), "last": last.get(one.task.pk),
            "mine": one.task.lead in mine and one.task.state != "reported", "waits": one.task.state == "reported",
        }
        for one in found
    ]  # fmt: skip
    context = {
        "rows": rows, "red": sum(bool(row["red"]) for row in rows), "faults": shown(faults), "today": civil_date(timezone.now()),
        "may_open": actor.allows("tasks.open_controls"), "may_decide": actor.allows("tasks.accept"),
    }  # fmt: skip
    return render(request, "security/controls.html", context, status=422 if faults else 200)


def _desk(code: str) -> str:
    desk = desks().get(code)
    return say(desk.title, desk.title_en) if desk else ""


def _control_done(request: HttpRequest, actor: Actor) -> list[Finding]:
    """Open the list, report evidence, accept it or send it back."""
    number, verb, text = request.POST.get("number", ""), request.POST.get("do", ""), request.POST.get("text", "")
    pk = int(number) if number.isdecimal() and len(number) < 19 else 0
    if verb == "open":
        return tasks.open_controls(actor).findings
    if verb == "accept":
        return tasks.accept(actor, pk, note=text).findings
    if verb == "send_back":
        return tasks.send_back(actor, pk, reason=text).findings
    try:
        day = date.fromisoformat(request.POST.get("dated_on", ""))
    except ValueError:
        return [Finding("TASK-DAY", field="dated_on", value=request.POST.get("dated_on", "")[:20], facts={"low": "2000-01-01", "high": str(civil_date(timezone.now()))})]  # fmt: skip
    return tasks.report(actor, pk, text=text, dated_on=day).findings


def clock_cell(row: Case) -> Cell:
    """What is left of the time to report, or by how much it was missed."""
    clock = rules.clock(row.facts, timezone.now())
    if clock is None:
        return Cell("text", say("无报告时限", "none"))
    hours, minutes = divmod(clock.minutes, 60)
    span = say(f"{hours} 时 {minutes} 分", f"{hours} h {minutes} min")
    by = clock.report_by.astimezone(BEIJING).strftime("%m-%d %H:%M")
    if clock.running:
        told = say(f"超时 {span}", f"overdue by {span}") if clock.late else say(f"剩 {span}", f"{span} left")
    else:
        told = say(f"迟报 {span}", f"reported {span} late") if clock.late else say("按时报告", "reported in time")
    return Cell("two", told, small=say(f"应于 {by} 前", f"by {by}"))


INCIDENTS = Listing(
    "网络安全事件", "Security incidents", about=("较大及以上事件从发现起 1、2 或 4 小时内报告；演练同样计时（R-1405）。", "Larger ones are reported within 1, 2 or 4 hours of discovery; drills run the same clock (R-1405)."),
    empty=("没有事件。", "No incident."), template="security/incidents.html",
    columns=(
        Column("状态", "State", "state", lambda row: Cell("state", row.state)),
        Column("事件", "Incident", "link", lambda row: Cell("link", row.title, href=f"cases/{row.pk}")),
        Column("等级", "Level", "text", lambda row: Cell("text", _choice(rules.LEVELS, row.facts.get("level")))),
        Column("报告时限", "Reporting clock", "two", clock_cell),
        Column("发现", "Discovered", "text", lambda row: Cell("text", str(row.facts.get("discovered_at", ""))[:16].replace("T", " "))),
    ),
    searches=(Search("state", "状态", "State", equals("state")),),
)  # fmt: skip


def _choice(choices: tuple[tuple[str, str, str], ...], code: object) -> str:
    return next((say(zh, en) for value, zh, en in choices if value == code), "—")


def incidents(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Incidents of the house with their clocks."""
    rows = Case.objects.seen_by(actor).filter(kind=kind.FLOW.code)
    return INCIDENTS.answer(request, rows, may_report=actor.allows("incidents.report"))


def people(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every account with its role; the security administrator locks and unlocks."""
    faults: list[Finding] = []
    if request.method == "POST":
        number, on = request.POST.get("number", ""), request.POST.get("do") == "on"
        done = access.lock(actor, int(number) if number.isdecimal() and len(number) < 19 else 0, on=on)
        if done.finding is None:
            return redirect(request.path)
        faults = [done.finding]
    words = request.GET.get("q", "").strip()[:40]
    rows = people_within(actor).filter(username__icontains=words).order_by("username")[:SHOWN]
    context = {"rows": [_person(row, actor) for row in rows], "words": words, "faults": shown(faults)}
    return render(request, "security/people.html", context, status=422 if faults else 200)


def _person(row: Person, actor: Actor) -> dict[str, Any]:
    role = roles().get(row.role)
    title = say(role.title_zh, role.title_en) if role else say("无角色", "no role")
    return {"row": row, "role": title, "me": f"person:{row.pk}" == actor.name}


def watch(request: HttpRequest, actor: Actor) -> HttpResponse:
    """For the audit administrator: views in full with their reasons, readers of too many persons, and whether the chain holds."""
    context = {
        "plain": list(reads.in_full()[:SHOWN]), "heavy": reads.heavy(timezone.now() - WATCHED), "limit": reads.MOST_PERSONS,
        "broken": audit.verify() if request.method == "POST" else None,
    }  # fmt: skip
    return render(request, "security/watch.html", context)


def me(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A person's own page: every read of his record, his consents, his requests and when they are answered."""
    known = datasets()
    found = reads.of_subject(actor.party_codes)
    told = [
        {
            "row": one,
            "title": known[one.dataset].shown_title if one.dataset in known else one.dataset,
            "who": _reader(one),
        }
        for one in found[:SHOWN]
    ]
    asked = Case.objects.seen_by(actor).filter(kind=requests.FLOW.code).order_by("-pk")[:SHOWN]
    context = {"reads": told, "count": found.count(), "consents": Consent.objects.seen_by(actor).order_by("-pk")[:SHOWN], "asked": asked, "days": requests.DAYS}  # fmt: skip
    return render(request, "security/me.html", context)


def _reader(one: Any) -> str:
    role = roles().get(one.role)
    return say(role.title_zh, role.title_en) if role else one.party_code or one.actor
