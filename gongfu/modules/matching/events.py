"""What matching announces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

import polars as pl

from gongfu.core.event import Event


@dataclass(frozen=True)
class ThreeFlowsMatched(Event):
    """Lists whose order, payment and waybill agree: what is left is tax, quota and guarantee (heard at once).

    lists: the locked rows as matching.queries.waiting gives them.
    """

    inline: ClassVar[bool] = True
    lists: pl.DataFrame
    at: datetime
