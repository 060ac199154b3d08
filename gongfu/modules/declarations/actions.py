"""Recording lists and moving them on: every move is written down, and the state is a copy of their fold."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.events.bus import announce
from gongfu.base.kit import bulk, clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.kit.crash import crash_point
from gongfu.core.rule import Finding
from gongfu.modules.declarations import frames, queries
from gongfu.modules.declarations.events import DeclarationsMoved, ReturnsArrived
from gongfu.modules.declarations.flows import OPEN
from gongfu.modules.declarations.follow_ups import RETURNS
from gongfu.modules.declarations.models import FollowUp
from gongfu.modules.intake import actions as intake
from gongfu.modules.trade.events import FlowsRecorded

MESSAGE_OF = {"I": "CEB621Message", "E": "CEB603Message"}
WHY_LENGTH = 300
NEW, DELETE = "1", "3"
NOT_SENT = ("waiting", "held")


@dataclass(slots=True)
class Recorded:
    kept: int = 0
    zones: list[str] = field(default_factory=list)
    messages: list[int] = field(default_factory=list)
    findings: list[tuple[int, Finding]] = field(default_factory=list)
    orders: list[tuple[str, str, str]] = field(default_factory=list)

    def audit(self) -> dict[str, Any]:
        return {
            "subject": "declarations",
            "zone": self.zones[0] if len(self.zones) == 1 else "",
            "facts": {"kept": self.kept, "refused": len(self.findings), "messages": self.messages},
        }


@action("declarations.record", title="登记清单")
def record(actor: Actor, heads: pl.DataFrame, items: pl.DataFrame, kind: str) -> Recorded:
    """Keep the lists whose order has none yet, in state `waiting`; one order serves one list (R-207)."""
    rows = frames.declarations(heads, items, kind)
    done = Recorded(messages=rows["message_id"].unique().sort().to_list(), zones=rows["zone"].unique().sort().to_list())
    rows = _once(done, _make_room(actor, done, rows))
    if rows.is_empty():
        return done
    rows = rows.with_columns(
        id=pl.Series(bulk.next_ids("declarations_declaration", rows.height)), state=pl.lit("waiting")
    )
    done.kept = bulk.copy_in(
        "declarations_declaration",
        rows.drop("document", "app_type").with_columns(
            pre_no=pl.lit(""),
            invt_no=pl.lit(""),
            findings=pl.lit("[]"),
            match=pl.lit("[]"),
            returned_at=pl.lit(""),
        ),
    )
    bulk.copy_in("declarations_line", frames.lines(items, rows.select("document", "id")))
    if kind == MESSAGE_OF["E"]:
        bulk.copy_in("declarations_exported", frames.exported(heads, rows.select("document", "id")))
    _write_moves(
        actor,
        rows.select(
            "id", before=pl.lit(""), state=pl.lit("waiting"), why=pl.lit("清单已登记，等待三单"), returned_at=pl.lit("")
        ),
        "message",
    )
    done.orders = rows.select("zone", "ebp_code", "order_no").rows()
    return done


def _make_room(actor: Actor, done: Recorded, rows: pl.DataFrame) -> pl.DataFrame:
    """Changes (appType 2) and deletions (3) take back the order's list while it has not been sent on (R-1507).

    Gives the rows that remain to be kept: new ones and changes.
    """
    asked = rows.filter(pl.col("app_type") != NEW)
    if asked.is_empty():
        return rows
    schema = dict.fromkeys(("ebp_code", "order_no", "before", "owner"), pl.String)
    found = bulk.fetch(
        "SELECT id, ebp_code, order_no, state, sender_code FROM declarations_declaration WHERE live AND (ebp_code, order_no) IN "
        "(SELECT * FROM unnest(%s::text[], %s::text[])) ORDER BY id FOR UPDATE",
        [asked["ebp_code"].to_list(), asked["order_no"].to_list()],
        {"id": pl.Int64, **schema},
    )
    told = asked.join(found, on=["ebp_code", "order_no"], how="left", maintain_order="left")
    said = [(row["document"], one) for row in told.iter_rows(named=True) if (one := _cannot(row)) is not None]
    done.findings += said
    out = {number for number, _ in said}
    gone = told.filter(~pl.col("document").is_in(list(out)) & pl.col("id").is_not_null()).unique("id", maintain_order=True)
    bulk.execute(
        "UPDATE declarations_declaration SET state = 'cancelled', live = false, hold = false WHERE id = ANY(%s)",
        [gone["id"].to_list()],
    )
    why, at = pl.lit("申报企业变更或删除"), pl.lit("")
    _write_moves(actor, gone.select("id", "before", state=pl.lit("cancelled"), why=why, returned_at=at), "message")
    return rows.filter((pl.col("app_type") != DELETE) & ~pl.col("document").is_in(list(out)))


def _cannot(row: dict[str, Any]) -> Finding | None:
    """Why a list cannot be changed or deleted: there is none, it is another's, or it was sent on (R-206, R-1507)."""
    guid, order, kind = row["guid"], row["order_no"], {"kind": "订单的清单"}
    if row["id"] is None:
        return Finding("STATE-NOTHING", guid, field="orderNo", value=order, facts=kind, rules=("R-1507",))
    if row["owner"] != row["sender_code"]:
        return Finding("BIZ-NOT-OWN", guid, field="orderNo", value=order, facts=kind, rules=("R-206",))
    if row["before"] not in NOT_SENT:
        return Finding("STATE-CONFLICT", guid, field="appType", value=order, facts={"state": row["before"]}, rules=("R-1507",))  # fmt: skip
    return None


