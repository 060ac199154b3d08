"""Cancellations (CEB623, CEB605): of one's own list, while customs has not ended it, one at a time (R-211, R-1507)."""

from __future__ import annotations

from typing import Any

import polars as pl

from gongfu.core.rule import Finding
from gongfu.modules.declarations.rules.known import Found, Known


def findings(heads: pl.DataFrame, items: pl.DataFrame, known: Known) -> Found:
    """Faults of cancellations, by document; `items` is empty, a cancellation has no lines."""
    busy = set(known.earlier.filter(pl.col("open"))["declaration"])
    found: Found = []
    for row in heads.join(known.lists, on="document", how="left", maintain_order="left").iter_rows(named=True):
        said = _fault(row, busy)
        if said:
            found.append((row["document"], said))
        else:
            busy.add(row["declaration"])
    return found


def _fault(row: dict[str, Any], busy: set[int]) -> Finding | None:
    guid, number = row["guid"], row["invtNo"]
    if row["declaration"] is None or row["list_agent"] != row["agentCode"]:
        return Finding("BIZ-LIST-UNKNOWN", guid, field="invtNo", value=number, rules=("R-211",))
    if not row["list_open"]:
        state = {"state": row["list_state"]}
        return Finding("BIZ-CANCEL-STATE", guid, field="invtNo", value=number, facts=state, rules=("R-211", "R-1507"))
    if row["declaration"] in busy:
        return Finding("BIZ-FOLLOW-UP-OPEN", guid, field="invtNo", value=number, rules=("R-1507",))
    return None
