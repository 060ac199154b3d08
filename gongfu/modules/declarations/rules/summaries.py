"""Monthly summaries of cleared lists: who may be in one (CEB701), and how lists merge to forms (R-302, R-303).

Merging works in two steps, so that a month of millions of lists needs no more memory than its keys: `partial` adds up one
chunk of whole lists, `forms` adds up the partial sums and cuts the forms. All amounts are whole numbers; nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from gongfu.core.rule import Finding
from gongfu.modules.declarations.rules.chain import parts
from gongfu.modules.declarations.rules.known import Found, Known

RETAIL = ("9610", "1210")
LANE = "B"
RULES = ("R-302", "R-303")
# The merge key of R-303 (M). Quantities of different units are never added (D), so the units belong to it.
HEADER = ("ebc_code", "traf_mode", "owner_code", "country", "port_code")
LINE = ("line_country", "hs10", "currency", "unit", "unit1")
SUMS = ("qty_units", "qty1_units", "total_fen", "lines", "lists")
MOST_LINES = 50  # of one form (M)
MERGED: dict[str, Any] = {
    "form": pl.UInt32,
    "place": pl.UInt32,
    **dict.fromkeys((*HEADER, *LINE), pl.String),
    **dict.fromkeys(SUMS, pl.Int64),
}


def applications(heads: pl.DataFrame, items: pl.DataFrame, known: Known) -> Found:
    """CEB701: one's own cleared lists of lane B, each in one summary only, also across documents that come together."""
    taken = set(known.earlier.filter(pl.col("kind") == "CEB701Message")["declaration"].drop_nulls())
    found: Found = list(parts(heads))
    empty = heads.join(items.select("document").unique(), on="document", how="anti", maintain_order="left")
    for number, guid, own in empty.select("document", "guid", "copNo").iter_rows():
        found.append((number, Finding("BIZ-SUMMARY-EMPTY", guid, field="invtNo", value=own, rules=RULES)))
    firms = heads.select("document", "guid", "agentCode", "ebcCode")
    told = items.select("document", pl.col("gnum").cast(pl.Int64), "invtNo").join(
        firms, on="document", how="inner", maintain_order="left"
    )
    lists = known.lists.select(
        "document", "gnum", "declaration", "list_agent", "list_seller", "list_mode", "list_lane", "list_state"
    )
    for row in told.join(lists, on=["document", "gnum"], how="left", maintain_order="left").iter_rows(named=True):
        said = _fault(row, row["declaration"] in taken)
        if said:
            found.append((row["document"], said))
        else:
            taken.add(row["declaration"])
    return found


def _fault(row: dict[str, Any], taken: bool) -> Finding | None:
    where = (row["guid"], row["gnum"], "invtNo", row["invtNo"])
    own = row["list_agent"] == row["agentCode"] and row["list_seller"] == row["ebcCode"]
    if row["declaration"] is None or not own:
        return Finding("BIZ-LIST-UNKNOWN", *where, rules=RULES)
    if row["list_mode"] not in RETAIL or row["list_lane"] != LANE:
        lane = {"lane": row["list_lane"] or "—", "mode": row["list_mode"]}
        return Finding("BIZ-SUMMARY-LANE", *where, lane, ("R-304", "R-305"))
    if row["list_state"] != "closed":
        return Finding("BIZ-SUMMARY-STATE", *where, {"state": row["list_state"]}, RULES)
    return Finding("BIZ-SUMMARY-TWICE", *where, rules=("R-303",)) if taken else None


def partial(lines: pl.DataFrame) -> pl.DataFrame:
    """Sums of one chunk by merge key.  lines: list (its number), the columns of HEADER and LINE, qty_units and qty1_units
    (1e-5 of the unit), total_fen (hundredths of the currency).  A list must not be spread over chunks."""
    return lines.group_by(*HEADER, *LINE).agg(
        pl.col("qty_units", "qty1_units", "total_fen").sum(),
        lines=pl.len().cast(pl.Int64),
        lists=pl.col("list").n_unique().cast(pl.Int64),
    )


def forms(sums: Iterable[pl.DataFrame], most: int = MOST_LINES) -> pl.DataFrame:
    """Forms and their lines (form and place from 1) of all partial sums: one form a header key, cut at `most` lines.

    The order follows the keys, so that the same lists give the same forms whatever chunks they came in.
    """
    chunks = list(sums)
    if not chunks:
        return pl.DataFrame(schema=MERGED)
    merged = pl.concat(chunks).group_by(*HEADER, *LINE).agg(pl.col(*SUMS).sum()).sort(*HEADER, *LINE)
    within = pl.int_range(pl.len()).over(*HEADER)
    placed = merged.with_columns(place=within % most + 1, part=within // most)
    number = pl.struct(*HEADER, "part").rle_id() + 1
    return placed.with_columns(form=number).select(pl.col(name).cast(kind) for name, kind in MERGED.items())
