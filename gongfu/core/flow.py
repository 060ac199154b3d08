"""Flows: a table of moves, read aloud with whoever owns the procedure. Anything not in the table is refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gongfu.core.fields import Field
from gongfu.core.rule import Finding

# The permission of moves that the house itself makes; no role holds it.
HOUSE = "house"
WITHDRAW = "withdraw"
Needs = Callable[[Mapping[str, Any]], bool]


@dataclass(frozen=True, slots=True)
class Move:
    """One allowed change: the verb, its title, the state or states it starts from, the state it leads to, who may make it.

    needs: a rule over the facts that must hold, None for none.  days: working days it may take, None for no term.
    other: four eyes, whoever made the step before or opened the case may not make this one.  asks: what the mover has to say.
    """

    verb: str
    title: str
    source: str | tuple[str, ...]
    target: str
    by: str
    needs: Needs | None = None
    days: int | None = None
    title_en: str = ""
    other: bool = False
    asks: tuple[Field, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        return (self.source,) if isinstance(self.source, str) else self.source


@dataclass(frozen=True, slots=True)
class StateConflict:
    """A move that the flow refuses, as a value.  possible: the verbs that the state allows; unmet: its `needs` do not hold."""

    flow: str
    state: str
    verb: str
    possible: tuple[str, ...]
    unmet: bool = False

    def finding(self, document: str = "") -> Finding:
        """The answer for whoever tried, with the state that stands in the way."""
        return Finding(
            "STATE-CONFLICT", document, field="state", value=document or self.flow, facts={"state": self.state}
        )


@dataclass(frozen=True)
class Flow:
    """A state machine as data."""

    code: str
    title: str
    start: str
    moves: tuple[Move, ...]
    finals: tuple[str, ...] = ()

    def states(self) -> frozenset[str]:
        return frozenset(
            {
                self.start,
                *(move.target for move in self.moves),
                *(source for move in self.moves for source in move.sources),
            }
        )

    def version(self) -> str:
        """A short hash of the table of moves: cases keep it, so that times before and after a change can be told apart."""
        told = [(one.verb, one.sources, one.target, one.by, one.days, one.other) for one in self.moves]
        return hashlib.sha256(json.dumps([self.start, told]).encode()).hexdigest()[:12]

    def moves_from(self, state: str) -> tuple[Move, ...]:
        """The moves that start in a state, in the order of the table."""
        return tuple(move for move in self.moves if state in move.sources)

    def waits_for(self, state: str) -> tuple[str, ...]:
        """The permissions of those whom a case in this state waits for; nobody is waited for to withdraw."""
        return tuple(dict.fromkeys(move.by for move in self.moves_from(state) if move.verb != WITHDRAW))

    def days(self, state: str, own: Mapping[str, int] | None = None) -> int | None:
        """Working days promised for leaving a state: the shortest term of its moves, a zone's own term (by verb) first."""
        terms = [(own or {}).get(move.verb, move.days) for move in self.moves_from(state)]
        return min((term for term in terms if term is not None), default=None)

    def verbs(self, state: str) -> tuple[str, ...]:
        """What can be done from a state, in the order of the table."""
        return tuple(dict.fromkeys(move.verb for move in self.moves if state in move.sources))

    def allowed(self, state: str, verb: str) -> bool:
        """Whether the verb starts from the state."""
        return verb in self.verbs(state)

    def take(self, state: str, verb: str, facts: Mapping[str, Any] | None = None) -> str | StateConflict:
        """The state after the verb; a StateConflict when it does not start here or what it needs is not met by the facts."""
        here = [move for move in self.moves if move.verb == verb and state in move.sources]
        for move in here:
            if move.needs is None or move.needs(facts or {}):
                return move.target
        return StateConflict(self.code, state, verb, self.verbs(state), unmet=bool(here))

    def leads(self, source: str, target: str) -> bool:
        """Whether some move goes from source to target."""
        return any(move.target == target and source in move.sources for move in self.moves)

    def fold(self, steps: Iterable[str]) -> str | StateConflict:
        """The state after these verbs one after another, or the first that was not allowed; `needs` are not asked again."""
        state = self.start
        for verb in steps:
            target = next((move.target for move in self.moves if move.verb == verb and state in move.sources), None)
            if target is None:
                return StateConflict(self.code, state, verb, self.verbs(state))
            state = target
        return state
