"""The pages of feeds: board, feed, delivery with its quality, trial of a mapping, registration and change; few queries, both languages."""

from __future__ import annotations

from typing import Any

import fastexcel
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gongfu.base.access.models import Person
from gongfu.base.cases.models import Case
from gongfu.base.events import worker
from gongfu.modules.feeds.models import Delivery, Feed
from gongfu.modules.feeds.tests.told import DAILY, HEAD, LEGACY, PARCELS, deliver, feed, parcel

pytestmark = [pytest.mark.django_db, pytest.mark.feature("intake.feeds")]
MOST_QUERIES = 15


def signed(role: str = "zone.office", zone: str = "nanchong") -> Client:
    person = Person.objects.create(username=f"{role}-{zone}", role=role, zone=zone)
    client = Client()
    client.force_login(person)
    return client


def upload(text: str, name: str = "rows.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode())


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_every_page_draws_in_both_languages_with_few_queries(lang: str) -> None:
    one = feed()
    for code in ("b-feed", "c-feed", "d-feed"):
        feed(code)
    done = deliver("post", HEAD + parcel("EX1") + parcel("EX1") + parcel("EX2", amount="x", sender="王小明"))
    client = signed()
    for path in ("", f"/{one.pk}", f"/{one.pk}/edit", "/new", "/duplicates", "/deliveries", f"/deliveries/{done.pk}"):
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(f"/bureau/feeds{path}", headers={"accept-language": lang})
        assert answer.status_code == 200, path
        assert len(asked) <= MOST_QUERIES, path
        text = answer.content.decode()
        assert ("数据接入" if lang == "zh-hans" else "Feeds") in text
        assert "王小明" not in text


def test_strangers_other_zones_and_other_desks_see_nothing() -> None:
    one, done = feed(), deliver("post", HEAD + parcel())
    away = signed("zone.office", "meishan")
    for path in (f"/{one.pk}", f"/{one.pk}/edit", f"/deliveries/{done.pk}"):
        assert away.get(f"/bureau/feeds{path}").status_code == 404
        assert Client().get(f"/bureau/feeds{path}").status_code == 302
    assert signed("firm.admin").get(f"/bureau/feeds/{one.pk}").status_code == 403
    assert signed("officer.tax").get(f"/bureau/feeds/{one.pk}/edit").status_code == 403
    assert away.get(f"/bureau/feeds/deliveries/{done.pk}?result=xlsx").status_code == 404


def test_an_officer_uploads_reads_the_report_and_corrects_the_faulty_rows() -> None:
    one, client = feed(), signed()
    sent = HEAD + "".join(parcel(f"EX{number}", amount="x" if number == 2 else "1") for number in range(1, 4))
    answer = client.post(f"/bureau/feeds/{one.pk}", {"file": upload(sent)})
    assert answer.status_code == 302
    worker.drain()
    done = Delivery.objects.get()
    page = client.get(f"/bureau/feeds/deliveries/{done.pk}").content.decode()
    assert 'data-figure="accepted">2<' in page and "不是合格的数" in page
    result = client.get(f"/bureau/feeds/deliveries/{done.pk}?result=xlsx")
    rows = fastexcel.read_excel(b"".join([result.content])).load_sheet(0, header_row=1, dtypes="string").to_polars()
    assert rows["运单号（必填）"].to_list() == ["EX2"] and "金额" in rows["错误列"][0]
    again = client.post(f"/bureau/feeds/{one.pk}", {"file": upload(sent)})
    assert again["Location"].endswith(f"/{done.pk}"), "the same file again is recognised"


def test_a_mapping_is_tried_before_it_is_registered() -> None:
    client = signed()
    raw = {
        "code": "post",
        "kind": "parcels",
        "title": "邮政",
        "desk": "commerce",
        "form": "csv",
        "mapping": PARCELS,
        **DAILY,
    }
    tried = client.post(
        "/bureau/feeds/new",
        {**raw, "try": "1", "file": upload(HEAD + parcel("EX1", sender="王小明") + parcel("EX2", weight="重"))},
    )
    text = tried.content.decode()
    assert tried.status_code == 200 and "EX1" in text and "王*明" in text and "王小明" not in text.replace(PARCELS, "")
    assert not Feed.objects.exists()
    bad = client.post("/bureau/feeds/new", {**raw, "mapping": "x = y", "register": "1"})
    assert bad.status_code == 422 and "没有这个字段" in bad.content.decode() and "<title>错误：" in bad.content.decode()
    assert client.post("/bureau/feeds/new", {**raw, "register": "1"}).status_code == 302
    assert Feed.objects.get().zone == "nanchong"


def test_a_change_of_schedule_is_at_once_and_one_of_mapping_goes_to_a_second_officer() -> None:
    one, client = feed(), signed()
    path = f"/bureau/feeds/{one.pk}/edit"
    said = {"title": "邮政速递", "every": "2", "unit": "hour", "grace_minutes": "30", "active": "yes", "schedule": "1"}
    assert client.post(path, said).status_code == 302
    one.refresh_from_db()
    assert (one.title, one.every, one.unit) == ("邮政速递", 2, "hour")
    assert client.post(path, {**said, "every": "99"}).status_code == 422
    mapped: dict[str, Any] = {"mapping": PARCELS.replace("运单号", "邮件号"), "why": "换了系统", "propose": "1"}
    assert client.post(path, {**mapped, "mapping": "oops"}).status_code == 422
    assert client.post(path, mapped).status_code == 302
    assert Case.objects.get().state == "checking"
    one.refresh_from_db()
    assert one.mapping == 1


def test_held_totals_are_declared_again_on_the_page() -> None:
    feed("old", "legacy", LEGACY)
    held, client = deliver("old", "编号,标题,金额\n1,甲,10\n"), signed()
    path = f"/bureau/feeds/deliveries/{held.pk}"
    assert client.post(path, {"rows": "一", "sums": ""}).status_code == 422
    assert client.post(path, {"rows": "1", "sums": "amount:10"}).status_code == 302
    worker.drain()
    held.refresh_from_db()
    assert held.state == "read"
    assert client.post(path, {"rows": "1", "sums": ""}).status_code == 422
