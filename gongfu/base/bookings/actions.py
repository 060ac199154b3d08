"""Opening resources and slots; holding, confirming, releasing and expiring bookings.

Every verb locks the slot before it reads or writes bookings in it, so that bookers queue and never wait in a circle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.bookings import queries, rules
from gongfu.base.bookings.models import Booking, Resource, Slot
from gongfu.base.kit import clock
from gongfu.core.booking import ResourceKind, late_fee_fen
from gongfu.core.rule import Finding


@dataclass(frozen=True, slots=True)
class Opened:
    """A resource with the number of slots opened now, or the findings."""

    resource: Resource | None = None
    slots: int = 0
    findings: tuple[Finding, ...] = ()

    def audit(self) -> dict[str, Any] | None:
        if self.resource is None:
            return None
        subject, facts = f"resource:{self.resource.pk}", {"code": self.resource.code, "slots": self.slots}
        return {"subject": subject, "zone": self.resource.zone, "facts": facts}


@dataclass(frozen=True, slots=True)
class Booked:
    """A booking as it now stands, or the findings; `repeated` when it stood so before."""

    booking: Booking | None = None
    repeated: bool = False
    findings: tuple[Finding, ...] = ()

    def audit(self) -> dict[str, Any] | None:
        one = self.booking
        if one is None or self.repeated:
            return None
        facts = {"slot": one.slot_id, "quantity": one.quantity, "state": one.state, "why": one.why}
        return {"subject": f"booking:{one.pk}", "zone": one.zone, "facts": facts}


@dataclass(frozen=True, slots=True)
class Expired:
    count: int

    def audit(self) -> dict[str, Any] | None:
        return {"subject": "bookings", "facts": {"expired": self.count}} if self.count else None


@action("bookings.open_resource", title="登记可订资源")
def open_resource(
    actor: Actor,
    kind: ResourceKind,
    code: str,
    *,
    title: str,
    title_en: str,
    party_code: str,
    zone: str,
    capacity: int,
    party_cap: int | None = None,
    offered_in: tuple[str, ...] = (),
    facts: Mapping[str, Any] | None = None,
) -> Opened:
    """Open a resource of the kind, or bring one's own of that code up to date; slots and bookings there are keep their figures."""
    said = rules.text_findings(code=(code, 40), title=(title, 100), title_en=(title_en, 100), zone=(zone, 20))
    said += rules.figure_findings(capacity=(capacity, 0), party_cap=(1 if party_cap is None else party_cap, 1))
    said += _party_findings(actor, party_code, zone)
    if said:
        return Opened(findings=tuple(said))
    resource, fresh = Resource.objects.select_for_update().get_or_create(
        kind=kind.code,
        code=code,
        defaults={"party_code": party_code, "zone": zone, "capacity": capacity, **_terms(kind)},
    )
    if not fresh and (resource.party_code, resource.zone) != (party_code, zone):
        return Opened(findings=(Finding("BOOKING-CODE-TAKEN", field="code", value=code),))
    told = {"title": title, "title_en": title_en, "capacity": capacity, "party_cap": party_cap}
    for name, value in {**_terms(kind), **told, "offered_in": list(offered_in), "facts": dict(facts or {})}.items():
        setattr(resource, name, value)
    resource.save()
    return Opened(resource)


def _terms(kind: ResourceKind) -> dict[str, Any]:
    names = ("unit", "unit_en", "hold_minutes", "overlaps", "late_hours", "late_fee_bp")
    return {name: getattr(kind, name) for name in names}


@action("bookings.open_slots", title="开放时段")
def open_slots(
    actor: Actor, resource_id: int, spans: list[rules.Span], *, capacity: int | None = None, price_fen: int = 0
) -> Opened:
    """Open these slots (start, end) of a resource within reach, all or none; a slot that is there already stays as it is.

    capacity: None for the resource's usual one.  price_fen: for one unit.
    """
    resource = Resource.objects.seen_by(actor).select_for_update(no_key=True).filter(pk=resource_id).first()
    if resource is None:
        return Opened(findings=(_not_found(resource_id),))
    size = resource.capacity if capacity is None else capacity
    said = rules.figure_findings(capacity=(size, 0), price_fen=(price_fen, 0))
    there = queries.spans(resource, [moment for span in spans for moment in span]) if spans else []
    said += rules.span_findings(spans, there, resource.overlaps, clock.now())
    if said:
        return Opened(findings=tuple(said))
    known = {start for start, _ in there}
    fresh = {start: end for start, end in spans if start not in known}
    made = Slot.objects.bulk_create(
        Slot(resource=resource, starts_at=start, ends_at=end, capacity=size, price_fen=price_fen)
        for start, end in fresh.items()
    )
    return Opened(resource, len(made))


@action("bookings.resize_slot", title="调整时段容量")
def resize_slot(actor: Actor, slot_id: int, capacity: int) -> Opened:
    """Change the capacity of one slot of a resource within reach, not below what is taken; that very figure closes the slot."""
    slot = _locked_slot(slot_id)
    if slot is None or not Resource.objects.seen_by(actor).filter(pk=slot.resource_id).exists():
        return Opened(findings=(_not_found(slot_id),))
    said = rules.figure_findings(capacity=(capacity, slot.held + slot.confirmed))
    if not said:
        slot.capacity = capacity
        slot.save(update_fields=["capacity"])
    return Opened(findings=tuple(said)) if said else Opened(slot.resource)


