"""Each invariant is broken on purpose, behind the back of what guards it, and `check_invariants` must say so (quality I1 to I14)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, transaction
from django.test import override_settings

from gongfu.base.access.actor import OPERATOR, WORKER
from gongfu.base.events.schedule import strike
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import BEIJING
from gongfu.config import exchange
from gongfu.config.demo import enrol
from gongfu.config.invariants import violations
from gongfu.config.processes import until
from gongfu.core.ceb import sign
from gongfu.modules.declarations import summed
from gongfu.modules.intake.actions import accept
from gongfu.modules.tax import actions as tax
from gongfu.peers.day import day
from gongfu.peers.firms import firms
from gongfu.zones.plan import Plan, plans
from house.crowd import sealed

pytestmark = [pytest.mark.feature("intake.messages"), pytest.mark.feature("access.security")]
LISTS = 60
NUMBER, MOBILE = "510603199003071238", "13800138000"
RELEASED = "(SELECT min(id) FROM declarations_declaration WHERE flow = 'I' AND state IN ('released', 'closed'))"
ANSWERED = "(SELECT min(message_id) FROM intake_receipt WHERE origin = 'platform')"
GUARDED = (
    "audit_entry", "intake_message", "intake_original", "intake_messagekey", "intake_receipt", "intake_outgoing", "declarations_declaration", "declarations_move",
    "ledgers_account", "ledgers_movement", "trade_order", "trade_payment", "trade_waybill", "tax_assessment", "events_work",
    "declarations_followup", "declarations_exported", "declarations_summaryform", "matching_chain", "matching_gap", "risk_clock", "risk_steptime",
)  # fmt: skip


def copied(table: str, which: str, **changed: str) -> str:
    """A statement that puts a row in a second time, with an id of its own and some columns changed (SQL expressions)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s",
            [table],
        )
        columns = [name for (name,) in cursor.fetchall()]
    values = {name: f'"{name}"' for name in columns} | {"id": "id + 1000000"} | changed
    names = ", ".join(f'"{name}"' for name in columns)
    return (
        f"INSERT INTO {table} ({names}) SELECT {', '.join(values[name] for name in columns)} FROM {table} WHERE {which}"
    )


@pytest.fixture(scope="module")
def settled(django_db_setup: None, django_db_blocker: Any, keys: Any, tmp_path_factory: Any) -> Iterator[None]:
    """A day of a zone that has come to rest, committed; emptied at the end."""
    folder, plan, today = tmp_path_factory.mktemp("settled"), plans()["nanchong"], datetime.now(BEIJING).date()
    with django_db_blocker.unblock(), override_settings(LINK_FOLDER=folder / "link", WATCH_FOLDER=folder / "watch"):
        try:
            enrol(plan, keys, today)
            for name, data in day(plan, LISTS, 5, today, keys).messages:
                (folder / name).write_bytes(data)
                exchange.take(folder / name, plan.code)
            exchange.settle(folder)
            summarise(plan, keys)
            exchange.settle(folder)
            strike(clock.now())
            assert sealed()
            yield
        finally:
            call_command("flush", verbosity=0, interactive=False)


def summarise(plan: Plan, keys: Any) -> None:
    """The prepared application for the first month that is still to be summarised, signed by its declarant and handed in."""
    month = summed.months(OPERATOR)[0]
    body = summed.application(OPERATOR, month, 1, clock.now())
    assert body is not None
    agent = next(one for one in firms(plan)["declarant"] if one.code == month.agent_code)
    key, certificate, _ = keys.of(agent)
    assert accept(WORKER, sign.sign(body, key, certificate), zone=plan.code, sender_code=agent.code, channel="cli").finding is None


def after(*statements: str) -> dict[str, list[str]]:
    """What is reported once the statements have run with every guard of the database taken away; undone with the test."""
    with connection.cursor() as cursor:
        for table in GUARDED:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            cursor.execute(statement)
            assert not statement.startswith(("UPDATE", "DELETE", "INSERT")) or cursor.rowcount, (
                f"nothing was broken by {statement}"
            )
    return {name: rows for name, rows in violations().items() if rows}


