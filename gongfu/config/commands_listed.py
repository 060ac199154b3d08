"""`gongfu positive-list …`: official versions of the retail import list, imported by whoever runs the platform."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from gongfu.config.commands_feeds import Result

SHOWN = 20


def imported(told: argparse.Namespace) -> Result:
    """Import a version; 1 when the file has faults (then nothing is kept). ValueError when it is no CSV of this kind."""
    from gongfu.base.access.actor import OPERATOR
    from gongfu.modules.declarations.importing import COUNTS, import_version

    done = import_version(OPERATOR, told.file.read_bytes(), told.valid_from, told.source, dry_run=told.dry_run)
    counts = {"lines": done.lines, **{name: len(codes) for name, codes in done.difference.items()}}
    result = {
        "valid_from": done.valid_from.isoformat(), "state": done.state, **{name: counts.get(name, 0) for name in COUNTS},
        "difference": done.difference, "findings": [one.as_dict() for one in done.findings],
    }  # fmt: skip
    words = {
        "kept": "imported",
        "tried": "sound, nothing was kept (--dry-run)",
        "repeated": "already there",
        "refused": "refused, nothing was kept",
    }
    lines = [f"  row {one.line} {one.field}: {one.message()}" for one in done.findings[:SHOWN]]
    lines += [
        f"  {name}: {' '.join(codes[:SHOWN])}{' …' if len(codes) > SHOWN else ''}"
        for name, codes in done.difference.items()
        if codes
    ]
    head = f"{done.valid_from}: {words[done.state]}; {counts['lines']} tariff lines"
    return result, "\n".join([head, *lines]), int(bool(done.findings))


def options(into: Any, add: Any, handler: Any) -> None:
    """`gongfu positive-list import`."""
    one = add(
        into,
        "import",
        handler(imported),
        "import an official version of the retail import list (CSV), whole, from its day on",
    )
    one.add_argument("file", type=Path, help="CSV with headings hs8,name[,remark,control,mode,words,group,limit_g]")
    one.add_argument(
        "--valid-from", type=date.fromisoformat, required=True, help="the day from which the version is in force"
    )
    one.add_argument("--source", required=True, help="the announcement it was taken from")
    one.add_argument("--dry-run", action="store_true", help="check and compare only")
