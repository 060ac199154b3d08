"""What the file of an order is made of, what is still missing, who can supply it and how (pure)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from gongfu.modules.trade.events import Part

LONGEST_SUBJECT = 60
PLAIN = re.compile(r"[0-9A-Za-z]{1,18}:[0-9A-Za-z._\-]+")
# party kind: words for pages.
OWNERS = {
    "platform": ("电商平台", "E-commerce platform"),
    "seller": ("电商企业", "Seller"),
    "payment": ("支付企业", "Payment firm"),
    "logistics": ("物流企业", "Carrier"),
    "declarant": ("申报企业", "Declarant"),
    "customs": ("海关", "Customs"),
}


@dataclass(frozen=True, slots=True)
class PartKind:
    """One kind of part.  owner: the kind of party that can supply it.  how: what that party does (Chinese, English)."""

    code: str
    title: str
    title_en: str
    owner: str
    how: tuple[str, str] = ("", "")


PARTS = {
    one.code: one
    for one in (
        PartKind("order", "订单", "Order", "platform", ("电商平台或电商企业报送电子订单(进口 CEB311，出口 CEB303)。", "Platform or seller sends the order (imports CEB311, exports CEB303).")),
        PartKind("payment", "支付单", "Payment", "payment", ("支付企业按订单报送支付凭证(CEB411)。", "The payment firm sends one payment for the order (CEB411).")),
        PartKind("waybill", "运单", "Waybill", "logistics", ("物流企业报送运单(进口 CEB511，出口 CEB505)。", "The carrier sends the waybill (imports CEB511, exports CEB505).")),
        PartKind("delivery", "运单状态", "Delivery", "logistics", ("物流企业报送运单状态(CEB513)。", "The carrier sends the waybill's status (CEB513).")),
        PartKind("list", "清单", "List", "declarant", ("电商企业或其代理人申报清单(进口 CEB621，出口 CEB603)；被退的改正后重报。", "Seller or agent declares the list (imports CEB621, exports CEB603); correct and declare again what was refused.")),
        PartKind("customs", "海关回执", "Word of customs", "customs"),
        PartKind("released", "放行", "Release", "customs", ("海关审核放行；查验或人工审核时按海关通知配合。", "Customs releases; follow its notice when it inspects or reviews.")),
        PartKind("follow_up", "后续单证", "Follow-up document", "declarant"),
        PartKind("return", "退货", "Return", "declarant"),
        PartKind("departure", "运抵离境", "Arrival and departure", "logistics"),
        PartKind("summary", "汇总申报", "Summary", "declarant"),
        PartKind("form", "报关单", "Declaration form", "customs"),
        PartKind("tax_bill", "电子税单", "Tax bill", "customs", ("海关放行后下发电子税单(CEB816)。", "Customs sends the tax bill after release (CEB816).")),
        PartKind("collection", "收款单", "Receipt of money", "platform", ("收到货款后由电商平台或电商企业报送收款单(CEB403)。", "After the money has come, platform or seller sends the receipt (CEB403).")),
    )
}  # fmt: skip
WANTED = {
    "I": ("order", "payment", "waybill", "list", "released", "tax_bill"),
    "E": ("order", "waybill", "list", "released", "collection"),
    "B": ("order", "list", "released", "collection"),
}


@dataclass(frozen=True, slots=True)
class Missing:
    """A part that is not there.  owner: party kind; owner_code: the firm itself where another part names it, else ""."""

    kind: PartKind
    owner_code: str = ""

    @property
    def owner(self) -> str:
        return self.kind.owner


def file_key(platform: str, order_no: str) -> str:
    """The trail's subject of an order: `platform:number` where that is plain and short enough, else a hash of both."""
    plain = f"{platform}:{order_no}"
    if len(plain) <= LONGEST_SUBJECT and PLAIN.fullmatch(plain):
        return plain
    return "#" + hashlib.sha256(f"{platform}\n{order_no}".encode()).hexdigest()[:40]


def shape(parts: Iterable[Part]) -> str:
    """I for imports, B for orders between firms (9710, 9810), E for other exports; told by the list, else by the order or a payment."""
    told = {part.event: part.flow for part in parts if part.flow}
    return told.get("list") or told.get("order") or ("I" if "payment" in told else "E")


def missing(parts: list[Part]) -> list[Missing]:
    """The parts an order of this shape should have and has not, in the order in which they come about."""
    there = {part.event for part in parts}
    named = firms(parts)
    return [
        Missing(PARTS[code], named.get(PARTS[code].owner, "")) for code in WANTED[shape(parts)] if code not in there
    ]


def firms(parts: Iterable[Part]) -> dict[str, str]:
    """party kind → code, as the parts name them (`values` with an empty title carry a party kind and its code)."""
    return {kind: text for part in parts for zh, kind, text in part.values if not zh and text}
