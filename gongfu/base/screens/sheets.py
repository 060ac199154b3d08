"""Reading workbooks and CSV that people send: limits first, then one visible sheet of plain values, its heading found by name."""

from __future__ import annotations

import csv
import io
import posixpath
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from xml.parsers import expat

import fastexcel
from django.conf import settings
from lxml import etree

from gongfu.base.kit.packed import MEBIBYTE, Bounds, directory, repack, unpack
from gongfu.core.fields import Field
from gongfu.core.rule import Finding

HEADING_WITHIN = 10
SLACK = 20
OLE, ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK"
MACROS = re.compile(r"vbaproject|/macrosheets/|/dialogsheets/|activex", re.IGNORECASE)
LINKS = re.compile(r"externallinks/|connections\.xml|querytables/|embeddings/", re.IGNORECASE)
CORE_PARTS = ("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels")
OUR_COLUMNS = ("错误列", "错误原因", "建议", "Column at fault", "Reason", "Suggestion")
MARKS = re.compile(r"\s|\*|\(必填\)|\(required\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sheet:
    """rows: texts by field name (columns we do not know by their own heading).  numbers: each row's number in the file, from 1."""

    rows: list[dict[str, str]]
    findings: list[Finding]
    numbers: list[int] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing stands against checking the rows."""
        return not any(one.blocks for one in self.findings)


class Stop(Exception):
    """Reading ends here, for the finding it carries; never leaves this file."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


def bounds() -> Bounds:
    """The limits of quality §6; the setting WORKBOOK_BOUNDS changes single ones."""
    return replace(Bounds(), **getattr(settings, "WORKBOOK_BOUNDS", {}))


def read(data: bytes, name: str, fields: Sequence[Field]) -> Sheet:
    """The rows of an XLSX or CSV file (UTF-8 or GB18030), or why it is refused (IMPORT-*).

    The heading is found by Chinese title, English title or field name, in any order. Raises nothing.
    """
    try:
        _first_look(data, name)
        grid, first = _workbook(data) if data.startswith(ZIP) else (_csv(data), 1)
        return _sheet(grid, first, fields)
    except Stop as stop:
        return Sheet([], [stop.finding])


def _first_look(data: bytes, name: str) -> None:
    ending = name.lower().rpartition(".")[2]
    limit = bounds().packed
    if len(data) > limit * MEBIBYTE:
        raise Stop(Finding("IMPORT-SIZE", value=f"{len(data) / MEBIBYTE:,.1f}", facts={"limit": limit}))
    if not data.strip():
        raise Stop(Finding("IMPORT-EMPTY"))
    if data.startswith(OLE):
        locked = "EncryptedPackage".encode("utf-16-le") in data
        raise Stop(Finding("IMPORT-ENCRYPTED") if locked else Finding("IMPORT-OLD"))
    if ending in ("xlsm", "xltm", "xlam"):
        raise Stop(Finding("IMPORT-MACRO", value=ending))
    if ending not in ("xlsx", "csv"):
        raise Stop(Finding("IMPORT-TYPE", value=ending[:20]))
    if data.startswith(ZIP) != (ending == "xlsx"):
        raise Stop(Finding("IMPORT-NAME", value=ending))


def _workbook(data: bytes) -> tuple[list[list[str]], int]:
    """(cells as texts, number of the first row) of the first visible sheet."""
    found, faults = directory(data, bounds())
    _refuse(faults)
    names = {one.filename for one in found}
    _active(names)
    parts = _parts(data, found, CORE_PARTS)
    if not set(CORE_PARTS) <= set(parts):
        raise Stop(Finding("IMPORT-NAME", value="xlsx"))
    if b"macroenabled" in parts[CORE_PARTS[0]].lower():
        raise Stop(Finding("IMPORT-MACRO", value="xlsx"))
    title, path, texts = _first_visible(parts)
    more = _parts(data, found, (path, *texts))
    if path not in more:
        raise Stop(Finding("IMPORT-BROKEN"))
    for one in (*parts.values(), *(body for name, body in more.items() if name != path)):
        _walk(one, _Gate(bounds(), cells=False))
    gate = _Gate(bounds())
    _walk(more[path], gate)
    if gate.last_row == 0:
        raise Stop(Finding("IMPORT-EMPTY"))
    return _cells(repack({**parts, **more}), title), gate.first_row


def _refuse(faults: list[Finding]) -> None:
    for fault in faults:
        raise Stop(fault)


def _active(names: Iterable[str]) -> None:
    for name in sorted(names):
        if MACROS.search(name):
            raise Stop(Finding("IMPORT-MACRO", value=posixpath.basename(name)[:40]))
        if LINKS.search(name):
            raise Stop(Finding("IMPORT-LINKS", value=posixpath.basename(name)[:40]))


def _parts(data: bytes, found: list[zipfile.ZipInfo], names: Iterable[str]) -> dict[str, bytes]:
    wanted = set(names)
    parts, faults = unpack(data, found, lambda name: name in wanted)
    _refuse(faults)
    return parts


def _first_visible(parts: dict[str, bytes]) -> tuple[str, str, list[str]]:
    """(title, part) of the first visible worksheet, and the parts of texts and formats."""
    book, links = _tree(parts[CORE_PARTS[2]]), _tree(parts[CORE_PARTS[3]])
    told = {one.get("Id", ""): (one.get("Type", "").rpartition("/")[2], one.get("Target", "")) for one in links}
    parts_of = {key: posixpath.normpath(posixpath.join("/xl", target))[1:] for key, (_, target) in told.items()}
    texts = [parts_of[key] for key, (kind, _) in told.items() if kind in ("sharedStrings", "styles")]
    for sheet in book.iter("{*}sheet"):
        key = next((value for name, value in sheet.attrib.items() if name.endswith("}id")), "")
        if sheet.get("state", "visible") == "visible" and told.get(key, ("", ""))[0] == "worksheet":
            return sheet.get("name", ""), parts_of[key], texts
    raise Stop(Finding("IMPORT-EMPTY"))


def _tree(body: bytes) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Stop(Finding("IMPORT-BROKEN")) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise Stop(Finding("IMPORT-BROKEN"))
    return root


class _Gate:
    """Walks a sheet's elements before the real reader does: how far its cells reach, and whether any is a formula."""

    def __init__(self, limits: Bounds, *, cells: bool = True) -> None:
        self.limits, self.cells = limits, cells
        self.row = self.column = self.first_row = self.last_row = 0
        self.columns: dict[str, int] = {}
        self.at = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if tag in ("v", "t"):
            self._value()
        elif tag == "c":
            self._cell(attributes)
        elif tag == "row":
            self.row, self.column = self._number(attributes.get("r", ""), self.row + 1), 0
        elif tag == "f" and self.at:
            raise Stop(Finding("IMPORT-FORMULA", line=self.row, value=self.at, facts={"cell": self.at}))

    def end(self, name: str) -> None:
        if name.rpartition(":")[2] == "c":
            self.at = ""

    def _cell(self, attributes: dict[str, str]) -> None:
        self.at = attributes.get("r", "")
        letters = self.at.rstrip("0123456789")
        if letters:
            self.row, self.column = self._number(self.at[len(letters) :], self.row), self._letters(letters)
        else:
            self.column, self.at = self.column + 1, f"R{self.row}C{self.column + 1}"
        if attributes.get("t") == "e":
            raise Stop(Finding("IMPORT-CELL", line=self.row, value=self.at, facts={"cell": self.at}))

    def _value(self) -> None:
        if not self.at:
            return
        self.first_row = self.first_row or self.row
        self.first_row, self.last_row = min(self.first_row, self.row), max(self.last_row, self.row)
        if self.column > self.limits.columns:
            raise Stop(Finding("IMPORT-COLUMNS", value=f"{self.column:,}", facts={"limit": self.limits.columns}))
        if self.row > self.limits.rows + SLACK:
            raise Stop(Finding("IMPORT-ROWS", value=f"{self.row:,}", facts={"limit": f"{self.limits.rows:,}"}))

    def _letters(self, letters: str) -> int:
        if letters not in self.columns:
            number = 0
            for sign in letters[:4].upper():
                number = number * 26 + ord(sign) - 64
            self.columns[letters] = number
        return self.columns[letters]

    def _number(self, digits: str, otherwise: int) -> int:
        return int(digits) if digits.isdecimal() and len(digits) < 9 else otherwise


def _walk(body: bytes, gate: _Gate) -> None:
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _no_doctype
    if gate.cells:
        parser.StartElementHandler, parser.EndElementHandler = gate.start, gate.end
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError):
        raise Stop(Finding("IMPORT-BROKEN")) from None


