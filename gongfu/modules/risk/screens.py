"""The whitelist, how a firm stands against it, the clocks of lists, and published step times."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone

from gongfu.base.access.actor import Actor
from gongfu.base.kit.beijing import BEIJING, civil_date
from gongfu.base.registers.models import Entry
from gongfu.base.registers.screens import standing as entry_state
from gongfu.base.screens.listing import Cell, Column, Listing, Search, equals, on_day
from gongfu.base.screens.templatetags.look import seconds
from gongfu.base.screens.words import MODES, say
from gongfu.modules.parties import queries as parties
from gongfu.modules.risk import queries, words
from gongfu.modules.risk.flows import GRADES, WHITELIST_CODE
from gongfu.modules.risk.models import Clock
from gongfu.modules.risk.rules import whitelist
from gongfu.modules.risk.rules.clocks import RUNNING, STOPPED
from gongfu.reference.tables import table
from gongfu.zones.plan import plans

DAYS = 30
RESULTS = {"met": "met", "failed": "below", "unmeasured": "unmeasured"}


def _span() -> tuple[datetime, datetime]:
    """The last DAYS days, today included."""
    end = datetime.combine(civil_date(timezone.now()) + timedelta(days=1), datetime.min.time(), BEIJING)
    return end - timedelta(days=DAYS), end


# ── a firm's standing ────────────────────────────────────────────────────────
def own_standing(request: HttpRequest, actor: Actor) -> HttpResponse:
    """One's own firm: criteria, checks, step times."""
    if not actor.own_codes or not actor.zones:
        raise Http404
    return _standing(request, actor, actor.own_codes[0], actor.zones[0], "risk/standing.html")


