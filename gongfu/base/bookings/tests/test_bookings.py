"""Bookings: never oversold, whatever is tried and by however many at once; every kind is data."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from gongfu.base.access.actor import OPERATOR, Actor
from gongfu.base.audit.models import Entry
from gongfu.base.bookings import actions, queries
from gongfu.base.bookings.models import Booking, Slot
from gongfu.base.kit.beijing import BEIJING
from gongfu.base.kit.clock import standing_at
from gongfu.core.booking import ResourceKind, calendar, late_fee_fen
from house.crowd import at_once

pytestmark = [pytest.mark.feature("logistics.booking"), pytest.mark.feature("warehouses.booking")]

# Kinds are data: a line whose departures overlap, a store whose days do not.
TRAIN = ResourceKind(
    "demo-train", "班列", "Block train", "标箱", "TEU", 120, overlaps=True, late_hours=48, late_fee_bp=2000
)
STORE = ResourceKind("demo-store", "冷库", "Cold store", "托", "pallet")
OWNER, FIRM, OTHER = "91511300MA6DEM014G", "91510600MA6DEM014K", "91510700MA6DEM014Q"
MAY = frozenset(f"bookings.{verb}" for verb in ("open_resource", "open_slots", "hold", "confirm", "release"))
NOON = datetime(2030, 5, 1, 4, tzinfo=UTC)


def firm(code: str, zone: str) -> Actor:
    return Actor(code, "own", MAY, (zone,), (code,))


CARRIER, SHIPPER, MIANYANG = firm(OWNER, "nanchong"), firm(FIRM, "deyang"), firm(OTHER, "mianyang")


def a_slot(
    kind: ResourceKind = TRAIN, capacity: int = 50, *, starts: datetime = NOON + timedelta(days=7), **more
) -> Slot:
    opened = actions.open_resource(
        CARRIER, kind, "L1", title="演示", title_en="Demo", party_code=OWNER, zone="nanchong", capacity=capacity, **more
    )
    assert opened.resource is not None, opened.findings
    spans = [(starts, starts + timedelta(days=1))]
    assert actions.open_slots(CARRIER, opened.resource.pk, spans, price_fen=300_000).findings == ()
    return Slot.objects.get(resource=opened.resource, starts_at=starts)


def codes(done: actions.Booked | actions.Opened) -> list[str]:
    assert all(one.message("zh") and one.remedy("en") for one in done.findings)
    return [one.code for one in done.findings]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(("hold", "hold", "hold", "confirm", "release", "expire")),
        st.integers(0, 9),
        st.integers(-1, 8),
        st.integers(0, 90),
    ),
    max_size=30,
)


class NeverOversold(TestCase):
    @given(STEPS, st.integers(0, 12), st.one_of(st.none(), st.integers(1, 6)))
    @settings(max_examples=60, deadline=None)
    def test_against_a_plain_model(
        self, steps: list[tuple[str, int, int, int]], capacity: int, cap: int | None
    ) -> None:
        """A dictionary of (firm, quantity, state, until) says what must come of every step; minutes pass between steps."""
        with standing_at(NOON):
            slot = a_slot(capacity=capacity, party_cap=cap)
        model: dict[int, list] = {}
        at = NOON
        for verb, which, quantity, minutes in steps:
            at += timedelta(minutes=minutes)
            known = list(model)
            with standing_at(at):
                if verb == "hold":
                    self.hold(slot, model, (SHIPPER, MIANYANG)[which % 2], quantity, at, capacity, cap)
                elif verb == "expire":
                    actions.expire_holds(OPERATOR)
                    self.lapse(model, at)
                elif known:
                    self.move(model, verb, known[which % len(known)], at)
            slot.refresh_from_db()
            assert (slot.held, slot.confirmed) == (self.sum(model, "held"), self.sum(model, "confirmed"))
            assert 0 <= slot.held + slot.confirmed <= capacity
        assert queries.miscounted() == []
        assert {one.pk: one.state for one in Booking.objects.all()} == {pk: row[2] for pk, row in model.items()}

    def hold(
        self, slot: Slot, model: dict, actor: Actor, quantity: int, at: datetime, capacity: int, cap: int | None
    ) -> None:
        self.lapse(model, at)
        own = sum(row[1] for row in model.values() if row[0] == actor.name and row[2] in ("held", "confirmed"))
        fits = 0 < quantity <= capacity - self.sum(model, "held") - self.sum(model, "confirmed")
        fits = fits and (cap is None or own + quantity <= cap)
        done = actions.hold(actor, slot.pk, actor.name, quantity, zone=actor.zones[0])
        assert (done.booking is not None) == fits, done.findings
        if done.booking:
            model[done.booking.pk] = [actor.name, quantity, "held", at + timedelta(minutes=120)]

    def move(self, model: dict, verb: str, number: int, at: datetime) -> None:
        row = model[number]
        done = getattr(actions, verb)(OPERATOR, number)
        if verb == "confirm" and row[2] == "held":
            row[2] = "confirmed" if at < row[3] else "expired"
        elif verb == "release" and row[2] in ("held", "confirmed"):
            row[2] = "released"
        assert bool(done.findings) == (row[2] != {"confirm": "confirmed", "release": "released"}[verb])

    def lapse(self, model: dict, at: datetime) -> None:
        for row in model.values():
            if row[2] == "held" and row[3] <= at:
                row[2] = "expired"

    def sum(self, model: dict, state: str) -> int:
        return sum(row[1] for row in model.values() if row[2] == state)


@pytest.mark.django_db(transaction=True)
def test_twenty_bookers_reach_for_the_last_of_a_train() -> None:
    """Each asks four times for 3 of 50 boxes: sixteen times it fits; then all give up, confirm and sweep at once."""
    slot = a_slot(capacity=50, party_cap=9)
    firms = [firm(f"9151130000000000{number:02}", "deyang") for number in range(20)]
    won: list[tuple[Actor, int]] = []

    def book(actor: Actor) -> None:
        for _ in range(4):
            done = actions.hold(actor, slot.pk, actor.name, 3, zone="deyang")
            if done.booking:
                won.append((actor, done.booking.pk))
            actions.expire_holds(OPERATOR)

    assert at_once(book, firms) == []
    slot.refresh_from_db()
    assert (len(won), slot.held, slot.confirmed) == (16, 48, 0)
    Booking.objects.filter(pk__in=[number for _, number in won[:4]]).update(held_until=NOON - timedelta(days=9000))

    def move(actor: Actor) -> None:
        for turn, (_, number) in enumerate(won):
            verb = actions.confirm if (turn + firms.index(actor)) % 3 else actions.release
            verb(OPERATOR, number)
        actions.expire_holds(OPERATOR)

    assert at_once(move, firms) == []
    slot.refresh_from_db()
    states = dict(Booking.objects.values_list("pk", "state"))
    assert set(states.values()) <= {"released", "expired"}, "whatever was confirmed was released by someone"
    assert (slot.held, slot.confirmed, queries.miscounted()) == (0, 0, [])


@pytest.mark.django_db
def test_the_database_itself_refuses_to_oversell() -> None:
    slot = a_slot(capacity=10, party_cap=6)
    row = {"slot": slot, "zone": "deyang", "held_until": NOON}
    with pytest.raises(IntegrityError, match="more than one firm"), transaction.atomic():
        Booking.objects.create(**row, party_code=FIRM, quantity=7)
    one = Booking.objects.create(**row, party_code=FIRM, quantity=6)
    with pytest.raises(IntegrityError, match="not_oversold"), transaction.atomic():
        Booking.objects.create(**row, party_code=OTHER, quantity=5)
    for change, words in (
        ({"quantity": 1}, "keeps its slot"),
        ({"state": "elsewhere"}, "no move"),
        ({"party_code": OTHER}, "keeps its slot"),
    ):
        with pytest.raises(Exception, match=words), transaction.atomic():
            Booking.objects.filter(pk=one.pk).update(**change)
    with pytest.raises(Exception, match="not removed"), transaction.atomic():
        one.delete()
    with pytest.raises(Exception, match="sums follow"), transaction.atomic():
        Slot.objects.update(held=0)
    with pytest.raises(IntegrityError, match="not_oversold"), transaction.atomic():
        Slot.objects.update(capacity=5)
    actions.release(OPERATOR, one.pk)
    with pytest.raises(Exception, match="no move leads from released"), transaction.atomic():
        Booking.objects.filter(pk=one.pk).update(state="held")


@pytest.mark.django_db
def test_the_days_of_a_store_do_not_overlap_and_those_of_a_line_may() -> None:
    days = calendar(date(2030, 5, 6), date(2030, 5, 12), time(20), time(6), BEIJING, weekdays=(1, 2, 3, 4, 5))
    assert [end - start for start, end in days] == [timedelta(hours=10)] * 5
    with standing_at(NOON):
        slot = a_slot(STORE, starts=days[0][0], capacity=9)
        store = slot.resource
        assert codes(actions.open_slots(CARRIER, store.pk, days)) == ["BOOKING-SLOT-OVERLAP"], "the first lasts a day"
        line = a_slot(TRAIN, starts=days[0][0]).resource
        assert actions.open_slots(CARRIER, line.pk, days).slots == 4, "the first is there already"
        assert actions.open_slots(CARRIER, line.pk, days).slots == 0
        past = [(NOON - timedelta(hours=2), NOON)]
        assert (
            codes(actions.open_slots(CARRIER, line.pk, [*past, (days[4][1], days[4][0])])) == ["BOOKING-SLOT-TIMES"] * 2
        )
    with pytest.raises(IntegrityError, match="may not overlap"), transaction.atomic():
        Slot.objects.create(resource=store, starts_at=days[0][1], ends_at=days[1][1], capacity=1)


@pytest.mark.django_db
def test_a_hold_lapses_and_a_late_cancel_costs_what_the_line_says() -> None:
    with standing_at(NOON):
        slot = a_slot(capacity=10)
        held = actions.hold(SHIPPER, slot.pk, FIRM, 10, zone="deyang", reference="K-1").booking
        assert held is not None and held.held_until == NOON + timedelta(minutes=120)
        again = actions.hold(SHIPPER, slot.pk, FIRM, 10, zone="deyang", reference="K-1")
        assert again.repeated and again.booking == held
        assert codes(actions.hold(SHIPPER, slot.pk, FIRM, 9, zone="deyang", reference="K-1")) == ["BOOKING-TWICE"]
        assert codes(actions.hold(MIANYANG, slot.pk, OTHER, 1, zone="mianyang")) == ["BOOKING-FULL"]
        late = NOON + timedelta(hours=3)
        assert codes(actions.hold(MIANYANG, slot.pk, OTHER, 1, zone="mianyang", until=late)) == ["BOOKING-UNTIL"]
    with standing_at(NOON + timedelta(minutes=120)):
        assert queries.free(slot.pk) == {slot.pk: 10}, "nobody has swept yet"
        assert codes(actions.confirm(SHIPPER, held.pk)) == ["BOOKING-LAPSED"]
        assert Booking.objects.get().state == "expired"
        taken = actions.hold(MIANYANG, slot.pk, OTHER, 3, zone="mianyang").booking
        assert taken is not None and actions.confirm(MIANYANG, taken.pk).findings == ()
    with standing_at(slot.starts_at - timedelta(hours=47)):
        done = actions.release(MIANYANG, taken.pk, "货未备齐").booking
        assert done is not None and done.fee_fen == 180_000, "a fifth of three times 3,000 yuan"
        assert actions.release(MIANYANG, taken.pk).repeated
        assert codes(actions.confirm(MIANYANG, taken.pk)) == ["BOOKING-STATE"]
    with standing_at(slot.starts_at):
        assert codes(actions.hold(SHIPPER, slot.pk, FIRM, 1, zone="deyang")) == ["BOOKING-STARTED"]
    facts = Entry.objects.filter(verb="bookings.release").values_list("facts", flat=True)
    assert [one["why"] for one in facts] == ["货未备齐"]


@given(st.integers(0, 10**9), st.integers(1, 10**4), st.integers(0, 10_000), st.integers(-100, 100))
def test_a_late_fee_is_free_in_time_and_never_more_than_the_price(
    price: int, quantity: int, rate: int, hours: int
) -> None:
    at = NOON + timedelta(hours=hours)
    fee = late_fee_fen(price, quantity, NOON, at, late_hours=48, late_fee_bp=rate)
    assert 0 <= fee <= price * quantity
    assert hours > -48 or fee == 0
    assert hours <= -48 or abs(fee * 10_000 - price * quantity * rate) <= 5_000


@pytest.mark.django_db
def test_each_side_sees_its_own_and_slots_show_where_they_are_offered() -> None:
    slot = a_slot(capacity=10, offered_in=("mianyang",))
    assert codes(actions.hold(SHIPPER, slot.pk, FIRM, 1, zone="deyang")) == ["BOOKING-NOT-FOUND"], (
        "not offered in its zone"
    )
    assert codes(actions.hold(SHIPPER, slot.pk, FIRM, 1, zone="mianyang")) == ["BOOKING-NOT-YOURS"], (
        "nor under another's"
    )
    one = actions.hold(MIANYANG, slot.pk, OTHER, 4, zone="mianyang").booking
    assert one is not None
    week = (slot.starts_at - timedelta(days=1), slot.starts_at + timedelta(days=6))
    seen = {
        zone: [row.free for row in queries.slots(TRAIN.code, zone, *week)]
        for zone in ("mianyang", "nanchong", "deyang")
    }
    assert seen == {"mianyang": [6], "nanchong": [6], "deyang": []}
    desks = [Actor(zone, "zone", zones=(zone,)) for zone in ("mianyang", "nanchong", "deyang")]
    assert [queries.bookings(actor).count() for actor in (MIANYANG, CARRIER, SHIPPER, *desks)] == [1, 0, 0, 1, 0, 0]
    assert [queries.bookings_on(actor).count() for actor in (MIANYANG, CARRIER, SHIPPER, *desks)] == [0, 1, 0, 0, 1, 0]
    assert codes(actions.release(SHIPPER, one.pk)) == ["BOOKING-NOT-FOUND"]
    assert codes(actions.hold(SHIPPER, slot.pk, OTHER, 1, zone="mianyang")) == ["BOOKING-NOT-YOURS"]
    assert actions.confirm(CARRIER, one.pk).findings == (), "the providing side may confirm"
    assert queries.usage(slot.resource, *week) == {"capacity": 10, "held": 0, "confirmed": 4}
    with pytest.raises(PermissionDenied):
        actions.hold(desks[0], slot.pk, OTHER, 1, zone="mianyang")


@pytest.mark.django_db
def test_resources_belong_to_who_opened_them() -> None:
    slot = a_slot(capacity=10)
    told = {"title": "别家", "title_en": "Other", "party_code": FIRM, "zone": "deyang", "capacity": 1}
    assert codes(actions.open_resource(SHIPPER, TRAIN, "L1", **told)) == ["BOOKING-CODE-TAKEN"]
    assert codes(actions.open_resource(CARRIER, TRAIN, "L2", **told)) == ["BOOKING-NOT-YOURS"]
    bad = {**told, "title": "", "capacity": -1}
    assert codes(actions.open_resource(SHIPPER, TRAIN, "L\u202e", **bad)) == ["BOOKING-FIELD"] * 2 + ["BOOKING-FIGURE"]
    assert codes(actions.open_slots(SHIPPER, slot.resource_id, [])) == ["BOOKING-NOT-FOUND"]
    assert codes(actions.resize_slot(OPERATOR, slot.pk, -1)) == ["BOOKING-FIGURE"]
    assert actions.resize_slot(OPERATOR, slot.pk, 0).findings == ()
    assert queries.free(slot.pk) == {slot.pk: 0}