def _no_doctype(*told: Any) -> None:
    raise Stop(Finding("IMPORT-BROKEN"))


def _cells(data: bytes, title: str) -> list[list[str]]:
    try:
        sheet = fastexcel.read_excel(data).load_sheet(title, header_row=None, dtypes="string")
        columns = [column.to_pylist() for column in sheet.to_arrow().columns]
    except (fastexcel.FastExcelError, ValueError):
        raise Stop(Finding("IMPORT-BROKEN")) from None
    return [["" if one is None else one for one in row] for row in zip(*columns, strict=True)]


def _csv(data: bytes) -> list[list[str]]:
    text = _text(data)
    limits, grid = bounds(), []
    mark = max(",;\t", key=text.partition("\n")[0].count)
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True), start=1):
            if number > limits.rows + SLACK:
                raise Stop(
                    Finding("IMPORT-ROWS", value=f"{text.count(chr(10)):,}", facts={"limit": f"{limits.rows:,}"})
                )
            if len(row) > limits.columns:
                raise Stop(Finding("IMPORT-COLUMNS", value=f"{len(row):,}", facts={"limit": limits.columns}))
            for place, one in enumerate(row, start=1):
                if one.startswith("="):
                    raise Stop(Finding("IMPORT-FORMULA", line=number, facts={"cell": f"R{number}C{place}"}))
            grid.append(row)
    except csv.Error:
        raise Stop(Finding("IMPORT-BROKEN")) from None
    return grid


