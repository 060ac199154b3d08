"""What a list shows: columns and their cells, fields to search by, acts on many rows; all of it data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import QuerySet

from gongfu.base.access.actor import Actor
from gongfu.base.screens.words import say
from gongfu.core.rule import Finding


class Cell(NamedTuple):
    """kind: text, state, link, money, moment, two, zone (a code, shown by its name)."""

    kind: str
    value: Any
    href: str = ""
    small: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its titles and how a row becomes a cell. sort: a field without nulls, where an index serves the order.
    needs: the fields `cell` reads; a list whose columns all say it fetches no others."""

    title_zh: str
    title_en: str
    kind: str
    cell: Callable[[Any], Cell]
    sort: str = ""
    needs: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return say(self.title_zh, self.title_en)

    @property
    def key(self) -> str:
        """What a person's choice of columns is remembered by."""
        return self.title_en


def lean(rows: QuerySet[Any], columns: Sequence[Column]) -> QuerySet[Any]:
    """The rows with only those fields that the columns read, where every column says which."""
    if not columns or not all(one.needs for one in columns):
        return rows
    return rows.only(*dict.fromkeys(name for one in columns for name in one.needs))


@dataclass(frozen=True, slots=True)
class Search:
    """A field to search by: `apply` narrows the rows by a value that `clean` accepts (None refuses it)."""

    name: str
    title_zh: str
    title_en: str
    apply: Callable[[QuerySet[Any], str], QuerySet[Any]]
    choices: Callable[[], Iterable[tuple[str, str]]] | None = None
    kind: str = "search"
    hint: str = ""
    hint_en: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """An act on rows chosen in a list. `run(actor, number of the row)` does it for one row, in a transaction of its own,
    and gives findings, none when it went well. `warning` says what cannot be undone. job: the kind of job that does it for all
    chosen rows in the background instead (parameters: rows, lang), with progress and a result for each."""

    verb: str
    title_zh: str
    title_en: str
    permission: str
    run: Callable[[Actor, int], list[Finding]]
    warning: tuple[str, str] = ("", "")
    job: str = ""

    @property
    def title(self) -> str:
        return say(self.title_zh, self.title_en)
