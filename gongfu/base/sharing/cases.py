"""The application for a grant, as a kind of case (R-1408)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from gongfu.base.access.actor import Actor
from gongfu.base.access.models import Person
from gongfu.base.cases.facts import clear
from gongfu.base.cases.kinds import CaseKind
from gongfu.base.cases.models import Case
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.sharing.agreements import in_force
from gongfu.base.sharing.datasets import datasets
from gongfu.base.sharing.models import Grant
from gongfu.core.fields import OPEN, Field
from gongfu.core.flow import Flow, Move
from gongfu.core.rule import Finding

LONGEST_DAYS = 3 * 366
REASON = (Field("reason", "理由", "Why", "lines"),)
FIELDS = (
    Field("dataset", "数据资源", "Dataset", help="目录里的资源代码。", help_en="Its code in the catalogue."),
    Field("columns", "字段", "Fields", "lines", help="用顿号或逗号分隔；公开字段不用申请。", help_en="Separated by commas; open fields need no grant."),
    Field("rows", "范围", "Rows", needed=False, help="如 zone=nanchong；空着表示本综试区。", help_en="Such as zone=nanchong; empty for your own zone."),
    Field("purpose", "用途", "Purpose", help="读取时须与此一致。", help_en="Reads must name the same purpose."),
    Field("basis", "法律依据", "Legal basis", longest=300),
    Field("until", "用到哪天", "Until", "date"),
    Field("agreement", "合作协议", "Agreement", needed=False, help="协议名录里的编号。", help_en="Its key in the register of agreements."),
)  # fmt: skip
FLOW = Flow("sharing.grant", "数据共享申请", start="draft", finals=("granted", "refused", "withdrawn"), moves=(
    Move("submit", "提交", "draft", "reviewing", by="sharing.apply", title_en="Submit"),
    Move("grant", "同意授权", "reviewing", "granted", by="sharing.decide", days=10, title_en="Grant", other=True),
    Move("send_back", "退回补正", "reviewing", "draft", by="sharing.decide", title_en="Send back", asks=REASON),
    Move("refuse", "不予共享", "reviewing", "refused", by="sharing.decide", title_en="Refuse", asks=REASON, other=True),
    Move("withdraw", "撤回", ("draft", "reviewing"), "withdrawn", by="sharing.apply", title_en="Withdraw"),
))  # fmt: skip


def columns(facts: Mapping[str, Any]) -> list[str]:
    return [
        one.strip()
        for one in str(facts.get("columns", "")).replace("，", "、").replace(",", "、").replace("\n", "、").split("、")
        if one.strip()
    ]


def where(facts: Mapping[str, Any], zone: str) -> dict[str, list[str]]:
    """The rows as written, `name=value` separated by semicolons; the case's own zone when none is named."""
    told: dict[str, list[str]] = {}
    for part in str(facts.get("rows", "")).replace("；", ";").split(";"):
        name, _, value = part.partition("=")
        if value.strip():
            told.setdefault(name.strip(), []).extend(one.strip() for one in value.split(",") if one.strip())
    return told if "zone" in told else {**told, "zone": [zone]}


def check(case: Case, facts: Mapping[str, Any]) -> list[Finding]:
    """The dataset and its fields exist and may be shared at all; the rows can be limited so; the grant ends within three years."""
    dataset, today = datasets().get(facts["dataset"]), civil_date(clock.now())
    if dataset is None or dataset.level == "closed":
        return [Finding("SHARE-UNKNOWN", field="dataset", value=str(facts["dataset"])[:60], rules=("R-1408",))]
    known = {field.name: field for field in dataset.fields}
    names = columns(facts)
    found = [
        Finding("SHARE-FIELD", field="columns", value=name[:40], facts={"known": "、".join(known)})
        for name in names
        if name not in known
    ]
    if names and all(name in known and known[name].klass == OPEN for name in names):
        found.append(Finding("SHARE-OPEN", field="columns", value="、".join(names)[:60], rules=("R-1408",)))
    odd = [name for name in where(facts, case.zone) if name != "zone" and name not in dataset.by]
    found += [
        Finding("SHARE-ROWS", field="rows", value=name[:40], facts={"known": "、".join(("zone", *dataset.by))})
        for name in odd
    ]
    until = date.fromisoformat(facts["until"])
    if not today <= until or (until - today).days > LONGEST_DAYS:
        found.append(Finding("SHARE-UNTIL", field="until", value=facts["until"], rules=("R-1408",)))
    return found + _agreed(case, facts, today)


def _agreed(case: Case, facts: Mapping[str, Any], today: date) -> list[Finding]:
    """The agreement named is in force; rows of another zone need one, in its register or one's own (R-1623)."""
    named, zones = str(facts.get("agreement", "")), where(facts, case.zone)["zone"]
    others = sorted(set(zones) - {case.zone})
    if named and not in_force(named, today, (case.zone, *others)):
        return [Finding("SHARE-AGREEMENT", field="agreement", value=named[:40], rules=("R-1623",))]
    if others and not named:
        return [Finding("SHARE-ZONES", field="rows", value="、".join(others)[:60], rules=("R-1623",))]
    return []


def granted(actor: Actor, case: Case) -> None:
    """Write the grant for the applicant's desk or firm. A firm's (a bank's) reads need each subject's consent,
    where rows have a subject."""
    facts = clear(case.facts)
    dataset = datasets()[facts["dataset"]]
    actor.require(dataset.owner)
    applicant = (
        Person.objects.filter(pk=int(case.opened_by.removeprefix("person:") or 0)).first()
        if case.opened_by.startswith("person:")
        else None
    )
    Grant.objects.create(
        zone=case.zone, dataset=facts["dataset"], role="" if case.party_code else (applicant.role if applicant else ""), party_code=case.party_code,
        fields=columns(facts), where=where(facts, case.zone), purpose=facts["purpose"], basis=facts["basis"], needs_consent=bool(case.party_code and dataset.subject),
        valid_from=civil_date(clock.now()), valid_until=date.fromisoformat(facts["until"]), agreement=facts.get("agreement", ""), case_id=case.pk,
    )  # fmt: skip


KIND = CaseKind(
    FLOW, "Data sharing request", "按用途、依据、字段和期限申请数据。", "Ask for fields of a dataset for a purpose, on a basis, until a day.", FIELDS,
    opens="sharing.apply", prefix="GX", events=("data",), module="sharing", topic=("数据与协同", "Data and cooperation"), words="数据 共享 目录 data sharing",
    check=check, guards={"grant": check}, effects={"grant": granted}, headline=lambda facts: f"{facts.get('dataset', '')} · {facts.get('purpose', '')}", features=("sharing.catalogue",),
)  # fmt: skip
