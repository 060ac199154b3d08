"""The conformance test: messages in, a plain report out. Nothing of them is recorded but the report."""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from gongfu.core.rule import Finding, registry
from gongfu.modules.intake.trial import Tried
from gongfu.portals.gateway import samples
from gongfu.portals.gateway.standards import Version, types_of
from gongfu.portals.gateway.trials import AGED, UNFILED, try_for

MOST_FILES, MOST_BYTES, MOST_RATIO = 300, 40 * 1024 * 1024, 100
PACKED_BYTES = 5 * 1024 * 1024
MOST_FINDINGS = 50
# What a broken, encrypted or strangely packed zip raises.
UNREADABLE = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    lzma.LZMAError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
    struct.error,
)
OF_DATA = frozenset({
    UNFILED, AGED, "BIZ-SENDER", "BIZ-LIST-UNKNOWN", "BIZ-PARCEL-UNLISTED", "BIZ-PARCEL-UNKNOWN", "BIZ-PARCEL-STATE", "BIZ-PARCEL-EARLY",
    "BIZ-PARCEL-TWICE", "BIZ-PARCEL-NUMBER", "BIZ-INBOUND-TWICE", "BIZ-SUMMARY-EMPTY", "BIZ-SUMMARY-STATE", "BIZ-SUMMARY-LANE", "BIZ-SUMMARY-TWICE",
    "BIZ-PART", "BIZ-SITE-OPERATOR",
})  # fmt: skip
PASSED, FAILED, AS_DOCUMENTED = "passed", "failed", "as_documented"


@dataclass(frozen=True, slots=True)
class File:
    name: str
    data: bytes


def unpack(data: bytes) -> list[File] | Finding:
    """The .xml files of a zip within the limits (entries, size, ratio), or the finding that names the limit."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as box:
            entries = [one for one in box.infolist() if one.filename.lower().endswith(".xml") and not one.is_dir()]
            fault = _too_much(box, entries, len(data))
            if fault:
                return fault
            files: list[File] = []
            left = MOST_BYTES
            for entry in entries:
                with box.open(entry) as inside:
                    read = inside.read(min(settings.MESSAGE_MAX_BYTES, left) + 1)
                left -= len(read)
                if left < 0:
                    return _limit(f"> {MOST_BYTES}", MOST_BYTES)
                files.append(File(entry.filename[:100], read))
            return files
    except UNREADABLE:
        return Finding("LIMIT-ZIP-READ")


def _limit(value: str, limit: int) -> Finding:
    return Finding("LIMIT-ZIP", value=value, facts={"limit": f"{limit:,}"})


def _too_much(box: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo], packed: int) -> Finding | None:
    size = sum(one.file_size for one in entries)
    if not entries:
        return Finding("LIMIT-ZIP-READ")
    if len(box.infolist()) > MOST_FILES:
        return _limit(str(len(box.infolist())), MOST_FILES)
    if size > MOST_BYTES:
        return _limit(str(size), MOST_BYTES)
    if size > MOST_RATIO * packed:
        return _limit(f"{size // packed}:1", MOST_RATIO)
    return None


def conform(files: Sequence[File], *, zone: str, party_code: str, standard: Version, at: datetime) -> dict[str, Any]:
    """Judge the files and write the report.

    A sound sample, or a message of the firm's own, must pass; a bad sample must get its documented finding and no other.
    What depends on data and not on form is not judged: filings and roles of the other firms named, lists declared before.
    """
    tried = try_for(
        [one.data for one in files], zone=zone, party_code=party_code, forgiven=lambda one: one.code in OF_DATA
    )
    rows = [_row(file, one, standard) for file, one in zip(files, tried, strict=True)]
    types = _types(rows)
    return {
        "standard": "ceb",
        "version": standard.version,
        "verdict": PASSED if all(row["verdict"] != FAILED for row in rows) else FAILED,
        "at": at.isoformat(),
        "counts": {name: sum(row["verdict"] == name for row in rows) for name in (PASSED, AS_DOCUMENTED, FAILED)},
        "types": types,
        "files": rows,
    }


def _row(file: File, tried: Tried, standard: Version) -> dict[str, Any]:
    sample = samples.known(tried.data, tried.type, tried.guid)
    if sample is None or sample.type not in types_of(standard):
        sample = None
    findings = list(tried.findings)
    if tried.type in samples.signed_types() and tried.type not in types_of(standard):
        findings = [Finding("SCHEMA-MESSAGE", field="root", value=tried.type)]
    blocking = sorted({one.code for one in findings if one.blocks})
    if sample and sample.expected:
        verdict = AS_DOCUMENTED if blocking == [sample.expected] else FAILED
    else:
        verdict = PASSED if not blocking and tried.documents == tried.sound > 0 else FAILED
    return {
        "name": file.name,
        "type": sample.type if sample else tried.type,
        "sample": sample.name if sample else "",
        "expected": sample.expected if sample else "",
        "verdict": verdict,
        "signed_with": "sample" if sample and sample.data == tried.data else "own",
        "sha256": tried.sha256,
        "documents": tried.documents,
        "sound": tried.sound,
        "findings": [one.dump() for one in findings[:MOST_FINDINGS]],
    }


def _types(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """For each type with a sample among the files: how many of its published samples came out as they should."""
    found = []
    for kind in sorted({row["type"] for row in rows if row["sample"]}):
        good = {
            row["sample"]: row["signed_with"]
            for row in rows
            if row["type"] == kind and row["sample"] and row["verdict"] != FAILED
        }
        every = [one.name for one in samples.samples(kind)]
        found.append(
            {
                "type": kind,
                "samples": len(every),
                "as_published": len(good),
                "missing": [name for name in every if name not in good],
                "certified": len(good) == len(every),
                "own_signature": "own" in good.values(),
            }
        )
    return found  # fmt: skip


def told(report: dict[str, Any], lang: str) -> dict[str, Any]:
    """The report with every finding in words: title, message, remedy."""
    files = []
    for row in report["files"]:
        found = [Finding.load(one) for one in row["findings"]]
        said = [
            {**one.as_dict(lang), "title": one.title(lang), "blocks": one.blocks, "status": registry()[one.code].status}
            for one in found
        ]
        files.append({**row, "findings": said})
    return {**report, "files": files}
