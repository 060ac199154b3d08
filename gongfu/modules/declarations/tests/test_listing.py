"""Lists: keyset pages in any order, cheap counts, columns and filters kept, acts with a result per row, exports."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import timedelta
from typing import Any

import fastexcel
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gongfu.base.access.actor import Actor
from gongfu.base.access.models import Person
from gongfu.base.audit.models import Entry
from gongfu.base.events import worker
from gongfu.base.jobs.models import Job
from gongfu.base.screens import batches, exports, listing, paging
from gongfu.base.screens.cells import Batch, Cell, Column
from gongfu.base.screens.models import SavedFilter
from gongfu.core.rule import Finding
from gongfu.modules.declarations.models import Declaration, Orphan
from gongfu.modules.declarations.screens import LISTING

pytestmark = [pytest.mark.feature("cases.hall"), pytest.mark.django_db]
COLUMNS = (
    Column("状态", "Status", "text", lambda row: Cell("text", row.status)),
    Column("信息", "Information", "text", lambda row: Cell("text", row.info)),
)


@pytest.fixture
def client() -> Client:
    made = Client(headers={"accept-language": "zh-hans"})
    made.force_login(
        Person.objects.create(username="c", role="officer.customs", zone="nanchong"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    return made


def declarations(count: int, zone: str = "nanchong") -> None:
    at = timezone.now()
    Declaration.objects.bulk_create(
        Declaration(
            zone=zone, message_id=1, sender_code="A", guid=f"{zone}{n}", flow="I", mode="1210", ebp_code=zone, order_no=f"=O{n}", ebc_code="B",
            logistics_code="L", logistics_no=f"W{n}", agent_code="A", customs_code="7900", currency="142", goods_fen=n * 101, freight_fen=0,
            insured_fen=0, gross_g=1, declared_on=at.date(), declared_at=at, received_at=at - timedelta(minutes=n // 3), state="held" if n % 2 else "sent",
        )
        for n in range(count)
    )  # fmt: skip


def orphans(*infos: str) -> list[int]:
    made = [
        Orphan(zone="nanchong", message_id=1, type="CEB622Message", guid=str(n), status="1", returned_at="", info=info)
        for n, info in enumerate(infos)
    ]
    return [one.pk for one in Orphan.objects.bulk_create(made)]


@pytest.mark.parametrize("sort", ["", "received_at", "-received_at"])
def test_pages_follow_each_other_without_gap_or_repeat(sort: str) -> None:
    declarations(23)
    rows, seen, before = Declaration.objects.all(), [], None
    while page := paging.page(rows, 5, before, sort):
        seen += [row.pk for row in page]
        before = page[-1].pk
    field = sort.removeprefix("-") or "pk"
    order = (f"-{field}", "-pk") if not sort or sort.startswith("-") else (field, "pk")
    assert seen == list(rows.order_by(*order).values_list("pk", flat=True)) and len(seen) == 23
    back, at = [], seen[-1]
    while page := paging.page(rows, 5, at, sort, back=True):
        back = [row.pk for row in page] + back
        at = page[0].pk
    assert back == seen[:-1]


def test_counts_are_exact_where_they_are_cheap_and_told_as_estimates_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    declarations(12)
    assert paging.count(Declaration.objects.filter(state="held")) == paging.Count(6)
    assert paging.count(Declaration.objects.none()) == paging.Count(0)
    monkeypatch.setattr(paging, "DEAREST_COUNT", -1.0)
    assert not paging.count(Declaration.objects.all()).exact
    monkeypatch.setattr(paging, "EXACT_UP_TO", 0)
    assert paging.count(Declaration.objects.all()).more


def test_a_page_of_a_list_stays_within_its_queries_and_its_reach(client: Client) -> None:
    declarations(60)
    declarations(3, zone="meishan")
    client.get("/bureau/lists")
    with CaptureQueriesContext(connection) as told:
        page = client.get("/bureau/lists?sort=-received_at")
    assert len(told) <= 15 and page.status_code == 200
    assert len(page.context["rows"]) == 50 and page.context["total"] == "60"
    rest = client.get(f"/bureau/lists?before={page.context['next']}&sort=-received_at").context
    assert len(rest["rows"]) == 10 and rest["next"] == ""
    first = client.get(f"/bureau/lists?after={rest['last']}&sort=-received_at").context
    assert [one["pk"] for one in first["rows"]] == [one["pk"] for one in page.context["rows"]]
    assert (first["last"], first["next"]) == ("", page.context["next"])
    assert client.get("/bureau/lists?sort=findings&before=x").context["sort"] == ""


def test_chosen_columns_are_remembered_for_the_person(client: Client) -> None:
    declarations(1)
    client.post("/bureau/lists", {"do": "columns", "column": ["State", "Value", "no such"]})
    assert [one.key for one in client.get("/bureau/lists").context["columns"]] == ["State", "Value"]
    client.post("/bureau/lists", {"do": "columns"})
    assert len(client.get("/bureau/lists").context["columns"]) == len(LISTING.columns)


def test_filters_are_kept_for_oneself_and_forgotten(client: Client) -> None:
    answer = client.post("/bureau/lists?state=held&before=9", {"do": "keep", "title": "暂缓的"})
    assert answer["Location"] == "/bureau/lists?state=held&before=9"
    page = client.get("/bureau/lists?state=held")
    assert [(one["title"], one["query"], one["on"]) for one in page.context["saved"]] == [
        ("暂缓的", "state=held", True)
    ]
    other = Client()
    other.force_login(
        Person.objects.create(username="d", role="officer.customs", zone="nanchong"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    kept = SavedFilter.objects.get()
    other.post("/bureau/lists", {"do": "forget", "number": kept.pk})
    assert other.get("/bureau/lists").context["saved"] == [] and SavedFilter.objects.exists()
    client.post("/bureau/lists", {"do": "forget", "number": kept.pk})
    assert not SavedFilter.objects.exists()
    assert list(Entry.objects.filter(verb__startswith="screens.").values_list("verb", flat=True))[:1] == [
        "screens.filter"
    ]


def test_forms_of_a_list_need_their_token() -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(
        Person.objects.create(username="e", role="officer.customs", zone="nanchong"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    assert strict.post("/bureau/lists", {"do": "keep", "title": "x"}).status_code == 403


def close(actor: Actor, number: int) -> list[Finding]:
    orphan = Orphan.objects.get(pk=number)
    if orphan.info == "bad":
        return [Finding("STATE-CONFLICT", value=str(number), facts={"state": "bad"})]
    if orphan.info == "worse":
        raise ValueError("inside")
    orphan.delete()
    return []


def test_an_act_on_many_rows_has_a_result_for_each() -> None:
    first, bad, worse, last = orphans("a", "bad", "worse", "b")
    actor = Actor("person:1", "zone", frozenset({"x.close"}), ("nanchong",))
    act = Batch("close", "关闭", "Close", "x.close", close)
    told = batches.carry_out(act, actor, Orphan.objects.seen_by(actor), [first, bad, 999_999, worse, last], COLUMNS)
    assert [(one.number, one.done) for one in told] == [
        (first, True),
        (bad, False),
        (999_999, False),
        (worse, False),
        (last, True),
    ]
    assert [one.findings[0].code for one in told if one.findings] == [
        "STATE-CONFLICT",
        "BATCH-NOT-FOUND",
        "BATCH-FAILED",
    ]
    assert set(Orphan.objects.values_list("pk", flat=True)) == {bad, worse}


def test_a_batch_on_the_page_asks_first_where_it_cannot_be_undone(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gongfu.modules.declarations import screens

    (number,) = orphans("a")
    act = Batch("close", "关闭", "Close", "declarations.read", close, ("关闭后不能恢复。", "This cannot be undone."))
    shown = listing.Listing("无主", "Orphans", ("", ""), ("", ""), COLUMNS, (), batch=(act,))
    monkeypatch.setattr(screens, "ORPHANS", shown)
    page = client.get("/bureau/orphans").content.decode()
    assert f'name="row" value="{number}"' in page and 'value="close"' in page
    asked = client.post("/bureau/orphans", {"do": "close", "row": [number]}).content.decode()
    assert "关闭后不能恢复。" in asked and Orphan.objects.exists()
    done = client.post("/bureau/orphans", {"do": "close", "row": [number, "x", "77"], "sure": "1"}).content.decode()
    assert not Orphan.objects.exists() and "1 / 2" in done and "没有编号为 77 的记录" in done
    assert client.post("/bureau/orphans", {"do": "close"}).status_code == 302


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-x", "@a", "\tx", "\rx"])
def test_cells_of_a_csv_are_inert(text: str) -> None:
    assert exports.inert(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "-12.5", "+3", "plain", "a=b"])
def test_plain_texts_and_numbers_stay_as_they_are(text: str) -> None:
    assert exports.inert(text) == text


def test_a_small_export_is_a_workbook_of_texts(client: Client) -> None:
    declarations(3)
    client.post("/bureau/lists", {"do": "columns", "column": ["Order", "Value"]})
    answer = client.post("/bureau/lists?state=held", {"do": "export"})
    assert fastexcel.read_excel(answer.content).load_sheet(0, header_row=None, dtypes="string").to_polars().rows() == [
        ("订单", "货值"),
        ("=O1", "1.01"),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_large_export_goes_on_in_the_background(
    client: Client, settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DATA = tmp_path
    monkeypatch.setattr(listing, "EXPORT_ROWS", 10)
    monkeypatch.setattr(exports, "AT_ONCE", 4)
    declarations(25)
    declarations(2, zone="meishan")
    assert client.get("/bureau/lists?export=xlsx")["Location"] == "/bureau/lists?" and not Job.objects.exists()
    client.post("/bureau/lists", {"do": "columns", "column": ["State", "Order", "Value"]})
    answer = client.post("/bureau/lists?sort=received_at", {"do": "export"})
    job = Job.objects.get()
    assert answer["Location"] == "/bureau/jobs"
    assert f'hx-get="/bureau/jobs/{job.pk}"' in client.get("/bureau/jobs").content.decode()
    assert client.get(f"/bureau/jobs/{job.pk}/file").status_code == 404
    assert worker.run_lane("jobs") == 1
    row = client.get(f"/bureau/jobs/{job.pk}").content.decode()
    assert "hx-get" not in row and "25 / 25" in row
    file = client.get(f"/bureau/jobs/{job.pk}/file")
    assert file["Content-Disposition"] == 'attachment; filename="gongfu.zip"'
    with zipfile.ZipFile(io.BytesIO(b"".join(file.streaming_content))) as packed:
        lines = list(csv.reader(io.StringIO(packed.read("gongfu.csv").decode("utf-8-sig"))))
    assert lines[:2] == [["状态", "订单", "货值"], ["已送海关", "'=O24", "24.24"]] and len(lines) == 26


@pytest.mark.django_db(transaction=True)
def test_a_job_can_be_cancelled_from_its_page(client: Client) -> None:
    person = Person.objects.get(username="c")
    job = Job.objects.create(owner=f"person:{person.pk}", kind="listing.export", title="x")
    assert client.post(f"/bureau/jobs/{job.pk}")["Location"] == "/bureau/jobs"
    assert Job.objects.get().state == "cancelled"
    client.post(f"/bureau/jobs/{job.pk}")
    assert "已经结束" in client.get("/bureau/jobs").content.decode()
    assert client.get("/bureau/jobs/999").status_code == client.get("/bureau/files/" + "A" * 64).status_code == 404
