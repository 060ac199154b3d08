"""Imports from four signed documents to ledgers and receipts: whose they are, what they add up to, and in which order they come."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest

from gongfu.base.access.actor import OPERATOR
from gongfu.base.events import worker
from gongfu.base.kit.beijing import BEIJING
from gongfu.base.ledgers.models import Account
from gongfu.config import exchange, report
from gongfu.config.invariants import violations
from gongfu.modules.declarations.models import Declaration
from gongfu.modules.intake.models import Receipt
from gongfu.modules.parties.models import Party
from gongfu.modules.tax.actions import set_guarantee
from gongfu.modules.tax.models import Assessment
from gongfu.modules.trade.models import Order, Waybill
from gongfu.peers.day import message
from gongfu.peers.firms import firms
from journeys.shop import KINDS, Shop

pytestmark = [
    pytest.mark.feature("declarations.imports"),
    pytest.mark.feature("tax.imports"),
    pytest.mark.feature("matching.flows"),
]
SHAMPOO = "3305100090"


def codes(results: list[dict[str, Any]]) -> list[str]:
    """The codes of every file's and document's findings, remarks left out."""
    told = [found["code"] for one in results for found in one["findings"]]
    told += [found["code"] for one in results for document in one["documents"] for found in document["findings"]]
    return sorted(set(told) - {"BIZ-POSITIVE-LIST"})


def used() -> int:
    account = Account.objects.filter(kind="quota").first()
    return account.reserved_units + account.committed_units if account else 0


def sound() -> bool:
    return {name: rows for name, rows in violations().items() if rows} == {}


@pytest.mark.rule("R-102")
@pytest.mark.rule("R-108")
@pytest.mark.rule("R-118")
def test_a_buyers_year_to_its_very_edge(shop: Shop) -> None:
    """T-109, T-110, T-111 on the ledger: 21,500 used; 4,500 fits to exactly 26,000.00, one fen more would not."""
    for value in (500_000, 500_000, 500_000, 500_000, 150_000):
        assert shop.send(shop.buy(value))[-1]["documents"][0]["state"] == "held"
    assert used() == 2_150_000
    assert codes(shop.send(shop.buy(650_000))) == ["IMP-ANNUAL-LIMIT"], "T-111: one piece, but beyond the year"
    assert codes(shop.send(shop.buy(450_001))) == ["IMP-ANNUAL-LIMIT"], "T-109"
    assert used() == 2_150_000
    assert codes(shop.send(shop.buy(450_000))) == ["DOWN-SILENT"], "T-110: on its way to customs"
    assert used() == 2_600_000
    assert codes(shop.send(shop.buy(1))) == ["IMP-ANNUAL-LIMIT"]
    assert Receipt.objects.filter(status="-621018").count() == 3
    new_year = datetime(shop.at.year + 1, 1, 5, 12, tzinfo=BEIJING)
    shop.at = new_year.replace(tzinfo=None) - timedelta(hours=1)
    assert codes(shop.send(shop.buy(450_000), at=new_year)) == ["DOWN-SILENT"], "a new year is a new account"
    assert sound()


@pytest.mark.rule("R-107")
@pytest.mark.rule("R-108")
def test_one_dear_piece_pays_in_full_and_two_are_refused(shop: Shop) -> None:
    """T-107, T-108, T-113, T-114 on the ledger."""
    assert codes(shop.send(shop.buy(800_000))) == ["DOWN-SILENT"]
    row = Assessment.objects.get()
    assert (row.path, row.dv_fen, used()) == ("full", 800_000, 800_000)
    assert (row.duty_fen, row.vat_fen) == (round(8_000 * row.duty_bp / 100), round((800_000 + row.duty_fen) * 0.13))
    assert codes(shop.send(shop.buy(400_000, 2))) == ["IMP-SINGLE-LIMIT"]
    assert codes(shop.send(shop.buy(250_000, 2))) == ["DOWN-SILENT"]
    assert codes(shop.send(shop.buy(250_000, 2, freight_fen=1))) == ["IMP-SINGLE-LIMIT"]
    assert used() == 1_300_000
    assert Receipt.objects.filter(status="-621005").count() == 2


@pytest.mark.rule("R-104")
def test_a_voucher_lowers_what_is_paid_and_not_what_is_taxed(shop: Shop) -> None:
    """T-116: two at 100.00, freight 10.00, a voucher of 30.00; 210 + 19.11 - 30 = 199.11 is paid."""
    unit = shop.buy(10_000, 2, code=SHAMPOO, freight_fen=1_000)
    unit.heads["CEB311Message"] |= {"discount": "30.00", "taxTotal": "19.11", "acturalPaid": "199.11"}
    unit.heads["CEB411Message"]["amountPaid"] = "199.11"
    assert codes(shop.send(unit)) == ["DOWN-SILENT"]
    row = Assessment.objects.get()
    assert (row.dv_fen, row.ct_fen, row.vat_fen, used()) == (21_000, 0, 1_911, 21_000)
    wrong = shop.buy(10_000)
    wrong.heads["CEB311Message"]["acturalPaid"] = "100.01"
    assert codes(shop.send(wrong, "CEB311Message")) == ["BIZ-PAID-SUM"]


@pytest.mark.rule("R-118")
def test_one_person_has_one_year_however_the_number_is_written(shop: Shop) -> None:
    unit = shop.buy(100_000)
    shop.send(unit)
    other = shop.buy(100_000)
    for kind, name in (
        ("CEB311Message", "buyerIdType"),
        ("CEB411Message", "payerIdType"),
        ("CEB621Message", "buyerIdType"),
    ):
        other.heads[kind][name] = "2"
    shop.send(other)
    assert [account.reserved_units for account in Account.objects.filter(kind="quota")] == [200_000]
    wide = shop.buy(100_000)
    number = wide.heads["CEB621Message"]["buyerIdNumber"]
    wide.heads["CEB621Message"]["buyerIdNumber"] = "".join(chr(ord(one) + 0xFEE0) for one in number[:17]) + number[17]
    assert codes(shop.send(wide, "CEB621Message")) == ["BIZ-ID-NUMBER"]


@pytest.mark.rule("R-115")
def test_a_list_held_for_its_guarantee_goes_on_by_itself(shop: Shop) -> None:
    """By a higher limit, and by a bill of another list that customs has summarised."""
    first, second, third = (shop.buy(100_000, code=SHAMPOO) for _ in range(3))
    code = first.heads["CEB621Message"]["assureCode"]
    for unit in (second, third):
        unit.heads["CEB621Message"]["assureCode"] = code
        for kind, names in (
            ("CEB311Message", ("ebpCode", "ebpName")),
            ("CEB411Message", ("ebpCode", "ebpName")),
            ("CEB621Message", ("ebpCode", "ebpName")),
        ):
            unit.heads[kind] |= {name: first.heads[kind][name] for name in names}
        unit.platform = first.platform
    set_guarantee(OPERATOR, code, 9_100)
    assert codes(shop.send(first)) == ["DOWN-SILENT"]
    assert codes(shop.send(second)) == ["QUOTA-GUARANTEE"]
    assert codes(shop.send(third)) == ["QUOTA-GUARANTEE"]
    assert [one.code for one in set_guarantee(OPERATOR, code, 9_000).findings] == ["LEDGER-IN-USE"]
    assert set_guarantee(OPERATOR, code, 18_200).findings == ()
    worker.drain()
    rows = Declaration.objects.order_by("id")
    assert [row.state for row in rows] == ["ready", "ready", "held"]
    bill(rows[0], "1", "20260301120000000")
    worker.drain()
    status(rows[0], "2", "20260401120000000")
    worker.drain()
    assert [row.state for row in rows.all()] == ["ready", "ready", "ready"]
    assert sound()


def bill(row: Declaration, told: str, at: str, vat: str = "91.00") -> None:
    """CEB816 as it is decoded."""
    import polars as pl

    from gongfu.modules.tax import bills

    number = row.invt_no or f"7907{at[:4]}I{row.pk:09d}"
    if not row.invt_no:
        Declaration.objects.filter(pk=row.pk).update(invt_no=number)
        row.refresh_from_db()
    bills.record(pl.DataFrame({
        "taxNo": [f"{number}_0"], "invtNo": [number], "customsTax": ["0"], "consumptionTax": ["0"], "valueAddedTax": [vat], "status": [told], "returnTime": [at],
    }))  # fmt: skip


def status(row: Declaration, told: str, at: str) -> None:
    """CEB818 as it is decoded."""
    import polars as pl

    from gongfu.modules.tax import bills

    bills.update_status(
        pl.DataFrame({"taxNo": [f"{row.invt_no}_0"], "invtNo": [row.invt_no], "status": [told], "returnTime": [at]})
    )


@pytest.mark.rule("R-005")
def test_a_bill_its_status_and_its_list_come_in_any_order(shop: Shop) -> None:
    import polars as pl

    from gongfu.modules.tax import bills
    from gongfu.modules.tax.models import Bill

    shop.send(shop.buy(100_000, code=SHAMPOO))
    row = Declaration.objects.get()
    guarantee = Account.objects.get(kind="guarantee", owner=row.assure_code)
    assert guarantee.reserved_units == 9_100
    number = "79072026I000000001"
    told = {"taxNo": [f"{number}_0"], "invtNo": [number], "status": ["2"]}
    bills.update_status(pl.DataFrame({**told, "returnTime": ["20260402120000000"]}))
    amounts = {"customsTax": ["0"], "consumptionTax": ["0"], "valueAddedTax": ["92.00"]}
    bills.record(pl.DataFrame({**told, **amounts, "status": ["1"], "returnTime": ["20260401120000000"]}))
    kept = Bill.objects.get()
    assert (kept.declaration_id, kept.status, kept.vat_fen) == (None, "2", 9_200)
    Declaration.objects.update(invt_no=number)
    bills.adopt([row.pk])
    kept.refresh_from_db()
    guarantee.refresh_from_db()
    assert (kept.declaration_id, guarantee.reserved_units) == (row.pk, 0)
    assert [(one.ours, one.theirs) for one in row.reconciliations.all()] == [("91.00", "92.00")]


@pytest.mark.rule("R-206")
@pytest.mark.rule("R-205")
def test_every_firm_hands_in_its_own_documents(shop: Shop) -> None:
    unit = shop.buy(100_000)
    assert codes(shop.send(unit, "CEB411Message", sender=unit.platform)) == ["BIZ-SENDER"]
    assert codes(shop.send(unit, "CEB511Message", sender=unit.payer)) == ["BIZ-SENDER"]
    assert codes(shop.send(unit, "CEB621Message", sender=unit.platform)) == ["BIZ-SENDER"]
    assert codes(shop.send(unit, "CEB311Message", sender=unit.payer)) == ["BIZ-SENDER"]
    fresh = shop.buy(100_000)
    assert codes(shop.send(fresh, "CEB311Message", "CEB411Message", sender=fresh.carrier)) == [], (
        "an entrusted carrier may"
    )
    other = shop.buy(100_000)
    assert codes(shop.send(other, "CEB311Message", sender=other.seller)) == []


@pytest.mark.rule("R-206")
@pytest.mark.rule("R-1507")
def test_nobody_changes_or_deletes_what_another_firm_sent(shop: Shop) -> None:
    unit = shop.buy(100_000)
    shop.send(unit, "CEB311Message", "CEB621Message")
    assert codes(shop.send(shop.again(unit, "CEB311Message", "3"), "CEB311Message", sender=unit.seller)) == [
        "BIZ-NOT-OWN"
    ]
    stranger = next(one for one in firms(shop.zone)["declarant"] if one != unit.agent)
    theft = shop.again(unit, "CEB621Message", "3", agentCode=stranger.code, agentName=stranger.name)
    assert codes(shop.send(theft, "CEB621Message", sender=stranger)) == ["BIZ-NOT-OWN"]
    assert (Order.objects.get().withdrawn, Declaration.objects.get().state) == (False, "waiting")
    assert set(Receipt.objects.filter(status__startswith="-").values_list("status", flat=True)) == {
        "-301008",
        "-621016",
    }
    assert codes(shop.send(shop.again(unit, "CEB311Message", "3"), "CEB311Message")) == []
    assert Order.objects.get().withdrawn


@pytest.mark.rule("R-1507")
def test_what_a_list_was_sent_on_with_is_not_changed_any_more(shop: Shop) -> None:
    unit = shop.buy(100_000)
    shop.send(unit, *KINDS[:3])
    assert codes(shop.send(shop.again(unit, "CEB311Message", "2"), "CEB311Message")) == [], "not yet sent on"
    shop.send(unit, "CEB621Message")
    assert Declaration.objects.get().state == "ready"
    for kind, code in (
        ("CEB311Message", "-301011"),
        ("CEB411Message", "-401008"),
        ("CEB511Message", "-504016"),
        ("CEB621Message", "-621012"),
    ):
        assert codes(shop.send(shop.again(unit, kind, "2"), kind)) == ["STATE-CONFLICT"], kind
        assert Receipt.objects.latest("id").status == code
    assert Order.objects.filter(withdrawn=False).count() == 1


@pytest.mark.rule("R-207")
def test_a_waybill_number_serves_again_after_six_months_and_not_before(shop: Shop) -> None:
    Party.objects.update(filed_on=date(2025, 1, 1))
    first = datetime(2026, 1, 31, 10, tzinfo=BEIJING)
    unit = shop.buy(100_000)
    assert codes(shop.send(unit, "CEB511Message", at=first)) == []
    soon, later = datetime(2026, 7, 30, 10, tzinfo=BEIJING), datetime(2026, 7, 31, 11, tzinfo=BEIJING)
    assert codes(shop.send(shop.again(unit, "CEB511Message", "1"), "CEB511Message", at=soon)) == ["REPLAY-DOCUMENT"]
    assert codes(shop.send(shop.again(unit, "CEB511Message", "1"), "CEB511Message", at=later)) == []
    assert [one.withdrawn for one in Waybill.objects.order_by("id")] == [True, False]


@pytest.mark.rule("R-1501")
def test_receipts_say_what_was_taken_in_the_customs_own_words(shop: Shop) -> None:
    unit = shop.buy(100_000)
    shop.send(unit)
    told = {row.type: (row.status, row.info) for row in Receipt.objects.all()}
    heads = unit.heads
    for kind, receipt in (
        ("CEB311Message", "CEB312Message"),
        ("CEB411Message", "CEB412Message"),
        ("CEB511Message", "CEB512Message"),
    ):
        assert told[receipt] == ("2", f"新增申报成功[{heads[kind]['guid']}]")
    one = heads["CEB621Message"]
    said = f"清单新增申报成功[{one['guid']}][电商企业编码：{one['ebcCode']}订单编号：{one['orderNo']}]"
    assert told["CEB622Message"] == ("2", said)


@pytest.mark.rule("R-118")
@pytest.mark.rule("R-003")
@pytest.mark.parametrize(
    ("told", "code"),
    [("20160407", "BIZ-DECL-DAY"), ("19990101", "BIZ-DECL-DAY"), ("20270101", "BIZ-DECL-DAY"), ("20261231", "")],
)
def test_a_list_is_declared_on_a_day_that_has_rules_and_whose_year_has_begun(shop: Shop, told: str, code: str) -> None:
    unit = shop.buy(100_000)
    unit.heads["CEB621Message"]["declTime"] = told
    results = shop.send(unit, "CEB621Message", at=datetime(2026, 12, 31, 23, 59, 59, tzinfo=BEIJING))
    late = ["BIZ-DECL-LATE"] if told < "2026" else []
    assert codes(results) == ([code, *late] if code else ["BIZ-WAIT-ORDER", "BIZ-WAIT-PAYMENT", "BIZ-WAIT-WAYBILL"])


@pytest.mark.rule("R-209")
def test_a_buyer_under_sixteen_waits_for_an_officer(shop: Shop) -> None:
    from stdnum.cn import ric

    unit = shop.buy(100_000)
    body = "510603" + f"{shop.at.year - 15}0101" + "123"
    number = body + str(ric.calc_check_digit(body + "0"))
    for kind, name in (
        ("CEB311Message", "buyerIdNumber"),
        ("CEB411Message", "payerIdNumber"),
        ("CEB621Message", "buyerIdNumber"),
    ):
        unit.heads[kind][name] = number
    shop.send(unit, "CEB621Message")
    assert (Declaration.objects.get().state, Declaration.objects.get().reason) == ("waiting", "BIZ-BUYER-AGE")
    shop.send(unit, *KINDS[:3])
    row = Declaration.objects.get()
    assert (row.state, row.reason, used()) == ("held", "BIZ-BUYER-AGE", 0)


@pytest.mark.rule("R-103")
def test_lines_in_another_currency_and_nameless_firms_are_refused(shop: Shop) -> None:
    unit = shop.buy(100_000)
    for kind in ("CEB311Message", "CEB621Message"):
        unit.lines[kind][0]["currency"] = "502"
        assert codes(shop.send(unit, kind)) == ["BIZ-CURRENCY"]
    nameless = shop.buy(100_000)
    nameless.heads["CEB621Message"] |= {"ebpCode": "无", "assureCode": nameless.agent.code}
    nameless.heads["CEB411Message"]["ebpCode"] = "无"
    assert codes(shop.send(nameless, "CEB621Message", "CEB411Message")) == ["BIZ-FIRM-CODE"]


def test_a_number_no_purchase_has_is_told_and_stops_no_other(shop: Shop) -> None:
    good, bad = shop.buy(100_000), shop.buy(100_000)
    bad.lines["CEB621Message"][0]["totalPrice"] = "1234567890123456789"
    bad.heads["CEB621Message"]["grossWeight"] = "1000000000000"
    agent = good.agent
    path = shop.folder / "both.xml"
    for unit in (good, bad):
        unit.heads["CEB621Message"] |= {"agentCode": agent.code, "agentName": agent.name}
    path.write_bytes(message("CEB621Message", agent, [good, bad], shop.keys, Random(1)))
    taken = exchange.take(path, shop.zone.code)
    worker.drain()
    told = report.of_file(path.name, taken)
    assert [one["state"] for one in told["documents"]] == ["held", "refused"]
    found = [
        (one["code"], one["field"], one["line"])
        for one in told["documents"][1]["findings"]
        if one["code"] == "BIZ-AMOUNT"
    ]
    assert found == [("BIZ-AMOUNT", "grossWeight", 0), ("BIZ-AMOUNT", "totalPrice", 1)]
