"""Sites: what a mode still lacks, the gate by acceptance, the plan as seed of the register (R-204, U-11)."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from gongfu.base.access.actor import OPERATOR, Actor
from gongfu.base.registers import actions as registers
from gongfu.base.registers.models import Entry
from gongfu.modules.declarations import sites
from gongfu.modules.declarations.opening import seed_sites
from gongfu.modules.declarations.rules import sites as rules
from gongfu.zones.plan import plans

pytestmark = [pytest.mark.feature("declarations.sites"), pytest.mark.rule("R-204")]
DAY, FIRM = date(2026, 3, 1), "91511300MA6DEM014G"
CUSTOMS = Actor("person:2", "zone", frozenset({"*"}), ("nanchong",), (), "officer.customs")
WHOLE: dict[str, Any] = {
    "code": "nc-blc", "title": "演示保税物流中心", "kind": "blc_b", "modes": ["1210"], "loct_no": "791301", "area_codes": FIRM, "operator": FIRM, "lanes": 4,
    "equipment": "查验机", "networked": True, "capacity": 5000, "accepted_on": "2026-03-01",
    "functions": [{"function": "bonded", "document": "署加函〔2026〕1号", "approved_on": "2026-02-01"}],
    "milestones": [{"title": "验收", "done_on": "2026-03-01"}, {"title": "二期", "due_on": "2027-01-01"}],
}  # fmt: skip


def site(**changed: Any) -> rules.Site:
    return rules.site_of({**WHOLE, **changed})


def heads(**values: str) -> pl.DataFrame:
    row = {
        "document": 1,
        "guid": "G",
        "tradeMode": "1210",
        "declTime": "20260301",
        "loctNo": "",
        "areaCode": "",
        **values,
    }
    return pl.DataFrame([row])


def told(listed: list[rules.Site], **values: str) -> list[str]:
    return [one.code for _, one in rules.gate(heads(**values), listed, "演示")]


def test_a_whole_site_lacks_nothing_on_the_day_of_acceptance_and_its_acceptance_before() -> None:
    assert rules.missing(site(), "1210", DAY) == []
    assert rules.missing(site(), "1210", date(2026, 2, 28)) == ["accepted"]
    assert rules.missing(site(), "1210", date(2026, 1, 31)) == ["accepted", "bonded"]


def test_where_the_register_knows_a_sites_firms_a_list_names_one_of_them() -> None:
    whole, bare = site(), site(code="other", loct_no="", area_codes="")
    assert told([whole], areaCode=FIRM) == told([whole], loctNo="791301") == []
    assert told([whole], areaCode="91511300MA6DEM099X") == ["BIZ-SITE-UNKNOWN"]
    assert told([whole, bare], areaCode="91511300MA6DEM099X") == [], "one of them has not said who is inside"
    assert told([site(accepted_on="")], areaCode="91511300MA6DEM099X") == ["BIZ-BONDED-SITE"]


@pytest.mark.parametrize(
    ("name", "value", "lacks"),
    [
        ("kind", "supervised", "place"), ("accepted_on", "", "accepted"), ("functions", [], "bonded"), ("networked", False, "networked"),
        ("lanes", 0, "lanes"), ("equipment", "", "equipment"), ("capacity", 0, "capacity"), ("operator", "", "operator"),
    ],
)  # fmt: skip
def test_each_thing_missing_is_named(name: str, value: Any, lacks: str) -> None:
    assert rules.missing(site(**{name: value}), "1210", DAY) == [lacks]


@pytest.mark.parametrize("mode", ["9610", "9710", "9810"])
def test_other_modes_have_needs_of_their_own(mode: str) -> None:
    assert "cbec" in rules.missing(site(), mode, DAY)
    approved = {"function": "cbec", "document": "D", "approved_on": "2026-01-01"}
    inspecting = {"function": "inspection", "document": "D", "approved_on": "2026-01-01"}
    assert rules.missing(site(functions=[approved, inspecting]), mode, DAY) == []


def test_open_and_done_milestones_are_told_apart() -> None:
    assert [one["title"] for one in rules.milestones(site(), done=False)] == ["二期"]
    assert [one["title"] for one in rules.milestones(site(), done=True)] == ["验收"]


@pytest.mark.feature("declarations.imports")
@pytest.mark.parametrize("where", [{"loctNo": "791301"}, {"areaCode": FIRM}])
def test_a_list_is_taken_by_the_site_it_names_from_acceptance_on(where: dict[str, str]) -> None:
    other = site(code="other", loct_no="1", area_codes="", accepted_on="2020-01-01")
    assert told([site(), other], **where) == []
    assert told([site(), other], **where, declTime="20260228") == ["BIZ-SITE-CLOSED"]
    assert told([site(accepted_on=""), other], **where) == ["BIZ-SITE-CLOSED"]


@pytest.mark.feature("declarations.imports")
def test_a_list_that_names_no_site_needs_any_open_one_of_the_zone() -> None:
    assert told([site(loct_no="", area_codes="")]) == []
    assert told([site(accepted_on="")]) == ["BIZ-BONDED-SITE"]
    assert told([]) == ["BIZ-BONDED-SITE"]
    assert told([site(kind="supervised")]) == ["BIZ-BONDED-SITE"]
    assert told([], tradeMode="9610") == []


def test_criteria_keep_bonded_modes_out_of_other_places_and_dates_in_order() -> None:
    assert [one.code for one in rules.unfit({**WHOLE, "kind": "port"})] == ["SITE-KIND"]
    assert [one.code for one in rules.unfit({**WHOLE, "open_from": "2026-02-01"})] == ["SITE-DATES"]
    assert rules.unfit(WHOLE) == []


def test_zones_whose_centre_is_not_known_to_be_accepted_stay_closed() -> None:
    """U-11: of Deyang and Meishan no day is known."""
    for zone in ("deyang", "meishan"):
        listed = [rules.site_of(one, seeded=True) for one in sites.planned(plans()[zone])]
        assert not any(one.takes("1210", date(2026, 11, 28)) for one in listed)


@pytest.mark.django_db
def test_a_plans_sites_are_the_seed_of_the_register_and_an_entry_holds_over_them() -> None:
    plan = plans()["nanchong"]
    assert [(one.code, one.seeded) for one in sites.of_zone("nanchong")] == [("nc-blc", True)]
    assert seed_sites(OPERATOR, plan).codes == ("nc-blc",)
    assert seed_sites(OPERATOR, plan).codes == ()
    assert [(one.code, one.seeded) for one in sites.of_zone("nanchong")] == [("nc-blc", False)]
    raw = {**WHOLE, "functions": WHOLE["functions"], "accepted_on": "2026-03-01"}
    assert (
        registers.write(
            CUSTOMS,
            "declarations.site",
            zone="nanchong",
            raw={**raw, "networked": "是", "lanes": "4", "capacity": "5000"},
        ).findings
        == []
    )
    assert [one.accepted_on for one in sites.of_zone("nanchong")] == [DAY]
    registers.withdraw(CUSTOMS, Entry.objects.get().pk)
    assert sites.of_zone("nanchong") == [], "a withdrawn site does not come back from the plan"
