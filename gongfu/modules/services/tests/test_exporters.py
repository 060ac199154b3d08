"""The quarterly actual-exporter list equals the agency declarations, and says where entrustments differ (R-532)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

import fastexcel
import pytest
from django.test import Client

from gongfu.base.access.actions import add_person
from gongfu.base.access.actor import OPERATOR, Actor
from gongfu.base.cases import actions as cases
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import BEIJING
from gongfu.base.sharing.datasets import datasets
from gongfu.modules.declarations.models import Declaration
from gongfu.modules.parties.models import Party
from gongfu.modules.services import queries
from gongfu.modules.services.rules import Exported, Quarter
from gongfu.modules.services.tests.firms import (
    CLIENT,
    CLIENT_CODE,
    ELSEWHERE,
    OFFICER,
    OTHER_CODE,
    PROVIDER,
    PROVIDER_CODE,
    accredited,
    leg,
    person,
    placed,
    rendered,
)

pytestmark = [pytest.mark.django_db, pytest.mark.feature("parties.services"), pytest.mark.rule("R-532")]
QUARTER, WORD = Quarter(2026, 3), "a-long-pass-word-1"
IN_QUARTER, CUSTOMS_CODE = date(2026, 8, 15), "5113960A01"
serial = count(1)


def declared(
    agent: str = PROVIDER_CODE, seller: str = CLIENT_CODE, on: date = IN_QUARTER, fen: int = 10_000, **more: Any
) -> Declaration:
    number = next(serial)
    told: dict[str, Any] = {
        "zone": "nanchong", "message_id": 1, "sender_code": agent, "guid": f"G{number}", "flow": "E", "mode": "9610", "ebp_code": seller, "order_no": f"O{number}",
        "ebc_code": seller, "logistics_code": agent, "logistics_no": f"L{number}", "agent_code": agent, "customs_code": "7907", "currency": "142",
        "goods_fen": fen, "freight_fen": 0, "insured_fen": 0, "gross_g": 1, "declared_on": on, "state": "released",
        "declared_at": datetime(2026, 8, 1, tzinfo=BEIJING), "received_at": datetime(2026, 8, 1, tzinfo=BEIJING),
    }  # fmt: skip
    return Declaration.objects.create(**{**told, **more})


def told(actor: Actor = PROVIDER, quarter: Quarter = QUARTER) -> list[Exported]:
    return queries.exporters(queries.reach(actor), quarter)


def entrusted(on: date = IN_QUARTER) -> None:
    """A clearance taken on and finished on one day."""
    with clock.standing_at(datetime(on.year, on.month, on.day, 9, tzinfo=BEIJING)):
        rendered(leg(placed(accredited(), "clearance"), "clearance"))


def test_the_quarterly_list_equals_the_agency_declarations() -> None:
    entrusted()
    for fen in (10_000, 20_050):
        declared(fen=fen)
    declared(currency="502", fen=700)
    declared(seller=OTHER_CODE, fen=900, state="closed")
    for edge in (QUARTER.first, QUARTER.last):
        declared(on=edge, fen=1)
    for outside in (QUARTER.first - timedelta(days=1), QUARTER.last + timedelta(days=1)):
        declared(on=outside, fen=999_999)
    declared(seller=PROVIDER_CODE)
    declared(flow="I")
    for state in ("rejected", "refused", "waiting", "returned"):
        declared(state=state)
    agency = [
        row for row in Declaration.objects.filter(flow="E", state__in=("released", "closed"))
        if row.agent_code != row.ebc_code and QUARTER.first <= row.declared_on <= QUARTER.last
    ]  # fmt: skip
    found = told()
    assert [(row.exporter, row.currency, row.count, row.goods_fen, row.difference) for row in found] == [
        (CLIENT_CODE, "142", 4, 30_052, ""), (CLIENT_CODE, "502", 1, 700, ""), (OTHER_CODE, "142", 1, 900, "no_entrustment"),
    ]  # fmt: skip
    assert sum(row.count for row in found) == len(agency)
    assert sum(row.goods_fen for row in found) == sum(row.goods_fen for row in agency)


def test_an_entrustment_without_a_declaration_is_told_until_one_is_there() -> None:
    entrusted()
    assert told() == [Exported(PROVIDER_CODE, CLIENT_CODE, difference="no_declaration")]
    declared()
    assert [row.difference for row in told()] == [""]


def test_a_clearance_that_runs_into_the_next_quarter_is_missed_in_neither() -> None:
    with clock.standing_at(datetime(2026, 9, 29, 9, tzinfo=BEIJING)):
        one = leg(placed(accredited(), "clearance"), "clearance")
        assert cases.take(PROVIDER, one.pk, "accept").done
    declared(on=date(2026, 9, 30))
    assert [row.difference for row in told()] == [""]
    assert told(quarter=Quarter(2026, 4)) == [], "declared in the quarter before, so nothing is missing in this one"
    assert told(quarter=Quarter(2026, 2)) == []


def test_a_firm_under_two_codes_is_one_firm() -> None:
    Party.objects.create(
        code=PROVIDER_CODE,
        customs_code=CUSTOMS_CODE,
        name="嘉陵外综服有限公司",
        kinds=["service"],
        zone="nanchong",
        filed_on=date(2026, 1, 1),
    )
    entrusted()
    declared(agent=CUSTOMS_CODE)
    declared(agent=CUSTOMS_CODE, seller=PROVIDER_CODE)
    assert [(row.agent, row.exporter, row.count, row.difference) for row in told()] == [
        (PROVIDER_CODE, CLIENT_CODE, 1, "")
    ]


def test_firms_see_their_own_list_and_offices_their_zones() -> None:
    declared()
    declared(agent=OTHER_CODE)
    declared(agent=OTHER_CODE, zone="meishan")
    assert {row.agent for row in told()} == {PROVIDER_CODE}
    assert sum(row.count for row in told(OFFICER)) == 2
    assert sum(row.count for row in told(ELSEWHERE)) == 1
    assert told(CLIENT) == told(person("provider.operator", 9)) == []


def test_an_entrustment_of_one_zone_covers_a_declaration_in_another() -> None:
    entrusted()
    declared(zone="meishan")
    assert [row.difference for row in told(ELSEWHERE)] == [""]
    assert told(OFFICER) == [], "declared elsewhere, so nothing is missing here"


def test_the_dataset_gives_the_same_rows_by_quarter() -> None:
    declared()
    rows = datasets()["services.agency"].rows
    assert rows({"zone": ["nanchong"], "quarter": ["2026Q3"]}, 10) == [
        {"quarter": "2026Q3", "agent": PROVIDER_CODE, "exporter": CLIENT_CODE, "currency": "142", "count": 1, "goods_fen": 10_000, "difference": "no_entrustment"}
    ]  # fmt: skip
    assert rows({"zone": ["nanchong"], "quarter": ["2026Q9", "'"]}, 10) == rows({"zone": ["nanchong"]}, 10) == []
    entrusted()
    asked = {"zone": ["nanchong"], "quarter": ["2026Q3"]}
    assert [row["difference"] for row in rows({**asked, "agent": [PROVIDER_CODE]}, 10)] == [""]
    assert rows({**asked, "agent": [OTHER_CODE]}, 10) == []
    assert rows({"zone": ["meishan"], "quarter": ["2026Q3"]}, 10) == []


def test_page_and_workbook_show_the_same_list() -> None:
    declared()
    declared(seller=OTHER_CODE, fen=250, currency="502")
    add_person(OPERATOR, "tax-1", WORD, role="officer.tax", title="经办", zone="nanchong")
    add_person(OPERATOR, "firm-1", WORD, role="firm.operator", title="经办", zone="nanchong", party_code=CLIENT_CODE)
    http, firm = Client(headers={"Accept-Language": "zh-CN"}), Client()
    assert http.login(username="tax-1", password=WORD)
    assert firm.login(username="firm-1", password=WORD)
    page = http.get("/bureau/agency?quarter=2026Q3").content.decode()
    assert page.count("有申报，无委托") == 2
    book = fastexcel.read_excel(http.get("/bureau/agency?quarter=2026Q3&export=xlsx").content)
    rows = book.load_sheet(0, dtypes="string").to_polars().rows()
    assert [(row[2], row[4], row[5], row[6]) for row in rows] == [
        (CLIENT_CODE, "142", "1", "100"),
        (OTHER_CODE, "502", "1", "2.5"),
    ]
    assert http.get("/bureau/agency?quarter=%27").status_code == 200
    assert firm.get("/enterprise/agency").status_code == 403
