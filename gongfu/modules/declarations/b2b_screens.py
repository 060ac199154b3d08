"""Pages of B2B exports: industry templates that fill in a list, and the steps of cargo that is inspected before it is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from gongfu.base.access.actor import Actor
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.screens.findings import shown
from gongfu.base.screens.forms import drawn, typed
from gongfu.base.screens.words import say
from gongfu.core.ceb.schema import table as layout
from gongfu.core.fields import Field, parse
from gongfu.core.money import fen
from gongfu.core.rule import Finding
from gongfu.modules.declarations import yard
from gongfu.modules.declarations.rules import exporting, loading
from gongfu.modules.declarations.rules.industries import Industry, filled, industries
from gongfu.modules.declarations.rules.lists import ExportCase
from gongfu.modules.goods import queries as goods

LIST = "CEB603Message"
PARCEL = (Field("carrier", "物流企业代码", "Carrier", longest=18), Field("waybill", "运单编号", "Waybill", longest=32))
STEP = (
    *PARCEL,
    Field("step", "步骤", "Step", "choice", choices=tuple((code, zh, en) for code, (zh, en) in loading.STEPS.items())),
    Field("customs_code", "海关", "Customs office", longest=4, help="四位关区代码，如 7913", help_en="four digits, such as 7913"),
    Field("site", "监管场所", "Supervised site", longest=100, help="名录里的编号、名称或监管场所代码。", help_en="Its code, name or loctNo in the register."),
    Field("packs", "件数", "Packages", "whole", least=1, most=99_999, only=("step", (loading.RECEIVED,))),
    Field("grams", "毛重（克）", "Gross weight (g)", "whole", least=1, only=("step", (loading.RECEIVED,))),
    Field("sound", "查验无异常", "Nothing found", "yes", needed=False, only=("step", (loading.INSPECTED,))),
    Field("remark", "查验说明", "Remark", longest=200, needed=False, only=("step", (loading.INSPECTED,))),
    Field("container", "集装箱或车号", "Container or vehicle", longest=40, only=("step", (loading.LOADED,))),
    Field("seal", "封志号", "Seal", longest=40, only=("step", (loading.SEALED,))),
)  # fmt: skip


def templates(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Choose an industry, say what the goods are, and see the list filled in, its lane and what to look out for."""
    known = industries()
    one = known.get(request.GET.get("industry", ""), next(iter(known.values())))
    raw: Mapping[str, Any] = typed(one.fields, request.GET)
    asked = "hs10" in request.GET
    clean, faults = parse(one.fields, raw, on=civil_date(clock.now())) if asked else ({}, [])
    context = {
        "industries": [{"code": each.code, "title": say(each.title_zh, each.title_en), "on": each is one} for each in known.values()], "one": one,
        "title": say(one.title_zh, one.title_en), "fields": drawn(one.fields, raw, faults), "faults": shown(faults),
        "answers": [("industry", one.code), *raw.items()], "may": actor.allows("drafts.open"),
        **(_filled(one, clean) if asked and not faults else {}),
    }  # fmt: skip
    return render(request, "declarations/industries.html", context, status=422 if faults else 200)


def _filled(industry: Industry, clean: Mapping[str, Any]) -> dict[str, Any]:
    """What the template makes of the answers, for the page."""
    today = civil_date(clock.now())
    head, line = filled(industry, clean, today)
    code, names = (
        str(clean["hs10"]),
        {one.name: one.chinese for one in (*layout(LIST).head_fields, *layout(LIST).item_fields)},
    )
    flags = [flag for flag, _, _ in goods.controls([code], "E", today).get(code, [])]
    case = ExportCase(str(clean["mode"]), fen(Decimal(line["totalPrice"])), today, **exporting.flagged(flags))
    advice = exporting.advise(case)
    lacking = [one.chinese for one in layout(LIST).item_fields if one.required == "Y" and not line.get(one.name)]
    return {
        "rows": [(names.get(name, name), name, value) for name, value in {**head, **line}.items()], "lacking": lacking, "best": advice.best,
        "reasons": [say(*one) for one in advice.reasons], "hints": [say(one.zh, one.en) for one in industry.hints_for(code)],
    }  # fmt: skip


def steps(request: HttpRequest, actor: Actor) -> HttpResponse:
    """One parcel of loose cargo at a site: its steps so far, and the next one."""
    raw: Mapping[str, Any] = typed(STEP, request.POST if request.method == "POST" else request.GET)
    faults: list[Finding] = []
    if request.method == "POST":
        clean, faults = parse(STEP, raw, on=civil_date(clock.now()))
        if not faults:
            told = {**clean, "sound": bool(clean.get("sound"))} if clean["step"] == loading.INSPECTED else clean
            faults = list(yard.record(actor, clean["carrier"], clean["waybill"], clean["step"], told).findings)
        if not faults:
            return redirect(f"{request.path}?carrier={clean['carrier']}&waybill={clean['waybill']}")
    _, past = yard.parcel(actor, str(raw.get("carrier", "")), str(raw.get("waybill", "")))
    context = {
        "fields": drawn(STEP, raw, faults), "faults": shown(faults), "found": bool(raw.get("waybill")), "find": drawn(PARCEL, raw),
        "past": [{"title": say(*loading.STEPS[one.event]), "at": one.at, "by": one.actor, "told": _told(one.facts)} for one in past],
    }  # fmt: skip
    return render(request, "declarations/loading.html", context, status=422 if faults else 200)


def _told(facts: Mapping[str, Any]) -> str:
    titles = {one.name: say(one.title, one.title_en) for one in STEP}
    words = {True: say("是", "yes"), False: say("否", "no")}
    return " · ".join(
        f"{titles.get(name, name)} {words[value] if isinstance(value, bool) else value}"
        for name, value in facts.items()
    )
