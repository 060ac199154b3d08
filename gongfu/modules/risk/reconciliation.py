"""What is to be cleared up: one work list of differences and breaches, one page for each, and the days reconciled."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import F, Value
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from gongfu.base.access.actor import Actor
from gongfu.base.kit.beijing import civil_date
from gongfu.base.screens.findings import shown
from gongfu.base.screens.listing import Batch, Cell, Column, Listing, Search, equals
from gongfu.base.screens.templatetags.look import fen, seconds
from gongfu.base.screens.words import say
from gongfu.base.tasks.desks import desks
from gongfu.core.rule import Finding
from gongfu.modules.risk import actions, queries, words
from gongfu.modules.risk.kinds import kinds
from gongfu.modules.risk.models import Item, Run

# What an item may come to in one act on many rows; anything else is said on its own page.
OUTCOMES = (
    ("theirs", "以对方为准，已更正", "Theirs holds, corrected", "以对方为准，已更正"),
    ("sent", "已补送", "Sent again", "已补送，等待答复"),
    ("error", "对方差错，已告知", "Their error, told them", "对方差错，已告知对方更正"),
)


def _assign(actor: Actor, number: int) -> list[Finding]:
    return list(actions.assign(actor, number).findings)


def _settling(reason: str) -> Any:
    def run(actor: Actor, number: int) -> list[Finding]:
        return list(actions.settle(actor, number, reason).findings)

    return run


def sides(row: Item) -> tuple[str, str]:
    """(ours, theirs) as people read them: a breach says how long it took and which step took most of that, a signal how many lists of
    how many buyers, and what they are worth together."""
    if row.source == "risk":
        lists, _, buyers = row.ours.partition("|")
        signal, _, value_fen = row.theirs.partition("|")
        return say(f"{lists} 票、{buyers} 名订购人", f"{lists} lists of {buyers} buyers"), f"{say(*words.SIGNALS[signal])} {fen(int(value_fen))}"
    if row.source != "clock":
        return row.ours or "—", row.theirs or "—"
    step, _, took = row.theirs.partition("|")
    return seconds(int(row.ours)), f"{words.step(step)} {seconds(int(took))}"


def age(row: Item) -> str:
    """Whole days from the day it belongs to until it was closed, or until now."""
    until = row.settled_at or timezone.now()
    days = max((until - row.found_at) // timedelta(days=1), 0)
    return say(f"{days} 天", f"{days} d")


def owner(row: Item) -> tuple[str, str]:
    """(whose it is, the desk that clears up its kind)."""
    return row.owner_title or row.owner or say("无人负责", "Nobody"), words.desk(row.kind)


def due(row: Item) -> tuple[str, str]:
    """(the last day in time, whether that has passed)."""
    last = queries.due_on(row)
    late = row.state == "open" and civil_date(timezone.now()) > last
    return last.isoformat(), say("已逾期", "Overdue") if late else ""


def _seen(actor: Actor) -> Any:
    """Items within reach; `me` is who looks."""
    return Item.objects.seen_by(actor).annotate(me=Value(actor.name))


def _owned(rows: Any, value: str) -> Any:
    return rows.filter(owner=F("me")) if value == "mine" else rows.filter(owner="") if value == "nobody" else rows.none()


def _timely(rows: Any, value: str) -> Any:
    late = queries.overdue(rows, civil_date(timezone.now()))
    return late if value == "overdue" else rows.filter(state="open").exclude(pk__in=late.values("pk"))


def _desks() -> list[tuple[str, str]]:
    return [(code, say(desks()[code].title, desks()[code].title_en)) for code in dict.fromkeys(one.desk for one in kinds().values())]


def _of_day(rows: Any, value: str) -> Any:
    try:
        return rows.filter(day=date.fromisoformat(value))
    except ValueError:
        return rows.none()


COLUMNS = (
    Column("状态", "State", "state", lambda row: Cell("state", row.state), needs=("state",)),
    Column("种类", "Kind", "two", lambda row: Cell("two", words.kind(row.kind), small=words.source(row.source)), needs=("kind", "source")),
    Column("编号", "Number", "link", lambda row: Cell("link", row.key, href=f"reconciliation/{row.pk}"), needs=("key",)),
    Column("日期", "Day", "text", lambda row: Cell("text", row.day), needs=("day",)),
    Column("企业", "Firm", "text", lambda row: Cell("text", row.party_code or "—"), needs=("party_code",)),
    Column("平台", "Ours", "text", lambda row: Cell("text", sides(row)[0]), needs=("ours", "source", "theirs")),
    Column("对方或环节", "Theirs, or step", "text", lambda row: Cell("text", sides(row)[1]), needs=("theirs", "source", "ours")),
    Column("存续", "Age", "text", lambda row: Cell("text", age(row)), needs=("found_at", "settled_at")),
    Column("办结期限", "Due", "two", lambda row: Cell("two", due(row)[0], small=due(row)[1]), needs=("kind", "found_at", "state")),
    Column("负责人", "Owner", "two", lambda row: Cell("two", owner(row)[0], small=owner(row)[1]), needs=("owner", "owner_title", "kind")),
    Column("结果", "Outcome", "text", lambda row: Cell("text", row.reason or "—"), needs=("reason",)),
)  # fmt: skip
SEARCHES = (
    Search("key", "编号", "Number", lambda rows, value: rows.filter(key=value)),
    Search("source", "来源", "Other side", equals("source"), lambda: [(code, words.source(code)) for code in words.SOURCES]),
    Search("kind", "种类", "Kind", equals("kind"), lambda: [(code, words.kind(code)) for code in kinds()]),
    Search("state", "状态", "State", equals("state"), lambda: [("open", say("待处理", "Open")), ("settled", say("已办结", "Settled")), ("cleared", say("已自行消除", "Cleared by itself"))]),
    Search("day", "所属日期", "Day", _of_day, kind="date"),
    Search("code", "企业代码", "Firm's code", lambda rows, value: rows.filter(party_code=value.upper())),
    Search("owner", "负责人", "Owner", _owned, lambda: [("mine", say("我", "Me")), ("nobody", say("无人负责", "Nobody"))]),
    Search("desk", "责任部门", "Desk", queries.of_desk, _desks),
    Search("age", "期限", "Time", _timely, lambda: [("overdue", say("已逾期", "Overdue")), ("timely", say("期限内", "In time"))]),
)  # fmt: skip
VIEWS = (
    ("待处理", "Open", "state=open"),
    ("我负责的", "Mine", "owner=mine&state=open"),
    ("无人负责", "Nobody's", "owner=nobody&state=open"),
    ("已逾期", "Overdue", "age=overdue"),
    ("超时清单", "Late lists", "source=clock&state=open"),
    ("单一窗口", "Single window", "source=window&state=open"),
    ("税单", "Tax bills", "source=bills&state=open"),
    ("风险线索", "Signals", "source=risk&state=open"),
    ("全部", "All", ""),
)


ABOUT = ("平台与单一窗口、税单、支付和承运企业不一致的地方，以官方为准；以及超过 24 小时的白名单清单和风险规则的线索。", "Where the single window, tax bills, payment firms or carriers differ from us (the official side holds), whitelisted lists beyond 24 hours, and signals of the risk rules.")  # fmt: skip
ITEMS = Listing(
    "对账事项", "Items to clear up", about=ABOUT, empty=("没有事项。", "Nothing to clear up."), columns=COLUMNS, searches=SEARCHES, views=VIEWS,
    name="risk.items", rows=_seen, permission="risk.read",
    batch=(
        Batch("assign", "由我处理", "Take on", "risk.assign", _assign),
        *(Batch(f"settle_{code}", zh, en, "risk.settle", _settling(reason), ("办结后不能再改。", "What is settled cannot be changed.")) for code, zh, en, reason in OUTCOMES),
    ),
)  # fmt: skip
# A firm is told nothing of signals (R-1023), nor whose desk an item lies on.
HIDDEN = ("Owner", "Due")
OWN_SEARCHES = (
    SEARCHES[0],
    Search("source", "来源", "Other side", equals("source"), lambda: [(code, words.source(code)) for code in words.SOURCES if code != "risk"]),
    *(one for one in SEARCHES if one.name in ("state", "day")),
)  # fmt: skip
OWN = Listing(
    "对账事项", "Items to clear up", about=("与本企业有关、平台正在核对的差异和超时。", "Differences and breaches about your firm that the platform is clearing up."), empty=("没有事项。", "Nothing to clear up."),
    columns=tuple(one if one.title_en != "Number" else Column("编号", "Number", "text", lambda row: Cell("text", row.key), needs=("key",)) for one in COLUMNS if one.title_en not in HIDDEN),
    searches=OWN_SEARCHES, views=tuple(one for one in VIEWS if not any(name in one[2] for name in ("owner=", "age=", "risk"))), name="risk.own_items",
    rows=lambda actor: Item.objects.seen_by(actor).exclude(source="risk"), permission="risk.read",
)  # fmt: skip
RUNS = Listing(
    "每日对账", "Daily reconciliation", about=("每天与每一方对账的记录数和差异数。", "For each day and side: records compared and differences found."), empty=("还没有对账。", "Nothing reconciled yet."),
    columns=(
        Column("日期", "Day", "text", lambda row: Cell("text", row.day)),
        Column("来源", "Other side", "text", lambda row: Cell("text", words.source(row.source))),
        Column("平台记录", "Our records", "text", lambda row: Cell("text", f"{row.ours:,}")),
        Column("对方记录", "Their records", "text", lambda row: Cell("text", f"{row.theirs:,}")),
        Column("差异", "Differences", "link", lambda row: Cell("link", f"{sum(row.found.values()):,}", href=f"../reconciliation?source={row.source}&day={row.day}")),
        Column("对账时间", "Reconciled", "moment", lambda row: Cell("moment", row.at)),
    ),
    searches=(
        Search("source", "来源", "Other side", equals("source"), lambda: [(code, words.source(code)) for code in words.SOURCES if code != "clock"]),
        Search("day", "日期", "Day", _of_day, kind="date"),
    ),
)  # fmt: skip


def items(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The zone's work list."""
    return ITEMS.answer(request)


