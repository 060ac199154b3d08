"""Sign-in with a provincial identity (OpenID Connect), end to end against a provider on this machine."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.http import HttpResponse
from django.test import Client

from gongfu.base.access.actions import add_person
from gongfu.base.access.actor import OPERATOR
from gongfu.base.access.identity import identity_key
from gongfu.base.access.models import Person
from gongfu.base.audit.models import Entry
from gongfu.config.datafolder import identity_providers
from journeys.provider import CLIENT, SECRET, Provider, provider

pytestmark = [pytest.mark.feature("access.security"), pytest.mark.rule("R-1402"), pytest.mark.django_db]
NUMBER, NAME = "513022199001010037", "王小明"
CLAIMS = {"sub": "p-1", "name": NAME, "id_number": NUMBER}
FIRM = "91511300MA6DEM014G"
CONFIGURED = """
[province]
name = "省统一身份认证"
server_url = "{address}"
client_id = "{client}"
secret = "{secret}"
"""


@pytest.fixture
def province(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """The provider, configured the way an installation configures it."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with provider() as server:
        (tmp_path / "oidc.toml").write_text(CONFIGURED.format(address=server.address, client=CLIENT, secret=SECRET))
        settings.SOCIALACCOUNT_PROVIDERS = {
            "openid_connect": {"APPS": identity_providers(tmp_path), "OAUTH_PKCE_ENABLED": True}
        }
        server.claims = dict(CLAIMS)
        yield server


def followed(location: str) -> str:
    """Where the provider sends the browser back to."""
    parts = urlsplit(location)
    asked = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=10)
    asked.request("GET", f"{parts.path}?{parts.query}")
    return asked.getresponse().headers["Location"]


def sign_in(client: Client) -> HttpResponse:
    there = client.post("/accounts/oidc/province/login/")
    assert there.status_code == 302, there.content.decode()
    back = urlsplit(followed(there["Location"]))
    return client.get(f"{back.path}?{back.query}")  # type: ignore[return-value]


def test_a_person_known_by_identity_signs_in_with_the_own_role(province: Provider) -> None:
    add_person(OPERATOR, "w", "x-long-Pass-77", role="firm.operator", title="王", zone="nanchong", party_code=FIRM, identity=identity_key(NUMBER, NAME))  # fmt: skip
    browser = Client()
    assert "省统一身份认证" in browser.get("/accounts/login/").content.decode()
    assert sign_in(browser)["Location"] == "/desk/"
    assert browser.get("/enterprise/messages").status_code == 200
    assert browser.get("/bureau/today").status_code == 403
    again = Client()
    assert sign_in(again)["Location"] == "/desk/", "known by the account from now on"
    assert list(SocialAccount.objects.values_list("extra_data", flat=True)) == [{}], "claims are not kept (I12)"


@pytest.mark.parametrize(
    "claims",
    [{}, {"id_number": "", "name": NAME}, {"id_number": NUMBER, "name": "李四"}, {"id_number": "110101199003070011"}],
    ids=["unknown", "no number", "other name", "other number"],
)
def test_a_stranger_gets_no_role_and_is_told_so(province: Provider, claims: dict[str, str]) -> None:
    if claims:
        add_person(OPERATOR, "w", "x-long-Pass-77", role="firm.operator", title="王", zone="nanchong", party_code=FIRM, identity=identity_key(NUMBER, NAME))  # fmt: skip
    province.claims.update(claims)
    browser, people = Client(), Person.objects.count()
    answer = sign_in(browser)
    assert answer.status_code == 403
    assert "没有给你开通角色" in answer.content.decode()
    assert NUMBER not in answer.content.decode()
    assert browser.get("/enterprise/messages").status_code == 302
    assert (Person.objects.count(), SocialAccount.objects.count()) == (people, 0)
    assert Entry.objects.filter(verb="access.stranger").count() == 1


def test_one_identity_with_two_accounts_is_not_guessed(province: Provider) -> None:
    for name in ("w1", "w2"):
        add_person(OPERATOR, name, "x-long-Pass-77", role="firm.operator", title="王", zone="nanchong", party_code=FIRM, identity=identity_key(NUMBER, NAME))  # fmt: skip
    assert sign_in(Client()).status_code == 403


def test_an_officer_still_needs_the_second_factor(province: Provider, settings: Any) -> None:
    settings.DEMO = False
    add_person(OPERATOR, "c", "x-long-Pass-77", role="officer.customs", title="王", zone="nanchong", identity=identity_key(NUMBER, NAME))  # fmt: skip
    browser = Client()
    sign_in(browser)
    assert browser.get("/bureau/today")["Location"] == "/accounts/2fa/totp/activate/"


def test_a_switched_off_person_stays_out(province: Provider) -> None:
    add_person(OPERATOR, "w", "x-long-Pass-77", role="firm.operator", title="王", zone="nanchong", party_code=FIRM, identity=identity_key(NUMBER, NAME))  # fmt: skip
    sign_in(Client())
    Person.objects.update(is_active=False)
    browser = Client()
    sign_in(browser)
    assert browser.get("/enterprise/messages").status_code == 302


def test_a_forged_answer_signs_nobody_in(province: Provider) -> None:
    """A code that the provider did not give, or a state that is not ours."""
    browser = Client()
    browser.post("/accounts/oidc/province/login/")
    answer = browser.get("/accounts/oidc/province/login/callback/?code=made-up&state=made-up")
    assert answer.status_code in (200, 401, 403)
    assert "登录没有成功" in answer.content.decode()
    assert browser.get("/enterprise/messages").status_code == 302


def test_an_installation_without_a_provider_has_none(tmp_path: Path) -> None:
    assert identity_providers(tmp_path) == []
    assert Client().get("/accounts/login/").status_code == 200
