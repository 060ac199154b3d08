"""Datasets: what a module can share, field by field."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from gongfu.base.cards import cards
from gongfu.base.screens.words import say
from gongfu.core.fields import OPEN, Field

Rows = Callable[[Mapping[str, Any], int], list[dict[str, Any]]]


@dataclass(frozen=True)
class Dataset:
    """One dataset (数据资源).

    owner: permission of the desk that decides on grants.  rows: (where, limit) → rows as dicts; `where` may hold `zone` and the names in
    `by`.  subject: the field that names whose record a row is, by code.  level: public, conditional or closed (R-1408).
    """

    code: str
    title: str
    title_en: str
    about: str
    about_en: str
    owner: str
    rows: Rows
    fields: tuple[Field, ...]
    subject: str = ""
    by: tuple[str, ...] = ()
    level: str = "conditional"

    @property
    def shown_title(self) -> str:
        return say(self.title, self.title_en)

    def open_fields(self) -> Sequence[Field]:
        return [field for field in self.fields if field.klass == OPEN]


EXTRA: dict[str, Dataset] = {}


def datasets() -> dict[str, Dataset]:
    """The catalogue (数据共享目录): every dataset by its code, from the cards of all packages (and, in tests, from EXTRA)."""
    told = {one.code: one for card in cards(settings.CARD_PACKAGES) for one in card.datasets}
    return {**told, **EXTRA}
