"""Cooperation agreements (合作协议): a register, and what lives under each entry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Max, OuterRef, Q, Subquery
from django.db.models.fields.json import KT
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.cases import joint
from gongfu.base.cases.models import Case
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.registers.actions import enter
from gongfu.base.registers.kinds import RegisterKind
from gongfu.base.registers.models import Entry
from gongfu.base.registers.queries import valid
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
    module="sharing", key="key", headline="title", decides="agreements.decide", until="until", remind=(60, 14), public=True, features=("sharing.agreements",),
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


def in_force(key: str, on: date, zones: Iterable[str] = ()) -> bool:
    """Whether an agreement of this key holds on the day in the register of one of the zones, or of any."""
    found = valid(REGISTER.code, on).filter(key=key)
    wanted = list(zones)
    return (found.filter(zone__in=wanted) if wanted else found).exists()


@joint.agreements
def known(key: str) -> bool:
    return in_force(key, civil_date(clock.now()))


@dataclass(slots=True)
class Activity:
    """What lives under an agreement: grants that hold, joint orders in all and still open, and the last sign of life."""

    grants: int = 0
    orders: int = 0
    open: int = 0
    last: datetime | None = None

    def seen(self, at: datetime | None) -> None:
        self.last = max((one for one in (self.last, at) if one is not None), default=None)


def activities(keys: Iterable[str], on: date) -> dict[str, Activity]:
    """By key, counted from the records themselves: grants, reads through them, and joint orders sent that name the agreement."""
    found = {key: Activity() for key in keys}
    for key, live, last in _granted(list(found), on):
        found[key].grants = live
        found[key].seen(last)
    reads = Access.objects.filter(grant__agreement__in=list(found), refused="")
    for key, last in reads.values_list("grant__agreement").annotate(last=Max("at")):
        found[key].seen(last)
    for key, orders, still_open, last in _ordered(list(found)):
        found[key].orders, found[key].open = orders, still_open
        found[key].seen(last)
    return found


def _granted(keys: list[str], on: date) -> Any:
    """(key, grants that hold on the day, when the last one was decided) of each agreement that has any."""
    decided = Case.objects.filter(pk=OuterRef("case_id")).values("moved_at")
    rows = Grant.objects.filter(agreement__in=keys).annotate(moved=Subquery(decided))
    live = Count("pk", filter=Q(revoked_at=None, valid_until__gte=on))
    return rows.values_list("agreement").annotate(live=live, last=Max("moved"))


def _ordered(keys: list[str]) -> Any:
    """(key, joint orders sent, those still open, when the last one moved) of each agreement that has any."""
    rows = Case.objects.filter(kind=joint.FLOW.code, facts__agreement__in=keys).exclude(state=joint.FLOW.start)
    still_open = Count("pk", filter=Q(closed_at=None))
    named = rows.annotate(named=KT("facts__agreement")).values_list("named")
    return named.annotate(sent=Count("pk"), still_open=still_open, last=Max("moved_at"))


def dead(entries: Iterable[Entry], lives: Mapping[str, Activity], on: date) -> list[tuple[Entry, str]]:
    """Agreements that are past their date, or without any activity for a quarter, with the reason; withdrawn ones left out."""
    found = []
    for entry in (one for one in entries if one.withdrawn_on is None):
        last = lives[entry.key].last
        quiet_since = max(civil_date(last) if last else entry.valid_from, entry.valid_from)
        if entry.valid_until is not None and entry.valid_until < on:
            found.append((entry, "expired"))
        elif on - quiet_since > timedelta(days=QUARTER_DAYS):
            found.append((entry, "quiet"))
    return found


def of_zone(zone: str) -> list[Entry]:
    """The agreements of a zone by key."""
    return list(Entry.objects.filter(kind=REGISTER.code, zone=zone).order_by("key"))


def page(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every agreement of the zone with what lives under it; the dead ones marked."""
    zone = actor.zones[0] if actor.zones else next(iter(plans()))
    entries, today = of_zone(zone), civil_date(clock.now())
    lives = activities((one.key for one in entries), today)
    why = {entry.pk: reason for entry, reason in dead(entries, lives, today)}
    rows = [{"row": one, "why": why.get(one.pk, _standing(one)), "lives": lives[one.key]} for one in entries]
    return render(
        request, "sharing/agreements.html", {"rows": rows, "dead": len(why), "may": actor.allows("agreements.decide")}
    )


def _standing(entry: Entry) -> str:
    return "withdrawn" if entry.withdrawn_on is not None else "valid"
