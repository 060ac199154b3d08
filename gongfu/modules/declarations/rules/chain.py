"""The export chain about parcels: arrival at the site (CEB507), master bill (CEB607), departure (CEB509) (R-306)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import polars as pl

from gongfu.core.rule import Finding
from gongfu.modules.declarations.rules.known import Found, Known

RULES = ("R-306",)
GONE = ("returned", "closed")
LEAVING = ("released", "closed")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the chain.  barred, only: list states in which it cannot be, or alone can be.  under_way: also while customs has not
    ended the list.  early: parcels whose list has not come yet are let through with a remark.  agent: the lists must be the
    head's agentCode's own."""

    kind: str
    barred: Collection[str] = ()
    only: Collection[str] = ()
    under_way: bool = False
    early: bool = False
    agent: bool = False

    def stands(self, state: str, open_: bool) -> bool:
        """Whether a list in this state can take the step."""
        return state not in self.barred and (not self.only or state in self.only or (self.under_way and open_))


ARRIVAL = Step("CEB507Message", barred=GONE, early=True)
MASTER = Step("CEB607Message", only=("released",), under_way=True, agent=True)
DEPARTURE = Step("CEB509Message", only=LEAVING)


def arrivals(heads: pl.DataFrame, items: pl.DataFrame, known: Known) -> Found:
    """CEB507: parcels at the site, before or after their list was declared (both orders are seen in practice)."""
    wrong = heads.filter(pl.col("ieFlag") != "E").select("document", "guid", "ieFlag")
    found: Found = [
        (number, Finding("BIZ-DIRECTION", guid, field="ieFlag", value=flag, facts={"expected": "E"}, rules=RULES))
        for number, guid, flag in wrong.iter_rows()
    ]
    return [*found, *parts(heads), *_parcels(ARRIVAL, heads, items, known)]


def masters(heads: pl.DataFrame, items: pl.DataFrame, known: Known) -> Found:
    """CEB607: lists of one's own under one bill; a list number, where told, is that of the parcel's list."""
    return [*parts(heads), *_parcels(MASTER, heads, items, known)]


def departures(heads: pl.DataFrame, items: pl.DataFrame, known: Known) -> Found:
    """CEB509: only parcels whose list is released leave the country."""
    return [*parts(heads), *_parcels(DEPARTURE, heads, items, known)]


def parts(heads: pl.DataFrame) -> Found:
    """A document handed in in parts says which part it is of how many."""
    wrong = heads.filter((pl.col("msgSeqNo") < 1) | (pl.col("msgSeqNo") > pl.col("msgCount")))
    return [
        (number, Finding("BIZ-PART", guid, field="msgSeqNo", value=str(seq), facts={"count": count}, rules=RULES))
        for number, guid, seq, count in wrong.select("document", "guid", "msgSeqNo", "msgCount").iter_rows()
    ]


def _parcels(step: Step, heads: pl.DataFrame, items: pl.DataFrame, known: Known) -> Found:
    """Line by line, in the order of the documents: what came first holds, a parcel takes each step once."""
    done = set(known.earlier.filter(pl.col("kind") == step.kind)["declaration"].drop_nulls())
    seen: set[tuple[str, str]] = set()
    found: Found = []
    early: dict[int, int] = {}
    for row in _told(step, heads, items, known).iter_rows(named=True):
        parcel = (row["logisticsCode"], row["logisticsNo"])
        said = _fault(step, row, row["declaration"] in done or parcel in seen)
        seen.add(parcel)
        if said:
            found.append((row["document"], said))
        elif row["declaration"] is None:
            early[row["document"]] = early.get(row["document"], 0) + 1
    guids = dict(heads.select("document", "guid").iter_rows())
    return found + [
        (number, Finding("BIZ-PARCEL-EARLY", guids[number], field="logisticsNo", value=str(count), rules=RULES))
        for number, count in early.items()
    ]


def _told(step: Step, heads: pl.DataFrame, items: pl.DataFrame, known: Known) -> pl.DataFrame:
    """One row a line: what it says, its document, and the list of its parcel."""
    head = heads.select("document", "guid", "logisticsCode", agent=pl.col("agentCode") if step.agent else pl.lit(""))
    number = pl.col("invtNo") if "invtNo" in items.columns else pl.lit("", pl.String)
    lines = items.select("document", pl.col("gnum").cast(pl.Int64), "logisticsNo", number.fill_null("").alias("told"))
    lists = known.lists.select(
        "document", "gnum", "declaration", "list_flow", "list_state", "list_open", "list_agent", "list_number"
    )
    told = lines.join(head, on="document", how="inner", maintain_order="left")
    return told.join(lists, on=["document", "gnum"], how="left", maintain_order="left")


def _fault(step: Step, row: dict[str, Any], again: bool) -> Finding | None:
    guid, number, waybill = row["guid"], row["gnum"], row["logisticsNo"]
    strange = row["declaration"] is None or row["list_flow"] != "E"
    if again:
        return Finding("BIZ-PARCEL-TWICE", guid, number, "logisticsNo", waybill, rules=(*RULES, "R-1507"))
    if strange and step.early and row["declaration"] is None:
        return None
    if strange or (step.agent and row["list_agent"] != row["agent"]):
        return Finding("BIZ-PARCEL-UNLISTED", guid, number, "logisticsNo", waybill, rules=RULES)
    if row["told"] and row["told"] != row["list_number"]:
        facts = {"ours": row["list_number"] or "—"}
        return Finding("BIZ-PARCEL-NUMBER", guid, number, "invtNo", row["told"], facts, rules=RULES)
    if not step.stands(row["list_state"], row["list_open"]):
        return Finding("BIZ-PARCEL-STATE", guid, number, "logisticsNo", waybill, {"state": row["list_state"]}, RULES)
    return None
