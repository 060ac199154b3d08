"""The states of lists and of what follows them, and the fold of official receipts: ordered by returnTime, released is final (R-211)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

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
        Move("revoke", "海关撤单", OPEN, "cancelled", by="customs"),
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
PENDING = ("ready", "sent", "accepted", "review", "inspection", "detained")
FOLLOW_UP = Flow(
    "declarations.follow_up",
    "后续单证",
    start="recorded",
    finals=("concluded", "rejected", "failed"),
    moves=(
        Move("prepare", "待发送", "recorded", "ready", by="platform"),
        Move("send", "送单一窗口", "ready", "sent", by="platform"),
        *(
            Move(verb, title, tuple(one for one in PENDING if one != target), target, by="customs")
            for verb, title, target in (
                ("accept", "海关入库", "accepted"),
                ("review", "人工审核", "review"),
                ("inspect", "查验", "inspection"),
                ("detain", "扣留", "detained"),
                ("conclude", "办结", "concluded"),
                ("fail", "处理失败", "failed"),
            )
        ),
        Move("reject", "海关退单", (*PENDING, "failed"), "rejected", by="customs"),
    ),
)


@dataclass(frozen=True, slots=True)
class Track:
    """How receipts move one kind of document.  states: what each status speaks of.  endings: states that end it, once heard."""

    flow: Flow
    states: Mapping[str, str]
    endings: Collection[str]

    def state_of(self, status: str) -> str:
        """The state a receipt status speaks of; "" for a positive code nobody published (kept, and moves nothing)."""
        return "failed" if status.startswith("-") else self.states.get(status, "")


LIST = Track(DECLARATION, CUSTOMS_STATE, ENDINGS)


@cache
def follow_up_track(concludes: frozenset[str]) -> Track:
    """The track of a follow-up document that these statuses conclude (399 review concluded, 800 released, 120 stored)."""
    own = {status: "concluded" if status in concludes else state for status, state in CUSTOMS_STATE.items()}
    return Track(FOLLOW_UP, own, FOLLOW_UP.finals)


def fold_receipts(receipts: Iterable[tuple[str, str]]) -> str:
    """The state of a list that was sent, after (returnTime, status) pairs in any order and any number of times."""
    return steps("sent", (), receipts)[1]


def steps(
    before: str, heard: Iterable[str], told: Iterable[tuple[str, str]], track: Track = LIST
) -> tuple[list[tuple[str, str, str]], str]:
    """(moves, state) that newly told receipts make.

    before: the state now.  heard: earlier receipts as `returnTime|status`.  told: new (returnTime, status) pairs.
    A receipt older than the one that made the state is history: it moves nothing, unless it ends a list that customs
    has not ended.  Where customs contradicts itself (rejected and released), the ending heard first stays.
    Each move is (from, to, returnTime of 17 digits).
    """
    earlier = sorted(map(_pair, heard), key=lambda one: _order(one, track))
    new = sorted(set(told), key=lambda one: _order(one, track))
    _, newest = _walk("sent", earlier, BEFORE_ALL, track)
    made, _ = _walk(before, new, newest, track)
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


def _order(receipt: Pair, track: Track) -> Key:
    """By returnTime; at the same instant by how far the status is along the way."""
    at, status = receipt
    return at, RANK.get(track.state_of(status), 0), status


def _walk(state: str, receipts: Iterable[Pair], newest: Key, track: Track) -> tuple[list[tuple[str, str, Key]], Key]:
    """(moves, key of the receipt that made the last state) of ordered receipts, from a state made by one of key `newest`."""
    moves: list[tuple[str, str, Key]] = []
    for receipt in receipts:
        key, target = _order(receipt, track), track.state_of(receipt[1])
        if track.flow.leads(state, target) and (key >= newest or target in track.endings):
            moves.append((state, target, key))
            state, newest = target, max(newest, key)
        elif target == state != "sent":
            newest = max(newest, key)
    return moves, newest


def _closed_at(receipts: list[Pair]) -> str:
    """The returnTime of the first 899 after the first 800; "" when there is none."""
    first = min((_order(one, LIST) for one in receipts if one[1] == "800"), default=None)
    if first is None:
        return ""
    return min((one[0] for one in receipts if one[1] == "899" and _order(one, LIST) > first), default="")
