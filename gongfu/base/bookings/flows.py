"""The states of a booking; the database keeps the same table by trigger."""

from __future__ import annotations

from gongfu.core.flow import Flow, Move

BOOKING = Flow(
    "bookings.booking",
    "预订",
    start="held",
    moves=(
        Move("confirm", "确认", "held", "confirmed", by="bookings.confirm"),
        Move("release", "退订", ("held", "confirmed"), "released", by="bookings.release"),
        Move("expire", "逾时释放", "held", "expired", by="bookings.expire"),
    ),
    finals=("released", "expired"),
)
LIVE = ("held", "confirmed")
TITLES = {"held": "已占位", "confirmed": "已确认", "released": "已退订", "expired": "逾时释放"}
