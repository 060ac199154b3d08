"""The freshness board, a feed with its deliveries, a delivery with its quality, what came twice, and the registration of feeds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from gongfu.base.access.actor import Actor
from gongfu.base.cases import actions as cases
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.screens.findings import shown
from gongfu.base.screens.forms import drawn, typed
from gongfu.base.screens.listing import XLSX, Cell, Column, Listing, Search, equals, on_day
from gongfu.base.screens.sheets import bounds
from gongfu.base.screens.words import STATES, english, say
from gongfu.base.tasks.desks import desks
from gongfu.core.fields import PERSONAL, Field
from gongfu.core.rule import Finding, registry
from gongfu.modules.feeds import actions, flows, forms, judging, mappings, queries, schedules
from gongfu.modules.feeds.kinds import FeedKind, kinds
from gongfu.modules.feeds.models import Delivery, Duplicate, Feed

SHOWN, FINDINGS_SHOWN = 50, 100
WHY = {
    "ok": ("按时送达", "delivered in time"), "none": ("还没有送达", "nothing has come yet"), "due": ("应到未到，在宽限内", "due, within the grace"),
    "faulty": ("有行不合格", "some rows were refused"), "late": ("逾期未到", "overdue"), "refused": ("送达的文件不能用", "the delivery could not be used"),
    "held": ("合计对不上，暂存", "held, totals do not reconcile"),
}  # fmt: skip
WAYS = {
    "key": ("业务键相同、内容相同", "Same key and content as a known row"), "inside": ("同一文件内重复", "Twice in one delivery"), "feed": ("另一项接入已有同一运单", "Waybill known from another feed"),
    "waybill": ("运单号与 9610 清单相同", "Waybill of a 9610 list"),
    "order": ("平台订单号与 9610 清单相同", "Order of a 9610 list"), "consignee": ("收件地址、重量、日期与 9610 清单相符", "Consignee, weight and day of a 9610 list"),
}  # fmt: skip
CHANNELS = {
    "page": ("页面", "page"),
    "api": ("接口", "interface"),
    "cli": ("命令行", "command line"),
    "folder": ("监看目录", "watched folder"),
}


def lang() -> str:
    return "en" if english() else "zh"


def board(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every active feed: its colour, why and since when, what is due next; the worst first."""
    at = clock.now()
    told = [_told(one) for one in queries.board(actor, at)]
    counts = {colour: sum(one["colour"] == colour for one in told) for colour in ("red", "amber", "green")}
    context = {"feeds": told, "counts": counts, "now": at, "may_register": actor.allows("feeds.register")}
    return render(request, "feeds/board.html", context)


def _told(one: queries.Stood) -> dict[str, Any]:
    standing, row = one.standing, one.feed
    return {
        "row": row, "colour": standing.colour, "state": f"feed.{standing.colour}", "why": say(*WHY[standing.why]), "since": standing.since,
        "next": standing.next_due, "last": one.last_at, "kind": _kind_title(row.kind), "owner": _owner(row), "schedule": _schedule(row),
    }  # fmt: skip


def _kind_title(code: str) -> str:
    return kinds()[code].title if code in kinds() else code


def _owner(row: Feed) -> str:
    desk = desks().get(row.desk)
    return say(desk.title, desk.title_en) if desk else row.party_code


def _schedule(row: Feed) -> str:
    unit = say(*schedules.UNITS[row.unit])
    due = f" {row.due_at:%H:%M}" if row.unit == "day" else ""
    worked = say("，仅工作日", ", working days") if row.working_days else ""
    return say(f"每 {row.every} {unit}{due}{worked}", f"every {row.every} {unit}{due}{worked}")


def find_feeds(actor: Actor, words: str) -> list[tuple[str, str]]:
    """Feeds by code or title, for the search box."""
    rows = Feed.objects.seen_by(actor).filter(Q(code__icontains=words) | Q(title__icontains=words)).order_by("-pk")[:6]
    return [(f"{row.code} {row.title}", f"feeds/{row.pk}") for row in rows]


