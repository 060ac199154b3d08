"""The 179 interface: customs asks for an order's payment data; the platform's own signed originals go to customs, every request is logged."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import BadStatusLine
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.test import Client

from gongfu.base.access.actor import OPERATOR, WORKER, Actor, of_person
from gongfu.base.access.models import Person
from gongfu.base.events.schedule import RECURRING
from gongfu.base.kit import clock
from gongfu.base.notices.models import Notice
from gongfu.core.ceb.certificates import SigningKey, load_certificate, make_certificate, make_key
from gongfu.core.ceb.realtime import fingerprint
from gongfu.modules.trade import links, realtime, uploads
from gongfu.modules.trade.models import Order, Payment, RealtimeKey, RealtimeRequest
from gongfu.modules.trade.realtime_screens import platforms
from gongfu.zones.plan import Plan
from journeys.test_trade_files import hand_in

pytestmark = [pytest.mark.feature("trade.file"), pytest.mark.rule("R-206")]
OTHER = "91511300MA6DEM022B"


class Customs:
    """customs' end of the line: keeps what was uploaded and answers as it is told."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.code, self.asked = "10000", 0

    def answer(self, body: bytes) -> bytes:
        self.got.append(parse_qs(body.decode())["payExInfoStr"][0])
        return json.dumps({"code": self.code, "message": "上传成功", "total": 0, "serviceTime": 1}).encode()


@pytest.fixture
def customs(settings: Any) -> Iterator[Customs]:
    """A server on this machine in customs' place."""
    told = Customs()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = told.answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_request(self, *args: Any) -> None:
            told.asked += 1

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.REALTIME_URL = f"http://127.0.0.1:{server.server_port}/ceb2grab/grab/realTimeDataUpload"
    yield told
    server.shutdown()
    server.server_close()


def serve(zone: Plan, platform: str, algorithm: str = "rsa", cert_no: str = "CERT-1") -> SigningKey:
    key = make_key(algorithm)
    realtime.register(
        OPERATOR, zone.code, platform, cert_no, key, account="6222-1", item_link="https://shop.invalid/{itemNo}"
    )
    return key


def ask(client: Client, platform: str, **told: Any) -> dict[str, Any]:
    answer = client.post(f"/realtime/v1/{platform}/platDataOpen", {"openReq": json.dumps(told)})
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    while uploads.run_once():
        pass
    return found


def asked(**more: Any) -> dict[str, Any]:
    return {"orderNo": Order.objects.get().order_no, "sessionID": "S-1", "serviceTime": int(time.time() * 1000), **more}


@pytest.mark.parametrize("algorithm", ["rsa", "sm2"])
def test_a_request_is_answered_and_the_signed_originals_go_to_customs(
    zone: Plan, keys: Any, client: Client, customs: Customs, algorithm: str
) -> None:
    hand_in(zone, keys)
    order, payment = Order.objects.get(), Payment.objects.get()
    key = serve(zone, order.ebp_code, algorithm)
    said = ask(client, order.ebp_code, **asked())
    assert (said["code"], said["message"]) == ("10000", "")
    assert said["serviceTime"] > 1_700_000_000_000
    (body,) = customs.got
    sent = json.loads(body)
    head, (line,) = sent["payExchangeInfoHead"], sent["payExchangeInfoLists"]
    assert (head["payTransactionId"], head["totalAmount"] * 100, head["guid"]) == (
        payment.pay_no,
        pytest.approx(payment.paid_fen),
        payment.guid.upper(),
    )
    assert json.loads(head["initalRequest"])["orderNo"] == order.order_no == line["orderNo"]
    assert json.loads(head["initalResponse"])["amountPaid"]
    assert line["goodsInfo"][0]["itemLink"].startswith("https://shop.invalid/")
    raw_head, raw_lists = body.split('"payExchangeInfoHead":')[1].split(',"payExchangeInfoLists":')
    raw_lists = raw_lists.split(',"serviceTime":')[0]
    text = f'"sessionID":"S-1"||"payExchangeInfoHead":"{raw_head}"||"payExchangeInfoLists":"{raw_lists}"||"serviceTime":"{sent["serviceTime"]}"'
    now = datetime.now(UTC)
    public = load_certificate(make_certificate(key, "platform", 1, now - timedelta(1), now + timedelta(1)))
    assert public.verifies(text.encode(), base64.b64decode(sent["signValue"]), "sha256")
    assert not public.verifies(text.replace("S-1", "S-2").encode(), base64.b64decode(sent["signValue"]), "sha256")
    row = RealtimeRequest.objects.get()
    assert (row.state, row.outcome, sent["certNo"]) == ("sent", "10000", "CERT-1")