@pytest.mark.django_db
def test_a_day_that_came_to_rest_violates_nothing(settled: None) -> None:
    assert {name: rows for name, rows in violations().items() if rows} == {}
    assert {f"I{number}" for number in range(1, 15)} - {"I8"} == set(violations())
    with connection.cursor() as cursor:
        for one in ("declarations_summaryline", "risk_clock", "risk_steptime", "matching_chain", "matching_gap"):
            cursor.execute(f"SELECT count(*) FROM {one}")
            assert cursor.fetchone() > (0,), one


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "said", "statements"),
    [
        ("I1", "without one log entry", [f"DELETE FROM audit_entry WHERE subject = 'message:' || {ANSWERED}"]),
        ("I1", "without its bytes", [f"DELETE FROM intake_original WHERE message_id = {ANSWERED}"]),
        ("I1", "differ from their fingerprint", ["UPDATE intake_original SET sealed = set_byte(sealed, 40, 255 - get_byte(sealed, 40))"]),
        ("I1", "without one receipt for each", [f"DELETE FROM intake_receipt WHERE message_id = {ANSWERED}"]),
        ("I1", "without one receipt for each", ["DELETE FROM intake_receipt WHERE id = (SELECT min(id) FROM intake_receipt WHERE origin = 'platform')"]),
        ("I2", "message without its key", [f"DELETE FROM intake_messagekey WHERE message_id = {ANSWERED}"]),
        ("I3", "key and message differ", [f"UPDATE intake_messagekey SET sha256 = 'other' WHERE message_id = {ANSWERED}"]),
        ("I4", "not the last move", [f"UPDATE declarations_declaration SET state = 'sent' WHERE id = {RELEASED}"]),
        ("I5", "beyond its limit", ["ALTER TABLE ledgers_account DROP CONSTRAINT ledgers_account_within_limit", "UPDATE ledgers_account SET limit_units = 1 WHERE committed_units > 1"]),
        ("I5", "none of that year", ["UPDATE ledgers_account SET limit_units = 9000000 WHERE kind = 'quota'"]),
        ("I5", "without counted quota", [f"DELETE FROM ledgers_movement WHERE verb = 'commit' AND subject = {RELEASED}::text"]),
        ("I5", "another person or year", ["UPDATE ledgers_account SET period = '2019' WHERE kind = 'quota'"]),
        ("I5", "above the single limit", [f"UPDATE tax_assessment SET dv_fen = 500001, path = 'within' WHERE declaration_id = {RELEASED}"]),
        ("I6", "does not add up", ["UPDATE trade_order SET paid_fen = paid_fen + 1 WHERE order_type = 'I'"]),
        ("I6", "differs from its entries", [f"DELETE FROM ledgers_movement WHERE verb = 'reserve' AND subject = {RELEASED}::text"]),
        ("I6", "floating point: trade_order.tip_amount", ["ALTER TABLE trade_order ADD COLUMN tip_amount double precision"]),
        ("I7", "without its three documents", ["DELETE FROM trade_waybill"]),
        ("I7", "order and payment differ", ["UPDATE trade_payment SET paid_fen = paid_fen + 1"]),
        ("I7", "export sent without its order and waybill", ["DELETE FROM trade_waybill WHERE logistics_no LIKE 'X%'"]),
        ("I7", "export sent without its order and waybill", ["DELETE FROM trade_order WHERE order_no LIKE 'E%'"]),
        ("I7", "order and list differ", ["UPDATE trade_order SET goods_fen = goods_fen + 1 WHERE order_type = 'E'"]),
        ("I7", "order and list differ", ["UPDATE trade_order SET ebc_code = 'other' WHERE order_type = 'I'"]),
        ("I7", "waybill of another order", ["UPDATE trade_waybill SET order_no = 'other' WHERE order_no <> ''"]),
        ("I7", "receipt of money its day asks for", ["UPDATE declarations_declaration SET declared_on = '2024-12-14' WHERE flow = 'E'"]),
        ("I9", "without outgoing work", ["DELETE FROM intake_outgoing"]),
        ("I9", "ended without a reason", ["UPDATE intake_outgoing SET state = 'dead', reason = ''"]),
        ("I9", "ended without a reason", ["UPDATE intake_outgoing SET state = 'refused', reason = ''"]),
        ("I9", "delivered at no time", ["UPDATE intake_outgoing SET delivered_at = NULL"]),
        ("I9", "received message without work", [f"UPDATE intake_message SET state = 'received' WHERE id = {ANSWERED}"]),
        ("I9", "set aside without a reason", ["INSERT INTO events_work (lane, zone, payload, weight, dead) VALUES ('decode', '', '{}', 1, true)"]),
        ("I10", "entry 3", ["UPDATE audit_entry SET actor = 'another' WHERE seq = 3"]),
        ("I10", "", ["DELETE FROM audit_entry WHERE seq = 3"]),
        ("I10", "", ["UPDATE audit_entry SET seq = CASE seq WHEN 3 THEN 1000004 ELSE 1000003 END WHERE seq IN (3, 4)", "UPDATE audit_entry SET seq = seq - 1000000 WHERE seq > 1000000"]),
        ("I11", "another firm than the sender", ["UPDATE intake_receipt SET party_code = 'other' WHERE id = (SELECT min(id) FROM intake_receipt)"]),
        ("I11", "list of another sender or zone", [f"UPDATE declarations_declaration SET sender_code = 'other' WHERE id = {RELEASED}"]),
        ("I11", "list of another sender or zone", [f"UPDATE declarations_declaration SET zone = 'deyang' WHERE id = {RELEASED}"]),
        ("I11", "follow-up of another sender or zone", ["UPDATE declarations_followup SET zone = 'deyang'"]),
        ("I12", "declarations_move.why", [f"UPDATE declarations_move SET why = '订购人 {NUMBER}' WHERE id = (SELECT min(id) FROM declarations_move)"]),
        ("I12", "intake_message.findings", [f"UPDATE intake_message SET findings = '[\"{MOBILE}\"]' WHERE id = {ANSWERED}"]),
        ("I14", "released list without its clock", ["DELETE FROM risk_clock WHERE id = (SELECT min(id) FROM risk_clock)"]),
        ("I14", "clock of a list that was not released", ["UPDATE risk_clock SET declaration_id = 0 WHERE id = (SELECT min(id) FROM risk_clock)"]),
        ("I14", "clock that differs from the moves", ["UPDATE risk_clock SET waiting_s = waiting_s + 1, stopped_s = stopped_s + 1"]),
        ("I14", "clock that differs from the moves", ["UPDATE risk_clock SET held_s = held_s + 1, ready_s = ready_s - 1"]),
        ("I14", "steps do not add up", ["UPDATE risk_clock SET counted_s = counted_s + 1"]),
        ("I14", "steps do not add up", ["UPDATE risk_clock SET released_at = released_at + interval '1 second'"]),
        ("I14", "step time that differs from its clocks", ["UPDATE risk_steptime SET lists = lists + 1 WHERE step = 'whole'"]),
        ("I14", "step time that differs from its clocks", ["UPDATE risk_steptime SET p90_s = p90_s + 1 WHERE step = 'sent'"]),
        ("I14", "step time that differs from its clocks", ["UPDATE risk_clock SET counted_s = counted_s + 9"]),
        ("I14", "verdict that differs from its gaps", ["UPDATE matching_chain SET verdict = 'matched' WHERE verdict <> 'matched'"]),
        ("I14", "verdict that differs from its gaps", ["DELETE FROM matching_gap"]),
        ("I14", "its rows do not bear out", ["UPDATE trade_payment SET paid_fen = paid_fen + 1"]),
        ("I14", "its rows do not bear out", ["UPDATE declarations_declaration SET state = 'review' WHERE state IN ('released', 'closed')"]),
        ("I14", "its rows do not bear out", ["UPDATE matching_chain SET verdict = 'matched' WHERE flow = 'E'"]),
        ("I14", "gap that its rows contradict", ["UPDATE matching_gap SET kind = 'order_missing' WHERE kind = 'collection_missing'"]),
        ("I14", "gap that its rows contradict", ["UPDATE matching_gap SET kind = 'release_pending' WHERE kind = 'collection_missing'"]),
        ("I14", "cleared export counted under another day", ["UPDATE declarations_exported SET cleared_on = cleared_on + 1 WHERE cleared_on IS NOT NULL"]),
        ("I14", "its summary does not name", ["UPDATE declarations_summaryform SET sum_no = 'other'"]),
        ("I13", "without who or why", ["UPDATE declarations_move SET actor = '' WHERE id = (SELECT min(id) FROM declarations_move)"]),
        ("I13", "follow the one before", [f"UPDATE declarations_move SET before = 'held' WHERE state = 'released' AND declaration_id = {RELEASED}"]),
    ],
)  # fmt: skip
def test_what_is_broken_is_said(settled: None, name: str, said: str, statements: list[str]) -> None:
    found = after(*statements)
    assert any(said in one for one in found.get(name, [])), found


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "said", "table", "which", "changed", "taken_away"),
    [
        ("I1", "the same verdict twice", "intake_receipt", "origin = 'platform'", {}, ""),
        ("I2", "official receipt kept twice", "intake_receipt", "origin = 'customs' AND type = 'CEB622Message'", {}, ""),
        ("I2", "sender and guid twice", "intake_message", f"id = {ANSWERED}", {}, ""),
        ("I2", "two live lists of one order", "declarations_declaration", f"id = {RELEASED}", {}, "DROP INDEX declarations_one_per_order"),
        ("I4", "released twice", "declarations_move", f"state = 'released' AND declaration_id = {RELEASED}", {}, "DROP INDEX declarations_released_once"),
        ("I4", "left released", "declarations_move", f"state = 'released' AND declaration_id = {RELEASED}", {"before": "'released'", "state": "'review'"}, ""),
        ("I6", "got back more than it used", "ledgers_movement", f"verb = 'commit' AND subject = {RELEASED}::text", {"verb": "'reverse'", "amount_units": "amount_units + 1"}, ""),
        ("I7", "payment of two orders", "trade_payment", "true", {"order_no": "order_no || 'B'"}, "DROP INDEX trade_payment_once"),
        ("I7", "waybill of two lists", "declarations_declaration", f"id = {RELEASED}", {"order_no": "order_no || 'B'"}, ""),
    ],
)  # fmt: skip
def test_what_is_there_twice_is_said(
    settled: None, name: str, said: str, table: str, which: str, changed: dict[str, str], taken_away: str
) -> None:
    found = after(*([taken_away] if taken_away else []), copied(table, which, **changed))
    assert any(said in one for one in found.get(name, [])), found


