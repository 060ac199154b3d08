"""Goods in overseas warehouses: every declared piece is sold, transferred, returned, destroyed, lost or on hand (R-408)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from gongfu.core.documents import plain
from gongfu.core.rule import Finding

RULES = ("R-408",)
UNIT = 100_000  # a ledger unit is 1e-5 of the goods' own unit
MODE = "9810"
SOLD = "sold"
# kind → (Chinese, English): what becomes of goods in a warehouse abroad
KINDS = {
    SOLD: ("销售", "Sold"),
    "transferred": ("调拨", "Transferred"),
    "returned": ("退运", "Returned"),
    "destroyed": ("销毁", "Destroyed"),
    "lost": ("损耗", "Lost"),
}
SALE = ("platform", "price", "currency", "country")


@dataclass(frozen=True, slots=True)
class Statement:
    """One declared line: what was declared, what became of it by kind, what the ledger holds; all in ledger units."""

    declared_units: int
    gone_units: Mapping[str, int]

    @property
    def on_hand_units(self) -> int:
        return self.declared_units - sum(self.gone_units.values())

    def unexplained(self, counted_units: int) -> int:
        """declared − gone − counted: above 0 goods are missing, below 0 there are more than can be."""
        return self.on_hand_units - counted_units


def units(quantity: Decimal) -> int:
    """A quantity of the goods' own unit as ledger units."""
    return int((quantity * UNIT).to_integral_exact())


def quantity(amount_units: int) -> Decimal:
    """Ledger units as a quantity of the goods' own unit."""
    return Decimal(amount_units) / UNIT


def stated(declared_units: int, events: Iterable[tuple[str, Decimal]]) -> Statement:
    """The statement of a line.  events: (kind, quantity)."""
    gone = dict.fromkeys(KINDS, 0)
    for kind, amount in events:
        gone[kind] += units(amount)
    return Statement(declared_units, gone)


def report_findings(statement: Statement, counted: Decimal, key: str) -> list[Finding]:
    """A report of stock that does not add up is refused and names the quantity that nothing explains."""
    missing = statement.unexplained(units(counted))
    if missing == 0:
        return []
    facts = {
        "unexplained": plain(quantity(abs(missing))),
        "declared": plain(quantity(statement.declared_units)),
        "gone": plain(quantity(sum(statement.gone_units.values()))),
    }
    code = "BIZ-STOCK-UNEXPLAINED" if missing > 0 else "BIZ-STOCK-SURPLUS"
    return [Finding(code, key, field="on_hand", value=plain(counted), facts=facts, rules=RULES)]


def event_findings(
    row: Mapping[str, Any], on_hand_units: int | None, released_on: date | None, today: date
) -> list[Finding]:
    """Faults of one event.  row: kind, qty, happened_on (ISO day), document and, of a sale, SALE.  on_hand_units: None where the
    line is none of the firm's declared to an overseas warehouse and released."""
    key = str(row.get("document", ""))
    if on_hand_units is None or released_on is None:
        named = f"{row.get('invt_no', '')} #{row.get('gnum', '')}"
        return [Finding("BIZ-STOCK-LINE", key, field="invt_no", value=named, rules=RULES)]
    found = []
    day, amount = date.fromisoformat(str(row["happened_on"])), Decimal(str(row["qty"]))
    if not released_on <= day <= today:
        facts = {"since": released_on.isoformat(), "until": today.isoformat()}
        found.append(
            Finding("BIZ-STOCK-DAY", key, field="happened_on", value=day.isoformat(), facts=facts, rules=RULES)
        )
    lacking = [name for name in SALE if row.get("kind") == SOLD and row.get(name) in (None, "")]
    found += [Finding("BIZ-STOCK-SALE", key, field=name, value=key, rules=RULES) for name in lacking]
    if not 0 < units(amount) <= on_hand_units:
        facts = {"on_hand": plain(quantity(on_hand_units))}
        found.append(Finding("BIZ-STOCK-SHORT", key, field="qty", value=plain(amount), facts=facts, rules=RULES))
    return found
