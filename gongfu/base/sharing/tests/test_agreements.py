"""Agreements: every one that a plan names has an entry, activity counts by itself, dead ones are listed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gongfu.base.access.actions import add_person
from gongfu.base.access.actor import OPERATOR, WORKER, Actor, of_person
from gongfu.base.access.models import Person
from gongfu.base.access.roles import roles
from gongfu.base.cases import actions as cases
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.notices.models import Notice
from gongfu.base.registers import actions as registers
from gongfu.base.registers.models import Entry
from gongfu.base.sharing import actions as sharing
from gongfu.base.sharing import agreements, datasets
from gongfu.base.sharing.datasets import Dataset
from gongfu.base.sharing.models import Grant
from gongfu.core.fields import INTERNAL, Field
from gongfu.zones.plan import plans

pytestmark = [pytest.mark.django_db, pytest.mark.feature("sharing.agreements"), pytest.mark.rule("R-1623")]
OFFICE = Actor("person:5", "zone", roles()["zone.office"].may, ("mianyang",), (), "zone.office")


def test_each_agreement_named_in_a_plan_has_an_entry_and_only_once() -> None:
    for code in plans():
        agreements.open_planned(OPERATOR, code)
        assert agreements.open_planned(OPERATOR, code).fresh == 0
    keys = set(Entry.objects.filter(kind="agreements").values_list("key", flat=True))
    assert keys == {one.key for plan in plans().values() for one in plan.agreements}
    assert len(keys) >= 14


OWNER = Actor(
    "person:8", "zone", frozenset({"cases.move", "sharing.decide", "demo.own"}), ("mianyang",), (), "officer.commerce"
)
ORDER = {
    "matter": "problem",
    "subject": "联动发展",
    "text": "通关衔接",
    "desks": ["officer.customs"],
    "days": "3",
    "agreement": "MY-24-2",
}


@pytest.fixture
def demo_dataset() -> Iterator[None]:
    one = Dataset("demo.rows", "演示", "Demonstration", "演示。", "For demonstration.", "demo.own", lambda where, limit: [{"a": "1", "b": "2"}],
                  fields=(Field("a", "甲", "A"), Field("b", "乙", "B", klass=INTERNAL)))  # fmt: skip
    datasets.EXTRA[one.code] = one
    yield
    datasets.EXTRA.clear()


def lives(key: str = "MY-24-2") -> agreements.Activity:
    return agreements.activities([key], civil_date(clock.now()))[key]


def ordered(**more: Any) -> list[str]:
    case = cases.open_case(OFFICE, "cases.joint", zone="mianyang", raw={**ORDER, **more}).case
    assert case is not None
    return [one.code for one in cases.take(OFFICE, case.pk, "submit").findings]


def tax() -> Actor:
    """The tax desk of Mianyang."""
    if not Person.objects.filter(username="tax-1").exists():
        add_person(OPERATOR, "tax-1", "a-long-pass-word-1", role="officer.tax", title="税务", zone="mianyang")
    return of_person(Person.objects.get(username="tax-1"))


def asked(days: int = 30, **more: str) -> list[str]:
    """A grant applied for by the tax desk and, where nothing speaks against it, decided by the owner; the findings."""
    until = (civil_date(clock.now()) + timedelta(days=days)).isoformat()
    raw = {
        "dataset": "demo.rows",
        "columns": "b",
        "purpose": "核对",
        "basis": "法",
        "until": until,
        "agreement": "MY-24-2",
        **more,
    }
    case = cases.open_case(tax(), "sharing.grant", zone="mianyang", raw=raw).case
    assert case is not None
    told = cases.take(tax(), case.pk, "submit").findings or cases.take(OWNER, case.pk, "grant").findings
    return [one.code for one in told]


def test_a_joint_order_counts_to_its_agreement_by_itself() -> None:
    agreements.open_planned(OPERATOR, "mianyang")
    assert lives().orders == 0
    assert ordered() == []
    assert (lives().orders, lives().open, lives("MY-19-1").orders) == (1, 1, 0)


@pytest.mark.usefixtures("demo_dataset")
def test_a_grant_counts_to_its_agreement_by_itself_while_it_holds() -> None:
    agreements.open_planned(OPERATOR, "mianyang")
    assert asked() == []
    assert asked(days=3) == []
    assert asked(agreement="") == []
    assert (lives().grants, lives("MY-19-1").grants) == (2, 0)
    granted = lives().last
    assert granted is not None
    assert sharing.read(tax(), "demo.rows", purpose="核对").refused == ""
    last = lives().last
    assert last is not None
    assert last > granted, "a read is activity too"
    with clock.standing_at(clock.now() + timedelta(days=4)):
        assert lives().grants == 1, "the short one has ended"
    sharing.revoke(OWNER, Grant.objects.filter(agreement="MY-24-2").latest("valid_until").pk)
    assert lives().grants == 1


@pytest.mark.usefixtures("demo_dataset")
def test_an_agreement_that_is_not_in_force_is_told_and_nothing_counts_to_it() -> None:
    assert ordered() == ["SHARE-AGREEMENT"]
    assert asked() == ["SHARE-AGREEMENT"]
    agreements.open_planned(OPERATOR, "mianyang")
    entry = Entry.objects.get(key="MY-24-2")
    assert ordered(agreement="MY-24") == ["SHARE-AGREEMENT"]
    registers.withdraw(OFFICE, entry.pk)
    assert asked() == ["SHARE-AGREEMENT"]
    assert (lives().grants, lives().orders) == (0, 0)


@pytest.mark.usefixtures("demo_dataset")
def test_rows_of_another_zone_are_granted_under_an_agreement_only() -> None:
    assert asked(agreement="", rows="zone=mianyang,deyang") == ["SHARE-ZONES"]
    agreements.open_planned(OPERATOR, "deyang")
    other = agreements.of_zone("deyang")[0].key
    assert asked(agreement=other) == ["SHARE-AGREEMENT"], "that of another zone says nothing of one's own rows"
    assert asked(agreement=other, rows="zone=deyang") == []
    assert Grant.objects.get().where == {"zone": ["deyang"]}


@pytest.mark.usefixtures("demo_dataset")
def test_an_agreement_that_ended_while_the_owner_thought_is_found_at_the_decision() -> None:
    agreements.open_planned(OPERATOR, "mianyang")
    until = (civil_date(clock.now()) + timedelta(days=9)).isoformat()
    raw = {
        "dataset": "demo.rows",
        "columns": "b",
        "purpose": "核对",
        "basis": "法",
        "until": until,
        "agreement": "MY-24-2",
    }
    case = cases.open_case(tax(), "sharing.grant", zone="mianyang", raw=raw).case
    assert case is not None
    assert cases.take(tax(), case.pk, "submit").done
    registers.withdraw(OFFICE, Entry.objects.get(key="MY-24-2").pk)
    assert [one.code for one in cases.take(OWNER, case.pk, "grant").findings] == ["SHARE-AGREEMENT"]
    assert not Grant.objects.exists()


def dead(zone: str, on: date) -> list[tuple[str, str]]:
    entries = agreements.of_zone(zone)
    found = agreements.dead(entries, agreements.activities((one.key for one in entries), on), on)
    return [(entry.key, why) for entry, why in found]


def test_quiet_and_expired_agreements_are_listed() -> None:
    agreements.open_planned(OPERATOR, "meishan")
    today = civil_date(clock.now())
    assert dead("meishan", today) == []
    assert dead("meishan", today + timedelta(days=92)) == []
    assert dead("meishan", today + timedelta(days=93)) == [("MS-02-6", "quiet")]
    raw = {"key": "MS-1", "title": "试点协议", "partner": "某港", "partner_kind": "port", "until": today.isoformat()}
    office = replace(OFFICE, name="person:6", zones=("meishan",))
    assert registers.write(office, "agreements", zone="meishan", raw=raw).entry is not None
    assert ("MS-1", "expired") not in dead("meishan", today)
    assert ("MS-1", "expired") in dead("meishan", today + timedelta(days=1))


def test_the_page_marks_dead_agreements_and_asks_the_same_few_queries_for_any_number() -> None:
    with clock.standing_at(clock.now() - timedelta(days=100)):
        agreements.open_planned(OPERATOR, "mianyang")
    assert ordered() == []
    add_person(OPERATOR, "office-1", "a-long-pass-word-1", role="zone.office", title="经办", zone="mianyang")
    http = Client(headers={"Accept-Language": "zh-CN"})
    assert http.login(username="office-1", password="a-long-pass-word-1")
    with CaptureQueriesContext(connection) as asked_of:
        page = http.get("/bureau/agreements").content.decode()
    assert len(asked_of) <= 15
    assert f"{len(plans()['mianyang'].agreements) - 1} 份协议没有往来或已过期" in page


def test_the_office_is_reminded_before_an_agreement_ends_each_time_once() -> None:
    today = civil_date(clock.now())
    raw = {
        "key": "MY-1",
        "title": "试点协议",
        "partner": "某港",
        "partner_kind": "port",
        "until": (today + timedelta(days=70)).isoformat(),
    }
    assert registers.write(OFFICE, "agreements", zone="mianyang", raw=raw).entry is not None
    told = [
        len(registers.remind(WORKER, today + timedelta(days=days)).numbers) for days in (0, 9, 10, 11, 56, 57, 71, 72)
    ]
    assert told == [0, 0, 1, 0, 1, 0, 1, 0]
    assert Notice.objects.seen_by(OFFICE).filter(title__contains="试点协议").count() == 3
