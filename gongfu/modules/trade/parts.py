"""Orders, payments, waybills and receipts of money as parts of an order's file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from gongfu.base.kit import bulk
from gongfu.base.kit.digests import digest, moment
from gongfu.core.money import yuan
from gongfu.modules.trade.events import Part

KEYS = "(SELECT * FROM unnest(%s::text[], %s::text[]))"
SAID = ("id", "guid", "zone")
ORDER = digest(*SAID, "ebp_code", "order_no", "ebc_code", "pay_code", "pay_no", "currency", "goods_fen", "freight_fen", "discount_fen", "tax_fen", "paid_fen", "buyer_key", "consignee_key", "address_key", moment("ordered_at"), "lines")  # fmt: skip
PAYMENT = digest(*SAID, "pay_code", "pay_no", "ebp_code", "order_no", "currency", "paid_fen", "payer_key", moment("paid_at"))  # fmt: skip
WAYBILL = digest(*SAID, "logistics_code", "logistics_no", "order_no", "currency", "freight_fen", "insured_fen", "weight_g", "packs", "consignee_key", "address_key")  # fmt: skip
STATUS = digest(*SAID, "logistics_code", "logistics_no", "status", moment("happened_at"))
ORDERS = (
    f"SELECT *, {ORDER} AS digest FROM trade_order WHERE NOT withdrawn AND (ebp_code, order_no) IN {KEYS} ORDER BY id"
)
PAYMENTS = f"SELECT *, {PAYMENT} AS digest FROM trade_payment WHERE NOT withdrawn AND (ebp_code, order_no) IN {KEYS} ORDER BY id"
WAYBILLS = f"SELECT *, {WAYBILL} AS digest FROM trade_waybill WHERE NOT withdrawn AND (logistics_code, logistics_no) IN {KEYS} ORDER BY id"
STATUSES = (
    f"SELECT *, {STATUS} AS digest FROM trade_waybillstatus WHERE NOT withdrawn AND (logistics_code, logistics_no) IN {KEYS} ORDER BY id"
)
COLLECTED = digest(*SAID, "ebp_code", "ebc_code", "order_no", "pay_code", "pay_no", "currency", "charge_fen", moment("collected_at"))  # fmt: skip
COLLECTIONS = f"SELECT *, {COLLECTED} AS digest FROM trade_collection WHERE NOT withdrawn AND (ebp_code, order_no) IN {KEYS} ORDER BY id"
FLOWS = {"I": "I", "B": "B", "W": "B"}
STATES = {"R": ("在途", "on the way"), "S": ("签收", "signed for")}
Rows = Iterable[dict[str, Any]]


def _rows(query: str, pairs: Iterable[tuple[str, str]]) -> Rows:
    known = list(pairs)
    return (
        bulk.fetch(query, [[one for one, _ in known], [two for _, two in known]]).iter_rows(named=True) if known else ()
    )


def of_orders(orders: list[tuple[str, str]]) -> list[Part]:
    """What this module holds under the orders' own keys."""
    return [
        *(_order(row) for row in _rows(ORDERS, orders)),
        *(_payment(row) for row in _rows(PAYMENTS, orders)),
        *(_collection(row) for row in _rows(COLLECTIONS, orders)),
    ]


def of_waybills(cited: dict[tuple[str, str], list[tuple[str, str]]]) -> list[Part]:
    """Waybills and their statuses for the orders whose lists cite them.  cited: (carrier, number) → orders."""
    found = []
    for row in _rows(WAYBILLS, cited):
        found += [_waybill(row, order) for order in cited[row["logistics_code"], row["logistics_no"]]]
    for row in _rows(STATUSES, cited):
        found += [_status(row, order) for order in cited[row["logistics_code"], row["logistics_no"]]]
    return found


def _order(row: dict[str, Any]) -> Part:
    return Part(
        (row["ebp_code"], row["order_no"]), "order", f"order:{row['id']}", row["order_no"], row["zone"], (row["ebp_code"], row["ebc_code"]), row["digest"],
        row["ordered_at"], flow=FLOWS.get(row["order_type"], "E"), href=f"messages/{row['message_id']}", values=(
            ("商品价格", "Goods", yuan(row["goods_fen"])), ("实付", "Paid", yuan(row["paid_fen"])), ("币制", "Currency", row["currency"]),
            ("", "platform", row["ebp_code"]), ("", "seller", row["ebc_code"]), ("", "payment", row["pay_code"]),
        ),
    )  # fmt: skip


