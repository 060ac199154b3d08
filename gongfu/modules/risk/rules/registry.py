"""Rules that find what a person should look at: code, title, defaults; a zone's own values stand in its plan as `[risk.R-xxxx]`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

Find = Callable[..., pl.DataFrame]


@dataclass(frozen=True, slots=True)
class RiskRule:
    """One rule. colour: red, orange or yellow (R-1020).  confidence: D, for the defaults are the platform's convention and no law.

    find: the pure function; it takes a frame, what its own docstring names, and the values by their names.
    """

    code: str
    title: str
    title_en: str
    colour: str
    defaults: Mapping[str, int]
    find: Find
    confidence: str = "D"

    def values(self, own: Mapping[str, int]) -> dict[str, int]:
        """The defaults with what a zone sets for itself; ValueError for a name that the rule does not know."""
        unknown = sorted(set(own) - set(self.defaults))
        if unknown:
            raise ValueError(f"{self.code} has no {', '.join(unknown)}; it knows {', '.join(self.defaults)}")
        return {**self.defaults, **own}


def rule(code: str, title: str, title_en: str, colour: str, **defaults: int) -> Callable[[Find], RiskRule]:
    """Make a function the rule of a code of the rulebook."""
    return lambda find: RiskRule(code, title, title_en, colour, defaults, find)
