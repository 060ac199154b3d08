"""Forms drawn from fields: what was typed stays, every fault stands at its field and in the summary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, QueryDict

from gongfu.base.access.actor import Actor
from gongfu.base.files.actions import keep
from gongfu.base.files.models import File
from gongfu.base.screens.words import english, say
from gongfu.core.fields import PERSONAL, Field
from gongfu.core.rule import Finding

INPUTS = {
    "date": "date",
    "moment": "datetime-local",
    "phone": "tel",
    "email": "email",
    "url": "url",
    "whole": "text",
    "money": "text",
    "decimal": "text",
}
NUMERIC = ("whole", "money", "decimal")


MOST_ROWS, BLANK_ROWS = 20, 2


def typed(fields: Iterable[Field], post: QueryDict) -> dict[str, Any]:
    """What was typed, by field; several choices as a list, rows as a list of rows without the blank ones."""
    return {one.name: _typed(one, post) for one in fields}


def _typed(field: Field, post: QueryDict) -> Any:
    if field.kind == "choices":
        return post.getlist(field.name)
    if field.kind != "rows":
        return post.get(field.name, "")
    rows = (typed(in_row(field, at), post) for at in range(field.most or MOST_ROWS))
    return [
        {one.name: row[f"{field.name}-{at}-{one.name}"] for one in field.rows}
        for at, row in enumerate(rows)
        if any(row.values())
    ]


def in_row(field: Field, at: int) -> tuple[Field, ...]:
    """The fields of one row, under names of their own: `services-0-price`."""
    return tuple(replace(one, name=f"{field.name}-{at}-{one.name}") for one in field.rows)


def sent(actor: Actor, fields: Iterable[Field], request: HttpRequest) -> tuple[dict[str, Any], list[Finding]]:
    """What was typed, and the faults of documents sent with it; a document that is kept stands in its field by its SHA-256."""
    raw, faults = typed(fields, request.POST), []
    for one in fields:
        told: Any = request.FILES.get(f"file-{one.name}") if one.kind == "file" else None
        if told is None:
            continue
        kept = keep(actor, told.read(), told.name or "")
        if isinstance(kept, File):
            raw[one.name] = kept.sha256
        else:
            faults += [replace(fault, field=one.name) for fault in kept]
    return raw, faults


def drawn(
    fields: Sequence[Field],
    values: Mapping[str, Any],
    findings: Iterable[Finding] = (),
    sources: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
    """Each field as the template draws it.  values: as typed, or as kept.  sources: by field, where a prefilled value came from."""
    lang = "en" if english() else "zh"
    found = [one for one in findings if one.field]
    faults = {one.field: one for one in found}
    return [
        {
            **_drawn(field, values.get(field.name), faults.get(field.name), lang, (sources or {}).get(field.name, "")),
            "rows": _rows(field, values.get(field.name), found),
        }
        for field in fields
    ]


def _rows(field: Field, value: Any, findings: Sequence[Finding]) -> list[list[dict[str, Any]]]:
    """The rows given and some blank ones; in a blank row nothing is required."""
    if field.kind != "rows":
        return []
    given = value if isinstance(value, list) else []
    most = min(len(given) + BLANK_ROWS, field.most or MOST_ROWS)
    return [
        drawn(
            tuple(replace(one, needed=one.needed and at < len(given)) for one in in_row(field, at)),
            {f"{field.name}-{at}-{name}": one for name, one in (given[at] if at < len(given) else {}).items()},
            findings,
        )
        for at in range(most)
    ]


def _drawn(field: Field, value: Any, fault: Finding | None, lang: str, source: str) -> dict[str, Any]:
    chosen = value if isinstance(value, list) else [_as_text(value)]
    return {
        "name": field.name, "title": say(field.title, field.title_en), "kind": field.kind, "needed": field.needed, "unit": field.unit,
        "input": INPUTS.get(field.kind, "text"), "numeric": field.kind in NUMERIC, "longest": field.longest, "source": source,
        "help": say(field.help, field.help_en or field.help), "personal": field.klass == PERSONAL,
        "value": _as_text(value)[:16] if field.kind == "moment" else _as_text(field.typed(value)), "only": field.only, "suggest": field.suggest, "yes": value is True or value == "on",
        "choices": [(code, say(zh, en), code in chosen) for code, zh, en in field.choices],
        "error": fault.message(lang) if fault else "", "remedy": fault.remedy(lang) if fault else "",
    }  # fmt: skip


def _as_text(value: Any) -> str:
    return "" if value is None else str(value)


def told(fields: Iterable[Field], facts: Mapping[str, Any]) -> list[dict[str, str]]:
    """Fields and values as a page shows them to a reader, personal ones masked; empty ones left out."""
    lang = "en" if english() else "zh"
    shown = [(field, field.shown(facts.get(field.name), lang)) for field in fields]
    return [
        {"name": one.name, "title": say(one.title, one.title_en), "value": text, "unit": one.unit, "kind": one.kind}
        for one, text in shown
        if text
    ]
