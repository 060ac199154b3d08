"""Requests drawn from the interface's own description: whatever comes, it answers as described and never with a 5xx."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongfu.base.access.actions import add_client
from gongfu.base.access.actor import OPERATOR
from gongfu.config.wsgi import application
from gongfu.peers.firms import firms
from gongfu.zones.plan import Plan


@pytest.fixture
def token(zone: Plan) -> str:
    """A sandbox key's token."""
    made = add_client(OPERATOR, firms(zone)["platform"][0].code, zone.code, environment="sandbox")
    form = {"grant_type": "client_credentials", "client_id": made.client_id, "client_secret": made.client_secret}
    return str(json.loads(Client().post("/gateway/v1/token", form).content)["access_token"])


pytestmark = [pytest.mark.feature("gateway.developers"), pytest.mark.django_db(transaction=True)]
BASE = "/gateway/v1"
OPERATIONS = [
    (f"{BASE}/messages", "POST"),
    (f"{BASE}/messages/{{number}}", "GET"),
    (f"{BASE}/receipts", "GET"),
    (f"{BASE}/conformance", "POST"),
    (f"{BASE}/conformance/{{number}}", "GET"),
    (f"{BASE}/certified", "GET"),
    (f"{BASE}/webhooks", "GET"),
    (f"{BASE}/webhooks", "POST"),
    (f"{BASE}/webhooks/{{number}}", "DELETE"),
    (f"{BASE}/webhooks/{{number}}/rotate", "POST"),
    (f"{BASE}/deliveries", "GET"),
    (f"{BASE}/deliveries/{{number}}/resend", "POST"),
    (f"{BASE}/feeds/{{code}}", "POST"),
    (f"{BASE}/feeds/{{code}}/deliveries/{{number}}", "GET"),
]
VERSION = f"{BASE}/standards/{{code}}/{{version}}"
OPEN = [
    (f"{BASE}/standards", "GET"),
    (f"{BASE}/standards/code-lists/{{name}}", "GET"),
    (VERSION, "GET"),
    (f"{VERSION}/{{kind}}", "GET"),
    (f"{VERSION}/{{kind}}/schema", "GET"),
    (f"{VERSION}/{{kind}}/samples", "GET"),
    (f"{VERSION}/{{kind}}/samples/{{name}}", "GET"),
]


@cache
def described() -> Any:
    """The interface's own description, read once."""
    return schemathesis.openapi.from_wsgi(f"{BASE}/openapi.json", application)


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_a_stranger_asks_is_answered_with_a_problem(path: str, method: str, data: st.DataObject) -> None:
    answer = data.draw(described()[path][method].as_strategy()).call()
    assert 400 <= answer.status_code < 500
    assert json.loads(answer.content)["code"]


@pytest.mark.parametrize(("path", "method"), OPEN)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_is_asked_of_the_register_is_answered(path: str, method: str, data: st.DataObject) -> None:
    answer = data.draw(described()[path][method].as_strategy()).call()
    assert answer.status_code == 200 or json.loads(answer.content)["code"]
    assert answer.status_code < 500


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_a_known_client_asks_is_answered_as_described(
    token: str, path: str, method: str, data: st.DataObject
) -> None:
    case = data.draw(described()[path][method].as_strategy())
    answer = case.call(headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code < 500
    assert str(answer.status_code) in described()[path][method].definition.raw["responses"]
