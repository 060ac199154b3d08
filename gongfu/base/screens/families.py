"""Imports made from other data: one set of pages for every kind of a family, where a row can say all that its form needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from gongfu.base.access.actor import Actor
from gongfu.base.screens.imports import FAMILIES, SheetImport
from gongfu.core.fields import Field

NOT_IN_CELLS = ("file", "rows")
Pages = tuple[tuple[str, str, Callable[..., Any], bool], ...]


def cells(fields: Iterable[Field]) -> tuple[Field, ...]:
    """The fields that a row can say."""
    return tuple(one for one in fields if one.kind not in NOT_IN_CELLS)


def fits(fields: Iterable[Field]) -> bool:
    """Whether nothing needed is a document or a table."""
    return all(one.kind not in NOT_IN_CELLS or not one.needed for one in fields)


@dataclass(frozen=True, slots=True)
class Family:
    """code: the word before the colon of its imports' names.  made: the import of a kind, None where there is none.

    needs: by kind, the permission of those who may have it, beside the import's own.
    """

    code: str
    made: Callable[[str], SheetImport | None]
    needs: Callable[[str], str]

    def __post_init__(self) -> None:
        FAMILIES[self.code] = self.made

    def pages(self, stem: str, path: str) -> Pages:
        """(name, path, view, whether a page) of the form, the preview of a file and the template; `path` names the kind as `code`."""
        return (
            (f"{stem}s", path, self.page, True),
            (stem, f"{path}/<int:number>", self.one, True),
            (f"{stem}.template", f"{path}/template.xlsx", self.template, False),
        )

    def _of(self, actor: Actor, code: str) -> SheetImport:
        """The kind's import; not found for a form that does not fit. PermissionDenied for those who do not fill it in."""
        found = self.made(code)
        if found is None:
            raise Http404
        actor.require(self.needs(code))
        return found

    def page(self, request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
        """Template, form and latest files of one kind."""
        return self._of(actor, code).page(request, actor)

    def one(self, request: HttpRequest, actor: Actor, code: str, number: int) -> HttpResponse:
        """The preview of a file."""
        return self._of(actor, code).one(request, actor, number)

    def template(self, request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
        """The workbook to fill in."""
        return self._of(actor, code).template(request, actor)
