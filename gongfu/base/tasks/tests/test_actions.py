"""Tasks against the database: opened once, moved by records only, decided by others, counted from records."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongfu.base.access.actor import OPERATOR, Actor
from gongfu.base.audit.models import Entry
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import BEIJING, civil_date
from gongfu.base.tasks import actions, queries
from gongfu.base.tasks.flows import STATES
from gongfu.base.tasks.kinds import KINDS, Seed, TaskKind
from gongfu.base.tasks.models import Record, Task
from gongfu.zones.plan import plans

# A kind as data: what a platform of the zone owes every half year (it comes with no code of its own).
DUTY = KINDS.declare(TaskKind("demo_duty", "平台责任", "Platform duty", "R-1621", recurring=True, check_days=180))
DUTIES = (
    Seed("verify", "核验入驻商家身份", "Verify sellers", lead="market_supervision", party_code="91511300MA6DEM014G"),
    Seed("report", "报告经营者信息", "Report sellers", lead="market_supervision", check_days=30),
)
MAY = frozenset(f"tasks.{verb}" for verb in ("report", "accept", "send_back", "close", "schedule", "extend", "urge"))
CUSTOMS = Actor("person:1", "zone", frozenset({"tasks.report"}), ("nanchong",), role="officer.customs")
OFFICE = Actor("person:2", "zone", MAY | {"tasks.assign", "tasks.urge_overdue"}, ("nanchong",), role="zone.office")
OTHER = replace(OFFICE, name="person:3", zones=("deyang",))
FIRM = Actor("person:4", "own", frozenset({"tasks.report"}), party_codes=("91511300MA6DEM014G",), role="firm.operator")
PLAN = plans()["nanchong"]
pytestmark = [pytest.mark.django_db, pytest.mark.feature("kpi.tasks"), pytest.mark.rule("R-1621")]


def today() -> date:
    return civil_date(clock.now())


def opened(no: str = "五.6") -> Task:
    """The task of the plan that customs leads, opened."""
    actions.open_plan(OPERATOR, PLAN)
    return Task.objects.get(zone="nanchong", kind="plan", no=no)


def codes(done: actions.Done) -> list[str]:
    return [one.code for one in done.findings]


def test_a_plan_opened_twice_is_opened_once() -> None:
    first = actions.open_plan(OPERATOR, PLAN)
    again = actions.open_plan(OPERATOR, PLAN)
    assert (first.opened, first.changed, first.kept) == (len(PLAN.tasks), 0, 0)
    assert (again.opened, again.changed, again.kept, again.gone) == (0, 0, len(PLAN.tasks), ())
    rows = {task.no: task for task in Task.objects.filter(zone="nanchong", kind="plan").select_related("parent")}
    assert {no: (task.lead, tuple(task.helpers)) for no, task in rows.items()} == {
        task.no: (task.lead, task.helpers) for task in PLAN.tasks
    }
    assert rows["五.1"].parent == rows["五"] and rows["四"].parent is None
    assert Entry.objects.filter(verb="tasks.open_plan").count() == 1


def test_a_later_plan_changes_words_and_owners_and_names_what_is_gone() -> None:
    opened()
    tasks = tuple(replace_lead(task) if task.no == "八" else task for task in PLAN.tasks if task.no != "九")
    later = actions.open_plan(OPERATOR, PLAN.model_copy(update={"tasks": tasks}))
    assert (later.opened, later.changed, later.gone) == (0, 1, ("九",))
    assert Task.objects.get(zone="nanchong", no="八").lead == "finance"


def replace_lead(task: object) -> object:
    return task.model_copy(update={"lead": "finance"})  # type: ignore[attr-defined]


def test_a_milestone_closes_only_on_evidence_accepted_by_someone_else() -> None:
    task = opened()
    assert codes(actions.close(OFFICE, task.pk)) == ["TASK-STATE"]
    both = replace(CUSTOMS, may=MAY)
    sent = actions.report(both, task.pk, text="风险布控规则已上线", dated_on=today(), document="a" * 64)
    assert sent.task is not None and sent.task.state == "reported" and sent.findings == []
    assert codes(actions.accept(both, task.pk)) == ["TASK-OWN"]
    assert codes(actions.send_back(OFFICE, task.pk, reason=" ")) == ["TASK-TEXT"]
    assert actions.send_back(OFFICE, task.pk, reason="缺上线报告").task.state == "sent_back"  # type: ignore[union-attr]
    actions.report(both, task.pk, text="补上线报告", dated_on=today())
    assert actions.accept(OFFICE, task.pk).task.proved_on == today()  # type: ignore[union-attr]
    assert actions.close(OFFICE, task.pk, note="办结").task.state == "done"  # type: ignore[union-attr]
    verbs = [record.verb for record in queries.history(task)]
    assert verbs == ["report", "send_back", "report", "accept", "close"]
    assert queries.unsound() == []


def test_a_task_with_parts_is_done_after_them() -> None:
    whole = opened("五")
    government = replace(CUSTOMS, role="officer.commerce", name="person:9")
    actions.report(government, whole.pk, text="六大体系建成", dated_on=today())
    actions.accept(OFFICE, whole.pk)
    assert codes(actions.close(OFFICE, whole.pk)) == ["TASK-PARTS"]
    for part in whole.parts.all():
        actions.report(OPERATOR, part.pk, text="建成", dated_on=today())
        actions.accept(OFFICE, part.pk)
        assert actions.close(OFFICE, part.pk).findings == []
    assert actions.close(OFFICE, whole.pk).findings == []


@pytest.mark.parametrize(
    ("actor", "given_", "code"),
    [
        (OTHER, {}, "TASK-UNKNOWN"),
        (replace(CUSTOMS, role="officer.tax"), {}, "TASK-DESK"),
        (CUSTOMS, {"text": "\u202e"}, "TASK-TEXT"),
        (CUSTOMS, {"document": "no hash"}, "TASK-DOCUMENT"),
        (CUSTOMS, {"dated_on": date(2090, 1, 1)}, "TASK-DAY"),
    ],
)
def test_bad_reports_get_a_finding_and_leave_nothing(actor: Actor, given_: dict[str, object], code: str) -> None:
    task = opened()
    before = Entry.objects.count()
    done = actions.report(actor, task.pk, **{"text": "完成", "dated_on": today(), **given_})  # type: ignore[arg-type]
    assert codes(done) == [code] and done.findings[0].message("en")
    assert Record.objects.count() == 0 and Entry.objects.count() == before


def test_without_the_permission_nothing_is_done() -> None:
    task = opened()
    with pytest.raises(PermissionDenied):
        actions.accept(CUSTOMS, task.pk)


def test_terms_are_set_once_and_then_only_moved_later_with_a_reason() -> None:
    task, day = opened(), today() + timedelta(days=30)
    assert codes(actions.extend(OFFICE, task.pk, due_on=day, reason="早")) == ["TASK-STATE"]
    assert actions.schedule(OFFICE, task.pk, due_on=day).task.due_on == day  # type: ignore[union-attr]
    assert codes(actions.schedule(OFFICE, task.pk, due_on=day)) == ["TASK-STATE"]
    assert codes(actions.extend(OFFICE, task.pk, due_on=day, reason="")) == ["TASK-TEXT", "TASK-DAY"]
    later = day + timedelta(days=10)
    assert actions.extend(OFFICE, task.pk, due_on=later, reason="招标延后").task.due_on == later  # type: ignore[union-attr]
    assert [(one.due_before, one.due_after) for one in queries.history(task)] == [(None, day), (day, later)]


@pytest.mark.rule("R-006")
def test_overdue_tasks_are_urged_on_the_working_day_once() -> None:
    terms = {"五.6": date(2026, 9, 30), "六.2": date(2026, 10, 8), "七": date(2026, 10, 3)}
    actions.open_plan(OPERATOR, PLAN, terms)
    zone = Task.objects.in_zone("nanchong")
    assert queries.overdue(zone, date(2026, 10, 7)) == []
    assert actions.urge_overdue(OFFICE, "nanchong", on=date(2026, 10, 7)).tasks == ()
    assert [(one.task.no, one.days) for one in queries.overdue(zone, date(2026, 10, 9))] == [
        ("五.6", 2),
        ("七", 1),
        ("六.2", 1),
    ]
    assert len(actions.urge_overdue(OFFICE, "nanchong", on=date(2026, 10, 9)).tasks) == 3
    assert actions.urge_overdue(OFFICE, "nanchong", on=date(2026, 10, 9)).tasks == ()
    assert actions.urge_overdue(OTHER, "nanchong", on=date(2026, 10, 12)).tasks == ()
    assert Record.objects.get(verb="urge", task__no="五.6").text == "逾期 2 个工作日"


def test_progress_is_counted_from_records_at_the_end_of_any_day() -> None:
    task = opened()
    leaves = len(PLAN.tasks) - 2  # 五 and 六 are counted by their parts
    actions.report(CUSTOMS, task.pk, text="完成", dated_on=today())
    actions.accept(OFFICE, task.pk)
    now = queries.progress("plan", today())["nanchong"]
    assert (now.total, now.accepted, now.open, now.done) == (leaves, 1, leaves - 1, 0)
    actions.close(OFFICE, task.pk)
    assert queries.progress("plan", today(), ["nanchong"])["nanchong"].done == 1
    assert queries.progress("plan", today() - timedelta(days=1)) == {}
    assert queries.progress("plan", today(), ["deyang"]) == {}


@pytest.mark.feature("access.security")
@pytest.mark.rule("R-1402")
def test_controls_are_red_until_their_evidence_is_accepted_and_when_it_is_old() -> None:
    actions.open_controls(OPERATOR)
    assert {one.light.colour for one in queries.lights("control", today())} == {"red"}
    control = Task.objects.get(kind="control", no="audit-tamper-evident")
    auditor = Actor("person:7", "platform", frozenset({"tasks.report"}), role="platform.audit_admin")
    actions.report(auditor, control.pk, text="链条校验通过", dated_on=today())
    assert {one.light.colour for one in queries.lights("control", today())} == {"red"}
    accepted = actions.accept(OPERATOR, control.pk).task
    assert accepted is not None and accepted.due_on == today() + timedelta(days=30)
    shown = {one.task.no: one for one in queries.lights("control", today())}
    assert shown[control.no].light.colour == "green" and shown[control.no].next_check == accepted.due_on
    late = {one.task.no: one for one in queries.lights("control", today() + timedelta(days=31))}
    assert late[control.no].light.reasons == ("stale",)
    assert codes(actions.close(OPERATOR, control.pk)) == ["TASK-PARTS"]
    assert actions.report(auditor, control.pk, text="再次校验", dated_on=today()).findings == []


def test_a_list_opened_again_keeps_the_owner_that_was_assigned() -> None:
    actions.open_controls(OPERATOR)
    control = Task.objects.get(kind="control", no="audit-time")
    assert codes(actions.assign(OPERATOR, control.pk, lead="harbour")) == ["TASK-SEED"]
    actions.assign(OPERATOR, control.pk, lead="security_admin", helpers=["system_admin"])
    assert actions.open_controls(OPERATOR).kept == 16
    control.refresh_from_db()
    assert control.lead == "security_admin"
    assert queries.history(control).get().text == "system_admin → security_admin, system_admin"


@pytest.mark.feature("quality.governance")
def test_a_kind_that_is_only_data() -> None:
    done = actions.open_tasks(OPERATOR, DUTY.code, "nanchong", DUTIES)
    assert done.opened == 2 and actions.open_tasks(OPERATOR, "nothing", "nanchong", DUTIES).findings
    duty = Task.objects.get(no="verify")
    assert duty.check_days == 180 and list(Task.objects.seen_by(FIRM)) == [duty]
    assert actions.report(FIRM, duty.pk, text="已核验", dated_on=today()).findings == []
    assert list(queries.waiting_for_decision(Task.objects.seen_by(OFFICE))) == [duty]
    assert [task.no for task in queries.of_desk("market_supervision")] == ["verify", "report"]


VERBS = st.sampled_from(["report", "accept", "send_back", "close", "urge", "schedule", "extend"])


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(VERBS, st.sampled_from([CUSTOMS, OFFICE])), max_size=12), st.booleans())
def test_whatever_people_try_the_state_is_what_the_records_say(steps: list[tuple[str, Actor]], recurring: bool) -> None:
    number = Task.objects.count()
    seed = Seed(f"t{number}", "任务", lead="customs", check_days=30 if recurring else None)
    kind = DUTY.code if recurring else "plan"
    actions.open_tasks(OPERATOR, kind, "nanchong", [seed])
    task = Task.objects.get(kind=kind, no=seed.no)
    arguments = {
        "report": {"text": "完成", "dated_on": today()},
        "send_back": {"reason": "补充"},
        "schedule": {"due_on": today() + timedelta(days=9)},
        "extend": {"due_on": today() + timedelta(days=99), "reason": "延后"},
    }
    for verb, actor in steps:
        acting = replace(actor, may=MAY)
        count = task.records.count()
        done = getattr(actions, verb)(acting, task.pk, **arguments.get(verb, {}))
        assert task.records.count() <= count + (not done.findings)
    task.refresh_from_db()
    assert queries.unsound() == [] and task.state in STATES
    if task.state in ("accepted", "done"):
        reports = list(task.records.filter(verb="report"))
        assert task.proved_on == today() and task.records.filter(verb="accept").last().actor != reports[-1].actor  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tasks_task SET state = 'done'",
        "UPDATE tasks_task SET due_on = '2030-01-01'",
        "UPDATE tasks_task SET proved_on = '2030-01-01'",
        "UPDATE tasks_task SET no = 'x'",
        "UPDATE tasks_task SET helpers = ARRAY[lead]",
        "DELETE FROM tasks_task",
        "UPDATE tasks_record SET text = 'x'",
        "DELETE FROM tasks_record",
        "INSERT INTO tasks_task (zone, kind, no, position, title, title_en, lead, helpers, party_code, proof, basis, confidence, state) "
        "VALUES ('nanchong', 'plan', 'y', 0, 't', '', 'customs', '{}', '', '', '', '', 'done')",
        "INSERT INTO tasks_record (task_id, verb, before, after, actor, desk, dated_on, text, document) "
        "SELECT id, 'close', 'open', 'done', 'x', '', '2026-01-01', '', '' FROM tasks_task LIMIT 1",
        "INSERT INTO tasks_record (task_id, verb, before, after, actor, desk, dated_on, text, document) "
        "SELECT id, 'accept', 'reported', 'accepted', 'person:1', '', '2026-01-01', '', '' FROM tasks_task WHERE state = 'reported'",
    ],
)
def test_the_database_refuses_what_goes_past_the_records(statement: str) -> None:
    task = opened()
    actions.report(CUSTOMS, task.pk, text="完成", dated_on=today())
    with pytest.raises((DatabaseError, IntegrityError)), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_many_who_open_the_same_plan_and_decide_at_once() -> None:
    def open_it(_: int) -> int:
        try:
            return actions.open_plan(OPERATOR, PLAN).opened
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(open_it, range(4))) == [0, 0, 0, len(PLAN.tasks)]
    task = Task.objects.get(no="五.6")
    actions.report(CUSTOMS, task.pk, text="完成", dated_on=today())

    def decide(verb: str) -> int:
        try:
            act = getattr(actions, verb)
            return len(act(OFFICE, task.pk, **({"reason": "补"} if verb == "send_back" else {})).findings)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(decide, ["accept", "send_back"] * 2)) == [0, 1, 1, 1]
    assert queries.unsound() == []


def test_the_day_of_a_replay_is_the_day_of_the_record() -> None:
    task = opened()
    moment = clock.now().astimezone(BEIJING).replace(year=2026, month=3, day=2)
    with clock.standing_at(moment):
        actions.urge(OFFICE, task.pk)
        actions.urge(OFFICE, task.pk, text="请尽快")
    assert queries.history(task).get().dated_on == date(2026, 3, 2)
