"""Rows of a list as files: a workbook up to 20,000 rows, beyond that a CSV in a zip, made while it is sent. Cells are never formulas."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

import xlsxwriter

from gongfu.base.kit.beijing import BEIJING
from gongfu.base.screens.cells import Cell, Column
from gongfu.base.screens.words import STATES, say, zone_name
from gongfu.core.money import yuan

AT_ONCE = 2_000
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def inert(text: str) -> str:
    """The text as a CSV cell that no spreadsheet program takes for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" and text and not NUMBER.fullmatch(text) else text


def text_of(cell: Cell) -> str:
    """A cell as plain text: amounts in yuan, moments of Beijing, states in the reader's language."""
    value = cell.value
    if value is None:
        return ""
    if cell.kind == "money":
        return yuan(value).replace(",", "")
    if isinstance(value, datetime):
        return value.astimezone(BEIJING).isoformat(" ")[:19]
    if cell.kind == "state":
        _, zh, en = STATES.get(value, ("", str(value), str(value)))
        return say(zh, en)
    if cell.kind == "zone":
        return inert(zone_name(str(value)))
    return inert(f"{value} {cell.small}".strip() if cell.small else str(value))


def csv_zip(
    name: str, columns: Sequence[Column], rows: Iterable[Any], told: Callable[[int], None] = lambda done: None
) -> Iterator[bytes]:
    """A zip with `<name>.csv` (UTF-8 with its mark), in pieces while the rows come; `told(rows done)` after every 2,000."""
    out, source, done = _Taken(), iter(rows), 0
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed,
        packed.open(f"{name}.csv", "w", force_zip64=True) as body,
    ):
        body.write(_lines([[column.title for column in columns]]).encode("utf-8-sig"))
        yield out.take()
        while block := list(islice(source, AT_ONCE)):
            body.write(_lines([text_of(column.cell(row)) for column in columns] for row in block).encode())
            done += len(block)
            told(done)
            yield out.take()
    yield out.take()


def _lines(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


class _Taken(io.RawIOBase):
    """A file that is written and emptied in turn; it has no place to go back to."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, part: Any) -> int:
        self.parts.append(bytes(part))
        return len(part)

    def take(self) -> bytes:
        whole = b"".join(self.parts)
        self.parts.clear()
        return whole


def workbook(columns: Sequence[Column], rows: Iterable[Any]) -> bytes:
    """An XLSX; texts are written as texts, so that no cell is ever a formula."""
    out = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "default_date_format": "yyyy-mm-dd hh:mm",
    }
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, [column.title for column in columns])
        for number, row in enumerate(rows, start=1):
            for place, column in enumerate(columns):
                _write(sheet, number, place, column.cell(row))
    return out.getvalue()


def _write(sheet: Any, number: int, place: int, cell: Cell) -> None:
    if cell.kind == "money" and cell.value is not None:
        sheet.write_number(number, place, cell.value / 100)
    elif isinstance(cell.value, datetime):
        sheet.write_datetime(number, place, cell.value.astimezone(BEIJING).replace(tzinfo=None))
    elif cell.kind in ("state", "zone"):
        sheet.write_string(number, place, text_of(cell))
    else:
        sheet.write_string(number, place, "" if cell.value is None else f"{cell.value} {cell.small}".strip())