def _seen(actor: Actor, number: int) -> Feed:
    row: Feed | None = Feed.objects.seen_by(actor).filter(pk=number).first()
    if row is None:
        raise Http404
    return row


def _standing(actor: Actor, row: Feed) -> dict[str, Any] | None:
    found = queries.board(actor, clock.now(), row.pk)
    return _told(found[0]) if found else None


def feed(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """One feed: how it stands, its schedule and mapping, its newest deliveries; an officer may upload a delivery."""
    row, faults = _seen(actor, number), []
    if request.method == "POST":
        taken = _upload(request, actor, row)
        if taken.delivery is not None:
            return redirect(f"deliveries/{taken.delivery.pk}")
        faults = [taken.finding] if taken.finding else []
    kind, mapping = kinds().get(row.kind), queries.mapping_of(row)
    context = {
        "row": row, "standing": _standing(actor, row), "kind": kind, "owner": _owner(row), "schedule": _schedule(row),
        "mapping": mapping,
        "sources": _sources(kind, mapping.text) if kind else [], "versions": list(row.mappings.order_by("-version")[:20]), "deliveries": list(row.deliveries.order_by("-received_at", "-pk")[:SHOWN]),
        "may_deliver": row.active and actor.allows("feeds.deliver"), "may_amend": actor.allows("feeds.amend"), "may_propose": actor.allows("feeds.propose"),
        "faults": shown(faults), "sums": "、".join(kind.sums) if kind else "",
    }  # fmt: skip
    return render(request, "feeds/feed.html", context, status=422 if faults else 200)


def _sources(kind: FeedKind, text: str) -> list[tuple[str, str]]:
    """Each mapped field's title, and where it comes from as it was written."""
    titles = {one.name: say(one.title, one.title_en) for one in kind.fields}
    lines = (line.partition("=") for line in text.splitlines() if line.strip())
    return [(titles.get(name.strip(), name.strip()), source.strip()) for name, _, source in lines]


def _upload(request: HttpRequest, actor: Actor, row: Feed) -> actions.Received:
    data, name, fault = _file(request)
    if fault:
        return actions.Received(finding=fault)
    said = {name: request.POST.get(name, "")[:200] for name in ("rows", "sums")}
    return actions.receive(actor, row.code, data, name, channel="page", zone=row.zone, **said)


def _file(request: HttpRequest) -> tuple[bytes, str, Finding | None]:
    """(bytes, name, fault) of the uploaded file within the limit of a table."""
    file: Any = request.FILES.get("file")
    limit = bounds().packed
    if file is None:
        return b"", "", Finding("IMPORT-EMPTY")
    if (file.size or 0) > limit * 1024 * 1024:
        return b"", "", Finding("IMPORT-SIZE", value=f"{(file.size or 0) / 1024 / 1024:,.1f}", facts={"limit": limit})
    return file.read(), file.name or "", None


def _delivery(actor: Actor, number: int) -> Delivery:
    row: Delivery | None = Delivery.objects.seen_by(actor).select_related("feed", "file").filter(pk=number).first()
    if row is None:
        raise Http404
    return row


def delivery(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """One delivery: counts, totals, quality by field, findings by row, what came twice; ?result=xlsx gives the faulty rows."""
    row, faults = _delivery(actor, number), []
    if request.GET.get("result") == "xlsx":
        return _result(row)
    if request.method == "POST":
        done = actions.declare(
            actor, number, rows=request.POST.get("rows", "")[:20], sums=request.POST.get("sums", "")[:200]
        )
        if done.finding is None:
            return redirect(request.path)
        faults = [done.finding]
    kind = queries.kind_of(row.feed)
    found = [Finding.load(one) for one in row.findings]
    context = {
        "row": row, "feed": row.feed, "kind": kind, "quality": _quality(kind, row), "faults": shown(faults),
        "about": shown([one for one in found if not one.line], FINDINGS_SHOWN), "findings": _by_row(kind, [one for one in found if one.line]),
        "totals": _totals(kind, row), "duplicates": _duplicates(row), "channel": say(*CHANNELS[row.channel]),
        "may_declare": row.state == "held" and actor.allows("feeds.declare"), "sums": "、".join(kind.sums),
    }  # fmt: skip
    return render(request, "feeds/delivery.html", context, status=422 if faults else 200)


def _result(row: Delivery) -> HttpResponse:
    """The faulty rows, judged again from the enciphered bytes under the mapping of the day."""
    kind, mapping = queries.kind_of(row.feed), queries.mapping_of(row.feed, row.mapping)
    on, data = civil_date(row.received_at), queries.content(row)
    judged = judging.judge(kind, row.feed.form, mapping.text, mapping.rows_at, data, row.name, on)
    answer = HttpResponse(judging.result(kind, mapping.text, judged, lang()), content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="feed-{row.feed.code}-{row.pk}.xlsx"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def _quality(kind: FeedKind, row: Delivery) -> list[dict[str, Any]]:
    titles = {one.name: say(one.title, one.title_en) for one in kind.fields}
    return [
        {
            **one, "title": titles.get(one["name"], one["name"]), "share": f"{one['sound'] / row.rows:.1%}" if row.rows else "—",
            "codes": [(say(*registry()[code].title.values()), count) for code, count in sorted(one["codes"].items(), key=lambda each: -each[1])],
        }
        for one in row.quality
    ]  # fmt: skip


def _by_row(kind: FeedKind, findings: list[Finding]) -> list[dict[str, Any]]:
    titles = {one.name: say(one.title, one.title_en) for one in kind.fields}
    return [
        {"line": one.line, "title": titles.get(one.field, one.field), "value": one.value, "message": one.message(lang()), "remedy": one.remedy(lang())}
        for one in findings[:FINDINGS_SHOWN]
    ]  # fmt: skip


def _totals(kind: FeedKind, row: Delivery) -> list[dict[str, Any]]:
    titles = {one.name: say(one.title, one.title_en) for one in kind.fields}
    return [
        {"title": titles.get(name, say("行数", "Rows")), "money": name != "rows", "declared": row.declared.get(name), "counted": counted}
        for name, counted in row.counted.items()
    ]  # fmt: skip


def _duplicates(row: Delivery) -> list[dict[str, Any]]:
    return [_twice(one) for one in row.duplicates.select_related("row").order_by("line", "pk")[:FINDINGS_SHOWN]]


def _twice(one: Duplicate) -> dict[str, Any]:
    return {
        "line": one.line,
        "way": say(*WAYS[one.way]),
        "score": one.score,
        "evidence": evidence(one),
        "list": one.declaration,
    }


SAID = {
    "key": ("业务键", "key"), "version": ("第几版", "version"), "line": ("首见行", "first row"), "waybill_no": ("运单号", "waybill"), "order": ("平台|订单", "platform|order"), "feed": ("接入", "feed"),
    "grams": ("重量(克)", "grams"), "days": ("相差天数", "days apart"),
}  # fmt: skip


def evidence(one: Duplicate) -> str:
    """What a match rests on, in words."""
    return say("；", "; ").join(f"{say(*SAID.get(name, (name, name)))} {value}" for name, value in one.evidence.items())


DUPLICATES = Listing(
    "重复数据", "Duplicates", about=("同一件事只计一次；每次认定都留证据。", "One thing counts once; the evidence is kept."), empty=("还没有重复。", "Nothing came twice."),
    columns=(
        Column("接入", "Feed", "two", lambda row: Cell("two", row.feed.title, small=row.feed.code)),
        Column("送达", "Delivery", "link", lambda row: Cell("link", f"#{row.delivery_id}", href=f"deliveries/{row.delivery_id}")),
        Column("行号", "Row", "text", lambda row: Cell("text", row.line)),
        Column("依据", "Found by", "text", lambda row: Cell("text", say(*WAYS[row.way]))),
        Column("证据", "Evidence", "text", lambda row: Cell("text", evidence(row))),
        Column("清单", "List", "text", lambda row: Cell("link", row.declaration, href=f"../lists/{row.declaration}") if row.declaration else Cell("text", "—")),
        Column("相似度", "Score", "text", lambda row: Cell("text", row.score)),
        Column("发现时间", "Found at", "moment", lambda row: Cell("moment", row.found_at)),
    ),
    searches=(
        Search("way", "依据", "Found by", equals("way"), lambda: [(code, say(*titles)) for code, titles in WAYS.items()]),
        Search("feed", "接入编号", "Feed", equals("feed__code")),
        Search("day", "日期", "Day", on_day("found_at"), kind="date"),
    ),
    name="feeds.duplicates", rows=lambda actor: Duplicate.objects.seen_by(actor).select_related("feed"), permission="feeds.read",
)  # fmt: skip


DELIVERIES = Listing(
    "数据送达", "Deliveries", about=("各项接入送来的每一份数据。", "Everything that feeds delivered."), empty=("还没有送达。", "Nothing has come yet."),
    columns=(
        Column("状态", "State", "state", lambda row: Cell("state", row.state)),
        Column("文件", "File", "link", lambda row: Cell("link", row.name, href=f"deliveries/{row.pk}")),
        Column("接入", "Feed", "two", lambda row: Cell("two", row.feed.title, small=row.feed.code)),
        Column("送达时间", "Received", "moment", lambda row: Cell("moment", row.received_at)),
        Column("渠道", "By", "text", lambda row: Cell("text", say(*CHANNELS[row.channel]))),
        Column("行数", "Rows", "text", lambda row: Cell("text", row.rows)),
        Column("采用", "Accepted", "text", lambda row: Cell("text", row.accepted)),
        Column("重复", "Repeated", "text", lambda row: Cell("text", row.repeated)),
        Column("不合格", "Refused", "text", lambda row: Cell("text", row.refused)),
    ),
    searches=(
        Search("feed", "接入编号", "Feed", equals("feed__code")),
        Search("state", "状态", "State", equals("state"), lambda: [(code, say(*STATES[code][1:])) for code in ("received", "read", "held", "refused")]),
        Search("day", "日期", "Day", on_day("received_at"), kind="date"),
    ),
    views=(("全部", "All", ""), ("暂存", "Held", "state=held"), ("不能用", "Refused", "state=refused")),
    name="feeds.deliveries", rows=lambda actor: Delivery.objects.seen_by(actor).select_related("feed"), permission="feeds.read",
)  # fmt: skip


def deliveries(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every delivery within reach."""
    return DELIVERIES.answer(request)


def duplicates(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What was found twice within reach."""
    return DUPLICATES.answer(request)


def new(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Register a feed; with a sample file the mapping is tried first and nothing is written."""
    fields = forms.registration()
    raw = typed(fields, request.POST) if request.method == "POST" else _begun(request.GET.get("kind", ""))
    context: dict[str, Any] = {"fields": drawn(fields, raw), "new": True, **_help(str(raw.get("kind", "")))}
    if "try" in request.POST:
        return _tried(request, context, str(raw["kind"]), str(raw["form"]), raw)
    if request.method == "POST":
        done = actions.register(actor, raw)
        if done.feed is not None:
            return redirect(f"../feeds/{done.feed.pk}")
        context |= {"fields": drawn(fields, raw, done.findings), "faults": shown(done.findings)}
    return render(request, "feeds/form.html", context, status=422 if context.get("faults") else 200)


def _begun(code: str) -> dict[str, Any]:
    """First values of a registration: daily at nine on working days, and every field of the kind from a column of its own title."""
    kind = kinds().get(code)
    mapping = "\n".join(f"{one.name} = {one.title}" for one in kind.fields) if kind else ""
    given = {"working_days": "on", "grace_minutes": "60", "every": "1", "unit": "day", "due_at": "09:00"}
    return {**given, "kind": code, "mapping": mapping}


def _help(code: str) -> dict[str, Any]:
    """The fields that a mapping may name, by kind, and the transforms there are."""
    told = [
        {"kind": kind, "title": kind.title, "open": kind.code == code, "fields": [(one.name, say(one.title, one.title_en), one.needed, one.klass == PERSONAL) for one in kind.fields]}
        for kind in kinds().values()
        if code in ("", kind.code) or code not in kinds()
    ]  # fmt: skip
    return {"kinds": told, "transforms": list(mappings.TRANSFORMS)}


def _tried(request: HttpRequest, context: dict[str, Any], code: str, form: str, raw: Mapping[str, Any]) -> HttpResponse:
    """The mapping tried on a sample file: the first rows as they would be kept, and every finding."""
    kind = kinds().get(code)
    data, name, fault = _file(request)
    found = (
        mappings.read(str(raw.get("mapping", "")), kind.fields)[1]
        if kind
        else [Finding("FIELD-CHOICE", field="kind", value=code[:40])]
    )
    if kind is None or fault or found:
        return render(
            request, "feeds/form.html", {**context, "faults": shown([*found, *([fault] if fault else [])])}, status=422
        )
    on = civil_date(clock.now())
    judged = judging.judge(kind, form, str(raw["mapping"]), str(raw.get("rows_at", "")), data, name, on)
    tried = {
        "heads": [say(one.title, one.title_en) for one in kind.fields], "rows": judging.preview(kind, judged, lang()),
        "good": len(judged.checked.good), "bad": len(judged.checked.bad), "findings": shown(judged.findings, SHOWN),
    }  # fmt: skip
    return render(request, "feeds/form.html", {**context, "tried": tried})


def edit(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """Change title and schedule at once; a change of mapping is tried on a sample and proposed to a second officer."""
    row = _seen(actor, number)
    mapping = queries.mapping_of(row)
    kept = {
        "title": row.title,
        "every": row.every,
        "unit": row.unit,
        "due_at": f"{row.due_at:%H:%M}",
        "working_days": row.working_days,
        "grace_minutes": row.grace_minutes,
        "active": "yes" if row.active else "no",
    }
    asked = forms.amendment()
    mapped = (*flows.MAPPED, flows.FIELDS[-1])
    context: dict[str, Any] = {
        "row": row,
        "fields": drawn(asked, kept),
        "mapped": drawn(mapped, {"mapping": mapping.text, "rows_at": mapping.rows_at}),
        **_help(row.kind),
    }
    if request.method != "POST":
        return render(request, "feeds/form.html", context)
    if "schedule" in request.POST:
        return _amended(request, actor, row, asked, context)
    raw = typed(mapped, request.POST)
    context["mapped"] = drawn(mapped, raw)
    if "try" in request.POST:
        return _tried(request, context, row.kind, row.form, raw)
    return _proposed(request, actor, row, raw, context)


def _amended(
    request: HttpRequest, actor: Actor, row: Feed, asked: tuple[Field, ...], context: dict[str, Any]
) -> HttpResponse:
    raw = typed(asked, request.POST)
    done = actions.amend(actor, row.pk, raw)
    if done.feed is not None:
        return redirect(f"../{row.pk}")
    context |= {"fields": drawn(asked, raw, done.findings), "faults": shown(done.findings)}
    return render(request, "feeds/form.html", context, status=422)


def _proposed(
    request: HttpRequest, actor: Actor, row: Feed, raw: Mapping[str, Any], context: dict[str, Any]
) -> HttpResponse:
    """Open the case and hand it in; a mapping with faults stays a draft of nobody's: it is checked first."""
    if not actor.allows("feeds.propose"):
        raise PermissionDenied("feeds.propose")
    found = mappings.read(str(raw["mapping"]), queries.kind_of(row).fields)[1]
    if not found:
        taken = cases.open_case(actor, flows.MAPPING.code, zone=row.zone, raw={**raw, "feed": row.code})
        handed = cases.take(actor, taken.case.pk, "submit") if taken.case else taken
        if handed.done and handed.case is not None:
            return redirect(f"/bureau/cases/{handed.case.pk}")
        found = handed.findings
    return render(request, "feeds/form.html", {**context, "faults": shown(found)}, status=422)
