"""JSON from outside, read strictly: no key twice, no NaN, no NUL, no half signs; numbers stay the texts they were written as."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from gongfu.core.rule import Finding

SIZE_BYTES, DEPTH = 1024 * 1024, 32
UNFIT = re.compile(r"[\x00\ud800-\udfff]")
OUTSIDE_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*+"|[^\[\]{}"]++', re.S)


@dataclass(frozen=True, slots=True)
class Read:
    """The value, or the finding that says why there is none."""

    value: Any = None
    finding: Finding | None = None


class Unfit(ValueError):
    """Something in the text that is refused; never leaves this file."""


def read(data: bytes, *, size_bytes: int = SIZE_BYTES, depth: int = DEPTH) -> Read:
    """Parse UTF-8 JSON within the limits of quality §6. Numbers come as texts. Never raises."""
    if len(data) > size_bytes:
        return Read(finding=Finding("LIMIT-SIZE", value=f"{len(data)}", facts={"limit": size_bytes}))
    if _nested(data, depth) > depth:
        return Read(finding=Finding("LIMIT-DEPTH", line=1, facts={"limit": depth}))
    try:
        value = json.loads(
            data.decode("utf-8-sig"), parse_float=str, parse_int=str, parse_constant=_constant, object_pairs_hook=_once
        )
    except UnicodeDecodeError:
        return Read(finding=Finding("JSON-ENCODING"))
    except json.JSONDecodeError as fault:
        return Read(finding=Finding("JSON-SYNTAX", line=fault.lineno, facts={"column": fault.colno}))
    except Unfit as fault:
        return Read(finding=Finding("JSON-UNFIT", value=str(fault)[:40]))
    return Read(value)


def _nested(data: bytes, most: int) -> int:
    """How deep brackets nest outside texts; counting ends beyond `most`."""
    level = deepest = 0
    for sign in OUTSIDE_TEXT.sub(b"", data):
        level += 1 if sign in b"[{" else -1
        deepest = max(deepest, level)
        if deepest > most:
            break
    return deepest


def _constant(name: str) -> Any:
    raise Unfit(name)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Unfit(f"“{key}” twice")
        if UNFIT.search(key) or (isinstance(value, str) and UNFIT.search(value)):
            raise Unfit(UNFIT.sub("�", key))
        found[key] = value
    return found
