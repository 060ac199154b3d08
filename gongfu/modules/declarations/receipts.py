"""Official receipts: kept whole, ordered by returnTime, folded into each list's state; released never goes back (I4)."""

from __future__ import annotations

import polars as pl

from gongfu.base.access.actor import WORKER
from gongfu.base.events.bus import announce
from gongfu.base.kit import bulk
from gongfu.modules.declarations import actions, flows
from gongfu.modules.declarations.events import DeclarationsMoved
from gongfu.modules.intake import actions as intake

LISTS = {
    "id": pl.Int64,
    "key": pl.String,
    "zone": pl.String,
    "sender_code": pl.String,
    "list_message": pl.Int64,
    "order_no": pl.String,
    "agent_code": pl.String,
    "state": pl.String,
    "seen": pl.List(pl.String),
}
ENDED = ("rejected", "failed", "cancelled", "returned")
FIELDS = ("customsCode", "ebpCode", "ebcCode", "agentCode", "copNo", "preNo", "invtNo", "orderNo", "statisticsFlag")


def record(kind: str, heads: pl.DataFrame) -> None:
    """Keep each receipt once for its list's sender, move the lists, and put aside receipts that name no list of ours."""
    told = heads.with_columns(key=pl.col("guid").str.to_uppercase())
    lists = _lists(told["key"].unique().to_list())
    # zone and receiver are the list's own, not those of the node the receipt came from
    known = told.drop("zone", "sender_code").join(lists, on="key", how="inner", maintain_order="left")
    _keep_orphans(kind, told.join(lists, on="key", how="anti", maintain_order="left"))
    if known.is_empty():
        return
    fresh = _unseen(known)
    _pass_on(kind, fresh)
    _move(fresh, lists)


def _lists(keys: list[str]) -> pl.DataFrame:
    """The newest list of each guid, locked, with the (returnTime, status) pairs heard before."""
    return bulk.fetch(
        "SELECT DISTINCT ON (upper(d.guid)) d.id, upper(d.guid) AS key, d.zone, d.sender_code, d.message_id, d.order_no, d.agent_code, d.state, "
        "ARRAY(SELECT r.returned_at || '|' || r.status FROM intake_receipt r WHERE r.document_guid = d.guid AND r.origin = 'customs') "
        "FROM (SELECT * FROM declarations_declaration WHERE upper(guid) = ANY(%s) ORDER BY id FOR UPDATE) d "
        "ORDER BY upper(d.guid), d.id DESC",
        [keys],
        LISTS,
    )


def _unseen(known: pl.DataFrame) -> pl.DataFrame:
    """Each (list, returnTime, status) once: repeated receipts add nothing."""
    pairs = known.with_columns(pair=pl.format("{}|{}", "returnTime", "returnStatus"))
    first = pairs.unique(["key", "pair"], keep="first", maintain_order=True)
    return first.filter(~pl.col("seen").list.contains(pl.col("pair")))


def _pass_on(kind: str, fresh: pl.DataFrame) -> None:
    """Our copy of the official receipt, for the list's sender."""
    names = [name for name in FIELDS if name in fresh.columns]
    intake.reply(
        fresh.select(
            pl.col("list_message").alias("message_id"),
            "zone",
            pl.lit(kind).alias("type"),
            pl.col("guid").alias("document_guid"),
            pl.col("order_no").alias("document_key"),
            pl.col("sender_code").alias("party_code"),
            pl.lit("customs").alias("origin"),
            pl.col("returnStatus").alias("status"),
            pl.col("returnTime").alias("returned_at"),
            pl.col("returnInfo").alias("info"),
            pl.struct(names).struct.json_encode().alias("fields"),
        )
    )


def _move(fresh: pl.DataFrame, lists: pl.DataFrame) -> None:
    """Fold all receipts of each list again, and write the moves that the new ones make."""
    moves, latest, released, ended = [], [], [], []
    states = {number: (state, seen) for number, state, seen in lists.select("id", "state", "seen").iter_rows()}
    for (number,), part in fresh.sort("returnTime").group_by("id", maintain_order=True):
        before, seen = states[int(str(number))]
        steps, after = flows.steps(before, list(seen or []), part.select("returnTime", "returnStatus").rows())
        why = dict(part.select("returnTime", "returnInfo").rows())
        moves += [(number, source, target, why.get(at, ""), at) for source, target, at in steps]
        latest.append((number, after, *_numbers(part), any(target == "released" for _, target, _ in steps)))
        released += [number] if any(target == "released" for _, target, _ in steps) else []
        ended += [number] if any(target in ENDED for _, target, _ in steps) else []
    actions.apply(
        WORKER,
        pl.DataFrame(
            moves,
            schema={
                "id": pl.Int64,
                "before": pl.String,
                "state": pl.String,
                "why": pl.String,
                "returned_at": pl.String,
            },
            orient="row",
        ),
        pl.DataFrame(
            latest,
            schema={
                "id": pl.Int64,
                "state": pl.String,
                "returned_at": pl.String,
                "pre_no": pl.String,
                "invt_no": pl.String,
                "reason": pl.String,
                "released": pl.Boolean,
            },
            orient="row",
        ),
    )
    announce(DeclarationsMoved(tuple(released), tuple(ended)))


def _numbers(part: pl.DataFrame) -> tuple[str, str, str, str]:
    """The latest returnTime, preNo and invtNo told, and the reason code when customs gave one."""
    last = part.row(-1, named=True)
    told = {
        name: next((value for value in reversed(part[name].to_list()) if value), "") for name in ("preNo", "invtNo")
    }
    reason = (
        f"CUSTOMS-{last['returnStatus']}"
        if last["returnStatus"] == "100" or last["returnStatus"].startswith("-")
        else ""
    )
    return last["returnTime"], told["preNo"], told["invtNo"], reason


def _keep_orphans(kind: str, orphans: pl.DataFrame) -> None:
    bulk.copy_in(
        "declarations_orphan",
        orphans.select(
            "zone",
            "message_id",
            pl.lit(kind).alias("type"),
            "guid",
            pl.col("returnStatus").alias("status"),
            pl.col("returnTime").alias("returned_at"),
            pl.col("returnInfo").alias("info"),
        ),
    )
