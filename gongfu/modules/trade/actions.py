"""Keeping documents once: a business key names one document until it is changed or withdrawn."""

from __future__ import annotations

from collections.abc import Iterator
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

Columns = tuple[str, ...]
STATUSES = "trade_waybillstatus"
# The business keys of each table, with the Chinese name of what they name; the first is the document's own number.
KEYS: dict[str, tuple[tuple[Columns, str], ...]] = {
    "trade_order": ((("ebp_code", "order_no"), "订单"),),
    "trade_payment": ((("pay_code", "pay_no"), "支付单"), (("ebp_code", "order_no"), "订单的支付单")),
    "trade_collection": ((("order_no", "pay_no"), "收款单"),),
    "trade_waybill": ((("logistics_code", "logistics_no"), "运单"),),
    STATUSES: ((("logistics_code", "logistics_no", "status"), "运单状态"),),
}
# What the lists resting on a document are found by; no list rests on a waybill's status.
LISTED_BY: dict[str, Columns] = {
    "trade_order": ("ebp_code", "order_no"),
    "trade_payment": ("ebp_code", "order_no"),
    "trade_collection": ("ebp_code", "order_no"),
    "trade_waybill": ("logistics_code", "logistics_no"),
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
    for part in _turns(rows, KEYS[table]):
        _keep(done, table, part)
    return done


def _turns(rows: pl.DataFrame, keys: tuple[tuple[Columns, str], ...]) -> Iterator[pl.DataFrame]:
    """The rows in parts, one after another: a document and its change may come together, each in its turn."""
    places = [
        pl.when((pl.col("app_type") != NEW).any().over(*columns)).then(pl.int_range(pl.len()).over(*columns)).otherwise(0)
        for columns, _ in keys
    ]
    turns = rows.with_columns(turn=pl.max_horizontal(places)).sort("turn", maintain_order=True)
    for _, part in turns.group_by("turn", maintain_order=True):
        yield part.drop("turn")


def _keep(done: Recorded, table: str, rows: pl.DataFrame) -> None:
    """One part. What a change sets aside goes only when the change itself is kept, so that nothing is lost."""
    rows = _allowed(done, rows, table)
    if table == STATUSES:
        rows = _without_known_statuses(_followed(done, rows))
    else:
        for columns, title in KEYS[table]:
            rows = _once(done, rows, table, columns, title)
    for at, (columns, _) in enumerate(KEYS[table]):
        _withdraw(table, columns, rows.filter(pl.col("app_type").is_in([CHANGE, DELETE] if at == 0 else [CHANGE])))
    fresh = rows.filter(pl.col("app_type") != DELETE)
    done.kept += bulk.copy_in(table, fresh.drop("document", "app_type", "sender_code"))


def _once(done: Recorded, rows: pl.DataFrame, table: str, columns: Columns, title: str) -> pl.DataFrame:
    """The rows whose key is not taken, neither in the table nor earlier in this part."""
    taken = _taken(table, columns, rows.filter(pl.col("app_type") == NEW))
    first = pl.int_range(pl.len()).over(*columns) == 0
    fresh = pl.col("app_type") == NEW
    marked = rows.join(taken, on=list(columns), how="left", maintain_order="left").with_columns(
        repeated=(pl.col("taken").is_not_null() & fresh) | ~first
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


def _held(columns: Columns, of: str = "") -> str:
    """A condition: the row's columns are among the lists given as parameters, one list a column."""
    names = ", ".join(f"{of}{one}" for one in columns)
    return f"({names}) IN (SELECT * FROM unnest({', '.join(['%s::text[]'] * len(columns))}))"


def _lists(columns: Columns, rows: pl.DataFrame) -> list[list[str]]:
    return [rows[one].to_list() for one in columns]


def _taken(table: str, columns: Columns, rows: pl.DataFrame) -> pl.DataFrame:
    if table == "trade_waybill" and not rows.is_empty():
        _retire(rows)
    return bulk.fetch(
        f"SELECT DISTINCT {', '.join(columns)}, true AS taken FROM {table} WHERE NOT withdrawn AND {_held(columns)}",
        _lists(columns, rows),
        {**dict.fromkeys(columns, pl.String), "taken": pl.Boolean},
    )


def _retire(rows: pl.DataFrame) -> None:
    """A waybill number may serve again some months after it came in (waybill.reuse_months): the old one makes room, with its statuses (R-207)."""
    came = rows["received_at"].to_list()
    months = parameters(civil_date(max(came))).get("waybill.reuse_months", REUSE_MONTHS)
    bulk.execute(
        "WITH gone AS (UPDATE trade_waybill w SET withdrawn = true FROM unnest(%s::text[], %s::text[], %s::timestamptz[]) AS n(code, no, at) "
        "WHERE NOT w.withdrawn AND (w.logistics_code, w.logistics_no) = (n.code, n.no) AND w.received_at <= n.at - %s * interval '1 month' "
        "RETURNING w.logistics_code, w.logistics_no) UPDATE trade_waybillstatus s SET withdrawn = true FROM gone "
        "WHERE NOT s.withdrawn AND (s.logistics_code, s.logistics_no) = (gone.logistics_code, gone.logistics_no)",
        [rows["logistics_code"].to_list(), rows["logistics_no"].to_list(), came, months],
    )


def _withdraw(table: str, columns: Columns, rows: pl.DataFrame) -> None:
    if rows.is_empty():
        return
    bulk.execute(
        f"UPDATE {table} SET withdrawn = true WHERE NOT withdrawn AND {_held(columns)}", _lists(columns, rows)
    )


def _allowed(done: Recorded, rows: pl.DataFrame, table: str) -> pl.DataFrame:
    """The rows without those changes and deletions that may not be.

    There must be something to change (R-1507); only the firm that sent a document changes it (R-206), and only until its list has
    been sent on (R-1507).
    """
    asked = rows.filter(pl.col("app_type") != NEW)
    if asked.is_empty():
        return rows
    wrong = _not_theirs(table, asked)
    by = LISTED_BY.get(table)
    if by is not None:
        sought = ChangesSought(by[0] == "logistics_code", [(one, two) for one, two in asked.select(by).iter_rows()])
        announce(sought)
        for document, guid, one, two in asked.select("document", "guid", *by).iter_rows():
            state = sought.settled.get((one, two))
            if state and document not in wrong:
                facts = {"state": state}
                wrong[document] = Finding("STATE-CONFLICT", guid, field=by[1], value=two, facts=facts, rules=("R-1507",))
    done.findings += list(wrong.items())
    return rows.filter(~pl.col("document").is_in(list(wrong)))


def _not_theirs(table: str, asked: pl.DataFrame) -> dict[int, Finding]:
    """Of changes and deletions those whose document is not here, or is another firm's.

    A change may name its document by any of its keys (another payment for the order), a deletion by its own number alone.
    """
    wrong: dict[int, Finding] = {}
    found: set[int] = set()
    for at, (columns, title) in enumerate(KEYS[table]):
        owners = _owners(table, columns, asked)
        told = asked if at == 0 else asked.filter(pl.col("app_type") == CHANGE)
        for document, guid, sender, *key in told.select("document", "guid", "sender_code", *columns).iter_rows():
            owner = owners.get(tuple(key))
            if owner is not None:
                found.add(document)
            if owner not in (None, sender):
                facts = {"kind": title}
                wrong[document] = Finding("BIZ-NOT-OWN", guid, field=columns[1], value=key[1], facts=facts, rules=("R-206",))
    columns, title = KEYS[table][0]
    for document, guid, value in asked.select("document", "guid", columns[1]).iter_rows():
        if document not in found:
            facts = {"kind": title}
            wrong[document] = Finding("STATE-NOTHING", guid, field=columns[1], value=value, facts=facts, rules=("R-1507",))
    return wrong


def _owners(table: str, columns: Columns, rows: pl.DataFrame) -> dict[tuple[str, ...], str]:
    """Who sent the documents that hold these keys now."""
    found = bulk.fetch(
        f"SELECT {', '.join(f't.{one}' for one in columns)}, m.sender_code FROM {table} t JOIN intake_message m ON m.id = t.message_id "
        f"WHERE NOT t.withdrawn AND {_held(columns, 't.')}",
        _lists(columns, rows),
        dict.fromkeys((*columns, "sender_code"), pl.String),
    )
    return {tuple(key): sender for *key, sender in found.iter_rows()}


def _followed(done: Recorded, rows: pl.DataFrame) -> pl.DataFrame:
    """The new statuses whose waybill is here; a status of a waybill that nobody sent says nothing of any parcel (R-206)."""
    by = ("logistics_code", "logistics_no")
    known = bulk.fetch(
        f"SELECT {', '.join(by)} FROM trade_waybill WHERE NOT withdrawn AND {_held(by)}",
        _lists(by, rows),
        dict.fromkeys(by, pl.String),
    )
    lost = rows.filter(pl.col("app_type") == NEW).join(known, on=list(by), how="anti", maintain_order="left")
    for document, guid, number in lost.select("document", "guid", "logistics_no").iter_rows():
        told = Finding("BIZ-WAYBILL-UNKNOWN", guid, field="logisticsNo", value=number, rules=("R-206", "R-1501"))
        done.findings.append((document, told))
    return rows.filter(~pl.col("document").is_in(lost["document"].implode()))


def _without_known_statuses(rows: pl.DataFrame) -> pl.DataFrame:
    """The same status at the same time told again says nothing new; at another time it joins the waybill's history."""
    keys = [*KEYS[STATUSES][0][0], "happened_at"]
    fresh = rows.filter(pl.col("app_type") == NEW)
    again = bulk.fetch(
        "SELECT n.document FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::timestamptz[]) AS n(document, code, no, status, at) "
        f"JOIN {STATUSES} s ON NOT s.withdrawn AND (s.logistics_code, s.logistics_no, s.status, s.happened_at) = (n.code, n.no, n.status, n.at)",
        [fresh[name].to_list() for name in ("document", *keys)],
        {"document": pl.Int64},
    )["document"].to_list()
    again += fresh.filter(pl.int_range(pl.len()).over(*keys) != 0)["document"].to_list()
    return rows.filter(~pl.col("document").is_in(again))