@action("bookings.hold", title="占位")
def hold(
    actor: Actor,
    slot_id: int,
    party_code: str,
    quantity: int,
    *,
    zone: str,
    reference: str = "",
    until: datetime | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Booked:
    """Hold a quantity of a slot for a firm of the zone, until it is confirmed, released or the hold lapses.

    The same firm and reference in the same slot again gives the same booking.  until: at most the resource's minutes from now.
    """
    said = _party_findings(actor, party_code, zone) + rules.text_findings(reference=(reference or "-", 40))
    slot = _locked_slot(slot_id)
    if slot is None or not queries.resources(slot.resource.kind, zone).filter(pk=slot.resource_id).exists():
        said.append(_not_found(slot_id))
    if said or slot is None:
        return Booked(findings=tuple(said))
    at = clock.now()
    _expire([slot_id], at)
    slot.refresh_from_db(fields=["held", "confirmed"])
    live = Booking.objects.filter(
        slot=slot, party_code=party_code, reference=reference, state__in=("held", "confirmed")
    )
    before = live.first() if reference else None
    if before is not None and before.quantity == quantity:
        return Booked(before, repeated=True)
    if before is not None:
        twice = Finding("BOOKING-TWICE", field="reference", value=reference, facts={"before": before.quantity})
        return Booked(findings=(twice,))
    room = _room(slot, party_code)
    said += rules.hold_findings(str(slot_id), quantity, room, until, at)
    if said:
        return Booked(findings=tuple(said))
    held_until = until or rules.until(room, at)
    one = Booking(
        slot=slot, party_code=party_code, quantity=quantity, zone=zone, reference=reference, held_until=held_until
    )
    one.facts = dict(facts or {})
    one.save()
    return Booked(one)


@action("bookings.confirm", title="确认预订")
def confirm(actor: Actor, booking_id: int) -> Booked:
    """Make a hold firm; a hold that has lapsed is a finding and is given up."""
    one, at = _locked(actor, booking_id), clock.now()
    if one is None:
        return Booked(findings=(_not_found(booking_id),))
    if one.state == "confirmed":
        return Booked(one, repeated=True)
    said = rules.move_findings(one.pk, one.state, "confirm", one.held_until, one.slot.starts_at, at)
    if said and said[0].code == "BOOKING-LAPSED":
        return Booked(_moved(one, "expired", at), findings=tuple(said))
    return Booked(findings=tuple(said)) if said else Booked(_moved(one, "confirmed", at))


@action("bookings.release", title="退订")
def release(actor: Actor, booking_id: int, why: str = "") -> Booked:
    """Give a booking up; a confirmed one given up late costs what its resource's terms say (`fee_fen`)."""
    one, at = _locked(actor, booking_id), clock.now()
    if one is None:
        return Booked(findings=(_not_found(booking_id),))
    if one.state == "released":
        return Booked(one, repeated=True)
    slot = one.slot
    said = rules.text_findings(why=(why or "-", 200))
    said += rules.move_findings(one.pk, one.state, "release", one.held_until, slot.starts_at, at)
    if said:
        return Booked(findings=tuple(said))
    if one.state == "confirmed":
        terms = {"late_hours": slot.resource.late_hours, "late_fee_bp": slot.resource.late_fee_bp}
        one.fee_fen = late_fee_fen(slot.price_fen, one.quantity, slot.starts_at, at, **terms)
    one.why = why
    return Booked(_moved(one, "released", at))


@action("bookings.expire", title="逾时释放占位")
def expire_holds(actor: Actor, limit: int = 1000) -> Expired:
    """Give up at most about `limit` holds that have lapsed; gives how many. For a worker, as often as it likes."""
    at = clock.now()
    numbers = queries.lapsing(at, limit)
    slots = Slot.objects.filter(pk__in=numbers).order_by("pk").select_for_update(no_key=True, skip_locked=True)
    return Expired(_expire([slot.pk for slot in slots], at))


def _expire(slot_ids: list[int], at: datetime) -> int:
    """Give up the lapsed holds of slots that are locked."""
    gone = Booking.objects.filter(slot__in=slot_ids, state="held", held_until__lte=at)
    return gone.update(state="expired", moved_at=at)


def _moved(one: Booking, state: str, at: datetime) -> Booking:
    one.state, one.moved_at = state, at
    one.save(update_fields=["state", "moved_at", "fee_fen", "why"])
    return one


def _locked_slot(slot_id: int) -> Slot | None:
    rows = Slot.objects.select_related("resource").select_for_update(of=("self",), no_key=True)
    return rows.filter(pk=slot_id).first()


def _locked(actor: Actor, booking_id: int) -> Booking | None:
    """A booking within reach, as it stands once its slot is locked."""
    seen = queries.reachable(actor).filter(pk=booking_id)
    slot_id = seen.values_list("slot_id", flat=True).first()
    if slot_id is None or _locked_slot(slot_id) is None:
        return None
    return seen.select_related("slot__resource").first()


def _room(slot: Slot, party_code: str) -> rules.Room:
    resource = slot.resource
    own = queries.live_of(slot, party_code)
    taken = slot.held + slot.confirmed
    return rules.Room(slot.capacity, taken, own, resource.party_cap, slot.starts_at, resource.hold_minutes)


def _party_findings(actor: Actor, party_code: str, zone: str) -> list[Finding]:
    """A firm acts for itself, an office for firms of its zone, the platform for all."""
    said = rules.text_findings(party_code=(party_code, 18))
    if not said and not actor.acts_for(party_code, zone):
        said.append(Finding("BOOKING-NOT-YOURS", field="party_code", value=party_code))
    return said


def _not_found(number: int) -> Finding:
    return Finding("BOOKING-NOT-FOUND", field="id", value=str(number))
