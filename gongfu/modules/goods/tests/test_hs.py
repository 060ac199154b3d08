"""Codes found by words in both languages, by digits, and whatever is typed; the pages that show them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongfu.base.access.actor import WORKER
from gongfu.base.access.models import Person
from gongfu.modules.goods import actions, hs
from gongfu.modules.goods.models import Product
from gongfu.modules.goods.tests.test_filing import CHANGE, CODE, OTHER, filed, handed_in

pytestmark = [pytest.mark.feature("goods.filing"), pytest.mark.django_db]


@pytest.fixture(scope="module")
def index(django_db_setup: None, django_db_blocker: Any) -> Any:
    """The codes, filled once for this file."""
    with django_db_blocker.unblock():
        actions.load_codes(WORKER)
        yield
        connection.cursor().execute("TRUNCATE goods_hsentry, goods_hsedition")


def client(role: str = "firm.operator", code: str = CODE) -> Client:
    person = Person.objects.create(
        pk=10_000 + Person.objects.count(), username=role, role=role, zone="nanchong", party_code=code
    )
    http = Client()
    http.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return http


@pytest.mark.parametrize(
    ("words", "heading"),
    [
        ("面膜", "3304"), ("婴幼儿配方奶粉", "1901"), ("葡萄酒", "2204"), ("红酒", "2204"), ("手机", "8517"), ("笔记本电脑", "8471"), ("巧克力", "1806"), ("咖啡豆", "0901"),
        ("纸尿裤", "9619"), ("milk powder", "0402"), ("wine", "2204"), ("chocolate", "1806"), ("toothbrushes", "9603"), ("茶", "0902"),
    ],
)  # fmt: skip
def test_words_of_either_language_find_the_heading(index: None, words: str, heading: str) -> None:
    assert heading in [one.hs8[:4] for one in hs.find(words, 8)]


def test_digits_find_codes_by_their_beginning_and_every_code_is_there(index: None) -> None:
    assert {one.hs8[:4] for one in hs.find("3304")} == {"3304"}
    assert [one.hs8 for one in hs.find("3304.99 00 39")] == ["33049900"]
    assert hs.find("99999999") == []
    assert actions.load_codes(WORKER).fresh is False
    assert actions.load_codes(WORKER).entries == 8957


def test_the_code_offered_is_the_usual_one(index: None) -> None:
    milk = hs.one("04012000")
    assert milk is not None
    assert milk.offered == "0401200000" and milk.filings > 0 and milk.unit1 == "035"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60))
def test_whatever_is_typed_is_answered(index: None, text: str) -> None:
    assert len(hs.find(text, 5)) <= 5


def test_suggestions_as_json_and_as_a_list_for_the_form(index: None) -> None:
    http = client()
    told = json.loads(http.get("/enterprise/hs/suggest", {"q": "面膜"}).content)
    assert told["codes"][0]["hs8"].startswith("33") and len(told["codes"]) <= 8
    answer = http.get(
        "/enterprise/hs/suggest", {"field": "hs_code", "hs_code": "巧克力"}, headers={"HX-Request": "true"}
    )
    assert 'data-fill="f-hs_code"' in answer.content.decode()
    none = http.get("/enterprise/hs/suggest", {"field": "hs_code", "hs_code": "<>"}, headers={"HX-Request": "true"})
    assert "没有找到" in none.content.decode()
    assert Client().get("/enterprise/hs/suggest").status_code == 302


def test_pages_ask_few_queries_and_keep_to_their_reach(index: None) -> None:
    product = filed()
    handed_in(CHANGE.code, name="全脂纯牛奶")
    firm, officer = client(), client("officer.customs", "")
    stranger = client("firm.viewer", OTHER)
    for http, portal in ((firm, "enterprise"), (officer, "bureau")):
        for path in ("goods", f"goods/{product.pk}", "hs", "hs?q=面膜"):
            with CaptureQueriesContext(connection) as asked:
                assert http.get(f"/{portal}/{path}").status_code == 200
            assert len(asked) <= 15, (path, [one["sql"][:100] for one in asked])
    assert "全脂纯牛奶" in firm.get(f"/enterprise/goods/{product.pk}").content.decode()
    assert stranger.get(f"/enterprise/goods/{product.pk}").status_code == 404
    form = firm.get(f"/enterprise/cases/new/goods.change?about={product.pk}").content.decode()
    assert 'value="MILK-1"' in form and 'hx-get="/enterprise/hs/suggest' in form
    assert firm.get("/enterprise/cases/new/goods.change?about=x").status_code == 200


def test_officers_approve_and_revoke_rows_of_the_list() -> None:
    (case, _), filed_before = handed_in(), filed(item_no="MILK-2")
    officer, row = client("officer.customs", ""), str(filed_before.pk)
    waiting = Product.objects.get(case_id=case.pk)
    assert officer.post("/bureau/goods", {"do": "approve", "row": str(waiting.pk)}).status_code == 200
    asked = officer.post("/bureau/goods", {"do": "revoke", "row": row}).content.decode()
    assert "不能恢复" in asked
    officer.post("/bureau/goods", {"do": "revoke", "row": row, "sure": "1"})
    assert dict(Product.objects.values_list("item_no", "state")) == {"MILK-1": "valid", "MILK-2": "revoked"}
