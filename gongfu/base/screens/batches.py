"""One act on many rows: each row alone, with a result for each."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import Error, InterfaceError, OperationalError, transaction
from django.db.models import QuerySet

from gongfu.base.access.actor import Actor
from gongfu.base.screens.cells import Batch, Column
from gongfu.core.rule import Finding

log = logging.getLogger(__name__)
MOST = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one row; `cells` show it, none for a row out of reach."""

    number: int
    cells: list[Any]
    findings: list[Finding]

    @property
    def done(self) -> bool:
        return not any(one.blocks for one in self.findings)


def numbers(texts: Sequence[str]) -> list[int]:
    """Row numbers as a form sends them, each once, at most 200; what is no number is left out."""
    return list(dict.fromkeys(int(one) for one in texts if one.isdecimal() and len(one) < 19))[:MOST]


def carry_out(
    batch: Batch, actor: Actor, rows: QuerySet[Any], chosen: Sequence[int], columns: Sequence[Column]
) -> list[Outcome]:
    """The act on each chosen row within reach, in the order chosen. PermissionDenied without its permission."""
    actor.require(batch.permission)
    reached = {row.pk: row for row in rows.filter(pk__in=chosen)}
    return [
        Outcome(number, [column.cell(reached[number]) for column in columns[:3]], _one(batch, actor, number))
        if number in reached
        else Outcome(number, [], [Finding("BATCH-NOT-FOUND", value=str(number))])
        for number in chosen
    ]


def _one(batch: Batch, actor: Actor, number: int) -> list[Finding]:
    try:
        with transaction.atomic():
            return batch.run(actor, number)
    except (OperationalError, InterfaceError):
        raise
    except PermissionDenied:
        return [Finding("JOB-DENIED")]
    except (Error, ValueError, LookupError):
        log.exception("%s of row %s failed", batch.verb, number)
        return [Finding("BATCH-FAILED", value=str(number))]
