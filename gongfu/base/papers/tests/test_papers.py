"""Papers: made once a version, genuine byte for byte, overtaken and withdrawn with their subject; one changed byte is found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from gongfu.base.access.actions import add_person
from gongfu.base.access.actor import OPERATOR, Actor
from gongfu.base.papers import kinds
from gongfu.base.papers.kinds import SUPERSEDED, VALID, WITHDRAWN, Content, PaperKind
from gongfu.base.papers.models import Paper

pytestmark = [pytest.mark.django_db, pytest.mark.feature("parties.filing")]
FIRM, WORD = "91511300MA6DEM014G", "a-long-pass-word-1"
NOW: dict[str, Any] = {}


def content(actor: Actor, key: str) -> Content | None:
    own = key in actor.party_codes and NOW["standing"] != WITHDRAWN
    return Content("nanchong", key, NOW["version"], (("企业", "甲公司"), ("代码", key))) if own else None


def standing(key: str, version: int) -> str:
    return SUPERSEDED if NOW["standing"] == VALID and version != NOW["version"] else str(NOW["standing"])


@pytest.fixture(autouse=True)
def demo_kind() -> Iterator[None]:
    NOW.update(version=1, standing=VALID)
    kinds.EXTRA["demo.paper"] = PaperKind("demo.paper", "演示证明", "Demonstration", "cases.read", content, standing)
    yield
    kinds.EXTRA.clear()


@pytest.fixture
def firm() -> Client:
    add_person(OPERATOR, "firm-1", WORD, role="firm.operator", title="经办", zone="nanchong", party_code=FIRM)
    http = Client(headers={"Accept-Language": "zh-CN"})
    assert http.login(username="firm-1", password=WORD)
    return http


def pdf(http: Client, key: str = FIRM) -> bytes:
    answer = http.get(f"/enterprise/papers/demo.paper/{key}")
    assert answer["Content-Type"] == "application/pdf"
    return bytes(answer.content)


def verdict(path: str, file: bytes = b"") -> str:
    page = Client().post(path, {"file": SimpleUploadedFile("x.pdf", file)}) if file else Client().get(path)
    found = re.search(r'data-verdict="(\w+)"', page.content.decode())
    return found[1] if found else ""


def test_a_paper_is_made_once_a_version_and_always_the_same_bytes(firm: Client) -> None:
    first = pdf(firm)
    assert pdf(firm) == first
    assert Paper.objects.count() == 1
    NOW["version"] = 2
    assert pdf(firm) != first
    assert Paper.objects.count() == 2


def test_a_check_says_genuine_altered_overtaken_or_withdrawn(firm: Client) -> None:
    data = pdf(firm)
    number = Paper.objects.get().number
    assert verdict(f"/check/{number}") == verdict("/check/", data) == verdict(f"/check/{number}", data) == "genuine"
    for place in range(0, len(data), len(data) // 12):
        changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        assert verdict("/check/", changed) == verdict(f"/check/{number}", changed) == "altered"
    NOW["version"] = 2
    assert verdict(f"/check/{number}") == "superseded"
    NOW["standing"] = WITHDRAWN
    assert verdict(f"/check/{number}") == verdict("/check/", data) == "withdrawn"
    assert verdict("/check/0000") == "unknown"
    assert verdict("/check/") == ""


@pytest.mark.parametrize("number", ["../x", "a" * 300, "<script>", "%E2%80%AE"])
def test_strange_numbers_are_not_ours(number: str) -> None:
    page = Client().get(f"/check/{number}")
    assert page.status_code in (200, 404)
    assert b"<script>" not in page.content.replace(b'<script src="', b"")


def test_nobody_has_a_paper_of_another_firm_made(firm: Client) -> None:
    assert firm.get("/enterprise/papers/demo.paper/91510700MA6DEM014Q").status_code == 404
    assert firm.get("/enterprise/papers/no.such/x").status_code == 404
    assert Client().get(f"/enterprise/papers/demo.paper/{FIRM}").status_code == 302
    assert Paper.objects.count() == 0
