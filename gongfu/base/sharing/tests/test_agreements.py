"""Agreements: every one that a plan names has an entry, activity counts by itself, dead ones are listed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gongfu.base.access.actor import OPERATOR, Actor
from gongfu.base.access.roles import roles
from gongfu.base.cases import actions as cases
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.registers import actions as registers
from gongfu.base.registers.models import Entry
from gongfu.base.sharing import agreements
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


def test_a_joint_order_counts_to_its_agreement_by_itself() -> None:
    agreements.open_planned(OPERATOR, "mianyang")
    entry = Entry.objects.get(key="MY-24-2")
    assert agreements.activity(entry)["orders"] == 0
    raw = {
        "matter": "problem",
        "subject": "联动发展",
        "text": "通关衔接",
        "desks": ["officer.customs"],
        "days": "3",
        "agreement": "MY-24-2",
    }
    case = cases.open_case(OFFICE, "cases.joint", zone="mianyang", raw=raw).case
    assert case is not None
    assert cases.take(OFFICE, case.pk, "submit").done
    assert agreements.activity(entry)["orders"] == 1


def test_quiet_and_expired_agreements_are_listed() -> None:
    agreements.open_planned(OPERATOR, "meishan")
    today = civil_date(clock.now())
    assert agreements.dead("meishan", today) == []
    assert [(entry.key, why) for entry, why in agreements.dead("meishan", today + timedelta(days=93))] == [
        ("MS-02-6", "quiet")
    ]
    raw = {"key": "MS-1", "title": "试点协议", "partner": "某港", "partner_kind": "port", "until": today.isoformat()}
    office = Actor("person:6", "zone", roles()["zone.office"].may, ("meishan",), (), "zone.office")
    assert registers.write(office, "agreements", zone="meishan", raw=raw).entry is not None
    assert ("MS-1", "expired") in [
        (entry.key, why) for entry, why in agreements.dead("meishan", today + timedelta(days=1))
    ]
