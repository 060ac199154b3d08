"""Who read what: of one subject, in full, and by far too many (R-1016)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from gongfu.base.sharing.models import Access

MOST_PERSONS = 200  # of one reader within an hour
MANY = (
    "SELECT actor, role, date_trunc('hour', at) AS hour, count(DISTINCT subject) FROM sharing_access, unnest(subjects) AS subject "
    "WHERE at >= %s AND refused = '' GROUP BY actor, role, hour HAVING count(DISTINCT subject) > %s ORDER BY hour DESC, 4 DESC LIMIT 100"
)


@dataclass(frozen=True, slots=True)
class Heavy:
    """A reader who saw more persons within an hour than anyone's work needs."""

    actor: str
    role: str
    hour: datetime
    persons: int


def of_subject(codes: Iterable[str]) -> QuerySet[Access]:
    """Every read, and refused read, that named one of the subjects, the newest first."""
    return Access.objects.filter(subjects__overlap=[code for code in codes if code]).order_by("-pk")


def heavy(since: datetime) -> list[Heavy]:
    """Readers of more than 200 persons in an hour of the clock (R-1016), the newest first."""
    with connection.cursor() as cursor:
        cursor.execute(MANY, [since, MOST_PERSONS])
        return [Heavy(*row) for row in cursor.fetchall()]


def in_full() -> QuerySet[Access]:
    """Views of masked values in full: reads without a grant that were not refused."""
    return Access.objects.filter(grant=None, refused="").order_by("-pk")
