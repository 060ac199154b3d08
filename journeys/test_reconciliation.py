"""A day is held against the single window, tax bills and statements; what differs is aged, owned and settled with a reason."""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from gongfu.base.access.actions import add_person
from gongfu.base.access.actor import OPERATOR, WORKER, Actor, of_person
from gongfu.base.access.models import Person
from gongfu.base.access.roles import EVERYONE, roles
from gongfu.base.audit.models import Entry
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import BEIJING, civil_date
from gongfu.base.notices.actions import unread
from gongfu.base.notices.channels import CHANNELS
from gongfu.base.notices.models import Dispatch, Notice, Way
from gongfu.core.money import yuan
from gongfu.modules.declarations.models import Declaration
from gongfu.modules.feeds import actions as feeds
from gongfu.modules.feeds import taking
from gongfu.modules.intake.models import Outgoing, Receipt
from gongfu.modules.risk import actions, queries
from gongfu.modules.risk.detecting import detect
from gongfu.modules.risk.models import Item, Run
from gongfu.modules.risk.reconciling import SOURCES, reconcile
from gongfu.modules.risk.rules.r1004_split_orders import split_orders
from gongfu.modules.tax.models import Assessment
from gongfu.zones.plan import FOLDER, Plan, check, load
from journeys import test_commands
from journeys.customs import tell
from journeys.test_cancellations import declared
from journeys.test_returns import tell_bill
from journeys.test_whitelist import struck

pytestmark = [pytest.mark.feature("intake.messages"), pytest.mark.rule("R-005")]
TIME = "%Y%m%d%H%M%S000"
shell = test_commands.shell


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


def test_a_statement_that_a_carrier_delivered_is_held_against_its_waybills(zone: Plan, keys: Any) -> None:
    """Freight and insurance of each waybill recorded that day; a number that another carrier used is not its own."""
    declared(zone, keys)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE trade_waybill SET insured_fen = 250")
        cursor.execute("SELECT logistics_code, logistics_no, freight_fen, insured_fen, recorded_at FROM trade_waybill")
        code, number, freight, insured, at = cursor.fetchone()
    day = civil_date(at)
    assert reconcile(WORKER, "nanchong", day, "waybills").found == {}
    deliver(code, [(number, freight + insured)], day, "waybills")
    same = reconcile(WORKER, "nanchong", day, "waybills")
    assert (same.ours, same.theirs, same.found) == (1, 1, {})
    assert reconcile(WORKER, "nanchong", day - timedelta(days=1), "waybills").found == {}
    assert reconcile(WORKER, "nanchong", day, "payments").theirs == 0, "a statement of waybills is none of payments"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE trade_waybill SET insured_fen = 0")
    assert reconcile(WORKER, "nanchong", day, "waybills").found == {"amount": 1}
    item = Item.objects.get(source="waybills")
    assert (item.party_code, item.key, item.ours, item.theirs) == (code, number, yuan(freight), yuan(freight + 250))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE trade_waybill SET withdrawn = true")
    assert reconcile(WORKER, "nanchong", day, "waybills").found == {"not_ours": 1}


