"""Lists, one message's journey, and what needs a person's eye."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from gongfu.base.access.actor import Actor
from gongfu.base.screens.findings import shown
from gongfu.base.screens.listing import Batch, Cell, Column, Listing, Search, begins, equals, on_day
from gongfu.base.screens.words import KINDS, MODES, STATES, english, say
from gongfu.core.rule import Finding, registry
from gongfu.modules.declarations import queries, reviewing
from gongfu.modules.declarations.models import Declaration, Difference, Orphan
from gongfu.modules.intake import queries as intake


def reason_cell(row: Declaration) -> Cell:
    """Why the list is where it is, in plain words."""
    if row.findings:
        return Cell("text", Finding.load(row.findings[0]).message("en" if english() else "zh")[:90])
    if row.reason in registry():
        return Cell("text", registry()[row.reason].title["en" if english() else "zh"])
    return Cell("text", row.reason)


# What can be corrected in the browser (the forms of the module drafts, upstairs).
TYPED = ("CEB303Message", "CEB311Message", "CEB603Message", "CEB621Message")
STATE_CHOICES = (
    "waiting",
    "held",
    "refused",
    "ready",
    "sent",
    "accepted",
    "review",
    "inspection",
    "detained",
    "released",
    "closed",
    "rejected",
    "failed",
)
LISTING = Listing(
    "清单", "Lists", about=("每一票清单的状态、原因和金额。", "State, reason and value of every list."),
    empty=("还没有清单。", "No list yet."),
    columns=(
        Column("状态", "State", "state", lambda row: Cell("state", row.state), needs=("state",)),
        Column("方式", "Mode", "two", lambda row: Cell("two", row.mode, small=say("进口", "import") if row.flow == "I" else say("出口", "export")), needs=("mode", "flow")),
        Column("订单", "Order", "link", lambda row: Cell("link", row.order_no, href=f"lists/{row.pk}"), needs=("order_no",)),
        Column("清单编号", "List number", "text", lambda row: Cell("text", row.invt_no or "—"), needs=("invt_no",)),
        Column("原因", "Reason", "text", reason_cell, needs=("findings", "reason")),
        Column("货值", "Value", "money", lambda row: Cell("money", row.goods_fen), needs=("goods_fen",)),
        Column("收到", "Received", "moment", lambda row: Cell("moment", row.received_at), sort="received_at", needs=("received_at",)),
        Column("放行", "Released", "moment", lambda row: Cell("moment", row.released_at), needs=("released_at",)),
    ),
    searches=(
        Search("q", "单号", "Number", queries.found, hint="订单 / 运单 / 清单编号", hint_en="order / waybill / list"),
        Search("mode", "监管方式", "Mode", equals("mode"), lambda: [(name, f"{name} {say(*told)}") for name, told in MODES.items()]),
        Search("flow", "进出口", "Direction", equals("flow"), lambda: [("I", say("进口", "Import")), ("E", say("出口", "Export"))]),
        Search("state", "状态", "State", equals("state"), lambda: [(name, say(*STATES[name][1:])) for name in STATE_CHOICES]),
        Search("reason", "原因代码", "Reason code", begins("reason")),
        Search("site", "监管场所", "Site", equals("site")),
        Search("day", "收到日期", "Received on", on_day("received_at"), kind="date"),
    ),
    views=(("全部", "All", ""), ("暂缓或等三单", "Held or waiting", "state=held,waiting"), ("退单", "Refused or rejected", "state=refused,rejected,failed"), ("已放行", "Released", "state=released,closed")),
    name="declarations.lists", rows=lambda actor: Declaration.objects.seen_by(actor), permission="declarations.read",
    batch=(
        Batch("pass", "人工通过", "Let pass", "declarations.review", lambda actor, number: list(reviewing.let_pass(actor, number).findings)),
        Batch("refuse", "人工退单", "Refuse", "declarations.review", lambda actor, number: list(reviewing.refuse(actor, number).findings),
              ("退单后不能恢复，企业要重新申报。", "A refused list cannot be taken up again; the firm has to declare anew.")),
    ),
)  # fmt: skip


def lists(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Lists within reach."""
    return LISTING.answer(request)


def find_lists(actor: Actor, words: str) -> list[tuple[str, str]]:
    """Lists by any of their numbers, for the search box."""
    rows = queries.found(Declaration.objects.seen_by(actor), words).order_by("-pk")[:6]
    return [(f"{row.order_no} {row.mode} {say(*STATES[row.state][1:])}", f"lists/{row.pk}") for row in rows]


DIFFERENCES = Listing(
    "对账差异", "Reconciliation", about=("官方结果与平台计算不一致的地方，以官方为准。", "Where the official answer differs from ours; theirs holds."),
    empty=("没有差异。", "No difference."),
    columns=(
        Column("种类", "Kind", "text", lambda row: Cell("text", row.kind)),
        Column("清单", "List", "link", lambda row: Cell("link", f"#{row.declaration_id}", href=f"lists/{row.declaration_id}")),
        Column("平台", "Ours", "text", lambda row: Cell("text", row.ours)),
        Column("官方", "Official", "text", lambda row: Cell("text", row.theirs)),
        Column("发现", "Found", "moment", lambda row: Cell("moment", row.recorded_at)),
    ),
    searches=(Search("kind", "种类", "Kind", equals("kind")), Search("day", "日期", "Day", on_day("recorded_at"), kind="date")),
)  # fmt: skip


def differences(request: HttpRequest, actor: Actor) -> HttpResponse:
    return DIFFERENCES.answer(request, Difference.objects.seen_by(actor))


ORPHANS = Listing(
    "无主回执", "Orphan receipts", about=("对不上任何清单的回执，留待人工核对。", "Receipts that name no list of ours, kept for a person to look at."),
    empty=("没有无主回执。", "No orphan receipt."),
    columns=(
        Column("回执", "Receipt", "text", lambda row: Cell("text", row.type)),
        Column("单证序号", "Document", "text", lambda row: Cell("text", row.guid)),
        Column("状态码", "Status", "text", lambda row: Cell("text", row.status)),
        Column("信息", "Information", "text", lambda row: Cell("text", row.info)),
        Column("收到", "Received", "moment", lambda row: Cell("moment", row.recorded_at)),
    ),
    searches=(Search("status", "状态码", "Status", equals("status")),),
)  # fmt: skip


def orphans(request: HttpRequest, actor: Actor) -> HttpResponse:
    return ORPHANS.answer(request, Orphan.objects.seen_by(actor))


def journey(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """One message on its way: stages, what to correct, its documents and everything that happened."""
    message: Any = intake.seen(actor, number)
    if message is None:
        raise Http404
    zh, en = KINDS.get(message.type, (message.type, message.type))
    findings = [Finding.load(one) for one in message.findings]
    context = {
        "message": message, "kind": say(zh, en), "stages": queries.stages(message), "findings": shown(findings),
        "lists": queries.of_message(message.pk), "events": queries.events(message), "documents": intake.verdicts(message.pk, queries.MAX_LISTS),
        "state": f"message.{message.state}", "many": len(findings), "correctable": actor.allows("drafts.correct") and message.type in TYPED and message.sound < message.documents,
    }  # fmt: skip
    return render(request, "declarations/journey.html", context)
