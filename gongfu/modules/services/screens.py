"""The directory of providers, one provider, and the list of actual exporters behind agents."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from gongfu.base.access.actor import Actor
from gongfu.base.kit.beijing import civil_date
from gongfu.base.registers.queries import open_facts
from gongfu.base.screens import exports
from gongfu.base.screens.listing import XLSX, Cell, Column, Listing, Search
from gongfu.base.screens.words import english, say
from gongfu.modules.services import orders, queries, rules
from gongfu.modules.services.flows import CHOICES, SERVICES
from gongfu.modules.services.models import Rating

SHOWN = 50


def named(codes: list[str]) -> str:
    return say("、", ", ").join(say(*SERVICES[one]) for one in codes if one in SERVICES)


def stars(row: Any) -> str:
    """The plain average of all ratings, and how many there are (R-1409)."""
    return f"{row.stars:.1f} ({row.rated})" if row.rated else "—"


def _least(row: Any) -> Cell:
    prices = [price for code in row.facts.get("services", []) if (price := row.facts.get(f"price_{code}")) is not None]
    return Cell("money", min(prices)) if prices else Cell("text", say("面议", "by agreement"))


def _cheaper(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    """Providers with a price of at most so many yuan for anything they offer."""
    if not value.isdecimal() or len(value) > 9:
        return rows.none()
    wanted = Q(pk__in=[])
    for code in SERVICES:
        wanted |= Q(**{f"facts__price_{code}__lte": int(value) * 100})
    return rows.filter(wanted)


DIRECTORY = Listing(
    "服务商", "Providers", about=("入册有效的服务商；许可到期自动退出。评分是全部评价的平均分，括号里是评价数。", "Providers accredited now. Stars are the plain average of all ratings, with their number."),
    empty=("还没有服务商。", "No provider yet."), template="services/directory.html",
    columns=(
        Column("服务商", "Provider", "link", lambda row: Cell("link", row.title, href=f"providers/{row.party_code}")),
        Column("服务", "Services", "text", lambda row: Cell("text", named(row.facts.get("services", [])))),
        Column("地区", "Region", "text", lambda row: Cell("text", row.facts.get("region", "—"))),
        Column("最低价", "From", "money", _least),
        Column("评分", "Stars", "text", lambda row: Cell("text", stars(row))),
        Column("许可有效期至", "Licence until", "text", lambda row: Cell("text", row.valid_until or "—")),
    ),
    searches=(
        Search("q", "名称", "Name", lambda rows, value: rows.filter(title__icontains=value)),
        Search("service", "服务", "Service", lambda rows, value: rows.filter(facts__services__contains=[value]), lambda: [(code, say(zh, en)) for code, zh, en in CHOICES]),
        Search("region", "地区", "Region", lambda rows, value: rows.filter(facts__region__icontains=value)),
        Search("most", "不高于（元）", "At most (CNY)", _cheaper),
        Search("stars", "评分不低于", "Stars at least", lambda rows, value: rows.filter(stars__gte=int(value)) if value in "12345" else rows.none(), lambda: [(str(n), "★" * n) for n in (5, 4, 3)]),
    ),
)  # fmt: skip


def frame(actor: Actor) -> str:
    """The public frame for strangers, the desk's own else."""
    return "" if actor.role else "look/public.html"


def directory(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Providers that may be chosen today."""
    return DIRECTORY.answer(
        request,
        queries.providers(civil_date(timezone.now())),
        shell=frame(actor),
        may_apply=actor.allows("services.apply"),
    )


def provider(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """One provider: services, prices, licence, ratings; each service and a package begin an order with it filled in."""
    row = queries.providers(civil_date(timezone.now())).filter(party_code=code).first()
    if row is None:
        raise Http404
    offered = [one for one in row.facts.get("services", []) if one in SERVICES]
    package = "&".join(f"provider_{one}={code}" for one in offered)
    context = {
        "row": row, "facts": open_facts(orders.PROVIDERS, row, "en" if english() else "zh"), "stars": stars(row), "package": package, "may": actor.allows("services.entrust"), "shell": frame(actor),
        "offered": [{"code": one, "title": say(*SERVICES[one]), "price": row.facts.get(f"price_{one}")} for one in offered if one != "training"],
        "ratings": Rating.objects.filter(provider_code=code).order_by("-pk")[:SHOWN],
    }  # fmt: skip
    return render(request, "services/provider.html", context)


STANDINGS = {
    rules.MATCHED: ("ok", "有委托", "Ordered"),
    rules.NO_ORDER: ("warn", "无委托单", "No order"),
    rules.NO_LIST: ("wait", "未申报", "Not declared"),
}
AGENCY = (
    Column("代理企业", "Agent", "two", lambda row: Cell("two", row["agent_name"] or row["agent"], small=row["agent"])),
    Column("实际出口人", "Actual exporter", "two", lambda row: Cell("two", row["exporter_name"] or row["exporter"], small=row["exporter"])),
    Column("清单", "Lists", "text", lambda row: Cell("text", row["lists"])),
    Column("货值", "Value", "money", lambda row: Cell("money", row["goods_fen"])),
    Column("委托单", "Order", "text", lambda row: Cell("text", row["order"] or "—")),
    Column("核对", "Check", "text", lambda row: Cell("text", say(*STANDINGS[row["standing"]][1:]))),
)  # fmt: skip


def agency(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The quarterly list of actual exporters (R-532): an agent's own, an office's zone; as a workbook with ?export=xlsx."""
    now = rules.quarter(civil_date(timezone.now()))
    asked = request.GET.get("quarter", "") or now
    if rules.QUARTER.fullmatch(asked) is None:
        asked = now
    within: dict[str, Any] = {"agents": actor.party_codes} if actor.reach == "own" else {"zones": actor.zones}
    told = queries.disclosure(asked, **within) if any(within.values()) else []
    if request.GET.get("export") == "xlsx":
        headers = {"Content-Disposition": f'attachment; filename="agency-{asked}.xlsx"'}
        return HttpResponse(exports.workbook(AGENCY, told), content_type=XLSX, headers=headers)
    rows = [[column.cell(row) for column in AGENCY] for row in told]
    context = {
        "quarter": asked,
        "heads": AGENCY,
        "rows": rows,
        "goods_fen": sum(one["goods_fen"] for one in told),
        "lists": sum(one["lists"] for one in told),
    }
    return render(request, "services/agency.html", context)
