"""The life of an electronic tax bill as a table of states (R-116), computed from its days; day 0 is release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from gongfu.modules.tax.rules.returns import part_fen
from gongfu.reference.tables import parameters

GENERATED, PAYABLE, OVERDUE, SUMMARISED, PAID, VOID = (
    "bill.generated",
    "bill.payable",
    "bill.overdue",
    "bill.summarised",
    "bill.paid",
    "bill.void",
)
OFFICIAL = {"1": "已生成", "2": "已汇总", "3": "作废"}
BP = 10_000


@dataclass(frozen=True, slots=True)
class Term:
    """A state that holds between two days after release.  first, last: parameter and days added to it; "" for no bound."""

    state: str
    first: tuple[str, int] | None
    last: tuple[str, int] | None


FROM, TO = "import.taxbill.pay_from_day", "import.taxbill.pay_to_day"
TERMS = (
    Term(GENERATED, None, (FROM, -1)),
    Term(PAYABLE, (FROM, 0), (TO, 0)),
    Term(OVERDUE, (TO, 1), None),
)


@dataclass(frozen=True, slots=True)
class Bill:
    """What is known of a bill.  status: of customs.  due_fen: its tax less what returns took back."""

    status: str
    due_fen: int
    released_on: date | None
    paid_on: date | None = None


def days(released_on: date) -> tuple[date, date]:
    """The first and the last day on which a bill can be paid, by the terms of its day of release (R-116)."""
    known = parameters(released_on)
    return released_on + timedelta(days=known[FROM]), released_on + timedelta(days=known[TO])


def state(bill: Bill, on: date) -> str:
    """The state of a bill on a day: void, paid and summarised come first, then the day decides."""
    if bill.status == "3" or bill.due_fen <= 0:
        return VOID
    if bill.paid_on is not None and bill.paid_on <= on:
        return PAID
    if bill.released_on is None:
        return GENERATED
    passed = _by_day((on - bill.released_on).days, parameters(bill.released_on))
    return SUMMARISED if bill.status == "2" and passed != OVERDUE else passed


def _by_day(day: int, known: Mapping[str, int]) -> str:
    return next(
        one.state
        for one in TERMS
        if (one.first is None or day >= known[one.first[0]] + one.first[1])
        and (one.last is None or day <= known[one.last[0]] + one.last[1])
    )


def late_fee_fen(bill: Bill, on: date) -> int:
    """The fee so far: 0.05 % of what is due for each day after day 45, up to the day of payment (R-116, confidence M)."""
    if bill.released_on is None or bill.status == "3" or bill.due_fen <= 0:
        return 0
    until = min(on, bill.paid_on) if bill.paid_on else on
    late = (until - days(bill.released_on)[1]).days
    return part_fen(bill.due_fen, late * parameters(until)["import.taxbill.late_fee_bp"], BP) if late > 0 else 0
