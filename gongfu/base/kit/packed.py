"""Zip containers (XLSX, OFD) from outside: every limit is checked before anything is unpacked (quality §6)."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from gongfu.core.rule import Finding

END, ZIP64 = b"PK\x05\x06", b"PK\x06\x07"
END_BYTES, LONGEST_COMMENT = 22, 65_535
DIRECTORY_BYTES = 1_000_000
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Bounds:
    """packed, unpacked: MB.  ratio: unpacked to packed.  entries, rows, columns: how many at most."""

    packed: int = 10
    unpacked: int = 100
    ratio: int = 100
    entries: int = 1_000
    rows: int = 20_000
    columns: int = 200


def directory(data: bytes, bounds: Bounds) -> tuple[list[zipfile.ZipInfo], list[Finding]]:
    """(entries, faults): the directory of a zip that keeps the bounds; nothing is unpacked yet."""
    end = data.rfind(END, max(0, len(data) - END_BYTES - LONGEST_COMMENT))
    if end < 0 or len(data) < end + END_BYTES or data[max(0, end - 20) : end].startswith(ZIP64):
        return [], [Finding("IMPORT-BROKEN")]
    count, size = struct.unpack_from("<HL", data, end + 10)
    if count > bounds.entries or size > DIRECTORY_BYTES:
        return [], [_beyond("IMPORT-ENTRIES", bounds.entries, count)]
    try:
        found = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, struct.error):
        return [], [Finding("IMPORT-BROKEN")]
    fault = _fault(found, len(data), bounds)
    return ([], [fault]) if fault else (found, [])


def _fault(found: list[zipfile.ZipInfo], packed: int, bounds: Bounds) -> Finding | None:
    unpacked = sum(one.file_size for one in found)
    if len(found) > bounds.entries:
        return _beyond("IMPORT-ENTRIES", bounds.entries, len(found))
    if any(one.flag_bits & 1 for one in found):
        return Finding("IMPORT-ENCRYPTED")
    if unpacked > bounds.unpacked * MEBIBYTE:
        return _beyond("IMPORT-UNPACKED", bounds.unpacked, round(unpacked / MEBIBYTE, 1))
    if unpacked > bounds.ratio * packed:
        return _beyond("IMPORT-RATIO", bounds.ratio, round(unpacked / packed))
    names = [one.filename for one in found]
    odd = any(name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") for name in names)
    if odd or len(set(names)) != len(names) or any(one.compress_type not in (0, 8) for one in found):
        return Finding("IMPORT-BROKEN")
    return None


def _beyond(code: str, limit: float, seen: float) -> Finding:
    return Finding(code, value=f"{seen:,}", facts={"limit": f"{limit:,}"})


def unpack(
    data: bytes, found: list[zipfile.ZipInfo], wanted: Callable[[str], bool]
) -> tuple[dict[str, bytes], list[Finding]]:
    """The wanted parts by name. A part never gives more than the directory said; one that lies about itself is broken."""
    parts: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            for one in found:
                if wanted(one.filename):
                    parts[one.filename] = packed.read(one)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError, NotImplementedError, RuntimeError):
        return {}, [Finding("IMPORT-BROKEN")]
    return parts, []


def repack(parts: dict[str, bytes]) -> bytes:
    """A plain zip of the parts, so that a reader meets only what was checked."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as packed:
        for name, body in parts.items():
            packed.writestr(zipfile.ZipInfo(name), body)
    return out.getvalue()
