"""Results of summaries (CEB792) against the summary: every line of its lists is in one form, once, under the code it was declared with."""

from __future__ import annotations

import polars as pl

FACTS = ("sumNo", "declaration", "agent_code", "kind", "ours", "theirs")


def strangers(told: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    """Lines of forms (columns of `compared`) that are none of the summary's own."""
    return told.with_columns(pl.col("gnum").cast(pl.Int64)).join(listed, on=["sumNo", "invtNo", "gnum"], how="anti", maintain_order="left")


def compared(told: pl.DataFrame, listed: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(sound, differences).  told: sumNo, declSeqNo, invtNo, gseqno, gnum, gcode of the forms.  listed: sumNo, declaration, agent_code,
    invtNo, gnum, hs10 of the summary's lists, and seq_no, the form that has the line already.

    sound: seq_no, place, declaration, gnum, not told before.  differences: FACTS; lines that are none of the summary's own are
    `strangers`.
    """
    numbers = told.with_columns(pl.col("gnum", "gseqno").cast(pl.Int64))
    rows = numbers.join(listed, on=["sumNo", "invtNo", "gnum"], how="inner", maintain_order="left")
    first = pl.int_range(pl.len()).over("declaration", "gnum") == 0
    rows = rows.with_columns(
        first=first, elsewhere=pl.col("seq_no").fill_null(pl.col("declSeqNo")) != pl.col("declSeqNo")
    )
    fresh = rows.filter(pl.col("seq_no").is_null() & pl.col("first"))
    sound = fresh.select(seq_no="declSeqNo", place="gseqno", declaration="declaration", gnum="gnum")
    moved = rows.filter(pl.col("elsewhere") | (pl.col("seq_no").is_null() & ~pl.col("first")))
    recoded = rows.filter(pl.col("first") & (pl.col("hs10") != pl.col("gcode")))
    differences = [
        _difference(moved, "summary_form", pl.format("{}", pl.col("seq_no").fill_null("—")), pl.col("declSeqNo")),
        _difference(recoded, "summary_code", pl.col("hs10"), pl.col("gcode")),
    ]
    return sound, pl.concat(differences)


def _difference(rows: pl.DataFrame, kind: str, ours: pl.Expr, theirs: pl.Expr) -> pl.DataFrame:
    line = pl.format("#{} ", "gnum")
    return rows.select(
        "sumNo",
        "declaration",
        "agent_code",
        kind=pl.lit(kind),
        ours=pl.concat_str(line, ours),
        theirs=pl.concat_str(line, theirs),
    )
