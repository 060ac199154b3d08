"""A firm gets on the whitelist by its record alone, its lists run against the clock, and a red flag takes it off the same day."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

import pytest
from django.core.exceptions import PermissionDenied

from gongfu.base.access.actor import WORKER, Actor
from gongfu.base.access.roles import EVERYONE, roles
from gongfu.base.cases import actions as cases
from gongfu.base.events import schedule, worker
from gongfu.base.events.bus import announce
from gongfu.base.files import actions as files
from gongfu.base.files.models import File
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import BEIJING, civil_date, digits17, moment
from gongfu.base.notices.models import Notice
from gongfu.base.registers import actions as registers
from gongfu.base.registers.models import Entry
from gongfu.modules.declarations import reviewing
from gongfu.modules.declarations.events import DeclarationsMoved
from gongfu.modules.declarations.models import Declaration, Move
from gongfu.modules.risk import actions, frames, queries
from gongfu.modules.risk.models import Check, Clock, Item, StepTime
from gongfu.modules.risk.rules import clocks
from gongfu.modules.tax.actions import HOLDING, set_guarantee
from gongfu.peers.papers import stamp
from journeys.shop import Shop

pytestmark = [pytest.mark.feature("risk.whitelist"), pytest.mark.rule("R-710"), pytest.mark.django_db]
ZONE, CODE = "nanchong", "91511300MA6DEM014G"
STATED = {"grade": "certified", "score": "820", "opinion": "同意"}


def actor(role: str, number: int, code: str = "") -> Actor:
    one = roles()[role]
    return Actor(f"person:{number}", one.reach, one.may | EVERYONE, (ZONE,), (code,) if code else (), role)


FIRM, CUSTOMS, OFFICE = actor("firm.admin", 1, CODE), actor("officer.customs", 2), actor("zone.office", 3)


def lists(count: int, state: str, at: datetime, reason: str = "", code: str = CODE) -> list[int]:
    """Lists as the ledger holds them, without their messages."""
    first = Declaration.objects.count()
    made = Declaration.objects.bulk_create(
        Declaration(
            zone=ZONE, message_id=0, sender_code=code, guid=f"G{first + one}", flow="E", mode="9610", ebp_code="P", order_no=f"O{first + one}", ebc_code="E",
            logistics_code="L", logistics_no=f"W{first + one}", agent_code=code, customs_code="7905", currency="142", goods_fen=100, freight_fen=0, insured_fen=0,
            gross_g=1, declared_on=civil_date(at), declared_at=at, received_at=at, state=state, reason=reason, live=state not in ("refused", "rejected"),
        )
        for one in range(count)
    )  # fmt: skip
    return [one.pk for one in made]


def moved(number: int, *steps: tuple[str, datetime], why: str = "担保额度不足", official: bool = False) -> None:
    """why: the reason of its holds.  official: the moves were told by customs, at those times."""
    before = ""
    for state, at in steps:
        told = digits17(at) if official and state not in ("waiting", "held", "ready", "sent") else ""
        Move.objects.create(declaration_id=number, before=before, state=state, actor="test", origin="test", at=at, returned_at=told, why=why if state == "held" else "")
        before = state
    Declaration.objects.filter(pk=number).update(
        state=before, released_at=steps[-1][1] if before == "released" else None
    )


def record(errors: int = 1) -> None:
    """Seven months of lists: 100 of the last month, so many of them refused."""
    now = clock.now()
    lists(5, "released", now - timedelta(days=215))
    lists(100 - errors, "released", now - timedelta(days=20))
    lists(errors, "refused", now - timedelta(days=20), "BIZ-MATCH-AMOUNT" if errors > 1 else "BIZ-OTHER")


def applied() -> int:
    case = cases.open_case(FIRM, "register.whitelist", zone=ZONE, raw={"name": "演示报关"}, party_code=CODE).case
    assert case is not None
    return case.pk


def evidence() -> str:
    kept = files.keep(CUSTOMS, b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n", "等级.pdf")
    assert isinstance(kept, File), kept
    return kept.sha256


def admitted() -> Entry:
    record()
    number = applied()
    assert cases.take(FIRM, number, "submit").findings == []
    assert cases.take(CUSTOMS, number, "propose", {**STATED, "evidence": evidence()}).findings == []
    assert cases.take(OFFICE, number, "admit").done
    return Entry.objects.get(kind="whitelist", party_code=CODE)


def test_a_good_record_and_four_eyes_admit_a_firm() -> None:
    entry = admitted()
    assert (entry.withdrawn_on, entry.zone) == (None, ZONE)
    facts = queries.stated(entry.case_id)
    assert (facts["measured"]["lists"], facts["measured"]["errors"], facts["grade"]) == (100, 1, "certified")


def test_figures_are_measured_and_cannot_be_typed_in() -> None:
    record(errors=5)
    case = cases.open_case(
        FIRM, "register.whitelist", zone=ZONE, raw={"name": "演示报关", "measured": {"errors": 0}}, party_code=CODE
    ).case
    assert case is not None
    told = cases.take(FIRM, case.pk, "submit", {"measured": {"errors": 0}})
    assert [one.code for one in told.findings] == ["WHITELIST-ERRORS", "WHITELIST-MATCHES"]
    case.refresh_from_db()
    assert case.state == "draft"


def test_what_cannot_be_measured_is_stated_with_evidence_or_nobody_is_admitted() -> None:
    record()
    number = applied()
    cases.take(FIRM, number, "submit")
    for said in (STATED, {"opinion": "同意"}):
        told = cases.take(CUSTOMS, number, "propose", said)
        assert [one.code for one in told.findings] == ["WHITELIST-UNSTATED", "WHITELIST-UNSTATED"]
    low = cases.take(CUSTOMS, number, "propose", {**STATED, "grade": "untrusted", "evidence": evidence()})
    assert [one.code for one in low.findings] == ["WHITELIST-GRADE"]


def test_a_record_that_got_worse_after_the_proposal_stops_the_admission() -> None:
    record()
    number = applied()
    cases.take(FIRM, number, "submit")
    assert cases.take(CUSTOMS, number, "propose", {**STATED, "evidence": evidence()}).done
    lists(3, "refused", clock.now(), "BIZ-OTHER")
    assert [one.code for one in cases.take(OFFICE, number, "admit").findings] == ["WHITELIST-ERRORS"]
    assert not Entry.objects.filter(kind="whitelist").exists()


def test_the_proposer_does_not_decide() -> None:
    record()
    number = applied()
    cases.take(FIRM, number, "submit")
    both = Actor(CUSTOMS.name, "zone", CUSTOMS.may | {"risk.admit"}, (ZONE,), (), "officer.customs")
    assert cases.take(both, number, "propose", {**STATED, "evidence": evidence()}).done
    with pytest.raises(PermissionDenied):
        cases.take(both, number, "admit")


def test_a_red_flag_suspends_the_same_day_with_notice() -> None:
    entry, today = admitted(), civil_date(clock.now())
    flag = {"number": "缉私1号", "code": CODE, "flag": "smuggling", "about": "立案"}
    assert registers.write(CUSTOMS, "flags", zone=ZONE, raw=flag).entry is not None
    done = actions.watch(WORKER, ZONE, today)
    assert done.suspended == [CODE]
    entry.refresh_from_db()
    assert entry.withdrawn_on == today
    assert not queries.members(ZONE, today).exists()
    assert Notice.objects.filter(party_code=CODE, place="standing").count() == 1
    check = Check.objects.get(why="flag")
    assert (check.suspended, check.failed) == (True, ["cases"])
    assert actions.watch(WORKER, ZONE, today).checked == 0


def test_each_member_is_checked_once_a_month_and_what_fell_below_is_suspended() -> None:
    entry, today = admitted(), civil_date(clock.now())
    assert (actions.watch(WORKER, ZONE, today).checked, actions.watch(WORKER, ZONE, today).checked) == (1, 0)
    entry.refresh_from_db()
    assert entry.withdrawn_on is None
    lists(3, "refused", clock.now(), "BIZ-OTHER")
    ahead = today.replace(day=1) + timedelta(days=32)
    assert actions.watch(WORKER, ZONE, ahead).suspended == [CODE]


@pytest.mark.rule("R-1206")
def test_breaches_name_the_step_and_the_share_is_counted_from_the_lists() -> None:
    admitted()
    now = clock.now()
    Entry.objects.update(valid_from=civil_date(now) - timedelta(days=9))
    numbers = lists(20, "waiting", now - timedelta(hours=60))
    for place, number in enumerate(numbers):
        start = now - timedelta(hours=60)
        ends = start + timedelta(hours=2 + (30 if place == 0 else 3))
        moved(number, ("waiting", start), ("ready", start + timedelta(hours=1)), ("sent", start + timedelta(hours=1)), ("accepted", start + timedelta(hours=2)), ("inspection", start + timedelta(hours=3)), ("released", ends))  # fmt: skip
    announce(DeclarationsMoved(tuple(numbers), ()))
    worker.drain()
    assert Clock.objects.count() == 20
    item = Item.objects.get(source="clock")
    assert (item.declaration_id, item.kind, item.theirs) == (numbers[0], "late", f"inspection|{29 * 3600}")
    end = now + timedelta(days=1)
    assert queries.on_time(ZONE, now - timedelta(days=30), end, CODE) == (20, 19)
    whole = queries.step_times(ZONE, now - timedelta(days=30), end, CODE)[-1]
    assert (whole["lists"], whole["p50_s"], whole["p95_s"]) == (20, 4 * 3600, 4 * 3600)


@pytest.mark.rule("R-1206")
def test_stored_clocks_equal_a_recount_from_the_ledger_and_drawing_again_changes_nothing() -> None:
    now = clock.now()
    numbers = lists(3, "waiting", now - timedelta(hours=60))
    for place, number in enumerate(numbers):
        start = now - timedelta(hours=60 - place)
        moved(number, ("waiting", start), ("held", start + timedelta(hours=1)), ("ready", start + timedelta(hours=9 + place)), ("sent", start + timedelta(hours=10 + place)), ("released", start + timedelta(hours=20)))  # fmt: skip
    actions.draw_clocks(WORKER, numbers)
    before = list(
        Clock.objects.order_by("declaration_id").values("declaration_id", "counted_s", "stopped_s", "slowest", "held_s")
    )
    actions.draw_clocks(WORKER, numbers)
    assert (
        list(
            Clock.objects.order_by("declaration_id").values(
                "declaration_id", "counted_s", "stopped_s", "slowest", "held_s"
            )
        )
        == before
    )
    again = (
        clocks.clocks(frames.moves(numbers), now).select("list", "counted_s", "stopped_s", "slowest", "held_s").rows()
    )
    assert [tuple(one.values()) for one in before] == again
    assert before[0]["held_s"] == 8 * 3600


def test_a_list_that_is_late_and_not_released_is_on_the_work_list() -> None:
    admitted()
    now = clock.now()
    (number,) = lists(1, "waiting", now - timedelta(hours=40))
    moved(
        number,
        ("waiting", now - timedelta(hours=40)),
        ("ready", now - timedelta(hours=39)),
        ("sent", now - timedelta(hours=38)),
    )
    (other,) = lists(1, "waiting", now - timedelta(hours=40))
    moved(other, ("waiting", now - timedelta(hours=40)))
    assert actions.watch_open(WORKER, ZONE, civil_date(now)).late == 1
    item = Item.objects.get(source="clock")
    assert (item.declaration_id, item.kind, item.theirs.split("|")[0]) == (number, "running", "sent")


@pytest.mark.rule("R-1206")
def test_an_item_of_a_running_list_is_cleared_when_the_list_is_released_or_ended() -> None:
    admitted()
    Entry.objects.update(valid_from=civil_date(clock.now()) - timedelta(days=9))
    now = clock.now()
    goes, ends, stays = lists(3, "sent", now - timedelta(hours=40))
    for number in (goes, ends, stays):
        moved(number, ("waiting", now - timedelta(hours=40)), ("ready", now - timedelta(hours=40)), ("sent", now - timedelta(hours=39)))
    assert actions.watch_open(WORKER, ZONE, civil_date(now)).late == 3
    Move.objects.create(declaration_id=goes, before="sent", state="released", actor="test", origin="test", at=now)
    Declaration.objects.filter(pk=goes).update(state="released", released_at=now)
    announce(DeclarationsMoved((goes,), ()))
    worker.drain()
    assert states() == {("running", goes): "cleared", ("running", ends): "open", ("running", stays): "open", ("late", goes): "open"}
    moved_on = Move.objects.create(declaration_id=ends, before="sent", state="rejected", actor="test", origin="test", at=now)
    Declaration.objects.filter(pk=ends).update(state=moved_on.state, live=False)
    assert actions.watch_open(WORKER, ZONE, civil_date(now)).late == 1
    assert states() == {("running", goes): "cleared", ("running", ends): "cleared", ("running", stays): "open", ("late", goes): "open"}
    assert Item.objects.get(kind="running", declaration_id=ends).settled_at is not None


def states() -> dict[tuple[str, int], str]:
    return {(row.kind, row.declaration_id): row.state for row in Item.objects.all()}


@pytest.mark.rule("R-1206")
def test_whatever_holds_a_list_waits_for_the_firm_or_for_an_officer() -> None:
    """A code that holds lists belongs to one of the two, so that the clock knows for whom it would stop."""
    for_officers = {*reviewing.MAY_PASS, "TAX-NO-DUTY-RATE"}
    assert not set(clocks.FIRMS) & for_officers
    assert set(HOLDING) | set(reviewing.MAY_PASS) == set(clocks.FIRMS) | for_officers


@pytest.mark.rule("R-1206")
def test_the_clock_runs_while_an_officer_is_waited_for_and_stops_for_a_guarantee(shop: Shop) -> None:
    """Held for the age of its order, passed by an officer, held again for its guarantee: each hold counts for whom it waits."""
    unit = shop.buy(100_000)
    unit.heads["CEB311Message"]["appTime"] = stamp(shop.at - timedelta(days=61))
    guarantor = unit.heads["CEB621Message"]["assureCode"]
    shop.send(unit)
    row = Declaration.objects.get(order_no=unit.order_no)
    assert (row.state, row.reason) == ("held", "BIZ-MATCH-AGE")
    assert set_guarantee(WORKER, guarantor, 0).findings == ()
    officer = Actor("person:9", "zone", frozenset({"declarations.review"}), (ZONE,))
    assert not reviewing.let_pass(officer, row.pk).findings
    worker.drain()
    row.refresh_from_db()
    assert (row.state, row.reason) == ("held", "QUOTA-GUARANTEE")
    moves = list(row.moves.order_by("pk").values_list("pk", "before", "state"))
    assert [one[1:] for one in moves] == [("", "waiting"), ("waiting", "held"), ("held", "waiting"), ("waiting", "held")]
    start = clock.now() - timedelta(hours=10)
    for (number, *_), hours in zip(moves, (0, 1, 4, 4), strict=True):
        Move.objects.filter(pk=number).update(at=start + timedelta(hours=hours))
    one = clocks.clocks(frames.moves([row.pk]), start + timedelta(hours=10)).row(0, named=True)
    assert (one["waiting_s"], one["officer_s"], one["held_s"]) == (3600, 3 * 3600, 6 * 3600)
    told = queries.clock_of(row, start + timedelta(hours=10))
    assert told is not None
    assert (told.counted_s, told.stopped_s, told.still, told.ended) == (3 * 3600, 7 * 3600, True, False)
    assert [(state, reason, until is None) for state, reason, _, until in told.stops] == [
        ("waiting", "", False),
        ("held", "QUOTA-GUARANTEE", True),
    ]


# ── the strikes ──────────────────────────────────────────────────────────────
def struck(monkeypatch: pytest.MonkeyPatch, name: str, at: datetime) -> None:
    """The clock strikes for one recurring work alone; its fault would be kept in its row."""
    monkeypatch.setattr(schedule, "RECURRING", {name: schedule.RECURRING[name]})
    assert schedule.strike(at) == 1
    assert schedule.Strike.objects.get(name=name).error == ""


def test_the_clock_watches_the_whitelist(monkeypatch: pytest.MonkeyPatch) -> None:
    entry, now = admitted(), clock.now()
    flag = {"number": "缉私2号", "code": CODE, "flag": "ip", "about": "立案"}
    assert registers.write(CUSTOMS, "flags", zone=ZONE, raw=flag).entry is not None
    struck(monkeypatch, "risk.watch", now)
    entry.refresh_from_db()
    assert entry.withdrawn_on == civil_date(now)


@pytest.mark.rule("R-1206")
def test_the_clock_looks_for_breaches(monkeypatch: pytest.MonkeyPatch) -> None:
    admitted()
    now = clock.now()
    (number,) = lists(1, "ready", now - timedelta(hours=40))
    moved(number, ("waiting", now - timedelta(hours=40)), ("ready", now - timedelta(hours=39)))
    struck(monkeypatch, "risk.breaches", now)
    assert states() == {("running", number): "open"}


@pytest.mark.rule("R-1206")
def test_the_clock_publishes_this_month_and_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    at = datetime(2026, 11, 15, 12, 0, tzinfo=BEIJING)
    for day in (datetime(2026, 10, 31, 23, 0, tzinfo=BEIJING), datetime(2026, 11, 1, 0, 0, tzinfo=BEIJING), datetime(2026, 9, 30, 9, 0, tzinfo=BEIJING)):
        numbers = lists(5, "waiting", day)
        for number in numbers:
            moved(number, ("waiting", day), ("ready", day), ("sent", day), ("released", day + timedelta(minutes=30)))
        actions.draw_clocks(WORKER, numbers)
    struck(monkeypatch, "risk.publish", at)
    assert {(row.month, row.lists) for row in StepTime.objects.filter(step="whole")} == {("2026-10", 5), ("2026-11", 5)}


@pytest.mark.rule("R-1206")
def test_published_times_equal_an_independent_recount_from_the_moves() -> None:
    rng, start = Random(7), datetime(2026, 11, 2, 9, 0, tzinfo=BEIJING)
    numbers = lists(23, "waiting", start)
    for number in numbers:
        walk, at = [], start
        for state in ("waiting", *rng.choice(((), ("held",))), "ready", "sent", "accepted", *rng.choice(((), ("review",), ("inspection", "detained"))), "released"):
            walk.append((state, at))
            at += timedelta(seconds=rng.randrange(90_000))
        moved(number, *walk, why=rng.choice(("担保额度不足", "订单过久", "账册库存不足", "订购人未满年龄")), official=rng.random() < 0.5)
    actions.draw_clocks(WORKER, numbers)
    actions.publish(WORKER, ZONE, "2026-11")
    spent = [recounted(number) for number in numbers]
    rows = {row.step: row for row in StepTime.objects.filter(zone=ZONE, month="2026-11")}
    assert set(rows) == {*clocks.STEPS, "whole"}
    for step, row in rows.items():
        values = sorted(one[step] for one in spent)
        assert row.lists == len(values) == 23
        assert [row.p50_s, row.p90_s, row.p95_s] == [values[-(-len(values) * share // 100) - 1] for share in (50, 90, 95)], step
    assert rows["officer"].p95_s > 0
    assert rows["held"].p95_s > 0


def recounted(number: int) -> dict[str, int]:
    """Seconds by step of one list, walked move by move."""
    spent = dict.fromkeys((*clocks.STEPS, "whole"), 0)
    step, since = "", 0
    for move in Move.objects.filter(declaration_id=number).order_by("pk"):
        at = int((moment(move.returned_at[:14]) if move.returned_at else move.at).timestamp())
        if step:
            spent[step] += at - since
        firm = move.why in ("担保额度不足", "账册库存不足")
        step, since = ("officer" if not firm else "held") if move.state == "held" else move.state, at
        if step == "released":
            break
    return {**spent, "whole": sum(took for name, took in spent.items() if name not in ("waiting", "held"))}


def test_published_times_are_sums_of_many_lists_only() -> None:
    now = clock.now()
    month = f"{civil_date(now):%Y-%m}"
    numbers = lists(4, "waiting", now)
    for number in numbers:
        moved(number, ("waiting", now), ("ready", now), ("sent", now), ("released", now))
    actions.draw_clocks(WORKER, numbers)
    actions.publish(WORKER, ZONE, month)
    assert not StepTime.objects.exists()
    (more,) = lists(1, "waiting", now)
    moved(more, ("waiting", now), ("ready", now), ("sent", now), ("released", now))
    actions.draw_clocks(WORKER, [more])
    actions.publish(WORKER, ZONE, month)
    whole = StepTime.objects.get(step="whole")
    assert (whole.lists, whole.whitelisted, whole.on_time) == (5, 0, 0)
