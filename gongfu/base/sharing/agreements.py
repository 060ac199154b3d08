"""Cooperation agreements (合作协议): a register, and what lives under each entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.cases.models import Case
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.registers.actions import enter
from gongfu.base.registers.kinds import RegisterKind
from gongfu.base.registers.models import Entry
from gongfu.base.sharing.models import Access, Grant
from gongfu.core.fields import INTERNAL, PERSONAL, Field
from gongfu.zones.plan import plans

QUARTER_DAYS = 92
PARTNERS = (
    ("zone", "综试区", "Pilot zone"), ("port", "口岸与港", "Port"), ("platform", "平台", "Platform"), ("finance", "金融与信用机构", "Finance and credit"),
    ("association", "协会", "Association"), ("department", "部门", "Department"), ("warehouse", "海外仓", "Overseas warehouse"),
)  # fmt: skip
REGISTER = RegisterKind(
    "agreements", "合作协议", "Cooperation agreements", "与其他综试区、口岸、平台、银行、协会的协议，以及协议下的往来。", "Agreements and what lives under them.",
    fields=(
        Field("key", "编号", "Key", longest=40), Field("title", "名称", "Title"), Field("partner", "对方", "Partner"), Field("partner_kind", "对方类型", "Kind of partner", "choice", choices=PARTNERS),
        Field("scope", "合作范围", "Scope", "lines", needed=False, longest=1000), Field("datasets", "共享数据", "Datasets", "lines", needed=False), Field("projects", "共同项目", "Joint projects", "lines", needed=False),
        Field("signed_on", "签署日期", "Signed on", "date", needed=False), Field("until", "有效期至", "Valid until", "date", needed=False),
        Field("anchor", "方案原文", "Words of the plan", needed=False), Field("contact", "联系人电话", "Contact", "phone", needed=False, klass=PERSONAL, masked="phone"),
        Field("file", "协议文本编号", "Document", needed=False, klass=INTERNAL),
    ),
    module="sharing", key="key", headline="title", decides="agreements.decide", until="until", public=True, features=("sharing.agreements",),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Opened:
    zone: str
    fresh: int

    def audit(self) -> dict[str, Any] | None:
        facts = {"fresh": self.fresh}
        return {"subject": f"agreements:{self.zone}", "zone": self.zone, "facts": facts} if self.fresh else None


@action("agreements.decide", title="按方案登记协议")
def open_planned(actor: Actor, zone: str) -> Opened:
    """Enter each agreement that the zone's plan names and that is not in the register yet. KeyError for an unknown zone."""
    named = plans()[zone].agreements
    known = set(Entry.objects.filter(kind=REGISTER.code, zone=zone).values_list("key", flat=True))
    for one in named:
        if one.key not in known:
            enter(REGISTER, zone, one.model_dump(), "", None, civil_date(clock.now()))
    return Opened(zone, sum(one.key not in known for one in named))


def activity(entry: Entry) -> dict[str, Any]:
    """What lives under an agreement, counted from the records: grants, reads through them, joint orders, and the last of these."""
    grants = Grant.objects.filter(agreement=entry.key)
    reads = Access.objects.filter(grant__in=grants, refused="").aggregate(last=Max("at"))["last"]
    orders = Case.objects.filter(kind="cases.joint", facts__agreement=entry.key)
    moved = orders.aggregate(last=Max("moved_at"))["last"]
    seen = [one for one in (reads, moved) if one is not None]
    return {
        "grants": grants.filter(revoked_at=None).count(),
        "orders": orders.count(),
        "open": orders.filter(closed_at=None).count(),
        "last": max(seen, default=None),
    }


def dead(zone: str, on: date) -> list[tuple[Entry, str]]:
    """Agreements of a zone past their date, or without any activity for a quarter, with the reason."""
    found = []
    for entry in Entry.objects.filter(kind=REGISTER.code, zone=zone, withdrawn_on=None).order_by("key"):
        last = activity(entry)["last"]
        quiet_since = max(civil_date(last) if last else entry.valid_from, entry.valid_from)
        if entry.valid_until is not None and entry.valid_until < on:
            found.append((entry, "expired"))
        elif on - quiet_since > timedelta(days=QUARTER_DAYS):
            found.append((entry, "quiet"))
    return found


def page(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every agreement of the zone with what lives under it; the dead ones marked."""
    zone = actor.zones[0] if actor.zones else next(iter(plans()))
    why = {entry.pk: reason for entry, reason in dead(zone, civil_date(timezone.now()))}
    rows = [
        {"row": entry, "why": why.get(entry.pk, "valid"), **activity(entry)}
        for entry in Entry.objects.filter(kind=REGISTER.code, zone=zone).order_by("key")
    ]
    return render(
        request, "sharing/agreements.html", {"rows": rows, "dead": len(why), "may": actor.allows("agreements.decide")}
    )
