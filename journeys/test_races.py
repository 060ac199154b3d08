"""Two documents that want the same thing at the same moment: one has it, the other is told (R-1507, I5, I6)."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime
from random import Random
from typing import Any

import pytest
from django.db import connections, transaction

from gongfu.base.access.actor import WORKER
from gongfu.base.events import worker
from gongfu.base.events.models import Work
from gongfu.base.kit.beijing import BEIJING
from gongfu.core.ceb import codec
from gongfu.modules.declarations.models import Exported, FollowUp
from gongfu.modules.intake.actions import accept
from gongfu.modules.intake.events import MessageAccepted
from gongfu.modules.intake.handlers import decode
from gongfu.modules.intake.models import Receipt
from gongfu.peers import chain
from gongfu.peers.afterwards import cancellation, goods_return
from gongfu.peers.day import signed
from gongfu.peers.firms import Firm
from gongfu.zones.plan import Plan
from journeys.exported import heads, number_of
from journeys.test_cancellations import NUMBER, declared
from journeys.test_exports import NOW, cleared
from journeys.test_returns import NUMBER as RETURNED
from journeys.test_returns import lines, released


def at_once(zone: Plan, keys: Any, kind: str, sender: Firm, documents: Sequence[codec.Document]) -> list[str]:
    """Each document in a message of its own, decoded by threads that start together; gives what was answered to each."""
    numbers = []
    for place, document in enumerate(documents):
        data = signed(kind, sender, [document], keys, Random(f"{kind}{place}"))
        numbers.append(accept(WORKER, data, zone=zone.code, sender_code=sender.code, channel="cli").id)
    Work.objects.filter(lane="decode").delete()
    start, faults = threading.Barrier(len(numbers)), []

    def read(number: int) -> None:
        try:
            start.wait(30)
            with transaction.atomic():
                decode([MessageAccepted(number)])
        except BaseException as fault:
            faults.append(fault)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=read, args=(number,)) for number in numbers]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert faults == []
    worker.drain()
    return [Receipt.objects.get(document_guid=one.guid, origin="platform").info for one in documents]


def refused(answers: list[str], code: str) -> int:
    return sum(code in one for one in answers)


@pytest.mark.feature("declarations.exports")
@pytest.mark.rule("R-303")
def test_a_list_is_in_one_of_two_summaries_that_come_at_once(zone: Plan, keys: Any) -> None:
    units = cleared(zone, keys, 2)
    numbers = [number_of(one) for one in units]
    made = [chain.summary(heads(units)[0], numbers, f"SUM{seed}", NOW, Random(seed)) for seed in range(4)]
    assert refused(at_once(zone, keys, "CEB701Message", units[0].agent, made), "BIZ-SUMMARY-TWICE") == 3
    application = FollowUp.objects.get(kind="CEB701Message")
    assert set(Exported.objects.values_list("summary", flat=True)) == {application.pk}


@pytest.mark.feature("declarations.returns")
@pytest.mark.rule("R-117")
def test_the_last_piece_is_returned_once(zone: Plan, keys: Any) -> None:
    unit, now = released(zone, keys), datetime.now(BEIJING)
    whole = lines(unit)[0]["qty"]
    made = [goods_return("CEB621Message", unit.heads["CEB621Message"], lines(unit), {1: whole}, RETURNED, now, Random(seed)) for seed in range(4)]  # fmt: skip
    assert refused(at_once(zone, keys, "CEB625Message", unit.agent, made), "BIZ-RETURN-QTY") == 3
    assert FollowUp.objects.filter(kind="CEB625Message", live=True).count() == 1


@pytest.mark.feature("declarations.imports")
@pytest.mark.rule("R-1507")
def test_a_list_is_cancelled_once(zone: Plan, keys: Any) -> None:
    unit, now = declared(zone, keys, False), datetime.now(BEIJING)
    made = [cancellation("CEB621Message", unit.heads["CEB621Message"], NUMBER, now, Random(seed)) for seed in range(4)]
    answers = at_once(zone, keys, "CEB623Message", unit.agent, made)
    assert sum("申报成功" in one for one in answers) == 1, answers
    assert FollowUp.objects.filter(kind="CEB623Message", live=True).count() == 1
