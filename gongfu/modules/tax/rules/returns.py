"""What a return takes back of dutiable value and tax (R-117): line by line, in proportion, the last piece takes the remainder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from gongfu.reference.tables import parameters

SCALE = 100_000  # quantities have five places
Key = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Amounts:
    """A quantity with its dutiable value and taxes, all in whole fen."""

    qty: Decimal
    dv_fen: int
    duty_fen: int
    ct_fen: int
    vat_fen: int

    @property
    def tax_fen(self) -> int:
        return self.duty_fen + self.ct_fen + self.vat_fen

    def less(self, other: Amounts) -> Amounts:
        return Amounts(
            self.qty - other.qty,
            self.dv_fen - other.dv_fen,
            self.duty_fen - other.duty_fen,
            self.ct_fen - other.ct_fen,
            self.vat_fen - other.vat_fen,
        )


NOTHING = Amounts(Decimal(0), 0, 0, 0, 0)


def part_fen(amount_fen: int, part: int, whole: int) -> int:
    """An amount's part, half-up; nothing of nothing."""
    return (2 * amount_fen * part + whole) // (2 * whole) if whole else 0


def upto(line: Amounts, qty: Decimal) -> Amounts:
    """What `qty` pieces of the line come to, counted from the first piece: value by quantity, taxes by value (R-117)."""
    if qty >= line.qty:
        return line
    dv_fen = part_fen(line.dv_fen, int(qty * SCALE), int(line.qty * SCALE))
    taxes = (part_fen(one, dv_fen, line.dv_fen) for one in (line.duty_fen, line.ct_fen, line.vat_fen))
    return Amounts(qty, dv_fen, *taxes)


def returned(
    lines: Mapping[Key, Amounts], before: Mapping[Key, Amounts], asked: Iterable[tuple[int, int, int, Decimal]]
) -> list[tuple[int, int, int, Amounts]]:
    """What each return takes back: (follow_up, declaration, gnum, amounts), never more in all than the line has.

    lines, before: by (declaration, gnum), as assessed and as taken back earlier.  asked: follow_up, declaration, gnum, qty in
    order.  A line that was never assessed, or of which nothing is left, gives nothing.
    """
    gone, found = dict(before), []
    for follow_up, declaration, gnum, qty in asked:
        line, earlier = lines.get((declaration, gnum)), gone.get((declaration, gnum), NOTHING)
        if line is None or earlier.qty >= line.qty:
            continue
        now = upto(line, earlier.qty + qty)
        gone[declaration, gnum] = now
        found.append((follow_up, declaration, gnum, now.less(earlier)))
    return found


def grams_back(
    grams: Mapping[Key, int], lines: Mapping[Key, Amounts], before: Mapping[Key, Amounts], parts: Iterable[tuple[int, int, int, Amounts]]
) -> list[tuple[int, int, int, int]]:
    """(follow_up, declaration, gnum, grams) of rationed goods that parts (of `returned`) bring back: in proportion, the last piece
    takes the remainder (R-117, R-201).  grams: what each rationed line took."""
    gone = {key: one.qty for key, one in before.items()}
    found = []
    for follow_up, declaration, gnum, part in parts:
        key = (declaration, gnum)
        was, whole = int(gone.get(key, Decimal(0)) * SCALE), int(lines[key].qty * SCALE)
        gone[key] = gone.get(key, Decimal(0)) + part.qty
        now = was + int(part.qty * SCALE)
        if key in grams:
            found.append((follow_up, *key, part_fen(grams[key], now, whole) - part_fen(grams[key], was, whole)))
    return found


def in_time(released_on: date, applied_on: date, arrived_on: date) -> bool:
    """Whether a return frees tax and quota, by the days that hold when it is applied for (R-214; day 0 is release)."""
    known = parameters(applied_on)
    apply_days, arrive_days = known["import.return.apply_days"], known["import.return.arrive_days"]
    return (applied_on - released_on).days <= apply_days and (arrived_on - released_on).days <= arrive_days


def arrive_by(released_on: date, applied_on: date) -> date:
    """The last day on which the goods may be back for tax and quota to be freed (R-214)."""
    return released_on + timedelta(days=parameters(applied_on)["import.return.arrive_days"])
