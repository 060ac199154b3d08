"""Pages of books and sites: the warehouse and customs see the same figures, each from its desk; strangers see nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import fastexcel
import pytest
from django.test import Client

from gongfu.base.access.models import Person
from gongfu.base.cases.models import Case
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.ledgers import actions as ledgers
from gongfu.modules.declarations.models import BookItem, Declaration
from gongfu.modules.declarations.tests import test_books as told

pytestmark = [pytest.mark.django_db, pytest.mark.feature("declarations.accounts")]


def client(role: str, code: str = "", zone: str = "nanchong") -> Client:
    person = Person.objects.create(username=f"{role}-{code}-{zone}", role=role, zone=zone, party_code=code)
    http = Client()
    http.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return http


def page(http: Client, url: str, **headers: Any) -> str:
    answer = http.get(url, **headers)
    assert answer.status_code == 200, (url, answer.status_code)
    return answer.content.decode()


def test_the_statement_shows_opening_in_out_and_closing_and_its_workbook_says_the_same() -> None:
    told.open_book()
    told.stock("12.5")
    assert told.changed("loss", "2.5").done
    for http, base in ((client("firm.operator", told.FIRM), "/enterprise"), (client("officer.customs"), "/bureau")):
        text = page(http, f"{base}/books")
        assert all(f">{one}<" in text.replace("\n", "") for one in ("12.5", "2.5", "10"))
        sheet = http.get(f"{base}/books?export=xlsx").content
        frame = fastexcel.read_excel(sheet).load_sheet(0).to_polars()
        named = {name: str(value).removesuffix(".0") for name, value in frame.to_dicts()[0].items()}
        assert (named["期初"], named["入"], named["其他出"], named["期末"]) == ("0", "12.5", "2.5", "10")
        item = BookItem.objects.get().pk
        entries = page(http, f"{base}/book-entries?item={item}")
        assert all(f"cases/{case.pk}" in entries for case in Case.objects.all())
        assert "Statement of bonded books" in page(http, f"{base}/books", HTTP_ACCEPT_LANGUAGE="en")
    tomorrow = (civil_date(clock.now()) + timedelta(days=1)).isoformat()
    later = page(
        client("officer.customs", zone="nanchong", code="x"), f"/bureau/books?since={tomorrow}&until={tomorrow}"
    )
    assert later.count(">10<") >= 2, "opening and closing of the next day"


def test_another_firm_and_another_zone_see_no_item_and_no_entry() -> None:
    told.open_book()
    told.stock("98765.25")
    item = BookItem.objects.get().pk
    for http, base in (
        (client("firm.operator", told.OTHER), "/enterprise"),
        (client("officer.customs", zone="meishan"), "/bureau"),
    ):
        assert "98765.25" not in page(http, f"{base}/books")
        assert "98765.25" not in page(http, f"{base}/book-entries?item={item}")
        assert told.BOOK not in page(http, f"{base}/book-documents")


def test_displays_that_are_overdue_are_a_view_of_their_own() -> None:
    told.open_book()
    told.stock()
    ledgers.set_limit("guarantee", told.FIRM, "", 100_000)
    late, other = told.shown("1").case, told.shown("2").case
    Case.objects.filter(pk=late.pk).update(due_on=civil_date(clock.now()) - timedelta(days=1))
    http = client("officer.customs")
    assert late.number in page(http, "/bureau/displays") and other.number in page(http, "/bureau/displays")
    text = page(http, "/bureau/displays?overdue=1")
    assert late.number in text and other.number not in text


def test_the_forms_of_the_warehouse_enter_stock_and_a_count_shows_its_differences_to_customs() -> None:
    told.open_book()
    http = client("firm.operator", told.FIRM)
    row = {
        "rows-0-record_no": "R1",
        "rows-0-qty": "5",
        "rows-0-hs10": "3304990099",
        "rows-0-name": "面霜",
        "rows-0-unit": "035",
    }
    answer = http.post(
        "/enterprise/cases/new/declarations.stock_in", {"ems_no": told.BOOK, "inbound_no": "HZ9", **row, "submit": "1"}
    )
    assert answer.status_code == 302
    assert told.balance() == "5"
    case, done = told.counted([told.row("R1", "4", cause="loss")])
    assert done.done
    text = page(client("officer.customs"), f"/bureau/cases/{case.pk}")
    assert "账实差异" in text and "仓储主管" in text
    assert case.number in page(http, "/enterprise/stocktakes")


@pytest.mark.feature("declarations.sites")
@pytest.mark.rule("R-204")
def test_sites_show_what_is_missing_the_doubt_and_the_lists_handled_there() -> None:
    http = client("officer.customs")
    text = page(http, "/bureau/sites")
    assert "南充保税物流中心" in text and "U-11" in text
    now = clock.now()
    common = {
        "zone": "nanchong", "message_id": 1, "sender_code": "S", "flow": "I", "mode": "1210", "ebp_code": "P", "ebc_code": "E", "logistics_code": "L",
        "agent_code": "A", "customs_code": "7913", "currency": "142", "goods_fen": 1, "freight_fen": 0, "insured_fen": 0, "gross_g": 1,
        "declared_on": civil_date(now), "declared_at": now, "received_at": now, "state": "released",
    }  # fmt: skip
    for number in range(3):
        site = "nc-blc" if number < 2 else ""
        Declaration.objects.create(
            **common, guid=f"G{number}", order_no=f"O{number}", logistics_no=f"W{number}", site=site
        )
    one = page(http, "/bureau/site?code=nc-blc")
    assert "验收日期" in one and "与海关联网" in one
    assert '<a class="btn" href="lists?site=nc-blc">处理的清单 2</a>' in one
    listed = page(http, "/bureau/lists?site=nc-blc")
    assert "O0" in listed and "O1" in listed and "O2" not in listed
    assert http.get("/bureau/site?code=none").status_code == 404
    assert http.get("/bureau/site").status_code == 302


@pytest.mark.feature("declarations.sites")
def test_a_firm_applies_for_a_site_and_customs_enters_it() -> None:
    assert client("firm.operator", told.FIRM).get("/enterprise/cases/new/register.declarations.site").status_code == 200
    assert client("officer.customs").get("/bureau/registers/declarations.site/new").status_code == 200
    assert client("officer.tax").get("/bureau/sites").status_code == 403
