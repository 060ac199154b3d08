"""What the checks of follow-up documents may know besides the documents themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from gongfu.core.rule import Finding

Found = list[tuple[int, Finding]]


@dataclass(frozen=True, slots=True)
class Known:
    """lists: the cited lists; `document` and `gnum` (0 for the head) tell who cites them, then `declaration` and columns of the
    list named `list_…` (queries.CITED; `list_open`: customs has not ended it).  lines: their goods lines, by `declaration`.
    earlier: live follow-ups of these lists, one row a line: follow_up, kind, state, open, declaration, of_gnum, qty.  at: now.
    """

    lists: pl.DataFrame
    lines: pl.DataFrame
    earlier: pl.DataFrame
    at: datetime
