"""A provider and its client, an officer and a colleague, and a listing that was applied for and approved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from gongfu.base.access.actor import Actor
from gongfu.base.access.roles import EVERYONE, roles
from gongfu.base.cases import actions as cases
from gongfu.base.cases.models import Case
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.registers.models import Entry
from gongfu.modules.services import actions
from gongfu.modules.services.actions import Pick

CLIENT_CODE, PROVIDER_CODE, OTHER_CODE = "91510700MA6DEM014Q", "91511300MA6DEM014G", "91511300MA0DM0001W"


def person(role: str, number: int, code: str = "", zone: str = "nanchong") -> Actor:
    one = roles()[role]
    return Actor(f"person:{number}", one.reach, one.may | EVERYONE, (zone,), (code,) if code else (), role)


CLIENT, RIVAL = person("firm.operator", 1, CLIENT_CODE), person("firm.operator", 2, OTHER_CODE)
PROVIDER, OTHER = person("provider.operator", 3, PROVIDER_CODE), person("provider.operator", 4, OTHER_CODE)
OFFICER, ELSEWHERE = person("officer.commerce", 5), person("officer.commerce", 6, zone="meishan")
SERVICES = [
    {"service": "clearance", "price": "120.00", "unit": "list", "days": "3"},
    {"service": "refund", "price": "300", "unit": "order", "days": "20"},
    {"service": "collection", "price": "80.50", "unit": "order", "days": "10"},
]


def day(ahead: int) -> str:
    return (civil_date(clock.now()) + timedelta(days=ahead)).isoformat()


def listing(**more: Any) -> dict[str, Any]:
    licences = [
        {"kind": "customs", "number": "C-1"},
        {"kind": "refund", "number": "TS-1"},
        {"kind": "payment", "number": "P-1", "until": day(60)},
    ]
    told = {
        "name": "嘉陵外综服有限公司",
        "region": "四川南充",
        "hotline": "0817-2345678",
        "person": "张三",
        "licences": licences,
        "services": SERVICES,
    }
    return {**told, **more}


def applied(actor: Actor = PROVIDER, **more: Any) -> Case:
    case = cases.open_case(actor, "register.providers", zone="nanchong", raw=listing(**more)).case
    assert case is not None
    return case


def accredited(actor: Actor = PROVIDER, **more: Any) -> Entry:
    """A listing handed in by the provider and approved by the officer."""
    case = applied(actor, **more)
    told = cases.take(actor, case.pk, "submit")
    assert told.done, told.findings
    assert cases.take(OFFICER, case.pk, "approve").done
    return Entry.objects.get(kind="providers", zone="nanchong", key=actor.party_codes[0])


def picks(entry: Entry, *services: str) -> list[Pick]:
    prices = {row["service"]: row["price"] for row in entry.facts["services"]}
    return [Pick(code, entry.pk, prices[code]) for code in services or prices]


def placed(entry: Entry, *services: str, actor: Actor = CLIENT) -> Case:
    told = actions.entrust(actor, picks(entry, *services), {"scope": "一批陶瓷，九月前出口"})
    assert told.order is not None, told.findings
    return told.order


def leg(order: Case, service: str) -> Case:
    found: Case = Case.objects.get(parent=order, kind=f"services.{service}")
    return found


def rendered(one: Case, actor: Actor = PROVIDER, client: Actor = CLIENT) -> Case:
    """A service walked from the offer to the confirmed end."""
    verbs = {
        "clearance": ("papers_ready", "declared", "cleared"),
        "refund": ("papers_ready", "claimed", "refunded"),
        "collection": ("prepared", "collected", "converted"),
    }
    for verb in ("accept", *verbs[one.kind.partition(".")[2]]):
        told = cases.take(actor, one.pk, verb)
        assert told.done, (verb, told.findings)
    assert cases.take(client, one.pk, "confirm").done
    one.refresh_from_db()
    return one
