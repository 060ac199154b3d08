"""A scene laid again is the rows that were made; the guards of the tables stand again, and numbers go on."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from gongfu.base.access.actor import OPERATOR
from gongfu.base.audit.models import Entry
from gongfu.modules.parties.actions import import_rows
from gongfu.modules.parties.models import Party
from house import scenes

ROW = {"code": "91511300MA6DEM014G", "name": "南充某某有限公司", "kinds": "agent", "zone": "nanchong"}
pytestmark = pytest.mark.django_db(transaction=True)


def made() -> None:
    import_rows(OPERATOR, [ROW], zones=frozenset({"nanchong"}), on=date(2026, 11, 30))


def rows() -> tuple[list[object], list[object]]:
    return list(Party.objects.order_by("pk").values()), list(Entry.objects.order_by("pk").values())


def test_a_scene_is_made_once_and_laid_again() -> None:
    scenes.lay("test", made)
    first = rows()
    assert [len(part) for part in first] == [1, 1]
    Party.objects.update(name="改了")
    made()
    last = Entry.objects.order_by("pk").last()
    assert last is not None
    scenes.lay("test", lambda: pytest.fail("made twice"))
    assert rows() == first
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_entry")
    made()
    newest = Entry.objects.order_by("pk").last()
    assert newest is not None
    assert newest.pk > last.pk, "no number means two things in one session"
    scenes.KEPT.pop("test")
    scenes.empty()
    assert rows() == ([], [])
