"""Kinds of register: a field list and, where entries are applied for, who may apply and who decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings

from gongfu.base.cards import cards
from gongfu.base.screens.words import say
from gongfu.core.fields import Field
from gongfu.core.rule import Finding


@dataclass(frozen=True)
class RegisterKind:
    """One register (名录).

    key: the field that tells entries apart, `party` for the applicant's code.  headline: the field that names an entry.
    until: the date field after which an entry no longer counts, "" for none; `licences.until` is the earliest date of a field of rows.
    remind: how many days before, whoever holds the entry and the office are told.  opens: permission of applicants, "" when only officers
    write.  by_case: entered by its case alone, so that four eyes have seen it.  decides: permission of those who decide or write.  public: shown to everyone, open fields only.
    inside: seen by those alone who decide.  criteria: findings over the facts.  days: working days promised for the decision.
    """

    code: str
    title: str
    title_en: str
    about: str
    about_en: str
    fields: tuple[Field, ...]
    module: str
    key: str
    headline: str
    decides: str
    opens: str = ""
    until: str = ""
    remind: tuple[int, ...] = ()
    by_case: bool = False
    events: tuple[str, ...] = ("grow",)
    public: bool = False
    prefix: str = "ML"
    topic: tuple[str, str] = ("名录与认定", "Registers")
    words: str = ""
    days: int = 5
    inside: bool = False
    criteria: Callable[[Mapping[str, Any]], list[Finding]] | None = None
    features: tuple[str, ...] = ()

    def last_day(self, facts: Mapping[str, Any]) -> date | None:
        """The last day on which an entry with these facts counts, None for no end."""
        name, _, column = self.until.partition(".")
        rows = facts.get(name, []) if column else [facts]
        days = [row[column or name] for row in rows if row.get(column or name)]
        return date.fromisoformat(min(days)) if days else None

    @property
    def shown_title(self) -> str:
        return say(self.title, self.title_en)


EXTRA: dict[str, RegisterKind] = {}


def registers() -> dict[str, RegisterKind]:
    """Every kind of register by its code, from the cards of all packages (and, in tests, from EXTRA)."""
    told = {kind.code: kind for card in cards(settings.CARD_PACKAGES) for kind in card.registers}
    return {**told, **EXTRA}
