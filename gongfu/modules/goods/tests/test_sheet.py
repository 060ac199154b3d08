"""Products by the sheet: a rejected row never stops the rest, ten thousand rows pass, the same file is known again."""

from __future__ import annotations

import io
from typing import Any

import fastexcel
import pytest
import xlsxwriter
from django.test import Client

from gongfu.base.access.models import Person
from gongfu.base.cases import queries as cases
from gongfu.base.cases.models import Case
from gongfu.base.events import worker
from gongfu.base.files import queries as files
from gongfu.base.jobs.models import Job
from gongfu.base.notices.models import Notice
from gongfu.base.screens import workbooks
from gongfu.base.screens.models import Upload
from gongfu.modules.goods.flows import SHEET
from gongfu.modules.goods.models import Product
from gongfu.modules.goods.tests.test_filing import CODE, SOUND

pytestmark = [pytest.mark.feature("goods.filing"), pytest.mark.django_db(transaction=True)]
NAMES = [one.name for one in SHEET]
PAGE = "/enterprise/goods/import"


@pytest.fixture
def http(settings: Any, tmp_path: Any) -> Client:
    settings.DATA = tmp_path
    person = Person.objects.create(username="a", role="firm.operator", zone="nanchong", party_code=CODE)
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def book(rows: list[dict[str, Any]]) -> io.BytesIO:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as made:
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, [one.title for one in SHEET])
        for at, row in enumerate(rows, start=1):
            sheet.write_row(at, 0, [str(row.get(name, "")) for name in NAMES])
    out.seek(0)
    out.name = "products.xlsx"
    return out


def rows(count: int, wrong: int) -> list[dict[str, Any]]:
    """Sound rows with a bad barcode, or a code off the list, in every `wrong`th."""
    spoiled = [{"gtin": "6901234567893"}, {"hs_code": "93070090", "lane": "full"}]
    return [
        {**SOUND, "item_no": f"P{at}", "name": f"牛奶 {at}", **(spoiled[at // wrong % 2] if at % wrong == 0 else {})}
        for at in range(1, count + 1)
    ]


def sent(http: Client, data: io.BytesIO) -> Upload:
    answer = http.post(PAGE, {"file": data})
    assert answer.status_code == 302, answer.content.decode()
    return Upload.objects.get(pk=int(answer["Location"].rpartition("/")[2]))


def taken(http: Client, upload: Upload) -> bytes:
    assert http.post(f"{PAGE}/{upload.pk}").status_code == 302
    while worker.run_once():
        pass
    job = Job.objects.get(kind="sheet.import")
    assert job.state == "done", job.error
    assert job.file is not None
    return b"".join(files.content(job.file))


def test_one_rejected_row_never_stops_the_rest(http: Client) -> None:
    upload = sent(http, book(rows(10, 5)))
    assert (upload.good, upload.bad) == (8, 2)
    page = http.get(f"{PAGE}/{upload.pk}").content.decode()
    assert "校验位" in page and "刀剑" in page
    result = taken(http, upload)
    assert Case.objects.filter(state="reviewing").count() == Product.objects.filter(state="reviewing").count() == 8
    assert all(cases.broken(case) == [] for case in Case.objects.all())
    assert Notice.objects.filter(permission="goods.review").count() == 1
    again = workbooks.read(result, "again.xlsx", SHEET)
    assert [row["item_no"] for row in again.rows] == ["P5", "P10"]
    accepted = fastexcel.read_excel(result).load_sheet("已受理").to_polars()
    assert accepted.height == 8 and accepted["受理结果"][0] == Case.objects.order_by("pk")[0].number


def test_the_corrected_rows_alone_are_sent_again(http: Client) -> None:
    result = taken(http, sent(http, book(rows(10, 5))))
    told = workbooks.read(result, "again.xlsx", SHEET).rows
    corrected = [{**SOUND, "item_no": row["item_no"]} for row in told]
    assert sent(http, book(corrected)).good == 2
    all_again = sent(http, book(rows(10, 11)))
    assert (all_again.good, all_again.bad) == (2, 8)


def test_the_same_file_is_known_again_and_taken_once(http: Client) -> None:
    data = book(rows(3, 9)).getvalue()

    def named() -> io.BytesIO:
        copy = io.BytesIO(data)
        copy.name = "products.xlsx"
        return copy

    first = sent(http, named())
    taken(http, first)
    assert sent(http, named()).pk == first.pk
    assert "受理过" in http.get(f"{PAGE}/{first.pk}").content.decode()
    http.post(f"{PAGE}/{first.pk}")
    assert Job.objects.count() == 1 and Case.objects.count() == 3


def test_ten_thousand_rows_with_a_fault_in_every_tenth(http: Client) -> None:
    upload = sent(http, book(rows(10_000, 10)))
    assert (upload.good, upload.bad) == (9_000, 1_000)
    assert len(upload.preview["bad"]) == 50
    result = taken(http, upload)
    assert Product.objects.filter(state="reviewing").count() == Case.objects.count() == 9_000
    assert len(workbooks.read(result, "again.xlsx", SHEET).rows) == 1_000
    sample = Case.objects.order_by("-pk")[:20]
    assert all(cases.broken(case) == [] for case in sample)


def test_the_template_has_lists_and_is_read_again(http: Client) -> None:
    answer = http.get(f"{PAGE}/template.xlsx")
    told = workbooks.read(answer.content, "t.xlsx", SHEET)
    assert [one.code for one in told.findings] == ["IMPORT-EMPTY"]
    names = fastexcel.read_excel(answer.content).load_sheet("lists", header_row=None).to_polars()
    assert "瑞士" in "".join(str(one) for one in names.rows())


def test_a_bad_file_is_told_and_anothers_is_not_found(http: Client) -> None:
    junk = io.BytesIO(b"PK junk")
    junk.name = "a.xlsx"
    assert http.post(PAGE, {"file": junk}).status_code == 422
    upload = sent(http, book(rows(1, 9)))
    other = Client()
    other.force_login(
        Person.objects.create(username="b", role="firm.operator", zone="nanchong", party_code=CODE),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    assert other.get(f"{PAGE}/{upload.pk}").status_code == 404
    assert other.post(f"{PAGE}/{upload.pk}").status_code == 404
