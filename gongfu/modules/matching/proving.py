"""Whether transactions support a request, and up to which amount (R-610); facts in, result out (pure)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
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
    """One order as its three flows stand.  amounts in hundredths of `currency`; got_fen None while no money is known."""

    platform: str
    order_no: str
    seller: str
    currency: str
    expected_fen: int
    got_fen: int | None
    ordered_at: datetime | None
    released_at: datetime | None
    got_at: datetime | None
    verdict: str


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
    told, odd, supported = Judged(), False, 0
    if len({one.currency for one in sales}) > 1:
        told.findings.append(Finding("EVID-CURRENCY", field="currency", value="、".join(sorted({one.currency for one in sales})), rules=RULES))  # fmt: skip
        return told
    for one in sales:
        amount, found, refer = _of_one(one, purpose, seller, at)
        supported, odd = supported + amount, odd or refer
        told.findings += found
    told.supported_fen = min(supported, asked_fen)
    if not told.supported_fen:
        told.result = REFER if odd else REJECT
    elif odd:
        told.result = REFER
    else:
        told.result = PASS if supported >= asked_fen else PARTIAL
    return told


def _of_one(one: Sale, purpose: str, seller: str, at: datetime) -> tuple[int, list[Finding], bool]:
    """(amount that the order supports, why not all of it, whether a person must look)."""

    def say(code: str, value: str = "") -> Finding:
        return Finding(code, one.order_no, field="order", value=value or one.order_no, rules=RULES)

    if one.seller != seller:
        return 0, [say("EVID-SELLER")], False
    if one.ordered_at is None or one.verdict == "differs":
        return 0, [say("EVID-DIFFERS")], True
    if one.released_at is None:
        waits = one.got_at is not None and at <= one.got_at + ADVANCE
        return 0, [say("EVID-ADVANCE" if waits else "EVID-GOODS")], waits
    if one.released_at < one.ordered_at:
        return 0, [say("EVID-TIMES")], True
    if purpose not in ON_MONEY:
        return one.expected_fen, [], False
    if one.got_fen is None or one.got_at is None:
        return 0, [say("EVID-MONEY")], False
    if one.got_at < one.ordered_at:
        return 0, [say("EVID-TIMES")], True
    most = one.expected_fen * (10_000 + TOLERANCE_BP) // 10_000
    short = one.got_fen * 10_000 < one.expected_fen * (10_000 - TOLERANCE_BP)
    return min(one.got_fen, most), [say("EVID-SHORT", f"{one.got_fen / 100:,.2f}")] if short else [], one.got_fen > most
