"""Codec columns into the columns of our tables; persons become keyed hashes on the way (I12)."""

from __future__ import annotations

import polars as pl

from gongfu.base.kit.columns import address_key, blank, fen, grams, keyed, stamp

BASE = ("zone", "message_id", "guid", "received_at", "sender_code")


def _base(heads: pl.DataFrame) -> list[pl.Expr]:
    return [pl.col("document"), pl.col("appType").alias("app_type"), *(pl.col(name) for name in BASE)]


def _lines(items: pl.DataFrame) -> pl.DataFrame:
    """One JSON text of goods lines for each document."""
    wanted = [
        name
        for name in ("gnum", "itemNo", "itemName", "unit", "qty", "price", "totalPrice", "country")
        if name in items.columns
    ]
    texts = items.select(
        "document", pl.struct(pl.col(name).cast(pl.String) for name in wanted).struct.json_encode().alias("line")
    )
    return (
        texts.group_by("document", maintain_order=True)
        .agg(pl.col("line").str.join(","))
        .select("document", pl.format("[{}]", "line").alias("lines"))
    )


def orders(heads: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Rows of trade_order from CEB311 (with `document` and `app_type` besides)."""
    rows = heads.select(
        *_base(heads),
        pl.col("orderType").alias("order_type"),
        pl.col("ebpCode").alias("ebp_code"),
        pl.col("orderNo").alias("order_no"),
        pl.col("ebcCode").alias("ebc_code"),
        blank("payCode").alias("pay_code"),
        blank("payTransactionId").alias("pay_no"),
        "currency",
        fen("goodsValue").alias("goods_fen"),
        fen("freight").alias("freight_fen"),
        fen("discount").alias("discount_fen"),
        fen("taxTotal").alias("tax_fen"),
        fen("acturalPaid").alias("paid_fen"),
        keyed("buyer_key", "buyerIdType", "buyerIdNumber", "buyerName"),
        keyed("consignee_key", "consignee", "consigneeTelephone"),
        address_key("consigneeAddress"),
        stamp("appTime").alias("ordered_at"),
    )
    return rows.join(_lines(items), on="document", how="left", maintain_order="left")


def export_orders(heads: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Rows of trade_order from CEB303: no buyer, no payment, amounts in the order's currency."""
    rows = heads.select(
        *_base(heads),
        pl.col("orderType").alias("order_type"),
        pl.col("ebpCode").alias("ebp_code"),
        pl.col("orderNo").alias("order_no"),
        pl.col("ebcCode").alias("ebc_code"),
        "currency",
        fen("goodsValue").alias("goods_fen"),
        fen("freight").alias("freight_fen"),
        stamp("appTime").alias("ordered_at"),
    ).with_columns(
        pl.lit("").alias(name) for name in ("pay_code", "pay_no", "buyer_key", "consignee_key", "address_key")
    )
    return rows.join(_lines(items), on="document", how="left", maintain_order="left")


def payments(heads: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Rows of trade_payment from CEB411."""
    return heads.select(
        *_base(heads),
        pl.col("payCode").alias("pay_code"),
        pl.col("payTransactionId").alias("pay_no"),
        pl.col("ebpCode").alias("ebp_code"),
        pl.col("orderNo").alias("order_no"),
        "currency",
        fen("amountPaid").alias("paid_fen"),
        keyed("payer_key", "payerIdType", "payerIdNumber", "payerName"),
        stamp("payTime").alias("paid_at"),
    )


def collections(heads: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Rows of trade_collection from CEB403; money without a number of its own is told apart by its document."""
    number = blank("payNo")
    return heads.select(
        *_base(heads),
        pl.col("ebpCode").alias("ebp_code"),
        pl.col("ebcCode").alias("ebc_code"),
        pl.col("orderNo").alias("order_no"),
        blank("payCode").alias("pay_code"),
        pl.when(number == "").then(pl.col("guid")).otherwise(number).alias("pay_no"),
        "currency",
        fen("charge").alias("charge_fen"),
        stamp("accountingDate").alias("collected_at"),
    )


def waybills(heads: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Rows of trade_waybill from CEB511 and CEB505 (which names no consignee and no order)."""
    has = heads.columns
    optional = [
        (pl.col("orderNo") if "orderNo" in has else pl.lit("")).fill_null("").alias("order_no"),
        keyed("consignee_key", "consignee", "consigneeTelephone")
        if "consigneeTelephone" in has
        else pl.lit("").alias("consignee_key"),
        address_key("consigneeAddress") if "consigneeAddress" in has else pl.lit("").alias("address_key"),
    ]
    insured = fen("insuredFee") if "insuredFee" in has else pl.lit(0)
    return heads.select(
        *_base(heads),
        pl.col("logisticsCode").alias("logistics_code"),
        pl.col("logisticsNo").alias("logistics_no"),
        "currency",
        fen("freight").alias("freight_fen"),
        insured.alias("insured_fen"),
        (grams("weight") if "weight" in has else grams("grossWeight")).alias("weight_g"),
        pl.col("packNo").alias("packs"),
        blank("goodsInfo").alias("goods_info"),
        *optional,
    )


def statuses(heads: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Rows of trade_waybillstatus from CEB513."""
    return heads.select(
        *_base(heads),
        pl.col("logisticsCode").alias("logistics_code"),
        pl.col("logisticsNo").alias("logistics_no"),
        pl.col("logisticsStatus").alias("status"),
        stamp("logisticsTime").alias("happened_at"),
    )
