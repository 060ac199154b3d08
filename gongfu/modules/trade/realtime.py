"""The 179 interface for many platforms: who is served, requests of customs taken and logged, the kept originals put together and signed."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.kit import clock, vault
from gongfu.base.kit.beijing import civil_date, digits14
from gongfu.core.ceb import realtime
from gongfu.core.ceb.certificates import SigningKey
from gongfu.core.rule import Finding
from gongfu.modules.intake import queries as intake
from gongfu.modules.trade.models import Order, Payment, RealtimeKey, RealtimeRequest
from gongfu.reference.tables import parameters

REFUSED, TAKEN, SENT, FAILED = "refused", "taken", "sent", "failed"


@dataclass(frozen=True, slots=True)
class Registered:
    key: RealtimeKey

    def audit(self) -> dict[str, Any]:
        facts = {"cert_no": self.key.cert_no, "fingerprint": self.key.fingerprint}
        return {"subject": f"realtime:{self.key.ebp_code}", "zone": self.key.zone, "facts": facts}


@dataclass(frozen=True, slots=True)
class Ended:
    """A platform that is served no longer, or the finding why not."""

    key: RealtimeKey | None = None
    findings: tuple[Finding, ...] = ()

    def audit(self) -> dict[str, Any] | None:
        return {"subject": f"realtime:{self.key.ebp_code}", "zone": self.key.zone} if self.key else None


@action("realtime.register", title="登记实时数据签名")
def register(actor: Actor, /, zone: str, ebp_code: str, cert_no: str, key: SigningKey, **said: str) -> Registered:
    """Serve a platform (again), or bring its entry up to date.  said: account, item_link (with {itemNo}), ver_dept, pay_type."""
    values = {
        "zone": zone, "cert_no": cert_no, "sealed_key": vault.seal(key.dump(), ebp_code.encode()), "account": said["account"], "item_link": said["item_link"],
        "ver_dept": said.get("ver_dept", "3"), "pay_type": said.get("pay_type", "4"), "fingerprint": realtime.fingerprint(key), "ended_at": None,
    }  # fmt: skip
    return Registered(RealtimeKey.objects.update_or_create(ebp_code=ebp_code, defaults=values)[0])


@action("realtime.end", title="停止实时数据服务")
def end(actor: Actor, number: int) -> Ended:
    """Serve a platform no longer: customs is told so when it asks. What was taken before is still sent."""
    row = RealtimeKey.objects.seen_by(actor).select_for_update().filter(pk=number).first()
    if row is None or row.ended_at is not None:
        return Ended(findings=(Finding("STATE-SERVED", value=row.ebp_code if row else str(number), rules=("R-206",)),))
    row.ended_at = clock.now()
    row.save(update_fields=["ended_at"])
    return Ended(row)


@dataclass(frozen=True, slots=True)
class Taken:
    """The answer to give at once, and the log's row."""

    answer: dict[str, Any]
    row: RealtimeRequest

    def audit(self) -> dict[str, Any]:
        return {"subject": f"realtime:{self.row.ebp_code}", "zone": self.row.zone, "facts": {"code": self.row.code, "session": self.row.session_id}}  # fmt: skip


@action("realtime.take", title="接收实时数据请求")
def take(actor: Actor, ebp_code: str, text: str) -> Taken:
    """platDataOpen: log the request, answer it by its code, and leave the sending to the sender. The same session again is answered the same."""
    at = clock.now()
    hours = parameters(civil_date(at))["realtime.answer_hours"]
    key = RealtimeKey.objects.filter(ebp_code=ebp_code).first()
    row = RealtimeRequest(
        zone=key.zone if key else "", ebp_code=ebp_code[:18], asked_at=at, due_at=at + timedelta(hours=hours), code=realtime.OK, state=TAKEN
    )  # fmt: skip
    told = _verified(key, text, at)
    if isinstance(told, realtime.Request):
        row.session_id, row.order_no = told.session_id, told.order_no
        told, row = _entered(row, told)
    if isinstance(told, realtime.Refused):
        row.code, row.message, row.state, row.due_at = told.code, told.message, REFUSED, None
        row.save()
    return Taken(realtime.answer(row.code, row.message, int(at.timestamp() * 1000)), row)


def _verified(key: RealtimeKey | None, text: str, at: datetime) -> realtime.Request | realtime.Refused:
    """The request as far as it can be judged without the log: a platform that is served, its form, its time."""
    if key is None or key.ended_at is not None:
        return realtime.refused(realtime.NO_PLATFORM)
    told = realtime.parse(text)
    if isinstance(told, realtime.Refused):
        return told
    window = parameters(civil_date(at))["realtime.window_hours"]
    return realtime.stale(told, int(at.timestamp() * 1000), window) or told


def _entered(
    row: RealtimeRequest, told: realtime.Request
) -> tuple[realtime.Request | realtime.Refused, RealtimeRequest]:
    """The log's row, new or of the same session before; a session names one order, and that order's originals are here."""
    known = _known(row)
    if known is None and not _paid(row.ebp_code, row.order_no):
        return realtime.refused(realtime.NO_ORDER), row
    if known is None:
        try:
            with transaction.atomic():
                row.save()
                return told, row
        except IntegrityError:
            row.pk, known = None, _known(row)
    if known is None or known.order_no != row.order_no:
        return realtime.refused(realtime.REPEATED), row
    if known.state == FAILED:
        again(known)
    return told, known


def _known(row: RealtimeRequest) -> RealtimeRequest | None:
    """The request of the same session that was taken before."""
    held = RealtimeRequest.objects.exclude(state=REFUSED).select_for_update()
    found: RealtimeRequest | None = held.filter(ebp_code=row.ebp_code, session_id=row.session_id).first()
    return found


def again(row: RealtimeRequest) -> None:
    """To be sent once more, with the whole row of tries before it."""
    row.state, row.tries, row.next_at, row.failed_told = TAKEN, 0, clock.now(), False
    row.save(update_fields=["state", "tries", "next_at", "failed_told"])


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
    if not asked or not paid:
        return realtime.refused(realtime.NO_ORDER)
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


def signed(key: RealtimeKey, session_id: str, head: str, lists: str, at_ms: int) -> str:
    """`payExInfoStr`, signed with the platform's own key."""
    secret = SigningKey.load(vault.unseal(bytes(key.sealed_key), key.ebp_code.encode()))
    value = base64.b64encode(secret.sign(realtime.signed_text(session_id, head, lists, at_ms))).decode()
    return realtime.upload(session_id, head, lists, at_ms, key.cert_no, value)
