"""B2B orders and made-to-order production (B2B 订单与定制生产): agreed between an exporter and a factory, walked through its milestones.

One table of milestones makes the flow: the factory reports each with its proof, the exporter confirms it or sends it back. The order
agreed here is the 9710 order document (R-401, R-404): nothing of it is keyed again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.cases import actions as cases
from gongfu.base.cases.facts import clear
from gongfu.base.cases.kinds import CaseKind, Onward
from gongfu.base.cases.models import Case, Step
from gongfu.base.kit.beijing import civil_date
from gongfu.base.notices.actions import tell
from gongfu.core.fields import Field
from gongfu.core.flow import HOUSE, Flow, Move
from gongfu.core.rule import Finding
from gongfu.modules.parties import queries as parties

ORDER, MAKE = "trade.order", "trade.make"


@dataclass(frozen=True, slots=True)
class Milestone:
    """doing, done: the states before the factory's word and after it.  by: the field of the promised day."""

    verb: str
    doing: str
    done: str
    by: str
    title: str
    title_en: str
    report: str
    report_en: str


MILESTONES = (
    Milestone("make", "making", "made", "made_by", "生产", "Production", "报告生产完成", "Report production"),
    Milestone("inspect", "inspecting", "inspected", "inspected_by", "检验", "Inspection", "报告检验结果", "Report inspection"),
    Milestone("ship", "departing", "shipped", "shipped_by", "发运", "Shipping", "报告已发运", "Report shipping"),
    Milestone("deliver", "underway", "handed", "delivered_by", "交付", "Delivery", "报告已交付", "Report delivery"),
)  # fmt: skip
END = "finished"
# From here on the goods are there, and the order can be declared.
READY = ("departing", "shipped", "underway", "handed", END)
UNITS = (("007", "个", "piece"), ("011", "件", "item"), ("035", "千克", "kilogram"), ("030", "米", "metre"), ("032", "平方米", "square metre"))
CURRENCIES = (("142", "人民币", "CNY"), ("502", "美元", "USD"), ("300", "欧元", "EUR"))
WANTED = (
    Field("factory", "工厂的统一社会信用代码", "Factory's credit code", "uscc"),
    Field("goods", "品名", "Goods", longest=100),
    Field("spec", "规格与定制要求", "Specification and what is custom", "lines", longest=1000),
    Field("item_no", "企业货号", "Item number", longest=30, help="已备案商品的货号，报关时其余自动带出。", help_en="The number of a filed product; it fills in the rest when declaring."),
    Field("qty", "数量", "Quantity", "decimal"),
    Field("unit", "计量单位", "Unit", "choice", choices=UNITS),
    Field("currency", "币制", "Currency", "choice", choices=CURRENCIES),
    Field("buyer", "境外买方企业", "Buyer abroad", longest=100),
    Field("order_no", "平台订单编号", "Order number at the platform", longest=60),
    Field("wish_on", "希望交付日", "Delivery wished on", "date"),
    Field("drawing", "图纸或样品照片", "Drawing or picture", "file", needed=False),
)  # fmt: skip
QUOTE = (
    Field("price", "单价", "Unit price", "decimal"),
    *(Field(one.by, f"{one.title}完成日", f"{one.title_en} by", "date") for one in MILESTONES),
)
PROOF = (Field("proof", "凭证", "Proof", "file", needed=False, help="照片、检验报告、运单或签收单。", help_en="Picture, inspection report, waybill or receipt."),)  # fmt: skip


def _moves() -> tuple[Move, ...]:
    """From asking to the end; every state that waits for somebody can be warned of by the house."""
    found = [
        Move("submit", "发给工厂", "draft", "asked", by=ORDER, title_en="Send to the factory"),
        Move("quote", "报价并承诺节点", "asked", "quoted", by=MAKE, days=3, title_en="Quote and promise", asks=QUOTE),
        Move("decline", "不接", "asked", "declined", by=MAKE, title_en="Decline"),
        Move("accept", "接受报价", "quoted", MILESTONES[0].doing, by=ORDER, days=5, title_en="Accept"),
        Move("haggle", "请重新报价", "quoted", "asked", by=ORDER, title_en="Ask for another quote"),
        Move("withdraw", "撤回", ("draft", "asked", "quoted"), "withdrawn", by=ORDER, title_en="Withdraw"),
    ]
    for at, one in enumerate(MILESTONES):
        onward = MILESTONES[at + 1].doing if at + 1 < len(MILESTONES) else END
        found += [
            Move(one.verb, one.report, one.doing, one.done, by=MAKE, title_en=one.report_en, asks=PROOF),
            Move("confirm", f"确认{one.title}", one.done, onward, by=ORDER, days=3, title_en=f"Confirm {one.title_en.lower()}"),
            Move("back", "退回", one.done, one.doing, by=ORDER, title_en="Send back"),
            Move("warn", "逾期提醒", one.doing, one.doing, by=HOUSE, title_en="Overdue"),
        ]
    return tuple(found)


FLOW = Flow("trade.b2b", "B2B 订单与定制生产", start="draft", finals=(END, "declined", "withdrawn"), moves=_moves())


def check(case: Case, facts: Mapping[str, Any]) -> list[Finding]:
    """The factory is another firm, and filed."""
    code = str(facts["factory"])
    if code == case.party_code or parties.valid(code) is None:
        return [Finding("ORDER-FACTORY", field="factory", value=code, rules=("R-701",))]
    return []


