"""What is open, what matches it and why, and the deals, by who may see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from gongfu.base.access.actor import Actor
from gongfu.base.offers.models import Deal, Listing
from gongfu.core.offer import Match, OfferKind

CANDIDATES = 2000


def board(actor: Actor, kind: str, side: str, on: date) -> QuerySet[Listing]:
    """Open needs or offers of a kind, newest first: public ones of every zone, confidential ones within one's own reach."""
    if actor.reach == "none":
        return Listing.objects.none()
    own = Q(pk__in=Listing.objects.seen_by(actor).values("pk"))
    rows = Listing.objects.filter(own | Q(confidential=False), kind=kind, side=side, state="open")
    return rows.filter(Q(until__isnull=True) | Q(until__gte=on)).order_by("-id")


def listings(actor: Actor, kind: str) -> QuerySet[Listing]:
    """Needs and offers of a kind within reach, in any state, newest first."""
    found: QuerySet[Listing] = Listing.objects.seen_by(actor).filter(kind=kind).order_by("-id")
    return found


def deals(actor: Actor, kind: str = "") -> QuerySet[Deal]:
    """Deals of either side within reach, newest first."""
    rows: QuerySet[Deal] = Deal.objects.seen_by(actor).select_related("need", "offer").order_by("-id")
    return rows.filter(kind=kind) if kind else rows


@dataclass(frozen=True, slots=True)
class Found:
    """A listing of the other side, with how well it fits and why."""

    listing: Listing
    match: Match


def matches(actor: Actor, kind: OfferKind, listing_id: int, on: date, limit: int = 20) -> list[Found]:
    """What meets a listing within reach, best first (then oldest): at most `limit`, of the 2,000 newest that agree in the
    exact facts. Nothing for a listing that is not open or not within reach."""
    one = listings(actor, kind.code).filter(state="open", pk=listing_id).first()
    if one is None:
        return []
    other = "offer" if one.side == "need" else "need"
    rows = board(actor, kind.code, other, on).exclude(party_code=one.party_code)
    rows = rows.filter(facts__contains={name: one.facts[name] for name in kind.exact})
    found = [Found(row, meeting(kind, one, row)) for row in rows[:CANDIDATES]]
    good = [row for row in found if row.match.score >= kind.least]
    return sorted(good, key=lambda row: (-row.match.score, row.listing.pk))[:limit]


def meeting(kind: OfferKind, one: Listing, other: Listing) -> Match:
    """What the kind's rule says of two listings, whichever is the need."""
    need, offer = (one, other) if one.side == "need" else (other, one)
    return kind.match(need.facts, offer.facts)


def shown(actor: Actor, deal: Deal) -> dict[str, dict[str, Any] | None]:
    """The facts of both sides as the actor may see them: those of another's confidential listing only once both accepted."""
    told: dict[str, dict[str, Any] | None] = {}
    for side, listing in (("need", deal.need), ("offer", deal.offer)):
        known = not listing.confidential or deal.state in ("accepted", "closed")
        open_to = known or Listing.objects.seen_by(actor).filter(pk=listing.pk).exists()
        told[side] = listing.facts if open_to else None
    return told


def outcomes(kind: str, since: datetime, till: datetime) -> dict[str, tuple[int, int]]:
    """State → (number of deals, value_fen) of those proposed in [since, till)."""
    rows = Deal.objects.filter(kind=kind, made_at__gte=since, made_at__lt=till).values_list("state")
    summed = rows.annotate(number=Count("pk"), value=Coalesce(Sum("value_fen"), 0))
    return {state: (number, int(value)) for state, number, value in summed}
