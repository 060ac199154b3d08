"""The trail of an order: one event for each document and each word of customs, with the digest of the row that tells it."""

from gongfu.base.trails.kinds import KINDS, EventKind, Fact, TrailKind
from gongfu.modules.trade.wanted import PARTS

SAID = (Fact("digest"),)
FILE = KINDS.declare(
    TrailKind(
        "trade.order",
        "交易档案",
        "Trade file",
        tuple(EventKind(one.code, one.title, one.title_en, SAID) for one in PARTS.values()),
        subject=r"[0-9A-Za-z._:#\-]{1,60}",
    )
)
