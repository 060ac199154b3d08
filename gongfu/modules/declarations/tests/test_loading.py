"""Inspect first, load later: the order of steps, the districts, and a fault that stops the loading (R-406)."""

from __future__ import annotations

from typing import Any

import pytest

from gongfu.base.access.actor import OPERATOR, Actor
from gongfu.base.registers import actions as registers
from gongfu.base.trails import queries as trails
from gongfu.modules.declarations import yard
from gongfu.modules.declarations.abroad_kinds import LOOSE
from gongfu.modules.declarations.rules import loading

pytestmark = [pytest.mark.feature("declarations.b2b"), pytest.mark.rule("R-406")]
SITE = Actor(
    "person:site", "own", frozenset({"loading.record"}), ("nanchong",), ("91511300MA6DEM014G",), "firm.operator"
)
AT = {"customs_code": "7913", "site": "CNNC01"}


def codes(*past: str, step: str, office: str = "7913", sound: bool = True) -> list[str]:
    return [one.code for one in loading.step_findings(office, past, step, sound, "P")]


@pytest.mark.parametrize(
    ("past", "step", "found"),
    [
        ((), "received", []),
        ((), "loaded", ["BIZ-LOADING-STEP"]),
        (("received",), "loaded", ["BIZ-LOADING-STEP"]),
        (("received",), "inspected", []),
        (("received", "inspected"), "loaded", []),
        (("received", "passed"), "loaded", []),
        (("received", "passed", "loaded"), "left", ["BIZ-LOADING-STEP"]),
        (("received", "passed", "loaded", "sealed"), "left", []),
        (("received", "passed", "loaded", "sealed", "left"), "received", ["BIZ-LOADING-STEP"]),
    ],
)
def test_loading_follows_inspection(past: tuple[str, ...], step: str, found: list[str]) -> None:
    assert codes(*past, step=step) == found


def test_a_fault_stops_the_loading_and_other_districts_do_not_do_it() -> None:
    assert codes("received", "inspected", step="loaded", sound=False) == ["BIZ-LOADING-FAULTY"]
    assert codes("received", "inspected", step="inspected", sound=False) == []
    assert codes(step="received", office="0100") == ["BIZ-LOADING-CLOSED"]
    assert len(loading.DISTRICTS) == 12


def registered(**changed: Any) -> None:
    functions = [{"function": "inspect_first", "document": "署监函〔2024〕1号", "approved_on": "2024-12-15"}]
    raw = {"code": "CNNC01", "title": "南充跨境监管场所", "kind": "supervised", "modes": ["9710"], "networked": "是", "functions": functions, **changed}
    assert registers.write(OPERATOR, "declarations.site", zone="nanchong", raw=raw).findings == []


@pytest.mark.django_db
@pytest.mark.feature("declarations.sites")
@pytest.mark.parametrize(("changed", "lacks"), [({"networked": ""}, "与海关联网"), ({"functions": []}, "先查验后装运"), ({"code": "other", "title": "另一个"}, "与海关联网")])  # fmt: skip
def test_a_site_without_approval_or_network_cannot_begin(changed: dict[str, Any], lacks: str) -> None:
    registered(**changed)
    (said,) = yard.record(SITE, "L", "W1", "received", {**AT, "packs": 3, "grams": 4_000}).findings
    assert said.code == "BIZ-LOADING-SITE"
    assert lacks in said.facts["missing"]


@pytest.mark.django_db
def test_each_step_is_sealed_in_the_trail_of_the_parcel() -> None:
    registered()
    told = [
        ("received", {"packs": 3, "grams": 4_000}), ("inspected", {"sound": False, "remark": "数量不符"}), ("loaded", {"container": "C1"}),
        ("inspected", {"sound": True}), ("loaded", {"container": "C1"}), ("sealed", {"seal": "S1"}), ("left", {}),
    ]  # fmt: skip
    said = [[one.code for one in yard.record(SITE, "L", "W1", step, AT | facts).findings] for step, facts in told]
    assert said == [[], [], ["BIZ-LOADING-FAULTY"], [], [], [], []]
    trail, past = yard.parcel(SITE, "L", "W1")
    assert trail is not None
    assert [one.event for one in past] == ["received", "inspected", "inspected", "loaded", "sealed", "left"]
    assert trails.verify(LOOSE.code, "L:W1") == []
    stranger = Actor("person:other", "own", SITE.may, ("nanchong",), ("91511300MA6DEM022B",), "firm.operator")
    assert yard.parcel(stranger, "L", "W1") == (None, [])
