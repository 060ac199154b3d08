"""The register of providers and the kinds of case made from the table of services: orders, entrusted services, courses."""

from __future__ import annotations

from typing import Any

from gongfu.base.cases.kinds import CaseKind
from gongfu.base.registers.kinds import RegisterKind
from gongfu.modules.services import actions, rules
from gongfu.modules.services.catalogue import SERVICES, Service
from gongfu.modules.services.flows import (
    APPLY,
    COURSE,
    COURSE_FIELDS,
    COURSES,
    DECIDE,
    ENTRUST,
    FLOWS,
    LEG_FIELDS,
    ORDER,
    ORDER_FIELDS,
    PROFILE,
    PROVIDE,
)

TOPIC = ("委托服务", "Entrusted services")
PROVIDERS = RegisterKind(
    "providers", "服务商名录", "Service providers", "持证服务商的服务、价格和评价；证照过期自动退出。", "Licensed providers with services, prices and ratings.", PROFILE,
    module="services", key="party", headline="name", decides=DECIDE, opens=APPLY, until="licences.until", remind=(30, 7), by_case=True, prefix="FW",
    words="服务商 外综服 入驻 报关行 货代 provider", criteria=rules.listing_findings, events=("grow", "start"), features=("parties.services",),
)  # fmt: skip
COMMON: dict[str, Any] = {
    "module": "services",
    "topic": TOPIC,
    "opens": ENTRUST,
    "features": ("parties.services", "cases.hall"),
}


def kind_of(service: Service) -> CaseKind:
    """One service, as the hall shows it and as each order has it."""
    return CaseKind(
        FLOWS[service.code], service.title_en, "选服务商下委托单，每一步看得到；办完可评价。", "Choose a provider, follow every step, rate the result.", LEG_FIELDS,
        prefix="FL", words=service.words, events=(service.event,), handles=PROVIDE, term=actions.deadline, begins=f"entrust?service={service.code}",
        guards={"accept": actions.still_listed, "agree": actions.still_listed},
        effects={"accept": actions.agree_on_day, "agree": actions.agree_on_day, **dict.fromkeys(("confirm", "decline", "stop", "withdraw"), actions.end_order)},
        headline=lambda facts: f"{service.title} · {facts.get('provider', '')}", **COMMON,
    )  # fmt: skip


KINDS = (
    CaseKind(
        ORDER, "Entrustment order", "一张委托单选多项服务：报关、退税、收汇等，一页看全部进度和费用。", "Several services in one order, on one page.", ORDER_FIELDS,
        prefix="WT", words="委托 外综服 打包 一站式 order", events=("export", "money"), begins="entrust", page="entrustments/{}",
        headline=lambda facts: str(facts.get("scope", ""))[:60], **COMMON,
    ),
    *(kind_of(one) for one in SERVICES.values()),
    CaseKind(
        COURSE, "Training application", "报名参加综试区组织的培训。", "Apply for a course of the pilot zone.", COURSE_FIELDS, prefix="PX", words="培训 课程 报名 course",
        events=("people", "start"), headline=lambda facts: next((zh for code, zh, _ in COURSES if code == facts.get("course")), ""),
        **{**COMMON, "topic": ("人才与培训", "People and training")},
    ),
)  # fmt: skip
