"""The machine interface: tokens, messages, receipts, and a clear problem for everything else."""

from __future__ import annotations

import gzip
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from lxml import etree

from gongfu.base.access.actions import add_client
from gongfu.base.access.actor import OPERATOR
from gongfu.base.kit.beijing import BEIJING
from gongfu.config import exchange
from gongfu.config.house import all_cards
from gongfu.config.processes import until
from gongfu.core.ceb import dxp, sign
from gongfu.core.rule import registry
from gongfu.modules.intake.models import Message, Receipt
from gongfu.peers.day import day, message, units
from gongfu.peers.firms import firms
from gongfu.portals.gateway import clients
from gongfu.portals.gateway.api import api
from gongfu.portals.gateway.limits import Limiter
from gongfu.zones.plan import Plan

pytestmark = [pytest.mark.feature("intake.messages"), pytest.mark.feature("gateway.developers")]


class Machine:
    """A firm's system with its token."""

    def __init__(self, zone: Plan, kind: str = "platform", number: int = 0) -> None:
        self.http = Client()
        self.firm = firms(zone)[kind][number]
        made = add_client(OPERATOR, self.firm.code, zone.code)
        answer = self.http.post(
            "/gateway/v1/token",
            {"grant_type": "client_credentials", "client_id": made.client_id, "client_secret": made.client_secret},
        )
        self.token = json.loads(answer.content)["access_token"]

    def post(self, data: bytes, content_type: str = "application/xml", **headers: str) -> Any:
        return self.http.post(
            "/gateway/v1/messages",
            data,
            content_type=content_type,
            headers={"Authorization": f"Bearer {self.token}", **headers},
        )

    def get(self, path: str, **headers: str) -> Any:
        return self.http.get(f"/gateway/v1/{path}", headers={"Authorization": f"Bearer {self.token}", **headers})


def orders(zone: Plan, keys: Any, seed: int = 1, count: int = 3) -> bytes:
    """A signed message of orders of the zone's first platform."""
    from random import Random

    platform = firms(zone)["platform"][0]
    picked = [
        unit
        for unit in units(zone, 60, seed, datetime.now(BEIJING).date(), faulty=False)
        if unit.platform == platform and "CEB311Message" in unit.heads
    ]
    return message("CEB311Message", platform, picked[:count], keys, Random(seed))


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(answer.content)
    assert (answer.status_code, answer["Content-Type"], told["code"]) == (status, "application/problem+json", code)
    assert told["request_id"]
    assert told["remedy"]
    assert "Traceback" not in answer.content.decode()
    return told


def test_a_message_is_taken_answered_and_its_receipts_fetched_in_order(zone: Plan, keys: Any, tmp_path: Path) -> None:
    machine = Machine(zone)
    data = orders(zone, keys)
    answer = machine.post(data)
    told = answer.json()
    assert (answer.status_code, set(told)) == (202, {"id", "sha256", "received_at"})
    assert machine.post(data).json() == told, "the same bytes again: the same answer"
    assert machine.post(gzip.compress(data), **{"Content-Encoding": "gzip"}).json() == told
    exchange.settle(tmp_path)
    state = machine.get(f"messages/{told['id']}").json()
    assert (state["state"], state["documents"], state["sound"], len(state["receipts"])) == ("accepted", 3, 3, 3)
    assert until(lambda: len(machine.get("receipts").json()["receipts"]) == 1, 30)
    page = machine.get("receipts").json()
    assert page["receipts"][0]["type"] == "CEB312Message"
    assert page["receipts"][0]["xml"].count("<ceb:OrderReturn>") == 3
    assert machine.get(f"receipts?after={page['next']}").json() == {"receipts": [], "next": page["next"]}


def test_an_envelope_is_opened_and_the_message_inside_is_the_same_message(
    zone: Plan, keys: Any, tmp_path: Path
) -> None:
    machine = Machine(zone)
    data = orders(zone, keys)
    wrapped = dxp.wrap(
        data,
        cop_msg_id="1",
        sender_id="DXPENT0000000001",
        receiver_ids=["DXPEDCCEB0000002"],
        created_at="2026-11-24T10:00:00",
        msg_type="CEB311Message",
    )
    assert machine.post(wrapped).status_code == 202
    exchange.settle(tmp_path)
    assert Message.objects.get().type == "CEB311Message"
    problem(machine.post(data), 409, "REPLAY-OTHER-BYTES")


