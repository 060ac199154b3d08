"""The catalogue, one dataset, who read what, consents, and what is published to everyone."""

from __future__ import annotations

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from gongfu.base.access.actor import Actor
from gongfu.base.kit.beijing import civil_date
from gongfu.base.screens.findings import shown
from gongfu.base.screens.listing import Batch, Cell, Column, Listing, Search, equals, on_day
from gongfu.base.screens.words import english, say
from gongfu.base.sharing import actions, rules
from gongfu.base.sharing.datasets import Dataset, datasets
from gongfu.base.sharing.models import Access, Consent, Grant
from gongfu.core.fields import INTERNAL, OPEN, PERSONAL
from gongfu.core.rule import Finding, registry
from gongfu.zones.plan import plans

SHOWN, CLASSES = 200, {OPEN: ("公开", "open"), INTERNAL: ("内部", "internal"), PERSONAL: ("个人信息", "personal")}
LEVELS = {
    "public": ("公开", "public"),
    "conditional": ("有条件共享", "conditional"),
    "closed": ("不予共享", "not shared"),
}


def catalogue(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every dataset, found by words, with the actor's own grants."""
    words, held = (
        request.GET.get("q", "").strip().lower()[:80],
        set(actions.grants_of(actor).values_list("dataset", flat=True)),
    )
    found = [
        one for one in datasets().values() if words in f"{one.code} {one.title} {one.title_en} {one.about}".lower()
    ]
    told = [
        {
            "one": one,
            "about": say(one.about, one.about_en),
            "level": say(*LEVELS[one.level]),
            "held": one.code in held,
            "fields": len(one.fields),
        }
        for one in found
    ]
    return render(request, "sharing/catalogue.html", {"found": told, "words": words})


def _dataset(code: str) -> Dataset:
    found = datasets().get(code)
    if found is None:
        raise Http404
    return found


def dataset(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """One dataset: its fields with their classes, the actor's grants, and the rows read for a purpose."""
    one, today = _dataset(code), civil_date(timezone.now())
    purpose, told, faults = request.POST.get("purpose", ""), None, []
    if request.method == "POST" and purpose:
        told = actions.read(actor, code, purpose=purpose, lang="en" if english() else "zh")
        faults = [Finding(told.refused, value=one.shown_title)] if told.refused else []
    grants = [
        {"row": row, "holds": row.revoked_at is None and row.valid_until >= today}
        for row in actions.grants_of(actor).filter(dataset=code).order_by("-pk")[:SHOWN]
    ]
    fields = [
        {
            "name": field.name,
            "title": say(field.title, field.title_en),
            "klass": field.klass,
            "said": say(*CLASSES[field.klass]),
        }
        for field in one.fields
    ]
    context = {
        "one": one, "about": say(one.about, one.about_en), "fields": fields, "grants": grants, "purpose": purpose, "faults": shown(faults),
        "rows": [[row[field.name] for field in one.fields] for row in told.rows[:SHOWN]] if told else None, "count": len(told.rows) if told else 0,
        "may_apply": actor.allows("sharing.apply"),
    }  # fmt: skip
    return render(request, "sharing/dataset.html", context, status=403 if faults else 200)


def why(row: Access) -> Cell:
    return Cell("text", say(*registry()[row.refused].title.values()) if row.refused else say("通过", "passed"))


READS = Listing(
    "数据读取记录", "Access log", about=("谁、为什么、读了哪些字段、多少行；每一条都封存。", "Who read what, and why; every entry is sealed."), empty=("还没有人读过。", "Nobody has read yet."),
    columns=(
        Column("时间", "At", "moment", lambda row: Cell("moment", row.at)),
        Column("数据资源", "Dataset", "text", lambda row: Cell("text", datasets()[row.dataset].shown_title if row.dataset in datasets() else row.dataset)),
        Column("读取方", "Reader", "two", lambda row: Cell("two", row.party_code or row.role, small=row.actor)),
        Column("用途", "Purpose", "text", lambda row: Cell("text", row.purpose)),
        Column("字段", "Fields", "text", lambda row: Cell("text", "、".join(row.fields) or "—")),
        Column("行数", "Rows", "text", lambda row: Cell("text", row.rows)),
        Column("结果", "Result", "text", why),
    ),
    searches=(Search("dataset", "数据资源", "Dataset", equals("dataset"), lambda: [(code, one.shown_title) for code, one in datasets().items()]), Search("day", "日期", "Day", on_day("at"), kind="date")),
)  # fmt: skip


def reads(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Owners see the reads of their datasets; a firm sees the reads of its own record."""
    if actor.reach == "own":
        rows = Access.objects.filter(subjects__overlap=list(actor.party_codes))
    else:
        own = [code for code, one in datasets().items() if actor.allows(one.owner)]
        rows = (
            Access.objects.filter(dataset__in=own, zone__in=actor.zones)
            if actor.reach == "zone"
            else Access.objects.filter(dataset__in=own)
        )
    return READS.answer(request, rows)


def consents(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A firm's consents: give one, see them, take one back."""
    fault = ""
    if request.method == "POST":
        fault = _consent(request, actor)
        if not fault:
            return redirect(request.path)
    rows = list(Consent.objects.seen_by(actor).order_by("-pk")[:SHOWN])
    titles = {code: one.shown_title for code, one in datasets().items()}
    told = [{"row": row, "title": titles.get(row.dataset, row.dataset)} for row in rows]
    offered = [(code, one.shown_title) for code, one in datasets().items() if one.subject]
    return render(
        request,
        "sharing/consents.html",
        {"rows": told, "offered": offered, "fault": fault},
        status=422 if fault else 200,
    )


def _consent(request: HttpRequest, actor: Actor) -> str:
    """Do what was asked for; what is wrong with it, in words."""
    taken_back = request.POST.get("withdraw", "")
    if taken_back.isdecimal():
        if not Consent.objects.seen_by(actor).filter(pk=int(taken_back)).exists():
            raise Http404
        actions.withdraw_consent(actor, int(taken_back))
        return ""
    said = {name: request.POST.get(name, "").strip() for name in ("dataset", "reader", "purpose", "until")}
    offered = {code for code, one in datasets().items() if one.subject}
    if said["dataset"] not in offered or not said["reader"] or not said["purpose"]:
        return say("数据、机构和用途都要填。", "Dataset, reader and purpose are all needed.")
    try:
        actions.consent(
            actor,
            dataset=said["dataset"],
            reader_code=said["reader"][:18],
            purpose=said["purpose"][:200],
            until=date.fromisoformat(said["until"]),
        )
    except ValueError:
        return say("期限要填今天以后的日期。", "The last day has to lie ahead.")
    return ""


def published(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """The open fields of a public dataset, for everyone; nothing else is on the page."""
    one = _dataset(code)
    if one.level != "public":
        raise Http404
    asked = request.GET.get("zone", "")
    rows = one.rows({"zone": [asked]} if asked in plans() else {}, SHOWN)
    fields = one.open_fields()
    told = rules.masked(rows, fields, (), "en" if english() else "zh")
    context = {
        "one": one,
        "about": say(one.about, one.about_en),
        "titles": [say(field.title, field.title_en) for field in fields],
        "rows": [list(row.values()) for row in told],
    }
    return render(request, "sharing/published.html", context)


def _revoke(actor: Actor, number: int) -> list[Finding]:
    actions.revoke(actor, number)
    return []


GRANTS = Listing(
    "数据授权", "Grants", about=("本区数据授权给谁、用到哪天。", "To whom data of this zone is granted, and until when."), empty=("还没有授权。", "No grant yet."),
    columns=(
        Column("数据资源", "Dataset", "text", lambda row: Cell("text", row.dataset)),
        Column("给谁", "To", "text", lambda row: Cell("text", row.party_code or row.role)),
        Column("用途", "Purpose", "text", lambda row: Cell("text", row.purpose)),
        Column("字段", "Fields", "text", lambda row: Cell("text", "、".join(row.fields))),
        Column("用到", "Until", "text", lambda row: Cell("text", row.valid_until)),
        Column("撤销", "Revoked", "moment", lambda row: Cell("moment", row.revoked_at)),
    ),
    searches=(Search("dataset", "数据资源", "Dataset", equals("dataset")),),
    batch=(Batch("revoke", "撤销授权", "Revoke", "sharing.decide", _revoke, ("撤销后对方立刻读不到这些数据。", "The reader loses access at once.")),),
)  # fmt: skip


def grants(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Grants within reach."""
    return GRANTS.answer(request, Grant.objects.seen_by(actor))