@pytest.mark.django_db
@pytest.mark.rule("R-207")
def test_a_waybill_number_may_serve_again_after_six_months(settled: None) -> None:
    later = {"order_no": "order_no || 'B'", "declared_on": "declared_on + 200"}
    found = after(copied("declarations_declaration", f"id = {RELEASED}", **later))
    assert not any("waybill of two lists" in one for one in found.get("I7", [])), found


@pytest.mark.django_db
@pytest.mark.rule("R-118")
@pytest.mark.feature("tax.imports")
def test_settling_locks_accounts_in_the_order_in_which_reserving_does(settled: None) -> None:
    """One account is held, then another of a higher number asked for, as reserving does; settling both lists meanwhile must not deadlock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (a.id) a.id, m.subject::bigint FROM ledgers_account a JOIN ledgers_movement m ON m.account_id = a.id "
            "WHERE a.kind = 'quota' AND m.verb = 'commit' ORDER BY a.id, m.id"
        )
        (low, ended), *_, (high, released) = cursor.fetchall()
    faults: list[Exception] = []

    def settle() -> None:
        try:
            with transaction.atomic():
                tax.settle_reserved(WORKER, [released], [ended])
                transaction.set_rollback(True)
        except OperationalError as fault:
            faults.append(fault)
        finally:
            connection.close()

    def reserve() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT FROM ledgers_account WHERE id = %s FOR UPDATE", [low])
                settling.start()
                until(lambda: blocked(cursor), 10)
                cursor.execute("SELECT FROM ledgers_account WHERE id = %s FOR UPDATE", [high])
        except OperationalError as fault:
            faults.append(fault)
        finally:
            connection.close()

    settling, reserving = threading.Thread(target=settle), threading.Thread(target=reserve)
    reserving.start()
    reserving.join(30)
    settling.join(30)
    assert faults == []


def blocked(cursor: Any) -> bool:
    """Whether somebody waits for a lock of this connection."""
    cursor.execute("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid)))")
    return bool(cursor.fetchone()[0])
