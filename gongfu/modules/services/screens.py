"""The directory of providers, the form by which services are entrusted, an order on one page, and the provider's own desk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from gongfu.base.access.actor import Actor
from gongfu.base.cases import queries as cases
from gongfu.base.cases.kinds import kinds
from gongfu.base.cases.models import Case, Step
from gongfu.base.cases.screens import verb_title
from gongfu.base.kit.beijing import civil_date
from gongfu.base.registers.models import Entry
from gongfu.base.registers.screens import standing
from gongfu.base.screens.findings import shown
from gongfu.base.screens.forms import drawn, typed
from gongfu.base.screens.listing import Cell, Column, Listing, Search, equals
from gongfu.base.screens.words import STATES, english, say
from gongfu.core.fields import Field, parse
from gongfu.core.rule import Finding
from gongfu.modules.services import actions, queries, rules
from gongfu.modules.services.catalogue import LICENCES, PACKAGES, SERVICES, UNITS
from gongfu.modules.services.flows import ANSWER, ORDER_FIELDS, RATING, UNDONE
from gongfu.modules.services.models import Rating

SHOWN = 60
UNIT = {code: (zh, en) for code, zh, en in UNITS}
LICENCE = {code: (zh, en) for code, zh, en in LICENCES}
SEARCH = (
    Field("service", "服务", "Service", "choice", needed=False, choices=tuple((one.code, one.title, one.title_en) for one in SERVICES.values())),
    Field("region", "地区", "Region", needed=False, longest=40),
    Field("price", "价格不超过", "Price at most", "money", needed=False, least=0, unit="元"),
    Field("stars", "评分不低于", "Rated at least", "whole", needed=False, least=1, most=5),
    Field("q", "名称或简介", "Name or description", needed=False, longest=40),
)  # fmt: skip


def today() -> Any:
    return civil_date(timezone.now())


def directory(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Providers in choice, best rated first; expired ones are not there."""
    said, faults = parse(SEARCH, request.GET, on=today())
    rows = queries.searched(
        queries.in_choice(today()), service=said.get("service", ""), region=said.get("region", ""), words=said.get("q", ""), fen=said.get("price"), stars=said.get("stars")
    )  # fmt: skip
    context = {
        "fields": drawn(SEARCH, request.GET, faults),
        "faults": shown(faults),
        "rows": [_told(row) for row in rows[:SHOWN]],
        "base": "/enterprise/providers" if actor.role else "/providers",
    }
    return render(request, "services/directory.html" if _inside(request) else "services/directory_public.html", context)


def _inside(request: HttpRequest) -> bool:
    return request.path.startswith("/enterprise/")


def _told(entry: Any) -> dict[str, Any]:
    """A listing as pages show it: services with price and unit in words, licences with their dates."""
    services = [
        {**one, "title": _title(one["service"]), "unit": say(*UNIT[one["unit"]])} for one in entry.facts["services"]
    ]
    licences = [{**one, "title": say(*LICENCE[one["kind"]])} for one in entry.facts["licences"]]
    return {"row": entry, "services": services, "licences": licences, "stars": entry.stars, "votes": entry.votes or 0}


def _title(service: str) -> str:
    one = SERVICES.get(service)
    return say(one.title, one.title_en) if one else service