def test_the_clock_reconciles_the_last_days_and_days_with_open_items_until_they_are_in_order(
    zone: Plan, keys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bill that comes weeks after the release clears the item of its day; a day in order, or beyond a year, is not run again."""
    declared(zone, keys)
    row = Declaration.objects.get()
    told = datetime.now(BEIJING).strftime(TIME)
    tell("CEB622Message", [{"guid": row.guid, "invtNo": row.invt_no, "returnStatus": "800", "returnTime": told}])
    then = clock.now() - timedelta(days=40)
    Declaration.objects.update(released_at=then, received_at=then)
    assert reconcile(WORKER, "nanchong", civil_date(then), "bills").found == {"bill_missing": 1}
    beyond = today() - timedelta(days=400)
    Item.objects.create(zone="nanchong", source="bills", kind="bill_alone", key="OLD", day=beyond)
    bill = {
        "guid": row.guid, "returnTime": told, "invtNo": row.invt_no, "taxNo": "T1", "customsTax": "0", "consumptionTax": "0", "status": "1",
        "valueAddedTax": yuan(sum(Assessment.objects.values_list("vat_fen", flat=True))),
    }  # fmt: skip
    tell_bill("CEB816Message", bill)
    assert Item.objects.get(kind="bill_missing").state == "open"
    assert reconciled_at(monkeypatch, clock.now()) == {("bills", civil_date(then))}
    assert Item.objects.get(kind="bill_missing").state == "cleared"
    assert Item.objects.get(key="OLD").state == "open"
    assert reconciled_at(monkeypatch, clock.now() + timedelta(hours=6)) == set()


def reconciled_at(monkeypatch: pytest.MonkeyPatch, at: datetime) -> set[Any]:
    """(source, day) run when the clock strikes, besides the last four days with every side."""
    Run.objects.all().delete()
    struck(monkeypatch, "risk.reconcile", at)
    days = set(Run.objects.filter(zone="nanchong").values_list("source", "day"))
    last = {(source, civil_date(at) - timedelta(days=back)) for source in SOURCES for back in (1, 2, 3, 4)}
    assert days >= last
    return days - last


@pytest.mark.django_db
def test_days_with_open_items_are_run_again_in_turns() -> None:
    """No more than a batch at a time, those first whose turn was longest ago."""
    now = clock.now()
    for back in range(3):
        Item.objects.create(
            zone="nanchong", source="window", kind="unanswered", key=f"K{back}", day=today() - timedelta(days=10 + back), seen_at=now - timedelta(hours=back)
        )  # fmt: skip
    span = (today() - timedelta(days=365), today() - timedelta(days=4))
    days = [day for _, day in queries.open_days("nanchong", SOURCES, *span, 2)]
    assert days == [today() - timedelta(days=12), today() - timedelta(days=11)]
    Item.objects.filter(key="K2").update(seen_at=now + timedelta(hours=1))
    assert queries.open_days("nanchong", SOURCES, *span, 1) == [("window", today() - timedelta(days=11))]
    assert queries.open_days("meishan", SOURCES, *span, 9) == []


@pytest.mark.breaks
def test_a_difference_that_moves_to_another_day_does_not_go_to_and_fro(zone: Plan, keys: Any) -> None:
    """The run of the day on which it was found last clears it; that of another day leaves it alone."""
    declared(zone, keys)
    delivered()
    Declaration.objects.update(state="review")
    assert kinds() == {"state": 1}
    Outgoing.objects.update(created_at=clock.now() - timedelta(days=6))
    old = today() - timedelta(days=6)
    assert reconcile(WORKER, "nanchong", old, "window").found == {"state": 1}
    assert kinds() == {}
    item = Item.objects.get()
    assert (item.state, item.day) == ("open", old)
    Declaration.objects.update(state="accepted")
    assert reconcile(WORKER, "nanchong", old, "window").cleared == 1


# ── owners ───────────────────────────────────────────────────────────────────
def person(name: str, role: str = "officer.customs", zone: str = "nanchong") -> Person:
    add_person(OPERATOR, name, "a-long-password-1", role=role, title=f"{name}的姓名", zone=zone)
    return Person.objects.get(username=name)


@pytest.mark.django_db
def test_an_item_is_given_to_a_colleague_at_the_same_desk_and_to_nobody_else() -> None:
    me, mate, left = of_person(person("wang")), person("li"), person("zhao")
    Person.objects.filter(pk=left.pk).update(is_active=False)
    others = (person("qian", "officer.tax"), person("sun", zone="deyang"), person("zhou", "officer.fx"), left)
    item = Item.objects.create(zone="nanchong", source="window", kind="unanswered", key="K", day=today())
    assert [one.username for one in queries.colleagues(me, "nanchong")] == ["li", "wang"]
    for one in others:
        assert [each.code for each in actions.assign(me, item.pk, str(one.pk)).findings] == ["RECONCILE-COLLEAGUE"]
    assert [each.code for each in actions.assign(me, item.pk, "0 OR 1=1").findings] == ["RECONCILE-COLLEAGUE"]
    done = actions.assign(me, item.pk, str(mate.pk)).item
    assert (done.owner, done.owner_title) == (f"person:{mate.pk}", "li的姓名")
    taken = actions.assign(me, item.pk).item
    assert (taken.owner, taken.owner_title) == (me.name, "wang的姓名")
    assert Entry.objects.filter(verb="risk.assign").order_by("-pk").first().facts["owner"] == me.name


@pytest.mark.django_db
def test_the_owner_of_an_overdue_item_is_reminded_once_and_a_new_owner_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    me, mate = person("wang"), person("li")
    made = owned(me)
    late = made["unanswered"]
    for one in (me, mate):
        Way.objects.create(person=one, channel=next(iter(CHANNELS)), sealed=b"", shown="")
    assert queries.due_on(late) == today() - timedelta(days=1)
    noon = datetime.combine(today(), time(12), BEIJING)
    for hours in (0, 1):
        struck(monkeypatch, "risk.remind", noon + timedelta(hours=hours))
    notice = Notice.objects.get()
    assert (notice.person, notice.place, "已逾期" in notice.title) == (f"person:{me.pk}", f"reconciliation/{late.pk}", True)
    assert list(Dispatch.objects.values_list("way__person__username", flat=True)) == ["wang"]
    assert unread(of_person(me), me).count() == 1
    assert unread(of_person(mate), mate).count() == 0
    actions.assign(of_person(me), late.pk, str(mate.pk))
    struck(monkeypatch, "risk.remind", noon + timedelta(hours=2))
    assert Notice.objects.count() == 2
    assert unread(of_person(mate), mate).count() == 1


def owned(who: Person) -> dict[str, Item]:
    """Four items found three days ago: overdue, nobody's, in time (three days), settled."""
    found, mine = clock.now() - timedelta(days=3), f"person:{who.pk}"
    more: dict[str, dict[str, Any]] = {
        "unanswered": {"owner": mine}, "undelivered": {}, "unknown": {"owner": mine},
        "state": {"owner": mine, "state": "settled", "reason": "已核对"},
    }  # fmt: skip
    return {
        kind: Item.objects.create(zone="nanchong", source="window", kind=kind, key=kind, day=today(), found_at=found, **each)
        for kind, each in more.items()
    }


# ── signals ──────────────────────────────────────────────────────────────────
ADDRESS = "a" * 32


def bought(count: int, at: datetime, *, fen: int = 10_000, address: str = ADDRESS, buyer: str = "", zone: str = "nanchong") -> list[int]:
    """Imports of so many buyers, or of one, that go to one address; without their messages."""
    first = Declaration.objects.count()
    made = Declaration.objects.bulk_create(
        Declaration(
            zone=zone, message_id=0, sender_code="S", guid=f"G{number}", flow="I", mode="9610", ebp_code="P", order_no=f"O{number}", ebc_code="91511300MA6DEM014G",
            logistics_code="L", logistics_no=f"W{number}", agent_code="91511300MA6DEM014G", customs_code="7905", currency="142", goods_fen=fen, freight_fen=0, insured_fen=0,
            gross_g=1, quota_key=buyer or f"{number:032d}", buyer_key="b", address_key=address, declared_on=civil_date(at), declared_at=at, received_at=at, state="sent",
        )
        for number in range(first, first + count)
    )  # fmt: skip
    return [one.pk for one in made]


NIGHT = datetime(2026, 11, 28, 12, 0, tzinfo=BEIJING)


def signals() -> list[tuple[str, str, list[int]]]:
    return [(row.key.partition(":")[0], row.state, row.facts["lists"]) for row in Item.objects.filter(source="risk").order_by("key")]


@pytest.mark.django_db
@pytest.mark.rule("R-1004")
@pytest.mark.rule("R-1002")
def test_split_orders_become_items_once_however_often_the_night_is_run() -> None:
    """Recomputed: a list that was taken back is gone from it; the lists themselves are left alone."""
    early = bought(3, NIGHT - timedelta(days=29))
    late = bought(2, NIGHT)
    bought(4, NIGHT, address="c" * 32)
    bought(5, NIGHT, zone="deyang")
    before = list(Declaration.objects.order_by("pk").values_list("state", "reason", "findings"))
    for _ in range(2):
        assert detect(WORKER, "nanchong", NIGHT.date()).found == {"R-1004": 1}
    item = Item.objects.get(source="risk")
    assert (item.kind, item.party_code, item.declaration_id) == ("R-1004", "", None)
    assert item.facts["lists"] == [*early, *late]
    assert item.facts["values"] == {**split_orders.defaults, "limit_fen": 500_000}
    assert (item.facts["rule"], item.facts["confidence"], item.facts["buyers"]) == ("R-1004", "D", 5)
    assert list(Declaration.objects.order_by("pk").values_list("state", "reason", "findings")) == before
    run = Run.objects.get(source="risk")
    assert (run.ours, run.found) == (6, {"R-1004": 1})
    Declaration.objects.filter(pk=early[0]).update(live=False)
    gone = detect(WORKER, "nanchong", NIGHT.date())
    assert (gone.found, gone.cleared, signals()[0][1]) == ({}, 1, "cleared")


@pytest.mark.django_db
@pytest.mark.rule("R-1004")
def test_a_signal_that_was_settled_stays_so_this_month_and_comes_up_again_in_the_next() -> None:
    bought(4, NIGHT - timedelta(days=1))
    bought(1, NIGHT)
    detect(WORKER, "nanchong", NIGHT.date())
    actions.settle(office(), Item.objects.get().pk, "快递代收点")
    bought(1, NIGHT + timedelta(days=1))
    detect(WORKER, "nanchong", NIGHT.date() + timedelta(days=1))
    assert [state for _, state, _ in signals()] == ["settled"]
    bought(1, NIGHT + timedelta(days=4))
    detect(WORKER, "nanchong", NIGHT.date() + timedelta(days=4))
    assert [state for _, state, _ in signals()] == ["settled", "open"]


@pytest.mark.django_db
@pytest.mark.rule("R-1004")
def test_a_zone_sets_its_own_values_in_its_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "nanchong.toml"
    own = (FOLDER / "nanchong.toml").read_text("utf-8") + "\n[risk.R-1004]\nbuyers = 3\ndays = 7\n"
    file.write_text(own, "utf-8")
    plan = load(file)
    assert plan.risk == {"R-1004": {"buyers": 3, "days": 7}}
    bought(3, NIGHT)
    assert detect(WORKER, "nanchong", NIGHT.date()).found == {}
    monkeypatch.setattr("gongfu.modules.risk.detecting.plans", lambda: {"nanchong": plan})
    assert detect(WORKER, "nanchong", NIGHT.date()).found == {"R-1004": 1}
    assert Item.objects.get().facts["values"]["buyers"] == 3
    for wrong in ('[risk.R-1004]\nbuyers = "3"', "[risk.R-1004]\nbuyers = 0", "[risk.splits]\nbuyers = 3"):
        file.write_text(own.replace("[risk.R-1004]\nbuyers = 3", wrong), "utf-8")
        assert [one.where.partition(".")[0] for one in check(file)] == ["risk"], wrong


@pytest.mark.django_db
@pytest.mark.rule("R-1004")
def test_the_clock_looks_at_each_day_once_it_is_over_and_makes_up_for_missed_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    bought(5, NIGHT - timedelta(days=2))
    bought(5, NIGHT, address="c" * 32)
    with clock.standing_at(NIGHT):
        struck(monkeypatch, "risk.detect", NIGHT)
        days = set(Run.objects.filter(zone="nanchong", source="risk").values_list("day", flat=True))
        assert days == {NIGHT.date() - timedelta(days=back) for back in (1, 2, 3, 4)}
        assert len(signals()) == 1, "the day at hand is not over"
        Run.objects.update(ours=99)
        struck(monkeypatch, "risk.detect", NIGHT + timedelta(hours=1))
        assert set(Run.objects.values_list("ours", flat=True)) == {99}
    with clock.standing_at(NIGHT + timedelta(days=1)):
        struck(monkeypatch, "risk.detect", NIGHT + timedelta(days=1))
    assert len(signals()) == 2


# ── the command ──────────────────────────────────────────────────────────────
def test_a_day_is_reconciled_from_the_command_line(shell: test_commands.Shell, tmp_path: Path) -> None:
    folder = tmp_path / "day"
    shell("simulate", "day", "--zone", "deyang", "--lists", "8", "--seed", "3", "--out", str(folder))
    shell("parties", "import", str(folder / "parties.csv"))
    shell("parties", "certificate", "add", "--cert", str(folder / "certificates"))
    assert shell("intake", str(folder / "messages"), "--zone", "deyang")[0] in (0, 1)
    day = datetime.now(BEIJING).date().isoformat()
    argv = ("reconcile", "--zone", "deyang", "--day", day)
    code, out, err = shell(*argv, "--json")
    assert err == ""
    told = json.loads(out)
    assert (told["zone"], told["day"], [one["source"] for one in told["sides"]]) == ("deyang", day, list(SOURCES))
    assert told["sides"][0]["ours"] > 0
    assert code == int(any(one["differences"] for one in told["sides"]))
    again = shell(*argv, "--json")
    assert (again[0], [one["differences"] for one in json.loads(again[1])["sides"]]) == (code, [one["differences"] for one in told["sides"]])
    code, out, _ = shell(*argv[:-1], "2026-01-01")
    assert (code, out.count("no difference")) == (0, 4)
    code, out, err = shell("reconcile", "--zone", "atlantis", "--day", day)
    assert (code, out, "no zone atlantis" in err) == (2, "", True)
    assert shell("reconcile", "--zone", "deyang", "--day", "yesterday")[0] == 2


def deliver(code: str, rows: list[tuple[str, int]], day: Any, flow: str = "payments") -> None:
    """A statement through the feeds' own door, as the zone office registered it."""
    told = {
        "code": f"{flow}-statements", "kind": "statements", "title": "对账单", "party_code": code, "form": "csv", "every": "1", "unit": "day", "due_at": "09:00",
        "working_days": "是", "grace_minutes": "60", "mapping": f'flow = "{flow}"\nfirm = 企业\nnumber = 单号\nday = 日期\namount = 金额\n',
    }  # fmt: skip
    assert feeds.register(office(role="zone.office"), told).findings == []
    lines = [f"{code},{number},{day.isoformat()},{fen // 100}.{fen % 100:02d}" for number, fen in rows]
    body = "\n".join(["企业,单号,日期,金额", *lines]) + "\n"
    taken = feeds.receive(WORKER, told["code"], body.encode(), "pay.csv", channel="page", zone="nanchong")
    assert taken.delivery is not None, taken.finding
    taking.take_up(WORKER, taken.delivery.pk)