def test_the_same_guid_with_other_bytes_is_a_conflict_and_changes_nothing(zone: Plan, keys: Any) -> None:
    machine = Machine(zone)
    data = orders(zone, keys)
    machine.post(data)
    problem(
        machine.post(data.replace(b"</ceb:note>", b" </ceb:note>") if b"</ceb:note>" in data else data + b"\n"),
        409,
        "REPLAY-OTHER-BYTES",
    )
    assert Message.objects.count() == 1


@pytest.mark.parametrize("guid", ["ß" * 60, "ŉ" * 64, "", " ", "x" * 3000, "&#xDF;" * 36])
def test_whatever_stands_for_a_guid_is_taken_once(guid: str, zone: Plan) -> None:
    machine = Machine(zone)
    data = f'<a guid="{guid}" version="1.0"/>'.encode()
    told = machine.post(data)
    assert told.status_code == 202
    assert machine.post(data).json() == told.json()
    assert Message.objects.count() == 1


def test_a_firm_may_name_itself_by_its_customs_code(zone: Plan, keys: Any, tmp_path: Path) -> None:
    from random import Random

    from gongfu.modules.parties.models import Party

    machine = Machine(zone)
    Party.objects.filter(code=machine.firm.code).update(customs_code="5107960ABC")
    unit = next(
        one
        for one in units(zone, 60, 1, datetime.now(BEIJING).date(), faulty=False)
        if one.platform == machine.firm and not one.export
    )
    clear = message("CEB311Message", machine.firm, [unit], keys, Random(1))
    root = etree.fromstring(clear)
    root.remove(root[-1])
    body = etree.tostring(root).replace(f"<ceb:copCode>{machine.firm.code}".encode(), b"<ceb:copCode>5107960ABC")
    key, certificate, _ = keys.of(machine.firm)
    told = machine.post(sign.sign(body, key, certificate)).json()
    exchange.settle(tmp_path)
    assert (machine.get(f"messages/{told['id']}").json()["state"]) == "accepted"


def routes() -> set[tuple[str, str]]:
    """(method, address) of every route of the interface, and of the two that are beside it."""
    found = {("POST", "/gateway/v1/token"), ("GET", "/gateway/v1/openapi.json")}
    for _, router in api._routers:
        for path, view in router.path_operations.items():
            found |= {(method, f"/gateway/v1{path}") for one in view.operations for method in one.methods}
    return found


