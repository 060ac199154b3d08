"""The clearance clock of a list, from its moves: it stops while the list waits for its declarant (R-1206)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import polars as pl

# Each state belongs to one step, `held` to one of two: an officer is waited for, or the firm. The clock runs in these …
OFFICER = "officer"
RUNNING = (OFFICER, "ready", "sent", "accepted", "review", "inspection", "detained", "concluded")
# … and stands still in these: orders, payments or waybills are awaited, or what holds the list is the firm's to mend.
STOPPED = ("waiting", "held")
STEPS = (*STOPPED, *RUNNING)
# What holds a list until its firm does something: raises its guarantee, brings stock into its book, states a volume. Whatever an
# officer may let pass, or has to settle (a rate), is no waiting for the declarant.
FIRMS = ("QUOTA-GUARANTEE", "BOOK-SHORT", "TAX-NO-VOLUME")
RELEASED = "released"
ENDS = (RELEASED, "closed", "refused", "rejected", "returned", "cancelled")
MOVES: Mapping[str, pl.DataType] = {
    "list": pl.Int64(),
    "seq": pl.Int64(),
    "state": pl.String(),
    "reason": pl.String(),
    "at": pl.Datetime("us", "UTC"),
    "returned_at": pl.String(),
}


def clocks(moves: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """One clock for each list, in whole seconds.

    moves: the columns of MOVES, in any order; `seq` orders the moves of a list, `reason` is which of FIRMS holds it ("" for anything
    else), `at` is the platform's moment (UTC), `returned_at` the returnTime of customs (17 digits of Beijing time, "" for our own
    moves), which holds where there is one.  now: up to when a list that has not ended is timed.  Gives list, started_s and ended_s (seconds since 1970), released, `<step>_s` for each of
    STEPS, counted_s (steps of RUNNING), stopped_s (steps of STOPPED) and slowest, the running step that took most ("" when none did).
    The steps sum to ended_s - started_s: a move told with an earlier moment than the one before counts as made at that one's.
    """
    return _summed(_spent(moves, int(now.timestamp())))


def stops(moves: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """When the clock of each list stood still, in order: list, state, reason, from_s and until_s (seconds since 1970).

    moves, now: as of `clocks`.  The stops of a list sum to its stopped_s; one that took no time is left out.
    """
    still = _spent(moves, int(now.timestamp())).filter(pl.col("step").is_in(STOPPED) & (pl.col("spent") > 0))
    return still.select("list", "state", "reason", pl.col("s").alias("from_s"), until_s=pl.col("s") + pl.col("spent"))


def _moment() -> pl.Expr:
    told = pl.col("returned_at").str.slice(0, 14).str.to_datetime("%Y%m%d%H%M%S", strict=False)
    official = told.dt.replace_time_zone("Asia/Shanghai", ambiguous="earliest", non_existent="null").dt.epoch("s")
    return pl.coalesce(official, pl.col("at").dt.epoch("s"))


def _spent(moves: pl.DataFrame, now_s: int) -> pl.DataFrame:
    """Each move up to the first that ends its list, with its moment `s`, its `step` and the seconds until the next."""
    firms = (pl.col("state") != "held") | pl.col("reason").is_in(FIRMS)
    ordered = moves.sort("list", "seq").with_columns(
        s=_moment().cum_max().over("list"),
        end=pl.col("state").is_in(ENDS),
        step=pl.when(firms).then(pl.col("state")).otherwise(pl.lit(OFFICER)),
    )
    until = ordered.filter((pl.col("end").cum_sum() - pl.col("end").cast(pl.UInt32)).over("list") == 0)
    last = pl.when(pl.col("end")).then(pl.col("s")).otherwise(pl.max_horizontal("s", pl.lit(now_s)))
    return until.with_columns(spent=pl.coalesce(pl.col("s").shift(-1).over("list"), last) - pl.col("s"))


def _summed(spent: pl.DataFrame) -> pl.DataFrame:
    steps = [pl.col("spent").filter(pl.col("step") == step).sum().cast(pl.Int64).alias(f"{step}_s") for step in STEPS]
    ended = (pl.col("s") + pl.col("spent")).max().alias("ended_s")
    released = (pl.col("state") == RELEASED).any().alias("released")
    told = spent.group_by("list").agg(pl.col("s").min().alias("started_s"), ended, released, *steps).sort("list")
    running = [f"{step}_s" for step in RUNNING]
    most = pl.concat_list(running).list.arg_max().replace_strict(
        dict(enumerate(RUNNING)), return_dtype=pl.String, default=""
    )  # fmt: skip
    return told.with_columns(
        counted_s=pl.sum_horizontal(running),
        stopped_s=pl.sum_horizontal(f"{step}_s" for step in STOPPED),
        slowest=pl.when(pl.max_horizontal(running) > 0).then(most).otherwise(pl.lit("")),
    )
