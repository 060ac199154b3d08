"""Incidents as cases: discovered, reported within the hours of R-1405, closed by the audit administrator; a drill goes the same way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gongfu.base.access.actor import Actor
from gongfu.base.cases.kinds import CaseKind
from gongfu.base.cases.models import Case
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.security import rules
from gongfu.core.fields import Field
from gongfu.core.flow import Flow, Move
from gongfu.core.rule import Finding
from gongfu.reference.tables import parameters

FIELDS = (
    Field("title", "事件名称", "Name of the incident", longest=100),
    Field("level", "事件等级", "Level", "choice", choices=rules.LEVELS, help="较大及以上须按时限报告。", help_en="Larger ones and above are reported within hours."),
    Field("operator", "本单位属于", "Kind of operator", "choice", choices=rules.OPERATORS, help="1、2、4 小时由此而定（R-1405）。", help_en="1, 2 or 4 hours follow from it (R-1405)."),
    Field("discovered_at", "发现时间", "Discovered at", "moment", help="时限从发现起算。", help_en="The clock runs from here."),
    Field("drill", "这是演练", "This is a drill", "yes", needed=False),
    Field("personal", "涉及个人信息", "Personal information is involved", "yes", needed=False),
    Field("what", "情况", "What happened", "lines", longest=1000),
    Field("measures", "已采取的措施", "Measures taken", "lines", longest=1000, needed=False),
)  # fmt: skip
NOTIFY = (
    Field("reported_at", "报告时间", "Reported at", "moment"),
    Field("authority", "报告给", "Reported to", longest=100),
    Field("reference", "文号或回执", "Reference", longest=80, needed=False),
)
LESSONS = (Field("lessons", "处置结果和教训", "Outcome and lessons", "lines", longest=1000),)
FLOW = Flow("security.incident", "网络安全事件", start="draft", finals=("closed", "withdrawn"), moves=(
    Move("submit", "登记并开始计时", "draft", "handling", by="incidents.report", title_en="Enter and start the clock"),
    Move("notify", "已报告主管部门", "handling", "notified", by="incidents.report", title_en="Reported to the authority", asks=NOTIFY),
    Move("close", "结案", "notified", "closed", by="incidents.close", title_en="Close", asks=LESSONS, other=True),
    Move("close", "结案", "handling", "closed", by="incidents.close", title_en="Close", asks=LESSONS, other=True, needs=rules.free),
    Move("withdraw", "撤回", "draft", "withdrawn", by="incidents.report", title_en="Withdraw"),
))  # fmt: skip


def check(case: Case, facts: Mapping[str, Any]) -> list[Finding]:
    return rules.timely(facts, clock.now())


def start(actor: Actor, case: Case) -> None:
    """The clock of the law in force on the day of discovery; its day is the case's term."""
    discovered = datetime.fromisoformat(str(case.facts["discovered_at"]))
    by = rules.report_by(case.facts, parameters(civil_date(discovered)))
    if by is not None:
        case.facts["report_by"] = by.isoformat()
        case.due_on = civil_date(by)
        case.save(update_fields=["facts", "due_on"])


def headline(facts: Mapping[str, Any]) -> str:
    return ("【演练】" if facts.get("drill") else "") + str(facts.get("title", ""))


KIND = CaseKind(
    FLOW, "Security incident", "发现网络安全事件后登记，平台按类别开始计时。", "Enter an incident; its reporting clock starts by itself.", FIELDS, opens="incidents.report",
    prefix="SJ", events=("trouble",), module="access", topic=("安全", "Security"), words="安全 事件 演练 泄露 incident drill", check=check, effects={"submit": start}, headline=headline,
    features=("access.security",),
)  # fmt: skip
