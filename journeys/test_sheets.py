"""Forms filled by the sheet: a firm hands in rows of any kind of case whose fields fit into cells, an office writes entries of a register."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from django.test import Client

from gongfu.base.access.actions import add_person
from gongfu.base.access.actor import OPERATOR
from gongfu.base.cases import queries
from gongfu.base.cases import sheets as case_sheets
from gongfu.base.cases.kinds import kinds
from gongfu.base.cases.models import Case
from gongfu.base.events import worker
from gongfu.base.jobs.models import Job
from gongfu.base.registers.models import Entry
from gongfu.config import demo
from gongfu.config.accounts import PASSWORD, demo_name
from gongfu.zones.plan import Plan

pytestmark = pytest.mark.feature("cases.hall")
CODE = "91510700MA6DEM014Q"


def client(role: str) -> Client:
    http = Client()
    assert http.login(username=demo_name(role), password=PASSWORD)
    return http


def sent(http: Client, path: str, text: str) -> str:
    """Send a sheet; the address of its preview."""
    file = io.BytesIO(text.encode())
    file.name = "rows.csv"
    answer = http.post(path, {"file": file})
    assert answer.status_code == 302, answer.content.decode()[:3000]
    return str(answer["Location"])


def taken(http: Client, place: str) -> Job:
    http.post(place)
    worker.drain()
    return Job.objects.latest("pk")


def test_a_firm_hands_in_cases_by_the_sheet(zone: Plan, settings: Any, tmp_path: Any) -> None:
    settings.DATA = tmp_path
    add_person(OPERATOR, "newcomer", "a-long-pass-word-1", role="firm.operator", title="经办", zone=zone.code, party_code=CODE)  # fmt: skip
    http = Client()
    assert http.login(username="newcomer", password="a-long-pass-word-1")
    form = http.get("/enterprise/cases/new/parties.filing").content.decode()
    assert "/enterprise/cases/sheets/parties.filing" in form
    blank = http.get("/enterprise/cases/sheets/parties.filing/template.xlsx")
    assert blank.content[:2] == b"PK"
    before = Case.objects.count()
    head = "code,name,kinds,legal_name,legal_id,address,contact_phone\n"
    good = f"{CODE},绵阳顺达进出口有限公司,ecommerce,王小明,510603199003071238,涪城区一号,13812345678\n"
    bad = f"{CODE[:-1]}X,绵阳某某贸易有限公司,ecommerce,王小明,510603199003071239,涪城区一号,13812345678\n"
    place = sent(http, "/enterprise/cases/sheets/parties.filing", head + good + bad)
    shown = http.get(place).content.decode()
    assert re.search(r'data-figure="bad">(\d+)', shown)[1] == "1"
    assert "510603199003071239" not in shown, "previews are kept, and hold no number in full"
    job = taken(http, place)
    assert job.state == "done", job.error
    assert re.search(r'data-figure="good">(\d+)', shown)[1] == "1"
    assert Case.objects.count() == before + 1
    case = Case.objects.latest("pk")
    assert (case.state, case.party_code, case.steps.count()) == ("reviewing", CODE, 2)


def test_a_desk_hands_in_joint_orders_by_the_sheet(zone: Plan, settings: Any, tmp_path: Any) -> None:
    settings.DATA = tmp_path
    demo.accounts()
    http = client("officer.market")
    assert "/bureau/cases/sheets/cases.joint" in http.get("/bureau/cases/new/cases.joint").content.decode()
    head = "matter,subject,text,desks,days\n"
    rows = "check,LOT-1,请核查,officer.customs、officer.market,3\ncheck,LOT-2,请核查,nobody,3\n"
    job = taken(http, sent(http, "/bureau/cases/sheets/cases.joint", head + rows))
    assert job.state == "done", job.error
    case = Case.objects.get(kind="cases.joint")
    assert (case.state, case.facts["subject"], case.desks.count()) == ("asking", "LOT-1", 2)
    assert queries.broken(case) == []


def test_an_office_writes_entries_by_the_sheet(zone: Plan, settings: Any, tmp_path: Any) -> None:
    settings.DATA = tmp_path
    demo.accounts()
    http = client("zone.office")
    assert "agreements/rows" in http.get("/bureau/registers/agreements").content.decode()
    head = "key,title,partner,partner_kind,signed_on,until\n"
    rows = "T-1,与邻区互认,邻区综试区,zone,2026-01-01,2027-01-01\nT-2,缺对方,,zone,2026-01-01,2027-01-01\n"
    place = sent(http, "/bureau/registers/agreements/rows", head + rows)
    job = taken(http, place)
    assert job.state == "done", job.error
    assert list(Entry.objects.filter(key__startswith="T-").values_list("key", flat=True)) == ["T-1"]


def test_who_may_not_open_such_cases_gets_no_sheet_of_them(zone: Plan) -> None:
    demo.accounts()
    assert client("firm.operator").get("/enterprise/cases/sheets/sharing.grant").status_code == 403
    assert client("firm.viewer").get("/enterprise/cases/sheets/parties.filing").status_code == 403
    assert client("firm.operator").get("/enterprise/cases/sheets/no.such").status_code == 404
    assert client("firm.operator").get("/enterprise/cases/sheets/services.clearance").status_code == 404


def test_forms_that_need_a_document_or_a_table_have_no_sheet() -> None:
    fitting = {code for code, kind in kinds().items() if case_sheets.fits(kind)}
    assert {"parties.filing", "parties.change", "sharing.grant", "personal.request"} <= fitting
    assert "register.providers" not in fitting
