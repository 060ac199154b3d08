"""Webhooks from a decided message to the receiver's own check: signed, retried, logged, resent, never in the way."""

from __future__ import annotations

import importlib.util
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now

from gongfu.base.events.models import Work
from gongfu.base.hooks import transport, worker
from gongfu.base.hooks.models import Attempt, Delivery, Endpoint
from gongfu.base.hooks.rules import ANSWER_BYTES, PAUSES_SECONDS
from gongfu.config import exchange
from gongfu.config.invariants import violations
from gongfu.portals.gateway import samples
from gongfu.zones.plan import Plan
from journeys.test_developers import Newcomer
from journeys.test_gateway import Machine, orders, problem

pytestmark = pytest.mark.feature("gateway.developers")
ROOT = Path(__file__).resolve().parents[1]
EVENTS = ("receipt.ready", "message.decided")


def load_client() -> Any:
    spec = importlib.util.spec_from_file_location("gongfu_client", ROOT / "clients" / "python" / "gongfu_client.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


client = load_client()


class Receiver:
    """A firm's own small server: keeps what comes, answers as told."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((dict(self.headers), body))
                status, headers, text = receiver.answers.pop(0) if receiver.answers else (204, {}, b"")
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *told: Any) -> None:
                del told

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.HOOKS_ALLOW_LOOPBACK = True
    made = Receiver()
    yield made
    made.server.shutdown()


def hook(machine: Any, url: str, events: tuple[str, ...] = EVENTS) -> dict[str, str]:
    asked = json.dumps({"url": url, "events": list(events)}).encode()
    told = machine.ask("POST", "webhooks", asked, "application/json")
    assert told.status_code == 201, told.content
    return told.json()


def make_due() -> None:
    Delivery.objects.filter(state="pending").update(next_at=Now() - timedelta(seconds=1))


def test_a_live_message_is_told_signed_and_without_personal_data(
    zone: Plan, keys: Any, receiver: Receiver, tmp_path: Path
) -> None:
    newcomer = Newcomer(zone, "live")
    made = hook(newcomer, receiver.url)
    data = orders(zone, keys)
    taken = newcomer.ask("POST", "messages", data).json()
    exchange.settle(tmp_path)
    assert Delivery.objects.count() == 2
    assert worker.run_once() == 2
    assert worker.run_once() == 0
    events = {}
    for headers, body in receiver.got:
        told = client.verify(made["secret"], headers, body)
        events[told["type"]] = told["data"]
    assert events["message.decided"] == {
        "message_id": taken["id"], "guid": events["message.decided"]["guid"], "type": "CEB311Message", "state": "accepted", "documents": 3, "sound": 3,
    }  # fmt: skip
    assert {name: events["receipt.ready"][name] for name in ("message_id", "receipt_type", "receipts")} == {
        "message_id": taken["id"],
        "receipt_type": "CEB312Message",
        "receipts": 3,
    }
    log = newcomer.ask("GET", "deliveries").json()
    assert [(one["state"], one["tries"], one["status"], len(one["attempts"])) for one in log] == [
        ("delivered", 1, 204, 1)
    ] * 2
    assert not Work.objects.exists()
    assert {name: found for name, found in violations().items() if found} == {}


def test_nobody_is_told_what_is_not_theirs(zone: Plan, keys: Any, receiver: Receiver, tmp_path: Path) -> None:
    stranger, sandbox = Newcomer(zone, "live", kind="payment"), Newcomer(zone, "sandbox")
    hook(stranger, receiver.url)
    hook(sandbox, receiver.url)
    Machine(zone).post(orders(zone, keys))
    exchange.settle(tmp_path)
    assert Delivery.objects.count() == 0
    sandbox.ask("POST", "messages", samples.samples("CEB311Message")[0].data)
    assert sorted(Delivery.objects.values_list("event", "party_code")) == sorted(
        (event, sandbox.firm.code) for event in EVENTS
    )
    number = Delivery.objects.first().uid
    assert stranger.ask("GET", "deliveries").json() == []
    problem(stranger.ask("POST", f"deliveries/{number}/resend", b"", "application/json"), 404, "STATE-HOOK-UNKNOWN")


def test_what_fails_is_tried_eight_times_more_and_then_set_aside_until_it_is_resent(
    zone: Plan, receiver: Receiver
) -> None:
    newcomer = Newcomer(zone)
    made = hook(newcomer, receiver.url, ("message.decided",))
    newcomer.ask("POST", "messages", samples.samples("CEB411Message")[0].data)
    receiver.answers = [(500, {}, b"")] * 9
    pauses = []
    for _ in range(9):
        make_due()
        assert worker.run_once() == 1
        with connection.cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM next_at - now())::int, state FROM hooks_delivery")
            pauses.append(cursor.fetchone())
    assert [state for _, state in pauses] == ["pending"] * 8 + ["dead"]
    assert all(abs(seconds - wanted) <= 5 for (seconds, _), wanted in zip(pauses, PAUSES_SECONDS, strict=False))
    assert worker.run_once() == 0
    row = newcomer.ask("GET", "deliveries").json()[0]
    assert (row["state"], row["tries"], row["error"], len(row["attempts"])) == ("dead", 9, "HTTP 500", 9)
    assert newcomer.ask("POST", f"deliveries/{row['id']}/resend", b"", "application/json").json() == {"id": row["id"]}
    assert worker.run_once() == 1
    assert Delivery.objects.get().state == "delivered"
    assert {headers["webhook-id"] for headers, _ in receiver.got} == {row["id"]}, "one id, however often it is sent"
    assert len({body for _, body in receiver.got}) == 1
    assert client.verify(made["secret"], *receiver.got[-1])["type"] == "message.decided"


def test_the_receivers_check_refuses_replays_and_forgeries(zone: Plan, receiver: Receiver) -> None:
    newcomer = Newcomer(zone)
    made = hook(newcomer, receiver.url, ("message.decided",))
    newcomer.ask("POST", "messages", samples.samples("CEB411Message")[0].data)
    worker.run_once()
    headers, body = receiver.got[0]
    seen: set[str] = set()
    assert client.verify(made["secret"], headers, body, seen)
    seen.add(headers["webhook-id"])
    with pytest.raises(client.Refused, match="replayed"):
        client.verify(made["secret"], headers, body, seen)
    stamp = int(headers["webhook-timestamp"])
    assert client.verify(made["secret"], headers, body, now=stamp + 299)
    for late in (301, -301):
        with pytest.raises(client.Refused, match="too old"):
            client.verify(made["secret"], headers, body, now=stamp + late)
    for changed, content in (
        ({"webhook-id": "msg_other"}, body), ({"webhook-timestamp": str(stamp + 1)}, body), ({}, body.replace(b"accepted", b"refused")),
        ({"webhook-signature": ""}, body), ({"webhook-signature": "v1,AAAA"}, body), ({"webhook-id": ""}, body), ({"webhook-timestamp": "now"}, body),
    ):  # fmt: skip
        with pytest.raises(client.Refused):
            client.verify(made["secret"], {**headers, **changed}, content, now=stamp)
    with pytest.raises(client.Refused):
        client.verify("whsec_" + "A" * 43 + "=", headers, body)


def test_a_rotated_secret_overlaps_with_the_old_one_for_a_day(zone: Plan, receiver: Receiver) -> None:
    newcomer = Newcomer(zone)
    made = hook(newcomer, receiver.url, ("message.decided",))
    fresh = newcomer.ask("POST", f"webhooks/{made['id']}/rotate", b"", "application/json").json()
    assert fresh["secret"] != made["secret"]
    newcomer.ask("POST", "messages", samples.samples("CEB411Message")[0].data)
    worker.run_once()
    for secret in (made["secret"], fresh["secret"]):
        assert client.verify(secret, *receiver.got[0])
    Endpoint.objects.update(previous_until=Now() - timedelta(seconds=1))
    newcomer.ask("POST", f"deliveries/{Delivery.objects.get().uid}/resend", b"", "application/json")
    worker.run_once()
    assert client.verify(fresh["secret"], *receiver.got[1])
    with pytest.raises(client.Refused):
        client.verify(made["secret"], *receiver.got[1])
    stored = bytes(Endpoint.objects.get().secret)
    assert fresh["secret"].encode() not in stored


def test_redirects_are_not_followed_long_answers_are_cut_and_410_ends_the_address(
    zone: Plan, receiver: Receiver
) -> None:
    newcomer = Newcomer(zone)
    hook(newcomer, receiver.url, ("message.decided",))
    for kind in ("CEB411Message", "CEB311Message", "CEB511Message"):
        newcomer.ask("POST", "messages", samples.samples(kind)[0].data)
    Delivery.objects.update(next_at=Now() + timedelta(hours=1))
    first, second, third = Delivery.objects.order_by("pk")
    for row, answer, wanted in (
        (first, (302, {"Location": receiver.url}, b""), (302, "redirect", "pending")),
        (second, (200, {}, b"x" * 10 * ANSWER_BYTES), (200, "", "delivered")),
        (third, (410, {}, b""), (410, "HTTP 410", "dead")),
    ):
        Delivery.objects.filter(pk=row.pk).update(next_at=Now() - timedelta(seconds=1))
        receiver.answers = [answer]
        assert worker.run_once() == 1
        row.refresh_from_db()
        assert (row.status, row.error, row.state) == wanted
    assert len(receiver.got) == 3
    assert Endpoint.objects.get().state == "removed"
    assert Delivery.objects.get(pk=first.pk).state == "dead", "nothing more goes to an address that is gone"


def test_addresses_are_checked_when_registered_and_again_when_sent_to(
    zone: Plan, receiver: Receiver, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    newcomer = Newcomer(zone)
    settings.HOOKS_ALLOW_LOOPBACK = False
    for url, code in (
        (receiver.url, "LIMIT-HOOK-URL"), ("https://127.0.0.1/", "LIMIT-HOOK-ADDRESS"), ("https://localhost/", "LIMIT-HOOK-ADDRESS"), ("https://10.0.0.1/", "LIMIT-HOOK-ADDRESS"),
        ("https://169.254.169.254/latest", "LIMIT-HOOK-ADDRESS"), ("https://[::1]/", "LIMIT-HOOK-ADDRESS"), ("https://[::ffff:10.0.0.1]/", "LIMIT-HOOK-ADDRESS"),
    ):  # fmt: skip
        asked = json.dumps({"url": url, "events": ["receipt.ready"]}).encode()
        problem(newcomer.ask("POST", "webhooks", asked, "application/json"), 422, code)
    asked = json.dumps({"url": "https://8.8.8.8/", "events": ["everything"]}).encode()
    problem(newcomer.ask("POST", "webhooks", asked, "application/json"), 422, "LIMIT-HOOK-EVENT")
    monkeypatch.setattr(transport, "addresses_of", lambda host, port: ["8.8.8.8"])
    hook(newcomer, "https://erp.example.com/", ("message.decided",))
    newcomer.ask("POST", "messages", samples.samples("CEB411Message")[0].data)
    monkeypatch.setattr(transport, "addresses_of", lambda host, port: ["127.0.0.1"])
    worker.run_once()
    assert Attempt.objects.get().error == "LIMIT-HOOK-ADDRESS", (
        "a name that has moved to an inner address is not followed"
    )
    assert receiver.got == []


def test_a_firm_has_at_most_ten_addresses_and_removes_its_own(zone: Plan, receiver: Receiver) -> None:
    newcomer, live = Newcomer(zone), Newcomer(zone, "live", kind="payment")
    made = [hook(newcomer, receiver.url) for _ in range(10)]
    asked = json.dumps({"url": receiver.url, "events": list(EVENTS)}).encode()
    problem(newcomer.ask("POST", "webhooks", asked, "application/json"), 422, "LIMIT-HOOK-COUNT")
    problem(live.ask("DELETE", f"webhooks/{made[0]['id']}"), 404, "STATE-HOOK-UNKNOWN")
    assert newcomer.ask("DELETE", f"webhooks/{made[0]['id']}").json() == {"id": made[0]["id"]}
    assert len(newcomer.ask("GET", "webhooks").json()) == 9
    problem(
        newcomer.ask("POST", f"webhooks/{made[0]['id']}/rotate", b"", "application/json"), 404, "STATE-HOOK-UNKNOWN"
    )


def test_the_page_shows_a_secret_once_and_the_log(zone: Plan, receiver: Receiver) -> None:
    newcomer = Newcomer(zone)
    told = newcomer.do(do="hook", environment="sandbox", url=receiver.url, events=list(EVENTS))
    assert "whsec_" in told
    newcomer.ask("POST", "messages", samples.samples("CEB411Message")[0].data)
    worker.run_once()
    page = newcomer.page.get("/enterprise/developer").content.decode()
    assert "whsec_" not in page
    row = Delivery.objects.first()
    assert row.uid in page
    assert "whsec_" in newcomer.do(do="rotate", id=row.endpoint.uid)
    newcomer.do(do="resend", id=row.uid)
    row.refresh_from_db()
    assert row.state == "pending"
    newcomer.do(do="remove", id=row.endpoint.uid)
    row.refresh_from_db()
    assert row.state == "dead"


def test_a_sender_that_dies_costs_a_pause_and_no_notice(
    zone: Plan, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    newcomer = Newcomer(zone)
    hook(newcomer, receiver.url, ("message.decided",))
    newcomer.ask("POST", "messages", samples.samples("CEB411Message")[0].data)

    def die(name: str) -> None:
        if name == "hooks.sent":
            raise RuntimeError(name)

    with monkeypatch.context() as patched:
        patched.setattr(worker, "crash_point", die)
        with pytest.raises(RuntimeError):
            worker.run_once()
    assert worker.run_once() == 0, "another sender leaves it alone for the time of the lease"
    make_due()
    assert worker.run_once() == 1
    assert [headers["webhook-id"] for headers, _ in receiver.got] == [Delivery.objects.get().uid] * 2
    assert (Delivery.objects.get().state, Delivery.objects.get().tries) == ("delivered", 2)


def test_a_busy_address_keeps_nobody_else_waiting(zone: Plan, receiver: Receiver) -> None:
    busy, quiet = Newcomer(zone), Newcomer(zone, kind="payment")
    for machine in (busy, quiet):
        hook(machine, receiver.url, ("message.decided",))
    kinds = ("CEB311Message", "CEB411Message", "CEB511Message", "CEB621Message", "CEB303Message", "CEB603Message")
    for kind in kinds:
        busy.ask("POST", "messages", samples.samples(kind)[0].data)
    quiet.ask("POST", "messages", samples.samples("CEB411Message")[0].data)
    assert worker.run_once() == worker.PER_ENDPOINT + 1
    assert Delivery.objects.get(party_code=quiet.firm.code).state == "delivered"


def test_an_answer_that_never_ends_is_cut(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The peer writes a byte of its status line now and then, so that no single read ever times out."""
    listener, stop = socket.create_server(("127.0.0.1", 0)), threading.Event()
    monkeypatch.setattr(transport, "SEND_SECONDS", 0.4)

    def drip() -> None:
        peer, _ = listener.accept()
        with peer, suppress(OSError):
            while not stop.wait(0.05):
                peer.sendall(b"H")

    threading.Thread(target=drip, daemon=True).start()
    told = transport.post(f"http://127.0.0.1:{listener.getsockname()[1]}/", b"{}", {}, loopback=True)
    stop.set()
    listener.close()
    assert told.status is None
    assert told.error


def test_notices_are_only_written_down_by_the_main_path(
    zone: Plan, keys: Any, receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taking, deciding and answering messages send nothing: that is the sender's, a process of its own."""
    newcomer = Newcomer(zone, "live")
    hook(newcomer, receiver.url)
    monkeypatch.setattr(worker, "post", lambda *asked, **more: pytest.fail("sent on the main path"))
    taken = newcomer.ask("POST", "messages", orders(zone, keys)).json()
    exchange.settle(tmp_path)
    assert newcomer.ask("GET", f"messages/{taken['id']}").json()["state"] == "accepted"
    assert (Delivery.objects.filter(state="pending").count(), receiver.got) == (2, [])