def test_the_same_session_again_is_answered_the_same_and_sent_once(
    zone: Plan, keys: Any, client: Client, customs: Customs
) -> None:
    hand_in(zone, keys)
    platform = Order.objects.get().ebp_code
    serve(zone, platform)
    assert [ask(client, platform, **asked())["code"] for _ in range(2)] == ["10000", "10000"]
    assert len(customs.got) == RealtimeRequest.objects.count() == 1


def test_a_refused_upload_is_sent_again_when_customs_asks_again(
    zone: Plan, keys: Any, client: Client, customs: Customs
) -> None:
    hand_in(zone, keys)
    platform = Order.objects.get().ebp_code
    serve(zone, platform)
    customs.code = "20000"
    ask(client, platform, **asked())
    assert RealtimeRequest.objects.get().state == "failed"
    customs.code = "10000"
    ask(client, platform, **asked())
    assert RealtimeRequest.objects.get().state == "sent"
    assert len(customs.got) == 2


@pytest.mark.parametrize(("text", "code"), [
    ("", "20001"), ("{", "20001"), ("[]", "20001"), ("[" * 3000, "20001"), ('{"orderNo":"A"}', "20002"), ('{"orderNo":"A","sessionID":"a\\"b","serviceTime":1}', "20002"),
    ('{"orderNo":"A","sessionID":"S","serviceTime":"-1"}', "20002"), ('{"orderNo":"A","sessionID":"S","serviceTime":true}', "20002"),
    ('{"orderNo":7,"sessionID":"S","serviceTime":1}', "20002"), ('{"orderNo":"A","sessionID":"S","serviceTime":1}', "20007"),
])  # fmt: skip
def test_bad_requests_get_their_coded_answers_and_are_logged(db: None, client: Client, text: str, code: str) -> None:
    RealtimeKey.objects.create(
        zone="nanchong",
        ebp_code=OTHER,
        cert_no="C",
        sealed_key=b"",
        ver_dept="3",
        pay_type="4",
        account="1",
        item_link="x",
    )
    answer = client.post(f"/realtime/v1/{OTHER}/platDataOpen", {"openReq": text})
    assert answer.status_code == 200
    assert answer.json()["code"] == code
    assert answer.json()["message"]
    assert RealtimeRequest.objects.get().state == "refused"


@pytest.mark.breaks
def test_unknown_platforms_other_platforms_orders_and_reused_sessions_are_refused(
    zone: Plan, keys: Any, client: Client, customs: Customs
) -> None:
    hand_in(zone, keys)
    order = Order.objects.get()
    assert ask(client, order.ebp_code, **asked())["code"] == "20003"
    serve(zone, order.ebp_code)
    serve(zone, OTHER, cert_no="CERT-2")
    assert ask(client, OTHER, **asked())["code"] == "20004"
    assert ask(client, order.ebp_code, **asked())["code"] == "10000"
    assert ask(client, order.ebp_code, **asked(sessionID="S-2", orderNo="NO-SUCH"))["code"] == "20004"
    Payment.objects.update(withdrawn=True)
    assert ask(client, order.ebp_code, **asked(sessionID="S-2"))["code"] == "20004", "its payment is not known"
    assert ask(client, order.ebp_code, **asked(orderNo="ANOTHER"))["code"] == "20005"
    assert client.get(f"/realtime/v1/{OTHER}/platDataOpen").status_code == 405


def test_the_log_is_the_platforms_own(zone: Plan, keys: Any, client: Client, customs: Customs) -> None:
    hand_in(zone, keys)
    order = Order.objects.get()
    serve(zone, order.ebp_code)
    ask(client, order.ebp_code, **asked())
    person = Person.objects.create(
        username="p", role="firm.viewer", zone=zone.code, party_code=order.ebp_code, title="x"
    )
    client.force_login(person)
    assert "S-1" in client.get("/enterprise/payment-data").content.decode()
    person.party_code = OTHER
    person.save()
    assert "S-1" not in client.get("/enterprise/payment-data").content.decode()


class Silent:
    """customs' end of the line where nobody answers for some of the sessions."""

    def __init__(self, *sessions: str) -> None:
        self.sessions, self.got = set(sessions), list[str]()

    def __call__(self, body: str) -> str:
        session = str(json.loads(body)["sessionID"])
        self.got.append(session)
        if session in self.sessions:
            raise ConnectionError("connection refused")
        return '{"code":"10000","message":"ok"}'


def entered(platform: str, sessions: list[str]) -> None:
    for session in sessions:
        told = realtime.take(WORKER, platform, json.dumps(asked(sessionID=session)))
        assert told.answer["code"] == "10000"


def at_once() -> None:
    """Whatever waits for its next try is due."""
    RealtimeRequest.objects.filter(state="taken").update(next_at=clock.now() - timedelta(seconds=1))
    uploads.run_once()


