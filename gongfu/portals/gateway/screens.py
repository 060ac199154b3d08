"""Pages for developers: the public register of standards, and a firm's keys, webhooks and conformance tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages as notes
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from gongfu.base.access.actions import SCOPES, create_key, revoke_key
from gongfu.base.access.actor import Actor
from gongfu.base.hooks import actions as hooks
from gongfu.base.hooks import queries as hook_log
from gongfu.base.hooks.rules import EVENTS
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.screens.words import english, say
from gongfu.core.rule import Finding
from gongfu.portals.gateway import clients, conformance, queries, standards
from gongfu.portals.gateway.actions import keep_report
from gongfu.portals.gateway.developers import register_told

HOME = "/enterprise/developer"
SHOWN_DELIVERIES = 30
Shown = dict[str, str]

TITLES = {
    "messages": ("报送报文", "hand in messages"),
    "receipts": ("取回执", "fetch receipts"),
    "webhooks": ("管理通知地址", "manage webhooks"),
    "conformance": ("一致性测试", "conformance tests"),
    "feeds": ("送达数据", "deliver feeds"),
}


def register(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Standards with their versions and what is in the current one: fields, schema, samples, code lists."""
    told = register_told()
    current = standards.standards()["ceb"].current(civil_date(clock.now()))
    base = f"/gateway/v1/standards/ceb/{current.version}"
    types = [
        {"name": name, "title": table.title, "receipt": table.is_receipt, "href": f"{base}/{name}"}
        for name, table in standards.types_of(current).items()
    ]
    return render(request, "gateway/register.html", {**told, "types": types, "current": current.version})


def desk(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The firm's keys, addresses and tests; what a form asks for is done first, and a secret is shown this once."""
    shown: Shown = {}
    if request.method == "POST":
        wanted = DOES.get(request.POST.get("do", ""))
        outcome = (
            wanted(request, actor)
            if wanted
            else Finding("LIMIT-QUERY", field="do", value=request.POST.get("do", "")[:20])
        )
        if isinstance(outcome, Finding):
            lang = "en" if english() else "zh"
            notes.error(request, f"{outcome.message(lang)} {outcome.remedy(lang)}")
        elif isinstance(outcome, HttpResponse):
            return outcome
        else:
            shown = outcome
        if not shown:
            return redirect(HOME)
    context = {
        "shown": shown,
        "keys": queries.keys(actor),
        "hooks": hook_log.endpoints(actor),
        "deliveries": hook_log.deliveries(actor, limit=SHOWN_DELIVERIES),
        "reports": queries.reports(actor),
        "certified": queries.certified(actor),
        "scopes": SCOPES,
        "scope_titles": {code: say(zh, en) for code, (zh, en) in TITLES.items()},
        "events": [{"code": code, "title": say(*titles)} for code, titles in EVENTS.items()],
    }
    answer = render(request, "gateway/desk.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


def _make_key(request: HttpRequest, actor: Actor) -> Shown | Finding:
    made = create_key(
        actor,
        environment=request.POST.get("environment", ""),
        scopes=request.POST.getlist("scopes"),
        title=request.POST.get("title", ""),
    )
    if made.finding:
        return made.finding
    return {"client_id": made.client_id, "client_secret": made.client_secret}


def _revoke_key(request: HttpRequest, actor: Actor) -> Shown | Finding:
    gone = revoke_key(actor, request.POST.get("id", "")[:100])
    clients.forget()
    return {} if gone.client_id else Finding("STATE-HOOK-UNKNOWN", value=request.POST.get("id", "")[:40])


def _make_hook(request: HttpRequest, actor: Actor) -> Shown | Finding:
    environment = request.POST.get("environment", "")
    if environment not in ("sandbox", "live"):
        return Finding("LIMIT-QUERY", field="environment", value=environment[:20])
    made = hooks.register(
        actor,
        party_code=actor.party_codes[0],
        zone=actor.zones[0],
        environment=environment,
        url=request.POST.get("url", "").strip(),
        events=request.POST.getlist("events"),
    )
    return made.finding or {"webhook": made.uid, "secret": made.secret}


def _rotate_hook(request: HttpRequest, actor: Actor) -> Shown | Finding:
    made = hooks.rotate(actor, request.POST.get("id", "")[:60])
    return made.finding or {"webhook": made.uid, "secret": made.secret}


def _remove_hook(request: HttpRequest, actor: Actor) -> Shown | Finding:
    return hooks.remove(actor, request.POST.get("id", "")[:60]).finding or {}


def _resend(request: HttpRequest, actor: Actor) -> Shown | Finding:
    return hooks.resend(actor, request.POST.get("id", "")[:60]).finding or {}


def _test(request: HttpRequest, actor: Actor) -> Finding | HttpResponse:
    """Test an uploaded message or zip, and open its report."""
    file = request.FILES.get("file")
    if file is None or (file.size or 0) > conformance.PACKED_BYTES:
        return Finding("LIMIT-BODY", value=str(file.size if file else 0), facts={"limit": conformance.PACKED_BYTES})
    data = file.read()
    files = conformance.unpack(data) if data[:2] == b"PK" else [conformance.File(file.name or "", data)]
    if isinstance(files, Finding):
        return files
    at = clock.now()
    version = standards.standards()["ceb"].current(civil_date(at))
    found = conformance.conform(files, zone=actor.zones[0], party_code=actor.party_codes[0], standard=version, at=at)
    run = keep_report(actor, found, zone=actor.zones[0], party_code=actor.party_codes[0])
    return redirect(f"{HOME}/reports/{run.id}")


DOES: dict[str, Callable[[HttpRequest, Actor], Shown | Finding | HttpResponse]] = {
    "key": _make_key,
    "revoke": _revoke_key,
    "hook": _make_hook,
    "rotate": _rotate_hook,
    "remove": _remove_hook,
    "resend": _resend,
    "test": _test,
}


def report(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """One conformance report of the firm's."""
    run = queries.report(actor, number)
    if run is None:
        raise Http404
    told: dict[str, Any] = {**conformance.told(run.report, "en" if english() else "zh"), "id": str(run.pk)}
    return render(request, "gateway/report.html", {"report": told, "run": run})