def _once(done: Recorded, rows: pl.DataFrame) -> pl.DataFrame:
    keys = ["ebp_code", "order_no"]
    taken = bulk.fetch(
        "SELECT ebp_code, order_no, state AS taken FROM declarations_declaration WHERE live AND (ebp_code, order_no) IN "
        "(SELECT * FROM unnest(%s::text[], %s::text[]))",
        [rows["ebp_code"].to_list(), rows["order_no"].to_list()],
        {"ebp_code": pl.String, "order_no": pl.String, "taken": pl.String},
    )
    marked = rows.join(taken, on=keys, how="left", maintain_order="left").with_columns(
        repeated=pl.col("taken").is_not_null() | (pl.int_range(pl.len()).over(*keys) != 0)
    )
    for document, guid, order in marked.filter(pl.col("repeated")).select("document", "guid", "order_no").iter_rows():
        done.findings.append(
            (
                document,
                Finding(
                    "REPLAY-DOCUMENT",
                    guid,
                    field="orderNo",
                    value=order,
                    facts={"kind": "订单的清单"},
                    rules=("R-207", "R-1507"),
                ),
            )
        )
    return marked.filter(~pl.col("repeated")).drop("taken", "repeated")


def _write_moves(actor: Actor, moves: pl.DataFrame, origin: str) -> None:
    """moves: id, before, state, why, returned_at."""
    bulk.copy_in(
        "declarations_move",
        moves.rename({"id": "declaration_id"}).with_columns(
            actor=pl.lit(actor.name), origin=pl.lit(origin), why=pl.col("why").str.slice(0, WHY_LENGTH)
        ),
    )


@dataclass(frozen=True, slots=True)
class Settled:
    """How many lists went to which state."""

    counts: dict[str, int]

    def audit(self) -> dict[str, Any]:
        return {"subject": "declarations", "facts": self.counts}


UPDATE = (
    "UPDATE declarations_declaration d SET state = n.state, live = n.state <> 'refused', hold = n.state = 'held', reason = n.reason, findings = n.findings, match = n.match, "
    "lane = CASE WHEN n.lane = '' THEN d.lane ELSE n.lane END "
    "FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::jsonb[], %s::jsonb[], %s::text[]) AS n(id, state, reason, findings, match, lane) "
    "WHERE d.id = n.id"
)


