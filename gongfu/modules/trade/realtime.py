"""The 179 interface for many platforms: requests of customs taken and logged, the kept originals signed and sent."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction

from gongfu.base.access.actor import WORKER, Actor
from gongfu.base.audit.action import action
from gongfu.base.events.bus import announce
from gongfu.base.kit import clock, vault
from gongfu.base.kit.beijing import digits14
from gongfu.core.ceb import realtime
from gongfu.core.ceb.certificates import SigningKey
from gongfu.modules.intake import queries as intake
from gongfu.modules.trade import links
from gongfu.modules.trade.events import PaymentDataAsked
from gongfu.modules.trade.models import Order, Payment, RealtimeKey, RealtimeRequest

REFUSED, TAKEN, SENT, FAILED = "refused", "taken", "sent", "failed"


@dataclass(frozen=True, slots=True)
class Registered:
    key: RealtimeKey

    def audit(self) -> dict[str, Any]:
        return {
            "subject": f"realtime:{self.key.ebp_code}",
            "zone": self.key.zone,
            "facts": {"cert_no": self.key.cert_no},
        }


@action("realtime.register", title="登记实时数据签名")
def register(actor: Actor, /, zone: str, ebp_code: str, cert_no: str, key: SigningKey, **said: str) -> Registered:
    """Serve a platform, or bring its entry up to date.  said: account, item_link (with {itemNo}), ver_dept, pay_type."""
    values = {
        "zone": zone, "cert_no": cert_no, "sealed_key": vault.seal(key.dump(), ebp_code.encode()), "account": said["account"], "item_link": said["item_link"],
        "ver_dept": said.get("ver_dept", "3"), "pay_type": said.get("pay_type", "4"),
    }  # fmt: skip
    return Registered(RealtimeKey.objects.update_or_create(ebp_code=ebp_code, defaults=values)[0])


@dataclass(frozen=True, slots=True)
class Taken:
    """The answer to give at once, and the log's row."""

    answer: dict[str, Any]
    row: RealtimeRequest

    def audit(self) -> dict[str, Any]:
        return {"subject": f"realtime:{self.row.ebp_code}", "zone": self.row.zone, "facts": {"code": self.row.code, "session": self.row.session_id}}  # fmt: skip


@action("realtime.take", title="接收实时数据请求")
def take(actor: Actor, ebp_code: str, text: str) -> Taken:
    """platDataOpen: log the request, answer it by its code, and leave the sending to a worker. The same session again is answered the same."""
    at = clock.now()
    told, key = realtime.parse(text), RealtimeKey.objects.filter(ebp_code=ebp_code).first()
    if key is None:
        told = realtime.refused(realtime.NO_PLATFORM)
    elif isinstance(told, realtime.Request) and not _paid(ebp_code, told.order_no):
        told = realtime.refused(realtime.NO_ORDER)
    row = RealtimeRequest(
        zone=key.zone if key else "", ebp_code=ebp_code[:18], asked_at=at, code=realtime.OK, state=TAKEN
    )
    if isinstance(told, realtime.Request):
        row.session_id, row.order_no = told.session_id, told.order_no
        told, row = _entered(row, told)
    if isinstance(told, realtime.Refused):
        row.code, row.message, row.state = told.code, told.message, REFUSED
        row.save()
    return Taken(realtime.answer(row.code, row.message, int(at.timestamp() * 1000)), row)


def _entered(
    row: RealtimeRequest, told: realtime.Request
) -> tuple[realtime.Request | realtime.Refused, RealtimeRequest]:
    """The log's row, new or of the same session before; a session names one order."""
    try:
        with transaction.atomic():
            row.save()
            announce(PaymentDataAsked(row.pk), zone=row.zone)
            return told, row
    except IntegrityError:
        known = RealtimeRequest.objects.exclude(state=REFUSED).get(ebp_code=row.ebp_code, session_id=row.session_id)
        if known.order_no == row.order_no:
            if known.state == FAILED:
                announce(PaymentDataAsked(known.pk), zone=known.zone)
            return told, known
        row.pk = None
        return realtime.refused(realtime.REPEATED), row


