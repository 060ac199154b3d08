"""Every form that rows can fill is an import too: a sheet of cases for each kind whose fields fit into cells."""

from __future__ import annotations

from functools import partial

from gongfu.base.access.actor import Actor
from gongfu.base.cases import actions, many
from gongfu.base.cases.kinds import CaseKind, kinds
from gongfu.base.cases.models import Case
from gongfu.base.screens import families
from gongfu.base.screens.families import Family
from gongfu.base.screens.imports import Rows, SheetImport
from gongfu.core.rule import Finding

PERMISSION, FAMILY = "cases.many", "case"


def fits(kind: CaseKind) -> bool:
    """Whether a row can say all that the form needs: nothing needed is a document or a table, and handing in asks for nothing more."""
    return families.fits(kind.fields) and bool(kind.fields) and not kind.begins and "submit" not in kind.guards


def sheet(code: str) -> SheetImport | None:
    """The import of a kind of case, or None where there is no such kind or its form does not fit."""
    kind = kinds().get(code)
    return _made(kind.code) if kind is not None and fits(kind) else None


def _made(code: str) -> SheetImport:
    kind = kinds()[code]
    return SheetImport(
        f"{FAMILY}:{code}", (f"{kind.flow.title}：Excel 导入", f"{kind.title_en} from Excel"),
        (f"一行一件；{kind.about}", f"One a row. {kind.about_en}"),
        fields=families.cells(kind.fields), permission=PERMISSION,
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


PAGES = Family(FAMILY, sheet, lambda code: kinds()[code].opens).pages("sheet", "cases/sheets/<str:code>")
