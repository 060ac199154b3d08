"""Slots with what is free in them, and bookings by who may see them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from gongfu.base.access.actor import Actor
from gongfu.base.bookings.models import Booking, Resource, Slot
from gongfu.base.kit import clock


def resources(kind: str, zone: str) -> QuerySet[Resource]:
    """Resources of a kind that firms of the zone may book: its own and those offered there or everywhere."""
    return Resource.objects.filter(_offered(zone), kind=kind).order_by("code")


def slots(kind: str, zone: str, since: datetime, till: datetime) -> QuerySet[Slot]:
    """Slots that firms of the zone may book and that start in [since, till), by time, each with `.free` (a number)."""
    rows = Slot.objects.filter(_offered(zone, "resource__"), resource__kind=kind, starts_at__gte=since)
    return with_free(rows.filter(starts_at__lt=till).select_related("resource")).order_by("starts_at", "id")


def free(*slot_ids: int) -> dict[int, int]:
    """Slot → what can be held in it now; holds that have lapsed count as free."""
    rows: Any = with_free(Slot.objects.filter(pk__in=slot_ids))
    return dict(rows.values_list("pk", "free"))


def with_free(rows: QuerySet[Slot], at: datetime | None = None) -> QuerySet[Slot]:
    """The slots with `.free` beside them."""
    gone = Q(bookings__state="held", bookings__held_until__lte=at or clock.now())
    lapsed = Coalesce(Sum("bookings__quantity", filter=gone), 0)
    return rows.annotate(free=F("capacity") - F("held") - F("confirmed") + lapsed)


def bookings(actor: Actor) -> QuerySet[Booking]:
    """What the actor may see as the booking side: a firm its own, an office those of its zone's firms."""
    return _told(Booking.objects.seen_by(actor))


def bookings_on(actor: Actor) -> QuerySet[Booking]:
    """What the actor may see as the providing side: bookings on the resources of its firm or zone."""
    return _told(Booking.objects.filter(slot__resource__in=Resource.objects.seen_by(actor)))


def reachable(actor: Actor) -> QuerySet[Booking]:
    """Bookings of either side of the actor: these it may move."""
    ours = Q(slot__resource__in=Resource.objects.seen_by(actor))
    return Booking.objects.filter(ours | Q(pk__in=Booking.objects.seen_by(actor).values("pk")))


def usage(resource: Resource, since: datetime, till: datetime) -> dict[str, int]:
    """capacity, held, confirmed summed over the resource's slots that start in [since, till)."""
    rows = resource.slots.filter(starts_at__gte=since, starts_at__lt=till)
    sums = {name: Coalesce(Sum(name), 0) for name in ("capacity", "held", "confirmed")}
    return {name: int(value) for name, value in rows.aggregate(**sums).items()}


def miscounted() -> list[int]:
    """Slots whose sums differ from their bookings: none, ever."""
    counted = {
        state: Coalesce(Sum("bookings__quantity", filter=Q(bookings__state=state)), 0)
        for state in ("held", "confirmed")
    }
    rows = Slot.objects.annotate(h=counted["held"], c=counted["confirmed"])
    return list(rows.exclude(held=F("h"), confirmed=F("c")).values_list("pk", flat=True))


def live_of(slot: Slot, party_code: str) -> int:
    """What a firm has held or confirmed in the slot."""
    rows = Booking.objects.filter(slot=slot, party_code=party_code, state__in=("held", "confirmed"))
    return int(rows.aggregate(sum=Coalesce(Sum("quantity"), 0))["sum"])


def lapsing(at: datetime, limit: int) -> list[int]:
    """Slots with holds that have lapsed, in the order in which they are locked."""
    rows = Booking.objects.filter(state="held", held_until__lte=at).order_by("held_until")
    return sorted(set(rows.values_list("slot_id", flat=True)[:limit]))


def spans(resource: Resource, between: Iterable[datetime]) -> list[tuple[datetime, datetime]]:
    """Start and end of the resource's slots that touch the time between the earliest and the latest of these moments."""
    moments = sorted(between)
    near = resource.slots.filter(starts_at__lte=moments[-1], ends_at__gte=moments[0])
    return list(near.values_list("starts_at", "ends_at"))


def _offered(zone: str, path: str = "") -> Q:
    """The resource is of the zone, offered there, or offered everywhere."""
    return Q(**{f"{path}zone": zone}) | Q(**{f"{path}offered_in__contains": [zone]}) | Q(**{f"{path}offered_in": []})


def _told(rows: Any) -> QuerySet[Booking]:
    told: QuerySet[Booking] = rows.select_related("slot__resource").order_by("-id")
    return told
