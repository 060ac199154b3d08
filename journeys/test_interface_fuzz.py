"""Requests drawn from the interface's own description: whatever comes, it answers as described and never with a 5xx."""

from __future__ import annotations

import json

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongfu.config.wsgi import application

pytestmark = [pytest.mark.feature("gateway.developers"), pytest.mark.django_db(transaction=True)]
OPERATIONS = [
    ("/gateway/v1/messages", "POST"),
    ("/gateway/v1/messages/{number}", "GET"),
    ("/gateway/v1/receipts", "GET"),
]


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_a_stranger_asks_is_answered_with_a_problem(path: str, method: str, data: st.DataObject) -> None:
    described = schemathesis.openapi.from_wsgi("/gateway/v1/openapi.json", application)
    answer = data.draw(described[path][method].as_strategy()).call()
    assert 400 <= answer.status_code < 500
    assert json.loads(answer.content)["code"]
