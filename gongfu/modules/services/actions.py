"""Entrusting services, following what became of them, rating and answering."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.cases import actions as cases
from gongfu.base.cases.models import Case
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.notices.actions import tell
from gongfu.core.fields import parse
from gongfu.core.money import yuan
from gongfu.core.rule import Finding
from gongfu.modules.services import queries, rules
from gongfu.modules.services.catalogue import SERVICES
from gongfu.modules.services.flows import ANSWER, MOST_QUANTITY, ORDER, ORDER_FIELDS, RATING, leg_code
from gongfu.modules.services.models import Rating
from gongfu.reference.workdays import add_working_days


@dataclass(frozen=True, slots=True)
class Pick:
    """One service of one listing, as chosen: so many, at the price (fen) that was shown."""

    service: str
    entry: int
    price_fen: int
    quantity: int = 1


@dataclass(slots=True)
class Placed:
    """The order, or the findings that kept it from being placed."""

    order: Case | None = None
    findings: list[Finding] = field(default_factory=list)

    def audit(self) -> dict[str, Any] | None:
        if self.order is None:
            return None
        return {"subject": f"case:{self.order.number}", "zone": self.order.zone, "facts": {"kind": ORDER.code}}


@action("services.entrust", title="委托服务")
def entrust(actor: Actor, picks: Sequence[Pick], raw: Mapping[str, Any]) -> Placed:
    """Place one order with a service for each pick, all or none. PermissionDenied for an actor without a firm."""
    if not actor.own_codes or not actor.zones:
        raise PermissionDenied("services.entrust")
    client, zone = actor.own_codes[0], actor.zones[0]
    clean, faults = parse(ORDER_FIELDS, raw, on=civil_date(clock.now()))
    entries = queries.chosen([one.entry for one in picks], civil_date(clock.now()))
    faults += pick_findings(picks, entries, client)
    if faults:
        return Placed(findings=faults)
    order = _opened(cases.open_case(actor, ORDER.code, zone=zone, raw=clean, party_code=client))
    for one in picks:
        said = _leg_facts(one, entries[one.entry], client) | clean
        told = cases.open_case(
            actor, leg_code(one.service), zone=zone, raw=said, party_code=client, about=f"providers:{one.entry}", parent=order,
            handler_code=entries[one.entry].party_code,
        )  # fmt: skip
        _opened(told)
    return Placed(order)


def _opened(taken: cases.Taken) -> Case:
    if taken.case is None or taken.findings:
        raise ValueError(f"a checked order has faults: {taken.findings}")
    return taken.case


def _leg_facts(pick: Pick, entry: Any, client: str) -> dict[str, str]:
    """The terms of a service as they would be typed; the actual exporter stays with every agency job (R-532)."""
    one = queries.offer(entry, pick.service) or {}
    fee = yuan(pick.quantity * pick.price_fen)
    exporter = {"exporter": client} if SERVICES[pick.service].agency else {}
    terms = {"quantity": str(pick.quantity), "unit": one["unit"], "listed": fee, "fee": fee, "days": str(one["days"])}
    return {"provider": entry.title, **terms, **exporter}


def pick_findings(picks: Sequence[Pick], entries: Mapping[int, Any], client: str) -> list[Finding]:
    """Why a pick cannot be taken: none at all, not in choice any more, another price, one's own firm, an absurd quantity."""
    if not picks:
        return [Finding("SERVICE-NONE")]
    return [fault for one in picks if (fault := _pick_fault(one, entries.get(one.entry), client))]


def _pick_fault(pick: Pick, entry: Any, client: str) -> Finding | None:
    at, title = f"pick-{pick.service}", SERVICES[pick.service].title if pick.service in SERVICES else pick.service[:20]
    now = queries.offer(entry, pick.service) if entry is not None else None
    if entry is None or now is None:
        return Finding("SERVICE-OUT", field=at, value=title, rules=("R-701",))
    if entry.party_code == client:
        return Finding("SERVICE-SELF", field=at, value=entry.title)
    if now["price"] != pick.price_fen:
        return Finding("SERVICE-PRICE", field=at, value=entry.title, facts={"now": yuan(now["price"])})
    if not 1 <= pick.quantity <= MOST_QUANTITY:
        bounds = {"least": 1, "most": MOST_QUANTITY, "title": "数量", "title_en": "Quantity"}
        return Finding("FIELD-RANGE", field=at, value=str(pick.quantity)[:20], facts=bounds)
    return None


def still_listed(case: Case, facts: Mapping[str, Any]) -> list[Finding]:
    """A provider that left the choice meanwhile (licence past its date, withdrawn) takes on nothing more."""
    number = int(case.about.partition(":")[2] or 0)
    entry = queries.chosen([number], civil_date(clock.now())).get(number)
    service = case.kind.partition(".")[2]
    if entry is not None and entry.party_code == case.handler_code and queries.offer(entry, service):
        return []
    return [Finding("SERVICE-OUT", case.number, value=str(facts.get("provider", ""))[:40], rules=("R-701",))]


