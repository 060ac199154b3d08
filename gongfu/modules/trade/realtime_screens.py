"""The 179 interface on pages: requests of customs with their time, and the platforms that are served here."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Case, CharField, Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse

from gongfu.base.access.actor import Actor
from gongfu.base.kit import clock
from gongfu.base.screens.listing import Batch, Cell, Column, Listing, Search, equals, on_day
from gongfu.base.screens.words import say
from gongfu.core.rule import Finding
from gongfu.modules.parties import queries as parties
from gongfu.modules.trade import realtime, uploads
from gongfu.modules.trade.models import RealtimeKey, RealtimeRequest

DAYS = 30
REQUEST_STATES = {
    "taken": ("待上传", "To be sent"),
    "sent": ("已上传", "Sent"),
    "failed": ("上传失败", "Failed"),
    "refused": ("已拒绝", "Refused"),
}


def _standing(row: RealtimeRequest) -> str:
    """In time or late, by the moment at which the data came to customs; before that by the time that is left."""
    if row.state == realtime.REFUSED or row.due_at is None:
        return "—"
    if row.state == realtime.SENT and row.uploaded_at is not None:
        return say("按时", "in time") if row.uploaded_at <= row.due_at else say("晚传", "late")
    return say("期限内", "time is left") if clock.now() <= row.due_at else say("逾期", "overdue")


def _late(rows: QuerySet[RealtimeRequest], value: str) -> QuerySet[RealtimeRequest]:
    return rows.filter(uploads.late(clock.now()))


def _resend(actor: Actor, number: int) -> list[Finding]:
    return list(uploads.resend(actor, number).findings)


def _end(actor: Actor, number: int) -> list[Finding]:
    return list(realtime.end(actor, number).findings)


REQUESTS = Listing(
    "支付原始数据请求", "Requests for payment data", about=("海关按 179 号公告向平台索取支付原始数据的每一次请求和结果；上传失败的可以选中后重新上传。", "Each request of customs for payment data (announcement 179), and what became of it; choose failed ones to send them again."),
    empty=("海关还没有来要过。", "Customs has not asked yet."),
    columns=(
        Column("收到", "Asked", "moment", lambda row: Cell("moment", row.asked_at)),
        Column("订单", "Order", "text", lambda row: Cell("text", row.order_no or "—")),
        Column("会话", "Session", "text", lambda row: Cell("text", row.session_id or "—")),
        Column("电商平台", "Platform", "text", lambda row: Cell("text", row.ebp_code)),
        Column("状态", "State", "text", lambda row: Cell("text", say(*REQUEST_STATES[row.state]))),
        Column("是否按时", "In time", "text", lambda row: Cell("text", _standing(row))),
        Column("期限", "Due", "moment", lambda row: Cell("moment", row.due_at)),
        Column("答复", "Answer", "two", lambda row: Cell("two", row.code, small=row.message)),
        Column("海关结果", "Outcome", "two", lambda row: Cell("two", row.outcome or "—", small=row.outcome_text)),
        Column("上传", "Sent", "moment", lambda row: Cell("moment", row.uploaded_at)),
        Column("次数", "Tries", "text", lambda row: Cell("text", row.tries)),
    ),
    searches=(
        Search("q", "订单编号", "Order number", equals("order_no")),
        Search("state", "状态", "State", equals("state"), lambda: [(code, say(*told)) for code, told in REQUEST_STATES.items()]),
        Search("late", "逾期", "Late", _late, lambda: [("1", say("逾期或晚传", "Late"))]),
        Search("day", "收到日期", "Asked on", on_day("asked_at"), kind="date"),
    ),
    views=(("全部", "All", ""), ("上传失败", "Failed", "state=failed"), ("逾期", "Late", "late=1")),
    name="trade.realtime", rows=lambda actor: RealtimeRequest.objects.seen_by(actor), permission="trade.read",
    batch=(Batch("resend", "重新上传", "Send again", "realtime.resend", _resend),),
)  # fmt: skip


def requests(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Requests of customs within reach."""
    return REQUESTS.answer(request)


def platforms(actor: Actor) -> QuerySet[RealtimeKey]:
    """Platforms within reach that are or were served, with `name`, and `asked`, `answered` and `late` of the last 30 days."""
    now = clock.now()
    rows: QuerySet[RealtimeKey] = RealtimeKey.objects.seen_by(actor)
    recent = RealtimeRequest.objects.filter(ebp_code=OuterRef("ebp_code"), asked_at__gte=now - timedelta(days=DAYS))
    names = parties.names(rows.values_list("ebp_code", flat=True))
    known = [When(ebp_code=code, then=Value(name)) for code, name in names.items()]
    return rows.annotate(
        name=Case(*known, default=Value(""), output_field=CharField()),
        asked=_counted(recent, Q()),
        answered=_counted(recent, Q(state=realtime.SENT)),
        late=_counted(recent, uploads.late(now)),
    )


def _counted(rows: QuerySet[RealtimeRequest], those: Q) -> Coalesce:
    told = rows.filter(those).order_by().values("ebp_code").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(told, output_field=IntegerField()), 0)


def _ended(rows: QuerySet[RealtimeKey], value: str) -> QuerySet[RealtimeKey]:
    return rows.filter(ended_at__isnull=value == "on")


SERVED = Listing(
    "支付数据服务平台", "Platforms served for payment data", about=("由本平台按 179 号公告代为应答海关的电商平台，和近 30 天的请求。签名私钥不经网页：登记和更换由系统管理员用 gongfu realtime add 办理。", "E-commerce platforms for which customs is answered here (announcement 179), and the requests of the last 30 days. Signing keys never pass through a page: the operator enters and changes them by gongfu realtime add."),
    empty=("还没有服务的平台。", "No platform is served yet."),
    columns=(
        Column("电商平台", "Platform", "text", lambda row: Cell("text", row.ebp_code)),
        Column("名称", "Name", "text", lambda row: Cell("text", row.name or "—")),
        Column("开始", "Since", "moment", lambda row: Cell("moment", row.registered_at)),
        Column("停止", "Ended", "moment", lambda row: Cell("moment", row.ended_at)),
        Column("证书编号", "Certificate", "text", lambda row: Cell("text", row.cert_no)),
        Column("公钥指纹", "Key fingerprint", "text", lambda row: Cell("text", row.fingerprint[:16] or "—")),
        Column("近 30 天请求", "Requests, 30 days", "text", lambda row: Cell("text", row.asked)),
        Column("已上传", "Answered", "text", lambda row: Cell("text", row.answered)),
        Column("逾期", "Late", "text", lambda row: Cell("text", row.late)),
    ),
    searches=(
        Search("q", "电商平台代码", "Platform code", equals("ebp_code")),
        Search("served", "服务状态", "Serving", _ended, lambda: [("on", say("服务中", "Served")), ("off", say("已停止", "Ended"))]),
    ),
    views=(("全部", "All", ""), ("服务中", "Served", "served=on"), ("已停止", "Ended", "served=off")),
    name="trade.platforms", rows=platforms, permission="realtime.read",
    batch=(Batch("end", "停止服务", "End serving", "realtime.end", _end, ("停止后海关的请求会得到“没有这个电商平台的登记”的答复；恢复要重新登记签名私钥。已受理的请求仍会上传。", "Customs will be told that the platform is not served here; to serve it again its signing key is entered anew. Requests taken before are still sent.")),),
)  # fmt: skip


def served(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Platforms within reach for which the 179 interface is answered here."""
    return SERVED.answer(request)
