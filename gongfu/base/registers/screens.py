"""Registers as lists, one entry, and the form by which an office writes one."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from gongfu.base.access.actor import Actor
from gongfu.base.cases.facts import clear
from gongfu.base.kit.beijing import civil_date
from gongfu.base.registers import actions, queries, sheets
from gongfu.base.registers.kinds import RegisterKind, registers
from gongfu.base.registers.models import Entry
from gongfu.base.screens.findings import shown
from gongfu.base.screens.forms import drawn, sent, told
from gongfu.base.screens.listing import Cell, Column, Listing, Search
from gongfu.base.screens.words import english, say
from gongfu.core.rule import Finding

PUBLIC = 300


def _kind(code: str, actor: Actor) -> RegisterKind:
    """The kind of register; not found for those from whom it is kept."""
    kind = registers().get(code)
    if kind is None or (kind.inside and not actor.allows(kind.decides)):
        raise Http404
    return kind


def standing(entry: Any) -> str:
    """valid, expired or withdrawn, today."""
    today = civil_date(timezone.now())
    if entry.withdrawn_on is not None and entry.withdrawn_on <= today:
        return "withdrawn"
    return "expired" if entry.valid_until is not None and entry.valid_until < today else "valid"


def listing(kind: RegisterKind) -> Listing:
    """The list page of a kind, made from its data."""
    return Listing(
        kind.title, kind.title_en, about=(kind.about, kind.about_en), empty=("还没有条目。", "No entry yet."), template="registers/list.html",
        columns=(
            Column("状态", "State", "state", lambda row: Cell("state", standing(row))),
            Column("名称", "Name", "link", lambda row: Cell("link", row.title, href=f"{row.kind}/{row.pk}")),
            Column("综试区", "Zone", "zone", lambda row: Cell("zone", row.zone)),
            Column("生效", "From", "text", lambda row: Cell("text", row.valid_from)),
            Column("失效", "Until", "text", lambda row: Cell("text", row.valid_until or "—")),
        ),
        searches=(Search("q", "名称", "Name", lambda rows, value: rows.filter(title__icontains=value)),),
    )  # fmt: skip


def entries(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """The entries of a kind: for an office its zone's, for a firm those that count, wherever they are."""
    kind, today = _kind(code, actor), civil_date(timezone.now())
    rows = Entry.objects.seen_by(actor).filter(kind=code) if actor.allows(kind.decides) else queries.valid(code, today)
    return listing(kind).answer(
        request,
        rows,
        kind=kind,
        may_import=actor.allows(sheets.PERMISSION) and actor.allows(kind.decides) and sheets.fits(kind),
        may_write=actor.allows(kind.decides) and not kind.by_case,
        may_apply=bool(kind.opens) and actor.allows(kind.opens),
    )


def entry(request: HttpRequest, actor: Actor, code: str, number: int) -> HttpResponse:
    """One entry; all its fields for its office and owner, the open ones for others."""
    kind = _kind(code, actor)
    inside = Entry.objects.seen_by(actor).filter(pk=number, kind=code).first()
    row = inside or queries.valid(code, civil_date(timezone.now())).filter(pk=number).first()
    if row is None:
        raise Http404
    if request.method == "POST" and inside is not None and actor.allows(kind.decides):
        actions.withdraw(actor, number)
        return redirect(request.path)
    lang = "en" if english() else "zh"
    facts = told(kind.fields, clear(row.facts)) if inside else queries.open_facts(kind, row, lang)
    context = {
        "row": row,
        "kind": kind,
        "facts": facts,
        "standing": standing(row),
        "may": inside is not None and actor.allows(kind.decides),
    }
    return render(request, "registers/entry.html", context)


def write(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """A new entry, or one brought up to date, by an office."""
    kind = _kind(code, actor)
    actor.require(kind.decides)
    raw: dict[str, Any] = {}
    faults: list[Finding] = []
    if request.method == "POST":
        raw, faults = sent(actor, kind.fields, request)
        done = actions.write(actor, code, zone=actor.zones[0], raw=raw) if not faults else None
        if done is not None and done.entry is not None:
            return redirect(f"../{code}/{done.entry.pk}")
        faults += done.findings if done is not None else []
    context = {"kind": kind, "fields": drawn(kind.fields, raw, faults), "faults": shown(faults)}
    return render(request, "registers/form.html", context, status=422 if faults else 200)


def public(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """What everyone may see of a public register: entries that count, open fields only."""
    kind = _kind(code, actor)
    if not kind.public:
        raise Http404
    lang = "en" if english() else "zh"
    rows = queries.valid(code, civil_date(timezone.now())).order_by("zone", "title")[:PUBLIC]
    told_rows = [{"row": row, "facts": queries.open_facts(kind, row, lang)} for row in rows]
    return render(
        request, "registers/public.html", {"kind": kind, "about": say(kind.about, kind.about_en), "rows": told_rows}
    )
