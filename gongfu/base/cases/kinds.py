"""Kinds of case: what a module puts on its card so that a service exists. No table, page or permission code comes with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from django.conf import settings

from gongfu.base.cards import cards
from gongfu.base.screens.words import say
from gongfu.core.fields import Field
from gongfu.core.flow import Flow
from gongfu.core.rule import Finding

if TYPE_CHECKING:
    from gongfu.base.access.actor import Actor
    from gongfu.base.cases.models import Case

Check = Callable[["Case", Mapping[str, Any]], list[Finding]]
Checks = Callable[[Sequence[tuple["Case", Mapping[str, Any]]]], list[list[Finding]]]
Effect = Callable[["Actor", "Case"], None]
MEASURED = "measured"
# What a desk that was asked may hand in with its answer, on every kind.
ANSWER = (
    Field("paper", "答复附件", "Paper of the answer", "file", needed=False, help="PDF、OFD 或图片。", help_en="PDF, OFD or picture."),
)  # fmt: skip
Handed = Callable[["Actor", "Sequence[Case]"], None]


@dataclass(frozen=True, slots=True)
class Onward:
    """Where one goes on from a case in these states: a button that posts to an address within the portal (`{}` is the case's number)."""

    states: tuple[str, ...]
    title: str
    title_en: str
    address: str
    permission: str


@dataclass(frozen=True)
class CaseKind:
    """One service (事项).

    flow: its moves.  fields: what the applicant says.  opens: the permission of applicants.  prefix: two letters before its numbers.
    topic: the subject under which people look for it.  events: the life events (codes of life.py).  words: more words that find it.  check: findings over the clear
    facts when a draft is handed in.  effects: by verb, what happens in the same transaction as the move.  prefill: first values for
    an actor.  prefill_about: first values of a case about one thing, which the address names.  guards: by verb, findings over the facts
    and what the mover says that may stop the move.  headline: a case's title from its facts.  checks, handed: `check` and the effect of
    `submit` over many cases, for kinds that firms hand in by the sheet (many.py).  handles: the permission of the firm that does the
    work (`Case.handler_code`); the other moves of firms are the applicant's.  handled_by: the field in which the applicant names that
    firm; none where it is given otherwise.  onward: what else an applicant may do from the case.  term: the day agreed for one case, where there is one,
    instead of the flow's.  measures: what the records say about the applicant, taken afresh before each move and kept under MEASURED; no
    form can write it.  begins, page: addresses within the portal where such a case is begun, and where one is shown (`{}` is its
    number), instead of the general pages.  module: whose it is; a zone offers the services of its
    modules.
    """

    flow: Flow
    title_en: str
    about: str
    about_en: str
    fields: tuple[Field, ...]
    opens: str
    prefix: str
    module: str
    topic: tuple[str, str]
    words: str = ""
    events: tuple[str, ...] = ()
    check: Check | None = None
    effects: Mapping[str, Effect] = field(default_factory=dict)
    guards: Mapping[str, Check] = field(default_factory=dict)
    prefill: Callable[[Actor], dict[str, Any]] | None = None
    prefill_about: Callable[[Actor, str], dict[str, Any]] | None = None
    headline: Callable[[Mapping[str, Any]], str] | None = None
    checks: Checks | None = None
    handed: Handed | None = None
    handles: str = ""
    handled_by: str = ""
    onward: tuple[Onward, ...] = ()
    term: Callable[[Case], date | None] | None = None
    measures: Callable[[Case], dict[str, Any]] | None = None
    begins: str = ""
    page: str = ""
    features: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        return self.flow.code

    @property
    def title(self) -> str:
        return say(self.flow.title, self.title_en)

    @property
    def editable(self) -> tuple[str, ...]:
        """States in which the applicant may still change what he said: where he is the one to hand it in."""
        return tuple(
            state
            for state in self.flow.states()
            if any(move.by == self.opens and move.verb == "submit" for move in self.flow.moves_from(state))
        )

    @property
    def entrance(self) -> str:
        """Where one begins, within the portal."""
        return self.begins or f"cases/new/{self.code}"


EXTRA: dict[str, CaseKind] = {}


def kinds() -> dict[str, CaseKind]:
    """Every kind of case by its flow's code, from the cards of all packages (and, in tests, from EXTRA)."""
    told = {kind.code: kind for card in cards(settings.CARD_PACKAGES) for kind in card.cases}
    return {**told, **EXTRA}
