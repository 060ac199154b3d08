"""Filing (备案): what a firm says once, and how it becomes valid, changes, is confirmed and ends (R-205, R-701, R-708, R-709)."""

from __future__ import annotations

from gongfu.core.fields import INTERNAL, PERSONAL, Field
from gongfu.core.flow import HOUSE, Flow, Move

KINDS = {
    "ecommerce": "跨境电商企业",
    "agent": "境内代理人",
    "platform": "电商平台",
    "payment": "支付企业",
    "logistics": "物流企业",
    "declarant": "报关企业",
    "site": "监管场所经营人",
    "warehouse": "区内仓储企业",
    "service": "外综服与服务商",
    "overseas_warehouse": "海外仓经营者",
    "park": "园区与孵化器",
    "finance": "金融保险机构",
    "school": "院校与培训机构",
    "individual": "个体工商户",
}
KINDS_EN = {
    "ecommerce": "Seller", "agent": "Domestic agent", "platform": "Platform", "payment": "Payment firm", "logistics": "Logistics firm",
    "declarant": "Declaration agent", "site": "Supervised site", "warehouse": "Bonded warehouse operator", "service": "Service provider",
    "overseas_warehouse": "Overseas warehouse operator", "park": "Park or incubator", "finance": "Bank or insurer",
    "school": "School or trainer", "individual": "Individual business",
}  # fmt: skip
CHOICES = tuple((code, KINDS[code], KINDS_EN[code]) for code in KINDS)
FIELDS = (
    Field("code", "统一社会信用代码", "Unified social credit code", "uscc", help="18 位，自动核对校验位。", help_en="18 signs; the check sign is verified."),
    Field("name", "企业名称", "Name of the firm", longest=100, help="与营业执照一致。", help_en="As on the business licence."),
    Field("kinds", "企业类型", "Kinds", "choices", choices=CHOICES),
    Field("customs_code", "海关注册编码", "Customs code", "customs_code", needed=False, help="没有可以不填。", help_en="Leave empty if there is none."),
    Field("name_en", "英文名称", "English name", needed=False, longest=120),
    Field("dxp_id", "传输编号", "DXP number", needed=False, longest=30, klass=INTERNAL),
    Field("address", "经营地址", "Address", klass=INTERNAL),
    Field("express_licence", "快递业务经营许可证号", "Express licence number", only=("kinds", ("logistics",)), help="物流企业必填（R-701）。", help_en="Logistics firms need it (R-701)."),
    Field("payment_licence", "支付业务或金融许可证号", "Payment or financial licence", only=("kinds", ("payment",)), help="支付企业必填（R-701）。", help_en="Payment firms need it (R-701)."),
    Field("legal_name", "法定代表人", "Legal representative", klass=PERSONAL, masked="name"),
    Field("legal_id", "法定代表人身份证号", "Identity number", "id_number", klass=PERSONAL),
    Field("contact_phone", "联系电话", "Telephone", "phone", klass=PERSONAL, masked="phone"),
    Field("email", "电子邮箱", "E-mail", "email", needed=False, klass=INTERNAL),
    Field("licence_copy", "营业执照副本", "Copy of the business licence", "file", needed=False, klass=INTERNAL, help="PDF、OFD 或图片，20 MB 以内。", help_en="PDF, OFD or picture, 20 MB at most."),
    Field("proof", "许可证或其他证明", "Licence or other evidence", "file", needed=False, klass=INTERNAL, help="如快递、支付许可证，或校区、园区证明。", help_en="Such as the express or payment licence."),
)  # fmt: skip
REASON = (Field("reason", "补正或不予备案的理由", "What to correct, or why not", "lines"),)
REVIEW = "parties.review"


def _reviewed(code: str, title: str, end: str, verb_title: str, verb_en: str, days: int) -> Flow:
    """Hand in, review with return for correction, decide: the same for a filing, a change and an exit."""
    return Flow(code, title, start="draft", finals=(end, "refused", "withdrawn"), moves=(
        Move("submit", "提交", "draft", "reviewing", by="parties.apply", title_en="Submit"),
        Move("approve", verb_title, "reviewing", end, by=REVIEW, days=days, title_en=verb_en, other=True),
        Move("send_back", "退回补正", "reviewing", "draft", by=REVIEW, title_en="Send back", asks=REASON),
        Move("refuse", "不予通过", "reviewing", "refused", by=REVIEW, title_en="Refuse", asks=REASON, other=True),
        Move("withdraw", "撤回", ("draft", "reviewing"), "withdrawn", by="parties.apply", title_en="Withdraw"),
    ))  # fmt: skip


FILING = _reviewed("parties.filing", "市场主体备案", "approved", "准予备案", "Approve", 3)
CHANGE = _reviewed("parties.change", "备案变更", "approved", "准予变更", "Approve the change", 2)
EXIT = _reviewed("parties.exit", "注销备案", "approved", "准予注销", "Approve the exit", 2)
CONFIRM = Flow("parties.confirm", "年度确认", start="draft", finals=("approved", "withdrawn"), moves=(
    Move("submit", "确认无误", "draft", "approved", by="parties.apply", title_en="Confirm"),
    Move("withdraw", "撤回", "draft", "withdrawn", by="parties.apply", title_en="Withdraw"),
))  # fmt: skip
CONFIRM_FIELDS = (
    Field("code", "统一社会信用代码", "Unified social credit code", "uscc"),
    Field("same", "备案内容无变化", "Nothing has changed", "choice", choices=(("yes", "是，全部无误", "Yes, all is right"),), help="有变化请办备案变更。", help_en="File a change if anything differs."),
)  # fmt: skip
EXIT_FIELDS = (
    Field("code", "统一社会信用代码", "Unified social credit code", "uscc"),
    Field("why", "注销原因", "Why", "lines", longest=500),
)  # fmt: skip
# Away from home (异地办理, R-707): nothing personal crosses over, and documents stay where they were handed in.
OPEN_FIELDS = tuple(one for one in FIELDS if one.klass != PERSONAL and one.kind != "file" and one.name != "email")
HANDLED_FIELDS = (
    *OPEN_FIELDS,
    Field("from_site", "受理平台", "Taken in at", longest=40),
    Field("from_number", "受理案号", "Its number there", longest=40),
)
ELSEWHERE = Flow("parties.elsewhere", "异地办理备案变更", start="draft", finals=("approved", "refused", "withdrawn"), moves=(
    Move("submit", "提交", "draft", "reviewing", by="parties.apply", title_en="Submit"),
    Move("forward", "核对原件，转备案地", "reviewing", "forwarded", by=REVIEW, days=1, title_en="Originals seen; send home", other=True),
    Move("send_back", "退回补正", "reviewing", "draft", by=REVIEW, title_en="Send back", asks=REASON),
    Move("withdraw", "撤回", ("draft", "reviewing"), "withdrawn", by="parties.apply", title_en="Withdraw"),
    Move("granted", "备案地准予", "forwarded", "approved", by=HOUSE, days=3, title_en="Approved at home"),
    Move("denied", "备案地不予", "forwarded", "refused", by=HOUSE, title_en="Refused at home"),
))  # fmt: skip
HANDLED = Flow("parties.handled", "异地受理的备案变更", start="reviewing", finals=("approved", "refused"), moves=(
    Move("approve", "准予变更", "reviewing", "approved", by=REVIEW, days=2, title_en="Approve the change", other=True),
    Move("refuse", "不予通过", "reviewing", "refused", by=REVIEW, title_en="Refuse", asks=REASON, other=True),
))  # fmt: skip
