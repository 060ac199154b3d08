"""What providers, clients and officers say, and the flows: of an entrusted service, made from the catalogue, of an order, of a course."""

from __future__ import annotations

from gongfu.core.fields import PERSONAL, Field
from gongfu.core.flow import HOUSE, Flow, Move
from gongfu.modules.services.catalogue import CHOICES, LICENCES, SERVICES, STEPS, UNITS, Service

ENTRUST, PROVIDE, DECIDE, APPLY = "services.entrust", "services.provide", "services.review", "services.apply"
MOST_YUAN, MOST_QUANTITY, MOST_DAYS = 1_000_000, 9_999, 365

PROFILE = (
    Field("name", "服务商名称", "Name", longest=100),
    Field("region", "服务地区", "Region served", longest=80, help="例如：四川绵阳，全国。", help_en="Such as: Mianyang, Sichuan; all of China."),
    Field("hotline", "服务电话", "Telephone", "phone", help="公开显示。", help_en="Shown to everyone."),
    Field("email", "电子邮箱", "E-mail", "email", needed=False),
    Field("intro", "简介", "About", "lines", needed=False, longest=500),
    Field("person", "联系人", "Contact person", klass=PERSONAL, masked="name", longest=40),
    Field("licences", "资质证照", "Licences", "rows", most=10, rows=(
        Field("kind", "证照", "Licence", "choice", choices=LICENCES), Field("number", "编号", "Number", longest=60),
        Field("until", "有效期至", "Valid until", "date", needed=False, help="长期有效的不填。", help_en="Leave empty if it has no end."),
    )),
    Field("services", "服务与价格", "Services and prices", "rows", most=len(SERVICES), rows=(
        Field("service", "服务", "Service", "choice", choices=CHOICES), Field("price", "价格", "Price", "money", least=0, most=MOST_YUAN, unit="元"),
        Field("unit", "计价单位", "Priced by", "choice", choices=UNITS), Field("days", "承诺工作日", "Working days promised", "whole", least=1, most=MOST_DAYS),
    )),
)  # fmt: skip
ORDER_FIELDS = (
    Field("scope", "委托内容", "What is entrusted", "lines", longest=500, help="货物、数量、时间等，各服务商都看得到。", help_en="Goods, quantity, time: every provider chosen reads it."),
)  # fmt: skip
LEG_FIELDS = (
    Field("provider", "服务商", "Provider"), Field("scope", "委托内容", "What is entrusted", "lines", longest=500),
    Field("exporter", "实际出口人（委托人）", "Actual exporter (principal)", needed=False, longest=18),
    Field("quantity", "数量", "Quantity", "whole", least=1, most=MOST_QUANTITY), Field("unit", "计价单位", "Priced by", "choice", choices=UNITS),
    Field("listed", "标价合计", "Fee at the listed price", "money", least=0, unit="元"), Field("fee", "约定费用", "Agreed fee", "money", least=0, unit="元"),
    Field("days", "约定工作日", "Working days agreed", "whole", least=1, most=MOST_DAYS), Field("deadline", "约定完成日", "Deadline agreed", "date", needed=False),
)  # fmt: skip
REPORT = (Field("evidence", "佐证材料", "Evidence", "file", needed=False, longest=64, help="PDF、OFD、图片或表格，20 MB 以内。", help_en="PDF, OFD, picture or workbook up to 20 MB."),)  # fmt: skip
QUOTE = (
    Field("fee", "报价", "Fee quoted", "money", least=0, most=MOST_YUAN * 10, unit="元"),
    Field("days", "需要的工作日", "Working days needed", "whole", least=1, most=MOST_DAYS),
)  # fmt: skip
REASON = (Field("reason", "理由", "Why", "lines", longest=500),)
RATING = (
    Field("stars", "评分", "Stars", "whole", least=1, most=5, help="1 最差，5 最好。", help_en="1 is worst, 5 is best."),
    Field("words", "评价", "In words", "lines", longest=500),
)  # fmt: skip
ANSWER = (Field("answer", "回复", "Answer", "lines", longest=500),)


def leg_code(service: str) -> str:
    return f"services.{service}"


def flow_of(service: Service) -> Flow:
    """Accepted (or quoted and agreed), step by step to the end, confirmed by the client; every step is the provider's report."""
    states = [state for state, _ in service.way]
    first, last = states[0], states[-1]
    steps = (
        Move(STEPS[state][0], STEPS[state][1], state, target, by=PROVIDE, days=days, title_en=STEPS[state][2], asks=REPORT)
        for (state, days), target in zip(service.way, [*states[1:], "done"], strict=True)
    )  # fmt: skip
    return Flow(leg_code(service.code), service.title, start="offered", finals=("settled", "declined", "stopped", "withdrawn"), moves=(
        Move("accept", "接单", "offered", first, by=PROVIDE, days=2, title_en="Accept"),
        *steps,
        Move("confirm", "确认完成", "done", "settled", by=ENTRUST, days=5, title_en="Confirm completion"),
        Move("quote", "另行报价", "offered", "quoted", by=PROVIDE, title_en="Quote another fee", asks=QUOTE),
        Move("agree", "同意报价", "quoted", first, by=ENTRUST, days=3, title_en="Agree to the quote"),
        Move("redo", "要求补做", "done", last, by=ENTRUST, title_en="Ask to do again", asks=REASON),
        Move("decline", "谢绝", "offered", "declined", by=PROVIDE, title_en="Decline", asks=REASON),
        Move("stop", "终止", tuple(states), "stopped", by=PROVIDE, title_en="Stop", asks=REASON),
        Move("withdraw", "撤回", ("offered", "quoted"), "withdrawn", by=ENTRUST, title_en="Withdraw"),
    ))  # fmt: skip


FLOWS = {code: flow_of(one) for code, one in SERVICES.items()}
UNDONE = ("declined", "stopped", "withdrawn")
ORDER = Flow("services.order", "委托单", start="working", finals=("done", "void"), moves=(
    Move("complete", "各项服务办结", "working", "done", by=HOUSE, title_en="Every service has ended"),
    Move("lapse", "没有一项成交", "working", "void", by=HOUSE, title_en="No service was rendered"),
))  # fmt: skip
COURSE = Flow("services.course", "培训报名", start="draft", finals=("done", "refused", "withdrawn"), moves=(
    Move("submit", "报名", "draft", "reviewing", by=ENTRUST, title_en="Apply"),
    Move("enrol", "录取", "reviewing", "delivering", by=DECIDE, days=3, title_en="Enrol"),
    Move("finish", "结业", "delivering", "done", by=DECIDE, days=20, title_en="Finish"),
    Move("refuse", "不予录取", "reviewing", "refused", by=DECIDE, title_en="Refuse", asks=REASON),
    Move("withdraw", "撤回", ("draft", "reviewing"), "withdrawn", by=ENTRUST, title_en="Withdraw"),
))  # fmt: skip
COURSES = (
    ("basics", "跨境电商入门", "Cross-border basics"), ("customs", "报关与合规", "Customs and compliance"), ("refund", "退免税实务", "Refund and exemption"),
    ("live", "直播与短视频", "Live selling"), ("brand", "品牌出海", "Brands abroad"),
)  # fmt: skip
COURSE_FIELDS = (
    Field("course", "课程", "Course", "choice", choices=COURSES),
    Field("people", "人数", "How many people", "whole", least=1, most=200),
    Field("month", "希望的日期", "Wished date", "date", needed=False),
    Field("needs", "想学什么", "What you want to learn", "lines", needed=False, longest=500),
)  # fmt: skip
