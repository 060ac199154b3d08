"""Who may hand in a document, and the money received for orders, looked up."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl

from gongfu.base.access.actor import Actor
from gongfu.base.cases.models import Case
from gongfu.base.kit import bulk
from gongfu.base.kit.beijing import civil_date
from gongfu.core import documents
from gongfu.core.rule import Finding
from gongfu.modules.parties import queries as parties
from gongfu.modules.trade import b2b, dossiers
from gongfu.modules.trade.events import Part
from gongfu.modules.trade.models import Order

COLLECTED = (
    "SELECT DISTINCT ebp_code, order_no FROM trade_collection WHERE NOT withdrawn AND (ebp_code, order_no) IN "
    "(SELECT * FROM unnest(%s::text[], %s::text[]))"
)


def collected(orders: Sequence[tuple[str, str]]) -> Collection[tuple[str, str]]:
    """Those of the orders (platform, number) that money was received for (CEB403, R-301)."""
    platforms, numbers = [one for one, _ in orders], [one for _, one in orders]
    return set(bulk.fetch(COLLECTED, [platforms, numbers]).rows())


def wrong_senders(
    heads: pl.DataFrame, own: tuple[str, ...], at: datetime, *, entrusted: bool = False
) -> list[tuple[int, Finding]]:
    """Documents that come from a firm that may not send them (R-206); with `entrusted`, filed carriers may."""
    names = [name for name in ("sender_code", *own) if name in heads.columns]
    codes = sorted({code for name in names for code in heads[name].drop_nulls().unique()})
    filed = parties.kinds(heads["sender_code"].unique().to_list(), civil_date(at)) if entrusted else {}
    carriers = frozenset(code for code, kinds in filed.items() if "logistics" in kinds)
    return documents.senders(heads, own, parties.credit_codes(codes), carriers)


def receipts(orders: list[tuple[str, str]], schema: Mapping[str, Any]) -> pl.DataFrame:
    """Money received (收款单) for these orders (platform, number): one row for each receipt and order, the columns asked for."""
    return bulk.fetch(
        f"SELECT {', '.join(schema)} FROM trade_collection WHERE NOT withdrawn AND (ebp_code, order_no) IN "
        "(SELECT * FROM unnest(%s::text[], %s::text[])) ORDER BY id",
        [[one for one, _ in orders], [two for _, two in orders]],
        dict(schema),
    )


def files_of(orders: list[tuple[str, str]]) -> dict[tuple[str, str], list[Part]]:
    """Everything that any module holds about these orders (platform, number)."""
    return dossiers.parts(orders)


def order(actor: Actor, order_no: str) -> Order | None:
    """The order of that number within the actor's reach, the newest where several platforms use it; None for any other."""
    found: Order | None = (
        Order.objects.seen_by(actor).filter(order_no=order_no, withdrawn=False).order_by("-pk").first()
    )
    return found


def ordered_since(platform: str, order_no: str, first: str) -> bool:
    """Whether an order has come in on a platform after another one of it (`first`): what an exchange is sent with (R-1104)."""
    rows = Order.objects.filter(ebp_code=platform, withdrawn=False)
    before = rows.filter(order_no=first).order_by("pk").first()
    after = rows.filter(order_no=order_no).order_by("-pk").first()
    return after is not None and (before is None or after.pk > before.pk)


def b2b_order(actor: Actor, number: int) -> Case | None:
    """A B2B order of that case number that the actor placed, or may declare for; None for any other or before its goods are ready."""
    row: Case | None = Case.objects.all().decided_by(actor).filter(pk=number, kind=b2b.FLOW.code).first()
    if row is None or row.state not in b2b.READY:
        return None
    return row if actor.acts_for(row.party_code, row.zone) else None


def b2b_document(case: Case) -> dict[str, Any]:
    """The head and goods line of its CEB303."""
    return b2b.document(case)
