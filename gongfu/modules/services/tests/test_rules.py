"""What may be listed, quarters, and where entrustments and declarations differ."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongfu.base.screens.words import STATES
from gongfu.core.flow import HOUSE
from gongfu.modules.services import rules
from gongfu.modules.services.catalogue import PACKAGES, SERVICES, STEPS
from gongfu.modules.services.flows import FLOWS, PROVIDE
from gongfu.modules.services.rules import Exported, Quarter

pytestmark = pytest.mark.feature("parties.services")


def facts(licences: list[str], services: list[str]) -> dict[str, Any]:
    return {"licences": [{"kind": one} for one in licences], "services": [{"service": one} for one in services]}


@pytest.mark.rule("R-701")
@pytest.mark.rule("R-601")
@pytest.mark.parametrize(
    ("licences", "services", "wrong"),
    [
        (["customs"], ["clearance"], []),
        (["business"], ["clearance"], ["SERVICE-LICENCE"]),
        (["business"], ["consulting", "training"], []),
        (["finance"], ["collection", "finance"], []),
        (["express"], ["logistics", "collection"], ["SERVICE-LICENCE"]),
        (["customs"], ["clearance", "clearance"], ["SERVICE-TWICE"]),
        (["other"], ["legal", "telecom"], ["SERVICE-LICENCE", "SERVICE-LICENCE"]),
    ],
)
def test_each_service_stands_once_and_under_its_licence(
    licences: list[str], services: list[str], wrong: list[str]
) -> None:
    assert [one.code for one in rules.listing_findings(facts(licences, services))] == wrong


@pytest.mark.parametrize("service", SERVICES.values(), ids=lambda one: one.code)
def test_every_service_leads_from_the_offer_to_the_confirmed_end_in_words(service: Any) -> None:
    flow = FLOWS[service.code]
    way = ["accept", *(STEPS[state][0] for state, _ in service.way), "confirm"]
    assert flow.fold(way) == "settled"
    assert all(state in STATES and len(state) <= 20 for state in flow.states())
    assert all(move.by != HOUSE and move.title_en for move in flow.moves)
    assert all(move.by == PROVIDE for move in flow.moves_from(service.way[0][0]))


def test_packages_hold_services_that_exist() -> None:
    assert all(code in SERVICES for _, _, codes in PACKAGES.values() for code in codes)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_a_day_lies_in_its_quarter_and_quarters_follow_on_one_another(day: date) -> None:
    quarter = Quarter.of(day)
    assert quarter.first <= day <= quarter.last
    assert Quarter.read(str(quarter)) == quarter
    assert quarter.before().last == quarter.first - timedelta(days=1)


@pytest.mark.parametrize(
    "text", ["", "2026", "2026Q5", "2026Q0", "26Q1", "0000Q1", "２０２６Q1", "2026Q1 ", "Q1", "2026Q11"]
)
def test_what_is_no_quarter_is_none(text: str) -> None:
    assert Quarter.read(text) is None


ROW = st.builds(
    Exported,
    st.sampled_from("ABa"),
    st.sampled_from("ABCc"),
    st.sampled_from(("142", "502")),
    st.integers(1, 9),
    st.integers(0, 10**9),
)


@pytest.mark.rule("R-532")
@given(st.lists(ROW), st.sets(st.tuples(st.sampled_from("AB"), st.sampled_from("ABC"))))
def test_the_list_adds_up_to_the_declarations_whatever_was_entrusted(
    rows: list[Exported], entrusted: set[tuple[str, str]]
) -> None:
    codes = {"a": "A", "c": "C"}
    agency = [row for row in rows if codes.get(row.agent, row.agent) != codes.get(row.exporter, row.exporter)]
    told = rules.disclosed(rules.same_firm(rows, codes), entrusted, entrusted)
    assert sum(row.count for row in told) == sum(row.count for row in agency)
    for currency in ("142", "502"):
        assert sum(row.goods_fen for row in told if row.currency == currency) == sum(
            row.goods_fen for row in agency if row.currency == currency
        )
    for row in told:
        pair = (row.agent, row.exporter)
        assert row.difference == ("no_declaration" if not row.count else "" if pair in entrusted else "no_entrustment")
    assert {(row.agent, row.exporter) for row in told} >= entrusted
