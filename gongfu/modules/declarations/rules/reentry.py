"""Tax on exports that come back (R-309): exempt within six months unless food, ordinary up to a year, general import after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from gongfu.modules.declarations.rules.returns import last_day_back, months_after
from gongfu.reference.tables import parameters

# Chapters of the tariff that are food and drink; the announcement names food without a list of codes.
FOOD_CHAPTERS = frozenset({"02", "03", "04", "07", "08", "09", "10", "11", "12", "15", "16", "17", "18", "19", "20", "21", "22"})  # fmt: skip
EXEMPT, ORDINARY, GENERAL = "exempt", "ordinary", "general"
TITLES = {
    EXEMPT: ("免征进口关税和进口环节税", "Exempt from import duty, VAT and consumption tax"),
    ORDINARY: ("按一般退运货物办理，不享受本项免税", "Ordinary returned goods, without this exemption"),
    GENERAL: ("按一般进口货物办理", "General import"),
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What holds for one line.  exempt_until, back_until: last days, None where no such term holds.  confidence: C, P, M or D."""

    outcome: str
    exempt_until: date | None
    back_until: date
    food: bool
    confidence: str
    rules: tuple[str, ...] = ("R-309",)


def is_food(hs10: str) -> bool:
    """Whether a goods code is food; biscuits (1905) are."""
    return hs10[:2] in FOOD_CHAPTERS


def decision(exported_on: date, back_on: date, hs10: str, mode: str = "9610") -> Decision:
    """How goods exported and returned in original state are taxed; the term in force on the day of export counts.

    mode 1210: the six months run from leaving the special area, for which the day of release stands in (confidence M).
    """
    months, food = parameters(exported_on).get("export.return.taxfree_months"), is_food(hs10)
    until = months_after(exported_on, months) if months and not food else None
    last = last_day_back(exported_on, back_on)
    outcome = GENERAL if back_on > last else EXEMPT if until and back_on <= until else ORDINARY
    return Decision(outcome, until, last, food, "M" if mode == "1210" else "D" if food else "C")
