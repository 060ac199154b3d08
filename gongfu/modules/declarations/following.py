"""Keeping follow-up documents and moving them on; what they do to lists, tax and stock is for those who hear `FollowUpsMoved`."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.events.bus import announce
from gongfu.base.kit import bulk, clock
from gongfu.base.kit.columns import stamp
from gongfu.base.kit.crash import crash_point
from gongfu.core.rule import Finding
from gongfu.modules.declarations.actions import NEW, Settled
from gongfu.modules.declarations.events import FollowUpsRecorded
from gongfu.modules.declarations.follow_ups import FollowUpKind
from gongfu.modules.declarations.rules.known import Known
from gongfu.modules.intake import actions as intake

WHY_LENGTH = 300
KEPT = ("zone", "message_id", "sender_code", "guid", "received_at")
TEXT = pl.lit("", pl.String)


@dataclass(slots=True)
class Kept:
    """Follow-ups recorded: how many, and the findings of those that were not, by document."""

    kind: str
    kept: int = 0
    findings: list[tuple[int, Finding]] = field(default_factory=list)

    def audit(self) -> dict[str, Any] | None:
        facts = {"kind": self.kind, "kept": self.kept, "refused": len(self.findings)}
        return {"subject": "follow-ups", "facts": facts}


def not_new(kind: FollowUpKind, heads: pl.DataFrame) -> list[tuple[int, Finding]]:
    """Changes and deletions (appType 2, 3) of what went to customs at once: there is nothing here to take them back from."""
    rows = heads.filter(pl.col("appType") != NEW).select("document", "guid", "appType").iter_rows()
    facts = {"kind": kind.title}
    return [(number, Finding("BIZ-APP-TYPE", guid, field="appType", value=told, facts=facts, rules=("R-1502",))) for number, guid, told in rows]  # fmt: skip


@action("declarations.follow_up", title="登记后续单证")
def record(
    actor: Actor, kind: FollowUpKind, heads: pl.DataFrame, items: pl.DataFrame, known: Known, remarks: dict[int, list[Finding]]
) -> Kept:  # fmt: skip
    """Keep sound documents once a sender, kind and number, and queue them for the single window.  remarks: tolerated findings by
    document."""
    done = Kept(kind.message)
    rows = _once(done, kind, _rows(kind, heads, known, remarks))
    if rows.is_empty():
        return done
    rows = rows.with_columns(id=pl.Series(bulk.next_ids("declarations_followup", rows.height)))
    bulk.copy_in("declarations_followup", rows.drop("document"))
    bulk.copy_in("declarations_followupline", _lines(kind, items, rows, known))
    crash_point("follow.recorded")
    started = rows.select("id", before=TEXT, state=pl.lit("recorded"), why=pl.lit("已登记"), returned_at=TEXT)
    moved = rows.select("id", "state", before=pl.lit("recorded"), why=pl.lit("校验通过"), returned_at=TEXT)
    write_moves(actor, pl.concat([started, moved.select(started.columns)]), "message")
    intake.put_out(rows.select("zone", "message_id", "guid", type="kind"))
    announce(FollowUpsRecorded(kind.message, tuple(rows["id"])))
    done.kept = rows.height
    return done


def _rows(kind: FollowUpKind, heads: pl.DataFrame, known: Known, remarks: dict[int, list[Finding]]) -> pl.DataFrame:
    """Rows of declarations_followup with `document`."""
    has = heads.columns
    code = {name: pl.col(element) if element in has else TEXT for name, element in CODES.items()}
    said = [
        json.dumps([one.dump() for one in remarks.get(number, [])], ensure_ascii=False) for number in heads["document"]
    ]
    facts = [name for name in kind.facts if name in has]
    cited = known.lists.filter(pl.col("gnum") == 0).select("document", declaration_id="declaration")
    return heads.join(cited, on="document", how="left", maintain_order="left").select(
        "document",
        *KEPT,
        "declaration_id",
        *(expression.fill_null("").alias(name) for name, expression in code.items()),
        kind=pl.lit(kind.message),
        number=_number(kind, has),
        facts=pl.struct(facts).struct.json_encode() if facts else pl.lit("{}"),
        said_at=stamp("appTime"),
        state=pl.lit("ready"),
        findings=pl.Series(said, dtype=pl.String),
        official_no=TEXT,
        reason=TEXT,
        returned_at=TEXT,
    )


CODES = {"agent_code": "agentCode", "ebc_code": "ebcCode", "customs_code": "customsCode"}


def _number(kind: FollowUpKind, has: list[str]) -> pl.Expr:
    """The sender's number; the part of a document in several parts is told apart by its place."""
    number = pl.col(kind.number).fill_null("")
    if "msgSeqNo" not in has:
        return number
    return pl.when(pl.col("msgCount") > 1).then(pl.format("{}/{}", number, "msgSeqNo")).otherwise(number)


