"""Privacy impact assessments (个人信息保护影响评估) as a register of the house, kept for three years at least (R-1404)."""

from __future__ import annotations

from gongfu.base.registers.kinds import RegisterKind
from gongfu.base.security.rules import kept_long_enough
from gongfu.core.fields import INTERNAL, Field

REGISTER = RegisterKind(
    "assessments", "个人信息保护影响评估", "Privacy impact assessments", "处理敏感个人信息、对外提供、自动化决策等事前做的评估。", "Made before sensitive data are processed or passed on.",
    fields=(
        Field("key", "编号", "Key", longest=40), Field("title", "处理活动", "Processing"), Field("purpose", "目的和方式是否合法、正当、必要", "Lawful, legitimate and necessary", "lines", klass=INTERNAL, longest=1000),
        Field("data", "处理哪些个人信息", "Which data", "lines", klass=INTERNAL), Field("risks", "对个人权益的影响和风险", "Effects and risks", "lines", klass=INTERNAL, longest=1000),
        Field("measures", "保护措施是否有效、相称", "Measures and whether they fit", "lines", klass=INTERNAL, longest=1000), Field("assessed_on", "评估日期", "Assessed on", "date"),
        Field("until", "保存至", "Kept until", "date", help="至少三年。", help_en="Three years at least."), Field("file", "评估报告文件编号", "Report", needed=False, klass=INTERNAL),
    ),
    module="access", key="key", headline="title", decides="assessments.decide", until="until", criteria=kept_long_enough, inside=True, features=("access.security",),
)  # fmt: skip
