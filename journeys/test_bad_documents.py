"""Whatever one document holds, it gets its code and the other documents of its message their answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from gongfu.base.events.models import Work
from gongfu.base.kit.beijing import BEIJING
from gongfu.config import exchange
from gongfu.config.invariants import violations
from gongfu.core.ceb import schema
from gongfu.core.ceb.tests.spoiled import VALUES
from gongfu.modules.intake.models import Message, Receipt
from gongfu.peers.day import SENDERS, message, units
from gongfu.peers.orders import Unit
from gongfu.zones.plan import Plan

pytestmark = [pytest.mark.feature("intake.messages"), pytest.mark.feature("declarations.imports")]
KINDS = (
    "CEB311Message",
    "CEB411Message",
    "CEB511Message",
    "CEB621Message",
    "CEB303Message",
    "CEB505Message",
    "CEB603Message",
)
# The largest the schema lets pass, signs that tables are written with, and days before any rule, for every field; of the others some.
ALWAYS = ("9999999999999999999", "99999999999999.99999", "a\rb\r", "\\.", "00010101000000", "19000101", "ß" * 60)
OWN = ("guid", "orderNo", "logisticsNo", "payTransactionId", "copNo")


def numbered(unit: Unit, kind: str, number: int, part: str, name: str, value: str) -> Unit:
    """The unit's document of a kind as one of its own, with one value of it changed."""
    head = {
        **unit.heads[kind],
        **{one: f"{number:036d}" if one == "guid" else f"{one[:1]}{number}" for one in OWN if one in unit.heads[kind]},
    }
    lines = [dict(one) for one in unit.lines.get(kind, [])]
    (head if part == "head" else lines[0])[name] = value
    return replace(unit, heads={kind: head}, lines={kind: lines})


@pytest.mark.parametrize("kind", KINDS)
def test_no_value_of_a_document_stops_the_others(kind: str, zone: Plan, keys: Any, tmp_path: Path) -> None:
    export = kind in ("CEB303Message", "CEB505Message", "CEB603Message")
    unit = next(one for one in units(zone, 60, 1, datetime.now(BEIJING).date(), faulty=False) if one.export == export)
    layout, number = schema.table(kind), 0
    for part, fields in (("head", layout.head_fields), ("line", layout.item_fields)):
        for field in fields:
            picked = [*ALWAYS, *Random(f"{kind}{field.name}").sample(VALUES, 5)]
            rows = [numbered(unit, kind, number + at, part, field.name, value) for at, value in enumerate(picked)]
            number += len(rows) + 1
            good = numbered(unit, kind, number, "head", "appType", "1")
            path = tmp_path / f"{part}-{field.name}.xml"
            path.write_bytes(message(kind, getattr(unit, SENDERS[kind]), [*rows, good], keys, Random(number)))
            exchange.take(path, zone.code)
            number += 1
    exchange.settle(tmp_path)
    assert [(one.lane, one.payload, one.error) for one in Work.objects.all()] == []
    own = Message.objects.exclude(channel="customs")
    assert {one.file_name: one.documents for one in own} == {
        one.name: len(ALWAYS) + 6 for one in tmp_path.glob("*.xml")
    }
    assert {one.file_name for one in own if not one.sound} == set(), "the sound one went on"
    answers = Receipt.objects.filter(origin="platform").values("message_id", "document_guid").distinct()
    assert answers.count() >= len(own) * (len(ALWAYS) + 5), "every document is answered; two may share a spoiled guid"
    assert {name: rows for name, rows in violations().items() if rows} == {}
