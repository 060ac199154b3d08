"""Joint orders (部门联办): one case that several desks, of this zone or a neighbouring one, answer under a term."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Exists, Min, OuterRef

from gongfu.base.access.actor import Actor
from gongfu.base.access.roles import roles
from gongfu.base.cases import actions
from gongfu.base.cases.kinds import CaseKind
from gongfu.base.cases.models import Case, Desk
from gongfu.base.kit import clock
from gongfu.base.notices.actions import tell
from gongfu.core.fields import Field
from gongfu.core.flow import HOUSE, Flow, Move
from gongfu.core.rule import Finding
from gongfu.zones.plan import plans

RECOGNISED_DAYS = 90  # a convention of this project (D): how long a result of an inspection is recognised
MATTERS = (
    ("check", "核查检验", "Check or inspection"), ("recognise", "结果互认", "Recognise a result"), ("enforce", "执法互助", "Help enforce"),
    ("problem", "共同问题", "A shared problem"),
)  # fmt: skip
DESKS = tuple(
    (role.code, role.title_zh, role.title_en)
    for role in roles().values()
    if role.portal == "bureau" and role.reach == "zone" and "cases.answer" in role.may
)
RESULTS = (("pass", "合格或属实", "In order"), ("fail", "不合格或不属实", "Not in order"), ("other", "其他", "Other"))
FIELDS = (
    Field("matter", "事由", "Matter", "choice", choices=MATTERS),
    Field("subject", "对象", "Subject", longest=80, help="企业代码、货物批次或清单编号。", help_en="A firm's code, a lot or a list number."),
    Field("text", "请求内容", "What is asked", "lines", longest=1000),
    Field("concerns", "所涉事项", "Case concerned", needed=False, longest=24, help="案号。被请求的单位能看到它和它的材料，申请人不必再交，只看到一个结论。", help_en="Its number. The desks asked see it with its papers; the applicant hands in nothing again and sees one outcome."),
    Field("desks", "请哪些单位", "Desks asked", "choices", choices=DESKS),
    Field("zones", "哪些综试区", "Zones asked", "lines", needed=False, help="代码，用顿号分隔；空着只问本区。", help_en="Codes; empty for this zone alone."),
    Field("days", "几个工作日内答复", "Working days to answer", "whole", least=1, most=30),
    Field("agreement", "合作协议", "Agreement", needed=False),
    Field("evidence", "附件", "Evidence", "file", needed=False, help="PDF、OFD 或图片；被请求的单位都能打开。", help_en="PDF, OFD or picture; every desk asked may open it."),
    Field("reuse", "有可互认的结果就直接采用", "Use a recognised result if there is one", "yes", needed=False),
)  # fmt: skip
CONCLUDE = (
    Field("result", "结果", "Result", "choice", choices=RESULTS),
    Field("conclusion", "共同结论", "Shared conclusion", "lines", longest=1000),
)
FLOW = Flow("cases.joint", "部门联办", start="draft", finals=("settled", "withdrawn"), moves=(
    Move("submit", "发出", "draft", "asking", by="cases.ask", title_en="Send"),
    Move("gather", "各单位答复齐", "asking", "answered", by=HOUSE, title_en="All desks answered"),
    Move("recognise", "采用互认结果", "asking", "settled", by=HOUSE, title_en="Recognised result used"),
    Move("conclude", "形成共同结论", "answered", "settled", by="cases.ask", days=3, title_en="Conclude", asks=CONCLUDE),
    Move("withdraw", "撤回", ("draft", "asking"), "withdrawn", by="cases.ask", title_en="Withdraw"),
))  # fmt: skip


Known = Callable[[str], bool]
KNOWN: list[Known] = []


def agreements(known: Known) -> Known:
    """Register who knows whether a key names an agreement in force, so that orders count to the right one."""
    KNOWN.append(known)
    return known


def zones_of(case: Case, facts: Mapping[str, Any]) -> list[str]:
    """The zones asked: those named, else the case's own."""
    return [
        one.strip()
        for one in str(facts.get("zones", "")).replace("，", "、").replace(",", "、").split("、")
        if one.strip()
    ] or [case.zone]


