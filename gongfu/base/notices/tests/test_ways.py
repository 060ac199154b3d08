"""Notices on ways outside the platform: own addresses kept enciphered, what goes out and what became of it, switching off."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.core import mail
from django.db.models import F
from django.test import Client

from gongfu.base.access.actions import add_person
from gongfu.base.access.actor import OPERATOR, Actor, of_person
from gongfu.base.access.models import Person
from gongfu.base.notices import channels, sending, ways
from gongfu.base.notices.actions import tell
from gongfu.base.notices.models import Dispatch, Way

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.feature("cases.hall")]
FIRM, WORD = "91511300MA6DEM014G", "a-long-pass-word-1"
MOBILE = "13812345678"


@pytest.fixture
def person() -> Any:
    add_person(OPERATOR, "firm-1", WORD, role="firm.operator", title="经办", zone="nanchong", party_code=FIRM)
    return Person.objects.get(username="firm-1")


def doing(person: Any) -> Actor:
    return of_person(person)


def told(firm: str = FIRM, **more: str) -> None:
    tell(zone="nanchong", party_code=firm, title="事项 AJ1：已办结", title_en="Case AJ1: closed", place="cases/1", **more)


class Gateway(BaseHTTPRequestHandler):
    """A text-message gateway: it answers with the next status of `answers` and keeps what it was given."""

    answers: list[int] = []
    got: list[tuple[str, dict[str, str]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((self.headers["Authorization"], json.loads(body)))
        self.send_response(self.answers.pop(0) if self.answers else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""
        return


@pytest.fixture
def gateway(settings: Any) -> Iterator[type[Gateway]]:
    Gateway.answers, Gateway.got = [], []
    server = HTTPServer(("127.0.0.1", 0), Gateway)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.HOOKS_ALLOW_LOOPBACK = True
    settings.NOTICE_GATEWAYS = {"sms": (f"http://127.0.0.1:{server.server_port}/send", "token-1")}
    yield Gateway
    server.shutdown()
    server.server_close()


def test_without_anything_behind_a_way_the_notice_is_kept_as_it_would_go_out(person: Any) -> None:
    assert ways.set_ways(doing(person), person, {"sms": MOBILE}, ["sms"], "zh").findings == []
    told()
    assert sending.run_once() == 1
    sent = Dispatch.objects.get()
    assert (sent.state, sent.error, sent.sent_at is not None) == ("shown", "", True)
    assert sent.text == "【南充跨境电商公服平台】事项 AJ1：已办结。请登录平台查看。"


def test_an_address_is_kept_enciphered_and_shown_masked(person: Any) -> None:
    ways.set_ways(doing(person), person, {"sms": MOBILE, "mail": "lin@example.com"}, ["sms", "mail"], "zh")
    rows = {row.channel: row for row in Way.objects.all()}
    assert {code: row.shown for code, row in rows.items()} == {"sms": "138****5678", "mail": "l****@example.com"}
    assert all(MOBILE.encode() not in bytes(row.sealed) for row in rows.values())


def test_a_gateway_gets_the_text_and_a_refusal_is_tried_again_later(person: Any, gateway: type[Gateway]) -> None:
    ways.set_ways(doing(person), person, {"sms": MOBILE}, ["sms"], "en")
    told()
    gateway.answers = [503, 200]
    assert sending.run_once() == 1
    row = Dispatch.objects.get()
    assert (row.state, row.error, row.tries) == ("pending", "HTTP 503", 1)
    assert sending.run_once() == 0, "not before its time"
    Dispatch.objects.update(next_at=F("at"))
    assert sending.run_once() == 1
    assert Dispatch.objects.get().state == "sent"
    assert gateway.got == [("Bearer token-1", {"to": MOBILE, "text": "[Gongfu Nanchong] Case AJ1: closed. Sign in to see it."})] * 2


def test_after_the_last_try_it_is_set_aside_with_its_reason(person: Any, gateway: type[Gateway]) -> None:
    ways.set_ways(doing(person), person, {"sms": MOBILE}, ["sms"], "zh")
    told()
    gateway.answers = [500] * 20
    for _ in range(20):
        Dispatch.objects.update(next_at=F("at") - timedelta(days=1))
        sending.run_once()
    row = Dispatch.objects.get()
    assert (row.state, row.error) == ("dead", "HTTP 500")
    assert row.tries == len(gateway.got) < 20


def test_mail_goes_out_by_the_mail_server(person: Any, settings: Any) -> None:
    settings.EMAIL_HOST, settings.DEFAULT_FROM_EMAIL, settings.SITE = "mail.test", "gongfu@example.com", "https://gongfu.example"
    ways.set_ways(doing(person), person, {"mail": "lin@example.com"}, ["mail"], "zh")
    told()
    sending.run_once()
    assert [(one.to, one.from_email) for one in mail.outbox] == [(["lin@example.com"], "gongfu@example.com")]
    assert mail.outbox[0].body.endswith("https://gongfu.example/desk/")


def test_notices_reach_the_firms_own_people_and_the_desk_that_it_waits_for(person: Any) -> None:
    add_person(OPERATOR, "other-1", WORD, role="firm.operator", title="别家", zone="nanchong", party_code="91510700MA6DEM014Q")
    for name, role, zone in (("customs-1", "officer.customs", "nanchong"), ("customs-2", "officer.customs", "meishan")):
        add_person(OPERATOR, name, WORD, role=role, title="海关", zone=zone)
    for row in Person.objects.all():
        ways.set_ways(doing(row), row, {"mail": f"{row.username}@example.com"}, ["mail"], "zh")
    told()
    told(firm="", permission="goods.review")
    assert sorted(Dispatch.objects.values_list("way__person__username", flat=True)) == ["customs-1", "firm-1"]


def test_a_way_switched_off_carries_nothing_more_not_even_what_waited(person: Any, gateway: type[Gateway]) -> None:
    ways.set_ways(doing(person), person, {"sms": MOBILE}, ["sms"], "zh")
    told()
    ways.set_ways(doing(person), person, {}, [], "zh")
    told()
    assert sending.run_once() == 0
    assert list(Dispatch.objects.values_list("state", flat=True)) == ["off"]
    ways.set_ways(doing(person), person, {"sms": ""}, ["sms"], "zh")
    assert Way.objects.get().on, "the address was kept"


@pytest.mark.parametrize(("raw", "on", "field"), [
    ({"mail": "not an address"}, ["mail"], "mail"), ({"sms": "12"}, ["sms"], "sms"), ({}, ["wechat"], "wechat"), ({"sms": "1\u202e38"}, [], "sms"),
])  # fmt: skip
def test_a_faulty_address_or_none_changes_nothing(person: Any, raw: dict[str, str], on: list[str], field: str) -> None:
    assert [one.field for one in ways.set_ways(doing(person), person, raw, on, "zh").findings] == [field]
    assert not Way.objects.exists()


def test_the_page_sets_tries_and_shows_what_went_out(person: Any) -> None:
    http = Client(headers={"Accept-Language": "zh-CN"})
    assert http.login(username="firm-1", password=WORD)
    assert http.post("/enterprise/notices/ways", {"on": "sms", "sms": "abc", "language": "zh"}).status_code == 422
    assert http.post("/enterprise/notices/ways", {"on": "sms", "sms": MOBILE, "language": "zh"}).status_code == 302
    assert http.post("/enterprise/notices/ways", {"try": "1"}).status_code == 302
    sending.run_once()
    page = http.get("/enterprise/notices/ways").content.decode()
    assert "这是一条试发的通知" in page
    assert "未接通道，仅供查看" in page
    assert "138****5678" in page
    assert MOBILE not in page


def test_trials_are_limited_and_real_notices_are_not(person: Any) -> None:
    ways.set_ways(doing(person), person, {"sms": MOBILE}, ["sms"], "zh")
    done = [ways.try_ways(doing(person), person).findings for _ in range(ways.TRIALS_A_DAY + 1)]
    assert [one.code for said in done for one in said] == ["LIMIT-TRIALS"]
    told()
    assert Dispatch.objects.filter(notice=None).count() == ways.TRIALS_A_DAY
    assert Dispatch.objects.exclude(notice=None).count() == 1


def test_what_is_longer_than_a_way_takes_is_cut() -> None:
    sms = channels.CHANNELS["sms"]
    assert len(channels.written(sms, "zh", "南充", "很长" * 200, "")) == sms.longest
