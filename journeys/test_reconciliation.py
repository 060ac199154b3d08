"""A day is held against the single window, tax bills and statements; what differs is aged, owned and settled with a reason."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from gongfu.base.access.actor import WORKER, Actor
from gongfu.base.access.roles import EVERYONE, roles
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import BEIJING, civil_date
from gongfu.modules.declarations.models import Declaration
from gongfu.modules.feeds import actions as feeds
from gongfu.modules.feeds import taking
from gongfu.modules.intake.models import Outgoing, Receipt
from gongfu.modules.risk import actions
from gongfu.modules.risk.models import Item, Run
from gongfu.modules.risk.reconciling import reconcile
from gongfu.zones.plan import Plan
from journeys.customs import tell
from journeys.test_cancellations import declared
from journeys.test_returns import tell_bill

pytestmark = [pytest.mark.feature("intake.messages"), pytest.mark.rule("R-005")]
TIME = "%Y%m%d%H%M%S000"


def office(zone: str = "nanchong", role: str = "officer.customs") -> Actor:
    one = roles()[role]
    return Actor("person:9", one.reach, one.may | EVERYONE, (zone,), (), role)


def today() -> Any:
    return civil_date(clock.now())


def delivered(hours: int = 0) -> None:
    """The queued items reached the single window so many hours ago, still today where nothing else is said."""
    Outgoing.objects.filter(state="queued").update(state="delivered", delivered_at=clock.now() - timedelta(hours=hours))


def kinds(source: str = "window") -> dict[str, int]:
    return reconcile(WORKER, "nanchong", today(), source).found


@pytest.mark.breaks
def test_a_day_in_order_has_no_difference_and_a_silent_window_has(zone: Plan, keys: Any) -> None:
    declared(zone, keys)
    delivered()
    assert kinds() == {}
    run = Run.objects.get(source="window")
    assert (run.ours, run.theirs, run.found) == (1, 1, {})
    Receipt.objects.filter(origin="customs").delete()
    Declaration.objects.update(state="sent")
    assert kinds() == {}
    Outgoing.objects.update(delivered_at=clock.now() - timedelta(hours=25))
    assert kinds() == {"unanswered": 1}


@pytest.mark.breaks
def test_a_state_that_is_not_what_the_receipts_say_is_an_item_and_clears_by_itself(zone: Plan, keys: Any) -> None:
    declared(zone, keys)
    delivered()
    Declaration.objects.update(state="review")
    assert kinds() == {"state": 1}
    assert kinds() == {"state": 1}
    item = Item.objects.get()
    assert (item.state, item.ours, item.theirs, item.declaration_id) == (
        "open",
        "review",
        "accepted (120)",
        Declaration.objects.get().pk,
    )
    Declaration.objects.update(state="accepted")
    assert kinds() == {}
    item.refresh_from_db()
    assert item.state == "cleared"
    Declaration.objects.update(state="review")
    kinds()
    item.refresh_from_db()
    assert item.state == "open"


def test_an_answer_to_nothing_and_an_answer_to_what_was_not_sent(zone: Plan, keys: Any) -> None:
    declared(zone, keys)
    tell(
        "CEB622Message",
        [
            {
                "guid": "11111111-2222-3333-4444-555555555555",
                "returnStatus": "800",
                "returnTime": datetime.now(BEIJING).strftime(TIME),
            }
        ],
    )
    assert kinds() == {"unknown": 1, "unsent": 1}


def test_an_item_is_owned_and_settled_once_with_a_reason_within_the_zone_only(zone: Plan, keys: Any) -> None:
    declared(zone, keys)
    kinds()
    number, customs = Item.objects.get().pk, office()
    with pytest.raises(Item.DoesNotExist):
        actions.settle(office("deyang"), number, "已核对")
    assert actions.assign(customs, number).item.owner == "person:9"
    assert [one.code for one in actions.settle(customs, number, "  ").findings] == ["RECONCILE-REASON"]
    assert actions.settle(customs, number, "已补送").item.state == "settled"
    assert [one.code for one in actions.settle(customs, number, "再办").findings] == ["STATE-CONFLICT"]
    kinds()
    item = Item.objects.get()
    assert (item.state, item.reason, item.settled_by) == ("settled", "已补送", "person:9")


@pytest.mark.rule("R-113")
@pytest.mark.feature("tax.imports")
def test_a_released_list_waits_for_its_bill_and_the_bill_for_its_list(zone: Plan, keys: Any) -> None:
    declared(zone, keys)
    row = Declaration.objects.get()
    told = datetime.now(BEIJING).strftime(TIME)
    tell("CEB622Message", [{"guid": row.guid, "invtNo": row.invt_no, "returnStatus": "800", "returnTime": told}])
    assert kinds("bills") == {}
    Declaration.objects.update(released_at=clock.now() - timedelta(days=5), received_at=clock.now() - timedelta(days=5))
    day = civil_date(clock.now() - timedelta(days=5))
    assert reconcile(WORKER, "nanchong", day, "bills").found == {"bill_missing": 1}
    bill = {
        "guid": row.guid,
        "returnTime": told,
        "invtNo": row.invt_no,
        "taxNo": "T1",
        "customsTax": "0",
        "valueAddedTax": "9999",
        "consumptionTax": "0",
        "status": "1",
    }
    tell_bill("CEB816Message", bill)
    assert reconcile(WORKER, "nanchong", day, "bills").found == {"bill_amount": 1}
    assert Item.objects.get(kind="bill_missing").state == "cleared"
    tell_bill("CEB816Message", {**bill, "taxNo": "T2", "invtNo": "791320269999999999"})
    assert kinds("bills") == {"bill_alone": 1}


def test_a_statement_that_a_payment_firm_delivered_is_held_against_its_payments(zone: Plan, keys: Any) -> None:
    declared(zone, keys)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pay_code, pay_no, paid_fen, paid_at FROM trade_payment")
        code, number, paid, at = cursor.fetchone()
    day = civil_date(at)
    assert reconcile(WORKER, "nanchong", day, "payments").found == {}
    deliver(code, [(number, paid + 1), ("GHOST", 5)], day)
    assert reconcile(WORKER, "nanchong", day, "payments").found == {"amount": 1, "not_ours": 1}
    assert set(Item.objects.filter(source="payments").values_list("party_code", flat=True)) == {code}


def deliver(code: str, rows: list[tuple[str, int]], day: Any) -> None:
    """A statement through the feeds' own door, as the zone office registered it."""
    told = {
        "code": "pay-statements", "kind": "statements", "title": "支付对账单", "party_code": code, "form": "csv", "every": "1", "unit": "day", "due_at": "09:00",
        "working_days": "是", "grace_minutes": "60", "mapping": 'flow = "payments"\nfirm = 企业\nnumber = 单号\nday = 日期\namount = 金额\n',
    }  # fmt: skip
    assert feeds.register(office(role="zone.office"), told).findings == []
    lines = [f"{code},{number},{day.isoformat()},{fen // 100}.{fen % 100:02d}" for number, fen in rows]
    body = "\n".join(["企业,单号,日期,金额", *lines]) + "\n"
    taken = feeds.receive(WORKER, "pay-statements", body.encode(), "pay.csv", channel="page", zone="nanchong")
    assert taken.delivery is not None, taken.finding
    taking.take_up(WORKER, taken.delivery.pk)
