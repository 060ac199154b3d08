"""Bytes of a delivery → rows of texts by the sender's own column names, whatever the form; hostile ones are refused with the reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lxml import etree

from gongfu.base.screens import sheets
from gongfu.base.screens.sheets import Sheet, bounds
from gongfu.core import jsontext
from gongfu.core.ceb import gate
from gongfu.core.fields import Field
from gongfu.core.rule import Finding

FORMS = ("csv", "xlsx", "json", "xml")
TABLES = ("csv", "xlsx")  # one for the other, so that a corrected result file can be sent to either
Rows = list[dict[str, str]]


def read(data: bytes, name: str, form: str, columns: Mapping[str, bool], rows_at: str = "") -> Sheet:
    """The rows of a delivery in its feed's form, or why there are none.

    name: as sent; its ending has to be the form (either table for a table).  columns: column → whether it is needed.  rows_at: where the rows lie, as names
    separated by `/` (JSON, XML).  Raises nothing.
    """
    ending = name.lower().rpartition(".")[2]
    if ending != form and not {ending, form} <= set(TABLES):
        return Sheet([], [Finding("FEED-FORM", value=ending[:20], facts={"form": form})])
    if form in TABLES:
        return sheets.read(data, name, [Field(one, one, one, needed=needed) for one, needed in columns.items()])
    rows, fault = TREES[form](data, rows_at)
    return Sheet([], [fault]) if fault else _bounded(rows, columns)


def _bounded(rows: Rows, columns: Mapping[str, bool]) -> Sheet:
    """The rows within the limits of a table, and what is missing or unknown among their names."""
    limits, names = bounds(), dict.fromkeys(name for row in rows for name in row)
    for code, seen, limit in (("IMPORT-ROWS", len(rows), limits.rows), ("IMPORT-COLUMNS", len(names), limits.columns)):
        if seen > limit:
            return Sheet([], [Finding(code, value=f"{seen:,}", facts={"limit": f"{limit:,}"})])
    missing = [Finding("IMPORT-COLUMN" if needed else "IMPORT-COLUMN-LEFT", field=one, value=one, facts={"title_en": one})
               for one, needed in columns.items() if one not in names]  # fmt: skip
    unknown = [Finding("IMPORT-UNKNOWN", value=one[:40]) for one in names if one not in columns]
    told = [*missing, *unknown] if rows else [Finding("IMPORT-EMPTY")]
    return Sheet(rows, told, list(range(1, len(rows) + 1)))


def _json(data: bytes, rows_at: str) -> tuple[Rows, Finding | None]:
    found = jsontext.read(data)
    value = found.value
    for name in (one for one in rows_at.split("/") if one):
        value = value.get(name) if isinstance(value, dict) else None
    if found.finding or not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        return [], found.finding or Finding("FEED-ROWS", value=rows_at or "/")
    return [_flat(one) for one in value], None


def _flat(value: Any, name: str = "") -> dict[str, str]:
    """Nested objects and lists as names with dots: {"to": {"name": "x"}} is to.name."""
    if isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        return {
            key: text
            for part, one in inner
            for key, text in _flat(one, f"{name}.{part}" if name else str(part)).items()
        }
    return {name: "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)}


def _xml(data: bytes, rows_at: str) -> tuple[Rows, Finding | None]:
    found = gate.parse(data)
    if found.root is None:
        return [], found.findings[0]
    first, *rest = [one for one in rows_at.split("/") if one] or [""]
    at = [found.root] if _name(found.root) == first else []
    for name in rest:
        at = [child for one in at for child in one if _name(child) == name]
    if not rest or not at:
        return [], Finding("FEED-ROWS", value=rows_at or "/")
    return [_leaves(one) for one in at], None


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _leaves(element: etree._Element, name: str = "") -> dict[str, str]:
    """Texts of the elements without children as names with dots, and attributes as `@name`."""
    inner = [one for one in element if _name(one)]
    front = f"{name}." if name else ""
    row = {f"{front}@{etree.QName(key).localname}": str(text) for key, text in element.attrib.items()}
    if not inner and name:
        row[name] = (element.text or "").strip()
    for one in inner:
        row |= _leaves(one, front + _name(one))
    return row


TREES: dict[str, Callable[[bytes, str], tuple[Rows, Finding | None]]] = {"json": _json, "xml": _xml}
