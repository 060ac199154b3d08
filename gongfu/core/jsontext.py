"""JSON from outside, read strictly: no key twice, no NaN, no NUL, no half signs; numbers stay the texts they were written as."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from gongfu.core.rule import Finding

SIZE_BYTES, DEPTH = 1024 * 1024, 32
UNFIT = re.compile(r"[\x00\ud800-\udfff]")


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
    try:
        value = json.loads(
            data.decode("utf-8-sig"), parse_float=str, parse_int=str, parse_constant=_constant, object_pairs_hook=_once
        )
    except UnicodeDecodeError:
        return Read(finding=Finding("JSON-ENCODING"))
    except json.JSONDecodeError as wrong:
        return Read(finding=Finding("JSON-SYNTAX", line=wrong.lineno, facts={"column": wrong.colno}))
    except Unfit as wrong:
        return Read(finding=Finding("JSON-UNFIT", value=str(wrong)[:40]))
    except RecursionError:
        return Read(finding=Finding("LIMIT-DEPTH", line=1, facts={"limit": depth}))
    fault = _fault(value, depth)
    return Read(finding=fault) if fault else Read(value)


def _fault(value: Any, depth: int) -> Finding | None:
    """What speaks against a value: objects and lists nested deeper than `depth`, or a text with NUL or half a sign."""
    level = [value]
    for _ in range(depth + 1):
        unfit = next((one for one in level if isinstance(one, str) and UNFIT.search(one)), None)
        if unfit is not None:
            return Finding("JSON-UNFIT", value=UNFIT.sub("�", unfit)[:40])
        level = [part for one in level if isinstance(one, dict | list) for part in _parts(one)]
        if not level:
            return None
    return Finding("LIMIT-DEPTH", line=1, facts={"limit": depth})


def _parts(value: dict[str, Any] | list[Any]) -> list[Any]:
    """The names and values of an object, or the values of a list."""
    return [*value, *value.values()] if isinstance(value, dict) else value


def _constant(name: str) -> Any:
    raise Unfit(name)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [key for key, _ in pairs]
        raise Unfit(UNFIT.sub("�", next(key for key in names if names.count(key) > 1)))
    return found
