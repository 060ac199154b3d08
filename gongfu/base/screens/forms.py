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


def typed(fields: Iterable[Field], post: QueryDict) -> dict[str, Any]:
    """What was typed, by field; several choices as a list."""
    return {one.name: post.getlist(one.name) if one.kind == "choices" else post.get(one.name, "") for one in fields}


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
    faults = {one.field: one for one in findings if one.field}
    return [
        _drawn(field, values.get(field.name), faults.get(field.name), lang, (sources or {}).get(field.name, ""))
        for field in fields
    ]


def _drawn(field: Field, value: Any, fault: Finding | None, lang: str, source: str) -> dict[str, Any]:
    chosen = value if isinstance(value, list) else [_as_text(value)]
    return {
        "name": field.name, "title": say(field.title, field.title_en), "kind": field.kind, "needed": field.needed, "unit": field.unit,
        "input": INPUTS.get(field.kind, "text"), "numeric": field.kind in NUMERIC, "longest": field.longest, "source": source,
        "help": say(field.help, field.help_en or field.help), "personal": field.klass == PERSONAL,
        "value": _money(value) if field.kind == "money" else _as_text(value)[:16] if field.kind == "moment" else _as_text(value), "only": field.only, "suggest": field.suggest, "yes": value is True or value == "on",
        "choices": [(code, say(zh, en), code in chosen) for code, zh, en in field.choices],
        "error": fault.message(lang) if fault else "", "remedy": fault.remedy(lang) if fault else "",
    }  # fmt: skip


def _as_text(value: Any) -> str:
    return "" if value is None else str(value)


def _money(value: Any) -> str:
    """Whole fen as yuan; what was typed stays as it was."""
    return f"{value // 100}.{value % 100:02d}" if isinstance(value, int) else _as_text(value)


def told(fields: Iterable[Field], facts: Mapping[str, Any]) -> list[dict[str, str]]:
    """Fields and values as a page shows them to a reader, personal ones masked; empty ones left out."""
    lang = "en" if english() else "zh"
    shown = [(field, field.shown(facts.get(field.name), lang)) for field in fields]
    return [
        {"name": one.name, "title": say(one.title, one.title_en), "value": text, "unit": one.unit, "kind": one.kind}
        for one, text in shown
        if text
    ]