def check(case: Case, facts: Mapping[str, Any]) -> list[Finding]:
    """The zones and the agreement exist; a result that is recognised already is shown (a remark)."""
    odd = [zone for zone in zones_of(case, facts) if zone not in plans()]
    found = [Finding("JOINT-ZONE", field="zones", value=zone[:40], facts={"known": "、".join(plans())}) for zone in odd]
    named = str(facts.get("agreement", ""))
    if named and not any(known(named) for known in KNOWN):
        found.append(Finding("SHARE-AGREEMENT", field="agreement", value=named[:40], rules=("R-1623",)))
    number = str(facts.get("concerns", ""))
    if number and not Case.objects.filter(number=number, zone=case.zone).exclude(kind=FLOW.code).exists():
        found.append(Finding("JOINT-CASE", field="concerns", value=number))
    earlier = recognised(case, facts)
    if earlier is not None:
        told = {"number": earlier.number, "conclusion": earlier.facts["conclusion"][:100]}
        found.append(Finding("JOINT-RECOGNISED", field="subject", value=facts["subject"], facts=told, rules=("R-809",)))
    return found


def recognised(case: Case, facts: Mapping[str, Any]) -> Case | None:
    """The newest check of the same subject that desks made and found in order, within the days for which it is recognised, wherever
    it was made. An order that used such a result is none itself, or one inspection would be recognised for ever."""
    since = clock.now() - timedelta(days=RECOGNISED_DAYS)
    rows = Case.objects.filter(
        kind=FLOW.code, state="settled", closed_at__gte=since, facts__subject=facts["subject"], facts__result="pass"
    )
    found: Case | None = (
        rows.filter(Exists(Desk.objects.filter(case=OuterRef("pk"))), facts__matter__in=("check", "recognise"))
        .exclude(pk=case.pk)
        .order_by("-pk")
        .first()
    )
    return found


def asked(actor: Actor, case: Case) -> None:
    """Use the recognised result if wished; else ask every desk, each with its day. Both are told on the case concerned."""
    case.about = str(case.facts.get("concerns", ""))
    earlier = recognised(case, case.facts) if case.facts.get("reuse") else None
    if earlier is not None:
        case.parent = earlier
        told = {"result": earlier.facts["result"], "conclusion": earlier.facts["conclusion"]}
        actions.follow(case, "recognise", earlier.number, told)
        concluded(actor, case)
        return
    for zone in zones_of(case, case.facts):
        for role in case.facts["desks"]:
            actions.ask_desk(actor, case.pk, zone=zone, role=role, days=int(case.facts["days"]))
    case.due_on = case.desks.aggregate(first=Min("due_on"))["first"]
    case.save(update_fields=["about", "due_on"])


def concluded(actor: Actor, case: Case) -> None:
    """The applicant of the case concerned is told that there is an outcome."""
    concerned = Case.objects.filter(number=case.about).first() if case.about else None
    if concerned is not None and concerned.party_code:
        tell(
            zone=concerned.zone, party_code=concerned.party_code, place=f"cases/{concerned.pk}",
            title=f"{concerned.title} {concerned.number}：联办已有结论", title_en=f"Case {concerned.number}: the desks have come to an outcome",
        )  # fmt: skip


def headline(facts: Mapping[str, Any]) -> str:
    titles = {code: zh for code, zh, _ in MATTERS}
    return f"{titles.get(str(facts.get('matter')), '')} {facts.get('subject', '')}".strip()


KIND = CaseKind(
    FLOW, "Joint order", "一张单子请多个部门或相邻综试区一起办，各自在期限内答复。", "One order that several desks or a neighbouring zone answer in time.", FIELDS,
    opens="cases.ask", prefix="LB", module="cases", topic=("数据与协同", "Data and cooperation"), words="联办 协查 执法互助 互认 joint", check=check,
    events=("data", "trouble"), effects={"submit": asked, "conclude": concluded}, headline=headline,
    features=("cases.joint",),
)  # fmt: skip
