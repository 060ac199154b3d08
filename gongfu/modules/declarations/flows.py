"""The states of a list, and the fold of official receipts: ordered by returnTime, released is final (I4)."""

from __future__ import annotations

from collections.abc import Iterable

from gongfu.core.flow import Flow, Move

CUSTOMS_STATE = {
    "1": "sent",
    "2": "sent",
    "3": "sent",
    "4": "failed",
    "100": "rejected",
    "120": "accepted",
    "300": "review",
    "399": "concluded",
    "500": "inspection",
    "501": "detained",
    "502": "detained",
    "503": "detained",
    "505": "detained",
    "599": "detained",
    "600": "detained",
    "700": "returned",
    "800": "released",
    "899": "closed",
}
OPEN = ("ready", "sent", "accepted", "review", "inspection", "detained", "concluded")
FINAL = ("refused", "rejected", "failed", "returned", "cancelled")

DECLARATION = Flow(
    "declarations.declaration",
    "清单",
    start="waiting",
    finals=FINAL,
    moves=(
        Move("wait", "等待三单", ("held",), "waiting", by="platform"),
        Move("hold", "暂缓", ("waiting",), "held", by="platform"),
        Move("refuse", "平台退单", ("waiting", "held"), "refused", by="platform"),
        Move("prepare", "待发送", ("waiting", "held"), "ready", by="platform"),
        Move("send", "送单一窗口", ("ready",), "sent", by="platform"),
        Move(
            "accept",
            "海关入库",
            ("ready", "sent", "review", "inspection", "detained", "concluded"),
            "accepted",
            by="customs",
        ),
        Move(
            "review",
            "人工审核",
            ("ready", "sent", "accepted", "inspection", "detained", "concluded"),
            "review",
            by="customs",
        ),
        Move(
            "inspect",
            "查验",
            ("ready", "sent", "accepted", "review", "detained", "concluded"),
            "inspection",
            by="customs",
        ),
        Move(
            "detain",
            "扣留",
            ("ready", "sent", "accepted", "review", "inspection", "concluded"),
            "detained",
            by="customs",
        ),
        Move(
            "conclude",
            "审结",
            ("ready", "sent", "accepted", "review", "inspection", "detained"),
            "concluded",
            by="customs",
        ),
        Move("release", "放行", OPEN, "released", by="customs"),
        Move("close", "结关", ("released",), "closed", by="customs"),
        Move("reject", "海关退单", OPEN, "rejected", by="customs"),
        Move("fail", "处理失败", OPEN, "failed", by="customs"),
        Move("ship_back", "退运", (*OPEN, "released", "closed"), "returned", by="customs"),
    ),
)


def state_of(status: str) -> str:
    """The state a receipt status speaks of; "" for a positive code nobody published (kept, and moves nothing)."""
    return "failed" if status.startswith("-") else CUSTOMS_STATE.get(status, "")


def steps(before: str, heard: Iterable[str], told: Iterable[tuple[str, str]]) -> tuple[list[tuple[str, str, str]], str]:
    """(moves, state) that newly told receipts make.

    before: the state now.  heard: earlier receipts as `returnTime|status`.  told: new (returnTime, status) pairs.
    A receipt older than the newest one heard is history: it moves nothing, unless it releases a list that customs has not ended.
    Each move is (from, to, returnTime).
    """
    moves: list[tuple[str, str, str]] = []
    state, newest = before, max((one.partition("|")[0] for one in heard), default="")
    for at, status in sorted(told, key=lambda pair: (pair[0], RANK.get(state_of(pair[1]), 0))):
        target = state_of(status)
        late = at < newest
        newest = max(newest, at)
        if (
            not target
            or target == state
            or not DECLARATION.leads(state, target)
            or (late and target not in ("released", *FINAL))
        ):
            continue
        moves.append((state, target, at))
        state = target
        if state == "released" and late and "899" in {one.partition("|")[2] for one in heard}:
            moves.append((state, "closed", newest))
            state = "closed"
    return moves, state


RANK = {
    name: rank
    for rank, name in enumerate(
        ("sent", "accepted", "review", "inspection", "detained", "concluded", "released", "closed", "returned")
    )
}