BAD = {
    "empty": (b"", 400, "XML-EMPTY"), "blank": (b"  \n ", 400, "XML-EMPTY"), "text": (b"hello", 400, "XML-NOT-XML"),
    "doctype": (b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', 400, "XML-DOCTYPE"), "empty doctype": (b"<!DOCTYPE x><x/>", 400, "XML-DOCTYPE"),
    "utf-16": ('<?xml version="1.0" encoding="UTF-16"?><x/>'.encode("utf-16"), 400, "XML-ENCODING"),
    "latin": (b'<?xml version="1.0" encoding="ISO-8859-1"?><x/>', 400, "XML-ENCODING"), "no root": (b"<", 400, "XML-SYNTAX"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(BAD))
def test_unreadable_bytes_get_a_clear_problem_and_are_kept(name: str, zone: Plan) -> None:
    data, status, code = BAD[name]
    machine = Machine(zone)
    problem(machine.post(data), status, code)
    assert Message.objects.get().state == "refused"
    problem(machine.post(data), status, code)
    assert Message.objects.count() == 1


def test_limits_of_the_request(zone: Plan, settings: Any) -> None:
    machine = Machine(zone)
    problem(machine.post(b"<x>" + b"a" * settings.MESSAGE_MAX_BYTES + b"</x>"), 413, "LIMIT-BODY")
    problem(
        machine.post(
            gzip.compress(b"<x>" + b"a" * settings.MESSAGE_MAX_BYTES + b"</x>"), **{"Content-Encoding": "gzip"}
        ),
        413,
        "LIMIT-BODY",
    )
    problem(machine.post(b"not gzip", **{"Content-Encoding": "gzip"}), 400, "LIMIT-GZIP")
    problem(machine.post(gzip.compress(b"<x/>")[:-6], **{"Content-Encoding": "gzip"}), 400, "LIMIT-GZIP")
    twice = gzip.compress(b"<x/>") + gzip.compress(b"<y/>")
    problem(machine.post(twice, **{"Content-Encoding": "gzip"}), 400, "LIMIT-GZIP")
    problem(machine.post(b"{}", "application/json"), 415, "LIMIT-TYPE")
    for query in (
        "after=x",
        "after=1",
        "page_size=0",
        "page_size=201",
        "page_size=x",
        "after=99999999999999999999999999999999999999999-1",
        "after=99999999999999999999-1",
        "after=٣-٣",
        "after=1-1%0A",
    ):
        problem(machine.get(f"receipts?{query}"), 422, "LIMIT-QUERY")


def test_beyond_the_rate_a_client_is_told_to_wait_and_others_are_not(
    zone: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine, other = Machine(zone), Machine(zone, "payment")
    monkeypatch.setattr(clients, "LIMITER", Limiter(per_minute=60, burst=2))
    assert [machine.get("receipts").status_code for _ in range(2)] == [200, 200]
    with CaptureQueriesContext(connection) as asked:
        answer = machine.get("receipts")
    told = problem(answer, 429, "LIMIT-RATE")
    assert (answer["Retry-After"], told["status"]) == ("1", 429)
    assert not [one["sql"] for one in asked if not one["sql"].startswith("SELECT")], "nothing is written to count"
    assert other.get("receipts").status_code == 200


def test_every_fault_of_authentication_gets_the_same_answer(zone: Plan) -> None:
    http = Client()
    answers = [
        http.get("/gateway/v1/receipts", headers=headers)
        for headers in (
            {},
            {"Authorization": "Bearer x"},
            {"Authorization": "Basic x"},
            {"Authorization": "Bearer " + "x" * 5000},
        )
    ]
    told = [problem(answer, 401, "AUTH-TOKEN") for answer in answers]
    assert len({one["detail"] for one in told}) == 1


@pytest.mark.feature("access.security")
def test_a_firm_sees_its_own_messages_and_no_other(zone: Plan, keys: Any, tmp_path: Path) -> None:
    machine, stranger = Machine(zone), Machine(zone, "payment")
    told = machine.post(orders(zone, keys)).json()
    exchange.settle(tmp_path)
    problem(stranger.get(f"messages/{told['id']}"), 404, "STATE-NOT-FOUND")
    problem(stranger.get("messages/x"), 404, "STATE-NOT-FOUND")
    assert stranger.get("receipts").json()["receipts"] == []
    assert Receipt.objects.filter(party_code=machine.firm.code).count() == 3


def test_another_firms_message_and_a_bad_signature_are_refused_with_the_same_text(
    zone: Plan, keys: Any, tmp_path: Path
) -> None:
    data = orders(zone, keys)
    stranger, own = Machine(zone, "payment"), Machine(zone)
    stranger.post(data)
    own.post(data.replace(b"<ceb:acturalPaid>", b"<ceb:acturalPaid>1", 1))
    exchange.settle(tmp_path)
    told = [message.findings for message in Message.objects.order_by("id")]
    assert [[one["code"] for one in found] for found in told] == [["SIGN-INVALID"], ["SIGN-INVALID"]]
    assert told[0] == told[1]


def test_the_description_names_every_route_and_lists_every_error_in_public(zone: Plan) -> None:
    told = json.loads(Client().get("/gateway/v1/openapi.json").content)
    assert told["openapi"].startswith("3.1")
    described = {(method.upper(), path) for path, methods in told["paths"].items() for method in methods}
    on_cards = {
        (one.method, one.path) for card in all_cards() for one in card.endpoints if one.path.startswith("/gateway/")
    }
    assert described == on_cards == routes()
    page = Client().get("/errors/").content.decode()
    assert all(f'id="{code}"' in page for code in registry())


def test_a_generated_day_through_the_interface_has_no_server_error(zone: Plan, keys: Any, tmp_path: Path) -> None:
    machines = {
        firm.code: Machine(zone, kind, place) for kind, group in firms(zone).items() for place, firm in enumerate(group)
    }
    made = day(zone, 20, 5, datetime.now(BEIJING).date(), keys)
    statuses = [machines[exchange.sender_of(data)].post(data).status_code for _, data in made.messages]
    assert set(statuses) <= {202, 409}
    exchange.settle(tmp_path)
    assert not Message.objects.filter(state="received").exists()


def test_a_file_beyond_the_limit_is_refused_and_not_kept(zone: Plan, tmp_path: Path) -> None:
    path = tmp_path / "big.xml"
    path.write_bytes(b"<a>" + b"x" * 20_000_000 + b"</a>")
    taken = exchange.take(path, zone.code)
    assert taken.finding is not None
    assert (taken.finding.code, taken.id, Message.objects.count()) == ("LIMIT-SIZE", 0, 0)
