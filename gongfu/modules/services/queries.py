"""Providers that may be chosen, what they cost and are worth; and who really exports behind an agent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import polars as pl
from django.db.models import Avg, Count, OuterRef, QuerySet, Subquery, Sum

from gongfu.base.cases.models import Case
from gongfu.base.kit.beijing import civil_date
from gongfu.base.registers.models import Entry
from gongfu.base.registers.queries import valid
from gongfu.modules.declarations.queries import agencies
from gongfu.modules.parties import queries as parties
from gongfu.modules.services import rules
from gongfu.modules.services.models import Rating

KIND, PART = "providers", "services.part"
EXPORTED = {"agent": pl.String, "exporter": pl.String, "lists": pl.Int64, "goods_fen": pl.Int64}
ENTRUSTED = {"agent": pl.String, "exporter": pl.String, "order": pl.String, "fresh": pl.Boolean}


def providers(on: date) -> QuerySet[Any]:
    """Entries that may be chosen on the day: accredited, their licence not expired, with the average and number of their ratings."""
    told = Rating.objects.filter(provider_code=OuterRef("party_code")).order_by().values("provider_code")
    found: QuerySet[Any] = valid(KIND, on).annotate(
        stars=Subquery(told.annotate(value=Avg("stars")).values("value")), rated=Subquery(told.annotate(value=Count("pk")).values("value"))
    )  # fmt: skip
    return found


def provider(code: str, service: str, on: date) -> Entry | None:
    """The provider's entry where it may be chosen for the service on the day."""
    found: Entry | None = valid(KIND, on).filter(party_code=code, facts__services__contains=[service]).first()
    return found


def ending(on: date, until: date) -> QuerySet[Any]:
    """Providers whose licence ends between the two days."""
    return valid(KIND, on).filter(valid_until__range=(on, until))


def parts(order: Case) -> QuerySet[Any]:
    """The parts of an order."""
    return Case.objects.filter(parent=order, kind=PART)


def disclosure(quarter: str, zones: Iterable[str] = (), agents: Iterable[str] = ()) -> list[dict[str, Any]]:
    """The actual exporters behind each agent in a quarter, with names (R-532).  zones, agents: empty for all. ValueError for no quarter.

    Declarations are counted at the moment; orders count from the day they were placed.
    """
    first, after = rules.span(quarter)
    rows = (
        agencies(first, after, list(zones), list(agents))
        .values("agent_code", "ebc_code")
        .annotate(lists=Count("pk"), goods=Sum("goods_fen"))
    )
    exported = pl.DataFrame(
        [(one["agent_code"], one["ebc_code"], one["lists"], one["goods"]) for one in rows],
        schema=EXPORTED,
        orient="row",
    )
    told = rules.disclosed(exported, _entrusted(first, after, list(zones), list(agents))).to_dicts()
    names = parties.names({one["agent"] for one in told} | {one["exporter"] for one in told})
    return [
        {**one, "agent_name": names.get(one["agent"], ""), "exporter_name": names.get(one["exporter"], "")}
        for one in told
    ]


def _entrusted(first: date, after: date, zones: list[str], agents: list[str]) -> pl.DataFrame:
    """Pairs with an order for clearance that was placed before the quarter ended; fresh as rules.disclosed has it."""
    rows = Case.objects.filter(
        kind=PART, facts__service="clearance", state__in=("working", "done"), opened_at__date__lt=after
    )
    rows = rows.filter(zone__in=zones) if zones else rows
    rows = rows.filter(party_code__in=agents) if agents else rows
    pairs = {
        (one.party_code, one.facts["principal"]): (
            one.facts["order"],
            one.state == "working" or civil_date(one.opened_at) >= first,
        )
        for one in rows.order_by("pk")
    }
    return pl.DataFrame([(*pair, *told) for pair, told in pairs.items()], schema=ENTRUSTED, orient="row")


def rows(where: Mapping[str, Any], limit: int) -> list[dict[str, Any]]:
    """The dataset `services.agency`.  where: zone, agent and quarter, each a list; no quarter, no rows."""
    told = [
        {"quarter": quarter, **one}
        for quarter in where.get("quarter", [])
        if rules.QUARTER.fullmatch(quarter)
        for one in disclosure(quarter, where.get("zone", []), where.get("agent", []))
    ]
    return told[:limit]