@action("declarations.settle", title="清单审核")
def settle(actor: Actor, verdicts: pl.DataFrame) -> Settled:
    """Move locked lists (state waiting or held) to ready, held, refused or back to waiting, with reasons.

    verdicts: id, before, state, reason, findings (JSON text), match (JSON text), lane, why, and of the list: zone, flow,
    message_id, guid, sender_code, order_no, receipt_fields (JSON text), info. Refused lists are answered, ready ones
    queued for the single window.
    """
    columns = ("id", "state", "reason", "findings", "match", "lane")
    _held_anew(actor, verdicts.filter((pl.col("before") == "held") & (pl.col("state") == "held")))
    bulk.execute(UPDATE, [verdicts[name].to_list() for name in columns])
    moved = verdicts.filter(pl.col("before") != pl.col("state"))
    _write_moves(actor, moved.select("id", "before", "state", "why", returned_at=pl.lit("")), "platform")
    _answer(moved.filter(pl.col("state") == "refused"))
    ready = moved.filter(pl.col("state") == "ready")
    intake.put_out(ready.select("zone", "message_id", "guid", type=pl.col("flow").replace_strict(MESSAGE_OF)))
    return Settled(dict(moved.group_by("state").len().rows()))


def _held_anew(actor: Actor, held: pl.DataFrame) -> None:
    """Lists that something else holds now leave the hold and come into it again: whom a list waited for is told by its moves (R-1206)."""
    if held.is_empty():
        return
    query = "SELECT id, reason FROM declarations_declaration WHERE id = ANY(%s)"
    was = bulk.fetch(query, [held["id"].to_list()], {"id": pl.Int64, "was": pl.String})
    anew = held.join(was, on="id").filter(pl.col("was") != pl.col("reason"))
    out = anew.select("id", "before", state=pl.lit("waiting"), why=pl.lit("三单齐备"), returned_at=pl.lit(""))
    back = anew.select("id", pl.lit("waiting").alias("before"), "state", "why", returned_at=pl.lit(""))
    _write_moves(actor, pl.concat([out, back]), "platform")


def _answer(refused: pl.DataFrame) -> None:
    if refused.is_empty():
        return
    said = [[Finding.load(one) for one in json.loads(text)] for text in refused["findings"]]
    documents = refused.select(
        "message_id",
        "zone",
        kind=pl.col("flow").replace_strict(MESSAGE_OF),
        document_guid="guid",
        document_key="order_no",
        party_code="sender_code",
        fields="receipt_fields",
    )
    intake.refuse(documents, said)


APPLY = (
    "UPDATE declarations_declaration d SET state = n.state, live = n.state NOT IN ('rejected', 'failed', 'cancelled'), returned_at = n.returned_at, "
    "pre_no = CASE WHEN n.pre_no = '' THEN d.pre_no ELSE n.pre_no END, invt_no = CASE WHEN n.invt_no = '' THEN d.invt_no ELSE n.invt_no END, "
    "reason = n.reason, released_at = CASE WHEN n.released THEN %s ELSE d.released_at END "
    "FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::boolean[]) "
    "AS n(id, state, returned_at, pre_no, invt_no, reason, released) WHERE d.id = n.id"
)


@action("declarations.apply", title="官方回执")
def apply(actor: Actor, moves: pl.DataFrame, latest: pl.DataFrame) -> Settled:
    """Write the moves that official receipts made, and the state they lead to.

    moves: id, before, state, why, returned_at, in order.  latest: id, state, returned_at, pre_no, invt_no, reason, released.
    """
    _write_moves(actor, moves.select("id", "before", "state", "why", "returned_at"), "customs")
    names = ("id", "state", "returned_at", "pre_no", "invt_no", "reason", "released")
    bulk.execute(APPLY, [clock.now(), *(latest[name].to_list() for name in names)])
    return Settled(dict(moves.group_by("state").len().rows()))


