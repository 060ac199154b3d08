"""Official receipts: kept whole, ordered by returnTime, folded into the state of each list or follow-up; released never goes back (I4)."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from gongfu.base.access.actor import WORKER
from gongfu.base.events.bus import announce
from gongfu.base.kit import bulk
from gongfu.core.ceb import schema
from gongfu.core.ceb.schema import RECEIPT_OF, table
from gongfu.modules.declarations import actions, flows, following
from gongfu.modules.declarations.events import DeclarationsMoved, FollowUpsMoved, ListsTold
from gongfu.modules.declarations.follow_ups import KINDS
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
TURNED = {"rejected": "海关退单", "failed": "海关处理失败"}
THEIRS_LENGTH = 200
ENDED = ("rejected", "failed", "cancelled", "returned")
GIVEN = ("guid", "returnStatus", "returnTime", "returnInfo")
HEARD = "ARRAY(SELECT r.returned_at || '|' || r.status FROM intake_receipt r WHERE r.document_guid = d.guid AND r.origin = 'customs')"
OF_LISTS = (
    "SELECT DISTINCT ON (upper(d.guid)) d.id, upper(d.guid) AS key, d.zone, d.sender_code, d.message_id, d.order_no, d.agent_code, d.state, "
    f"{HEARD} FROM (SELECT * FROM declarations_declaration WHERE upper(guid) = ANY(%s) ORDER BY id FOR UPDATE) d "
    "ORDER BY upper(d.guid), d.id DESC"
)
OF_FOLLOW_UPS = (
    "SELECT DISTINCT ON (upper(d.guid)) d.id, upper(d.guid) AS key, d.zone, d.sender_code, d.message_id, d.number, d.agent_code, d.state, "
    f"{HEARD} FROM (SELECT * FROM declarations_followup WHERE upper(guid) = ANY(%s) AND kind = %s ORDER BY id FOR UPDATE) d "
    "ORDER BY upper(d.guid), d.id DESC"
)
# Orders, payments, waybills that the platform passed on; what is kept of them here is our own receipt.
OF_FLOWS = (
    "SELECT DISTINCT ON (upper(d.document_guid)) upper(d.document_guid), d.zone, d.party_code, d.message_id, d.document_key, "
    "ARRAY(SELECT r.returned_at || '|' || r.status FROM intake_receipt r WHERE r.document_guid = d.document_guid AND r.origin = 'customs') "
    "FROM intake_receipt d WHERE d.document_guid = ANY(%s) AND d.origin = 'platform' AND d.type = %s ORDER BY upper(d.document_guid), d.id DESC"
)
FLOWS = {
    "key": pl.String, "zone": pl.String, "sender_code": pl.String, "list_message": pl.Int64, "order_no": pl.String, "seen": pl.List(pl.String),
}  # fmt: skip
ANSWERS = {"CEB622Message": "", "CEB604Message": "", **{RECEIPT_OF[one]: one for one in KINDS}}
FORMAT = "CEB900Message"
FLOW_ANSWERS = frozenset(RECEIPT_OF[one] for one in schema.FLOWS)


def hear(kind: str, heads: pl.DataFrame) -> bool:
    """Keep official receipts of a type that answers something of ours; whether it is one."""
    if kind == FORMAT:
        record_bounced(heads)
    elif kind in FLOW_ANSWERS:
        record_flows(kind, heads)
    elif kind in ANSWERS:
        record(kind, heads)
    else:
        return False
    return True


def record(kind: str, heads: pl.DataFrame) -> None:
    """Keep each receipt once for its document's sender, move the documents, and put aside receipts that name none of ours."""
    told = heads.with_columns(key=pl.col("guid").str.to_uppercase())
    rows = _rows(ANSWERS[kind], told["key"].unique().to_list())
    # zone and receiver are the document's own, not those of the node the receipt came from
    known = told.drop("zone", "sender_code").join(rows, on="key", how="inner", maintain_order="left")
    _keep_orphans(kind, told.join(rows, on="key", how="anti", maintain_order="left"))
    if known.is_empty():
        return
    fresh = _unseen(known)
    _pass_on(kind, fresh)
    if ANSWERS[kind]:
        _move_follow_ups(ANSWERS[kind], fresh, rows)
    else:
        _move(fresh, rows)


