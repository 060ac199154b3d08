"""Keeping documents once: a business key names one document until it is changed or withdrawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import polars as pl

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.events.bus import announce
from gongfu.base.kit import bulk
from gongfu.base.kit.beijing import civil_date
from gongfu.core.rule import Finding
from gongfu.modules.trade.events import ChangesSought
from gongfu.reference.tables import parameters

# The business keys of each table, with the Chinese name of what they name.
KEYS: dict[str, tuple[tuple[tuple[str, str], str], ...]] = {
    "trade_order": ((("ebp_code", "order_no"), "订单"),),
    "trade_payment": ((("pay_code", "pay_no"), "支付单"), (("ebp_code", "order_no"), "订单的支付单")),
    "trade_collection": ((("order_no", "pay_no"), "收款单"),),
    "trade_waybill": ((("logistics_code", "logistics_no"), "运单"),),
    "trade_waybillstatus": (),
}
NEW, CHANGE, DELETE = "1", "2", "3"
REUSE_MONTHS = 6


@dataclass(slots=True)
class Recorded:
    """How many rows were kept, and the findings of those that were not, by document."""

    table: str
    kept: int = 0
    messages: list[int] = field(default_factory=list)
    findings: list[tuple[int, Finding]] = field(default_factory=list)

    def audit(self) -> dict[str, Any]:
        return {
            "subject": self.table,
            "facts": {"kept": self.kept, "refused": len(self.findings), "messages": self.messages},
        }


@action("trade.record", title="登记三单")
def record(actor: Actor, table: str, rows: pl.DataFrame) -> Recorded:
    """Keep the rows whose business keys are free; changes and deletions set the earlier row aside first (R-1507)."""
    done = Recorded(table, messages=rows["message_id"].unique().sort().to_list())
    keys = KEYS[table]
    if not keys:
        rows = _without_known_statuses(rows)
    else:
        rows = _allowed(done, rows, table)
    for columns, title in keys:
        rows = _once(done, rows, table, columns, title)
    fresh = rows.filter(pl.col("app_type") != DELETE)
    done.kept = bulk.copy_in(table, fresh.drop("document", "app_type", "sender_code"))
    return done


def _once(done: Recorded, rows: pl.DataFrame, table: str, columns: tuple[str, str], title: str) -> pl.DataFrame:
    """The rows whose key is not taken, neither in the table nor earlier in this batch."""
    _withdraw(table, columns, rows.filter(pl.col("app_type") != NEW))
    taken = _taken(table, columns, rows.filter(pl.col("app_type") == NEW))
    first = pl.int_range(pl.len()).over(*columns) == 0
    marked = rows.join(taken, on=list(columns), how="left", maintain_order="left").with_columns(
        repeated=pl.col("taken").is_not_null() | ~first
    )
    repeated = marked.filter(pl.col("repeated"))
    for document, guid, key in repeated.select("document", "guid", columns[1]).iter_rows():
        facts = {"kind": title}
        done.findings.append(
            (
                document,
                Finding("REPLAY-DOCUMENT", guid, field=columns[1], value=key, facts=facts, rules=("R-207", "R-1507")),
            )
        )
    return marked.filter(~pl.col("repeated")).drop("taken", "repeated")


def _taken(table: str, columns: tuple[str, str], rows: pl.DataFrame) -> pl.DataFrame:
    one, two = columns
    if table == "trade_waybill" and not rows.is_empty():
        _retire(rows)
    return bulk.fetch(
        f"SELECT DISTINCT {one}, {two}, true AS taken FROM {table} WHERE NOT withdrawn AND ({one}, {two}) IN "
        "(SELECT * FROM unnest(%s::text[], %s::text[]))",
        [rows[one].to_list(), rows[two].to_list()],
        {one: pl.String, two: pl.String, "taken": pl.Boolean},
    )


def _retire(rows: pl.DataFrame) -> None:
    """A waybill number may serve again some months after it came in (waybill.reuse_months): the old one makes room (R-207)."""
    came = rows["received_at"].to_list()
    months = parameters(civil_date(max(came))).get("waybill.reuse_months", REUSE_MONTHS)
    bulk.execute(
        "UPDATE trade_waybill w SET withdrawn = true FROM unnest(%s::text[], %s::text[], %s::timestamptz[]) AS n(code, no, at) "
        "WHERE NOT w.withdrawn AND (w.logistics_code, w.logistics_no) = (n.code, n.no) AND w.received_at <= n.at - %s * interval '1 month'",
        [rows["logistics_code"].to_list(), rows["logistics_no"].to_list(), came, months],
    )


def _withdraw(table: str, columns: tuple[str, str], rows: pl.DataFrame) -> None:
    if rows.is_empty():
        return
    one, two = columns
    bulk.execute(
        f"UPDATE {table} SET withdrawn = true WHERE NOT withdrawn AND ({one}, {two}) IN (SELECT * FROM unnest(%s::text[], %s::text[]))",
        [rows[one].to_list(), rows[two].to_list()],
    )


def _allowed(done: Recorded, rows: pl.DataFrame, table: str) -> pl.DataFrame:
    """The rows without those changes and deletions that may not be.

    Only the firm that sent a document changes it (R-206), and only until its list has been sent on (R-1507).
    """
    asked = rows.filter(pl.col("app_type") != NEW)
    if asked.is_empty():
        return rows
    by = ("logistics_code", "logistics_no") if table == "trade_waybill" else ("ebp_code", "order_no")
    sought = ChangesSought(by[0] == "logistics_code", asked.select(by).rows())
    announce(sought)
    wrong: dict[int, Finding] = {}
    for columns, title in KEYS[table]:
        owners = _owners(table, columns, asked)
        for document, guid, sender, *key in asked.select("document", "guid", "sender_code", *columns).iter_rows():
            if owners.get((key[0], key[1]), sender) != sender:
                facts = {"kind": title}
                wrong[document] = Finding(
                    "BIZ-NOT-OWN", guid, field=columns[1], value=key[1], facts=facts, rules=("R-206",)
                )
    for document, guid, *key in asked.select("document", "guid", *by).iter_rows():
        state = sought.settled.get((key[0], key[1]))
        if state and document not in wrong:
            facts = {"state": state}
            wrong[document] = Finding("STATE-CONFLICT", guid, field=by[1], value=key[1], facts=facts, rules=("R-1507",))
    done.findings += list(wrong.items())
    return rows.filter(~pl.col("document").is_in(list(wrong)))


def _owners(table: str, columns: tuple[str, str], rows: pl.DataFrame) -> dict[tuple[str, str], str]:
    """Who sent the documents that hold these keys now."""
    one, two = columns
    found = bulk.fetch(
        f"SELECT t.{one}, t.{two}, m.sender_code FROM {table} t JOIN intake_message m ON m.id = t.message_id "
        f"WHERE NOT t.withdrawn AND (t.{one}, t.{two}) IN (SELECT * FROM unnest(%s::text[], %s::text[]))",
        [rows[one].to_list(), rows[two].to_list()],
        {one: pl.String, two: pl.String, "sender_code": pl.String},
    )
    return {(first, second): sender for first, second, sender in found.iter_rows()}


def _without_known_statuses(rows: pl.DataFrame) -> pl.DataFrame:
    """The same status of the same waybill told again says nothing new."""
    known = bulk.fetch(
        "SELECT logistics_code, logistics_no, status, true AS known FROM trade_waybillstatus WHERE (logistics_code, logistics_no) IN "
        "(SELECT * FROM unnest(%s::text[], %s::text[]))",
        [rows["logistics_code"].to_list(), rows["logistics_no"].to_list()],
        {"logistics_code": pl.String, "logistics_no": pl.String, "status": pl.String, "known": pl.Boolean},
    )
    keys = ["logistics_code", "logistics_no", "status"]
    return rows.unique(keys, keep="first", maintain_order=True).join(
        known.unique(), on=keys, how="anti", maintain_order="left"
    )
