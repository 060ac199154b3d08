"""Entries of a register by the sheet: for every kind that an office writes itself."""

from __future__ import annotations

from functools import partial

from gongfu.base.access.actor import Actor
from gongfu.base.registers import actions
from gongfu.base.registers.kinds import RegisterKind, registers
from gongfu.base.screens import families
from gongfu.base.screens.families import Family
from gongfu.base.screens.imports import Rows, SheetImport
from gongfu.core.rule import Finding

PERMISSION, FAMILY = "registers.write", "register"


def fits(kind: RegisterKind) -> bool:
    """Whether an office writes the entries itself and a row can say all that one needs."""
    return not kind.by_case and families.fits(kind.fields)


def sheet(code: str) -> SheetImport | None:
    """The import of a kind of register, or None where there is no such kind or it does not fit."""
    kind = registers().get(code)
    return _made(kind.code) if kind is not None and fits(kind) else None


def _made(code: str) -> SheetImport:
    kind = registers()[code]
    return SheetImport(
        f"{FAMILY}:{code}", (f"{kind.title}：Excel 导入", f"{kind.title_en} from Excel"),
        ("一行一条；同一标识的条目更新为新版本。", "One entry a row; an entry whose key is known gets a new version."),
        fields=families.cells(kind.fields), permission=PERMISSION,
        findings=_findings, accept=partial(_accept, code), once=("key",) if any(one.name == "key" for one in kind.fields) else (),
    )  # fmt: skip


def _findings(actor: Actor, rows: Rows) -> list[list[Finding]]:
    """The fields say it all; what else stands against an entry is told when it is written."""
    return [[] for _ in rows]


def _accept(code: str, actor: Actor, rows: Rows) -> list[tuple[str, list[Finding]]]:
    """Write an entry for each row; its key is what the row became."""
    fields = {one.name: one for one in registers()[code].fields}
    came = []
    for row in rows:
        raw = {name: fields[name].typed(value) for name, value in row.items()}
        done = actions.write(actor, code, zone=actor.zones[0], raw=raw)
        came.append((done.entry.key if done.entry else "", done.findings))
    return came


PAGES = Family(FAMILY, sheet, lambda code: registers()[code].decides).pages("row", "registers/<str:code>/rows")
