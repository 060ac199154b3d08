"""Importing an official version of the retail import list: checked whole, compared with the version in force, then kept for ever (R-201)."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.kit import bulk
from gongfu.core.rule import Finding
from gongfu.modules.declarations import listed
from gongfu.modules.declarations.models import PositiveVersion
from gongfu.modules.declarations.rules import listed as rules

COUNTS = ("lines", "added", "removed", "changed")


@dataclass(slots=True)
class Imported:
    """What an import did or would do: faults (then nothing was kept), or the difference from the version in force that day.

    state: kept, tried, repeated (this very file is there for the day), refused.
    """

    valid_from: date
    state: str
    lines: int = 0
    findings: list[Finding] = field(default_factory=list)
    difference: dict[str, list[str]] = field(default_factory=dict)

    def audit(self) -> dict[str, Any] | None:
        facts = {"lines": self.lines, **{name: len(codes) for name, codes in self.difference.items()}}
        return {"subject": f"positive-list:{self.valid_from}", "facts": facts} if self.state == "kept" else None


def read(data: bytes) -> list[dict[str, str]]:
    """Rows of a CSV in UTF-8 with the headings hs8,name[,remark,control,mode,words,group,limit_g]; ValueError when it is none."""
    try:
        rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as fault:
        raise ValueError(f"the file is no CSV in UTF-8: {fault}") from fault
    named = set(rows[0]) if rows else set(rules.REQUIRED)
    strange = sorted(str(name) for name in named - set(rules.COLUMNS))
    if strange or not set(rules.REQUIRED) <= named:
        raise ValueError(
            f"headings must be hs8,name and of {','.join(rules.COLUMNS)}; not known: {','.join(strange) or '—'}"
        )
    return [{name: (value or "").strip() for name, value in row.items()} for row in rows]


@action("positive.import", title="导入零售进口商品清单")
def import_version(actor: Actor, data: bytes, valid_from: date, source: str, *, dry_run: bool = False) -> Imported:
    """Keep one whole version from its day on; with any fault nothing is kept. The same file for the day again changes nothing.

    ValueError when it is no such CSV. A version that is there for the day stays: versions are never overwritten.
    """
    rows, seal = read(data), hashlib.sha256(data).hexdigest()
    there = PositiveVersion.objects.filter(valid_from=valid_from).first()
    if there is not None and there.sha256 == seal:
        return Imported(valid_from, "repeated", there.lines)
    faults = rules.file_faults(rows)
    if there is not None:
        faults.append(
            Finding(
                "LIST-FILE",
                line=1,
                field="valid_from",
                value=f"{valid_from} 已有另一个版本（{there.source}），版本不能覆盖",
            )
        )
    if faults:
        return Imported(valid_from, "refused", findings=faults)
    frame = _frame(rows)
    before = listed.version(valid_from)
    told = rules.difference(before.lines if before else frame.clear(), frame)
    done = Imported(valid_from, "tried" if dry_run else "kept", frame["hs8"].n_unique(), difference=told)
    if not dry_run:
        row = PositiveVersion.objects.create(valid_from=valid_from, source=source[:200], sha256=seal, lines=done.lines)
        bulk.copy_in("declarations_positiveline", frame.with_columns(version_id=pl.lit(row.pk)))
    return done


def _frame(rows: list[dict[str, str]]) -> pl.DataFrame:
    told = [
        {**{name: row.get(name, "") for name in rules.COLUMNS}, "limit_g": int(row.get("limit_g") or 0) or None}
        for row in rows
    ]
    return pl.DataFrame(told, schema=rules.COLUMNS)
