"""Signing in: second factor, lockout, sessions that end, cookies (R-1402, quality §8)."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib.auth.hashers import get_hasher
from django.core.cache import cache
from django.test import Client

from gongfu.base.access.actions import add_person
from gongfu.base.access.actor import OPERATOR
from gongfu.base.access.sessions import SEEN, STARTED
from house.tree import ROOT

pytestmark = [pytest.mark.feature("access.security"), pytest.mark.rule("R-1402"), pytest.mark.django_db]
PASSWORD = "right-Horse-7-battery"
ACTIVATE, AUTHENTICATE = "/accounts/2fa/totp/activate/", "/accounts/2fa/authenticate/"


@pytest.fixture(autouse=True)
def people() -> None:
    cache.clear()
    for name, role in (
        ("customs-1", "officer.customs"),
        ("security-1", "platform.security_admin"),
        ("firm-1", "firm.operator"),
    ):
        code = "91511300MA6DEM014G" if role.startswith("firm") else ""
        add_person(OPERATOR, name, PASSWORD, role=role, title=name, zone="nanchong", party_code=code)


def signed_in(name: str, password: str = PASSWORD) -> tuple[Client, Any]:
    http = Client()
    return http, http.post("/accounts/login/", {"login": name, "password": password})


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def enrolled(http: Client) -> str:
    """Set the second factor up, the password confirmed once more; gives its secret."""
    assert http.get(ACTIVATE)["Location"].startswith("/accounts/reauthenticate/")
    http.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = http.get(ACTIVATE).content.decode()
    secret = re.search(r"data-secret>(\w+)<", page)
    assert secret, page
    answer = http.post(ACTIVATE, {"code": code_of(secret[1])})
    assert answer.status_code == 302, answer.content.decode()
    return secret[1]


@pytest.mark.parametrize(
    ("name", "home"),
    [("customs-1", "/bureau/today"), ("security-1", "/admin/controls")],
    ids=["officer", "administrator"],
)
def test_officers_and_administrators_need_a_second_factor(settings: Any, name: str, home: str) -> None:
    settings.DEMO = False
    http, answer = signed_in(name)
    for path in (home, "/desk/", "/"):
        assert http.get(path)["Location"] == ACTIVATE
    secret = enrolled(http)
    codes = re.findall(r"<li>(\d+)</li>", http.get("/accounts/2fa/recovery-codes/").content.decode())
    assert len(codes) == 10
    assert http.get(home).status_code == 200
    kept = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in kept, "the secret lies enciphered"
    assert "不能关闭" in http.get("/accounts/2fa/totp/deactivate/").content.decode()
    http.post("/accounts/2fa/totp/deactivate/")
    assert Authenticator.objects.filter(type="totp").count() == 1, "an officer cannot switch it off"
    again, answer = signed_in(name)
    assert answer["Location"].startswith(AUTHENTICATE)
    assert again.get(home)["Location"].startswith("/accounts/login/"), "the password alone opens nothing"
    assert again.post(AUTHENTICATE, {"code": "000000"}).status_code == 200
    again.post(AUTHENTICATE, {"code": codes[0]})
    assert again.get(home).status_code == 200
    third, _ = signed_in(name)
    third.post(AUTHENTICATE, {"code": codes[0]})
    assert third.get(home).status_code == 302, "a recovery code works once"


def test_codes_are_locked_after_five_wrong_ones(settings: Any) -> None:
    settings.DEMO = False
    secret = enrolled(signed_in("customs-1")[0])
    cache.clear()
    http, _ = signed_in("customs-1")
    for _ in range(5):
        http.post(AUTHENTICATE, {"code": "000000"})
    http.post(AUTHENTICATE, {"code": code_of(secret)})
    assert http.get("/bureau/today").status_code == 302


def test_firms_may_and_the_demonstration_need_not(settings: Any) -> None:
    http, _ = signed_in("customs-1")
    assert http.get("/bureau/today").status_code == 200
    assert "演示环境不强制" in http.get("/accounts/2fa/").content.decode()
    settings.DEMO = False
    firm, _ = signed_in("firm-1")
    assert firm.get("/enterprise/messages").status_code == 200
    enrolled(firm)
    firm.post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.filter(type="totp").exists()


def told(answer: Any) -> list[str]:
    return re.findall(r"<li>(.*?)</li>", answer.content.decode())


def test_five_wrong_in_fifteen_minutes_lock_known_and_unknown_names_alike() -> None:
    said = {}
    for name in ("customs-1", "nobody-here"):
        said[name] = [told(signed_in(name, "wrong")[1]) for _ in range(6)]
    assert said["customs-1"] == said["nobody-here"]
    assert said["customs-1"][4] != said["customs-1"][5], "the sixth is refused for being too many"
    http, answer = signed_in("customs-1")
    assert answer.status_code == 200
    assert told(answer) == said["customs-1"][5], "the right password too"
    assert http.get("/bureau/today").status_code == 302
    assert signed_in("firm-1")[1].status_code == 302, "others are not locked"


def test_known_and_unknown_names_take_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Duration is hashing: as often for a wrong password as for a name that does not exist."""
    made: list[int] = []
    hasher = type(get_hasher())
    real = hasher.encode

    def counted(self: Any, *told: Any, **more: Any) -> str:
        made.append(1)
        return str(real(self, *told, **more))

    monkeypatch.setattr(hasher, "encode", counted)
    work = []
    for name in ("customs-1", "nobody-here"):
        made.clear()
        signed_in(name, "wrong")
        work.append(sum(made))
    assert work[0] == work[1] > 0


@pytest.mark.parametrize(
    ("started_ago", "seen_ago", "over"),
    [(0, 0, False), (3600, 1799, False), (3600, 1801, True), (43_199, 0, False), (43_201, 0, True)],
)
def test_an_officers_session_ends_idle_and_in_the_end(started_ago: int, seen_ago: int, over: bool) -> None:
    http, _ = signed_in("customs-1")
    assert http.get("/bureau/today").status_code == 200
    session, now = http.session, int(time.time())
    session[STARTED], session[SEEN] = now - started_ago, now - seen_ago
    session.save()
    assert (http.get("/bureau/today").status_code == 302) is over
    assert (http.get("/bureau/today").status_code == 302) is over, "and stays ended"


def test_a_firms_session_is_not_cut_after_half_an_hour() -> None:
    http, _ = signed_in("firm-1")
    session = http.session
    session[STARTED] = session[SEEN] = int(time.time()) - 7200
    session.save()
    assert http.get("/enterprise/messages").status_code == 200


NAMES = (
    "SESSION_COOKIE_NAME",
    "CSRF_COOKIE_NAME",
    "SESSION_COOKIE_SECURE",
    "SESSION_COOKIE_HTTPONLY",
    "SECURE_HSTS_SECONDS",
)


def test_cookies_are_bound_to_the_host_when_served_by_https() -> None:
    script = f"import json; from gongfu.config import settings as s; print(json.dumps([getattr(s, name) for name in {NAMES!r}]))"
    asked = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        cwd=ROOT,
        env={**os.environ, "GONGFU_HTTPS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    session, csrf, secure, httponly, hsts = json.loads(asked.stdout)
    assert session.startswith("__Host-")
    assert csrf.startswith("__Host-")
    assert secure
    assert httponly
    assert hsts >= 365 * 24 * 3600
