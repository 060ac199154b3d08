"""Snapshots: signed, taken over once, never from a stranger, never for another's zone."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from gongfu.base.access.actor import OPERATOR, WORKER
from gongfu.base.events import schedule
from gongfu.base.kit import clock
from gongfu.base.partners import actions, keys, queries
from gongfu.base.partners.models import Partner, Snapshot, Taken
from house.crowd import comes_true

pytestmark = [pytest.mark.feature("parties.filing"), pytest.mark.rule("R-707"), pytest.mark.django_db]
LAST = date(2099, 12, 31)


@pytest.fixture
def partner(settings: Any) -> Partner:
    """A partner that signs with the same key as we do."""
    settings.SITE = "other-site"
    return actions.add_partner(
        OPERATOR,
        "other-site",
        title="伙伴",
        url="http://127.0.0.1:1",
        public_key=keys.public_key(),
        zones=["mianyang"],
        until=LAST,
    ).partner


def page(**more: Any) -> list[dict[str, Any]]:
    body = {"kind": "party", "key": "91510700MA6DEM014Q", "version": 1, "home": "other-site", "zone": "mianyang", "code": "91510700MA6DEM014Q", "name": "某公司", "name_en": "", "kinds": ["agent"],
            "customs_code": "", "dxp_id": "", "filed_on": "2026-01-01", "confirmed_on": None, "revoked_on": None, **more}  # fmt: skip
    text = json.dumps(body, ensure_ascii=False)
    return [
        {
            "kind": "party",
            "key": body["code"],
            "version": body["version"],
            "body": text,
            "signature": keys.sign(text.encode()),
        }
    ]


def outcome(told: list[dict[str, Any]]) -> list[str]:
    return list(actions.take_over(WORKER, "other-site", told, "1-1").outcomes)


def test_a_snapshot_is_applied_once(partner: Partner) -> None:
    assert outcome(page()) == ["applied"]
    assert outcome(page()) == ["again"]
    assert outcome(page(name="另一个")) == ["conflict"]
    assert Taken.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [({"zone": "nanchong"}, "not-home"), ({"home": "third-site"}, "bad-content"), ({"key": "k"}, "bad-content")],
)
def test_a_partner_speaks_for_its_own_zones_only(partner: Partner, change: dict[str, str], said: str) -> None:
    assert outcome(page(**change)) == [said]


def test_an_altered_snapshot_is_refused_and_kept(partner: Partner) -> None:
    told = page()
    told[0]["body"] = told[0]["body"].replace("某公司", "他公司")
    assert outcome(told) == ["bad-signature"]
    assert Taken.objects.get().outcome == "bad-signature"


def test_an_older_version_never_undoes_a_newer(partner: Partner) -> None:
    assert outcome(page(version=3)) == ["applied"]
    assert outcome(page(version=2, revoked_on="2026-02-02")) == ["older"]


def test_pages_go_on_where_the_last_one_ended() -> None:
    for number in range(5):
        actions.publish("demo", f"k{number}", 1, {"zone": "nanchong"})
        actions.publish("demo", f"k{number}", 1, {"zone": "nanchong"})
    assert Snapshot.objects.count() == 5
    with pytest.raises(ValueError, match="cursor"):
        actions.snapshots_after("0; DROP", "x")


@pytest.mark.django_db(transaction=True)
def test_what_is_meant_for_one_partner_reaches_no_other() -> None:
    actions.publish("demo", "all", 1, {"zone": "nanchong"})
    actions.publish("demo", "one", 1, {"zone": "nanchong"}, audience="a-site")
    assert shown("a-site", ["all", "one"])
    assert shown("b-site", ["all"])


def shown(partner: str, keys: list[str]) -> bool:
    """Whether the partner comes to see just these; snapshots wait for transactions open anywhere in the server, such as another test's."""
    return comes_true(lambda: [one["key"] for one in actions.snapshots_after("", partner)[0]] == keys)


def test_strangers_and_old_requests_get_one_answer(client: Client, partner: Partner) -> None:
    now = clock.now()
    path, stamp = "/exchange/v1/snapshots?after=0-0", str(int(now.timestamp()))
    sound = {
        "X-Partner": "other-site",
        "X-Time": stamp,
        "X-Signature": keys.sign(keys.request_bytes("GET", path, stamp)),
    }
    assert client.get(path, headers=sound).status_code == 200
    assert client.get(path + "0", headers=sound).status_code == 401
    old = str(int((now - timedelta(seconds=301)).timestamp()))
    for spoiled in ({**sound, "X-Partner": "nobody"}, {**sound, "X-Time": old}, {**sound, "X-Signature": "AAAA"}, {}):
        answer = client.get(path, headers=spoiled)
        assert (answer.status_code, answer.json()["code"]) == (401, "AUTH-PARTNER")
    Partner.objects.update(until=date(2020, 1, 1))
    assert client.get(path, headers=sound).status_code == 401


@pytest.mark.parametrize("url", ["http://example.org", "ftp://127.0.0.1", "file:///etc/passwd"])
def test_a_partner_is_reached_safely_or_not_at_all(url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        actions.add_partner(OPERATOR, "x", title="x", url=url, public_key=keys.public_key(), zones=[], until=LAST)


@budget(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(code=st.text(max_size=50), time=st.text(max_size=20), signature=st.text(max_size=100))
def test_whatever_is_claimed_a_request_without_the_key_is_nobodys(
    partner: Partner, code: str, time: str, signature: str
) -> None:
    assert queries.asked_by(code, time, signature, "GET", "/", b"", clock.now()) is None


def test_the_clock_asks_partners_often_enough_for_five_minutes(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A withdrawal signed at the partner shows here within five minutes, with nobody asking by hand and one failed try between."""
    asked_at, start = [], clock.now()
    waiting = [page(version=2, revoked_on="2026-02-02")]
    assert outcome(page()) == ["applied"]

    def answer(one: Partner, cursor: str) -> dict[str, Any]:
        asked_at.append(clock.now())
        if len(asked_at) == 1:
            raise OSError("no way there")
        return {"snapshots": waiting.pop() if waiting else [], "next": "2-1"}

    monkeypatch.setattr(actions, "_asked", answer)
    monkeypatch.setattr(schedule, "RECURRING", {"partners.pull": schedule.RECURRING["partners.pull"]})
    for seconds in range(0, 300, 5):
        with clock.standing_at(start + timedelta(seconds=seconds)):
            schedule.strike(clock.now())
    shown = Taken.objects.get(version=2)
    assert shown.outcome == "applied"
    assert asked_at[1] - start <= timedelta(minutes=5)
    assert len(asked_at) >= 8, "also with a longer outage it is asked again and again"
    assert Partner.objects.get(code="other-site").error == ""