def record_flows(kind: str, heads: pl.DataFrame) -> None:
    """Keep customs' receipts for orders, payments and waybills, each once, for their senders (R-206); they move nothing here."""
    told = heads.with_columns(key=pl.col("guid").str.to_uppercase())
    guids = [form for one in told["guid"].unique() for form in (one, one.upper(), one.lower())]
    rows = bulk.fetch(OF_FLOWS, [guids, kind], FLOWS)
    known = told.drop("zone", "sender_code", "message_id").join(rows, on="key", how="inner", maintain_order="left")
    _keep_orphans(kind, told.join(rows, on="key", how="anti", maintain_order="left"))
    if not known.is_empty():
        _pass_on(kind, _unseen(known))


def record_bounced(heads: pl.DataFrame) -> None:
    """Messages of ours that customs could not read (CEB900): every document in them has failed, with their reason."""
    bad = intake.bounced(heads["oriCopMsgId"].to_list(), heads["returnInfo"].to_list())
    said = heads.select("oriCopMsgId", "returnStatus", "returnTime", "returnInfo", "zone", "sender_code", "message_id")
    rows = bad.join(said, left_on="peer_id", right_on="oriCopMsgId", how="inner", maintain_order="left").with_columns(
        returnStatus=pl.when(pl.col("returnStatus").str.starts_with("-")).then(pl.col("returnStatus")).otherwise(pl.lit("-900"))
    )
    for (kind,), part in rows.group_by("type", maintain_order=True):
        answer = RECEIPT_OF[str(kind)]
        (record_flows if answer in FLOW_ANSWERS else record)(answer, part.drop("type", "peer_id"))
    strange = heads.filter(~pl.col("oriCopMsgId").is_in(bad["peer_id"].implode()))
    _keep_orphans(FORMAT, strange)


def _rows(follow_up: str, keys: list[str]) -> pl.DataFrame:
    """The newest document of each guid, locked, with the (returnTime, status) pairs heard before."""
    return bulk.fetch(OF_FOLLOW_UPS, [keys, follow_up], LISTS) if follow_up else bulk.fetch(OF_LISTS, [keys], LISTS)


def _unseen(known: pl.DataFrame) -> pl.DataFrame:
    """Each (list, returnTime, status) once: repeated receipts add nothing."""
    pairs = known.with_columns(pair=pl.format("{}|{}", "returnTime", "returnStatus"))
    first = pairs.unique(["key", "pair"], keep="first", maintain_order=True)
    return first.filter(~pl.col("seen").list.contains(pl.col("pair")))


def _pass_on(kind: str, fresh: pl.DataFrame) -> None:
    """Our copy of the official receipt, for the list's sender."""
    names = [name for name in heads_of(kind) if name in fresh.columns]
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
            (pl.struct(names).struct.json_encode() if names else pl.lit("{}")).alias("fields"),
        )
    )


def heads_of(kind: str) -> list[str]:
    """The elements of a receipt besides those every receipt has."""
    return [one.name for one in table(kind).head_fields if one.name not in GIVEN]


MOVES = {"id": pl.Int64, "before": pl.String, "state": pl.String, "why": pl.String, "returned_at": pl.String}
Step = tuple[int, str, str, str, str]


def _steps(
    fresh: pl.DataFrame, rows: pl.DataFrame, track: flows.Track
) -> Iterator[tuple[int, pl.DataFrame, list[Step], str]]:
    """For each document: its number, its new receipts, the moves they make, and the state after them."""
    states = {number: (state, seen) for number, state, seen in rows.select("id", "state", "seen").iter_rows()}
    for (key,), part in fresh.sort("returnTime").group_by("id", maintain_order=True):
        number = int(str(key))
        before, seen = states[number]
        made, after = flows.steps(before, list(seen or []), part.select("returnTime", "returnStatus").rows(), track)
        why = dict(part.select("returnTime", "returnInfo").rows())
        yield number, part, [(number, source, target, why.get(at, ""), at) for source, target, at in made], after


