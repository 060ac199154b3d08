"""The whitelist's application: handed in by a firm, proposed by one member of the committee, decided by another (R-710)."""

from __future__ import annotations

from gongfu.core.fields import INTERNAL, Field
from gongfu.core.flow import Flow, Move
from gongfu.modules.risk.rules.whitelist import admissible

APPLY, PROPOSE, ADMIT, FLAG = "risk.apply", "risk.propose", "risk.admit", "risk.flag"
WHITELIST_CODE, FLAGS_CODE = "whitelist", "flags"
GRADES = (
    ("advanced", "高级认证", "Advanced certified"),
    ("certified", "认证", "Certified"),
    ("regular", "常规", "Regular"),
    ("untrusted", "失信", "Untrusted"),
    ("grave", "严重失信", "Gravely untrusted"),
)
FIELDS = (
    Field("name", "企业名称", "Name of the firm", longest=100),
    Field("reason", "申请说明", "Why you apply", "lines", needed=False, klass=INTERNAL, longest=500, help="指标由平台按记录计算，不用填写。", help_en="The figures are measured from the records; none is typed in."),
)  # fmt: skip
STATED = (
    Field("grade", "海关信用等级（平台没有记录时）", "Customs grade (where the platform has none)", "choice", needed=False, choices=GRADES, klass=INTERNAL),
    Field("score", "平台信用分（平台没有计算时）", "Credit score (where the platform computes none)", "whole", needed=False, least=0, most=1000, klass=INTERNAL),
    Field("evidence", "依据文件", "Evidence", "file", needed=False, klass=INTERNAL, longest=64, help="陈述等级或信用分时必须附依据。", help_en="Needed with a stated grade or score."),
    Field("opinion", "审查意见", "Opinion", "lines", klass=INTERNAL, longest=500),
)  # fmt: skip
REASON = (Field("why", "理由", "Why", "lines", longest=500),)
WHITELIST = Flow(f"register.{WHITELIST_CODE}", "白名单申请", start="draft", finals=("valid", "refused", "withdrawn"), moves=(
    Move("submit", "提交", "draft", "reviewing", by=APPLY, title_en="Submit"),
    Move("propose", "提议准入", "reviewing", "checking", by=PROPOSE, days=5, title_en="Propose admission", asks=STATED),
    Move("admit", "委员会准入", "checking", "valid", by=ADMIT, days=5, title_en="Admit", needs=admissible, other=True),
    Move("return", "退回复查", "checking", "reviewing", by=ADMIT, title_en="Return to the proposer", asks=REASON, other=True),
    Move("send_back", "退回补正", "reviewing", "draft", by=PROPOSE, title_en="Send back", asks=REASON),
    Move("refuse", "不予准入", ("reviewing", "checking"), "refused", by=ADMIT, title_en="Refuse", asks=REASON, other=True),
    Move("withdraw", "撤回", ("draft", "reviewing"), "withdrawn", by=APPLY, title_en="Withdraw"),
))  # fmt: skip
FLAG_KINDS = (
    ("smuggling", "走私", "Smuggling"), ("ip", "知识产权", "Intellectual property"), ("false", "虚假交易", "False trade"),
    ("quality", "质量安全", "Quality and safety"), ("other", "其他", "Other"),
)  # fmt: skip
FLAG_FIELDS = (
    Field("number", "立案编号", "Case number", longest=60),
    Field("code", "统一社会信用代码", "Unified social credit code", "uscc"),
    Field("flag", "种类", "Kind", "choice", choices=FLAG_KINDS, klass=INTERNAL),
    Field("about", "情况", "What happened", "lines", klass=INTERNAL, longest=500),
)  # fmt: skip
