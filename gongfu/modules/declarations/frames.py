"""Codec columns of CEB621 and CEB603 into the columns of our tables; persons become keyed hashes (I12)."""

from __future__ import annotations

import polars as pl

from gongfu.base.kit.columns import address_key, blank, day, fen, grams, keyed, quota_key, stamp

CNY = "142"


def declarations(heads: pl.DataFrame, items: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Rows of declarations_declaration (with `document`) from the heads of one message type, not yet numbered."""
    imports = kind == "CEB621Message"
    totals = items.group_by("document").agg(fen("totalPrice").sum().alias("goods_fen"))
    rows = heads.select(
        "document",
        pl.col("appType").alias("app_type"),
        "zone",
        "message_id",
        "sender_code",
        "guid",
        "received_at",
        "reason",
        pl.col("ieFlag").alias("flow"),
        pl.col("tradeMode").alias("mode"),
        pl.col("ebpCode").alias("ebp_code"),
        pl.col("orderNo").alias("order_no"),
        pl.col("ebcCode").alias("ebc_code"),
        pl.col("logisticsCode").alias("logistics_code"),
        pl.col("logisticsNo").alias("logistics_no"),
        pl.col("agentCode").alias("agent_code"),
        pl.col("customsCode").alias("customs_code"),
        blank("copNo").alias("local_ref_no"),
        (blank("emsNo") if "emsNo" in heads.columns else pl.lit("")).alias("ems_no"),
        (blank("site") if "site" in heads.columns else pl.lit("")).alias("site"),
        blank("country").alias("country"),
        fen("freight").alias("freight_fen"),
        fen("insuredFee").alias("insured_fen"),
        grams("grossWeight").alias("gross_g"),
        stamp("appTime").alias("declared_at"),
        *(_import_columns() if imports else _export_columns()),
    )
    return rows.join(totals, on="document", how="left", maintain_order="left")


def _import_columns() -> list[pl.Expr]:
    return [
        pl.col("assureCode").alias("assure_code"),
        pl.col("currency"),
        pl.lit("").alias("lane"),
        day("declTime").alias("declared_on"),
        keyed("buyer_key", "buyerIdType", "buyerIdNumber", "buyerName"),
        pl.col("buyerIdNumber").map_elements(quota_key, return_dtype=pl.String).alias("quota_key"),
        address_key("consigneeAddress"),
    ]


def _export_columns() -> list[pl.Expr]:
    return [
        pl.lit("").alias("assure_code"),
        pl.col("fCurrency").fill_null(CNY).alias("currency"),
        blank("statisticsFlag").alias("lane"),
        day("appTime").alias("declared_on"),
        pl.lit("").alias("buyer_key"),
        pl.lit("").alias("quota_key"),
        pl.lit("").alias("address_key"),
    ]


def lines(items: pl.DataFrame, numbers: pl.DataFrame) -> pl.DataFrame:
    """Rows of declarations_line for the numbered documents (numbers: document, id)."""
    return items.join(numbers, on="document", how="inner", maintain_order="left").select(
        pl.col("id").alias("declaration_id"),
        "gnum",
        blank("itemNo").alias("item_no"),
        (blank("itemRecordNo") if "itemRecordNo" in items.columns else pl.lit("")).alias("record_no"),
        pl.col("gcode").alias("hs10"),
        pl.col("gname").alias("name"),
        blank("gmodel").alias("model"),
        "country",
        "qty",
        "unit",
        "qty1",
        "unit1",
        "price",
        fen("totalPrice").alias("total_fen"),
        pl.col("currency").fill_null(CNY).alias("currency"),
    )


def exported(heads: pl.DataFrame, numbers: pl.DataFrame) -> pl.DataFrame:
    """Rows of declarations_exported for the numbered CEB603 (numbers: document, id)."""
    return heads.join(numbers, on="document", how="inner", maintain_order="left").select(
        pl.col("id").alias("declaration_id"),
        "zone",
        pl.col("ebcCode").alias("ebc_code"),
        pl.col("agentCode").alias("agent_code"),
        pl.col("ownerCode").alias("owner_code"),
        pl.col("customsCode").alias("customs_code"),
        pl.col("tradeMode").alias("mode"),
        pl.col("statisticsFlag").alias("lane"),
        pl.col("trafMode").alias("traf_mode"),
        "country",
        pl.col("portCode").alias("port_code"),
        grams("netWeight").alias("net_g"),
        (pl.col("licenseNo").fill_null("") != "").alias("licence"),
        blank("trafName").alias("vehicle"),
        blank("voyageNo").alias("voyage_no"),
        blank("billNo").alias("bill_no"),
    )
