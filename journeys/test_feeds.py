"""Feeds end to end: a partner's key delivers and looks up, files in the watched folder, the command, and the invariants after it all."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from gongfu.base.access.actions import add_client
from gongfu.base.access.actor import OPERATOR, WORKER
from gongfu.base.events import worker
from gongfu.config import feeds
from gongfu.config.invariants import violations
from gongfu.modules.feeds import actions, taking
from gongfu.modules.feeds.models import Delivery, Row
from gongfu.modules.feeds.tests.told import DAILY, HEAD, PARCELS, parcel
from gongfu.peers.firms import firms
from gongfu.zones.plan import Plan
from house.crowd import at_once

pytestmark = pytest.mark.feature("intake.feeds")
JSON = "site = site\nrecord = kind\nnumber = no\ncode = code\ntitle = title\nchanged_on = day\n"


class Partner:
    """A firm's system with a token, and a feed of its own."""

    def __init__(self, zone: Plan, *, environment: str = "live", number: int = 0) -> None:
        self.http, self.code = Client(), firms(zone)["platform"][number].code
        made = add_client(OPERATOR, self.code, zone.code, environment=environment)
        form = {"grant_type": "client_credentials", "client_id": made.client_id, "client_secret": made.client_secret}
        self.token = json.loads(self.http.post("/gateway/v1/token", form).content)["access_token"]

    def post(self, path: str, data: bytes, kind: str = "text/csv", **headers: str) -> tuple[int, dict[str, Any]]:
        head = {"Authorization": f"Bearer {self.token}", **headers}
        answer = self.http.post(f"/gateway/v1/feeds/{path}", data, content_type=kind, headers=head)
        return answer.status_code, json.loads(answer.content)

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        answer = self.http.get(f"/gateway/v1/feeds/{path}", headers={"Authorization": f"Bearer {self.token}"})
        return answer.status_code, json.loads(answer.content)


def registered(zone: Plan, code: str, owner: str, **more: str) -> None:
    raw = {
        "code": code,
        "kind": "parcels",
        "title": "快递",
        "party_code": owner,
        "form": "csv",
        "mapping": PARCELS,
        **DAILY,
        **more,
    }
    done = actions.register(OPERATOR, raw, zone=zone.code)
    assert done.feed is not None, done.findings


def test_a_partner_delivers_with_its_own_key_and_the_same_bytes_get_the_same_answer(zone: Plan) -> None:
    partner, stranger = Partner(zone), Partner(zone, number=1)
    registered(zone, "express", partner.code)
    body = (HEAD + parcel("EX1") + parcel("EX2", amount="x")).encode()
    status, first = partner.post("express", body)
    assert status == 202
    assert partner.post("express", gzip.compress(body), **{"Content-Encoding": "gzip"}) == (202, first)
    worker.drain()
    assert partner.post("express", body) == (202, first)
    status, state = partner.get(f"express/deliveries/{first['id']}")
    assert (status, state["state"], state["accepted"], state["refused"]) == (200, "read", 1, 1)
    assert [one["code"] for one in state["findings"]] == ["FEED-ROWS-REFUSED", "FIELD-NUMBER"]
    assert stranger.post("express", body)[0] == 404
    assert stranger.get(f"express/deliveries/{first['id']}")[0] == 404
    assert Delivery.objects.count() == 1
    assert violations() == {name: [] for name in violations()}


def test_a_sandbox_key_is_told_what_is_wrong_and_nothing_is_kept(zone: Plan) -> None:
    partner = Partner(zone, environment="sandbox")
    registered(zone, "express", partner.code)
    status, told = partner.post("express", (HEAD + parcel(amount="x")).encode())
    assert (status, told["id"], [one["code"] for one in told["findings"]]) == (202, "", ["FIELD-NUMBER"])
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    ("kind", "body", "query", "status"),
    [
        ("text/html", b"x", "", 415),
        ("text/csv", b"a" * (10 * 1024 * 1024 + 1), "", 413),
        ("text/csv", b"a,b\n1,2\n", "?rows=many", 422),
        ("text/csv", b"a,b\n1,2\n", "?sums=secret:1", 422),
        ("text/csv", b"a,b\n1,2\n", "?rows=" + "9" * 30, 422),
    ],
)
def test_what_cannot_be_taken_is_told_at_once(zone: Plan, kind: str, body: bytes, query: str, status: int) -> None:
    partner = Partner(zone)
    registered(zone, "express", partner.code)
    answer, told = partner.post(f"express{query}", body, kind)
    assert (answer, bool(told["code"])) == (status, True)
    assert not Delivery.objects.exists()


def test_files_of_the_watched_folder_and_of_the_command(zone: Plan, settings: Any, tmp_path: Path) -> None:
    partner = Partner(zone)
    registered(zone, "records", partner.code, kind="neighbours", form="json", mapping=JSON)
    rows = [
        {"site": "成都", "kind": "备案", "no": str(number), "code": partner.code, "title": "甲", "day": "2026-11-02"}
        for number in (1, 2)
    ]
    folder = settings.WATCH_FOLDER / zone.code / "feeds" / "records"
    folder.mkdir(parents=True)
    (folder / "one.json").write_text(json.dumps(rows[:1]))
    (folder / "later.json").write_text(json.dumps(rows))
    os.utime(folder / "one.json", (1, 1))
    os.utime(folder / "later.json", (4e9, 4e9))
    assert feeds.watch() == 1, "what is still being written waits"
    worker.drain()
    assert Row.objects.count() == 1
    assert (folder / "done" / "one.json").exists()
    done = feeds.deliver(folder / "later.json", "records", "")
    assert (done["state"], done["accepted"], done["repeated"], done["again"]) == ("read", 1, 1, False)
    assert feeds.deliver(folder / "later.json", "records", zone.code)["again"]
    assert [one["colour"] for one in feeds.standings(None)] == ["green"]
    for path, code in ((folder / "none.json", "records"), (folder / "later.json", "nobody")):
        with pytest.raises(ValueError, match="not there|there is no"):
            feeds.deliver(path, code, "")
    assert violations() == {name: [] for name in violations()}


def test_a_file_for_nobody_is_set_aside(zone: Plan, settings: Any) -> None:
    folder = settings.WATCH_FOLDER / zone.code / "feeds" / "nobody"
    folder.mkdir(parents=True)
    (folder / "x.csv").write_text("a")
    os.utime(folder / "x.csv", (1, 1))
    assert feeds.watch() == 1
    assert (folder / "refused" / "x.csv").exists()
    assert feeds.watch() == 0


def test_the_same_bytes_from_many_connections_are_one_delivery_read_once(zone: Plan) -> None:
    registered(zone, "express", firms(zone)["platform"][0].code)
    body, numbers = (HEAD + parcel("EX1") + parcel("EX2")).encode(), list[int]()

    def send(_: int) -> None:
        taken = actions.receive(OPERATOR, "express", body, "a.csv", channel="api", zone=zone.code)
        assert taken.delivery is not None
        numbers.append(taken.delivery.pk)
        taking.take_up(WORKER, taken.delivery.pk)

    assert at_once(send, range(8)) == []
    assert len(set(numbers)) == Delivery.objects.count() == 1
    assert (Row.objects.count(), Delivery.objects.get().accepted) == (2, 2)
    assert violations() == {name: [] for name in violations()}
