"""What a document is, by its content and by its name; how large a picture is; which name is fit to be shown."""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from gongfu.base.kit.packed import MEBIBYTE, Bounds, directory
from gongfu.core.rule import Finding

LARGEST, PIXELS = 20 * MEBIBYTE, 40_000_000
LONGEST_NAME = 100
PNG, JPEG, PDF, ZIP = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"%PDF-", b"PK"
TYPES = {
    "pdf": "application/pdf",
    "ofd": "application/ofd",
    "png": "image/png",
    "jpg": "image/jpeg",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
    "csv": "text/csv",
    "json": "application/json",
    "xml": "application/xml",
}
ENDINGS = {"pdf": "pdf", "ofd": "ofd", "png": "png", "jpg": "jpg", "jpeg": "jpg", "xlsx": "xlsx"}
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff<>:\"|?*&;'`$%{}\\/]")
# Packed documents are not unpacked here; these bounds only turn away what no honest program writes.
DOCUMENT = Bounds(packed=20, unpacked=200)


@dataclass(frozen=True, slots=True)
class Known:
    """A document whose content and name agree.  kind: a key of TYPES.  name: fit to be shown and saved."""

    kind: str
    name: str


def clean_name(name: str) -> str:
    """The last part of a path, without signs that steer, hide or run; one dot only, before the ending."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    stem, _, ending = UNFIT.sub("", last).rpartition(".")
    stem = re.sub(r"[\s.]+", "_", stem.strip(" ._-")).strip("_-") or "document"
    ending = re.sub(r"[^a-z0-9]", "", ending.lower())[:5]
    if RESERVED.fullmatch(stem):
        stem = f"_{stem}"
    return f"{stem[: LONGEST_NAME - 6]}.{ending}"


def recognise(data: bytes, name: str) -> tuple[Known | None, list[Finding]]:
    """(what it is, faults): PDF, OFD, PNG, JPEG or XLSX by content and by name, within 20 MB and 40 megapixels (quality §6)."""
    if not data:
        return None, [Finding("FILE-EMPTY")]
    if len(data) > LARGEST:
        return None, [_beyond("FILE-SIZE", f"{LARGEST // MEBIBYTE}", f"{len(data) / MEBIBYTE:,.1f}")]
    clean = clean_name(name)
    ending = clean.rpartition(".")[2]
    if ending not in ENDINGS:
        return None, [Finding("FILE-TYPE", value=ending)]
    kind, faults = _kind(data)
    if faults:
        return None, faults
    if kind != ENDINGS[ending]:
        return None, [Finding("FILE-NAME", value=ending, facts={"kind": kind or "—"})]
    return Known(kind, clean), []


def _kind(data: bytes) -> tuple[str, list[Finding]]:
    if data.startswith(PDF):
        return "pdf", [] if b"%%EOF" in data[-2048:] else [Finding("FILE-BROKEN", value="pdf")]
    if data.startswith(PNG):
        return "png", _picture("png", _png(data), data.rstrip(b"\0").endswith(b"IEND\xaeB`\x82"))
    if data.startswith(JPEG):
        return "jpg", _picture("jpg", _jpeg(data), b"\xff\xd9" in data[-64:])
    return _packed(data) if data.startswith(ZIP) else ("", [])


def _packed(data: bytes) -> tuple[str, list[Finding]]:
    found, faults = directory(data, DOCUMENT)
    names = {one.filename for one in found}
    if faults:
        return "", faults
    if any("vbaproject" in name.lower() or "/macrosheets/" in name.lower() for name in names):
        return "", [Finding("IMPORT-MACRO", value="vbaProject")]
    if {"[Content_Types].xml", "xl/workbook.xml"} <= names:
        return "xlsx", []
    return ("ofd", []) if "OFD.xml" in names else ("", [])


def _picture(kind: str, size: tuple[int, int], whole: bool) -> list[Finding]:
    width, height = size
    if not whole or width < 1 or height < 1:
        return [Finding("FILE-BROKEN", value=kind)]
    if width * height > PIXELS:
        return [_beyond("FILE-PIXELS", f"{PIXELS // 1_000_000}", f"{width * height / 1_000_000:,.1f}")]
    return []


def _beyond(code: str, limit: str, seen: str) -> Finding:
    return Finding(code, value=seen, facts={"limit": limit})


def _png(data: bytes) -> tuple[int, int]:
    if len(data) < 24 or data[12:16] != b"IHDR":
        return 0, 0
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _jpeg(data: bytes) -> tuple[int, int]:
    """Width and height of the frame header; (0, 0) when there is none."""
    for mark, at in _segments(data):
        if 0xC0 <= mark <= 0xCF and mark not in (0xC4, 0xC8, 0xCC) and at + 9 <= len(data):
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
    return 0, 0


def _segments(data: bytes) -> Iterator[tuple[int, int]]:
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        mark = data[at + 1]
        if mark == 0xFF:
            at += 1
            continue
        yield mark, at
        if mark == 0xDA:
            return
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
