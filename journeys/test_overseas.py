"""9810 to stock and sale: declared with a booking, released into the ledger, sold, returned, counted; nothing disappears (R-408)."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from gongfu.base.access.actor import Actor
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.ledgers.models import Account
from gongfu.config.invariants import violations
from gongfu.modules.declarations import overseas
from gongfu.modules.declarations.models import Line, StockEvent, StockReport
from gongfu.zones.plan import Plan
from journeys.exported import declare, heard, row, unit

pytestmark = [pytest.mark.feature("declarations.b2b"), pytest.mark.rule("R-408")]


def exporter(code: str) -> Actor:
    return Actor(
        "person:exporter", "own", frozenset({"stock.record", "stock.count"}), ("nanchong",), (code,), "firm.operator"
    )


def stocked(zone: Plan, keys: Any, pieces: str = "100") -> tuple[Actor, Line]:
    """One released 9810 line of 100 pieces; the list is declared with a warehouse booking (order type W)."""
    one = unit(zone, 77, mode="9810")
    one.heads["CEB303Message"]["orderType"] = "W"
    price, total = "1.50", f"{Decimal('1.5') * Decimal(pieces):.2f}"
    for kind in ("CEB303Message", "CEB603Message"):
        one.lines[kind] = [one.lines[kind][0] | {"qty": pieces, "price": price, "totalPrice": total}]
    one.heads["CEB303Message"]["goodsValue"] = total
    declare(zone, keys, [one])
    assert row(one).state == "ready", row(one).findings
    today = f"{civil_date(clock.now()):%Y%m%d}000000000"
    heard([one], "2", "120", at=today)
    assert not Account.objects.filter(kind="overseas_stock").exists()
    heard([one], "800", at=f"{int(today) + 5000}")
    assert row(one).state == "released"
    line = Line.objects.select_related("declaration").get(declaration=row(one))
    return exporter(line.declaration.ebc_code), line


def event(line: Line, kind: str, qty: str, document: str, **more: str) -> dict[str, Any]:
    sale = {"platform": "Amazon", "price": "19.90", "currency": "502", "country": "502"} if kind == "sold" else {}
    day = civil_date(clock.now()).isoformat()
    return {"invt_no": line.declaration.invt_no, "gnum": line.gnum, "kind": kind, "qty": qty, "document": document, "happened_on": day, **sale, **more}  # fmt: skip


def on_hand() -> int:
    return Account.objects.get(kind="overseas_stock").limit_units


def test_9810_from_booking_to_stock_sale_and_count(zone: Plan, keys: Any) -> None:
    actor, line = stocked(zone, keys)
    assert on_hand() == 100 * 100_000
    told = overseas.record(actor, [event(line, "sold", "60", "SO-1"), event(line, "returned", "10", "RT-1")])
    assert [said for _, said in told.rows] == [[], []]
    again = overseas.record(actor, [event(line, "sold", "60", "SO-1"), event(line, "sold", "61", "SO-1")])
    assert [[one.code for one in said] for _, said in again.rows] == [[], ["BIZ-STOCK-DOCUMENT"]]
    refused = overseas.count(actor, line, date(2026, 11, 28), Decimal(25))
    assert [(one.code, one.facts["unexplained"]) for one in refused.findings] == [("BIZ-STOCK-UNEXPLAINED", "5")]
    overseas.record(actor, [event(line, "lost", "5", "LOSS-1")])
    assert overseas.count(actor, line, date(2026, 11, 28), Decimal(25)).report is not None
    assert StockReport.objects.get().on_hand == 25
    statement = overseas.statement(line)
    assert statement.on_hand_units == on_hand() == 25 * 100_000
    assert {name: rows for name, rows in violations().items() if rows} == {}


def test_more_than_is_on_hand_does_not_go_out_and_the_other_rows_do(zone: Plan, keys: Any) -> None:
    actor, line = stocked(zone, keys)
    rows = [event(line, "sold", "99", "A"), event(line, "sold", "2", "B"), event(line, "destroyed", "1", "C")]
    assert [[one.code for one in said] for said in overseas.findings(actor, rows)] == [[], ["BIZ-STOCK-SHORT"], []]
    assert StockEvent.objects.count() == 0
    told = overseas.record(actor, rows)
    assert [bool(number) for number, _ in told.rows] == [True, False, True]
    assert on_hand() == 0


def test_another_firm_reaches_nothing(zone: Plan, keys: Any) -> None:
    actor, line = stocked(zone, keys)
    stranger = replace(actor, party_codes=("91511300MA6DEM014G",))
    told = overseas.record(stranger, [event(line, "sold", "1", "A")])
    assert [[one.code for one in said] for _, said in told.rows] == [["BIZ-STOCK-LINE"]]
    assert on_hand() == 100 * 100_000


def test_sales_at_the_same_time_never_sell_a_piece_twice(zone: Plan, keys: Any) -> None:
    actor, line = stocked(zone, keys)
    start, kept = threading.Barrier(4), []

    def sell(number: int) -> None:
        start.wait()
        try:
            told = overseas.record(actor, [event(line, "sold", "40", f"SO-{number}")])
            kept.append(bool(told.rows[0][0]))
        finally:
            connection.close()

    threads = [threading.Thread(target=sell, args=[number]) for number in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(kept) == [False, False, True, True]
    assert on_hand() == 20 * 100_000
