"""Orders, money and waybills, looked up."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from gongfu.base.kit import bulk

COLLECTED = (
    "SELECT DISTINCT ebp_code, order_no FROM trade_collection WHERE NOT withdrawn AND (ebp_code, order_no) IN "
    "(SELECT * FROM unnest(%s::text[], %s::text[]))"
)


def collected(orders: Sequence[tuple[str, str]]) -> Collection[tuple[str, str]]:
    """Those of the orders (platform, number) that money was received for (CEB403, R-301)."""
    platforms, numbers = [one for one, _ in orders], [one for _, one in orders]
    return set(bulk.fetch(COLLECTED, [platforms, numbers]).rows())
