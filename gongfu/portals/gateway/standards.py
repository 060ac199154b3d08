"""The register of standards: which versions there are, from when to when each may be used, and what is in them."""

from __future__ import annotations

import csv
import io
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from gongfu.core.ceb import schema, structure
from gongfu.core.rule import Finding

NOTICE = timedelta(days=181)
HEADER = "Gongfu-Standard"
CURRENT, DEPRECATED, ENDED, COMING = "current", "deprecated", "ended", "coming"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a standard. `ends_on` is the last day on which it works; None while no end is announced."""

    version: str
    since: date
    source: str
    note_zh: str
    note_en: str
    announced_on: date | None = None
    ends_on: date | None = None
    without: frozenset[str] = frozenset()

    def status(self, on: date) -> str:
        """coming, current, deprecated (an end is announced, it works until then) or ended."""
        if on < self.since:
            return COMING
        if self.ends_on is None or self.announced_on is None or on < self.announced_on:
            return CURRENT
        return DEPRECATED if on <= self.ends_on else ENDED


@dataclass(frozen=True, slots=True)
class Standard:
    """A standard and its versions, the newest first.  kind: messages or interface."""

    code: str
    title_zh: str
    title_en: str
    kind: str
    versions: tuple[Version, ...]

    def version(self, name: str) -> Version | None:
        return next((one for one in self.versions if one.version == name), None)

    def current(self, on: date) -> Version:
        """The newest version that works on that day."""
        return next(one for one in self.versions if one.status(on) in (CURRENT, DEPRECATED))


def read(text: str) -> dict[str, Standard]:
    """Standards by code; ValueError when an end is announced with less than six months' notice."""
    found = {}
    for entry in tomllib.loads(text)["standard"]:
        versions = tuple(
            Version(**{**one, "without": frozenset(one.get("without", ()))}) for one in entry.pop("versions")
        )
        for one in versions:
            if one.ends_on and (one.announced_on is None or one.ends_on - one.announced_on < NOTICE):
                raise ValueError(f"{entry['code']} {one.version}: an end needs six months' notice")
        ordered = tuple(sorted(versions, key=lambda one: one.since, reverse=True))
        found[entry["code"]] = Standard(**entry, versions=ordered)
    return found


@cache
def standards() -> dict[str, Standard]:
    """The register as shipped."""
    return read((Path(__file__).parent / "standards.toml").read_text("utf-8"))


def chosen(named: str, on: date, register: dict[str, Standard] | None = None) -> Version | Finding:
    """The version of the customs messages that a request names (`ceb/202205`, or just `202205`); "" means the current one."""
    standard = (register or standards())["ceb"]
    if not named:
        return standard.current(on)
    version = standard.version(named.removeprefix("ceb/"))
    if version is None or version.status(on) == COMING:
        known = ", ".join(one.version for one in standard.versions)
        return Finding("LIMIT-VERSION", field=HEADER, value=named[:40], facts={"known": known})
    if version.status(on) == ENDED:
        facts = {"end": str(version.ends_on), "current": standard.current(on).version}
        return Finding("STATE-VERSION-ENDED", field=HEADER, value=version.version, facts=facts)
    return version


def types_of(version: Version) -> dict[str, schema.MessageTable]:
    """The message tables that a version has, by name."""
    return {name: table for name, table in schema.tables().items() if name not in version.without}


def described(version: Version, standard: Standard, on: date) -> dict[str, Any]:
    """A version as the interface tells it."""
    return {
        "standard": standard.code,
        "version": version.version,
        "status": version.status(on),
        "since": version.since,
        "announced_on": version.announced_on,
        "ends_on": version.ends_on,
        "source": version.source,
        "note": {"zh": version.note_zh, "en": version.note_en},
    }


def _field(field: schema.Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "title": field.chinese,
        "kind": {"C": "text", "N": "decimal", "I": "integer"}[field.kind],
        "required": field.required,
        "shortest": field.low,
        "longest": None if field.high >= schema.UNBOUNDED else field.high,
        "digits": field.digits,
        "fraction": field.fraction,
        "code_list": field.codes,
        "personal": bool(field.personal),
    }


def layout(table: schema.MessageTable) -> dict[str, Any]:
    """A message's fields in wire order, and its place of signature."""
    return {
        "type": table.name,
        "title": table.title,
        "receipt": table.is_receipt,
        "document": table.document,
        "documents": [table.documents[0], None if table.documents[1] >= schema.UNBOUNDED else table.documents[1]],
        "head": table.head,
        "line": table.line,
        "lines": [table.lines[0], None if table.lines[1] >= schema.UNBOUNDED else table.lines[1]],
        "signature": table.signature,
        "head_fields": [_field(one) for one in table.head_fields],
        "line_fields": [_field(one) for one in table.item_fields],
    }


def xsd(table: schema.MessageTable) -> str:
    return structure.xsd(table)


@cache
def code_lists() -> tuple[str, ...]:
    """Names of the code lists that any message field quotes and that are at hand."""
    fields = (one for table in schema.tables().values() for one in (*table.head_fields, *table.item_fields))
    return tuple(sorted({one.codes for one in fields if one.codes and schema.code_table(one.codes)}))


def code_list(name: str) -> str:
    """A code list as CSV: code, name; KeyError for an unknown one."""
    if name not in code_lists():
        raise KeyError(name)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("code", "name"))
    writer.writerows(schema.code_table(name).items())
    return out.getvalue()