@pytest.mark.breaks
def test_what_was_sent_is_not_sent_again_when_another_request_fails(zone: Plan, keys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    hand_in(zone, keys)
    platform = Order.objects.get().ebp_code
    serve(zone, platform)
    silent = Silent("S-2")
    monkeypatch.setitem(links.CUSTOMS, "send", silent)
    entered(platform, ["S-1", "S-2", "S-3"])
    uploads.run_once()
    assert sorted(silent.got) == ["S-1", "S-2", "S-3"]
    assert dict(RealtimeRequest.objects.values_list("session_id", "state")) == {"S-1": "sent", "S-2": "taken", "S-3": "sent"}
    for _ in range(3):
        at_once()
    assert sorted(silent.got) == ["S-1", *["S-2"] * 4, "S-3"]


def test_nothing_is_sent_before_its_pause_is_over_and_a_dead_sender_costs_the_lease(zone: Plan, keys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    hand_in(zone, keys)
    platform = Order.objects.get().ebp_code
    serve(zone, platform)
    silent = Silent()
    monkeypatch.setitem(links.CUSTOMS, "send", silent)
    entered(platform, ["S-1"])
    (due,) = uploads._claim()
    assert uploads.run_once() == 0, "claimed by a sender that died"
    at_once()
    assert silent.got == ["S-1"]
    uploads.record(WORKER, due, uploads.Told("20000", "too late", retry=True))
    row = RealtimeRequest.objects.get()
    assert (row.state, row.outcome, row.tries) == ("sent", "10000", 2), "a failure of an older try changes nothing"


def test_five_failed_tries_make_it_failed_with_the_reason_until_it_is_asked_or_sent_again(
    zone: Plan, keys: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(zone, keys)
    order = Order.objects.get()
    serve(zone, order.ebp_code)
    silent = Silent("S-1")
    monkeypatch.setitem(links.CUSTOMS, "send", silent)
    entered(order.ebp_code, ["S-1"])
    for _ in range(5):
        assert RealtimeRequest.objects.get().state == "taken"
        at_once()
    row = RealtimeRequest.objects.get()
    assert (row.state, row.tries, "connection refused" in row.outcome_text) == ("failed", 5, True)
    at_once()
    assert len(silent.got) == 5
    person = Person.objects.create(username="p", role="firm.operator", zone=zone.code, party_code=order.ebp_code, title="x")
    client.force_login(person)
    assert "connection refused" in client.get("/enterprise/payment-data?state=failed").content.decode()
    silent.sessions.clear()
    assert client.post("/enterprise/payment-data", {"do": "resend", "row": [row.pk]}).status_code == 200
    uploads.run_once()
    row.refresh_from_db()
    assert (row.state, row.outcome, row.tries) == ("sent", "10000", 1)
    assert [one.code for one in uploads.resend(of_person(person), row.pk).findings] == ["STATE-RESEND"]
    stranger = Actor("x", "own", frozenset({"realtime.resend"}), (zone.code,), (OTHER,))
    assert [one.code for one in uploads.resend(stranger, row.pk).findings] == ["STATE-RESEND"]
    RealtimeRequest.objects.update(state="failed")
    entered(order.ebp_code, ["S-1"])
    assert (RealtimeRequest.objects.get().state, RealtimeRequest.objects.get().tries) == ("taken", 0)


@pytest.mark.breaks
def test_a_request_whose_originals_cannot_be_put_together_fails_and_holds_up_no_other(zone: Plan, keys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    hand_in(zone, keys)
    platform = Order.objects.get().ebp_code
    serve(zone, platform)
    silent = Silent()
    monkeypatch.setitem(links.CUSTOMS, "send", silent)
    entered(platform, ["S-1", "S-2"])
    real = uploads.signed

    def signing(key: Any, session: str, *rest: Any) -> str:
        if session == "S-1":
            raise ValueError("key")
        return real(key, session, *rest)

    monkeypatch.setattr(uploads, "signed", signing)
    uploads.run_once()
    assert dict(RealtimeRequest.objects.values_list("session_id", "state")) == {"S-1": "failed", "S-2": "sent"}
    assert "ValueError" in RealtimeRequest.objects.get(session_id="S-1").outcome_text


@pytest.mark.parametrize(("hours", "code"), [(-23, "10000"), (23, "10000"), (-25, "20007"), (25, "20007")])
def test_the_time_of_a_request_lies_within_a_day_of_our_clock(zone: Plan, keys: Any, client: Client, customs: Customs, hours: int, code: str) -> None:
    hand_in(zone, keys)
    platform = Order.objects.get().ebp_code
    serve(zone, platform)
    assert ask(client, platform, **asked(serviceTime=int((time.time() + hours * 3600) * 1000)))["code"] == code


def test_late_requests_are_marked_found_and_told_of_once(zone: Plan, keys: Any, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    hand_in(zone, keys)
    platform = Order.objects.get().ebp_code
    serve(zone, platform)
    monkeypatch.setitem(links.CUSTOMS, "send", Silent("S-1"))
    entered(platform, ["S-1", "S-2"])
    uploads.run_once()
    watch, now = RECURRING["trade.realtime"].doing, clock.now()
    Notice.objects.all().delete()
    watch(now + timedelta(minutes=59))
    assert not Notice.objects.exists()
    for minutes in (61, 62):
        watch(now + timedelta(minutes=minutes))
    assert sorted(Notice.objects.values_list("party_code", "permission", "place")) == [
        ("", "realtime.read", "payment-platforms"), (platform, "", "payment-data?late=1"),
    ]  # fmt: skip
    assert all("1 件逾期" in one.title for one in Notice.objects.all())
    RealtimeRequest.objects.filter(session_id="S-1").update(state="failed")
    watch(now)
    assert Notice.objects.filter(party_code=platform, title__contains="上传失败").count() == 1
    person = Person.objects.create(username="p", role="firm.viewer", zone=zone.code, party_code=platform, title="x")
    client.force_login(person)
    page = client.get("/enterprise/payment-data?late=1")
    assert "S-1" not in page.content.decode(), "an hour is not over yet"
    RealtimeRequest.objects.update(due_at=clock.now() - timedelta(minutes=1))
    page = client.get("/enterprise/payment-data?late=1", headers={"Accept-Language": "zh-CN"}).content.decode()
    assert ("S-1" in page, "S-2" in page, "逾期" in page, "晚传" in page) == (True, True, True, True)


def test_the_office_sees_who_is_served_and_can_end_it(zone: Plan, keys: Any, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    hand_in(zone, keys)
    platform = Order.objects.get().ebp_code
    key = serve(zone, platform)
    monkeypatch.setitem(links.CUSTOMS, "send", Silent("S-3"))
    entered(platform, ["S-1", "S-2", "S-3"])
    uploads.run_once()
    RealtimeRequest.objects.filter(session_id__in=["S-2", "S-3"]).update(due_at=clock.now() - timedelta(hours=1))
    old = RealtimeRequest.objects.create(zone=zone.code, ebp_code=platform, session_id="OLD", asked_at=clock.now() - timedelta(days=31), code="10000", state="sent")
    (row,) = RealtimeKey.objects.all()
    office = Person.objects.create(username="o", role="zone.office", zone=zone.code, title="x")
    client.force_login(office)
    page = client.get("/bureau/payment-platforms").content.decode()
    assert (platform in page, fingerprint(key)[:16] in page, row.fingerprint == fingerprint(key)) == (True, True, True)
    told = platforms(of_person(office)).get()
    assert (told.asked, told.answered, told.late, bool(told.name)) == (3, 2, 2, True)
    old.delete()
    assert "look/batch.html" in [one.name for one in client.post("/bureau/payment-platforms", {"do": "end", "row": [row.pk]}).templates]
    row.refresh_from_db()
    assert row.ended_at is None, "it is asked first"
    client.post("/bureau/payment-platforms", {"do": "end", "row": [row.pk], "sure": "1"})
    row.refresh_from_db()
    assert row.ended_at is not None
    assert [one.code for one in realtime.end(OPERATOR, row.pk).findings] == ["STATE-SERVED"]
    assert ask(client, platform, **asked(sessionID="S-9"))["code"] == "20003"
    serve(zone, platform)
    assert ask(client, platform, **asked(sessionID="S-9"))["code"] == "10000"
    elsewhere = Person.objects.create(username="e", role="zone.office", zone="meishan", title="x")
    assert not platforms(of_person(elsewhere)).exists()


@pytest.mark.parametrize("algorithm", ["rsa", "sm2"])
def test_a_key_has_one_fingerprint(algorithm: str) -> None:
    key = make_key(algorithm)
    told = fingerprint(key)
    assert (len(told), fingerprint(SigningKey.load(key.dump()))) == (64, told)
    assert fingerprint(make_key(algorithm)) != told


@pytest.mark.parametrize("fault", [BadStatusLine("?"), OSError("reset"), RuntimeError("odd")])
def test_whatever_goes_wrong_on_the_line_is_tried_again(settings: Any, monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    settings.REALTIME_URL = "https://customs.invalid/"

    def broken(*args: Any, **more: Any) -> Any:
        raise fault

    monkeypatch.setattr(links, "urlopen", broken)
    told = uploads._sent("{}")
    assert (told.code, told.retry, told.sha256) == ("20000", True, "")
    if not isinstance(fault, RuntimeError):
        with pytest.raises(ConnectionError):
            links.to_customs("{}")
    settings.REALTIME_URL = ""
    assert uploads._sent("{}").retry is False, "without an address nothing is tried again"