@action("declarations.sent", title="清单送达单一窗口")
def mark_sent(actor: Actor, guids: list[str], message_id: int) -> Settled:
    """The single window has the lists: ready → sent. A list that has meanwhile been answered stays where it is."""
    found = bulk.fetch(
        "SELECT id, state AS before FROM declarations_declaration WHERE message_id = %s AND guid = ANY(%s) AND state = 'ready' FOR UPDATE",
        [message_id, guids],
        {"id": pl.Int64, "before": pl.String},
    )
    if found.is_empty():
        return Settled({})
    bulk.execute("UPDATE declarations_declaration SET state = 'sent' WHERE id = ANY(%s)", [found["id"].to_list()])
    _write_moves(
        actor, found.with_columns(state=pl.lit("sent"), why=pl.lit("已送单一窗口"), returned_at=pl.lit("")), "platform"
    )
    return Settled({"sent": found.height})


CANCEL = (
    "SELECT d.id, d.state AS before FROM declarations_declaration d WHERE d.state = ANY(%s) AND d.id IN "
    "(SELECT declaration_id FROM declarations_followup WHERE id = ANY(%s)) ORDER BY d.id FOR UPDATE"
)


@action("declarations.cancel", title="清单撤销")
def cancel(actor: Actor, follow_ups: list[int]) -> Settled:
    """Cancel the lists of concluded cancellations. A list that customs has ended in the meantime stays as it is (I4)."""
    found = bulk.fetch(CANCEL, [list(OPEN), follow_ups], {"id": pl.Int64, "before": pl.String})
    if found.is_empty():
        return Settled({})
    ended = found["id"].to_list()
    bulk.execute("UPDATE declarations_declaration SET state = 'cancelled', live = false WHERE id = ANY(%s)", [ended])
    crash_point("lists.cancelled")
    told = {"state": pl.lit("cancelled"), "why": pl.lit("海关同意撤单"), "returned_at": pl.lit("")}
    _write_moves(actor, found.with_columns(**told), "customs")
    announce(DeclarationsMoved((), tuple(ended)))
    return Settled({"cancelled": found.height})


@action("declarations.reconcile", title="登记对账差异")
def record_differences(actor: Actor, rows: pl.DataFrame) -> Settled:
    """Keep reconciliation items (R-005): rows: zone, declaration_id, agent_code, kind, ours, theirs."""
    names = ("zone", "declaration_id", "agent_code", "kind", "ours", "theirs")
    bulk.execute(
        "INSERT INTO declarations_difference (zone, declaration_id, agent_code, kind, ours, theirs) "
        "SELECT * FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[]) ON CONFLICT DO NOTHING",
        [rows[name].to_list() for name in names],
    )
    return Settled({"difference": rows.height})


# ── goods of returns that are back at a site ──────────────────────────────────
SITE_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Arrived:
    """What was noted, or why not."""

    numbers: tuple[int, ...]
    arrived_on: date | None
    findings: tuple[Finding, ...] = ()

    def audit(self) -> dict[str, Any] | None:
        if self.findings or not self.numbers:
            return None
        return {"subject": "returns", "facts": {"returns": list(self.numbers), "arrived_on": str(self.arrived_on)}}


def _elsewhere(row: FollowUp, site: str) -> Finding | None:
    original = queries.returned_to(row)
    if not original or site == original:
        return None
    facts = {"original": original}
    return Finding("BIZ-ARRIVAL-SITE", row.guid, field="site", value=site[:SITE_LENGTH], facts=facts, rules=("R-214",))


