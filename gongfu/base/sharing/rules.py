"""What leaves the desk: each value by its field's class and the grant (R-1404, R-1408)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gongfu.core.fields import OPEN, Field

HIDDEN = "＊＊＊"


def masked(
    rows: Iterable[Mapping[str, Any]], fields: Sequence[Field], granted: Iterable[str], lang: str = "zh"
) -> list[dict[str, Any]]:
    """Rows with every field: open ones as they are, granted ones shown (personal ones masked), the others hidden."""
    allowed = set(granted)
    return [{field.name: _value(field, row.get(field.name), allowed, lang) for field in fields} for row in rows]


def _value(field: Field, value: Any, allowed: set[str], lang: str) -> Any:
    if field.klass == OPEN or field.name in allowed:
        return field.shown(value, lang)
    return HIDDEN if value not in (None, "") else ""


def within(where: Mapping[str, Any], granted: Mapping[str, Any]) -> dict[str, Any] | None:
    """The rows asked for, kept inside those granted; None when nothing of what is asked is granted.

    Each value is one text or a list of them; a name that the grant does not limit is as asked.
    """
    inside: dict[str, Any] = {}
    for name in {*where, *granted}:
        asked, allowed = _listed(where.get(name)), _listed(granted.get(name))
        common = [one for one in asked if one in allowed] if asked and allowed else asked or allowed
        if asked and allowed and not common:
            return None
        inside[name] = common
    return inside


def _listed(value: Any) -> list[Any]:
    if value in (None, "", []):
        return []
    return list(value) if isinstance(value, list | tuple) else [value]
