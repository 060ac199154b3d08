"""What providers offer and how an order goes: one flow for the order, one for each of its parts (R-532, R-701)."""

from __future__ import annotations

from gongfu.core.fields import INTERNAL, Field
from gongfu.core.flow import HOUSE, Flow, Move

SERVICES = {
    "clearance": ("报关", "Clearance"), "refund": ("退税", "Tax refund"), "collection": ("收汇", "Collection"), "logistics": ("物流", "Logistics"),
    "warehousing": ("仓储", "Warehousing"), "finance": ("融资", "Finance"), "training": ("培训", "Training"), "marketing": ("营销", "Marketing"),
    "site": ("建站", "Site building"), "legal": ("法律", "Legal"), "telecom": ("通信", "Telecom"), "consulting": ("咨询", "Consulting"),
}  # fmt: skip
CHOICES = tuple((code, zh, en) for code, (zh, en) in SERVICES.items())
# Services that nobody may offer without a licence or a registration of his own.
LICENSED = ("clearance", "logistics", "finance", "telecom")
PROVIDER = (
    Field("name", "服务商", "Provider", longest=100),
    Field("services", "服务", "Services", "choices", choices=CHOICES),
    Field("region", "服务地区", "Region", help="如南充、四川、全国。", help_en="Such as Nanchong, Sichuan, nationwide."),
    Field("about", "简介", "About", "lines", longest=500),
    Field("licence", "许可或备案编号", "Licence or registration", only=("services", LICENSED), help="报关、物流、融资、通信必填。", help_en="Needed for clearance, logistics, finance and telecom."),
    Field("until", "许可有效期至", "Licence until", "date", only=("services", LICENSED), help="到期后自动退出选择。", help_en="After this day the provider leaves every choice."),
    *(Field(f"price_{code}", f"{zh}价格", f"Price of {en.lower()}", "money", needed=False, unit="元/单", least=0, most=100_000_000, only=("services", (code,)), help="空着表示面议。", help_en="Empty: by agreement.") for code, zh, en in CHOICES),
    Field("contact", "联系电话", "Telephone", "phone", klass=INTERNAL),
)  # fmt: skip
TOPIC = ("委托服务", "Services entrusted")
WISHES = Field("wishes", "要求", "What is wanted", "lines", needed=False, longest=1000)
PACKAGE = (
    Field("services", "委托哪些服务", "Services", "choices", choices=CHOICES),
    *(Field(f"provider_{code}", f"{zh}服务商", f"Provider of {en.lower()}", "uscc", only=("services", (code,)), help="服务商的统一社会信用代码，从名录里点“委托”会自动填上。", help_en="The provider's credit code; the directory fills it in.") for code, zh, en in CHOICES),
    WISHES,
)  # fmt: skip
STARS = Field("stars", "评分", "Stars", "choice", choices=tuple((str(n), "★" * n, "★" * n) for n in (5, 4, 3, 2, 1)))
RATING = (STARS, Field("words", "评价", "Words", "lines", needed=False, longest=500))


def order_flow(code: str, title: str) -> Flow:
    """An order: handed in, under way in its parts, ended when the last part has ended, then rated once."""
    return Flow(code, title, start="draft", finals=("rated", "cancelled", "withdrawn"), moves=(
        Move("submit", "下单", "draft", "working", by="services.entrust", title_en="Order"),
        Move("withdraw", "撤回", "draft", "withdrawn", by="services.entrust", title_en="Withdraw"),
        Move("cancel", "取消委托", "working", "cancelled", by="services.entrust", title_en="Cancel the order"),
        Move("end", "各项完成", "working", "ended", by=HOUSE, title_en="All parts ended"),
        Move("rate", "评价", "ended", "rated", by="services.entrust", asks=RATING, title_en="Rate"),
    ))  # fmt: skip


PART = Flow("services.part", "委托单项", start="offered", finals=("done", "declined", "cancelled"), moves=(
    Move("accept", "接单", "offered", "working", by="services.provide", days=2, title_en="Accept"),
    Move("decline", "不接", "offered", "declined", by="services.provide", asks=(Field("reason", "理由", "Why", "lines", needed=False),), title_en="Decline"),
    Move("report", "报告进展", "working", "working", by="services.provide", asks=(Field("progress", "进展", "Progress", "lines", needed=False),), title_en="Report progress"),
    Move("finish", "办结", "working", "done", by="services.provide", asks=(Field("result", "办理结果", "Result", "lines", needed=False),), title_en="Finish"),
    Move("cancel", "委托取消", ("offered", "working"), "cancelled", by=HOUSE, title_en="Order cancelled"),
))  # fmt: skip
PART_FIELDS = (
    Field("service", "服务", "Service", "choice", choices=CHOICES),
    Field("order", "委托单", "Order"),
    Field("principal", "委托方", "Principal", "uscc"),
    Field("principal_name", "委托方名称", "Name of the principal"),
    Field("fee_fen", "费用", "Fee", "money", needed=False, unit="元"),
    WISHES,
)
TRAINING = Flow("services.training", "培训报名", start="draft", finals=("enrolled", "refused", "withdrawn"), moves=(
    Move("submit", "报名", "draft", "reviewing", by="services.entrust", title_en="Apply"),
    Move("enrol", "录取", "reviewing", "enrolled", by="services.review", days=3, title_en="Enrol"),
    Move("refuse", "不予录取", "reviewing", "refused", by="services.review", asks=(Field("reason", "理由", "Why", "lines"),), title_en="Refuse"),
    Move("withdraw", "撤回", ("draft", "reviewing"), "withdrawn", by="services.entrust", title_en="Withdraw"),
))  # fmt: skip
TRAINING_FIELDS = (
    Field("subject", "培训内容", "Subject", "choice", choices=(("filing", "备案与报关", "Filing and clearance"), ("tax", "退免税与收汇", "Tax and collection"), ("operation", "平台运营", "Running a shop"), ("compliance", "合规与知识产权", "Compliance and IP"))),
    Field("people", "人数", "People", "whole", least=1, most=200),
    Field("month", "希望的月份", "Month wished for", needed=False, longest=20),
)  # fmt: skip