def agree_on_day(actor: Actor, case: Case) -> None:
    """From the day a service is taken on, the days agreed run."""
    deadline = add_working_days(civil_date(clock.now()), int(case.facts["days"]))
    case.facts["deadline"], case.due_on = deadline.isoformat(), deadline
    case.save(update_fields=["facts", "due_on"])


def deadline(case: Case) -> date | None:
    """The day agreed, while the service is under way."""
    under_way = case.state in dict(SERVICES[case.kind.partition(".")[2]].way)
    return date.fromisoformat(case.facts["deadline"]) if under_way and "deadline" in case.facts else None


def end_order(actor: Actor, leg: Case) -> None:
    """When the last service of an order has ended, so has the order: complete if one was rendered. Locked, so that two last ones meet."""
    order = Case.objects.select_for_update().get(children=leg)
    states = list(Case.objects.filter(parent=order).values_list("state", "closed_at"))
    if order.closed_at is None and all(closed for _, closed in states):
        cases.follow(order, "complete" if any(state == "settled" for state, _ in states) else "lapse", "", {})


@dataclass(slots=True)
class Rated:
    """The rating as it stands, or the findings; what it was before goes into the log."""

    rating: Rating | None = None
    findings: list[Finding] = field(default_factory=list)
    before: int | None = None

    def audit(self) -> dict[str, Any] | None:
        if self.rating is None or self.findings:
            return None
        facts = {
            "provider": self.rating.provider_code,
            "stars": self.rating.stars,
            "before": self.before,
            "answered": bool(self.rating.answer),
        }
        return {"subject": f"case:{self.rating.order.number}", "zone": self.rating.zone, "facts": facts}


@action("services.rate", title="评价服务")
def rate(actor: Actor, order_id: int, provider_code: str, raw: Mapping[str, Any]) -> Rated:
    """Rate what one provider did on a completed order, or change that rating while the time lasts.

    Case.DoesNotExist for an order that is not the actor's own firm's.
    """
    order = Case.objects.filter(kind=ORDER.code, party_code__in=actor.own_codes).select_for_update().get(pk=order_id)
    done = [leg for leg in queries.legs(order) if leg.handler_code == provider_code]
    if order.state != "done" or not any(leg.state == "settled" for leg in done):
        return Rated(findings=[Finding("SERVICE-RATE-EARLY", order.number)])
    last = rules.rate_until(civil_date(order.closed_at or clock.now()))
    if civil_date(clock.now()) > last:
        return Rated(findings=[Finding("SERVICE-RATE-LATE", order.number, facts={"last": last.isoformat()})])
    clean, faults = parse(RATING, raw, on=civil_date(clock.now()))
    if faults:
        return Rated(findings=faults)
    told = {"zone": order.zone, "principal_code": order.party_code, **clean}
    before = Rating.objects.filter(order=order, provider_code=provider_code).values_list("stars", flat=True).first()
    rating, _ = Rating.objects.update_or_create(
        order_id=order.pk,
        provider_code=provider_code,
        create_defaults=told,
        defaults={**told, "changed_at": clock.now()},
    )
    title, title_en = (
        f"委托单 {order.number} 得到 {rating.stars} 分评价",
        f"Order {order.number} was rated {rating.stars}",
    )
    tell(zone=order.zone, party_code=provider_code, title=title, title_en=title_en, place="ratings")
    return Rated(rating, before=before)


@action("services.answer", title="回复评价")
def answer(actor: Actor, rating_id: int, raw: Mapping[str, Any]) -> Rated:
    """Answer a rating of one's own firm; a later answer takes the place of the earlier. Rating.DoesNotExist for another's."""
    rating = (
        Rating.objects.select_related("order")
        .select_for_update(of=("self",))
        .get(pk=rating_id, provider_code__in=actor.own_codes)
    )
    clean, faults = parse(ANSWER, raw, on=civil_date(clock.now()))
    if faults:
        return Rated(rating, faults)
    rating.answer, rating.answered_at = clean["answer"], clock.now()
    rating.save(update_fields=["answer", "answered_at"])
    return Rated(rating, before=rating.stars)


def read_pick(service: str, text: str, quantity: str) -> Pick | None:
    """What a form says of one service: `entry:price_fen`, and how many; None where nothing was chosen, or nothing that can be read."""
    entry, _, price = text.partition(":")
    if not all(one.isascii() and one.isdigit() and len(one) < 16 for one in (entry, price)):
        return None
    sound = quantity.isascii() and quantity.isdigit() and len(quantity) < 8
    return replace(Pick(service, int(entry), int(price)), quantity=int(quantity) if sound else 0)
