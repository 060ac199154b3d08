"""The tax desk reads export lists through its grant: fields granted, rows of its zone, its purpose, its days; all else is refused and logged."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from gongfu.base.access.actions import add_person
from gongfu.base.access.actor import OPERATOR
from gongfu.base.audit.models import Entry
from gongfu.base.cases.models import Case
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import BEIJING, civil_date
from gongfu.base.sharing import actions
from gongfu.base.sharing.models import Access, Grant
from gongfu.base.sharing.rules import HIDDEN
from gongfu.modules.declarations.models import Declaration

pytestmark = [pytest.mark.django_db, pytest.mark.feature("sharing.catalogue"), pytest.mark.rule("R-1408")]
SELLER, WORD, PURPOSE = "91511300MA6DEM014G", "a-long-pass-word-1", "出口退税核对"
PLACE = "/bureau/catalogue/declarations.exports"


def declared(number: int, zone: str = "nanchong", flow: str = "E") -> None:
    told: dict[str, Any] = {
        "zone": zone, "message_id": 1, "sender_code": SELLER, "guid": f"G{number}", "flow": flow, "mode": "9610", "ebp_code": SELLER, "order_no": f"ORDER-{number}",
        "ebc_code": SELLER, "logistics_code": SELLER, "logistics_no": f"WAY-{number}", "agent_code": SELLER, "customs_code": "7907", "currency": "142", "goods_fen": 123_400 + number,
        "freight_fen": 0, "insured_fen": 0, "gross_g": 1, "invt_no": f"INVT-{number}", "declared_on": civil_date(clock.now()), "state": "released",
        "declared_at": datetime(2026, 8, 1, tzinfo=BEIJING), "received_at": datetime(2026, 8, 1, tzinfo=BEIJING),
    }  # fmt: skip
    Declaration.objects.create(**told)


def enter(role: str) -> Client:
    add_person(OPERATOR, role, WORD, role=role, title="经办", zone="nanchong")
    http = Client(headers={"Accept-Language": "zh-CN"})
    assert http.login(username=role, password=WORD)
    return http


@pytest.fixture
def desks() -> tuple[Client, Client]:
    """The tax desk with its grant of value and order number, applied for and given on the pages; and the customs desk that gave it."""
    tax, customs = enter("officer.tax"), enter("officer.customs")
    declared(1)
    declared(2, zone="meishan")
    declared(3, flow="I")
    until = (civil_date(clock.now()) + timedelta(days=30)).isoformat()
    told = {
        "dataset": "declarations.exports",
        "columns": "goods_fen、order_no",
        "purpose": PURPOSE,
        "basis": "税收征管法第六条",
        "until": until,
        "submit": "1",
    }
    assert tax.post("/bureau/cases/new/sharing.grant", told).status_code == 302
    case = Case.objects.get(kind="sharing.grant")
    assert customs.post(f"/bureau/cases/{case.pk}", {"verb": "grant"}).status_code == 302
    return tax, customs


def rows(page: str) -> list[list[str]]:
    """The rows read, as the page has them."""
    body = re.findall(r"<tbody>(.*?)</tbody>", page, re.S)[-1]
    return [
        [re.sub(r"<[^>]*>", "", cell).strip() for cell in re.findall(r"<td.*?>(.*?)</td>", row, re.S)]
        for row in body.split("</tr>")
        if "<td" in row
    ]


def test_the_tax_desk_reads_granted_export_rows_with_the_other_fields_masked(desks: tuple[Client, Client]) -> None:
    answer = desks[0].post(PLACE, {"purpose": PURPOSE})
    assert answer.status_code == 200
    (row,) = rows(answer.content.decode())
    assert (row[0], row[5], row[7]) == ("INVT-1", "ORDER-1", "1,234.01")
    assert [row[at] for at in (4, 6, 8)] == [HIDDEN, "", HIDDEN], (
        "seller and waybill were not granted; there is no country"
    )
    assert SELLER not in "".join(row)
    read = Access.objects.get()
    assert (read.rows, read.subjects, read.fields, read.purpose, read.refused) == (
        1,
        [SELLER],
        ["goods_fen", "order_no"],
        PURPOSE,
        "",
    )
    firm = Client()
    add_person(OPERATOR, "seller", WORD, role="firm.admin", title="管理员", zone="nanchong", party_code=SELLER)
    assert firm.login(username="seller", password=WORD)
    assert PURPOSE in firm.get("/enterprise/reads").content.decode(), "the firm sees who read its rows"


@pytest.mark.parametrize(("purpose", "days", "why"), [("别的用途", 0, "SHARE-PURPOSE"), (PURPOSE, 31, "SHARE-ENDED")])
def test_a_read_outside_the_purpose_or_after_expiry_is_refused_and_logged(
    desks: tuple[Client, Client], purpose: str, days: int, why: str
) -> None:
    tax, customs = desks
    if days:
        Grant.objects.update(
            valid_from=civil_date(clock.now()) - timedelta(days=days),
            valid_until=civil_date(clock.now()) - timedelta(days=1),
        )
    answer = tax.post(PLACE, {"purpose": purpose})
    assert answer.status_code == 403
    assert "INVT-1" not in answer.content.decode()
    assert [(one.refused, one.rows, one.purpose) for one in Access.objects.all()] == [(why, 0, purpose)]
    assert Entry.objects.filter(verb="sharing.read", facts__refused=why).count() == 1
    assert purpose in customs.get("/bureau/reads").content.decode(), "the owner of the rows sees the refusal"


def test_rows_outside_the_grant_are_refused(desks: tuple[Client, Client]) -> None:
    from gongfu.base.access.actor import of_person
    from gongfu.base.access.models import Person

    tax = of_person(Person.objects.get(username="officer.tax"))
    told = actions.read(tax, "declarations.exports", purpose=PURPOSE, where={"zone": ["meishan"]})
    assert (told.refused, told.rows) == ("SHARE-OUTSIDE", [])
