"""A person's rights over his data as a case: see, copy, correct, delete, explain; answered within fifteen working days (R-1404)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gongfu.base.cases.kinds import CaseKind
from gongfu.core.fields import PERSONAL, Field
from gongfu.core.flow import Flow, Move

DAYS = 15
RIGHTS = (
    ("access", "查阅", "See"), ("copy", "复制", "Copy"), ("correct", "更正", "Correct"), ("delete", "删除", "Delete"), ("explain", "解释说明", "Explain"),
)  # fmt: skip
FIELDS = (
    Field("right", "请求", "Request", "choice", choices=RIGHTS),
    Field("text", "哪些信息、怎么处理", "Which data, and what to do", "lines", longest=1000),
    Field("phone", "联系电话", "Telephone", "phone", needed=False, klass=PERSONAL, masked="phone"),
)
REPLY = (Field("reply", "答复", "Answer", "lines", longest=1000),)
FLOW = Flow("personal.request", "个人信息权利请求", start="draft", finals=("done", "refused", "withdrawn"), moves=(
    Move("submit", "提交", "draft", "reviewing", by="personal.request", title_en="Hand in"),
    Move("answer_request", "办结答复", "reviewing", "done", by="personal.answer", days=DAYS, title_en="Done, with an answer", asks=REPLY),
    Move("refuse", "不予办理", "reviewing", "refused", by="personal.answer", days=DAYS, title_en="Refuse, with the reason", asks=REPLY),
    Move("withdraw", "撤回", ("draft", "reviewing"), "withdrawn", by="personal.request", title_en="Withdraw"),
))  # fmt: skip


def headline(facts: Mapping[str, Any]) -> str:
    titles = {code: zh for code, zh, _ in RIGHTS}
    return f"个人信息{titles.get(str(facts.get('right')), '请求')}"


KIND = CaseKind(
    FLOW, "Request about personal data", "查阅、复制、更正、删除自己的信息，或请求解释。", "See, copy, correct or delete one's data, or have it explained.", FIELDS,
    opens="personal.request", prefix="GX", events=("trouble",), module="access", topic=("个人信息", "Personal data"), words="隐私 更正 删除 privacy", headline=headline,
    features=("access.security",),
)  # fmt: skip
