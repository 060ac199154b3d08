"""The pages of providers and clients: choose, look over, place, follow, rate; out of reach is not found, nonsense is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gongfu.base.access.actions import add_person
from gongfu.base.access.actor import OPERATOR
from gongfu.base.cases.models import Case
from gongfu.base.registers import actions as registers
from gongfu.modules.services import queries
from gongfu.modules.services.models import Rating
from gongfu.modules.services.tests.firms import (
    CLIENT,
    CLIENT_CODE,
    OFFICER,
    OTHER_CODE,
    PROVIDER_CODE,
    accredited,
    leg,
    placed,
    rendered,
)

pytestmark = [pytest.mark.django_db, pytest.mark.feature("parties.services")]
WORD, MOST_QUERIES = "a-long-pass-word-1", 15
Enter = Callable[..., Client]


@pytest.fixture
def enter() -> Enter:
    def entered(role: str, code: str = "", lang: str = "zh-CN", zone: str = "nanchong") -> Client:
        name = f"{role}-{code}-{zone}"
        add_person(OPERATOR, name, WORD, role=role, title="经办", zone=zone, party_code=code)
        http = Client(headers={"Accept-Language": lang})
        assert http.login(username=name, password=WORD)
        return http

    return entered


def text(http: Client, path: str, **said: Any) -> str:
    answer = http.get(path, said)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content.decode()


def order_form(entry: Any, *services: str, **more: str) -> dict[str, str]:
    prices = {row["service"]: row["price"] for row in entry.facts["services"]}
    return {"scope": "一批陶瓷", **{f"pick-{one}": f"{entry.pk}:{prices[one]}" for one in services}, **more}


def test_everyone_reads_the_directory_without_what_is_private() -> None:
    entry = accredited()
    stranger = Client(headers={"Accept-Language": "zh-CN"})
    page = text(stranger, "/providers", service="clearance", price="200", region="南充")
    assert entry.title in page
    assert entry.title not in text(stranger, "/providers", service="legal")
    assert "FIELD" not in text(stranger, "/providers", price="很便宜", stars="9", service="magic", region="\u202e")
    one = text(stranger, f"/providers/{entry.party_code}")
    assert "C-1" in one
    assert "张三" not in one
    registers.withdraw(OFFICER, entry.pk)
    assert entry.title not in text(stranger, "/providers")
    assert stranger.get(f"/providers/{entry.party_code}").status_code == 404
    assert stranger.get("/enterprise/entrust").status_code == 302


def test_a_firm_chooses_looks_over_places_and_follows(enter: Enter) -> None:
    entry, firm = accredited(), enter("firm.operator", CLIENT_CODE)
    assert entry.title in text(firm, "/enterprise/entrust", package="export")
    said = order_form(entry, "clearance", "refund", "collection", **{"quantity-clearance": "2"})
    looked = firm.post("/enterprise/entrust?package=export", {**said, "review": "1"})
    assert "620.50 元" in looked.content.decode()
    assert not Case.objects.filter(kind="services.order").exists()
    answer = firm.post("/enterprise/entrust?package=export", {**said, "place": "1"})
    order = queries.orders(CLIENT).get()
    assert answer.headers["Location"] == f"/enterprise/entrustments/{order.pk}"
    page = text(firm, answer.headers["Location"])
    assert all(word in page for word in ("代理报关", "代办退税", "代理收汇", "620.50 元", "待接单"))
    assert firm.get(f"/enterprise/cases/{order.pk}").headers["Location"] == answer.headers["Location"]
    assert order.number in text(firm, "/enterprise/entrustments")


def test_a_form_with_faults_keeps_what_was_typed_and_says_where(enter: Enter) -> None:
    entry, firm = accredited(), enter("firm.operator", CLIENT_CODE)
    said = order_form(entry, "clearance", scope="")
    answer = firm.post("/enterprise/entrust", {**said, "place": "1"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'value="{entry.pk}:12000" checked' in page
    assert "<title>错误：" in page
    for wrong in ("x", "1:", ":", "1:-5", f"{entry.pk}:1", "9" * 30 + ":1", "<script>"):
        told = firm.post(
            "/enterprise/entrust", {**order_form(entry), "scope": "货", "pick-clearance": wrong, "place": "1"}
        )
        assert told.status_code == 422
        assert "<script>" not in told.content.decode().partition("<main")[2]
    for wrong in ("0", "-1", "1.5", "99999", "很多", ""):
        assert (
            firm.post(
                "/enterprise/entrust", {**order_form(entry, "clearance"), "quantity-clearance": wrong, "place": "1"}
            ).status_code
            == 422
        )
    assert not Case.objects.filter(kind="services.order").exists()


def test_orders_jobs_ratings_and_documents_out_of_reach_are_not_found(enter: Enter) -> None:
    order = placed(accredited(), "clearance")
    one = leg(order, "clearance")
    rendered(one)
    rival, provider, officer, far = (
        enter("firm.operator", OTHER_CODE),
        enter("provider.operator", PROVIDER_CODE),
        enter("officer.commerce"),
        enter("officer.commerce", zone="meishan"),
    )
    paths = (
        f"/enterprise/entrustments/{order.pk}",
        f"/enterprise/cases/{one.pk}",
        f"/enterprise/cases/{one.pk}/files/{'A' * 64}",
    )
    for path in paths:
        assert rival.get(path).status_code == 404
        assert (
            rival.post(path, {"provider": PROVIDER_CODE, "stars": "1", "words": "差", "verb": "confirm"}).status_code
            == 404
        )
    assert provider.get(paths[0]).status_code == 404
    assert provider.get(paths[1]).status_code == 200
    assert provider.get(paths[2]).status_code == 404
    assert officer.get(f"/bureau/entrustments/{order.pk}").status_code == 200
    assert far.get(f"/bureau/entrustments/{order.pk}").status_code == 404
    firm = enter("firm.operator", CLIENT_CODE)
    assert firm.post(paths[0], {"provider": OTHER_CODE, "stars": "1", "words": "差"}).status_code == 422
    assert firm.post(paths[0], {"provider": PROVIDER_CODE, "stars": "9", "words": "好"}).status_code == 422
    assert firm.post(paths[0], {"provider": PROVIDER_CODE, "stars": "5", "words": "好"}).status_code == 302
    rating = Rating.objects.get()
    other = enter("provider.operator", OTHER_CODE)
    for number in (str(rating.pk), "x", "9" * 30, "-1"):
        assert other.post("/enterprise/ratings", {"rating": number, "answer": "抢答"}).status_code == 404
    assert provider.post("/enterprise/ratings", {"rating": rating.pk, "answer": ""}).status_code == 422
    assert provider.post("/enterprise/ratings", {"rating": rating.pk, "answer": "谢谢"}).status_code == 302
    entry = queries.in_choice(order.opened_at.date()).get()
    public = text(Client(headers={"Accept-Language": "zh-CN"}), f"/providers/{entry.party_code}")
    assert all(word in public for word in ("谢谢", "好", "5.0", "平均分"))
    assert CLIENT_CODE not in public
    for path in ("service-jobs", "ratings", "agency"):
        assert firm.get(f"/enterprise/{path}").status_code == 403


def test_a_provider_reports_a_step_with_its_document_and_the_client_opens_it(enter: Enter) -> None:
    order = placed(accredited(), "clearance")
    one = leg(order, "clearance")
    provider, firm = enter("provider.operator", PROVIDER_CODE), enter("firm.operator", CLIENT_CODE)
    place = f"/enterprise/cases/{one.pk}"
    assert one.number in text(provider, "/enterprise/service-jobs", state="offered")
    assert provider.post(place, {"verb": "accept"}).status_code == 302
    wrong = SimpleUploadedFile("x.pdf", b"MZ not a pdf")
    assert provider.post(place, {"verb": "papers_ready", "file-evidence": wrong}).status_code == 422
    sound = SimpleUploadedFile("单证.pdf", b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n")
    assert provider.post(place, {"verb": "papers_ready", "file-evidence": sound}).status_code == 302
    one.refresh_from_db()
    document = f"{place}/files/{one.facts['evidence']}"
    assert document in text(firm, f"/enterprise/entrustments/{order.pk}")
    opened: Any = firm.get(document)
    assert b"".join(opened.streaming_content).startswith(b"%PDF")
    assert enter("firm.operator", OTHER_CODE).get(document).status_code == 404


def test_the_application_keeps_its_rows_through_faults(enter: Enter) -> None:
    firm = enter("provider.operator", PROVIDER_CODE)
    rows = {
        "licences-0-kind": "customs", "licences-0-number": "C-1", "services-0-service": "clearance", "services-0-price": "-3", "services-0-unit": "list",
        "services-0-days": "3", "services-1-service": "consulting", "services-1-price": "500", "services-1-unit": "item", "services-1-days": "5",
    }  # fmt: skip
    answer = firm.post(
        "/enterprise/cases/new/register.providers",
        {"name": "嘉陵", "region": "南充", "hotline": "0817-2345678", "person": "张三", **rows, "submit": "1"},
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'href="#f-services-0-price"' in page
    assert 'value="-3"' in page
    assert 'value="500"' in page
    place = f"/enterprise/cases/{Case.objects.get().pk}"
    sound = {
        "name": "嘉陵",
        "region": "南充",
        "hotline": "0817-2345678",
        "person": "张三",
        **rows,
        "services-0-price": "3",
    }
    assert firm.post(f"{place}/edit", {**sound, "submit": "1"}).headers["Location"] == place
    assert "代理报关 3.00 元 票 3；咨询 500.00 元 项 5" in text(firm, place)


@pytest.mark.parametrize("lang", ["zh-CN", "en-US"])
def test_no_page_asks_more_than_fifteen_queries(enter: Enter, lang: str) -> None:
    entry = accredited()
    for _ in range(3):
        order = placed(entry)
    firm, provider, officer = (
        enter("firm.operator", CLIENT_CODE, lang),
        enter("provider.operator", PROVIDER_CODE, lang),
        enter("officer.commerce", lang=lang),
    )
    pages = {
        firm: (
            "providers",
            f"providers/{entry.party_code}",
            "entrust",
            "entrustments",
            f"entrustments/{order.pk}",
            "hall/services.clearance",
        ),
        provider: ("service-jobs", "ratings", "agency", f"cases/{leg(order, 'refund').pk}"),
        officer: (
            "providers",
            "ratings",
            "agency",
            "entrustments",
            f"entrustments/{order.pk}",
            f"registers/providers/{entry.pk}",
        ),
    }
    for http, paths in pages.items():
        portal = "bureau" if http is officer else "enterprise"
        for path in paths:
            with CaptureQueriesContext(connection) as asked:
                assert http.get(f"/{portal}/{path}").status_code == 200, path
            assert len(asked) <= MOST_QUERIES, (path, [one["sql"][:110] for one in asked])
