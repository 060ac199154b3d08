"""Reconciliation: frames of what each side says of the same day in, typed differences out (R-005, R-113)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import polars as pl

MOMENT = pl.Datetime("us", "UTC")
SENT: Mapping[str, pl.DataType] = {
    "key": pl.String(), "type": pl.String(), "queued_at": MOMENT, "delivered_at": MOMENT,
}  # fmt: skip
RECEIPTS: Mapping[str, pl.DataType] = {
    "key": pl.String(), "status": pl.String(), "returned_at": pl.String(), "rank": pl.Int64(),
}  # fmt: skip
KNOWN: Mapping[str, pl.DataType] = {
    "key": pl.String(), "type": pl.String(), "state": pl.String(), "party_code": pl.String(), "declaration": pl.Int64(),
}  # fmt: skip
LISTS: Mapping[str, pl.DataType] = {
    "declaration": pl.Int64(), "number": pl.String(), "party_code": pl.String(), "released_at": MOMENT, "tax_fen": pl.Int64(), "returned_fen": pl.Int64(), "lines": pl.Int64(),
}  # fmt: skip
BILLS: Mapping[str, pl.DataType] = {
    "tax_no": pl.String(), "declaration": pl.Int64(), "number": pl.String(), "tax_fen": pl.Int64(),
}  # fmt: skip
AMOUNTS: Mapping[str, pl.DataType] = {"key": pl.String(), "party_code": pl.String(), "amount_fen": pl.Int64()}
DIFFERENCES: Mapping[str, pl.DataType] = {
    "kind": pl.String(), "key": pl.String(), "party_code": pl.String(), "declaration": pl.Int64(), "ours": pl.String(), "theirs": pl.String(),
}  # fmt: skip
# A list that another document ended, as far as its own receipts can tell: cancelled (623/605) or shipped back (625).
BY_ANOTHER = {"cancelled": ("released", "closed"), "returned": ()}
Fold = Callable[[str, tuple[str, ...]], str]


def window(
    sent: pl.DataFrame, receipts: pl.DataFrame, known: pl.DataFrame, *, fold: Fold, now: datetime, answer_hours: int
) -> pl.DataFrame:
    """Three ways at once: what went to the single window, what came back, and where each document stands here.

    sent: SENT, one row for each time a document was put out; `delivered_at` null while it was not delivered.  receipts: RECEIPTS of
    customs for these documents, and those that name none of ours; `rank` orders two of one moment.  known: KNOWN, the newest document
    of each key; `state` null of one that has none here.  fold: the state that statuses in their order lead to, for a message type.
    Gives DIFFERENCES of the kinds undelivered, unanswered, unsent (answered, though never delivered), unknown (answered or sent, but
    no document), state (differs from what its receipts say), twice (delivered twice) and count.
    """
    receipts = receipts.unique(["key", "status", "returned_at"], maintain_order=True)
    late = now.astimezone(UTC) - timedelta(hours=answer_hours)
    out = sent.group_by("key").agg(
        pl.col("type").first(),
        pl.col("queued_at").min(),
        pl.col("delivered_at").min(),
        pl.col("delivered_at").count().alias("times"),
    )
    told = receipts.sort("key", "returned_at", "rank", "status").group_by("key", maintain_order=True).agg("status")
    here = known.drop("type").with_columns(here=True)
    rows = out.join(told, on="key", how="full", coalesce=True).join(here, on="key", how="left")
    answered, lost = pl.col("status").is_not_null(), pl.col("here").is_null()
    delivered = pl.col("delivered_at").is_not_null()
    parts = [
        _told(rows.filter(~delivered & ~answered & (pl.col("queued_at") < late)), "undelivered", pl.col("queued_at")),
        _told(
            rows.filter(delivered & ~answered & (pl.col("delivered_at") < late)), "unanswered", pl.col("delivered_at")
        ),
        _told(rows.filter(~delivered & answered & pl.col("type").is_not_null()), "unsent", _text("queued_at"), _last()),
        _told(rows.filter(lost), "unknown", pl.lit(""), _last()),
        _told(rows.filter(pl.col("times") > 1), "twice", pl.col("times")),
        _states(rows.filter(delivered & answered & ~lost), fold),
        _counts(out, known),
    ]
    return pl.concat(parts).sort("kind", "key")


def _text(column: str) -> pl.Expr:
    expression = pl.col(column)
    return expression.dt.convert_time_zone("Asia/Shanghai").dt.strftime("%Y-%m-%d %H:%M") if column.endswith("_at") else expression.cast(pl.String)  # fmt: skip


def _last() -> pl.Expr:
    return pl.col("status").list.join(" ").fill_null("")


def _told(rows: pl.DataFrame, kind: str, ours: pl.Expr, theirs: pl.Expr | None = None) -> pl.DataFrame:
    """Rows with key, party_code and declaration as differences of one kind."""
    shown = _text(ours.meta.output_name()) if ours.meta.is_column() else ours
    return rows.select(
        pl.lit(kind).alias("kind"),
        "key",
        pl.col("party_code").fill_null(""),
        "declaration",
        shown.cast(pl.String).fill_null("").alias("ours"),
        (pl.lit("") if theirs is None else theirs).alias("theirs"),
    ).cast(pl.Schema(DIFFERENCES))


def _states(rows: pl.DataFrame, fold: Fold) -> pl.DataFrame:
    """Where the state is not what the receipts lead to. Few orders of statuses occur, so each is folded once, not each document."""
    said = rows.drop_nulls("state").with_columns(pattern=_last())
    patterns = said.select("type", "pattern").unique(maintain_order=True)
    folded = patterns.with_columns(
        should=pl.Series(
            [fold(kind, tuple(pattern.split())) for kind, pattern in patterns.iter_rows()], dtype=pl.String
        )
    )
    told = said.join(folded, on=["type", "pattern"], how="left")
    excused = [(pl.col("state") == state) & ~pl.col("should").is_in(against) for state, against in BY_ANOTHER.items()]
    apart = told.filter((pl.col("state") != pl.col("should")) & ~pl.any_horizontal(excused))
    return _told(apart, "state", pl.col("state"), pl.format("{} ({})", "should", "pattern"))


def _counts(out: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """By type, how many documents went out and how many of them stand here."""
    ours, theirs = known.group_by("type").len("ours"), out.group_by("type").len("theirs")
    both = ours.join(theirs, on="type", how="full", coalesce=True).fill_null(0)
    apart = both.filter(pl.col("ours") != pl.col("theirs")).with_columns(
        key=pl.col("type").fill_null(""), party_code=pl.lit(""), declaration=pl.lit(None, pl.Int64)
    )
    return _told(apart, "count", pl.col("ours"), pl.col("theirs").cast(pl.String))


def bills(lists: pl.DataFrame, billed: pl.DataFrame, *, now: datetime, days: int) -> pl.DataFrame:
    """Released imports against customs' tax bills.

    lists: LISTS, tax as we compute it and what returns took back of it; a bill issued anew has the rest alone.  billed: BILLS of these lists, and those that found no list.
    Gives the kinds bill_alone, bill_missing (taxed, released, no bill after `days`) and bill_amount: beyond one fen a line (R-113).
    """
    alone = billed.filter(pl.col("declaration").is_null()).with_columns(key=pl.col("tax_no"), party_code=pl.lit(""))
    sums = billed.drop_nulls("declaration").group_by("declaration").agg(pl.col("tax_fen").sum().alias("their_fen"))
    rows = lists.join(sums, on="declaration", how="left").with_columns(key=pl.col("declaration").cast(pl.String))
    missing = rows.filter(
        pl.col("their_fen").is_null()
        & (pl.col("tax_fen") > pl.col("returned_fen"))
        & (pl.col("released_at") < now.astimezone(UTC) - timedelta(days=days))
    )
    rest = pl.col("tax_fen") - pl.col("returned_fen")
    apart = rows.filter(
        ((pl.col("their_fen") - pl.col("tax_fen")).abs() > pl.col("lines"))
        & ((pl.col("their_fen") - rest).abs() > pl.col("lines"))
    )
    parts = [
        _told(alone, "bill_alone", pl.lit(""), pl.format("{} {}", "number", _yuan("tax_fen"))),
        _told(missing, "bill_missing", _yuan("tax_fen")),
        _told(apart, "bill_amount", _yuan("tax_fen"), _yuan("their_fen")),
    ]
    return pl.concat(parts).sort("kind", "key")


def _yuan(column: str) -> pl.Expr:
    """Whole fen as yuan with two decimals; no float on the way."""
    fen = pl.col(column)
    sign = pl.when(fen < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    return pl.format("{}{}.{}", sign, fen.abs() // 100, (fen.abs() % 100).cast(pl.String).str.zfill(2))


def statements(ours: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    """What a carrier or payment firm says it did on a day against what we were told.

    ours, theirs: AMOUNTS; a party's key is unique with us.  Gives the kinds not_ours, not_theirs (only for parties that sent a statement),
    amount, and repeated (a key twice in a statement).
    """
    keys = ["party_code", "key"]
    once = theirs.group_by(keys).agg(pl.col("amount_fen").first().alias("their_fen"), pl.len().alias("times"))
    rows = ours.join(theirs.select("party_code").unique(), on="party_code", how="semi").join(
        once, on=keys, how="full", coalesce=True
    )
    rows = rows.with_columns(declaration=pl.lit(None, pl.Int64))
    own, their = pl.col("amount_fen"), pl.col("their_fen")
    parts = [
        _told(rows.filter(own.is_null()), "not_ours", pl.lit(""), _yuan("their_fen")),
        _told(rows.filter(their.is_null()), "not_theirs", _yuan("amount_fen")),
        _told(rows.filter(own != their), "amount", _yuan("amount_fen"), _yuan("their_fen")),
        _told(rows.filter(pl.col("times") > 1), "repeated", pl.lit(""), pl.col("times").cast(pl.String)),
    ]
    return pl.concat(parts).sort("kind", "party_code", "key")
