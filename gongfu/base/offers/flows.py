"""The states of a deal; the database keeps the same table by trigger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gongfu.core.flow import Flow, Move


def both_accept(facts: Mapping[str, Any]) -> bool:
    """Whether each side has said yes."""
    return bool(facts["need_accepted_at"] and facts["offer_accepted_at"])


DEAL = Flow(
    "offers.deal",
    "撮合",
    start="proposed",
    moves=(
        Move("accept", "双方同意", "proposed", "accepted", by="offers.accept", needs=both_accept),
        Move("accept", "一方同意", "proposed", "proposed", by="offers.accept"),
        Move("decline", "谢绝", "proposed", "declined", by="offers.decline"),
        Move("withdraw", "撤回", ("proposed", "accepted"), "withdrawn", by="offers.withdraw"),
        Move("lapse", "逾期失效", "proposed", "lapsed", by="offers.lapse"),
        Move("close", "成交", "accepted", "closed", by="offers.close"),
    ),
    finals=("declined", "withdrawn", "lapsed", "closed"),
)
LIVE = ("proposed", "accepted")
TITLES = {
    "proposed": "待双方同意",
    "accepted": "双方已同意",
    "declined": "已谢绝",
    "withdrawn": "已撤回",
    "lapsed": "已失效",
    "closed": "已成交",
}
LISTING_TITLES = {"open": "有效", "withdrawn": "已撤回", "closed": "已成交"}
