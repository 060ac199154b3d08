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
from gongfu.modules.matching import chaining, evidence
from gongfu.modules.matching.models import Chain, Claim, Gap, Package
from gongfu.modules.trade.models import Order
from gongfu.zones.plan import Plan
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
    assert evidence.changed(one) == []
    with connection.cursor() as cursor:
        cursor.execute("UPDATE trade_order SET goods_fen = goods_fen + 100")
    assert evidence.changed(one) == ["documents/001.json"]


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
    data = evidence.zipped(one)
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