def _once(done: Kept, kind: FollowUpKind, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows whose number its sender has not used for a live document of the kind (R-1507)."""
    keys = ["sender_code", "number"]
    taken = bulk.fetch(
        "SELECT DISTINCT sender_code, number, true AS taken FROM declarations_followup WHERE live AND kind = %s AND (sender_code, number) IN "
        "(SELECT * FROM unnest(%s::text[], %s::text[]))",
        [kind.message, rows["sender_code"].to_list(), rows["number"].to_list()],
        {"sender_code": pl.String, "number": pl.String, "taken": pl.Boolean},
    )
    marked = rows.join(taken, on=keys, how="left", maintain_order="left").with_columns(
        repeated=pl.col("taken").is_not_null() | (pl.int_range(pl.len()).over(*keys) != 0)
    )
    for document, guid, number in marked.filter(pl.col("repeated")).select("document", "guid", "number").iter_rows():
        facts = {"kind": kind.title}
        said = Finding("REPLAY-DOCUMENT", guid, field=kind.number, value=number, facts=facts, rules=("R-1507",))
        done.findings.append((document, said))
    return marked.filter(~pl.col("repeated")).drop("taken", "repeated")


def _lines(kind: FollowUpKind, items: pl.DataFrame, rows: pl.DataFrame, known: Known) -> pl.DataFrame:
    """Rows of declarations_followupline; a line that cites no list of its own is about the head's."""
    has = items.columns
    own = known.lists.filter(pl.col("gnum") != 0).select("document", "gnum", own="declaration")
    facts = [name for name in kind.line_facts if name in has]
    told = items.join(
        rows.select("document", "id", "declaration_id"), on="document", how="inner", maintain_order="left"
    )
    number = pl.col("gnum").cast(pl.Int64)
    return (
        told.with_columns(gnum=number)
        .join(own, on=["document", "gnum"], how="left", maintain_order="left")
        .select(
            pl.col("id").alias("follow_up_id"),
            "gnum",
            pl.coalesce("own", "declaration_id").alias("declaration_id"),
            of_gnum=pl.col("gnum") if kind.of_gnum else pl.lit(None, pl.Int64),
            waybill_no=(pl.col("logisticsNo") if "logisticsNo" in has else TEXT).fill_null(""),
            hs10=(pl.col("gcode") if "gcode" in has else TEXT).fill_null(""),
            qty=pl.col("qty") if "qty" in has else pl.lit(None, pl.Decimal(38, 5)),
            unit=(pl.col("unit") if "unit" in has else TEXT).fill_null(""),
            facts=pl.struct(facts).struct.json_encode() if facts else pl.lit("{}"),
        )
    )


def write_moves(actor: Actor, moves: pl.DataFrame, origin: str) -> None:
    """moves: id, before, state, why, returned_at."""
    bulk.copy_in(
        "declarations_followupmove",
        moves.rename({"id": "follow_up_id"}).with_columns(
            actor=pl.lit(actor.name), origin=pl.lit(origin), why=pl.col("why").str.slice(0, WHY_LENGTH)
        ),
    )


APPLY = (
    "UPDATE declarations_followup f SET state = n.state, live = n.state NOT IN ('rejected', 'failed'), returned_at = n.returned_at, "
    "official_no = CASE WHEN n.official_no = '' THEN f.official_no ELSE n.official_no END, reason = n.reason, "
    "concluded_at = CASE WHEN n.concluded THEN %s ELSE f.concluded_at END "
    "FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::boolean[]) "
    "AS n(id, state, returned_at, official_no, reason, concluded) WHERE f.id = n.id"
)


@action("declarations.follow_up.apply", title="后续单证官方回执")
def apply(actor: Actor, moves: pl.DataFrame, latest: pl.DataFrame) -> Settled:
    """Write the moves that official receipts made, and the state they lead to.

    moves: id, before, state, why, returned_at, in order.  latest: id, state, returned_at, official_no, reason, concluded.
    """
    write_moves(actor, moves.select("id", "before", "state", "why", "returned_at"), "customs")
    names = ("id", "state", "returned_at", "official_no", "reason", "concluded")
    bulk.execute(APPLY, [clock.now(), *(latest[name].to_list() for name in names)])
    return Settled(dict(moves.group_by("state").len().rows()))


@action("declarations.follow_up.sent", title="后续单证送达单一窗口")
def mark_sent(actor: Actor, guids: list[str], message_id: int) -> Settled:
    """The single window has the documents: ready → sent. One that has meanwhile been answered stays where it is."""
    found = bulk.fetch(
        "UPDATE declarations_followup SET state = 'sent' WHERE message_id = %s AND guid = ANY(%s) AND state = 'ready' RETURNING id",
        [message_id, guids],
        {"id": pl.Int64},
    )
    if not found.is_empty():
        told = {"before": pl.lit("ready"), "state": pl.lit("sent"), "why": pl.lit("已送单一窗口"), "returned_at": TEXT}
        write_moves(actor, found.with_columns(**told), "platform")
    return Settled({"sent": found.height} if found.height else {})
