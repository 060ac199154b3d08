"""The 179 interface: customs asks for an order's payment data; the platform's own signed originals go to customs, every request is logged."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.test import Client

from gongfu.base.access.actor import OPERATOR
from gongfu.base.access.models import Person
from gongfu.base.events import worker
from gongfu.core.ceb.certificates import SigningKey, load_certificate, make_certificate, make_key
from gongfu.modules.trade import realtime
from gongfu.modules.trade.models import Order, Payment, RealtimeKey, RealtimeRequest
from gongfu.zones.plan import Plan
from journeys.test_trade_files import hand_in

pytestmark = [pytest.mark.feature("trade.file")]
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
    worker.drain()
    return found


def asked(**more: Any) -> dict[str, Any]:
    return {"orderNo": Order.objects.get().order_no, "sessionID": "S-1", "serviceTime": 1764300000000, **more}


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
    ('{"orderNo":7,"sessionID":"S","serviceTime":1}', "20002"), ('{"orderNo":"A","sessionID":"S","serviceTime":1}', "20004"),
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
    Order.objects.update(order_no="ANOTHER")
    Payment.objects.update(order_no="ANOTHER")
    assert ask(client, order.ebp_code, **asked())["code"] == "20005"
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
