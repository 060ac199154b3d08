"""Who may hand in a document, looked up."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from gongfu.base.access.actor import Actor
from gongfu.base.kit.beijing import civil_date
from gongfu.core import documents
from gongfu.core.rule import Finding
from gongfu.modules.parties import queries as parties
from gongfu.modules.trade.models import Order


def wrong_senders(
    heads: pl.DataFrame, own: tuple[str, ...], at: datetime, *, entrusted: bool = False
) -> list[tuple[int, Finding]]:
    """Documents that come from a firm that may not send them (R-206); with `entrusted`, filed carriers may."""
    names = [name for name in ("sender_code", *own) if name in heads.columns]
    codes = sorted({code for name in names for code in heads[name].drop_nulls().unique()})
    filed = parties.kinds(heads["sender_code"].unique().to_list(), civil_date(at)) if entrusted else {}
    carriers = frozenset(code for code, kinds in filed.items() if "logistics" in kinds)
    return documents.senders(heads, own, parties.credit_codes(codes), carriers)


def order(actor: Actor, order_no: str) -> Order | None:
    """The order of that number within the actor's reach, the newest where several platforms use it; None for any other."""
    found: Order | None = (
        Order.objects.seen_by(actor).filter(order_no=order_no, withdrawn=False).order_by("-pk").first()
    )
    return found
