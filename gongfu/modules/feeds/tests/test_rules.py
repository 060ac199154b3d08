"""The pure part: schedules and standings, mappings, fates, totals, matches; by tables and by chance."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongfu.base.kit.beijing import BEIJING
from gongfu.core.fields import PERSONAL, Field
from gongfu.modules.feeds import mappings, rules
from gongfu.modules.feeds.schedules import Past, Schedule, standing

pytestmark = pytest.mark.feature("intake.feeds")
FIELDS = (
    Field("code", "代码", "Code"), Field("day", "日期", "Day", "date"), Field("amount", "金额", "Amount", "money", needed=False),
    Field("person", "姓名", "Person", needed=False, klass=PERSONAL), Field("note", "备注", "Note", needed=False),
)  # fmt: skip
ON = date(2026, 11, 2)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def schedule(
    every: int = 1, unit: str = "day", *, worked: bool = False, grace: int = 60, since: str = "2026-09-28 08:00"
) -> Schedule:
    return Schedule(every, unit, time(9), worked, timedelta(minutes=grace), at(since))


@pytest.mark.rule("R-006")
@pytest.mark.parametrize(
    ("made", "moment", "before", "after"),
    [
        (schedule(), "2026-09-28 08:30", None, "2026-09-28 09:00"),
        (schedule(), "2026-09-28 09:00", "2026-09-28 09:00", "2026-09-29 09:00"),
        (schedule(worked=True), "2026-10-04 12:00", "2026-09-30 09:00", "2026-10-08 09:00"),
        (schedule(7, worked=True), "2026-10-06 12:00", "2026-09-28 09:00", "2026-10-08 09:00"),
        (schedule(7, worked=True), "2026-10-08 12:00", "2026-10-08 09:00", "2026-10-12 09:00"),
        (schedule(7), "2026-10-06 12:00", "2026-10-05 09:00", "2026-10-12 09:00"),
        (schedule(4, "hour"), "2026-09-28 11:59", None, "2026-09-28 12:00"),
        (schedule(5, "hour"), "2026-09-28 22:00", "2026-09-28 20:00", "2026-09-29 00:00"),
        (schedule(15, "minute", worked=True), "2026-10-01 03:00", "2026-09-30 23:45", "2026-10-08 00:00"),
    ],
)  # fmt: skip
def test_due_moments_skip_days_off(made: Schedule, moment: str, before: str | None, after: str) -> None:
    assert made.before(at(moment)) == (at(before) if before else None)
    assert made.after(at(moment)) == at(after)


@pytest.mark.parametrize(
    ("good", "bad", "moment", "expected"),
    [
        (None, None, "2026-09-28 08:30", ("amber", "none", "2026-09-28 08:00")),
        (None, None, "2026-09-28 09:59", ("amber", "due", "2026-09-28 09:00")),
        (None, None, "2026-09-28 10:00", ("red", "late", "2026-09-28 10:00")),
        (None, None, "2026-09-30 12:00", ("red", "late", "2026-09-28 10:00")),
        ("2026-09-28 08:40", None, "2026-09-29 08:00", ("green", "ok", "2026-09-28 08:40")),
        ("2026-09-28 20:59", None, "2026-09-29 10:00", ("red", "late", "2026-09-29 10:00")),
        ("2026-09-28 22:00", None, "2026-09-29 10:00", ("green", "ok", "2026-09-28 22:00")),
        ("2026-09-28 08:40", "2026-09-28 08:41", "2026-09-28 08:42", ("red", "held", "2026-09-28 08:41")),
        ("2026-09-28 08:42", "2026-09-28 08:41", "2026-09-28 08:43", ("green", "ok", "2026-09-28 08:42")),
        ("2026-09-27 08:00", None, "2026-09-28 08:43", ("green", "ok", "2026-09-27 08:00")),
    ],
)  # fmt: skip
def test_how_a_feed_stands(good: str | None, bad: str | None, moment: str, expected: tuple[str, str, str]) -> None:
    past = Past(good and at(good), 0, bad and at(bad), "held" if bad else "")
    found = standing(schedule(), past, at(moment))
    assert (found.colour, found.why, found.since) == (*expected[:2], at(expected[2]))
    assert found.next_due > at(moment)


def test_refused_rows_make_a_feed_amber() -> None:
    past = Past(at("2026-09-28 08:40"), 3)
    assert standing(schedule(), past, at("2026-09-28 12:00")).why == "faulty"


@settings(max_examples=200)
@given(
    every=st.integers(1, 30), unit=st.sampled_from(["minute", "hour", "day"]), worked=st.booleans(), grace=st.integers(0, 600),
    minutes=st.integers(1, 200_000), come=st.none() | st.integers(1, 200_000),
)  # fmt: skip
def test_whatever_the_schedule_red_begins_when_the_grace_ends_and_ends_with_a_delivery(
    every: int, unit: str, worked: bool, grace: int, minutes: int, come: int | None
) -> None:
    made = Schedule(
        max(every, 5) if unit == "minute" else min(every, 24) if unit == "hour" else every,
        unit,
        time(9),
        worked,
        timedelta(minutes=grace),
        at("2026-01-05 07:30"),
    )
    moment, received = made.since + timedelta(minutes=minutes), made.since + timedelta(minutes=come) if come else None
    past = Past(received if received and received <= moment else None)
    found = standing(made, past, moment)
    before, after = made.before(moment), made.after(moment)
    assert (before or made.since) <= moment < after
    if before is not None:
        assert made.after(before) == after
    missed = made.after(made.served(past.good) if past.good else made.since)
    assert (found.colour == "red") == (missed + made.grace <= moment)
    assert standing(made, Past(moment), moment).colour != "red"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("code = 编号\nday = 日 | date %Y%m%d", []),
        ("code = \"x\"\nday = 日\n\n amount = 分 | unit 0.01 ", []),
        ("code = 编号", ["FEED-UNMAPPED"]),
        ("code 编号\nday = 日", ["FEED-MAPPING"]),
        ("code = \nday = 日", ["FEED-MAPPING"]),
        ("code = a\ncode = b\nday = 日", ["FEED-MAPPING"]),
        ("code = a | explode\nday = 日 | date\nnote = c | unit x\nperson = d | table 甲", ["FEED-MAPPING"] * 3),
        ("code = a\nday = 日\n" * 101, ["FEED-MAPPING"]),
        ("code = " + "长" * 121 + "\nday = d", ["FEED-MAPPING"]),
        ("colour = a\ncode = a\nday = d", ["FEED-MAPPING"]),
    ],
)  # fmt: skip
def test_mappings_are_checked(text: str, codes: list[str]) -> None:
    assert [one.code for one in mappings.read(text, FIELDS)[1]] == codes


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1,500", "1.5"), ("-2", "-0.002"), ("500.5", "0.5005"), ("1e999999", ""), ("NaN", ""), ("", ""), ("九", "")],
)
def test_units_are_multiplied_exactly_and_odd_numbers_refused(text: str, expected: str) -> None:
    sources, _ = mappings.read("code = c\nday = d\nnote = n | unit 0.001", FIELDS)
    raw, faults = mappings.applied(sources, {"n": text}, {one.name: one for one in FIELDS})
    assert raw["note"] == expected
    assert [one.code for one in faults] == ([] if expected or not text else ["FEED-VALUE"])
    assert mappings.read("code = c\nday = d\nnote = n | unit 1e99", FIELDS)[1]


@given(st.text(max_size=300))
def test_no_mapping_raises(text: str) -> None:
    sources, _ = mappings.read(text, FIELDS)
    mappings.read("code = a | " + text + "\nday = b | date " + text, FIELDS)
    assert all(one.field in {each.name for each in FIELDS} for one in sources)


def checked(
    rows: list[dict[str, str]],
    text: str = "code = c\nday = d | date %Y%m%d\namount = a\nperson = p\nnote = n | table 甲:1; 乙:2",
) -> rules.Checked:
    sources, faults = mappings.read(text, FIELDS)
    assert not faults
    return rules.check(FIELDS, ("code", "day"), sources, rows, range(2, len(rows) + 2), ON)


def test_rows_go_through_the_mapping_and_each_fault_is_told_with_its_row() -> None:
    done = checked([
        {"c": "1", "d": "20261101", "a": "1,000.10", "n": "甲"},
        {"c": "", "d": "2026-11-01", "a": "x", "p": "王小明王小明\u202e"},
        {"c": "1", "d": "20261101", "a": "1000.10", "n": "甲"},
        {"c": "1", "d": "20261101", "a": "7"},
        {"c": "2", "d": "20261101", "n": "丙"},
        {"c": "11010519491231002X", "d": "20261101"},
    ])  # fmt: skip
    assert [(line, row["amount"]) for line, row in done.good] == [(2, 100010), (4, 100010)]
    assert [(line, sorted(one.code for one in found)) for line, _, found in done.bad] == [
        (3, ["FEED-VALUE", "FIELD-NEEDED", "FIELD-NUMBER", "FIELD-SIGNS"]), (5, ["FEED-CONTRARY"]), (6, ["FEED-VALUE"]), (7, ["FEED-PERSONAL"]),
    ]  # fmt: skip
    said = " ".join(one.value + one.message() for _, _, found in done.bad for one in found)
    assert "王小明" not in said
    assert "11010519491231002X" not in said
    quality = {one["name"]: one for one in rules.quality(FIELDS, 6, done.bad)}
    assert (quality["code"]["missing"], quality["code"]["invalid"], quality["code"]["sound"]) == (1, 2, 3)
    assert quality["day"]["codes"] == {"FEED-VALUE": 1}


def test_fates_of_rows() -> None:
    rows = pl.DataFrame({"line": [1, 2, 3, 4], "key": ["a", "b", "c", "a"], "digest": ["1", "2", "3", "1"]})
    known = pl.DataFrame({"key": ["b", "c"], "row": [7, 8], "version": [1, 4], "known_digest": ["2", "x"]})
    assert rules.fates(rows, known)["fate"].to_list() == ["new", "known", "changed", "inside"]
    assert rules.fates(rows.clear(), known.clear()).is_empty()


@pytest.mark.rule("R-910")
@pytest.mark.parametrize(
    ("said", "needed", "codes"),
    [
        ({"rows": 2, "amount": 100}, True, []), ({"rows": 3, "amount": 100}, True, ["FEED-TOTALS"]), ({"rows": 2, "amount": 99}, False, ["FEED-TOTALS"]),
        ({}, False, []), ({}, True, ["FEED-TOTALS-MISSING"] * 2), ({"rows": 2}, True, ["FEED-TOTALS-MISSING"]),
    ],
)  # fmt: skip
def test_totals_reconcile(said: dict[str, int], needed: bool, codes: list[str]) -> None:
    counted = rules.totals(("amount",), [{"amount": 40}, {"amount": 60}])
    assert [one.code for one in rules.reconcile(("amount",), said, counted, needed=needed)] == codes


@given(st.lists(st.integers(-(10**9), 10**9), max_size=30), st.integers(-5, 5))
def test_a_lost_or_added_row_or_fen_never_reconciles(amounts: list[int], off: int) -> None:
    counted = rules.totals(("amount",), [{"amount": one} for one in amounts])
    said = {"rows": len(amounts), "amount": sum(amounts) + off}
    assert bool(rules.reconcile(("amount",), said, counted, needed=True)) == (off != 0)
    assert rules.reconcile(("amount",), {**counted, "rows": len(amounts) + 1}, counted, needed=True)


@pytest.mark.parametrize("text", ["x", "1e400", "NaN", "9" * 5000, "١", "-"])
def test_declared_totals_that_cannot_be_read_are_a_finding(text: str) -> None:
    told, faults = rules.declared("", f"amount:{text}", ("amount",))
    assert [one.code for one in faults] == ["FEED-DECLARED"] or told["amount"] == 100


def parcels(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    plain = {"waybill_no": "", "order_key": "", "consignee_key": "", "grams": 500, "day": ON}
    return pl.DataFrame(
        [{name: number, **plain, **row} for number, row in enumerate(rows)], schema={name: pl.Int64, **rules.PARCELS}
    )


@pytest.mark.rule("R-906")
@pytest.mark.rule("R-910")
def test_matches_by_waybill_then_order_then_consignee_each_once() -> None:
    mail = parcels("row", [
        {"waybill_no": "W1", "order_key": "P|1", "consignee_key": "k"}, {"waybill_no": "W2", "order_key": "P|2"}, {"consignee_key": "k"}, {"consignee_key": "k", "grams": 600},
        {"consignee_key": "m", "day": date(2026, 10, 31)}, {"consignee_key": "n", "day": date(2026, 10, 29)}, {},
    ])  # fmt: skip
    lists = parcels("list", [
        {"waybill_no": "W1", "order_key": "P|9"}, {"waybill_no": "X", "order_key": "P|2"}, {"consignee_key": "k", "grams": 490}, {"consignee_key": "m"}, {"consignee_key": "n"}, {},
    ])  # fmt: skip
    found = {
        (row, one): (way, score)
        for row, one, way, score in rules.match(mail, lists).select("row", "list", "way", "score").iter_rows()
    }
    assert found == {
        (0, 0): ("waybill", 1.0),
        (1, 1): ("order", 1.0),
        (2, 2): ("consignee", 0.98),
        (4, 3): ("consignee", 0.96),
    }


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.sampled_from(["", "W1", "W2"]), st.sampled_from(["", "k", "m"]), st.integers(0, 1000)), max_size=8
    ),
    st.randoms(),
)
def test_a_parcel_and_a_list_are_matched_once_at_most(seeds: list[tuple[str, str, int]], random: Any) -> None:
    made = [{"waybill_no": number, "consignee_key": key, "grams": grams} for number, key, grams in seeds]
    pairs = rules.match(parcels("row", made), parcels("list", random.sample(made, len(made))))
    assert pairs["row"].is_unique().all()
    assert pairs["list"].is_unique().all()
    assert (pairs["score"] >= rules.SURE).all()