def _paid(ebp_code: str, order_no: str) -> bool:
    """Whether both originals of an order are there."""
    held = {"ebp_code": ebp_code, "order_no": order_no, "withdrawn": False}
    return Payment.objects.filter(**held).exists() and Order.objects.filter(**held).exists()


def assembled(key: RealtimeKey, order_no: str) -> tuple[str, str] | realtime.Refused:
    """(payExchangeInfoHead, payExchangeInfoLists) of an order, read from the kept originals of its order and payment."""
    order = Order.objects.filter(ebp_code=key.ebp_code, order_no=order_no, withdrawn=False).first()
    payment = Payment.objects.filter(ebp_code=key.ebp_code, order_no=order_no, withdrawn=False).first()
    if order is None or payment is None:
        return realtime.refused(realtime.NO_ORDER)
    asked, paid = intake.document(order.message_id, order.guid), intake.document(payment.message_id, payment.guid)
    raw = [realtime.node({name: value for name, value in one.items() if name != "items"}) for one in (asked, paid)]
    if any(len(one) > realtime.LONGEST_RAW for one in raw):
        return realtime.refused(realtime.TOO_LONG)
    head = realtime.node(
        {
            "guid": payment.guid.upper(), "initalRequest": raw[0], "initalResponse": raw[1], "ebpCode": key.ebp_code, "payCode": payment.pay_code,
            "payTransactionId": payment.pay_no, "totalAmount": None, "currency": payment.currency, "verDept": key.ver_dept, "payType": key.pay_type,
            "tradingTime": digits14(payment.paid_at), "note": "",
        },
        {"totalAmount": realtime.amount(payment.paid_fen)},
    )  # fmt: skip
    goods = [
        {"gname": one.get("itemName", "")[:250], "itemLink": key.item_link.replace("{itemNo}", one.get("itemNo") or "")}
        for one in order.lines
    ]
    seller = {"orderNo": order_no, "goodsInfo": goods, "recpAccount": key.account, "recpCode": order.ebc_code, "recpName": asked.get("ebcName", "")[:100]}  # fmt: skip
    return head, realtime.nodes([realtime.node(seller)])


@action("realtime.send", title="上传实时数据")
def send(actor: Actor, number: int) -> Taken:
    """realTimeDataUpload: assemble, sign and send one request's data; what customs says is logged. ConnectionError to be tried again."""
    row = RealtimeRequest.objects.select_for_update().get(pk=number)
    if row.state not in (TAKEN, FAILED):
        return Taken({}, row)
    key = RealtimeKey.objects.get(ebp_code=row.ebp_code)
    found = assembled(key, row.order_no)
    if isinstance(found, realtime.Refused):
        row.state, row.outcome, row.outcome_text = FAILED, found.code, found.message
    else:
        body = signed(key, row.session_id, *found, int(clock.now().timestamp() * 1000))
        row.outcome, row.outcome_text = _told(body)
        row.state = SENT if row.outcome == realtime.OK else FAILED
        row.sha256, row.uploaded_at = hashlib.sha256(body.encode()).hexdigest(), clock.now()
    row.save()
    return Taken({}, row)


def _told(body: str) -> tuple[str, str]:
    """(code, text) of customs' answer; without an address to send to, a failure that says so."""
    try:
        return realtime.outcome(links.CUSTOMS["send"](body))
    except LookupError as fault:
        return realtime.FAILED, str(fault)


def signed(key: RealtimeKey, session_id: str, head: str, lists: str, at_ms: int) -> str:
    """`payExInfoStr`, signed with the platform's own key."""
    secret = SigningKey.load(vault.unseal(bytes(key.sealed_key), key.ebp_code.encode()))
    value = base64.b64encode(secret.sign(realtime.signed_text(session_id, head, lists, at_ms))).decode()
    return realtime.upload(session_id, head, lists, at_ms, key.cert_no, value)


def send_asked(numbers: list[int]) -> None:
    """Each request by itself."""
    for number in numbers:
        send(WORKER, number)
