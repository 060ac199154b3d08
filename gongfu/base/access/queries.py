"""People and mandates, looked up."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from gongfu.base.access.actor import Actor
from gongfu.base.access.models import Mandate, Person
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.core.rule import Finding


def belongs_to(actor: Actor) -> frozenset[str]:
    """Codes of every firm the actor belongs to or acts for, by any account of the same identity, and that identity itself."""
    found = {*actor.party_codes, *(one.party_code for one in actor.mandates)}
    number = actor.name.removeprefix("person:")
    own = Person.objects.filter(pk=int(number)).first() if number.isdecimal() and number != actor.name else None
    if own is not None and own.identity_key:
        same = Person.objects.filter(identity_key=own.identity_key, is_active=True).exclude(party_code="")
        found |= {own.identity_key, *same.values_list("party_code", flat=True)}
    return frozenset(found)


def no_mandate(actor: Actor, party_code: str) -> Finding | None:
    """Why an agent may not act for a firm: its mandate has ended or was withdrawn, or leaves other business; None for a stranger."""
    rows = Mandate.objects.filter(party_code=party_code, agent_code__in=actor.own_codes or [""])
    last = rows.order_by("-valid_until", "-pk").first()
    if last is None:
        return None
    today = civil_date(clock.now())
    if last.withdrawn_at is not None or last.valid_until < today:
        ended = civil_date(last.withdrawn_at) if last.withdrawn_at else last.valid_until
        return Finding("MANDATE-ENDED", value=party_code, facts={"until": ended.isoformat()})
    return Finding("MANDATE-SCOPE", value=party_code, facts={"scopes": "、".join(last.scopes)})


def people(actor: Actor) -> QuerySet[Person]:
    """Those whom the actor looks after: a firm's administrator the people of the own firm, the house's administrators everyone."""
    if actor.reach == "own":
        return Person.objects.filter(party_code__in=[code for code in actor.own_codes if code])
    return Person.objects.all() if actor.reach in ("zone", "platform") else Person.objects.none()


def mandates(actor: Actor) -> QuerySet[Any]:
    """Mandates that the own firm gave or holds, the newest first."""
    own = list(actor.own_codes)
    found: QuerySet[Any] = Mandate.objects.filter(Q(party_code__in=own) | Q(agent_code__in=own)).order_by("-pk")
    return found
