"""Electronic tax bills as parts of an order's file."""

from __future__ import annotations

from typing import Any

import polars as pl

from gongfu.base.kit import bulk
from gongfu.base.kit.beijing import moment
from gongfu.base.kit.digests import digest
from gongfu.core.money import yuan
from gongfu.modules.trade.events import Part

BILL = digest("b.tax_no", "b.duty_fen", "b.ct_fen", "b.vat_fen", "b.invt_no", "b.returned_at")
BILLS = (
    "SELECT b.tax_no, b.duty_fen + b.ct_fen + b.vat_fen AS due_fen, b.returned_at, d.id, d.zone, d.ebp_code, d.order_no, "
    f"ARRAY[d.agent_code, d.ebc_code, d.ebp_code, d.sender_code] AS owners, {BILL} AS digest "
    "FROM tax_bill b JOIN declarations_declaration d ON d.id = b.declaration_id WHERE b.returned_at <> '' "
    "AND (d.order_no, d.ebp_code) IN (SELECT * FROM unnest(%s::text[], %s::text[])) ORDER BY b.id"
)
NAMED = (
    "SELECT d.ebp_code, d.order_no, d.zone, ARRAY[d.agent_code, d.ebc_code, d.ebp_code, d.sender_code] "
    "FROM tax_bill b JOIN declarations_declaration d ON d.id = b.declaration_id WHERE b.tax_no = %s"
)
BILLED = "SELECT DISTINCT declaration_id FROM tax_bill WHERE tax_no = ANY(%s) AND declaration_id IS NOT NULL"
FOUND: dict[str, Any] = {"ebp_code": pl.String, "order_no": pl.String, "zone": pl.String, "owners": pl.List(pl.String)}


def of_orders(orders: list[tuple[str, str]]) -> list[Part]:
    """The bills of the lists of these orders (platform, number); a newer version of a bill is a part of its own."""
    rows = bulk.fetch(BILLS, [[no for _, no in orders], [platform for platform, _ in orders]])
    return [
        Part(
            (row["ebp_code"], row["order_no"]), "tax_bill", f"tax_bill:{row['tax_no']}:{row['returned_at']}", row["tax_no"], row["zone"], tuple(row["owners"]),
            row["digest"], moment(row["returned_at"]), href=f"lists/{row['id']}", values=(("应征税款", "Tax due", yuan(row["due_fen"])),),
        )
        for row in rows.iter_rows(named=True)
    ]  # fmt: skip


def found(number: str) -> list[tuple[str, str, str, tuple[str, ...]]]:
    """(platform, order, zone, owners) of the list that a tax bill is of."""
    rows = bulk.fetch(NAMED, [number], FOUND).iter_rows()
    return [(platform, order, zone, tuple(owners)) for platform, order, zone, owners in rows]


def billed(bills: list[str]) -> list[int]:
    """The lists that these bills are of, as far as they are known."""
    found: list[int] = bulk.fetch(BILLED, [bills], {"id": pl.Int64})["id"].to_list()
    return found
