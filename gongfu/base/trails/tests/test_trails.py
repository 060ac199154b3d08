"""Trails: a kind that is only data; batches sealed under many writers; any damage found; nothing changed or removed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongfu.base.access.actor import OPERATOR, Actor
from gongfu.base.audit.models import Entry
from gongfu.base.trails import actions, queries, rules
from gongfu.base.trails.kinds import KINDS, EventKind, Fact, Happening, TrailKind
from gongfu.base.trails.models import Event, Trail

# A kind as data: the way of a lot of goods (it comes with no code of its own).
LOT = KINDS.declare(
    TrailKind(
        "demo_lot",
        "商品批次",
        "Lot of goods",
        subject=r"LOT-[0-9]{1,8}",
        events=(
            EventKind("made", "生产", "Made", (Fact("maker"), Fact("made_on", "day"))),
            EventKind("weighed", "称重", "Weighed", (Fact("net_g", "int"), Fact("sealed", "bool", required=False))),
            EventKind("seen", "查验", "Seen", (Fact("at", "moment", required=False),)),
            EventKind("sold", "售出", "Sold", (Fact("parcel"),), ends=True),
        ),
    )
)
GUARDED = KINDS.declare(replace(LOT, code="demo_guarded", by="quality.trace"))
WRITER = Actor("person:1", "zone", frozenset({"trails.append"}), ("deyang",))
FIRM = Actor("person:2", "own", frozenset({"trails.append"}), party_codes=("91510600MA6DEM014K",))
pytestmark = [pytest.mark.django_db, pytest.mark.feature("quality.trace")]

WORDS = st.text(st.characters(exclude_categories=("C",)), min_size=1, max_size=20)
MOMENTS = st.datetimes(
    datetime(2020, 1, 1),  # noqa: DTZ001
    datetime(2030, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-3, minutes=-30))]),
)
FACTS = st.one_of(
    st.tuples(st.just("made"), st.fixed_dictionaries({"maker": WORDS, "made_on": st.dates().map(str)})),
    st.tuples(st.just("weighed"), st.fixed_dictionaries({"net_g": st.integers(-(2**63), 2**63 - 1)})),
    st.tuples(st.just("weighed"), st.fixed_dictionaries({"net_g": st.integers(0, 9), "sealed": st.booleans()})),
    st.tuples(st.just("seen"), st.fixed_dictionaries({"at": MOMENTS})),
)
HAPPENINGS = st.builds(
    lambda number, told, moment: Happening(f"LOT-{number}", told[0], told[1], moment, zone="deyang"),
    st.integers(0, 2),
    FACTS,
    st.none() | MOMENTS,
)


def lot(event: str = "weighed", subject: str = "LOT-1", **more: Any) -> Happening:
    facts = {"weighed": {"net_g": 500}, "sold": {"parcel": "P-1"}, "made": {"maker": "甲", "made_on": "2026-01-05"}}
    return Happening(subject, event, **{"facts": facts.get(event, {}), "zone": "deyang", **more})


def append(*happenings: Happening, actor: Actor = OPERATOR) -> actions.Appended:
    return actions.append(actor, LOT.code, happenings)


def test_a_lot_has_its_history() -> None:
    late = datetime(2026, 1, 2, 9, tzinfo=timezone(timedelta(hours=7)))
    done = append(lot(), lot("made", happened_at=late), lot(subject="LOT-2"))
    assert (done.events, done.trails, done.known, done.findings) == (3, 2, 0, [])
    one = queries.trail(LOT.code, "LOT-1")
    assert one is not None and one.length == 2
    assert [row.event for row in queries.recorded(one)] == ["weighed", "made"]
    assert [row.event for row in queries.timeline(one)] == ["made", "weighed"]
    assert {subject: row.event for subject, row in queries.latest(LOT.code, ["LOT-1", "LOT-2", "LOT-3"]).items()} == {
        "LOT-1": "made",
        "LOT-2": "weighed",
    }
    assert [one.subject for one in queries.with_fact(LOT.code, "net_g", 500)] == ["LOT-1", "LOT-2"]
    assert [one.subject for one in queries.with_fact(LOT.code, "maker", "甲", event="made")] == ["LOT-1"]
    assert queries.verify() == []
    assert Entry.objects.get(verb="trails.append").facts["events"] == 3


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(HAPPENINGS, max_size=6), max_size=4))
def test_what_was_appended_is_read_back_in_order_with_fitting_seals(batches: list[list[Happening]]) -> None:
    with transaction.atomic():
        for batch in batches:
            assert append(*batch).findings == []
        for subject in {one.subject for batch in batches for one in batch}:
            told = [one for batch in batches for one in batch if one.subject == subject]
            trail = queries.trail(LOT.code, subject)
            assert trail is not None and trail.length == len(told)
            rows = list(queries.recorded(trail))
            assert [row.seq for row in rows] == list(range(1, len(told) + 1))
            assert [(row.event, row.happened_at) for row in rows] == [(one.event, one.happened_at) for one in told]
            assert [row.facts.get("net_g") for row in rows] == [one.facts.get("net_g") for one in told]
        assert queries.verify() == []
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("happening", "code", "field"),
    [
        (lot(subject="parcel 1"), "TRAIL-SUBJECT", "subject"),
        (lot("burnt"), "TRAIL-EVENT", "event"),
        (lot(facts={}), "TRAIL-FACT", "net_g"),
        (lot(facts={"net_g": 1.5}), "TRAIL-FACT", "net_g"),
        (lot(facts={"net_g": True}), "TRAIL-FACT", "net_g"),
        (lot(facts={"net_g": 10**5000}), "TRAIL-FACT", "net_g"),
        (lot(facts={"net_g": 1, "colour": "red"}), "TRAIL-FACT", "colour"),
        (lot("made", facts={"maker": "a\x00", "made_on": "2026-01-01"}), "TRAIL-FACT", "maker"),
        (lot("made", facts={"maker": "a", "made_on": "2026-02-30"}), "TRAIL-FACT", "made_on"),
        (lot("seen", facts={"at": "2026-01-01T10:00:00"}), "TRAIL-FACT", "at"),
        (lot(happened_at=datetime(2026, 1, 1)), "TRAIL-FACT", "happened_at"),  # noqa: DTZ001
        (lot(key="k" * 81), "TRAIL-FACT", "key"),
    ],
)
def test_a_bad_event_is_left_out_and_told(happening: Happening, code: str, field: str) -> None:
    done = append(happening, lot(subject="LOT-9"))
    assert [(one.code, one.field) for one in done.findings] == [(code, field)]
    assert done.findings[0].message("zh") and done.events == 1 and queries.verify() == []


def test_large_facts_are_refused_by_their_size() -> None:
    big = KINDS.declare(
        TrailKind("demo_big", "大", "Big", (EventKind("e", "e", "e", tuple(Fact(f"f{n}") for n in range(20))),))
    )
    told = actions.append(OPERATOR, big.code, [Happening("x", "e", {f"f{n}": "字" * 1000 for n in range(20)})])
    assert [one.code for one in told.findings] == ["TRAIL-SIZE"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates() | MOMENTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=70), st.sampled_from(["made", "weighed", "seen", "", "x"]), st.dictionaries(
    st.sampled_from(["maker", "made_on", "net_g", "sealed", "at", "z"]), JSON, max_size=3), st.text(max_size=5))  # fmt: skip
def test_anything_gets_an_answer_and_never_an_exception(
    subject: str, event: str, facts: dict[str, Any], key: str
) -> None:
    with transaction.atomic():
        for about in (subject, "LOT-5"):
            done = append(Happening(about, event, facts, key=key))
            assert done.events == (not done.findings)
            assert all(one.message("zh") and one.remedy("en") for one in done.findings)
        assert queries.verify() == []
        transaction.set_rollback(True)


def test_the_same_key_again_changes_nothing_and_other_content_is_refused() -> None:
    append(lot(key="scan-1"), lot(key="scan-1"))
    again = append(lot(key="scan-1"), lot(key="scan-2"), lot(key="scan-1", facts={"net_g": 501}))
    assert (again.events, again.known, [one.code for one in again.findings]) == (1, 1, ["TRAIL-KEY"])
    assert append(lot(key="scan-2")).audit() is None
    assert Event.objects.count() == 2 and queries.verify() == []


def test_nothing_follows_an_end() -> None:
    done = append(lot("sold"), lot())
    assert [one.code for one in done.findings] == ["TRAIL-ENDED"] and done.events == 1
    assert [one.code for one in append(lot()).findings] == ["TRAIL-ENDED"]


def test_writers_append_within_their_reach() -> None:
    assert append(lot(), actor=WRITER).events == 1
    assert append(lot(subject="LOT-4", zone=""), actor=WRITER).events == 0  # a trail is opened in one's zone
    for actor in (replace(WRITER, zones=("meishan",)), FIRM):
        assert [one.code for one in append(lot(), actor=actor).findings] == ["TRAIL-REACH"]
    assert append(lot(subject="LOT-3", party_code="91510600MA6DEM014K"), actor=FIRM).events == 1
    assert [one.subject for one in Trail.objects.seen_by(FIRM)] == ["LOT-3"]


def test_a_kind_may_ask_for_its_own_permission_and_must_be_declared() -> None:
    with pytest.raises(PermissionDenied):
        actions.append(WRITER, GUARDED.code, [lot()])
    assert [one.code for one in actions.append(OPERATOR, "nothing", [lot()]).findings] == ["KIND-UNKNOWN"]
    with pytest.raises(ValueError, match="declared twice"):
        KINDS.declare(replace(LOT, title="别的"))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE trails_event SET facts = '{}'",
        "DELETE FROM trails_event",
        "UPDATE trails_trail SET length = length - 1",
        "UPDATE trails_trail SET length = length + 1",
        "UPDATE trails_trail SET subject = 'LOT-7'",
        "UPDATE trails_trail SET seal = 'x'",
        "DELETE FROM trails_trail",
    ],
)
def test_the_database_refuses_changes(statement: str) -> None:
    append(lot(), lot())
    with pytest.raises(DatabaseError, match="trail"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def _run(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        assert cursor.rowcount > 0


def _edit(column: str, value: Any) -> Callable[[Event], None]:
    return lambda row: _run(f"UPDATE trails_event SET {column} = %s WHERE id = %s", value, row.pk)


def _cut(signed_again: bool) -> Callable[[Event], None]:
    """Everything from the row on is gone, and the head set back to the event before it."""

    def damage(row: Event) -> None:
        _run("DELETE FROM trails_event WHERE trail_id = %s AND seq >= %s", row.trail_id, row.seq)
        before = Event.objects.filter(trail=row.trail_id, seq=row.seq - 1).first()
        if before is None:
            _run("DELETE FROM trails_trail WHERE id = %s", row.trail_id)
            return
        from gongfu.base.trails.seals import sign

        signature = sign(row.trail.place(), before.seq, bytes(before.seal)) if signed_again else b""
        _run("UPDATE trails_trail SET length = %s, seal = %s, signature = %s WHERE id = %s",
             before.seq, bytes(before.seal), signature, row.trail_id)  # fmt: skip

    return damage


def _swap(row: Event) -> None:
    other = Event.objects.filter(trail=row.trail_id).exclude(pk=row.pk).first()
    if other is None:
        _run("UPDATE trails_event SET seq = seq + 1 WHERE id = %s", row.pk)
        return
    _run("UPDATE trails_event SET seq = 1000000 WHERE id = %s", row.pk)
    _run("UPDATE trails_event SET seq = %s WHERE id = %s", row.seq, other.pk)
    _run("UPDATE trails_event SET seq = %s WHERE id = %s", other.seq, row.pk)


def _reseal(row: Event) -> None:
    """A forger who knows how seals are made: changes an event and seals the whole chain again, head and all but our key."""
    from gongfu.core import chain

    _run("UPDATE trails_event SET facts = %s WHERE id = %s", '{"net_g": -77}', row.pk)
    seal = chain.GENESIS
    for each in Event.objects.filter(trail=row.trail_id).order_by("seq"):
        seal = chain.link(seal, rules.payload(row.trail.place(), each.written()))
        _run("UPDATE trails_event SET seal = %s WHERE id = %s", seal, each.pk)
    _run("UPDATE trails_trail SET seal = %s WHERE id = %s", seal, row.trail_id)


DAMAGES: dict[str, Callable[[Event], None]] = {
    "facts": _edit("facts", '{"net_g": -77}'),
    "event": _edit("event", "returned"),
    "at": _edit("at", datetime(2001, 1, 1, tzinfo=UTC)),
    "happened": _edit("happened_at", datetime(2001, 1, 1, tzinfo=UTC)),
    "actor": _edit("actor", "nobody"),
    "key": _edit("key", "another"),
    "seal": _edit("seal", b"\x00" * 32),
    "hole": lambda row: _run("DELETE FROM trails_event WHERE id = %s", row.pk),
    "swap": _swap,
    "cut": _cut(signed_again=False),
    "cut and an old head": _cut(signed_again=True),
    "sealed again": _reseal,
    "another zone": lambda row: _run("UPDATE trails_trail SET zone = 'elsewhere' WHERE id = %s", row.trail_id),
    "another subject": lambda row: _run("UPDATE trails_trail SET subject = 'LOT-99' WHERE id = %s", row.trail_id),
}


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(HAPPENINGS, min_size=1, max_size=12), st.sampled_from(sorted(DAMAGES)), st.data())
def test_any_damage_is_found(happenings: list[Happening], damage: str, data: st.DataObject) -> None:
    with transaction.atomic():
        append(*happenings)
        assert queries.verify() == []
        rows = list(Event.objects.select_related("trail").order_by("pk"))
        row = data.draw(st.sampled_from(rows))
        for table in ("trails_event", "trails_trail"):
            _alter(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        DAMAGES[damage](row)
        found = queries.verify()
        assert found, damage
        if damage in ("facts", "seal", "at", "actor"):
            assert queries.verify(LOT.code, row.trail.subject)[0].startswith(f"demo_lot {row.trail.subject}: entry")
        transaction.set_rollback(True)


def _alter(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_many_writers_make_one_unbroken_chain_each() -> None:
    def write(number: int) -> int:
        try:
            batch = [lot(subject=f"LOT-{(number + n) % 3}", key=f"{number}-{n}") for n in range(6)]
            return append(*batch).events + append(*reversed(batch)).known
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(write, range(12))) == [12] * 12
    assert {trail.length for trail in Trail.objects.all()} == {24}
    assert queries.verify() == []
    for trail in Trail.objects.all():
        moments = [row.at for row in queries.recorded(trail)]
        assert moments == sorted(moments)


def test_days_and_moments_are_kept_as_text() -> None:
    event = LOT.event("made")
    assert event is not None
    assert rules.normal(event, {"maker": "甲", "made_on": date(2026, 1, 5)}) == {"maker": "甲", "made_on": "2026-01-05"}
