"""Entries, looked up."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from gongfu.base.registers.kinds import RegisterKind
from gongfu.base.registers.models import Entry
from gongfu.core.fields import OPEN


def valid(kind: str, on: date) -> QuerySet[Any]:
    """Entries that count on the day: begun, not withdrawn, not past their date."""
    return Entry.objects.filter(
        Q(valid_until=None) | Q(valid_until__gte=on), Q(withdrawn_on=None) | Q(withdrawn_on__gt=on), kind=kind, valid_from__lte=on
    )  # fmt: skip


def ending(kind: str, zone: str, on: date) -> QuerySet[Any]:
    """Entries of a zone whose date has passed and that nobody withdrew: to be renewed or withdrawn."""
    return Entry.objects.filter(kind=kind, zone=zone, valid_until__lt=on, withdrawn_on=None)


def open_facts(kind: RegisterKind, entry: Entry, lang: str = "zh") -> list[dict[str, str]]:
    """What everyone may see of an entry: its open fields alone."""
    return [
        {
            "title": field.title_en if lang == "en" else field.title,
            "value": field.shown(entry.facts.get(field.name), lang),
        }
        for field in kind.fields
        if field.klass == OPEN and entry.facts.get(field.name) not in (None, "")
    ]
