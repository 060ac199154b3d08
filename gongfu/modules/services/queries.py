"""Providers in choice, orders with their services, ratings, and the agency disclosure list."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Avg, Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.fields import BooleanField

from gongfu.base.access.actor import Actor
from gongfu.base.cases.models import Case
from gongfu.base.kit.beijing import civil_date
from gongfu.base.registers import queries as registers
from gongfu.modules.declarations import queries as declarations
from gongfu.modules.parties import queries as parties
from gongfu.modules.services import rules
from gongfu.modules.services.catalogue import SERVICES
from gongfu.modules.services.flows import ORDER, UNDONE, leg_code
from gongfu.modules.services.models import Rating
from gongfu.modules.services.rules import Exported, Quarter

PROVIDERS = "providers"
MOST_OFFERED = 30
LEGS = tuple(leg_code(code) for code in SERVICES)
UNTAKEN = ("offered", "quoted", "declined", "withdrawn")
# Rows of services of a listing that cost no more than so many fen, whatever or one given service.
CHEAP = "jsonb_path_exists(facts, '$.services[*] ? (@.price <= $fen && ($service == \"\" || @.service == $service))', jsonb_build_object('fen', %s::bigint, 'service', %s::text))"  # fmt: skip

FEES = "(SELECT coalesce(sum((leg.facts->>'fee')::bigint), 0) FROM cases_case leg WHERE leg.parent_id = cases_case.id AND leg.state <> ALL(%s))"


def rated(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Listings with `stars` (the plain mean of all ratings) and `votes` (how many), whichever zone they came from."""
    own = Rating.objects.filter(provider_code=OuterRef("party_code")).order_by().values("provider_code")
    stars, votes = own.annotate(one=Avg("stars")).values("one"), own.annotate(one=Count("pk")).values("one")
    told: QuerySet[Any] = rows.annotate(stars=Subquery(stars), votes=Subquery(votes))
    return told


def in_choice(on: date) -> QuerySet[Any]:
    """Listings that count on the day, best rated first, then by name: accredited, no licence past its date, not withdrawn."""
    return rated(registers.valid(PROVIDERS, on)).order_by(F("stars").desc(nulls_last=True), "title", "pk")


def searched(
    rows: QuerySet[Any],
    *,
    service: str = "",
    region: str = "",
    words: str = "",
    fen: int | None = None,
    stars: int | None = None,
) -> QuerySet[Any]:
    """Listings with the service, in the region, with the words, at most so dear, at least so well rated."""
    if service:
        rows = rows.filter(facts__services__contains=[{"service": service}])
    if region:
        rows = rows.filter(Q(facts__region__icontains=region) | Q(zone=region))
    if words:
        rows = rows.filter(Q(title__icontains=words) | Q(facts__intro__icontains=words))
    if fen is not None:
        rows = rows.filter(RawSQL(CHEAP, [fen, service], output_field=BooleanField()))  # noqa: S611
    return rows.filter(stars__gte=stars) if stars is not None else rows


def offer(entry: Any, service: str) -> dict[str, Any] | None:
    """What a listing says of one service: price (fen), unit, days."""
    return next((row for row in entry.facts.get("services", []) if row["service"] == service), None)


def offered(services: Iterable[str], on: date) -> dict[str, list[tuple[Any, dict[str, Any]]]]:
    """For each service, the (listing, offer) one can choose, best rated first; at most 30 of each."""
    rows, found = list(in_choice(on)), {}
    for code in services:
        told = [(row, one) for row in rows if (one := offer(row, code))]
        if told:
            found[code] = told[:MOST_OFFERED]
    return found


def chosen(numbers: Collection[int], on: date) -> dict[int, Any]:
    """The listings with these numbers that one can choose on the day."""
    return {row.pk: row for row in registers.valid(PROVIDERS, on).filter(pk__in=numbers)}


def orders(actor: Actor) -> QuerySet[Any]:
    """Orders within reach, with `fee` (fen): what their services cost in all, without those that did not come about."""
    return Case.objects.seen_by(actor).filter(kind=ORDER.code).annotate(fee=RawSQL(FEES, [list(UNDONE)]))  # noqa: S611


def jobs(actor: Actor) -> QuerySet[Any]:
    """Services entrusted to the actor's own firm."""
    return Case.objects.seen_by(actor).filter(kind__in=LEGS, handler_code__in=actor.own_codes)


