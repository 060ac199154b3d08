"""A firm's messages: the list, and handing one in by hand."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages as notes
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from gongfu.base.access.actor import Actor
from gongfu.base.screens.listing import Cell, Column, Listing, Search, equals, on_day
from gongfu.base.screens.words import KINDS, english, say
from gongfu.core.rule import Finding
from gongfu.modules.intake.actions import accept
from gongfu.modules.intake.models import STATES, Message, Receipt


def kind_cell(row: Message) -> Cell:
    zh, en = KINDS.get(row.type, (row.type, row.type))
    return Cell("two", say(zh, en), small=row.type[:6])


def found(rows: QuerySet[Message], text: str) -> QuerySet[Message]:
    """By guid, file name, or the number of any document in it."""
    documents = Receipt.objects.filter(Q(document_key=text) | Q(document_guid__iexact=text)).values("message_id")[:500]
    return rows.filter(
        Q(guid=text.upper())
        | Q(file_name__icontains=text)
        | Q(pk__in=list(documents.values_list("message_id", flat=True)))
    )


def said(row: Message) -> Cell:
    """The first finding in plain words, or how many documents are in order."""
    if row.findings:
        return Cell("text", Finding.load(row.findings[0]).message("en" if english() else "zh")[:90])
    return Cell(
        "text", say(f"{row.sound} 份合格", f"{row.sound} in order") if row.decided_at else say("处理中", "In progress")
    )


COLUMNS = (
    Column("状态", "State", "state", lambda row: Cell("state", f"message.{row.state}")),
    Column("报文", "Message", "two", kind_cell),
    Column(
        "编号",
        "Number",
        "link",
        lambda row: Cell("link", row.guid[:13] + "…" if row.guid else f"#{row.pk}", href=f"messages/{row.pk}"),
    ),
    Column("说什么", "What it says", "text", said),
    Column("单证", "Documents", "text", lambda row: Cell("text", f"{row.sound} / {row.documents}")),
    Column("发送方", "Sender", "text", lambda row: Cell("text", row.sender_code)),
    Column("收到", "Received", "moment", lambda row: Cell("moment", row.received_at)),
)
LISTING = Listing(
    "报文", "Messages",
    about=("送进来的每一份报文、走到哪一步、回执说什么。", "Every message handed in, how far it is, and what its receipts say."),
    empty=("还没有报文。上传一份，或用接口报送。", "No message yet. Upload one, or send it through the interface."),
    columns=COLUMNS,
    searches=(
        Search("q", "单号", "Number", found, hint="GUID / 订单号 / 文件名", hint_en="GUID / order / file"),
        Search("type", "报文类型", "Type", equals("type"), lambda: [(name, say(*told)) for name, told in KINDS.items()]),
        Search("state", "状态", "State", equals("state"), lambda: [(name, say(*told)) for name, told in STATES.items()]),
        Search("day", "收到日期", "Received on", on_day("received_at"), kind="date"),
    ),
    views=(("全部", "All", ""), ("已拒收", "Refused", "state=refused"), ("进口清单", "Import lists", "type=CEB621Message")),
    template="intake/messages.html",
    name="intake.messages", rows=lambda actor: Message.objects.seen_by(actor), permission="intake.read",
)  # fmt: skip


def messages(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The firm's (or, for an officer, the zone's) messages."""
    return LISTING.answer(request, may_upload=actor.allows("intake.submit"))


def upload(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Take one file from the page through the same door as the interface."""
    file = request.FILES.get("file")
    if request.method != "POST" or file is None:
        return redirect("/enterprise/messages")
    if (file.size or 0) > settings.MESSAGE_MAX_BYTES:
        notes.error(request, say("文件超过 5 MB。", "The file is larger than 5 MB."))
        return redirect("/enterprise/messages")
    taken = accept(
        actor,
        file.read(),
        zone=actor.zones[0],
        sender_code=actor.party_codes[0],
        channel="page",
        file_name=file.name or "",
    )
    if taken.finding:
        lang = "en" if english() else "zh"
        notes.error(request, f"{taken.finding.message(lang)} {taken.finding.remedy(lang)}")
        return redirect("/enterprise/messages")
    return redirect(f"/enterprise/messages/{taken.id}")


def coded(rows: QuerySet[Receipt], code: str) -> QuerySet[Receipt]:
    """Receipts whose first reason is the code."""
    return rows.filter(info__startswith=f"[Code:{code};")


REFUSALS = Listing(
    "拒收单证", "Refused documents",
    about=("没有通过校验的单证和原因；改正后换新编号重发。", "Documents that did not pass the checks, and why; correct them and send again."),
    empty=("没有拒收的单证。", "No refused document."),
    columns=(
        Column("回执", "Receipt", "text", lambda row: Cell("text", f"{row.type[:6]} {row.status}")),
        Column("单证", "Document", "link", lambda row: Cell("link", row.document_key or row.document_guid, href=f"messages/{row.message_id}")),
        Column("原因", "Reason", "text", lambda row: Cell("text", row.info[:140])),
        Column("发送方", "Sender", "text", lambda row: Cell("text", row.party_code)),
        Column("时间", "Time", "moment", lambda row: Cell("moment", row.recorded_at)),
    ),
    searches=(
        Search("q", "单号", "Number", lambda rows, text: rows.filter(Q(document_key=text) | Q(document_guid__iexact=text))),
        Search("code", "原因代码", "Reason code", coded),
        Search("type", "回执类型", "Receipt", equals("type")),
        Search("day", "日期", "Day", on_day("recorded_at"), kind="date"),
    ),
)  # fmt: skip


def refusals(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Documents the platform refused at the door or after comparison."""
    return REFUSALS.answer(request, Receipt.objects.seen_by(actor).filter(origin="platform", status__startswith="-"))
