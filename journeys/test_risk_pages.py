"""The pages of risk, as each audience sees them, in both languages."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from gongfu.base.access.actions import add_person
from gongfu.base.access.actor import OPERATOR
from gongfu.base.access.models import Person
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.modules.risk.models import Item, Run, StepTime
from journeys.test_whitelist import CODE, ZONE, admitted

pytestmark = [pytest.mark.feature("risk.whitelist"), pytest.mark.django_db]


def signed_in(role: str, code: str = "", zone: str = ZONE) -> Client:
    name = f"p.{role}.{zone}"
    add_person(OPERATOR, name, "a-long-password-1", role=role, title=role, zone=zone, party_code=code)
    client = Client()
    client.force_login(Person.objects.get(username=name), backend="django.contrib.auth.backends.ModelBackend")
    return client


def item(**more: Any) -> Item:
    told = {
        "zone": ZONE,
        "source": "clock",
        "kind": "late",
        "key": "7",
        "day": civil_date(clock.now()),
        "party_code": CODE,
        "ours": "100000",
        "theirs": "inspection|90000",
    }
    return Item.objects.create(**{**told, **more})


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_every_page_of_an_office_and_a_firm_opens(lang: str) -> None:
    admitted()
    item()
    Run.objects.create(
        zone=ZONE, day=civil_date(clock.now()), source="window", ours=1, theirs=1, found={"state": 1}, at=clock.now()
    )
    office, firm = signed_in("officer.customs"), signed_in("firm.operator", CODE)
    seen = {}
    for client, portal, paths in (
        (
            office,
            "bureau",
            (
                "clearance",
                "clocks",
                "whitelist",
                f"whitelist/{CODE}",
                "reconciliation",
                "reconciliation/days",
                f"reconciliation/{Item.objects.get().pk}",
            ),
        ),
        (firm, "enterprise", ("standing", "clocks", "reconciliation")),
    ):
        client.cookies["django_language"] = lang
        for path in paths:
            answer = client.get(f"/{portal}/{path}")
            assert answer.status_code == 200, (path, answer.status_code)
            seen[f"{portal}/{path}"] = answer.content.decode()
    assert ("Inspection" if lang == "en" else "查验") in seen["bureau/reconciliation"]
    assert "1.00 %" in seen["enterprise/standing"]
    assert ("Not measurable yet" if lang == "en" else "尚不能计算") not in seen["enterprise/standing"]


def test_an_item_is_taken_on_and_settled_on_its_page_and_many_at_once() -> None:
    office, one, other = signed_in("officer.customs"), item(), item(key="8")
    place = f"/bureau/reconciliation/{one.pk}"
    assert office.post(place, {"verb": "assign"}).status_code == 302
    assert office.post(place, {"verb": "settle", "reason": " "}).status_code == 422
    assert office.post(place, {"verb": "settle", "reason": "已核对"}).status_code == 302
    office.post("/bureau/reconciliation", {"do": "settle_sent", "row": [other.pk], "sure": "1"})
    assert {(row.state, row.reason) for row in Item.objects.all()} == {
        ("settled", "已核对"),
        ("settled", "已补送，等待答复"),
    }
    assert office.get("/bureau/reconciliation?export=xlsx").content[:2] == b"PK"


def test_another_zone_and_another_firm_see_nothing() -> None:
    one = item()
    assert signed_in("officer.customs", zone="deyang").get(f"/bureau/reconciliation/{one.pk}").status_code == 404
    assert (
        "late"
        not in signed_in("firm.operator", "91511300MA6DEM0155")
        .get("/enterprise/reconciliation")
        .content.decode()
        .split("<tbody")[-1]
    )


@pytest.mark.rule("R-1206")
def test_step_times_are_public() -> None:
    StepTime.objects.create(
        zone=ZONE,
        month="2026-11",
        step="whole",
        lists=200,
        p50_s=3600,
        p90_s=7200,
        p95_s=90000,
        whitelisted=20,
        on_time=19,
    )
    page = Client().get("/clearance").content.decode()
    assert "2026-11" in page
    assert "95.00 %" in page
    assert CODE not in page
