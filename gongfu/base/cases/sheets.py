"""Every form that rows can fill is an import too: a sheet of cases for each kind whose fields fit into cells."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from gongfu.base.access.actor import Actor
from gongfu.base.cases import actions, many
from gongfu.base.cases.kinds import CaseKind, kinds
from gongfu.base.cases.models import Case
from gongfu.base.screens.imports import FAMILIES, Rows, SheetImport
from gongfu.core.rule import Finding

PERMISSION, FAMILY = "cases.many", "case"
NOT_IN_CELLS = ("file", "rows")


def fits(kind: CaseKind) -> bool:
    """Whether a row can say all that the form needs: nothing needed is a document or a table, and handing in asks for nothing more."""
    inside = all(one.kind not in NOT_IN_CELLS or not one.needed for one in kind.fields)
    return inside and bool(kind.fields) and not kind.begins and "submit" not in kind.guards


def sheet(code: str) -> SheetImport | None:
    """The import of a kind of case, or None where there is no such kind or its form does not fit."""
    kind = kinds().get(code)
    return _made(kind.code) if kind is not None and fits(kind) else None


def _made(code: str) -> SheetImport:
    kind = kinds()[code]
    return SheetImport(
        f"{FAMILY}:{code}", (f"{kind.flow.title}：Excel 导入", f"{kind.title_en} from Excel"),
        (f"一行一件；{kind.about}", f"One a row. {kind.about_en}"),
        fields=tuple(one for one in kind.fields if one.kind not in NOT_IN_CELLS), permission=PERMISSION,
        findings=partial(_findings, code), accept=partial(_accept, code),
    )  # fmt: skip


def _findings(code: str, actor: Actor, rows: Rows) -> list[list[Finding]]:
    kind = kinds()[code]
    owner = actions.applicant(actor, kind)
    if isinstance(owner, Finding):
        return [[owner] for _ in rows]
    return many.checked(kind, [(Case(party_code=owner, zone=actor.zones[0]), facts) for facts in rows])


def _accept(code: str, actor: Actor, rows: Rows) -> list[tuple[str, list[Finding]]]:
    """Open and hand in a case for each row; its number is what the row became."""
    done = many.hand_in(actor, code, zone=actor.zones[0], drafts=rows)
    return [(case.number if case else "", told) for case, told in zip(done.cases, done.findings, strict=True)]


def _of(actor: Actor, code: str) -> SheetImport:
    """The kind's import; not found for a form that does not fit. PermissionDenied for those who do not open such cases."""
    found = sheet(code)
    if found is None:
        raise Http404
    actor.require(kinds()[code].opens)
    return found


def page(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """Template, form and latest files of one kind."""
    return _of(actor, code).page(request, actor)


def one(request: HttpRequest, actor: Actor, code: str, number: int) -> HttpResponse:
    """The preview of a file."""
    return _of(actor, code).one(request, actor, number)


def template(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """The workbook to fill in."""
    return _of(actor, code).template(request, actor)


PAGES: tuple[tuple[str, str, Callable[..., Any], bool], ...] = (
    ("sheets", "cases/sheets/<str:code>", page, True),
    ("sheet", "cases/sheets/<str:code>/<int:number>", one, True),
    ("sheet.template", "cases/sheets/<str:code>/template.xlsx", template, False),
)
FAMILIES[FAMILY] = sheet
