"""One delivery judged: read, mapped, checked. The same for a delivery, a trial, a preview and a result file; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping as Values
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from gongfu.base.screens import workbooks
from gongfu.base.screens.sheets import Sheet
from gongfu.core.fields import Field
from gongfu.core.rule import Finding
from gongfu.modules.feeds import mappings, readers, rules
from gongfu.modules.feeds.kinds import FeedKind


@dataclass(frozen=True, slots=True)
class Judged:
    """sheet: the rows as sent, with findings about the file.  checked: each row; empty when the file is refused."""

    sheet: Sheet
    checked: rules.Checked

    @property
    def findings(self) -> list[Finding]:
        """About the file first, then row by row."""
        remarks = map(rules.veiled_remark, self.sheet.findings)
        return [*remarks, *(one for _, _, found in self.checked.bad for one in found)]


def judge(kind: FeedKind, form: str, text: str, rows_at: str, data: bytes, name: str, on: date) -> Judged:
    """Read `data` in the form, apply the mapping (which was found sound), check every row against the kind's fields."""
    sources, _ = mappings.read(text, kind.fields)
    sheet = readers.read(data, name, form, mappings.columns(sources, kind.fields), rows_at)
    if not sheet.sound:
        return Judged(sheet, rules.Checked())
    return Judged(sheet, rules.check(kind.fields, kind.key, sources, sheet.rows, sheet.numbers, on))


def result(kind: FeedKind, text: str, judged: Judged, lang: str) -> bytes:
    """An XLSX of the sender's own faulty rows under his own column names, with 错误列, 错误原因 and 建议."""
    sources, _ = mappings.read(text, kind.fields)
    column = {one.field: one.column or one.field for one in sources}
    bad = [
        (line, row, [replace(one, field=column.get(one.field, one.field)) for one in found])
        for line, row, found in judged.checked.bad
    ]
    names = mappings.columns(sources, kind.fields)
    return workbooks.result(
        [Field(one, one, one, needed=needed) for one, needed in names.items()], workbooks.Checked([], bad), lang
    )


def preview(kind: FeedKind, judged: Judged, lang: str, rows: int = 20) -> list[dict[str, Any]]:
    """The first rows as they would be kept, each field as people read it, personal values masked."""
    return [{"line": line, "values": _shown(kind, clean, lang)} for line, clean in judged.checked.good[:rows]]


def _shown(kind: FeedKind, clean: Values[str, Any], lang: str) -> list[str]:
    return [one.shown(clean.get(one.name), lang) for one in kind.fields]
