"""Filed firms, one firm, and those whose confirmation is overdue."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from gongfu.base.access.actor import Actor
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.papers.kinds import SUPERSEDED, VALID, WITHDRAWN, Content, PaperKind
from gongfu.base.screens.listing import Cell, Column, Listing, Search, equals
from gongfu.base.screens.words import say
from gongfu.modules.parties import queries, rules
from gongfu.modules.parties.flows import CHOICES, KINDS, KINDS_EN
from gongfu.modules.parties.models import Party
from gongfu.zones.plan import plans


def standing(party: Party, on: date) -> str:
    """valid, overdue (its confirmation is due) or revoked."""
    if party.revoked_on is not None and party.revoked_on <= on:
        return "revoked"
    late = rules.confirm_by(party.confirmed_on or party.filed_on) < on
    return "confirm_overdue" if late and not party.origin else "valid"


def kinds_in_words(party: Party) -> str:
    return say("、", ", ").join(say(KINDS.get(one, one), KINDS_EN.get(one, one)) for one in party.kinds)


def _found(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    return rows.filter(
        Q(code=text.upper()) | Q(customs_code=text) | Q(name__contains=text) | Q(name_key=rules.name_key(text))
    )


def _late(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    return queries.overdue(rows, civil_date(clock.now()))


LISTING = Listing(
    "备案企业", "Filed firms", about=("一次备案，各区有效；海关编码、类型和状态以备案为准。", "File once, valid in every zone."), empty=("还没有备案企业。", "No firm filed yet."),
    columns=(
        Column("状态", "State", "state", lambda row: Cell("state", standing(row, civil_date(clock.now())))),
        Column("企业", "Firm", "link", lambda row: Cell("link", row.name, href=f"parties/{row.pk}")),
        Column("统一社会信用代码", "Credit code", "text", lambda row: Cell("text", row.code)),
        Column("海关编码", "Customs code", "text", lambda row: Cell("text", row.customs_code or "—")),
        Column("类型", "Kinds", "text", lambda row: Cell("text", kinds_in_words(row))),
        Column("备案地", "Home zone", "zone", lambda row: Cell("zone", row.origin or row.zone)),
        Column("备案日期", "Filed on", "text", lambda row: Cell("text", row.filed_on)),
    ),
    searches=(
        Search("q", "名称或代码", "Name or code", _found),
        Search("kind", "类型", "Kind", lambda rows, value: rows.filter(kinds__contains=[value]), lambda: [(code, say(zh, en)) for code, zh, en in CHOICES]),
        Search("zone", "备案地", "Home zone", equals("zone")),
        Search("late", "确认", "Confirmation", _late, lambda: [("1", say("逾期未确认", "Overdue"))]),
    ),
    views=(("全部", "All", ""), ("逾期未确认", "Confirmation overdue", "late=1")),
)  # fmt: skip


def reachable(actor: Actor) -> QuerySet[Any]:
    """Own filing for a firm; every valid filing for an office, because a filing holds in every zone (R-707)."""
    return Party.objects.all() if actor.reach in ("zone", "platform") else Party.objects.seen_by(actor)


def parties(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Firms on file."""
    return LISTING.answer(request, reachable(actor))


def _certified(actor: Actor, key: str) -> Content | None:
    """What the certificate of a filing says: open facts of a filing of ours that holds."""
    party = reachable(actor).filter(code=key, origin="", revoked_on=None).first()
    if party is None:
        return None
    lines = (
        (say("企业名称", "Firm"), party.name),
        (say("统一社会信用代码", "Credit code"), party.code),
        (say("备案类型", "Kinds"), kinds_in_words(party)),
        (say("备案地", "Home zone"), say(plans()[party.zone].title, plans()[party.zone].title_en)),
        (say("备案日期", "Filed on"), f"{party.filed_on:%Y-%m-%d}"),
        (say("版本", "Version"), str(party.version)),
        (say("效力", "Validity"), say("在各综试区有效", "Valid in every pilot zone")),
    )
    return Content(party.zone, party.code, party.version, lines)


def _standing(key: str, version: int) -> str:
    party = queries.by_code(key)
    if party is None or (party.revoked_on is not None and party.revoked_on <= civil_date(clock.now())):
        return WITHDRAWN
    return VALID if party.version == version else SUPERSEDED


CERTIFICATE = PaperKind(
    "parties.filing", "市场主体备案证明", "Certificate of filing", "parties.read", _certified, _standing, features=("parties.filing",)
)  # fmt: skip


def find_parties(actor: Actor, words: str) -> list[tuple[str, str]]:
    """Firms by name or code, for the search box."""
    return [
        (f"{row.name} {row.code}", f"parties/{row.pk}") for row in _found(reachable(actor), words).order_by("pk")[:6]
    ]


def party(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """One firm: its filing, certificates, and cases."""
    row = reachable(actor).filter(pk=number).first()
    if row is None:
        raise Http404
    context = {
        "row": row,
        "standing": standing(row, civil_date(clock.now())),
        "kinds": kinds_in_words(row),
        "certificates": row.certificates.order_by("-pk"),
        "cases": queries.cases_of(actor, row.code),
        "due": rules.confirm_by(row.confirmed_on or row.filed_on),
    }
    return render(request, "parties/party.html", context)
