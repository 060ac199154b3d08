"""The states of a list, and the fold of official receipts: ordered by returnTime, released is final (R-211)."""

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
RANK = {
    name: rank
    for rank, name in enumerate(
        ("sent", "accepted", "review", "inspection", "detained", "concluded", "released", "closed", "returned")
    )
}


def _from_open(target: str) -> tuple[str, ...]:
    """Customs goes to and fro between the states of its own work, but never back to `sent`."""
    return tuple(state for state in OPEN if state != target)


DECLARATION = Flow(
    "declarations.declaration",
    "清单",
    start="waiting",
    finals=FINAL,
    moves=(
        Move("wait", "等待三单", "held", "waiting", by="platform"),
        Move("hold", "暂缓", "waiting", "held", by="platform"),
        Move("refuse", "平台退单", ("waiting", "held"), "refused", by="platform"),
        Move("prepare", "待发送", ("waiting", "held"), "ready", by="platform"),
        Move("send", "送单一窗口", "ready", "sent", by="platform"),
        Move("cancel", "撤销", ("waiting", "held"), "cancelled", by="agent"),
        Move("accept", "海关入库", _from_open("accepted"), "accepted", by="customs"),
        Move("review", "人工审核", _from_open("review"), "review", by="customs"),
        Move("inspect", "查验", _from_open("inspection"), "inspection", by="customs"),
        Move("detain", "扣留", _from_open("detained"), "detained", by="customs"),
        Move("conclude", "审结", _from_open("concluded"), "concluded", by="customs"),
        Move("release", "放行", OPEN, "released", by="customs"),
        Move("close", "结关", "released", "closed", by="customs"),
        Move("reject", "海关退单", (*OPEN, "failed"), "rejected", by="customs"),
        Move("fail", "处理失败", OPEN, "failed", by="customs"),
        Move("ship_back", "退运", (*OPEN, "released", "closed"), "returned", by="customs"),
    ),
)
ENDINGS = ("released", *FINAL)


def state_of(status: str) -> str:
    """The state a receipt status speaks of; "" for a positive code nobody published (kept, and moves nothing)."""
    return "failed" if status.startswith("-") else CUSTOMS_STATE.get(status, "")


def fold_receipts(receipts: Iterable[tuple[str, str]]) -> str:
    """The state of a list that was sent, after (returnTime, status) pairs in any order and any number of times."""
    return steps("sent", (), receipts)[1]


def steps(before: str, heard: Iterable[str], told: Iterable[tuple[str, str]]) -> tuple[list[tuple[str, str, str]], str]:
    """(moves, state) that newly told receipts make.

    before: the state now.  heard: earlier receipts as `returnTime|status`.  told: new (returnTime, status) pairs.
    A receipt older than the one that made the state is history: it moves nothing, unless it ends a list that customs
    has not ended.  Where customs contradicts itself (rejected and released), the ending heard first stays.
    Each move is (from, to, returnTime of 17 digits).
    """
    earlier, new = sorted(map(_pair, heard), key=_order), sorted(set(told), key=_order)
    _, newest = _walk("sent", earlier, BEFORE_ALL)
    made, _ = _walk(before, new, newest)
    moves = [(source, target, key[0]) for source, target, key in made]
    state = moves[-1][1] if moves else before
    closed_at = _closed_at([*earlier, *new])
    if state == "released" and closed_at:
        moves.append((state, "closed", closed_at))
        state = "closed"
    return moves, state


Key = tuple[str, int, str]
Pair = tuple[str, str]
BEFORE_ALL: Key = ("", -1, "")


def _pair(text: str) -> Pair:
    at, _, status = text.partition("|")
    return at, status


def _order(receipt: Pair) -> Key:
    """By returnTime; at the same instant by how far the status is along the way."""
    at, status = receipt
    return at, RANK.get(state_of(status), 0), status


def _walk(state: str, receipts: Iterable[Pair], newest: Key) -> tuple[list[tuple[str, str, Key]], Key]:
    """(moves, key of the receipt that made the last state) of ordered receipts, from a state made by one of key `newest`."""
    moves: list[tuple[str, str, Key]] = []
    for receipt in receipts:
        key, target = _order(receipt), state_of(receipt[1])
        if DECLARATION.leads(state, target) and (key >= newest or target in ENDINGS):
            moves.append((state, target, key))
            state, newest = target, max(newest, key)
        elif target == state != "sent":
            newest = max(newest, key)
    return moves, newest


def _closed_at(receipts: list[Pair]) -> str:
    """The returnTime of the first 899 after the first 800; "" when there is none."""
    first = min((_order(one) for one in receipts if one[1] == "800"), default=None)
    if first is None:
        return ""
    return min((one[0] for one in receipts if one[1] == "899" and _order(one) > first), default="")
