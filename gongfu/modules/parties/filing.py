"""Filing as kinds of case: what is checked when a draft is handed in, what happens when it is decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gongfu.base.access.actor import Actor
from gongfu.base.cases.facts import clear
from gongfu.base.cases.kinds import CaseKind
from gongfu.base.cases.models import Case
from gongfu.core.rule import Finding
from gongfu.modules.parties import actions, flows, queries

TOPIC = ("开办与备案", "Starting up and filing")


def check_filing(case: Case, facts: Mapping[str, Any]) -> list[Finding]:
    """The code once (R-205), the customs code once, and names that may be the same firm."""
    code, filed = facts["code"], queries.valid(facts["code"])
    found = yours(case, code)
    if filed is not None:
        told = {"name": filed.name, "zone": filed.zone}
        found.append(Finding("FILING-DUPLICATE", field="code", value=code, facts=told, rules=("R-205", "R-707")))
    return found + _codes(facts) + _similar(facts)


def check_change(case: Case, facts: Mapping[str, Any]) -> list[Finding]:
    """The firm is filed, and here; its new customs code is nobody else's."""
    return yours(case, facts["code"]) + _own(facts["code"]) + _codes(facts)


def check_own(case: Case, facts: Mapping[str, Any]) -> list[Finding]:
    return yours(case, facts["code"]) + _own(facts["code"])


def yours(case: Case, code: str) -> list[Finding]:
    """A firm files itself; an agent does so for a firm under its mandate, as that firm."""
    if not case.party_code or case.party_code == code:
        return []
    return [Finding("FILING-NOT-YOURS", field="code", value=code, facts={"own": case.party_code})]


def _own(code: str) -> list[Finding]:
    filed = queries.valid(code)
    if filed is None:
        return [Finding("FILING-NOT-THERE", field="code", value=code)]
    if filed.origin:
        return [Finding("FILING-ELSEWHERE", field="code", value=code, facts={"origin": filed.origin}, rules=("R-707",))]
    return []


def _codes(facts: Mapping[str, Any]) -> list[Finding]:
    other = queries.by_code(facts.get("customs_code", ""))
    if other is None or other.code == facts["code"]:
        return []
    return [Finding("FILING-CUSTOMS-CODE", field="customs_code", value=facts["customs_code"], rules=("R-703",))]


def _similar(facts: Mapping[str, Any]) -> list[Finding]:
    found = queries.similar(facts["name"], facts.get("name_en", ""), facts["code"])
    return [
        Finding("FILING-SIMILAR", field="name", value=facts["name"], facts={"name": party.name, "code": party.code, "why": zh, "why_en": en})
        for party, zh, en in found
    ]  # fmt: skip


def prefill(actor: Actor) -> dict[str, Any]:
    """What is known of the actor's own firm: its filing, else its code."""
    code = actor.party_codes[0] if actor.party_codes else ""
    party = queries.by_code(code)
    if party is None:
        return {"code": code} if code else {}
    known = {
        "code": party.code,
        "name": party.name,
        "kinds": party.kinds,
        "customs_code": party.customs_code,
        "name_en": party.name_en,
        "dxp_id": party.dxp_id,
    }
    return {name: value for name, value in known.items() if value}


def own_code(actor: Actor) -> dict[str, Any]:
    return {"code": actor.party_codes[0]} if actor.party_codes else {}


def file(actor: Actor, case: Case) -> None:
    actions.file_party(actor, case.pk, case.zone, clear(case.facts))


def end(actor: Actor, case: Case) -> None:
    actions.revoke_party(actor, clear(case.facts)["code"], str(case.facts.get("why", "")))


def confirm(actor: Actor, case: Case) -> None:
    actions.confirm_party(actor, clear(case.facts)["code"])


def headline(facts: Mapping[str, Any]) -> str:
    return f"{facts.get('name', '')} {facts.get('code', '')}".strip()


COMMON: dict[str, Any] = {
    "opens": "parties.apply",
    "module": "parties",
    "topic": TOPIC,
    "headline": headline,
    "features": ("parties.filing",),
}
KINDS = (
    CaseKind(
        flows.FILING, "Filing a firm", "办一次，四个综试区都有效；各类主体同一张表。", "File once; it holds in every zone.", flows.FIELDS,
        prefix="BA", events=("start", "export"), words="企业 登记 注册 入驻 主体 register firm", check=check_filing, guards={"approve": check_filing}, effects={"approve": file}, prefill=prefill, **COMMON,
    ),
    CaseKind(
        flows.CHANGE, "Change of a filing", "名称、类型、许可证有变化时办。", "When a name, kind or licence changes.", flows.FIELDS,
        prefix="BG", events=("change",), words="变更 修改 update", check=check_change, guards={"approve": check_change}, effects={"approve": file}, prefill=prefill, **COMMON,
    ),
    CaseKind(
        flows.CONFIRM, "Yearly confirmation", "每年确认一次备案内容仍然属实。", "Confirm once a year that the filing still holds.", flows.CONFIRM_FIELDS,
        prefix="QR", events=("change",), words="年报 核验 re-verify", check=check_own, effects={"submit": confirm}, prefill=own_code, **COMMON,
    ),
    CaseKind(
        flows.EXIT, "Exit", "不再经营时注销备案；各区同时失效。", "End the filing in every zone.", flows.EXIT_FIELDS,
        prefix="ZX", events=("change",), words="注销 退出 close", check=check_own, guards={"approve": check_own}, effects={"approve": end}, prefill=own_code, **COMMON,
    ),
)  # fmt: skip
