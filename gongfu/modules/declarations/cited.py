"""What follow-up documents cite: lists by their number or by their parcels, with their lines and what followed them before."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from gongfu.base.kit import bulk
from gongfu.modules.declarations.flows import FOLLOW_UP, OPEN
from gongfu.modules.declarations.follow_ups import FollowUpKind
from gongfu.modules.declarations.queries import released_on
from gongfu.modules.declarations.rules.known import Known

CITED: dict[str, Any] = {
    "declaration": pl.Int64,
    "list_zone": pl.String,
    "list_flow": pl.String,
    "list_mode": pl.String,
    "list_state": pl.String,
    "list_lane": pl.String,
    "list_number": pl.String,
    "list_order": pl.String,
    "list_platform": pl.String,
    "list_seller": pl.String,
    "list_agent": pl.String,
    "list_carrier": pl.String,
    "list_waybill": pl.String,
    "list_customs": pl.String,
    "list_country": pl.String,
    "list_currency": pl.String,
    "list_goods_fen": pl.Int64,
    "list_declared_on": pl.Date,
    "list_released_at": pl.Datetime("us", "UTC"),
    "list_released_on": pl.Date,
}
COLUMNS = (
    "id, zone, flow, mode, state, lane, invt_no, order_no, ebp_code, ebc_code, agent_code, logistics_code, logistics_no, customs_code, "
    f"country, currency, goods_fen, declared_on, released_at, {released_on('declarations_declaration')}"
)
BY_NUMBER = f"SELECT {COLUMNS} FROM declarations_declaration WHERE invt_no = ANY(%s) ORDER BY id"
BY_PARCEL = (
    f"SELECT {COLUMNS} FROM declarations_declaration WHERE live AND (logistics_code, logistics_no) IN "
    "(SELECT * FROM unnest(%s::text[], %s::text[])) ORDER BY id"
)
LINES: dict[str, Any] = {
    "declaration": pl.Int64,
    "gnum": pl.Int64,
    "hs10": pl.String,
    "name": pl.String,
    "country": pl.String,
    "qty": pl.Decimal(38, 5),
    "unit": pl.String,
    "qty1": pl.Decimal(38, 5),
    "unit1": pl.String,
    "total_fen": pl.Int64,
}
EARLIER: dict[str, Any] = {
    "follow_up": pl.Int64,
    "kind": pl.String,
    "state": pl.String,
    "declaration": pl.Int64,
    "of_gnum": pl.Int64,
    "qty": pl.Decimal(38, 5),
}
BEFORE = (
    "SELECT f.id, f.kind, f.state, coalesce(l.declaration_id, f.declaration_id) AS of, l.of_gnum, l.qty FROM declarations_followup f "
    "LEFT JOIN declarations_followupline l ON l.follow_up_id = f.id "
    "WHERE f.live AND (f.declaration_id = ANY(%s) OR f.id IN (SELECT follow_up_id FROM declarations_followupline WHERE declaration_id = ANY(%s))) "
    "ORDER BY f.id, l.gnum"
)


def known(kind: FollowUpKind, heads: pl.DataFrame, items: pl.DataFrame, at: datetime, *, lock: bool) -> Known:
    """What the kind's rules may know of these documents; with `lock`, nobody else can follow up the same lists meanwhile."""
    lists = pl.concat([_of_heads(kind, heads, lock), _of_lines(kind, heads, items, lock)])
    numbers = lists["declaration"].drop_nulls().unique().sort().to_list()
    lines = bulk.fetch(
        f"SELECT declaration_id, {', '.join(name for name in LINES if name != 'declaration')} FROM declarations_line "
        "WHERE declaration_id = ANY(%s) ORDER BY declaration_id, gnum",
        [numbers],
        LINES,
    )
    earlier = bulk.fetch(BEFORE, [numbers, numbers], EARLIER)
    return Known(lists, lines, earlier.with_columns(open=~pl.col("state").is_in(FOLLOW_UP.finals)), at)


def _of_heads(kind: FollowUpKind, heads: pl.DataFrame, lock: bool) -> pl.DataFrame:
    if not kind.cites:
        return _joined(
            pl.DataFrame(schema={"document": pl.Int64, "gnum": pl.Int64, "list_number": pl.String}), "number", lock
        )
    keys = heads.select("document", pl.lit(0, pl.Int64).alias("gnum"), pl.col(kind.cites).alias("list_number"))
    return _joined(keys, "number", lock)


def _of_lines(kind: FollowUpKind, heads: pl.DataFrame, items: pl.DataFrame, lock: bool) -> pl.DataFrame:
    where = [pl.col("document"), pl.col("gnum").cast(pl.Int64)] if kind.line_cites else []
    if kind.line_cites == "invtNo":
        return _joined(items.select(*where, pl.col("invtNo").alias("list_number")), "number", lock)
    if kind.line_cites == "logisticsNo":
        carriers = heads.select("document", pl.col("logisticsCode").alias("list_carrier"))
        keys = items.select(*where, pl.col("logisticsNo").alias("list_waybill"))
        return _joined(keys.join(carriers, on="document", how="left", maintain_order="left"), "parcel", lock)
    return _joined(
        pl.DataFrame(schema={"document": pl.Int64, "gnum": pl.Int64, "list_number": pl.String}), "number", lock
    )


def _joined(keys: pl.DataFrame, by: str, lock: bool) -> pl.DataFrame:
    """keys: document, gnum and the list's number, or its carrier and waybill.  A list nobody knows has no `declaration`."""
    on = ["list_number"] if by == "number" else ["list_carrier", "list_waybill"]
    wanted = keys.select(on).drop_nulls().unique(maintain_order=True)
    query = (BY_NUMBER if by == "number" else BY_PARCEL) + (" FOR UPDATE" if lock else "")
    found = bulk.fetch(query, [wanted[name].to_list() for name in on], CITED).unique(
        on, keep="last", maintain_order=True
    )
    lists = found.with_columns(list_open=pl.col("list_state").is_in(OPEN))
    told = keys.join(lists, on=on, how="left", maintain_order="left")
    return told.select("document", "gnum", *CITED, "list_open")