def provider(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """One provider in choice: licences, services, prices, ratings and how they are counted."""
    entry = queries.in_choice(today()).filter(party_code=code).first()
    if entry is None:
        raise Http404
    context = {
        **_told(entry),
        "ratings": queries.ratings(entry.party_code)[:SHOWN],
        "may": actor.allows("services.entrust"),
    }
    return render(request, "services/provider.html" if _inside(request) else "services/provider_public.html", context)


def entrust(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Choose services and their providers, look at the sum, place the order."""
    groups = queries.offered(_wanted(request), today())
    raw: Mapping[str, Any] = typed(ORDER_FIELDS, request.POST)
    picks = _picks(request, groups)
    faults: list[Finding] = []
    if request.method == "POST":
        if "place" in request.POST:
            placed = actions.entrust(actor, picks, raw)
            if placed.order is not None:
                return redirect(f"/enterprise/entrustments/{placed.order.pk}")
            faults = placed.findings
        else:
            faults = parse(ORDER_FIELDS, raw, on=today())[1] + actions.pick_findings(
                picks, queries.chosen([one.entry for one in picks], today()), actor.own_codes[0]
            )
    context = _form(request, groups, picks, raw, faults)
    return render(
        request,
        "services/entrust.html",
        {**context, "review": picks and request.method == "POST" and not faults},
        status=422 if faults else 200,
    )


def _wanted(request: HttpRequest) -> list[str]:
    """The services shown: those of a package, those asked for, else all."""
    package = PACKAGES.get(request.GET.get("package", ""))
    asked = (
        list(package[2]) if package else [one for one in request.GET.get("service", "").split(",") if one in SERVICES]
    )
    return asked or list(SERVICES)


def _picks(request: HttpRequest, groups: Mapping[str, Any]) -> list[actions.Pick]:
    """What was chosen; a service whose providers all left meanwhile is still told, not forgotten."""
    told = (
        actions.read_pick(code, request.POST.get(f"pick-{code}", ""), request.POST.get(f"quantity-{code}", "1"))
        for code in dict.fromkeys([*groups, *SERVICES])
    )
    return [one for one in told if one is not None]


def _form(
    request: HttpRequest,
    groups: Mapping[str, Any],
    picks: list[actions.Pick],
    raw: Mapping[str, Any],
    faults: list[Finding],
) -> dict[str, Any]:
    lang, chosen = "en" if english() else "zh", {one.service: one for one in picks}
    wrong = {one.field: one.message(lang) for one in faults}
    told = [
        {
            "code": code, "title": _title(code), "quantity": chosen[code].quantity if code in chosen else 1, "error": wrong.get(f"pick-{code}", ""),
            "rows": [
                {"row": row, "offer": one, "unit": say(*UNIT[one["unit"]]), "on": code in chosen and chosen[code].entry == row.pk, "votes": row.votes or 0}
                for row, one in rows
            ],
        }
        for code, rows in groups.items()
    ]  # fmt: skip
    legs = [
        {"title": _title(one.service), "pick": one, "fee": one.price_fen * one.quantity, "name": row.title}
        for one in picks
        for row, _ in groups.get(one.service, [])
        if row.pk == one.entry
    ]
    return {
        "groups": told, "fields": drawn(ORDER_FIELDS, raw, faults), "faults": shown(faults), "legs": legs, "total": sum(one["fee"] for one in legs),
        "packages": [{"code": code, "title": say(zh, en), "on": request.GET.get("package") == code} for code, (zh, en, _) in PACKAGES.items()],
    }  # fmt: skip


ORDERS = Listing(
    "我的委托", "My entrustments", about=("每张委托单的进度和费用。", "Where each order stands, and what it costs."), empty=("还没有委托，去选服务商。", "Nothing entrusted yet."),
    columns=(
        Column("状态", "State", "state", lambda row: Cell("state", row.state)),
        Column("单号", "Number", "link", lambda row: Cell("link", row.number, href=f"entrustments/{row.pk}")),
        Column("内容", "What", "text", lambda row: Cell("text", row.title)),
        Column("费用合计", "Fees in all", "money", lambda row: Cell("money", row.fee)),
        Column("下单", "Placed", "moment", lambda row: Cell("moment", row.opened_at)),
    ),
    searches=(Search("q", "单号", "Number", equals("number")), Search("state", "状态", "State", equals("state"), lambda: [(one, say(*STATES[one][1:])) for one in ("working", "done", "void")])),
    template="services/orders.html",
)  # fmt: skip


def orders(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Orders within reach."""
    return ORDERS.answer(request, queries.orders(actor), may=actor.allows("services.entrust"))


def order(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """One order: each service with its steps, evidence, fee and day; the sum; the ratings when all has ended."""
    row = queries.orders(actor).filter(pk=number).first()
    if row is None:
        raise Http404
    faults: list[Finding] = []
    if request.method == "POST":
        try:
            rated = actions.rate(actor, number, request.POST.get("provider", "")[:18], typed(RATING, request.POST))
        except Case.DoesNotExist:
            raise Http404 from None
        if not rated.findings:
            return redirect(request.path)
        faults = rated.findings
    legs = queries.legs(row)
    context = {
        "row": row, "legs": _legs(legs), "faults": shown(faults), "portal": request.path.split("/")[1],
        "undone": sum(leg.state in UNDONE for leg in legs), "ratings": _ratings(request, actor, row, legs, faults),
    }  # fmt: skip
    return render(request, "services/order.html", context, status=422 if faults else 200)


def _legs(legs: list[Case]) -> list[dict[str, Any]]:
    """Each service with its sealed steps, read for all of them at once."""
    steps: dict[int, list[Step]] = {}
    for step in Step.objects.filter(case__in=legs).order_by("seq"):
        steps.setdefault(step.case_id, []).append(step)
    told = []
    for leg in legs:
        kind = kinds()[leg.kind]
        done = [
            {"row": one, "title": verb_title(kind, one.verb), "files": cases.documents(kind, one)}
            for one in steps.get(leg.pk, [])
        ]
        told.append(
            {
                "row": leg,
                "title": kind.title,
                "steps": done,
                "unit": say(*UNIT[leg.facts["unit"]]),
                "undone": leg.state in UNDONE,
            }
        )
    return told


def _ratings(
    request: HttpRequest, actor: Actor, row: Any, legs: list[Case], faults: list[Finding]
) -> list[dict[str, Any]]:
    """For each provider that rendered a service of a completed order: its rating, and the form while it may be changed."""
    if row.state != "done":
        return []
    given = {one.provider_code: one for one in Rating.objects.filter(order=row)}
    last = rules.rate_until(civil_date(row.closed_at))
    mine = actor.allows("services.rate") and row.party_code in actor.own_codes and today() <= last
    named = {leg.handler_code: str(leg.facts["provider"]) for leg in legs if leg.state == "settled"}
    told = []
    for code, name in named.items():
        one, here = given.get(code), request.POST.get("provider") == code
        values = request.POST if here else {"stars": one.stars, "words": one.words} if one else {}
        told.append(
            {
                "code": code,
                "name": name,
                "rating": one,
                "last": last,
                "fields": drawn(RATING, values, faults if here else ()) if mine else [],
            }
        )
    return told


JOBS = Listing(
    "接到的委托", "Services entrusted to us", about=("等接单的、在办的和办完的。", "Waiting, under way and done."), empty=("还没有委托。", "Nothing entrusted yet."),
    columns=(
        Column("状态", "State", "state", lambda row: Cell("state", row.state)),
        Column("单号", "Number", "link", lambda row: Cell("link", row.number, href=f"cases/{row.pk}")),
        Column("服务", "Service", "text", lambda row: Cell("text", _title(row.kind.partition(".")[2]))),
        Column("委托人", "Client", "text", lambda row: Cell("text", row.party_code)),
        Column("约定费用", "Agreed fee", "money", lambda row: Cell("money", row.facts.get("fee"))),
        Column("应完成", "Due", "text", lambda row: Cell("text", row.due_on or "—")),
        Column("最近办理", "Last step", "moment", lambda row: Cell("moment", row.moved_at)),
    ),
    searches=(
        Search("q", "单号或委托人", "Number or client", lambda rows, value: rows.filter(number=value) | rows.filter(party_code=value.upper())),
        Search("kind", "服务", "Service", equals("kind"), lambda: [(f"services.{one.code}", say(one.title, one.title_en)) for one in SERVICES.values()]),
        Search("state", "状态", "State", equals("state")),
    ),
    views=(("全部", "All", ""), ("待接单", "Waiting for us", "state=offered")),
)  # fmt: skip


def jobs(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Services entrusted to one's own firm."""
    return JOBS.answer(request, queries.jobs(actor))


def own_ratings(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What clients said of one's own firm, each with room for an answer."""
    faults: list[Finding] = []
    asked = request.POST.get("rating", "")
    if request.method == "POST" and not asked:
        return redirect(request.path)
    if request.method == "POST":
        try:
            told = actions.answer(
                actor, int(asked) if asked.isdecimal() and len(asked) < 19 else 0, typed(ANSWER, request.POST)
            )
        except Rating.DoesNotExist:
            raise Http404 from None
        if not told.findings:
            return redirect(request.path)
        faults = told.findings
    rows = Rating.objects.filter(provider_code__in=actor.own_codes).select_related("order").order_by("-pk")[:SHOWN]
    context = {"rows": [{"row": one, "wrong": str(one.pk) == asked} for one in rows], "faults": shown(faults)}
    return render(request, "services/ratings.html", context, status=422 if faults else 200)


RATINGS = Listing(
    "服务评价", "Ratings of services", about=("委托人对服务商的评价和服务商的回复。", "What clients said of providers, and the answers."), empty=("还没有评价。", "No rating yet."),
    columns=(
        Column("评分", "Stars", "text", lambda row: Cell("text", row.stars)),
        Column("评价", "In words", "text", lambda row: Cell("text", row.words)),
        Column("回复", "Answer", "text", lambda row: Cell("text", row.answer or "—")),
        Column("服务商", "Provider", "text", lambda row: Cell("text", row.provider_code)),
        Column("委托单", "Order", "link", lambda row: Cell("link", row.order.number, href=f"entrustments/{row.order_id}")),
        Column("时间", "Rated", "moment", lambda row: Cell("moment", row.changed_at or row.at)),
    ),
    searches=(
        Search("provider", "服务商代码", "Provider's code", lambda rows, value: rows.filter(provider_code=value.upper())),
        Search("stars", "评分", "Stars", lambda rows, value: rows.filter(stars=value) if value in "12345" else rows.none(), lambda: [(str(one), str(one)) for one in range(1, 6)]),
    ),
    views=(("全部", "All", ""), ("一分", "One star", "stars=1")),
)  # fmt: skip


def ratings(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Ratings within reach."""
    return RATINGS.answer(request, Rating.objects.seen_by(actor).select_related("order"))


def _serves(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    return queries.searched(rows, service=value)


LISTED = Listing(
    "服务商", "Service providers", about=("本区服务商的状态、资质到期日和评价。", "Standing, last day of licences and ratings of the zone's providers."), empty=("还没有服务商。", "No provider yet."),
    columns=(
        Column("状态", "State", "state", lambda row: Cell("state", standing(row))),
        Column("服务商", "Provider", "link", lambda row: Cell("link", row.title, href=f"registers/providers/{row.pk}")),
        Column("企业代码", "Credit code", "text", lambda row: Cell("text", row.party_code)),
        Column("服务", "Services", "text", lambda row: Cell("text", say("、", ", ").join(_title(one["service"]) for one in row.facts["services"]))),
        Column("资质到期", "Licences until", "text", lambda row: Cell("text", row.valid_until or "—")),
        Column("平均分", "Average", "text", lambda row: Cell("text", f"{row.stars:.1f}" if row.stars else "—")),
        Column("评价数", "Ratings", "text", lambda row: Cell("text", row.votes or 0)),
    ),
    searches=(
        Search("q", "名称", "Name", lambda rows, value: rows.filter(title__icontains=value)),
        Search("service", "服务", "Service", _serves, lambda: [(one.code, say(one.title, one.title_en)) for one in SERVICES.values()]),
    ),
)  # fmt: skip


def listed(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All providers of the zone, those out of choice as well."""
    return LISTED.answer(request, queries.rated(Entry.objects.seen_by(actor).filter(kind=queries.PROVIDERS)))