def standing(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """A firm of the zone."""
    zone = next((one for one in actor.zones if parties.by_code(code) or _listed(one, code)), None)
    if zone is None:
        raise Http404
    return _standing(request, actor, code, zone, "risk/standing.html")


def _listed(zone: str, code: str) -> bool:
    return Entry.objects.filter(kind=WHITELIST_CODE, zone=zone, party_code=code).exists()


def _standing(request: HttpRequest, actor: Actor, code: str, zone: str, template: str) -> HttpResponse:
    today = civil_date(timezone.now())
    told = queries.measured(zone, code, today)
    entry = Entry.objects.filter(kind=WHITELIST_CODE, zone=zone, party_code=code).first()
    start, end = _span()
    lists, kept = queries.on_time(zone, start, end, code)
    context = {
        "code": code, "name": parties.names([code]).get(code, code), "zone": plans()[zone], "entry": entry, "entry_state": entry_state(entry) if entry else "",
        "rows": [shown(one) for one in whitelist.criteria(told, queries.stated(entry.case_id) if entry else {})], "told": told, "confidence": _confidence(),
        "checks": [{"row": one, "failed": [say(*words.CRITERIA[code][:2]) for code in one.failed]} for one in queries.checks(actor, code)],
        "steps": _steps(queries.step_times(zone, start, end, code)), "share": _share(lists, kept), "days": DAYS,
        "may_apply": actor.allows("risk.apply") and code in actor.own_codes and not (entry and entry_state(entry) == "valid"),
    }  # fmt: skip
    return render(request, template, context)


def shown(one: whitelist.Criterion) -> dict[str, Any]:
    """A criterion as people read it."""
    zh, en, unit = words.CRITERIA[one.code]
    most = one.code in ("errors", "cases")
    return {
        "title": say(zh, en), "value": _figure(one.value, unit), "bound": ("≤ " if most else "≥ ") + _figure(one.bound, unit),
        "state": RESULTS[one.result], "stated": one.stated,
    }  # fmt: skip


def _figure(value: Any, unit: str) -> str:
    if value is None:
        return "—"
    if unit == "grade":
        return next((say(zh, en) for code, zh, en in GRADES if code == value), str(value))
    return f"{value // 100}.{value % 100:02d} %" if unit == "bp" else str(value)


def _confidence() -> str:
    """How sure the platform is of the bounds: the letter of the parameters' table."""
    told = table("parameters").filter(table("parameters")["key"].str.starts_with("whitelist."))
    return str(max(told["confidence"].to_list()))


# ── members ──────────────────────────────────────────────────────────────────
MEMBERS = Listing(
    "白名单", "Whitelist", about=("承诺 24 小时放行的企业，每月复核，出现红旗当天暂停。", "Firms promised release within 24 hours; checked monthly, suspended the day a red flag is written."), empty=("还没有企业。", "No firm yet."),
    columns=(
        Column("状态", "State", "state", lambda row: Cell("state", entry_state(row)), needs=("withdrawn_on", "valid_until")),
        Column("企业", "Firm", "link", lambda row: Cell("link", row.title, href=f"whitelist/{row.party_code}"), needs=("title", "party_code")),
        Column("企业代码", "Credit code", "text", lambda row: Cell("text", row.party_code), needs=("party_code",)),
        Column("准入", "Admitted", "text", lambda row: Cell("text", row.valid_from), needs=("valid_from",)),
        Column("暂停", "Suspended", "text", lambda row: Cell("text", row.withdrawn_on or "—"), needs=("withdrawn_on",)),
    ),
    searches=(
        Search("q", "名称", "Name", lambda rows, value: rows.filter(title__icontains=value)),
        Search("code", "企业代码", "Credit code", lambda rows, value: rows.filter(party_code=value.upper())),
    ),
)  # fmt: skip


def members(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Firms that are, or were, on the zone's whitelist."""
    return MEMBERS.answer(request, Entry.objects.seen_by(actor).filter(kind=WHITELIST_CODE))


# ── clocks ───────────────────────────────────────────────────────────────────
CLOCKS = Listing(
    "清单用时", "Clocks of lists", about=("每一票已放行清单的用时；等三单、等企业处理时停表。", "How long each released list took; the clock stops while it waits for documents or for the firm."), empty=("还没有已放行的清单。", "No list released yet."),
    columns=(
        Column("清单", "List", "link", lambda row: Cell("link", f"#{row.declaration_id}", href=f"lists/{row.declaration_id}"), needs=("declaration_id",)),
        Column("方式", "Mode", "text", lambda row: Cell("text", row.mode), needs=("mode",)),
        Column("放行", "Released", "moment", lambda row: Cell("moment", row.released_at), needs=("released_at",)),
        Column("计时", "Clock", "text", lambda row: Cell("text", seconds(row.counted_s)), needs=("counted_s",)),
        Column("停表", "Stopped", "text", lambda row: Cell("text", seconds(row.stopped_s)), needs=("stopped_s",)),
        Column("最慢环节", "Slowest step", "two", lambda row: Cell("two", words.step(row.slowest), small=seconds(getattr(row, f"{row.slowest}_s")) if row.slowest else ""), needs=("slowest", *(f"{one}_s" for one in RUNNING))),
        Column("承诺", "Promise", "text", lambda row: Cell("text", (say("超时", "Late") if row.late else say("按时", "Kept")) if row.whitelisted else "—"), needs=("whitelisted", "late")),
    ),
    searches=(
        Search("code", "企业代码", "Firm's code", lambda rows, value: rows.filter(agent_code=value.upper())),
        Search("mode", "监管方式", "Mode", equals("mode"), lambda: [(name, f"{name} {say(*told)}") for name, told in MODES.items()]),
        Search("step", "最慢环节", "Slowest step", equals("slowest"), lambda: [(one, words.step(one)) for one in RUNNING]),
        Search("late", "承诺", "Promise", lambda rows, value: rows.filter(whitelisted=True, late=value == "1"), lambda: [("1", say("超时", "Late")), ("0", say("按时", "Kept"))]),
        Search("day", "放行日期", "Released on", on_day("released_at"), kind="date"),
    ),
    views=(("全部", "All", ""), ("白名单超时", "Whitelisted and late", "late=1")),
    name="risk.clocks", rows=lambda actor: Clock.objects.seen_by(actor), permission="risk.read",
)  # fmt: skip


def clocks(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Clocks of lists within reach."""
    return CLOCKS.answer(request)


def clock(actor: Actor, row: Any) -> str:
    """The panel of a list's page: how long its clock has run, when and why it stood still, whether the promise is kept."""
    told = queries.clock_of(row, timezone.now())
    if told is None:
        return ""
    stops = [
        {"why": words.stop(state, reason), "from": since, "until": until, "lasts": until is None}
        for state, reason, since, until in told.stops
    ]
    state = "released" if told.released else "ended" if told.ended else "still" if told.still else "runs"
    context = {"told": told, "stops": stops, "state": say(*words.CLOCKS[state])}
    if told.limit_s is not None:
        context |= {"hours": told.limit_s // 3600, "kept": _kept(told)}
    return render_to_string("risk/clock.html", context)


def _kept(told: queries.Timed) -> str:
    """What has become of the promise."""
    if told.late:
        return say("超时", "Late")
    if told.released:
        return say("按时", "Kept")
    return say("未放行", "Not released") if told.ended else say("期限内", "In time")


def clearance(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Step times and the kept promise of the last days, zone by zone."""
    start, end = _span()
    told = []
    for zone in actor.zones:
        lists, kept = queries.on_time(zone, start, end)
        told.append(
            {"zone": plans()[zone], "steps": _steps(queries.step_times(zone, start, end)), "share": _share(lists, kept)}
        )
    bound = plans()[actor.zones[0]].parameters(civil_date(timezone.now()))["clearance.share_bp"] if actor.zones else 0
    return render(request, "risk/clearance.html", {"told": told, "days": DAYS, "bound": bound // 100})


def _steps(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Steps with their names; those in which the clock stands still are marked."""
    return [{**one, "title": words.step(one["step"]), "stopped": one["step"] in STOPPED} for one in rows]


def _share(lists: int, kept: int) -> dict[str, Any]:
    """How many whitelisted lists kept the promise; the share rounded down, so that a bound is never shown as met when it is not."""
    bp = kept * 10_000 // lists if lists else None
    return {"lists": lists, "kept": kept, "late": lists - kept, "shown": _figure(bp, "bp"), "bp": bp}


def step_times(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Published: sums of many lists only."""
    told: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in queries.published():
        told.setdefault((row.month, row.zone), []).append(
            {
                "title": words.step(row.step),
                "row": row,
                "stopped": row.step in STOPPED,
                "share": _share(row.whitelisted, row.on_time),
            }
        )
    tables = [
        {"month": month, "zone": plans()[zone], "rows": rows} for (month, zone), rows in told.items() if zone in plans()
    ]
    return render(request, "risk/step_times.html", {"tables": tables})
