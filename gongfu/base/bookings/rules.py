"""What may be opened, held and moved (pure): figures and moments in, findings out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gongfu.base.bookings.flows import BOOKING
from gongfu.core.flow import StateConflict
from gongfu.core.line import sound
from gongfu.core.rule import Finding

LARGEST = 2**53
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Room:
    """One slot as it stands: capacity, what is taken, what this firm has live in it, the most it may have (None for no cap)."""

    capacity: int
    taken: int
    own: int
    cap: int | None
    starts_at: datetime
    hold_minutes: int

    @property
    def free(self) -> int:
        return self.capacity - self.taken


def text_findings(**fields: tuple[str, int]) -> list[Finding]:
    """name=(text, longest): texts that are empty, too long or hold control characters."""
    return [
        Finding("BOOKING-FIELD", field=name, value=text[:40], facts={"longest": longest})
        for name, (text, longest) in fields.items()
        if not sound(text, longest)
    ]


def figure_findings(**fields: tuple[int, int]) -> list[Finding]:
    """name=(figure, least): figures below the least or beyond what is counted."""
    return [
        Finding("BOOKING-FIGURE", field=name, value=str(figure)[:40], facts={"least": least})
        for name, (figure, least) in fields.items()
        if not least <= figure <= LARGEST
    ]


def until(room: Room, at: datetime) -> datetime:
    """How long a hold lasts when nothing shorter is asked: the resource's minutes, at most until the slot starts."""
    return min(at + timedelta(minutes=room.hold_minutes), room.starts_at)


def hold_findings(slot: str, quantity: int, room: Room, wanted_until: datetime | None, at: datetime) -> list[Finding]:
    """Faults of a hold: quantity, slot begun, not enough free, beyond the firm's cap, an end that is past or too late."""
    said = figure_findings(quantity=(quantity, 1))
    if at >= room.starts_at:
        said.append(Finding("BOOKING-STARTED", slot, field="slot", value=slot))
    elif wanted_until is not None and not at < wanted_until <= until(room, at):
        facts = {"latest": until(room, at).isoformat(timespec="minutes")}
        said.append(Finding("BOOKING-UNTIL", slot, field="until", value=wanted_until.isoformat(), facts=facts))
    if not said and quantity > room.free:
        said.append(Finding("BOOKING-FULL", slot, field="quantity", value=str(quantity), facts={"free": room.free}))
    if not said and room.cap is not None and room.own + quantity > room.cap:
        facts_cap = {"cap": room.cap, "own": room.own}
        said.append(Finding("BOOKING-CAP", slot, field="quantity", value=str(quantity), facts=facts_cap))
    return said


def move_findings(
    number: int, state: str, verb: str, held_until: datetime, starts_at: datetime, at: datetime
) -> list[Finding]:
    """Whether a booking may make a move now: the flow, the end of the hold, the start of the slot."""
    document = str(number)
    if isinstance(BOOKING.take(state, verb), StateConflict):
        return [Finding("BOOKING-STATE", document, field="state", value=document, facts={"state": state})]
    if verb == "confirm" and at >= held_until:
        return [Finding("BOOKING-LAPSED", document, field="held_until", value=held_until.isoformat(timespec="minutes"))]
    if verb == "release" and state == "confirmed" and at >= starts_at:
        return [Finding("BOOKING-STARTED", document, field="slot", value=document)]
    return []


def span_findings(spans: list[Span], taken: Iterable[Span], overlaps: bool, at: datetime) -> list[Finding]:
    """Faults of slots to open: an end not after its start, a start in the past, two that overlap where that is not allowed."""
    said, known = [], set(taken)
    for number, span in enumerate(spans, start=1):
        shown = f"{span[0].isoformat(timespec='minutes')}/{span[1].isoformat(timespec='minutes')}"
        if span[1] <= span[0] or span[0] <= at:
            said.append(Finding("BOOKING-SLOT-TIMES", line=number, field="starts_at", value=shown))
        elif not overlaps and any(one != span and one[0] < span[1] and span[0] < one[1] for one in known):
            said.append(Finding("BOOKING-SLOT-OVERLAP", line=number, field="starts_at", value=shown))
        else:
            known.add(span)
    return said
