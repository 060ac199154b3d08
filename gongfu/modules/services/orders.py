"""The services of the hall: a package, each service alone, training; the part that a provider works on; the register of providers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gongfu.base.cases.kinds import CaseKind
from gongfu.base.cases.models import Case
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.registers.actions import accreditation
from gongfu.base.registers.kinds import RegisterKind
from gongfu.core.fields import Field
from gongfu.core.flow import HOUSE
from gongfu.core.rule import Finding
from gongfu.modules.services import actions, flows, queries
from gongfu.modules.services.flows import SERVICES

FEATURES = ("parties.services", "cases.hall")


def check(case: Case, facts: Mapping[str, Any]) -> list[Finding]:
    """Each provider may be chosen today, offers the service, and is not the firm itself."""
    return [fault for service in facts["services"] if (fault := _fault(case, service, facts[f"provider_{service}"]))]


def _fault(case: Case, service: str, code: str) -> Finding | None:
    if code == case.party_code:
        return Finding("SERVICE-SELF", field=f"provider_{service}", value=code)
    return _unfit(service, code, f"provider_{service}")


def _unfit(service: str, code: str, field: str) -> Finding | None:
    if queries.provider(code, service, civil_date(clock.now())) is not None:
        return None
    zh, en = SERVICES[service]
    return Finding(
        "SERVICE-PROVIDER", field=field, value=code, facts={"service": zh, "service_en": en.lower()}, rules=("R-701",)
    )


def still_valid(part: Case, facts: Mapping[str, Any]) -> list[Finding]:
    """A licence may have ended between the order and its acceptance."""
    fault = _unfit(facts["service"], part.party_code, "service")
    return [fault] if fault else []


def only(service: str) -> dict[str, Any]:
    """How the kind of one service differs from the package: the service is fixed, so one field asks for the provider."""
    zh, en = SERVICES[service]
    fixed = Field("services", "服务", "Service", "choices", choices=((service, zh, en),))
    chosen = next(one for one in flows.PACKAGE if one.name == f"provider_{service}")
    return {"fields": (fixed, chosen, flows.WISHES), "prefill": lambda actor: {"services": [service]}}


def _order(
    code: str, title: str, title_en: str, about: tuple[str, str], words: str, told: Mapping[str, Any]
) -> CaseKind:
    return CaseKind(
        flows.order_flow(code, title), title_en, *about, opens="services.entrust", prefix="WT", module="services", topic=flows.TOPIC, words=words, check=check,
        effects={"submit": actions.place, "cancel": actions.cancel, "rate": actions.rate}, headline=_headline, features=FEATURES, **told,
    )  # fmt: skip


def _headline(facts: Mapping[str, Any]) -> str:
    return "、".join(SERVICES[one][0] for one in facts.get("services", []) if one in SERVICES)


def part_headline(facts: Mapping[str, Any]) -> str:
    service = SERVICES.get(str(facts.get("service", "")), ("", ""))[0]
    return f"{service} · {facts.get('principal_name', '')}"


PACKAGE = _order(
    "services.order", "委托服务（一单多项）", "Entrust services in one order",
    ("报关、退税、收汇等一次委托，各项进度一页看。", "Clearance, refund, collection and more in one order; each step on one page."), "打包 外综服 代理 package", {"fields": flows.PACKAGE},
)  # fmt: skip
SINGLES = tuple(
    _order(f"services.order.{code}", f"委托{zh}", f"Entrust: {en.lower()}", (f"从名录里选一家{zh}服务商，跟进到办结。", "Choose a provider from the directory and follow it to the end."), f"{zh} {en} 代理", only(code))
    for code, (zh, en) in SERVICES.items() if code != "training"
)  # fmt: skip
PART = CaseKind(
    flows.PART, "Part of an order", "服务商承办的一项。", "What a provider works on.", flows.PART_FIELDS, opens=HOUSE, prefix="FX", module="services", topic=flows.TOPIC,
    guards={"accept": still_valid}, effects={"finish": actions.follow_up, "decline": actions.follow_up}, headline=part_headline, features=FEATURES,
)  # fmt: skip
TRAINING = CaseKind(
    flows.TRAINING, "Training", "报名综试区的培训。", "Apply for the zone's training.", flows.TRAINING_FIELDS, opens="services.entrust", prefix="PX", module="services",
    topic=flows.TOPIC, words="培训 课程 学习 course training", features=("cases.hall",),
)  # fmt: skip


def criteria(facts: Mapping[str, Any]) -> list[Finding]:
    """A licence that has ended already is no licence."""
    today = civil_date(clock.now()).isoformat()
    late = facts.get("until") and facts["until"] < today
    return [Finding("SERVICE-LICENCE", field="until", value=facts["until"], rules=("R-701",))] if late else []


PROVIDERS = RegisterKind(
    queries.KIND, "服务商名录", "Providers", "报关、退税、收汇、物流、培训等服务商；许可到期自动退出。", "Providers of services; they leave the list when a licence ends.",
    fields=flows.PROVIDER, module="services", key="party", headline="name", decides="services.review", opens="services.apply", until="until", public=False,
    prefix="FW", topic=flows.TOPIC, words="服务商 入驻 外综服 provider", days=5, criteria=criteria, features=("parties.services",),
)  # fmt: skip
KINDS = (PACKAGE, *SINGLES, PART, TRAINING, accreditation(PROVIDERS))
