"""A demonstration kind: a permit to bring a dog into the office, nothing but data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gongfu.base.cases.kinds import CaseKind
from gongfu.base.cases.models import Case
from gongfu.core.fields import PERSONAL, Field
from gongfu.core.flow import Flow, Move
from gongfu.core.rule import Finding

FLOW = Flow("demo.permit", "演示许可", start="draft", finals=("approved", "refused"), moves=(
    Move("submit", "提交", "draft", "reviewing", by="demo.apply", title_en="Submit"),
    Move("send_back", "退回补正", "reviewing", "draft", by="demo.review", days=3, title_en="Send back", asks=(Field("reason", "补正内容", "What to correct", "lines"),)),
    Move("recommend", "初审通过", "reviewing", "checking", by="demo.review", days=5, title_en="Recommend"),
    Move("approve", "核准", "checking", "approved", by="demo.review", days=2, title_en="Approve", other=True),
    Move("refuse", "不予许可", ("reviewing", "checking"), "refused", by="demo.review", title_en="Refuse"),
))  # fmt: skip


def check(case: Case, facts: Mapping[str, Any]) -> list[Finding]:
    return [Finding("FIELD-RANGE", field="weight", value=str(facts["weight"]))] if facts["weight"] > 90 else []


KIND = CaseKind(
    FLOW, "Demonstration permit", "演示用的许可。", "A permit for demonstration.",
    fields=(
        Field("name", "名称", "Name"), Field("weight", "重量", "Weight", "whole", unit="kg", least=1),
        Field("phone", "电话", "Phone", "phone", klass=PERSONAL, masked="phone"), Field("fee", "费用", "Fee", "money", needed=False),
    ),
    opens="demo.apply", prefix="YS", module="cases", topic=("演示", "Demonstration"), words="狗 dog", check=check,
    headline=lambda facts: facts.get("name", ""),
)  # fmt: skip