def _payment(row: dict[str, Any]) -> Part:
    return Part(
        (row["ebp_code"], row["order_no"]), "payment", f"payment:{row['id']}", row["pay_no"], row["zone"], (row["pay_code"], row["ebp_code"]), row["digest"],
        row["paid_at"], flow="I", href=f"messages/{row['message_id']}", values=(
            ("支付金额", "Amount", yuan(row["paid_fen"])), ("币制", "Currency", row["currency"]), ("", "payment", row["pay_code"]), ("", "platform", row["ebp_code"]),
        ),
    )  # fmt: skip


def _collection(row: dict[str, Any]) -> Part:
    return Part(
        (row["ebp_code"], row["order_no"]), "collection", f"collection:{row['id']}", row["pay_no"], row["zone"], (row["ebp_code"], row["ebc_code"], row["pay_code"]), row["digest"],
        row["collected_at"], href=f"messages/{row['message_id']}", values=(
            ("收款金额", "Received", yuan(row["charge_fen"])), ("币制", "Currency", row["currency"]), ("", "platform", row["ebp_code"]), ("", "seller", row["ebc_code"]),
        ),
    )  # fmt: skip


def _waybill(row: dict[str, Any], order: tuple[str, str]) -> Part:
    return Part(
        order, "waybill", f"waybill:{row['id']}", row["logistics_no"], row["zone"], (row["logistics_code"],), row["digest"], row["received_at"],
        href=f"messages/{row['message_id']}", values=(
            ("毛重", "Gross weight", f"{row['weight_g'] / 1000:g} kg"), ("件数", "Packages", str(row["packs"])), ("", "logistics", row["logistics_code"]),
        ),
    )  # fmt: skip


def _status(row: dict[str, Any], order: tuple[str, str]) -> Part:
    zh, en = STATES.get(row["status"], (row["status"], row["status"]))
    return Part(
        order, "delivery", f"delivery:{row['id']}", row["logistics_no"], row["zone"], (row["logistics_code"],), row["digest"], row["happened_at"],
        values=((zh, en, ""),),
    )  # fmt: skip


# Numbers alone: the tables are keyed by platform or carrier first, so each of those few codes is tried in the index.
EACH = (
    "WITH RECURSIVE c(code) AS ((SELECT {one} FROM {table} WHERE NOT withdrawn ORDER BY {one} LIMIT 1) UNION ALL "
    "SELECT (SELECT {one} FROM {table} WHERE NOT withdrawn AND {one} > c.code ORDER BY {one} LIMIT 1) FROM c WHERE c.code IS NOT NULL) "
    "SELECT {columns} FROM c JOIN {table} t ON t.{one} = c.code AND t.{two} = %s WHERE NOT t.withdrawn"
)
ORDER_BY_NO = EACH.format(table="trade_order", one="ebp_code", two="order_no", columns="t.ebp_code, t.order_no, t.zone, ARRAY[t.ebp_code, t.ebc_code]")  # fmt: skip
PAID_BY_NO = EACH.format(table="trade_payment", one="ebp_code", two="order_no", columns="t.ebp_code, t.order_no, t.zone, ARRAY[t.pay_code, t.ebp_code]")  # fmt: skip
PAYMENT_BY_NO = EACH.format(table="trade_payment", one="pay_code", two="pay_no", columns="t.ebp_code, t.order_no, t.zone, ARRAY[t.pay_code, t.ebp_code]")  # fmt: skip
RECEIPT_BY_NO = "SELECT DISTINCT ebp_code, order_no, zone, ARRAY[ebp_code, ebc_code, pay_code] FROM trade_collection WHERE NOT withdrawn AND (order_no = %s OR pay_no = %s)"
WAYBILL_BY_NO = EACH.format(table="trade_waybill", one="logistics_code", two="logistics_no", columns="t.logistics_code, t.order_no, t.zone, ARRAY[t.logistics_code]")  # fmt: skip
FOUND: dict[str, Any] = {"ebp_code": pl.String, "order_no": pl.String, "zone": pl.String, "owners": pl.List(pl.String)}
Found = tuple[str, str, str, tuple[str, ...]]


def found(number: str) -> list[Found]:
    """(platform, order, zone, owners) of the orders that a number names: an order's, a payment's, or a waybill's that states its order."""
    told = [
        row
        for query in (ORDER_BY_NO, PAID_BY_NO, PAYMENT_BY_NO)
        for row in bulk.fetch(query, [number], FOUND).iter_rows()
    ]
    told += bulk.fetch(RECEIPT_BY_NO, [number, number], FOUND).iter_rows()
    for _, order_no, _, owners in bulk.fetch(WAYBILL_BY_NO, [number], FOUND).iter_rows():
        if order_no:
            orders = bulk.fetch(ORDER_BY_NO, [order_no], FOUND).iter_rows()
            told += [(platform, no, zone, [*whose, *owners]) for platform, no, zone, whose in orders]
    return [(platform, no, zone, tuple(owners)) for platform, no, zone, owners in told]