@action("declarations.arrive", title="登记退货运抵")
def arrive(actor: Actor, number: int, arrived_on: date, site: str) -> Arrived:
    """Note the day on which a return's goods were back, and at which site; once.

    A finding when it is too early, in the future or noted, and when an import is back at another site than its own (R-214).
    """
    row = FollowUp.objects.seen_by(actor).select_for_update().filter(pk=number, kind__in=RETURNS, live=True).first()
    if row is None:
        said = Finding("BIZ-RETURN-UNKNOWN", field="number", value=str(number), rules=("R-214",))
        return Arrived((), None, (said,))
    fault = _fault(row, arrived_on) or _elsewhere(row, site)
    if fault is not None:
        return Arrived((), None, (fault,))
    _note([(number, arrived_on, site[:SITE_LENGTH])])
    return Arrived((number,), arrived_on)


def _fault(row: FollowUp, arrived_on: date) -> Finding | None:
    noted, today = row.facts.get("arrived_on", ""), civil_date(clock.now())
    rules = ("R-214",)
    if noted:
        return Finding("BIZ-ARRIVAL-NOTED", row.guid, field="arrived_on", value=noted, rules=rules)
    earliest = row.declaration.declared_on if row.declaration else civil_date(row.received_at)
    if not earliest <= arrived_on <= today:
        return Finding("BIZ-ARRIVAL-DAY", row.guid, field="arrived_on", value=str(arrived_on), rules=rules)
    return None


TALLIED = (
    "SELECT DISTINCT ON (t.id) r.id, (t.received_at AT TIME ZONE 'Asia/Shanghai')::date, t.facts ->> 'operatorCode' FROM declarations_followup t "
    "JOIN declarations_followup r ON r.declaration_id = t.declaration_id AND r.kind = 'CEB213Message' AND r.live AND NOT r.facts ? 'arrived_on' "
    "WHERE t.id = ANY(%s) ORDER BY t.id, r.facts ->> 'logisticsNo' IS DISTINCT FROM t.facts ->> 'logisticsNo', r.id"
)


@action("declarations.tallied", title="退货理货运抵")
def tallied(actor: Actor, tallies: list[int]) -> Arrived:
    """The goods of export returns are where concluded tallies say: the return with the tally's waybill first."""
    schema = {"id": pl.Int64, "arrived_on": pl.Date, "site": pl.String}
    found = bulk.fetch(TALLIED, [tallies], schema).unique("id", keep="first", maintain_order=True)
    if found.is_empty():
        return Arrived((), None)
    _note(found.rows())
    return Arrived(tuple(found["id"].to_list()), found["arrived_on"].min())  # type: ignore[arg-type]


def _note(rows: list[tuple[int, date, str]]) -> None:
    bulk.execute(
        "UPDATE declarations_followup f SET facts = f.facts || jsonb_build_object('arrived_on', n.day, 'arrived_at', n.site) "
        "FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS n(id, day, site) WHERE f.id = n.id",
        [[one[0] for one in rows], [str(one[1]) for one in rows], [one[2] or "" for one in rows]],
    )
    crash_point("returns.arrived")
    announce(ReturnsArrived(tuple(one[0] for one in rows)))


def wake_short(ended: list[int]) -> None:
    """Lists held because their book was short are looked at again when these lists gave something back to it."""
    rows = bulk.fetch(
        "SELECT DISTINCT ems_no FROM declarations_declaration WHERE id = ANY(%s) AND ems_no <> ''",
        [ended],
        {"ems_no": pl.String},
    )
    if not rows.is_empty():
        wake(rows["ems_no"].to_list())


def wake(ems_nos: Sequence[str]) -> None:
    """Lists held because one of these books was short are looked at again: something has come into it."""
    rows = bulk.fetch(
        "SELECT zone, ebp_code, order_no FROM declarations_declaration WHERE hold AND ems_no = ANY(%s) AND reason = 'BOOK-SHORT' ORDER BY id",
        [list(ems_nos)],
        {"zone": pl.String, "ebp_code": pl.String, "order_no": pl.String},
    )
    for (zone,), part in rows.group_by("zone", maintain_order=True):
        pairs = [list(row) for row in part.select("ebp_code", "order_no").rows()]
        announce(FlowsRecorded(str(zone), pairs, []), zone=str(zone))
