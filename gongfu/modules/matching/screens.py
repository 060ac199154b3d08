"""Gaps between the three flows with their owners and ages, and the match rate of every firm."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from gongfu.base.access.actor import Actor
from gongfu.base.screens.listing import Cell, Column, Listing, Search, equals
from gongfu.base.screens.words import STATES, say
from gongfu.modules.matching.chains import KINDS
from gongfu.modules.matching.models import Chain, Gap

OWNERS = {
    "platform": ("电商平台", "Platform"), "seller": ("电商企业", "Seller"), "payment": ("支付企业", "Payment firm"), "logistics": ("物流企业", "Carrier"),
    "declarant": ("申报企业", "Declarant"), "customs": ("海关", "Customs"),
}  # fmt: skip
FLOWS = {"I": ("进口", "Import"), "E": ("出口", "Export"), "B": ("出口 B2B", "B2B export")}
AGES = (
    ("1", "超过 1 天", "Older than 1 day"),
    ("7", "超过 7 天", "Older than 7 days"),
    ("30", "超过 30 天", "Older than 30 days"),
)
MOST_FIRMS = 200


def _file(row: Any) -> str:
    return f"trade-files?{urlencode({'platform': row.ebp_code, 'order': row.order_no})}"


def _kind(row: Gap) -> Cell:
    one = KINDS[row.kind]
    return Cell("two", say(one.title, one.title_en), small=say(*FLOWS[row.flow]))


def _value(row: Gap, side: str) -> Cell:
    one, value = KINDS[row.kind], getattr(row, side)
    if value in STATES:
        value = say(*STATES[value][1:])
    return Cell("two", value, small=say(*getattr(one, side)))


def _age(row: Gap) -> Cell:
    days = (timezone.now() - row.since).days
    return Cell("text", say(f"{days} 天", f"{days} d"))


def _older(rows: QuerySet[Gap], value: str) -> QuerySet[Gap]:
    return (
        rows.filter(since__lt=timezone.now() - timedelta(days=int(value)))
        if value in {one for one, _, _ in AGES}
        else rows.none()
    )


GAPS = Listing(
    "三流差异", "Gaps of the three flows", about=("订单、资金、货物对不上的地方，两边的值和由谁改正。", "Where order, money and goods do not meet: both values, and who can correct it."),
    empty=("三流都对得上。", "All three flows meet."),
    columns=(
        Column("差异", "Gap", "two", _kind),
        Column("订单", "Order", "link", lambda row: Cell("link", row.order_no, href=_file(row))),
        Column("一方", "One side", "two", lambda row: _value(row, "left")),
        Column("另一方", "Other side", "two", lambda row: _value(row, "right")),
        Column("由谁改正", "Owner", "two", lambda row: Cell("two", say(*OWNERS[row.owner_kind]), small=row.owner_code)),
        Column("已有", "Age", "text", _age),
        Column("始于", "Since", "moment", lambda row: Cell("moment", row.since)),
    ),
    searches=(
        Search("q", "订单编号", "Order number", equals("order_no")),
        Search("kind", "差异", "Gap", equals("kind"), lambda: [(one.code, say(one.title, one.title_en)) for one in KINDS.values()]),
        Search("flow", "流向", "Direction", equals("flow"), lambda: [(code, say(*told)) for code, told in FLOWS.items()]),
        Search("owner", "责任方", "Owner", equals("owner_kind"), lambda: [(code, say(*told)) for code, told in OWNERS.items()]),
        Search("firm", "企业代码", "Firm", lambda rows, value: rows.filter(Q(ebc_code=value) | Q(owner_code=value))),
        Search("age", "时长", "Age", _older, lambda: [(code, say(zh, en)) for code, zh, en in AGES]),
    ),
    views=(("全部", "All", ""), ("资金", "Money", "kind=payment_missing,payment_amount,currency,collection_missing,collection_partial,collection_over"), ("货物", "Goods", "kind=waybill_missing,release_pending,goods_returned"), ("超过 7 天", "Older than 7 days", "age=7")),
    name="matching.gaps", rows=lambda actor: Gap.objects.seen_by(actor), permission="trade.read",
)  # fmt: skip


def gaps(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Gaps within reach."""
    return GAPS.answer(request)


def rates(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Orders judged, matched and rate by firm, over the last days asked for."""
    asked = request.GET.get("days", "30")
    days = int(asked) if asked in ("7", "30", "90") else 30
    since = timezone.localdate() - timedelta(days=days - 1)
    rows = Chain.objects.seen_by(actor).filter(day__gte=since).values("ebc_code")
    told = rows.annotate(
        orders=Count("pk"), matched=Count("pk", filter=Q(verdict="matched")), partial=Count("pk", filter=Q(verdict="partial")),
        waiting=Count("pk", filter=Q(verdict="open")), differs=Count("pk", filter=Q(verdict="differs")),
    ).order_by("-orders", "ebc_code")[:MOST_FIRMS]  # fmt: skip
    firms = [{**row, "rate": f"{row['matched'] * 100 / row['orders']:.1f}%"} for row in told]
    return render(request, "matching/rates.html", {"firms": firms, "days": days, "choices": ("7", "30", "90")})
