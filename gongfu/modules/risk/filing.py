"""The whitelist and the red flags as registers, and the application as a kind of case: measured, never typed in (R-710)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gongfu.base.access.actor import Actor
from gongfu.base.cases.facts import clear
from gongfu.base.cases.kinds import CaseKind
from gongfu.base.cases.models import Case
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.registers.actions import enter
from gongfu.base.registers.kinds import RegisterKind
from gongfu.core.rule import Finding
from gongfu.modules.risk import flows, queries
from gongfu.modules.risk.rules import whitelist

FEATURES = ("risk.whitelist",)
ABOUT = "记录好、差错少的企业：其清单承诺 24 小时内放行，每月复核。"
ABOUT_EN = (
    "Firms with a good record and few errors: their lists are promised release within 24 hours; checked every month."
)
WHITELIST = RegisterKind(
    flows.WHITELIST_CODE, "白名单", "Whitelist", ABOUT, ABOUT_EN, (flows.FIELDS[0],), module="risk", key="party", headline="name",
    decides=flows.ADMIT, opens=flows.APPLY, by_case=True, prefix="BM", topic=("通关与风险", "Clearance and risk"), features=FEATURES,
)  # fmt: skip
FLAGS = RegisterKind(
    flows.FLAGS_CODE, "红旗", "Red flags", "企业的未结走私、知识产权等案件；登记当天暂停其白名单。", "Open cases of smuggling, intellectual property and the like; a firm is suspended the day one is written.",
    flows.FLAG_FIELDS, module="risk", key="number", headline="number", decides=flows.FLAG, inside=True, features=FEATURES,
)  # fmt: skip


def measure(case: Case) -> dict[str, Any]:
    """What the records say about the applicant now."""
    return queries.measured(case.zone, case.party_code, civil_date(clock.now()))


def failing(case: Case, facts: Mapping[str, Any]) -> list[Finding]:
    """Criteria that the firm does not meet; nobody applies below one."""
    return [_finding(one) for one in whitelist.criteria(facts["measured"], facts) if one.result == whitelist.FAILED]


def below(case: Case, facts: Mapping[str, Any]) -> list[Finding]:
    """Criteria that are not met, or neither measured nor stated with evidence."""
    return [_finding(one) for one in whitelist.criteria(facts["measured"], facts) if one.result != whitelist.MET]


BELOW = {
    "errors": "WHITELIST-ERRORS",
    "matches": "WHITELIST-MATCHES",
    "months": "WHITELIST-MONTHS",
    "cases": "WHITELIST-CASES",
    "grade": "WHITELIST-GRADE",
    "score": "WHITELIST-SCORE",
}


def _finding(one: whitelist.Criterion) -> Finding:
    if one.result == whitelist.UNMEASURED:
        return Finding(
            "WHITELIST-UNSTATED", field=one.code, value=one.code, facts={"bound": one.bound}, rules=("R-710",)
        )
    told = {"value": "—" if one.value is None else one.value, "bound": one.bound}
    return Finding(BELOW[one.code], field=one.code, value=str(told["value"]), facts=told, rules=("R-710",))


def admit(actor: Actor, case: Case) -> None:
    """The firm is on the whitelist from today on."""
    facts = clear(case.facts)
    enter(WHITELIST, case.zone, {"name": facts["name"]}, case.party_code, case.pk, civil_date(clock.now()))


APPLICATION = CaseKind(
    flows.WHITELIST, "Application for the whitelist", ABOUT, ABOUT_EN, flows.FIELDS, opens=flows.APPLY, prefix="BM", module="risk",
    topic=("通关与风险", "Clearance and risk"), words="快速通关 24小时 信用", events=("grow",), measures=measure,
    guards={"submit": failing, "propose": below, "admit": below}, effects={"admit": admit},
    headline=lambda facts: str(facts.get("name", "")), features=FEATURES,
)  # fmt: skip