def own_items(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Items about one's own firm, to read."""
    return OWN.answer(request)


def runs(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Days and sides reconciled."""
    return RUNS.answer(request, Run.objects.seen_by(actor))


def item(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """One item: both sides, its age, and the way to close it."""
    row = Item.objects.seen_by(actor).filter(pk=number).first()
    if row is None:
        raise Http404
    faults: tuple[Finding, ...] = ()
    if request.method == "POST":
        verb = request.POST.get("verb", "")
        if verb in ("assign", "give"):
            done = actions.assign(actor, number, request.POST.get("to", "") if verb == "give" else "")
        else:
            done = actions.settle(actor, number, request.POST.get("reason", ""))
        faults = done.findings
        if not faults:
            return redirect(request.path)
    ours, theirs = sides(row)
    may = row.state == "open" and actor.allows("risk.settle")
    context = {
        "row": row, "kind": words.kind(row.kind), "source": words.source(row.source), "ours": ours, "theirs": theirs, "age": age(row), "faults": shown(list(faults)),
        "due": due(row), "owner": owner(row), "signal": _signal(row), "may_open": actor.allows("declarations.read"),
        "may": may, "colleagues": [one for one in queries.colleagues(actor, row.zone) if f"person:{one.pk}" != actor.name] if may else [],
        "typed": request.POST.get("reason", ""), "wrong": [one.field for one in faults],
    }  # fmt: skip
    return render(request, "risk/item.html", context, status=422 if faults else 200)


def _signal(row: Item) -> dict[str, Any] | None:
    """What a risk rule went by: its code, the values used and the lists concerned; None for any other item."""
    facts = row.facts
    if not facts:
        return None
    values = [
        {"title": say(*words.VALUES[name]), "value": fen(value) if name.endswith("_fen") else value}
        for name, value in facts["values"].items()
    ]
    more = facts["count"] - len(facts["lists"])
    return {**facts, "title": say(*words.SIGNALS[facts["signal"]]), "values": values, "more": more}