def _move(fresh: pl.DataFrame, lists: pl.DataFrame) -> None:
    """Fold the receipts of each list, and write the moves that the new ones make."""
    moves, latest, released, ended, closed, turned = [], [], [], [], [], []
    for number, part, steps, after in _steps(fresh, lists, flows.LIST):
        moves += steps
        turned += [(number, TURNED[step[2]], step[3]) for step in steps if step[2] in TURNED]
        targets = {step[2] for step in steps}
        latest.append((number, after, *_numbers(part), "released" in targets))
        released += [number] if "released" in targets else []
        ended += [number] if targets & set(ENDED) else []
        closed += [number] if "closed" in targets else []
    schema = {"id": pl.Int64, "state": pl.String, "returned_at": pl.String, "pre_no": pl.String, "invt_no": pl.String, "reason": pl.String, "released": pl.Boolean}  # fmt: skip
    actions.apply(WORKER, pl.DataFrame(moves, MOVES, orient="row"), pl.DataFrame(latest, schema, orient="row"))
    _note_turned(turned, lists)
    announce(DeclarationsMoved(tuple(released), tuple(ended), tuple(closed)))
    announce(ListsTold([row[0] for row in latest]))


def _note_turned(turned: list[tuple[int, str, str]], lists: pl.DataFrame) -> None:
    """Lists that we passed and customs did not take: each a reconciliation item, as their answer holds (R-005)."""
    if not turned:
        return
    rows = pl.DataFrame(turned, schema=["id", "kind", "theirs"], orient="row").join(
        lists.select("id", "zone", "agent_code"), on="id", how="inner", maintain_order="left"
    )
    told = rows.with_columns(pl.col("theirs").str.slice(0, THEIRS_LENGTH), ours=pl.lit("校验通过"))
    actions.record_differences(WORKER, told.rename({"id": "declaration_id"}))


def _move_follow_ups(kind: str, fresh: pl.DataFrame, rows: pl.DataFrame) -> None:
    """Fold the receipts of each follow-up document, and tell what came to an end."""
    moves, latest, concluded, ended = [], [], [], []
    for number, part, steps, after in _steps(fresh, rows, flows.follow_up_track(KINDS[kind].concludes)):
        moves += steps
        targets = {step[2] for step in steps}
        returned_at, pre_no, _, reason = _numbers(part)
        latest.append(
            (number, after, returned_at, _told(part, "rkdNo", "sumNo") or pre_no, reason, "concluded" in targets)
        )
        concluded += [number] if "concluded" in targets else []
        ended += [number] if targets & {"rejected", "failed"} else []
    schema = {"id": pl.Int64, "state": pl.String, "returned_at": pl.String, "official_no": pl.String, "reason": pl.String, "concluded": pl.Boolean}  # fmt: skip
    following.apply(WORKER, pl.DataFrame(moves, MOVES, orient="row"), pl.DataFrame(latest, schema, orient="row"))
    announce(FollowUpsMoved(kind, tuple(concluded), tuple(ended)))


def _told(part: pl.DataFrame, *names: str) -> str:
    """The newest value told under the first of these elements that the receipt has; "" when none is."""
    name = next((one for one in names if one in part.columns), "")
    return next((value for value in reversed(part[name].to_list()) if value), "") if name else ""


def _numbers(part: pl.DataFrame) -> tuple[str, str, str, str]:
    """The latest returnTime, preNo and invtNo told, and the reason code when customs gave one."""
    last = part.row(-1, named=True)
    reason = (
        f"CUSTOMS-{last['returnStatus']}"
        if last["returnStatus"] == "100" or last["returnStatus"].startswith("-")
        else ""
    )
    return last["returnTime"], _told(part, "preNo"), _told(part, "invtNo"), reason


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
