"""A held list is decided by an officer of its zone: what may be let pass goes on, the rest is refused or mended by the firm."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from gongfu.base.access.actor import Actor
from gongfu.base.events import worker
from gongfu.config.invariants import violations
from gongfu.modules.declarations import reviewing
from gongfu.modules.declarations.models import Declaration
from gongfu.modules.intake.models import Receipt
from gongfu.peers.papers import stamp
from journeys.shop import Shop

pytestmark = [pytest.mark.feature("declarations.imports"), pytest.mark.feature("matching.flows")]


OFFICER = Actor("person:9", "zone", frozenset({"declarations.review"}), ("nanchong",))


def aged(shop: Shop) -> Declaration:
    """A list whose order is older than sixty days, held for an officer."""
    unit = shop.buy(100_000)
    old = stamp(shop.at.replace(tzinfo=None) - timedelta(days=61))
    unit.heads["CEB311Message"]["appTime"] = old
    shop.send(unit)
    row = Declaration.objects.get(order_no=unit.order_no)
    assert (row.state, row.reason) == ("held", "BIZ-MATCH-AGE")
    return row


@pytest.mark.rule("R-207")
@pytest.mark.rule("R-004")
def test_an_officer_lets_a_held_list_pass_or_refuses_it(shop: Shop) -> None:
    """What holds a list for review is decided by a person of its zone; only what may be let pass."""
    kept, gone = aged(shop), aged(shop)
    elsewhere = Actor("person:8", "zone", frozenset({"declarations.review"}), ("deyang",))
    assert reviewing.let_pass(elsewhere, kept.pk).findings[0].code == "BIZ-REVIEW-STATE"
    with pytest.raises(PermissionDenied):
        reviewing.let_pass(Actor("person:7", "zone", frozenset(), ("nanchong",)), kept.pk)
    assert not reviewing.let_pass(OFFICER, kept.pk).findings
    assert not reviewing.refuse(OFFICER, gone.pk).findings
    worker.drain()
    kept.refresh_from_db()
    gone.refresh_from_db()
    assert (kept.state, kept.passed) == ("ready", ["BIZ-MATCH-AGE"])
    assert (gone.state, gone.reason) == ("refused", "BIZ-REVIEW-REFUSED")
    assert Receipt.objects.filter(document_guid=gone.guid, status__startswith="-").count() == 1
    assert reviewing.refuse(OFFICER, kept.pk).findings[0].code == "BIZ-REVIEW-STATE"
    assert {name: rows for name, rows in violations().items() if rows} == {}
