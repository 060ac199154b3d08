"""Kinds of items are data: kinds.toml says what each is called, whose desk it is and until when it should be cleared up."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Kind:
    """desk: of base/tasks/desks.toml.  days: calendar days from the Beijing day it was found."""

    code: str
    title: str
    title_en: str
    desk: str
    days: int

    def due_on(self, found_on: date) -> date:
        """The last day on which it is in time."""
        return found_on + timedelta(days=self.days)


@cache
def kinds() -> dict[str, Kind]:
    """All kinds by their code."""
    read = tomllib.loads((Path(__file__).parent / "kinds.toml").read_text("utf-8"))
    return {
        code: Kind(code, one["title_zh"], one["title_en"], one["desk"], one["days"]) for code, one in read.items()
    }
