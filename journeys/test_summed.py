"""A month's lists merge in chunks of whole lists to the same forms, whatever the chunk; the calendar counts what no summary holds."""

from __future__ import annotations

from datetime import date, datetime, timezone

import pytest
from django.db import connection

from bench import summary as bench
from gongfu.base.access.actor import Actor
from gongfu.core.ceb import codec, gate, sign
from gongfu.modules.declarations import summed
from gongfu.modules.declarations.models import Exported
from gongfu.modules.declarations.rules import summaries

pytestmark = [pytest.mark.feature("declarations.exports"), pytest.mark.rule("R-302"), pytest.mark.django_db]
OFFICE = Actor("office", "zone", frozenset({"declarations.read"}), (bench.ZONE,))


@pytest.mark.rule("R-303")
def test_a_month_merges_exactly_in_any_chunks() -> None:
    bench.fill(230)
    whole = summed.forms_to_come(bench.ZONE, bench.MONTH)
    assert bench.measure(chunk=17).exact
    assert summed.forms_to_come(bench.ZONE, bench.MONTH, chunk=17).equals(whole)
    assert summed.forms_to_come(bench.ZONE, bench.MONTH, chunk=1).equals(whole)
    assert whole["lists"].sum() == whole["lines"].sum() == 460
    assert (whole.group_by("form").len()["len"] <= summaries.MOST_LINES).all()
    assert summed.forms_to_come(bench.ZONE, date(2026, 9, 1)).is_empty()


def test_the_calendar_shows_each_month_with_its_due_day_and_what_is_left() -> None:
    bench.fill(400)
    Exported.objects.filter(pk__lte=bench.FIRST + 200).update(cleared_on=date(2025, 1, 31))
    Exported.objects.filter(pk=bench.FIRST + 1).update(lane="A")
    Exported.objects.filter(pk=bench.FIRST + 2).update(mode="9710")
    Exported.objects.filter(pk=bench.FIRST + 3).update(cleared_on=None)
    rows = summed.months(OFFICE)
    assert {one.first for one in rows} == {date(2025, 1, 1), bench.MONTH}
    assert sum(one.lists for one in rows) == 397
    first = rows[0]
    assert (first.due, first.parts) == (date(2025, 2, 17), 1)
    assert summed.month(OFFICE, first.key) == first
    assert summed.month(OFFICE, "2025-01.X.Y.Z") is None
    assert {one.first: one.due for one in rows}[bench.MONTH] == date(2026, 11, 16)
    assert summed.months(Actor("stranger", "own", frozenset(), (bench.ZONE,), ("NOBODY",))) == []


def test_the_prepared_701_names_the_months_lists_and_is_sound() -> None:
    bench.fill(2)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE declarations_declaration SET invt_no = '79132026E' || lpad(id::text, 9, '0')")
    one = summed.months(OFFICE)[0]
    at = datetime(2026, 11, 3, tzinfo=timezone.utc)
    assert summed.application(OFFICE, one, 2, at) is None
    body = summed.application(OFFICE, one, 1, at)
    assert body is not None
    root = gate.parse(body).root
    assert root is not None
    batch = codec.read_batch("CEB701Message", [codec.Parsed(root, sign.canonical(root))])
    assert not batch.bad, batch.bad
    assert batch.items["invtNo"].to_list() == list(summed.lists_of(OFFICE, one).values_list("declaration__invt_no", flat=True))  # fmt: skip
    assert batch.heads.select("msgCount", "msgSeqNo").row(0) == (1, 1)
