"""Flows: a table of moves, read aloud with whoever owns the procedure. Anything not in the table is refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Move:
    """One allowed change: the verb, its title, the states it starts from, the state it leads to, and who may make it."""

    verb: str
    title: str
    sources: tuple[str, ...]
    target: str
    by: str


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

    def leads(self, source: str, target: str) -> bool:
        """Whether some move goes from source to target."""
        return any(move.target == target and source in move.sources for move in self.moves)

    def fold(self, targets: Iterable[str]) -> str:
        """The state after these targets one after another; ValueError at the first that no move reaches."""
        state = self.start
        for target in targets:
            if not self.leads(state, target):
                raise ValueError(f"{self.code}: no move from {state} to {target}")
            state = target
        return state
