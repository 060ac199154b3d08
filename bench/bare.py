"""The bare pipeline: verify, parse, match, tax and durable rows of four messages, with nothing of a product around it.

python -m bench.bare LISTS PER_MESSAGE START   (a worker; the parent says when to go)
"""

from __future__ import annotations

import sys
from time import perf_counter

import bench.ready  # noqa: F401  isort: skip
import polars as pl
from django.db import transaction

from bench.material import keyring, material, today
from bench.rows import FLOWS, verified, with_origin
from gongfu.base.kit import bulk
from gongfu.config import datafolder
from gongfu.core.ceb import codec
from gongfu.modules.declarations import frames as lists
from gongfu.modules.matching import rules as matching
from gongfu.modules.tax.rules import retail as tax
from gongfu.modules.trade import frames as trade
from gongfu.reference.tables import parameters

TABLES = ("declarations_declaration", "declarations_line", "tax_assessment")
MOMENT = pl.Datetime("us", "UTC")
TAX = ("gnum", "path", "share_fen", "dv_fen", "duty_bp", "vat_bp", "ct_bp", "duty_fen", "ct_fen", "vat_fen")
EMPTY = {
    "pre_no": "",
    "invt_no": "",
    "returned_at": "",
    "state": "ready",
    "findings": "[]",
    "match": "[]",
}


def make_tables() -> None:
    """Tables of the same columns and indexes as the product's."""
    for name in TABLES:
        bulk.execute(f"DROP TABLE IF EXISTS bare_{name}")
        bulk.execute(f"CREATE TABLE bare_{name} (LIKE {name} INCLUDING ALL)")


def work(count: int, per_message: int, start: int) -> list[float]:
    """Seconds of each unit of four messages."""
    keys = keyring(datafolder.path())
    made = material(keys, count, per_message, today(), start)
    certificates = {firm.code: [keys.of(firm)[1]] for firm in made.senders.values()}
    print("ready", flush=True)
    sys.stdin.readline()
    spent, number = [], start
    for group in made.groups:
        began = perf_counter()
        number = _one(verified(group, certificates), number)
        spent.append(perf_counter() - began)
    return spent


def _one(batches: dict[str, codec.Batch], number: int) -> int:
    """Match, tax and store one unit; gives the next row number."""
    read: dict[str, pl.DataFrame] = {}
    for kind, batch in batches.items():
        if kind in FLOWS:
            read[FLOWS[kind]] = getattr(trade, FLOWS[kind])(with_origin(batch), batch.items)
    batch = batches["CEB621Message"]
    rows = lists.declarations(with_origin(batch), batch.items, "CEB621Message")
    rows = rows.with_columns(id=pl.int_range(number, number + rows.height, dtype=pl.Int64))
    lines = lists.lines(batch.items, rows.select("document", "id"))
    heads = dated(rows.rename({"id": "declaration"}), "declared_at")
    own = lines.rename({"declaration_id": "declaration"})
    orders = dated(read["orders"], "ordered_at")
    verdicts, _ = matching.match(
        heads,
        orders.drop("lines"),
        dated(read["payments"], "paid_at"),
        read["waybills"],
        _order_lines(orders),
        own,
        params=parameters(today()),
    )
    if not (verdicts["verdict"] == "matched").all():
        raise ValueError("the material must match")
    assessed = tax.assess(heads.select("declaration", "freight_fen", "insured_fen"), own, on=today())
    with transaction.atomic():
        bulk.copy_in(
            "bare_declarations_declaration",
            rows.drop("document", "app_type").with_columns(**{name: pl.lit(text) for name, text in EMPTY.items()}),
        )
        bulk.copy_in("bare_declarations_line", lines)
        bulk.copy_in("bare_tax_assessment", assessed.select(pl.col("declaration").alias("declaration_id"), *TAX))
    return number + rows.height


def dated(frame: pl.DataFrame, *names: str) -> pl.DataFrame:
    """Texts for PostgreSQL as moments; all in one zone, so that they compare as they stand."""
    return frame.with_columns(
        pl.col(name).str.slice(0, 19).str.to_datetime().dt.replace_time_zone("UTC").cast(MOMENT) for name in names
    )


def _order_lines(orders: pl.DataFrame) -> pl.DataFrame:
    stored = pl.List(pl.Struct(dict.fromkeys(("gnum", "itemNo", "qty", "price"), pl.String)))
    told = (
        orders.select("ebp_code", "order_no", pl.col("lines").str.json_decode(stored)).explode("lines").unnest("lines")
    )
    number = pl.Decimal(38, 5)
    return told.select(
        "ebp_code",
        "order_no",
        pl.col("gnum").cast(pl.Int64),
        pl.col("qty", "price").cast(number),
        item_no=pl.col("itemNo").fill_null(""),
    )


if __name__ == "__main__":
    print(work(*(int(one) for one in sys.argv[1:4])))
