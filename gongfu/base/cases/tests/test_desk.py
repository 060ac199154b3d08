"""The top bar: what waits is counted, what is looked for is found within reach, light and dark are kept."""

from __future__ import annotations

import pytest
from django.test import Client

from gongfu.base.access.actions import add_person
from gongfu.base.access.actor import OPERATOR
from gongfu.base.notices.actions import tell

pytestmark = [pytest.mark.django_db, pytest.mark.feature("cases.hall")]
FIRM, WORD = "91511300MA6DEM014G", "a-long-pass-word-1"


@pytest.fixture
def firm() -> Client:
    add_person(OPERATOR, "firm-1", WORD, role="firm.operator", title="经办", zone="nanchong", party_code=FIRM)
    http = Client(headers={"Accept-Language": "zh-CN"})
    assert http.login(username="firm-1", password=WORD)
    return http


def test_unread_notices_are_counted_for_those_who_may_read_them(firm: Client) -> None:
    for number, code in enumerate((FIRM, FIRM, "91510700MA6DEM014Q")):
        tell(zone="nanchong", title=f"第{number}封", title_en=f"No. {number}", place="notices", party_code=code)
    shown = firm.get("/desk/badges").content.decode()
    assert '<span class="dot">2</span>' in shown
    firm.post("/enterprise/notices")
    assert "dot" not in firm.get("/desk/badges").content.decode()
    assert Client().get("/desk/badges").content.strip() == b""


@pytest.mark.parametrize(("words", "found"), [("站内信", "/enterprise/notices"), ("备案 变更", "/enterprise/hall/parties.change"), ("register", "/enterprise/hall/parties.filing")])  # fmt: skip
def test_pages_and_services_are_found_by_words(firm: Client, words: str, found: str) -> None:
    assert f'href="{found}"' in firm.get("/desk/find", {"q": words}, headers={"HX-Request": "true"}).content.decode()


@pytest.mark.parametrize("words", ["没有这样的东西", "‮", "<script>", "'" * 300])
def test_strange_words_find_nothing_and_do_no_harm(firm: Client, words: str) -> None:
    answer = firm.get("/desk/find", {"q": words})
    assert answer.status_code == 200
    assert b"<script>alert" not in answer.content


def test_pages_of_other_portals_are_not_found(firm: Client) -> None:
    assert "/bureau/" not in firm.get("/desk/find", {"q": "今日"}).content.decode()
    assert "href" not in Client().get("/desk/find", {"q": "清单"}, headers={"HX-Request": "true"}).content.decode()


def test_the_look_is_kept_and_leads_back_to_this_house_only(firm: Client) -> None:
    assert 'data-bs-theme="light"' in firm.get("/enterprise/notices").content.decode()
    assert firm.post("/desk/look", {"look": "dark", "next": "https://elsewhere.example/"}).headers["Location"] == "/"
    assert 'data-bs-theme="dark"' in firm.get("/enterprise/notices").content.decode()
    firm.post("/desk/look", {"look": "sepia"})
    assert 'data-bs-theme="dark"' in firm.get("/enterprise/notices").content.decode()


def test_an_unreadable_request_is_told_so(firm: Client) -> None:
    assert firm.get("/check/%00").status_code == 400
    assert firm.get("/enterprise/parties?q=%00").status_code == 400
    assert firm.post("/enterprise/notices", {"x": "\x00"}).status_code == 400
