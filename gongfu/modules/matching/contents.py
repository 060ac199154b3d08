"""What an evidence package should hold, and what of it there is (R-1022; pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

HELD, NONE, ABSENT = "held", "none", "absent"
WORDS = {
    HELD: ("有", "in it"),
    NONE: ("没有收到", "none received"),
    ABSENT: ("平台不持有", "not held by the platform"),
}


@dataclass(frozen=True, slots=True)
class Content:
    """One kind of content.  events: the parts of an order's file that it is made of; none: the platform does not hold it."""

    code: str
    title: str
    title_en: str
    events: tuple[str, ...] = ()


CONTENTS = (
    Content("order", "订单", "Order", ("order",)),
    Content("payment", "支付单", "Payment", ("payment",)),
    Content("receipt", "收款单", "Receipt of money", ("collection",)),
    Content("waybill", "运单", "Waybill", ("waybill",)),
    Content("inventory", "清单与海关回执", "List and word of customs", ("list", "customs", "released", "follow_up", "summary", "form")),
    Content("tax_bill", "电子税单", "Tax bill", ("tax_bill",)),
    Content("logistics_events", "物流事件", "Logistics events", ("delivery", "departure")),
    Content("returns", "退货", "Returns", ("return",)),
    Content("page_snapshot", "商品页面快照摘要", "Page snapshot hash"),
    Content("identity_check", "身份核验结果", "Identity-check result"),
    Content("device_ip", "设备与 IP", "Device and IP"),
    Content("bank_confirmation", "银行确认", "Bank confirmation"),
    Content("prior_cases", "以往案件", "Prior cases"),
)  # fmt: skip
EVENTS = frozenset(event for one in CONTENTS for event in one.events)


def listed(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """Every kind of content as the manifest has it: part, held (held, none or absent) with its words, how many.  counts: event → parts."""
    told = []
    for one in CONTENTS:
        count = sum(counts.get(event, 0) for event in one.events)
        held = ABSENT if not one.events else HELD if count else NONE
        zh, en = WORDS[held]
        told.append({"part": one.code, "held": held, "count": count, "zh": zh, "en": en})
    return told
