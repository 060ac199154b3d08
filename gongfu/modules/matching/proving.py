"""Whether transactions support a request, and up to which amount (R-610); facts in, result out (pure)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gongfu.core.rule import Finding

PASS, PARTIAL, REFER, REJECT = "PASS", "PARTIAL", "REFER", "REJECT"
TOLERANCE_BP = 500
ADVANCE = timedelta(days=90)
PURPOSES = {
    "settlement": ("结汇", "Settlement"),
    "loan": ("贷款", "Loan"),
    "insurance": ("投保理赔", "Insurance"),
    "exchange": ("不占额度购付汇", "Quota-free exchange"),
}
# These rest on money that has come; a loan or an insurance rests on the order and the goods.
ON_MONEY = ("settlement", "exchange")
RULES = ("R-610",)


@dataclass(frozen=True, slots=True)
class Sale:
    """One order as its three flows stand.  amounts in hundredths of `currency`; got_fen None while no money is known.

    expected_fen: what the order is paid with.  goods_fen, released_fen, returned_fen: its goods, those of its released lists in its
    currency, and of these what came back.
    """

    platform: str
    order_no: str
    seller: str
    currency: str
    expected_fen: int
    goods_fen: int
    released_fen: int
    returned_fen: int
    got_fen: int | None
    ordered_at: datetime | None
    released_at: datetime | None
    got_at: datetime | None
    verdict: str

    @property
    def kept_fen(self) -> int:
        """Goods that left, up to what was ordered, and stayed away."""
        return max(min(self.released_fen, self.goods_fen) - self.returned_fen, 0)

    @property
    def value_fen(self) -> int:
        """What the order is paid with, as far as its goods left and stayed away; freight and tax go with the goods."""
        return self.expected_fen * self.kept_fen // self.goods_fen if self.goods_fen > 0 else 0


@dataclass(slots=True)
class Judged:
    """result: PASS, PARTIAL, REFER or REJECT.  supported_fen: what the orders support, at most what was asked for.  findings: why not more."""

    result: str = REJECT
    supported_fen: int = 0
    findings: list[Finding] = field(default_factory=list)


def order_hash(platform: str, order_no: str) -> str:
    """What the registry of uses keeps of an order: the same for every bank and every purpose."""
    return hashlib.sha256(f"evidence\n{platform}\n{order_no}".encode()).hexdigest()


def judge(sales: Sequence[Sale], *, purpose: str, seller: str, asked_fen: int, at: datetime) -> Judged:
    """R-610 over all orders of a request.  at: now, for advance payments that wait for their goods.

    T-610a: 3 orders of 100.00 with 100.00 received each, 300.00 asked → PASS 300.00; one of them with 40.00 → PARTIAL 240.00.
    """
    told, odd, supported, sold = Judged(), False, 0, 0
    if len({one.currency for one in sales}) > 1:
        told.findings.append(Finding("EVID-CURRENCY", field="currency", value="、".join(sorted({one.currency for one in sales})), rules=RULES))  # fmt: skip
        return told
    for one in sales:
        amount, found, refer = _of_one(one, purpose, seller, at)
        supported, odd = supported + amount, odd or refer
        sold += one.value_fen if amount else 0
        told.findings += found
    if supported and purpose in ON_MONEY and (over := _above(sales, seller, sold)):
        told.findings, odd = [*told.findings, over], True
    told.supported_fen = min(supported, asked_fen)
    if not told.supported_fen:
        told.result = REFER if odd else REJECT
    elif odd:
        told.result = REFER
    else:
        told.result = PASS if supported >= asked_fen else PARTIAL
    return told


def _above(sales: Sequence[Sale], seller: str, sold_fen: int) -> Finding | None:
    """More money over all of the seller's orders than what they sold supports, and 5 % (R-610): advances, returns, money without goods."""
    got = sum(one.got_fen or 0 for one in sales if one.seller == seller)
    if got * 10_000 <= sold_fen * (10_000 + TOLERANCE_BP):
        return None
    facts = {"sold": _amount(sold_fen)}
    return Finding("EVID-CUMULATIVE", field="orders", value=_amount(got), facts=facts, rules=RULES)


def _amount(fen: int) -> str:
    """1,234.50"""
    return f"{fen // 100:,}.{fen % 100:02d}"


def _of_one(one: Sale, purpose: str, seller: str, at: datetime) -> tuple[int, list[Finding], bool]:
    """(amount that the order supports, why not all of it, whether a person must look)."""

    def say(code: str, value: str = "") -> Finding:
        return Finding(code, one.order_no, field="order", value=value or one.order_no, rules=RULES)

    if one.seller != seller:
        return 0, [say("EVID-SELLER")], False
    if one.ordered_at is None or one.verdict == "differs":
        return 0, [say("EVID-DIFFERS")], True
    if one.released_at is None and one.returned_fen:
        return 0, [say("EVID-RETURNED", _amount(one.returned_fen))], False
    if one.released_at is None:
        waits = one.got_at is not None and at <= one.got_at + ADVANCE
        return 0, [say("EVID-ADVANCE" if waits else "EVID-GOODS")], waits
    if one.released_at < one.ordered_at:
        return 0, [say("EVID-TIMES")], True
    if one.got_at is not None and one.released_at > one.got_at + ADVANCE:
        return 0, [say("EVID-LATE")], True
    less = _less(one, say)
    if purpose not in ON_MONEY:
        return one.value_fen, less, False
    if one.got_fen is None or one.got_at is None:
        return 0, [say("EVID-MONEY")], False
    if one.got_at < one.ordered_at:
        return 0, [say("EVID-TIMES")], True
    above = one.expected_fen * (10_000 + TOLERANCE_BP) // 10_000
    short = one.got_fen * 10_000 < one.expected_fen * (10_000 - TOLERANCE_BP)
    found = [*less, say("EVID-SHORT", _amount(one.got_fen))] if short else less
    return min(one.got_fen, one.value_fen if less else above), found, one.got_fen > above


def _less(one: Sale, say: Callable[[str, str], Finding]) -> list[Finding]:
    """Why the goods of an order support less than the order: released in part, or come back."""
    found = []
    if one.released_fen < one.goods_fen:
        found.append(say("EVID-PART", _amount(one.released_fen)))
    if one.returned_fen:
        found.append(say("EVID-RETURNED", _amount(one.returned_fen)))
    return found
