"""Evidence packages from matched orders: one order for one request, under consent, proven offline, recomputed from the sources."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from gongfu.base.access.actor import WORKER, Actor
from gongfu.base.access.models import Person
from gongfu.base.access.roles import roles
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.sharing import actions as sharing
from gongfu.base.sharing.models import Access, Consent
from gongfu.config import cli
from gongfu.core import evidence as proofs
from gongfu.modules.declarations.models import Declaration
from gongfu.modules.matching import chaining, contents, evidence, packaging
from gongfu.modules.matching.models import Chain, Claim, Gap, Package
from gongfu.modules.trade import wanted
from gongfu.modules.trade.models import Order
from gongfu.zones.plan import Plan
from journeys import test_returns as returning
from journeys.test_trade_files import hand_in, release

pytestmark = [pytest.mark.feature("matching.evidence")]
BANK, OTHER = "91511300MA6DEM022B", "91511300MA6DEM030Y"


def actor(zone: Plan, role: str, code: str) -> Actor:
    return Actor(f"person:{code}", "own", roles()[role].may, (zone.code,), (code,), role)


def make(
    zone: Plan, *, bank: str = BANK, purpose: str = "loan", asked: int = 0, until: date | None = None
) -> evidence.Done:
    order = Order.objects.get()
    firm = actor(zone, "firm.admin", order.ebc_code)
    return evidence.make(
        firm, numbers=[order.order_no], purpose=purpose, reader_code=bank, asked_fen=asked or order.goods_fen, until=until or civil_date(clock.now()) + timedelta(days=30)
    )  # fmt: skip


@pytest.fixture
def released(zone: Plan, keys: Any) -> Plan:
    hand_in(zone, keys)
    release()
    assert Chain.objects.get().verdict == "matched"
    assert Gap.objects.count() == 0
    return zone


@pytest.mark.rule("R-610")
def test_a_package_is_made_opened_and_used_once(released: Plan) -> None:
    one = make(released).package
    assert one
    assert (one.result, one.state) == ("PASS", "offered")
    bank, stranger = actor(released, "bank.officer", BANK), actor(released, "bank.officer", OTHER)
    assert [each.code for each in evidence.use(bank, one.number).findings] == ["EVID-STATE"]
    assert [each.code for each in evidence.open_package(stranger, one.number).findings] == ["EVID-NOT-FOUND"]
    assert evidence.open_package(bank, one.number).findings == []
    assert Access.objects.get(dataset="matching.evidence").subjects == [one.party_code]
    assert evidence.use(bank, one.number).findings == []
    assert [each.code for each in evidence.use(bank, one.number).findings] == ["EVID-STATE"]
    one.refresh_from_db()
    assert one.state == "used"
    assert one.keep_until.year == one.made_at.year + 10


def test_a_second_use_of_an_order_is_refused_with_the_first_named(released: Plan) -> None:
    first = make(released).package
    second = make(released, bank=OTHER, purpose="insurance")
    assert first
    assert second.package is None
    assert [one.code for one in second.findings] == ["EVID-USED"]
    assert first.number in second.findings[0].message()
    assert BANK in second.findings[0].message()
    assert (Package.objects.count(), Consent.objects.count()) == (1, 1)
    firm = actor(released, "firm.admin", first.party_code)
    assert evidence.withdraw(firm, first.number).findings == []
    assert make(released, bank=OTHER).package is not None
    assert Consent.objects.get(pk=first.consent_id).withdrawn_at is not None


def test_of_two_requests_at_once_one_wins(released: Plan) -> None:
    done: list[evidence.Done] = []
    gate = threading.Barrier(6)

    def ask(bank: str) -> None:
        try:
            gate.wait(30)
            done.append(make(released, bank=bank))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(BANK if number % 2 else OTHER,)) for number in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert sorted(one.package is not None for one in done) == [False] * 5 + [True]
    assert {each.code for one in done for each in one.findings} == {"EVID-USED"}
    assert Claim.objects.filter(live=True).count() == Package.objects.count() == 1


def test_expired_or_withdrawn_consent_closes_the_package(released: Plan) -> None:
    one = make(released).package
    bank = actor(released, "bank.officer", BANK)
    assert one
    assert evidence.open_package(bank, one.number).findings == []
    Consent.objects.update(valid_until=civil_date(clock.now()) - timedelta(days=1))
    assert [each.code for each in evidence.open_package(bank, one.number).findings] == ["EVID-CONSENT"]
    assert [each.code for each in evidence.use(bank, one.number).findings] == ["EVID-CONSENT"]
    Consent.objects.update(valid_until=civil_date(clock.now()))
    sharing.withdraw_consent(actor(released, "firm.admin", one.party_code), one.consent_id)
    assert [each.code for each in evidence.open_package(bank, one.number).findings] == ["EVID-CONSENT"]


@pytest.mark.breaks
def test_a_package_recomputes_from_its_sources_and_shows_what_moved(released: Plan) -> None:
    one = make(released).package
    assert one
    assert packaging.standing(one).changed == []
    with connection.cursor() as cursor:
        cursor.execute("UPDATE trade_order SET goods_fen = goods_fen + 100")
    now = packaging.standing(one)
    assert (now.same, now.changed, packaging.returned(one)) == (False, ["documents/001.json"], [])


@pytest.mark.rule("R-1022")
def test_the_same_request_made_again_from_its_sources_has_the_same_digest(released: Plan) -> None:
    one = make(released).package
    assert one
    one.refresh_from_db()
    again = packaging.again(one)
    assert proofs.sm3(again.manifest) == proofs.sm3(one.manifest.encode())
    assert {name: body.decode() for name, body in again.documents.items()} == one.documents
    assert packaging.again(one).manifest == again.manifest
    assert packaging.standing(one) == packaging.Standing(True, [], one.result, one.supported_fen)


@pytest.mark.rule("R-604")
def test_money_paid_in_advance_is_for_a_person_and_what_was_paid_is_supported_after_release(
    zone: Plan, keys: Any
) -> None:
    hand_in(zone, keys)
    one = make(zone).package
    assert one
    assert (one.result, one.supported_fen, [each["code"] for each in one.findings]) == ("REFER", 0, ["EVID-ADVANCE"])
    evidence.withdraw(actor(zone, "firm.admin", one.party_code), one.number)
    release()
    more = make(zone, purpose="exchange", asked=10**9).package
    assert more
    assert (more.result, more.supported_fen) == ("PARTIAL", Order.objects.get().paid_fen)


@pytest.mark.rule("R-1022")
def test_the_download_proves_itself_offline_and_holds_no_person(released: Plan, tmp_path: Path, capsys: Any) -> None:
    one = make(released).package
    assert one
    data = packaging.zipped(one)
    file = tmp_path / "package.zip"
    file.write_bytes(data)
    assert cli.main(["evidence", "verify", str(file)]) == 0
    assert one.number in capsys.readouterr().out
    altered = bytes(data).replace(b"documents/001.json", b"documents/009.json")
    file.write_bytes(altered)
    assert cli.main(["evidence", "verify", str(file)]) == 1
    assert "missing" in capsys.readouterr().out
    text = "".join(one.documents.values())
    row = Declaration.objects.get()
    assert proofs.verify(data).faults == []
    assert row.buyer_key not in text
    assert row.address_key not in text


def test_pages_make_a_package_open_it_and_close_it(released: Plan, client: Client) -> None:
    order = Order.objects.get()
    firm = Person.objects.create(
        username="f", role="firm.admin", zone=released.code, party_code=order.ebc_code, title="x"
    )
    bank = Person.objects.create(username="b", role="bank.officer", zone=released.code, party_code=BANK, title="x")
    client.force_login(firm)
    assert order.order_no in client.get("/enterprise/evidence-new").content.decode()
    said = {
        "numbers": order.order_no,
        "purpose": "loan",
        "to": "bank",
        "bank": BANK,
        "asked": "1.00",
        "until": str(civil_date(clock.now())),
    }
    faulty = client.post("/enterprise/evidence-new", {**said, "numbers": "NONE"})
    assert faulty.status_code == 422
    assert "NONE" in faulty.content.decode()
    made = client.post("/enterprise/evidence-new", said)
    assert made.status_code == 302
    page = made["Location"]
    client.force_login(bank)
    assert order.order_no not in client.get(page).content.decode()
    assert client.get(f"{page}&file=zip")["Content-Type"] != "application/zip"
    assert order.order_no in client.post(page, {"do": "open"}).content.decode()
    assert proofs.verify(client.get(f"{page}&file=zip").content).faults == []
    assert client.post(page, {"do": "use"}).status_code == 200
    assert Package.objects.get().state == "used"
    client.force_login(firm)
    assert client.post(page, {"do": "withdraw"}).status_code == 422


def opened_by(zone: Plan, role: str, client: Client, *, place: str = "") -> str:
    """A package for a desk, opened there; gives its page."""
    one = make(zone, bank=role).package
    assert one
    desk = Person.objects.create(username=f"{role}-{place or zone.code}", role=role, zone=place or zone.code, title="x")
    client.force_login(desk)
    return f"/bureau/evidence?number={one.number}"


@pytest.mark.parametrize("role", ["officer.fx", "officer.tax"])
def test_a_desk_opens_what_was_made_for_it_while_consent_holds(released: Plan, client: Client, role: str) -> None:
    page, order = opened_by(released, role, client), Order.objects.get().order_no
    assert order not in client.get(page).content.decode()
    assert order in client.post(page, {"do": "open"}).content.decode()
    assert proofs.verify(client.get(f"{page}&file=zip").content).faults == []
    assert page.split("=")[1] in client.get("/bureau/evidence").content.decode()


@pytest.mark.feature("access.security")
@pytest.mark.parametrize("role", ["officer.fx", "officer.tax"])
def test_the_same_desk_of_another_zone_and_another_desk_find_nothing(released: Plan, client: Client, role: str) -> None:
    page = opened_by(released, role, client, place="meishan")
    number = page.split("=")[1]
    assert [client.get(page).status_code, client.get(f"{page}&file=zip").status_code, client.post(page, {"do": "open"}).status_code] == [404] * 3
    assert number not in client.get("/bureau/evidence").content.decode()
    other = "officer.tax" if role == "officer.fx" else "officer.fx"
    client.force_login(Person.objects.create(username="other", role=other, zone=released.code, title="x"))
    assert client.get(page).status_code == 404
    assert Access.objects.count() == 0


@pytest.mark.parametrize("how", ["expired", "withdrawn"])
def test_page_and_download_close_when_the_consent_has_ended(released: Plan, client: Client, how: str) -> None:
    page, order = opened_by(released, "officer.fx", client), Order.objects.get().order_no
    assert order in client.post(page, {"do": "open"}).content.decode()
    assert client.get(f"{page}&file=zip")["Content-Type"] == "application/zip"
    one = Package.objects.get()
    if how == "expired":
        Consent.objects.update(valid_until=civil_date(clock.now()) - timedelta(days=1))
    else:
        sharing.withdraw_consent(actor(released, "firm.admin", one.party_code), one.consent_id)
    read = Access.objects.count()
    closed = client.get(page).content.decode()
    assert order not in closed
    assert "证明已关闭" in closed
    assert "支持金额" not in closed
    assert "html" in client.get(f"{page}&file=zip")["Content-Type"]
    assert client.post(page, {"do": "open"}).status_code == 422
    assert Access.objects.count() == read, "what was not shown was not read"


def test_every_page_read_and_every_download_is_in_the_log_that_the_firm_sees(
    released: Plan, client: Client, django_assert_max_num_queries: Any
) -> None:
    page, log = opened_by(released, "officer.fx", client), Access.objects.filter(dataset="matching.evidence")
    client.get(page)
    assert log.count() == 0, "it is not opened yet"
    client.post(page, {"do": "open"})
    assert log.count() == 1
    for _ in range(2):
        with django_assert_max_num_queries(15):
            client.get(page)
        client.get(f"{page}&file=zip")
    client.post(page, {"do": "use"})
    pages, zips = log.filter(fields__contains=["contents"]), log.filter(fields__contains=["zip"])
    assert (pages.count(), zips.count(), log.count()) == (4, 2, 6)
    one = Package.objects.get()
    assert {tuple(row.subjects) for row in log} == {(one.party_code,)}
    firm = Person.objects.create(username="f", role="firm.admin", zone=released.code, party_code=one.party_code, title="x")  # fmt: skip
    client.force_login(firm)
    assert client.get("/enterprise/reads").content.decode().count("officer.fx") >= 6
    client.get(f"/enterprise/evidence?number={one.number}")
    assert log.count() == 6, "a firm's own reading is nobody else's"


def test_the_list_tells_the_result_to_the_firm_alone(released: Plan, client: Client) -> None:
    page = opened_by(released, "officer.fx", client)
    one = Package.objects.get()
    listed = client.get("/bureau/evidence").content.decode()
    assert page.split("=")[1] == one.number
    assert one.number in listed
    assert f"{one.supported_fen / 100:,.2f}" not in listed
    assert f"evidence?number={one.number}" not in client.get("/bureau/evidence?result=PASS").content.decode()
    firm = Person.objects.create(username="f", role="firm.admin", zone=released.code, party_code=one.party_code, title="x")  # fmt: skip
    client.force_login(firm)
    listed = client.get("/enterprise/evidence?result=PASS").content.decode()
    assert f"evidence?number={one.number}" in listed
    assert f"{one.supported_fen / 100:,.2f}" in listed


@pytest.mark.rule("R-1022")
def test_manifest_and_page_say_what_is_in_it_and_what_the_platform_does_not_hold(released: Plan, client: Client) -> None:
    page = opened_by(released, "officer.fx", client)
    shown = client.post(page, {"do": "open"}).content.decode()
    told = {one["part"]: one["held"] for one in proofs.verify(packaging.zipped(Package.objects.get())).head["contents"]}
    assert told["order"] == told["payment"] == told["waybill"] == told["inventory"] == told["tax_bill"] == contents.HELD
    assert told["logistics_events"] == told["returns"] == contents.NONE
    absent = [one for one in contents.CONTENTS if told[one.code] == contents.ABSENT]
    assert len(absent) == 5
    assert all(one.title in shown for one in contents.CONTENTS)
    assert shown.count("平台不持有") == 5
    assert set(wanted.PARTS) == contents.EVENTS, "every part of a file is counted under some content"


@pytest.mark.rule("R-214")
@pytest.mark.parametrize("export", [False, True])
def test_goods_that_come_back_lower_what_is_supported_and_a_package_made_before_says_so(zone: Plan, keys: Any, client: Client, export: bool) -> None:  # fmt: skip
    unit = returning.released(zone, keys, export=export, pieces=2)
    order, line = Order.objects.get(), Declaration.objects.get().lines.get(gnum=1)
    page = opened_by(zone, "officer.fx", client)
    first = Package.objects.get()
    assert (first.result, first.supported_fen) == ("PASS", order.goods_fen)
    back = int(line.total_fen / line.qty)
    guid = returning.hand_in(zone, keys, unit, {1: "1"})
    assert "有货物退回" not in client.post(page, {"do": "open"}).content.decode(), "it is asked for, not concluded"
    returning.conclude(unit, guid)
    gap = Gap.objects.get(kind="goods_returned")
    assert (gap.left, gap.right) == (f"{order.goods_fen / 100:.2f} {order.currency}", f"{back / 100:.2f} {order.currency}")
    assert (gap.owner_kind, gap.owner_code) == ("seller", order.ebc_code)
    assert packaging.returned(first) == [packaging.Returned(order.order_no, back)]
    shown = client.get(page).content.decode()
    assert "有货物退回" in shown
    assert f"{order.order_no} {back / 100:,.2f}" in shown
    checked = client.post(page, {"do": "check"}).content.decode()
    assert "documents/001.json" in checked
    paid = order.goods_fen + order.freight_fen if export else order.paid_fen
    left = paid * (order.goods_fen - back) // order.goods_fen
    assert f"部分支持 {left / 100:,.2f}" in checked
    gaps = client.get("/bureau/gaps", {"kind": "goods_returned"}).content.decode()
    assert "货物已退回" in gaps
    evidence.withdraw(actor(zone, "firm.admin", first.party_code), first.number)
    second = make(zone, asked=paid).package
    assert second
    assert packaging.returned(second) == [], "it was made knowing it"
    assert (second.result, second.supported_fen) == ("PARTIAL", left)
    assert "EVID-RETURNED" in [each["code"] for each in second.findings]


@pytest.mark.rule("R-118")
def test_goods_that_customs_sent_back_after_release_support_nothing_any_more(zone: Plan, keys: Any) -> None:
    unit = returning.released(zone, keys)
    one = make(zone).package
    assert one
    returning.told(unit, "700", returning.TODAY)
    order = Order.objects.get()
    assert packaging.returned(one) == [packaging.Returned(order.order_no, order.goods_fen)]
    now = packaging.standing(one)
    assert (now.same, now.result, now.supported_fen) == (False, "REJECT", 0)


@pytest.mark.feature("matching.flows")
def test_a_day_run_again_gives_the_same_chains_and_gaps(zone: Plan, keys: Any) -> None:
    hand_in(zone, keys, without=("CEB411Message",))
    before = [list(kind.objects.order_by("pk").values()) for kind in (Chain, Gap)]
    assert {one["kind"] for one in before[1]} == {"payment_missing", "release_pending"}
    chaining.rebuild(WORKER, chaining.of_day(zone.code, Chain.objects.get().day))
    after = [list(kind.objects.order_by("pk").values()) for kind in (Chain, Gap)]
    assert [[{**row, "id": 0} for row in rows] for rows in after] == [
        [{**row, "id": 0} for row in rows] for rows in before
    ]


@pytest.mark.feature("matching.flows")
def test_pages_of_gaps_and_rates_show_owner_and_age(zone: Plan, keys: Any, client: Client) -> None:
    unit = hand_in(zone, keys, without=("CEB411Message",))
    officer = Person.objects.create(username="o", role="officer.fx", zone=zone.code, title="x")
    client.force_login(officer)
    page = client.get("/bureau/gaps", {"kind": "payment_missing"}).content.decode()
    assert "缺支付单" in page
    assert Order.objects.get().order_no in page
    assert "支付企业" in page
    assert "三流都对得上" not in page
    assert client.get("/bureau/gaps", {"age": "30"}).status_code == 200
    rates = client.get("/bureau/match-rates").content.decode()
    assert unit.heads["CEB621Message"]["ebcCode"] in rates
    assert "0.0%" in rates


@pytest.mark.feature("matching.flows")
def test_a_firm_sees_its_own_gaps_and_rate_and_no_other_firms(zone: Plan, keys: Any, client: Client) -> None:
    hand_in(zone, keys, without=("CEB411Message",))
    order = Order.objects.get()
    seller = Person.objects.create(username="s", role="firm.viewer", zone=zone.code, party_code=order.ebc_code, title="x")  # fmt: skip
    payer = Person.objects.create(username="p", role="firm.viewer", zone=zone.code, party_code=order.pay_code, title="x")  # fmt: skip
    stranger = Person.objects.create(username="x", role="firm.viewer", zone=zone.code, party_code=OTHER, title="x")
    client.force_login(seller)
    page = client.get("/enterprise/gaps").content.decode()
    assert order.order_no in page
    assert "缺支付单" in page
    assert order.pay_code in page
    rates = client.get("/enterprise/match-rates").content.decode()
    assert order.ebc_code in rates
    assert "0.0%" in rates
    client.force_login(payer)
    assert order.order_no in client.get("/enterprise/gaps").content.decode(), "it is the payment firm's to correct"
    client.force_login(stranger)
    assert order.order_no not in client.get("/enterprise/gaps").content.decode()
    assert "这段时间没有订单" in client.get("/enterprise/match-rates").content.decode()