def in_order(case: Case, facts: Mapping[str, Any]) -> list[Finding]:
    """The promised days follow one another."""
    days = [str(facts[one.by]) for one in MILESTONES]
    late = next((one for one, day, last in zip(MILESTONES[1:], days[1:], days, strict=False) if day < last), None)
    return [Finding("ORDER-MILESTONES", field=late.by, value=str(facts[late.by]))] if late else []


def due(case: Case) -> date | None:
    """The promised day of the milestone under way; the flow's own term in every other state."""
    one = next((one for one in MILESTONES if one.doing == case.state), None)
    return date.fromisoformat(str(case.facts[one.by])) if one and case.facts.get(one.by) else None


def open_late(on: date) -> QuerySet[Case]:
    """Orders whose milestone under way is late on the day, and of which nobody was warned since it began."""
    warned = Step.objects.filter(case=OuterRef("pk"), verb="warn", seq=OuterRef("steps_count"))
    rows = Case.objects.filter(kind=FLOW.code, closed_at=None, due_on__lt=on, state__in=[one.doing for one in MILESTONES])
    return rows.exclude(Exists(warned))


@dataclass(frozen=True, slots=True)
class Warned:
    """The orders whose milestone was late."""

    numbers: tuple[str, ...]

    def audit(self) -> dict[str, Any] | None:
        return {"subject": "trade:b2b", "facts": {"late": list(self.numbers)}} if self.numbers else None


@action("trade.warn", title="节点逾期提醒")
def warn(actor: Actor, on: date) -> Warned:
    """Tell both sides of each milestone that is late on the day, once, as a sealed step."""
    late = list(open_late(on).select_for_update())
    for case in late:
        one = next(each for each in MILESTONES if each.doing == case.state)
        note = f"{one.title}应在 {case.facts[one.by]} 前完成"
        cases.follow(case, "warn", note, {})
        for code in (case.party_code, case.handler_code):
            tell(
                zone=case.zone, party_code=code, title=f"{FLOW.title} {case.number}：{note}，已逾期",
                title_en=f"Order {case.number}: {one.title_en.lower()} was due on {case.facts[one.by]}", place=f"cases/{case.pk}",
            )  # fmt: skip
    return Warned(tuple(one.number for one in late))


@dataclass(frozen=True, slots=True)
class Punctuality:
    """Orders delivered, and how many of them by the promised day; of the rest, how many are late now."""

    delivered: int
    on_time: int
    late_now: int

    @property
    def rate_bp(self) -> int | None:
        """On time of all delivered, in basis points; None before any."""
        return round(10_000 * self.on_time / self.delivered) if self.delivered else None


def delivered(orders: QuerySet[Any]) -> QuerySet[Any]:
    """The orders with `handed_at`, when the factory last reported their delivery (None before)."""
    rows: QuerySet[Any] = orders.annotate(handed_at=Max("steps__at", filter=Q(steps__verb="deliver")))
    return rows


def in_time(at: datetime, promised: str) -> bool:
    """Whether the moment of delivery lies on the promised day (Beijing) or before."""
    return civil_date(at).isoformat() <= promised


def punctuality(orders: QuerySet[Any], on: date) -> Punctuality:
    """The promised day of delivery against the day of the sealed step, counted from the finished orders."""
    ended = delivered(orders).filter(state=END).values_list("handed_at", "facts__delivered_by")
    good = sum(1 for at, promised in ended if at and in_time(at, promised))
    late = orders.filter(closed_at=None, due_on__lt=on, state__in=[one.doing for one in MILESTONES]).count()
    return Punctuality(len(ended), good, late)


def document(case: Case) -> dict[str, Any]:
    """The order as the head and goods line of a CEB303, orderType B (R-404); what the form knows itself is left out."""
    facts = clear(case.facts)
    qty, price = Decimal(str(facts["qty"])), Decimal(str(facts.get("price", "0")))
    total = str((qty * price).quantize(Decimal("0.01")))
    head = {"orderType": "B", "orderNo": str(facts["order_no"]), "goodsValue": total, "currency": str(facts["currency"])}
    line = {
        "itemNo": str(facts["item_no"]), "itemName": str(facts["goods"]), "unit": str(facts["unit"]), "qty": str(facts["qty"]), "price": str(price),
        "totalPrice": total,
    }  # fmt: skip
    return {"head": head, "lines": [line]}


KIND = CaseKind(
    FLOW, "B2B order", "与工厂谈定规格、价格和节点，逐步确认生产、检验、发运、交付；订单直接用于 9710 申报。", "Agree on goods, price and milestones with a factory; the order is declared as it stands.",
    WANTED, opens=ORDER, handles=MAKE, handled_by="factory", prefix="BB", module="trade", topic=("贸易", "Trade"), words="定制 OEM 工厂 生产 里程碑 9710 made to order", events=("export", "grow"),
    check=check, guards={"quote": in_order}, term=due, headline=lambda facts: f"{facts.get('goods', '')} {facts.get('qty', '')}".strip(),
    onward=(Onward(READY, "填 9710 订单", "Fill in the 9710 order", "drafts/from-order/{}", ORDER),),
    features=("trade.b2b",),
)  # fmt: skip
