"""Orders fall into parts, parts end the order, the order is rated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gongfu.base.access.actor import WORKER, Actor
from gongfu.base.audit.action import action
from gongfu.base.cases import actions as cases
from gongfu.base.cases.models import Case
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.notices.actions import tell
from gongfu.base.notices.models import Notice
from gongfu.core.money import yuan
from gongfu.modules.parties import queries as parties
from gongfu.modules.services import queries
from gongfu.modules.services.flows import SERVICES
from gongfu.modules.services.models import Rating

REMIND_DAYS = 30


def place(actor: Actor, order: Case) -> None:
    """One part for each service, with the provider's price of the day as its fee; the effect of handing the order in."""
    today, name = civil_date(clock.now()), parties.names([order.party_code]).get(order.party_code, order.party_code)
    for service in order.facts["services"]:
        code = order.facts[f"provider_{service}"]
        entry = queries.provider(code, service, today)
        fee = entry.facts.get(f"price_{service}") if entry else None
        raw = {
            "service": service, "order": order.number, "principal": order.party_code, "principal_name": name,
            "fee_fen": yuan(fee).replace(",", "") if fee is not None else "", "wishes": order.facts.get("wishes", ""),
        }  # fmt: skip
        made = cases.open_case(WORKER, queries.PART, zone=order.zone, raw=raw, party_code=code, parent=order)
        if made.case is not None:
            place_to = f"cases/{made.case.pk}"
            tell(
                zone=order.zone,
                party_code=code,
                title=f"新委托：{SERVICES[service][0]} {name}",
                title_en=f"New order: {SERVICES[service][1]}",
                place=place_to,
            )


def follow_up(actor: Actor, part: Case) -> None:
    """The order ends with its last part."""
    order = Case.objects.select_for_update().get(children=part)
    if order.state == "working" and not queries.parts(order).filter(closed_at=None).exists():
        cases.follow(order, "end", "", {})
        tell(
            zone=order.zone,
            party_code=order.party_code,
            title=f"委托单 {order.number} 各项已结束，请评价",
            title_en=f"Order {order.number} has ended; please rate it",
            place=f"cases/{order.pk}",
        )


def cancel(actor: Actor, order: Case) -> None:
    """Parts that have not ended are cancelled with the order."""
    for part in queries.parts(order).filter(closed_at=None).select_for_update():
        cases.follow(part, "cancel", "", {})


def rate(actor: Actor, order: Case) -> None:
    """One rating for each provider that finished a part of the order; the database keeps it to one."""
    codes = queries.parts(order).filter(state="done").values_list("party_code", flat=True)
    stars, words = int(order.facts["stars"]), str(order.facts.get("words", ""))
    for code in sorted(set(codes)):
        Rating.objects.create(
            order=order, zone=order.zone, provider_code=code, principal_code=order.party_code, stars=stars, words=words
        )


@dataclass(slots=True)
class Reminded:
    codes: list[str]

    def audit(self) -> dict[str, Any] | None:
        return {"subject": "providers", "facts": {"reminded": self.codes}} if self.codes else None


@action("services.remind", title="提醒许可到期")
def remind(actor: Actor, at: datetime) -> Reminded:
    """Tell providers whose licence ends within 30 days, and their office; once for each last day."""
    today, done = civil_date(at), []
    for entry in queries.ending(today, today + timedelta(days=REMIND_DAYS)):
        title = f"服务商 {entry.title} 的许可 {entry.valid_until} 到期"
        if not Notice.objects.filter(party_code=entry.party_code, title=title).exists():
            told = {
                "zone": entry.zone,
                "title": title,
                "title_en": f"The licence of {entry.title} ends on {entry.valid_until}",
                "place": "registers/providers",
            }
            tell(party_code=entry.party_code, **told)
            tell(permission="services.review", **told)
            done.append(entry.party_code)
    return Reminded(done)
