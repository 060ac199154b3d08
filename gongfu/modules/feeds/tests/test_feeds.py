"""Deliveries in time, once, and fit: lateness turns a feed red, a replay changes nothing, parcels count once, old tables reconcile."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from gongfu.base.access.actor import WORKER
from gongfu.base.audit.models import Entry
from gongfu.base.cases import actions as cases
from gongfu.base.events import worker
from gongfu.base.events.bus import LANES
from gongfu.base.events.models import Work
from gongfu.base.events.schedule import strike
from gongfu.base.kit.clock import standing_at
from gongfu.base.notices.models import Notice
from gongfu.modules.feeds import actions, mappings, queries, readers, taking
from gongfu.modules.feeds.events import FeedRowsReceived
from gongfu.modules.feeds.kinds import FeedKind, kinds
from gongfu.modules.feeds.models import Delivery, Duplicate, Feed, Mapping, Row
from gongfu.modules.feeds.tests.told import (
    ELSEWHERE,
    HEAD,
    LEGACY,
    OFFICE,
    PARCELS,
    SECOND,
    deliver,
    feed,
    moment,
    parcel,
)  # fmt: skip

CEB = (
    b'<ceb:CEB511Message guid="G" version="1.0" xmlns:ceb="http://www.chinaport.gov.cn/ceb"><ceb:Logistics><ceb:LogisticsHead>'
    b"<ceb:logisticsNo>W1</ceb:logisticsNo></ceb:LogisticsHead></ceb:Logistics></ceb:CEB511Message>"
)
pytestmark = [pytest.mark.django_db, pytest.mark.feature("intake.feeds")]


def colour(at: str) -> tuple[str, str]:
    (one,) = queries.board(OFFICE, moment(at))
    return one.standing.colour, one.standing.why


@pytest.mark.rule("R-1408")
def test_a_late_or_malformed_delivery_turns_its_feed_red_within_the_schedule() -> None:
    feed()
    assert colour("2026-11-02 08:59") == ("amber", "none")
    assert colour("2026-11-02 09:30") == ("amber", "due")
    assert colour("2026-11-02 10:00") == ("red", "late")
    deliver("post", HEAD + parcel(), at="2026-11-02 14:00")
    assert colour("2026-11-02 14:01") == ("green", "ok")
    assert colour("2026-11-03 09:59")[0] == "amber"
    assert colour("2026-11-03 10:00") == ("red", "late")
    deliver("post", HEAD + parcel("EX2"), at="2026-11-03 10:30")
    assert colour("2026-11-03 10:31") == ("green", "ok")
    deliver("post", b"\xff\xfe\x00bad", at="2026-11-03 11:00")
    assert colour("2026-11-03 11:00") == ("red", "refused")
    assert colour("2026-11-03 10:59") == ("green", "ok"), "how it stood is computed from what had come by then"


def test_the_owner_is_told_once_for_each_miss() -> None:
    feed()
    for at in ("2026-11-02 09:59", "2026-11-02 10:00", "2026-11-02 18:00", "2026-11-03 10:00"):
        strike(moment(at))
    assert Notice.objects.count() == 1
    deliver("post", b"not,a\nlist,\0", at="2026-11-03 11:00")
    for at in ("2026-11-03 11:00", "2026-11-03 11:30"):
        actions.tell_misses(WORKER, moment(at))
    assert list(Notice.objects.order_by("pk").values_list("title", flat=True)) == [
        "数据接入 邮政：未按时送达", "数据接入 邮政：送达的文件不能用",
    ]  # fmt: skip


def snapshot() -> list[list[Any]]:
    return [list(model.objects.order_by("pk").values()) for model in (Delivery, Row, Duplicate, Entry, Work)]


def test_replaying_a_delivery_changes_nothing() -> None:
    feed()
    first = deliver("post", HEAD + parcel("EX1") + parcel("EX2"))
    before = snapshot()
    again = actions.receive(OFFICE, "post", (HEAD + parcel("EX1") + parcel("EX2")).encode(), "other.csv", channel="api")
    assert again.again and again.delivery == first
    taking.take_up(WORKER, first.pk)
    assert snapshot() == before
    worker.drain()
    assert snapshot()[:4] == before[:4]


def test_rows_that_are_known_are_noted_and_changed_ones_get_a_new_version() -> None:
    feed()
    deliver("post", HEAD + parcel("EX1") + parcel("EX2"))
    second = deliver("post", HEAD + parcel("EX1") + parcel("EX2", amount="99") + parcel("EX3") + parcel("EX3"))
    assert (second.state, second.rows, second.accepted, second.repeated) == ("read", 4, 2, 2)
    assert list(Row.objects.order_by("key", "version").values_list("key", "version", "current")) == [
        ("EX1", 1, True), ("EX2", 1, False), ("EX2", 2, True), ("EX3", 1, True),
    ]  # fmt: skip
    assert [(one.way, one.line, one.evidence) for one in second.duplicates.order_by("line")] == [
        ("key", 2, {"key": "EX1", "version": 1}),
        ("inside", 5, {"key": "EX3", "line": 4}),
    ]


@pytest.mark.rule("R-910")
def test_old_tables_reconcile_by_count_and_sum_or_are_held() -> None:
    feed("old", "legacy", LEGACY, at="2026-11-02 08:00")
    text = "编号,标题,金额\n1,甲,10.00\n2,乙,2.50\n"
    held = deliver("old", text, rows="3", sums="amount:12.50")
    assert (held.state, held.accepted, Row.objects.count()) == ("held", 0, 0)
    assert [(one["code"], one["field"]) for one in held.findings] == [("FEED-TOTALS", "rows")]
    assert actions.declare(ELSEWHERE, held.pk, rows="2", sums="amount:12.50").finding is not None
    actions.declare(OFFICE, held.pk, rows="2", sums="amount:12.50")
    taking.take_up(WORKER, held.pk)
    held.refresh_from_db()
    assert (held.state, held.accepted, held.counted) == ("read", 2, {"rows": 2, "amount": 1250})
    assert Row.objects.filter(current=True).count() == 2
    assert deliver("old", text + "3,丙,x\n", rows="3", sums="amount:12.50").state == "held", (
        "a faulty row is a lost row"
    )
    assert [one["code"] for one in deliver("old", text + "4,丁,1\n").findings] == ["FEED-TOTALS-MISSING"] * 2
    assert Row.objects.count() == 2


def test_persons_are_enciphered_everywhere() -> None:
    feed()
    deliver(
        "post",
        HEAD
        + parcel("EX1", sender="张三丰")
        + parcel("EX2", sender="李四光", amount="x")
        + parcel("11010519491231002X", sender="赵"),
    )
    with connection.cursor() as cursor:
        for table in ("feeds_row", "feeds_delivery", "feeds_duplicate", "feeds_parcel", "events_work", "audit_entry"):
            cursor.execute(f"SELECT string_agg(t::text, ' ') FROM \"{table}\" t")
            text = str(cursor.fetchone()[0])
            assert not [one for one in ("张三丰", "李四光", "加州", "11010519491231002X") if one in text], table
    told = Delivery.objects.get()
    assert [one["code"] for one in told.findings] == ["FEED-ROWS-REFUSED", "FIELD-NUMBER", "FEED-PERSONAL"]


def test_a_mapping_changes_by_four_eyes_only() -> None:
    one = feed()
    raw = {"feed": "post", "mapping": PARCELS.replace("运单号", "邮件号"), "why": "换了系统"}
    bad = cases.open_case(OFFICE, "feeds.mapping", zone="nanchong", raw={**raw, "mapping": "colour = 颜色"}).case
    assert [found.code for found in cases.take(OFFICE, bad.pk, "submit").findings] == ["FEED-MAPPING"]
    case = cases.open_case(OFFICE, "feeds.mapping", zone="nanchong", raw=raw).case
    assert cases.take(OFFICE, case.pk, "submit").done
    with pytest.raises(PermissionDenied):
        cases.take(OFFICE, case.pk, "approve")
    assert Feed.objects.get().mapping == 1
    assert cases.take(SECOND, case.pk, "approve").done
    assert Mapping.objects.get(feed=one, version=2).case_id == case.pk
    assert deliver("post", HEAD + parcel()).state == "refused"
    assert deliver("post", HEAD.replace("运单号", "邮件号") + parcel()).state == "read"


def test_what_is_wrong_with_a_registration_is_all_told() -> None:
    feed()
    good = {
        "code": "new",
        "kind": "parcels",
        "title": "x",
        "desk": "commerce",
        "form": "csv",
        "mapping": PARCELS,
        "every": "1",
        "unit": "day",
        "due_at": "09:00",
        "grace_minutes": "0",
    }
    for change, code in (
        ({"code": "post"}, "FEED-CODE"), ({"code": "../x"}, "FEED-CODE"), ({"party_code": "91510600MA6DEM014K"}, "FEED-OWNER"), ({"desk": ""}, "FEED-OWNER"),
        ({"due_at": "25:00"}, "FEED-SCHEDULE"), ({"every": "400"}, "FEED-SCHEDULE"), ({"unit": "minute", "every": "1"}, "FEED-SCHEDULE"), ({"grace_minutes": "2000"}, "FEED-SCHEDULE"),
        ({"mapping": "waybill_no = 运单号"}, "FEED-UNMAPPED"), ({"mapping": PARCELS + "goods = 又一列"}, "FEED-MAPPING"), ({"kind": "stars"}, "FIELD-CHOICE"),
    ):  # fmt: skip
        done = actions.register(OFFICE, {**good, **change})
        assert done.feed is None and {one.code for one in done.findings} == {code}, change
    assert actions.register(OFFICE, good).feed is not None


def test_out_of_reach_is_not_found() -> None:
    feed()
    assert actions.receive(ELSEWHERE, "post", b"x", "x.csv", channel="api").finding.code == "FEED-UNKNOWN"
    assert queries.board(ELSEWHERE, moment("2026-11-03 12:00")) == []


def test_json_and_xml_deliveries() -> None:
    feed("json-feed", "legacy", "table = t\nnumber = no.a\ntitle = name\namount = sum\n", "json", rows_at="data/items")
    rows = [
        {"t": "a", "no": {"a": 1}, "name": "甲", "sum": 1.10},
        {"t": "a", "no": {"a": 2}, "name": "乙", "sum": None},
    ]
    body = json.dumps({"data": {"items": rows}}).encode()
    assert deliver("json-feed", body, "a.json", rows="2", sums="amount:1.10").state == "read"
    feed("xml-feed", "legacy", "table = @t\nnumber = no\ntitle = to.name\n", "xml", rows_at="All/One")
    xml = b"<All><One t='b'><no>1</no><to><name>\xe7\x94\xb2</name></to></One></All>"
    assert deliver("xml-feed", xml, "a.xml", rows="1", sums="amount:0").state == "read"
    assert sorted(Row.objects.values_list("key", flat=True)) == ["a|1", "a|2", "b|1"]


def test_rows_go_up_by_an_event_for_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[FeedRowsReceived] = []
    monkeypatch.setitem(LANES, "test.rows", (FeedRowsReceived, heard.extend))
    feed()
    done = deliver("post", HEAD + parcel("EX1") + parcel("EX2"))
    deliver("post", b"nothing")
    worker.drain()
    assert heard == [FeedRowsReceived("nanchong", "parcels", done.pk)]
    rows = queries.taken_up(done.pk)
    assert [(row["key"], row["version"]) for row in rows] == [("EX1", 1), ("EX2", 1)]
    assert "sealed" in rows[0]["sender"]


def test_a_feed_out_of_use_takes_nothing_and_a_new_schedule_holds_from_now_on() -> None:
    one = feed()
    said = {"title": "邮政", "every": "1", "unit": "hour", "grace_minutes": "10", "active": "yes"}
    with standing_at(moment("2026-11-04 07:30")):
        assert actions.amend(OFFICE, one.pk, said).feed is not None
        assert actions.amend(ELSEWHERE, one.pk, said).feed is None
    assert colour("2026-11-04 08:09") == ("amber", "due")
    assert colour("2026-11-04 08:10") == ("red", "late")
    actions.amend(OFFICE, one.pk, {**said, "active": "no"})
    assert queries.board(OFFICE, moment("2026-11-05 08:00")) == []
    assert actions.receive(OFFICE, "post", b"x", "x.csv", channel="page").finding is not None


@pytest.mark.rule("R-1408")
def test_what_is_shared_says_that_rows_came_and_not_what_they_say() -> None:
    feed("old", "legacy", LEGACY)
    deliver("old", "编号,标题,金额\n1,甲,10\n", rows="1", sums="amount:10")
    (row,) = queries.shared({"zone": ["nanchong"], "kind": ["legacy"]}, 10)
    assert row == {
        "feed": "old",
        "kind": "legacy",
        "key": "orders|1",
        "version": 1,
        "subject": "",
        "received_on": "2026-11-03",
    }
    assert queries.shared({"zone": ["meishan"]}, 10) == []


def test_every_kind_comes_with_titles_a_key_and_a_mapping_that_can_be_written() -> None:
    for kind in kinds().values():
        assert kind.title_zh and kind.title_en and kind.about and kind.about_en
        text = "\n".join(f"{one.name} = {one.title}" for one in kind.fields)
        assert mappings.read(text, kind.fields)[1] == []
    with pytest.raises(ValueError, match="bad"):
        FeedKind("bad", "x", "x", "x", "x", kinds()["parcels"].fields, key=("sender",))


@pytest.mark.rule("R-906")
def test_a_parcel_of_two_feeds_counts_once_with_the_evidence() -> None:
    feed()
    feed("express")
    deliver("post", HEAD + parcel("EX1") + parcel("EX2"))
    done = deliver("express", HEAD + parcel("EX1", sender="另一种写法") + parcel("EX3"))
    assert queries.parcels("nanchong") == {"rows": 3, "listed": 0, "counted": 3}
    assert [(one.way, one.evidence) for one in done.duplicates.all()] == [
        ("feed", {"feed": "post", "waybill_no": "EX1"})
    ]


def test_messages_of_the_customs_format_are_read_by_their_own_names() -> None:
    sheet = readers.read(CEB, "a.xml", "xml", {"LogisticsHead.logisticsNo": True}, "CEB511Message/Logistics")
    assert sheet.sound
    assert sheet.rows == [{"LogisticsHead.logisticsNo": "W1"}]
