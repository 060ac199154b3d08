"""Workbooks that no honest program makes, built for the tests."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import xlsxwriter


def book(write: Callable[[Any, Any], None]) -> bytes:
    """An XLSX whose first sheet `write(book, sheet)` fills."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as made:
        write(made, made.add_worksheet("data"))
    return out.getvalue()


def table(*rows: tuple[Any, ...]) -> bytes:
    return book(lambda made, sheet: [sheet.write_row(at, 0, row) for at, row in enumerate(rows)])


def changed(data: bytes, extra: dict[str, bytes] | None = None, **edits: Callable[[bytes], bytes]) -> bytes:
    """The zip with parts added, and parts (named by their last word without ending) edited."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for one in old.namelist():
            stem = one.rpartition("/")[2].partition(".")[0]
            new.writestr(one, edits[stem](old.read(one)) if stem in edits else old.read(one))
        for name, body in (extra or {}).items():
            new.writestr(name, body)
    return out.getvalue()


def bomb() -> bytes:
    """A sheet that unpacks to far more than a hundred times its size, and below 100 MB."""
    return changed(table(("税号",)), {"xl/media/image1.png": b"\0" * 60_000_000})
