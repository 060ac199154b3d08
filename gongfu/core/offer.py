"""Needs and offers, as data: the typed facts of each side and the rule that says how well one meets the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from gongfu.core.line import sound
from gongfu.core.rule import Finding

SIDES = ("need", "offer")
TYPES = ("text", "integer", "date", "boolean", "choice", "choices")
LONGEST, LARGEST = 500, 2**53
BEST = 100


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of a need or an offer. type: one of TYPES; dates are ISO texts, amounts integers whose name ends in the unit.

    choices: the words a `choice` is one of, and `choices` a list of.
    """

    name: str
    type: str
    title: str
    title_en: str
    required: bool = True
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """One condition in words, met or missing."""

    met: bool
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Match:
    """score: 0 (not at all) to 100; reasons: every condition looked at."""

    score: int
    reasons: tuple[Reason, ...]


Rule = Callable[[Mapping[str, Any], Mapping[str, Any]], Match]


@dataclass(frozen=True)
class OfferKind:
    """A kind of needs and offers.

    rule: (facts of the need, facts of the offer) → Match, pure; dates come as dates, optional facts may be absent.
    exact: names of required facts of both sides that must be equal for the rule to be asked at all.
    least: the score from which a match is shown.  answer_days: how long a proposal waits for both sides.
    single: the sides of which one listing takes part in one deal only.
    """

    code: str
    title: str
    title_en: str
    needs: tuple[Fact, ...]
    offers: tuple[Fact, ...]
    rule: Rule
    exact: tuple[str, ...] = ()
    least: int = 1
    answer_days: int = 14
    single: tuple[str, ...] = ("need",)

    def __post_init__(self) -> None:
        for side in SIDES:
            table = {fact.name: fact for fact in self.facts(side)}
            wrong = [fact.name for fact in table.values() if fact.type not in TYPES]
            wrong += [name for name in self.exact if name not in table or not table[name].required]
            if wrong or len(table) != len(self.facts(side)):
                raise ValueError(f"{self.code}: facts of its {side}s are repeated, untyped or not exact: {wrong}")

    def facts(self, side: str) -> tuple[Fact, ...]:
        return self.needs if side == "need" else self.offers

    def faults(self, side: str, given: Mapping[str, Any]) -> list[Finding]:
        """What is wrong with the facts of a listing: missing, of another type, not among the choices, unknown."""
        table = {fact.name: fact for fact in self.facts(side)}
        said = [Finding("OFFER-FACT-UNKNOWN", field=str(name)[:40]) for name in given if name not in table]
        for name, fact in table.items():
            value = given.get(name)
            if value is None:
                said += [Finding("OFFER-FACT-MISSING", field=name, value=fact.title)] if fact.required else []
            elif not _fits(fact, value):
                said.append(Finding("OFFER-FACT-VALUE", field=name, value=str(value)[:40], facts={"title": fact.title}))
        return said

    def match(self, need: Mapping[str, Any], offer: Mapping[str, Any]) -> Match:
        """What the rule says of stored facts without faults."""
        return self.rule(_read(self.needs, need), _read(self.offers, offer))


def _fits(fact: Fact, value: Any) -> bool:
    if fact.type == "boolean":
        return isinstance(value, bool)
    if fact.type == "integer":
        return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST
    if fact.type == "choices":
        return isinstance(value, list) and bool(value) and all(one in fact.choices for one in value)
    if not isinstance(value, str) or not sound(value, LONGEST):
        return False
    if fact.type == "choice":
        return value in fact.choices
    return fact.type != "date" or _date(value) is not None


def _date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.isoformat() == text else None


def _read(table: tuple[Fact, ...], stored: Mapping[str, Any]) -> dict[str, Any]:
    """Stored facts as the rule takes them."""
    types = {fact.name: fact.type for fact in table}
    given = {name: value for name, value in stored.items() if value is not None}
    return {name: date.fromisoformat(value) if types[name] == "date" else value for name, value in given.items()}