def legs(order: Case) -> list[Case]:
    """The services of an order, in the order they were chosen."""
    return list(Case.objects.filter(parent=order).order_by("pk"))


def ratings(provider_code: str) -> QuerySet[Any]:
    """Ratings of a provider, newest first; they are public, their authors' codes are not."""
    return Rating.objects.filter(provider_code=provider_code).order_by("-pk")


@dataclass(frozen=True, slots=True)
class Reach:
    """Whose list: of these agents, in these zones; None for all."""

    agents: tuple[str, ...] | None = None
    zones: tuple[str, ...] | None = None

    def codes(self) -> list[str] | None:
        """All codes of the agents."""
        return None if self.agents is None else parties.codes_of(self.agents)


def reach(actor: Actor) -> Reach:
    """An office sees its zone's agents, a firm its own list."""
    return Reach(zones=actor.zones) if actor.reach == "zone" else Reach(agents=actor.own_codes)


def declared(where: Reach, since: date, until: date) -> list[Exported]:
    """Agency declarations of these days by (agent, exporter, currency), under the firms' credit codes (R-532)."""
    rows = [Exported(**row) for row in declarations.agency(where.codes(), where.zones, since, until)]
    return rules.same_firm(rows, parties.credit_codes({code for row in rows for code in (row.agent, row.exporter)}))


def exporters(where: Reach, quarter: Quarter) -> list[Exported]:
    """The quarter's actual-exporter list, with what differs between entrustments and declarations (R-532).

    An entrustment of any zone covers a declaration; it is missed in none when the goods were declared in another zone.
    """
    rows = declared(where, quarter.first, quarter.last)
    known = {(row.agent, row.exporter) for row in rows}
    entrusted = _clearances(where, {row.agent for row in rows}, quarter)
    codes = where.codes()
    own = {pair: since for pair, (since, zone) in entrusted.items() if _in(where.zones, zone) and _in(codes, pair[0])}
    silent = {pair: since for pair, since in own.items() if pair not in known}
    if silent:
        ever = declared(Reach(agents=tuple({agent for agent, _ in silent})), min(silent.values()), quarter.last)
        known |= {(row.agent, row.exporter) for row in ever}
    return rules.disclosed(rows, entrusted, set(silent) - known)


def _in(wanted: Collection[str] | None, one: str) -> bool:
    return wanted is None or one in wanted


def _clearances(where: Reach, agents: Collection[str], quarter: Quarter) -> dict[rules.PAIR, tuple[date, str]]:
    """(agent, exporter) of clearances taken on and in force in the quarter, within reach or of these agents → first day, zone."""
    wanted = Q(handler_code__in=[*parties.codes_of(agents), *(where.codes() or ())])
    rows = Case.objects.filter(kind=leg_code("clearance")).exclude(state__in=UNTAKEN)
    if where.zones is not None:
        wanted |= Q(zone__in=where.zones)
    rows = rows.filter(wanted) if where != Reach() else rows
    told = list(rows.values_list("handler_code", "facts__exporter", "opened_at", "closed_at", "zone"))
    firms = parties.credit_codes({code for row in told for code in row[:2]})
    found: dict[rules.PAIR, tuple[date, str]] = {}
    for agent, exporter, opened_at, closed_at, zone in told:
        first, last = civil_date(opened_at), civil_date(closed_at) if closed_at else quarter.last
        if first <= quarter.last and last >= quarter.first:
            pair = firms.get(agent, agent), firms.get(exporter, exporter)
            found[pair] = min((first, zone), found.get(pair, (first, zone)))
    return found


def disclosure(where: Mapping[str, Any], limit: int) -> list[dict[str, Any]]:
    """Rows of the dataset `services.agency`.  where: zone, agent, quarter (as 2026Q4), each a list; without a quarter, none."""
    asked = Reach(*(tuple(where[name]) if where.get(name) else None for name in ("agent", "zone")))
    found: list[dict[str, Any]] = []
    for quarter in map(Quarter.read, map(str, where.get("quarter", []))):
        if quarter is not None:
            rows = exporters(asked, quarter)
            found += [
                {"quarter": str(quarter)} | {name: getattr(row, name) for name in Exported.__slots__} for row in rows
            ]
    return found[:limit]