def _text(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Stop(Finding("IMPORT-ENCODING"))


def heading(text: str) -> str:
    """A heading as it is compared: without blanks, marks of what is needed, and differences of width and case."""
    return MARKS.sub("", unicodedata.normalize("NFKC", text)).casefold()


def _known(fields: Sequence[Field]) -> dict[str, list[str]]:
    """Every way to write a heading → the names of the fields it may mean, in order."""
    known: dict[str, list[str]] = {}
    for one in fields:
        for text in {heading(way) for title in (one.title, one.title_en) for way in (title, f"{title}({one.unit})")}:
            known.setdefault(text, []).append(one.name)
    for one in fields:
        known[heading(one.name)] = [one.name]
    return known


def _columns(row: Sequence[str], known: dict[str, list[str]]) -> dict[int, str]:
    """place → field name, each field once; of two fields with one title the first comes first."""
    found: dict[int, str] = {}
    for place, text in enumerate(row):
        name = next((one for one in known.get(heading(text), ()) if one not in found.values()), "")
        if name:
            found[place] = name
    return found


def _sheet(grid: list[list[str]], first: int, fields: Sequence[Field]) -> Sheet:
    known = _known(fields)
    ranked = [(len(_columns(row, known)), -place) for place, row in enumerate(grid[:HEADING_WITHIN])]
    best, place = max(ranked, default=(0, 0))
    if best == 0:
        titles = "、".join(one.title for one in fields[:12])
        return Sheet([], [Finding("IMPORT-HEADING", facts={"known": titles})])
    head = _columns(grid[-place], known)
    start = -place + 1
    while start < len(grid) and _is_heading(grid[start], head, known):
        start += 1
    others = {
        at: text.strip()
        for at, text in enumerate(grid[start - 1])
        if at not in head and text.strip() and text.strip() not in OUR_COLUMNS
    }
    places = {**head, **others}
    kept = [(number, row) for number, row in enumerate(grid[start:], start=first + start) if any(map(str.strip, row))]
    limit = bounds().rows
    if len(kept) > limit:
        return Sheet([], [Finding("IMPORT-ROWS", value=f"{len(kept):,}", facts={"limit": f"{limit:,}"})])
    rows = [{name: row[at] for at, name in places.items() if at < len(row)} for _, row in kept]
    return Sheet(rows, _told(fields, head, others, kept), [number for number, _ in kept])


def _is_heading(row: list[str], head: dict[int, str], known: dict[str, list[str]]) -> bool:
    """Whether a row under the heading says the same headings once more (the template has names, then titles)."""
    said = [(at, text) for at, text in enumerate(row) if at in head and text.strip()]
    return bool(said) and all(head[at] in known.get(heading(text), ()) for at, text in said)


def _told(fields: Sequence[Field], head: dict[int, str], others: dict[int, str], kept: Sequence[Any]) -> list[Finding]:
    missing = [one for one in fields if one.name not in head.values()]
    told = [
        Finding(
            "IMPORT-COLUMN" if one.needed and one.only is None else "IMPORT-COLUMN-LEFT",
            field=one.name,
            value=one.title,
            facts={"title_en": one.title_en},
        )
        for one in missing
    ]
    told += [Finding("IMPORT-UNKNOWN", value=text[:40]) for text in others.values()]
    return told if kept else [*told, Finding("IMPORT-EMPTY")]
