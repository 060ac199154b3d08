"""The proof of access.security: controls, reporting clocks, a citizen's readers, buyers' numbers enciphered and masked."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gongfu.base.access.actions import add_person
from gongfu.base.access.actor import OPERATOR, of_person
from gongfu.base.access.identity import identity_key
from gongfu.base.access.models import Person
from gongfu.base.access.roles import roles
from gongfu.base.audit.models import Entry
from gongfu.base.cases import actions as cases
from gongfu.base.cases.models import Case
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import BEIJING, civil_date
from gongfu.base.registers.models import Entry as RegisterEntry
from gongfu.base.sharing import actions as sharing
from gongfu.base.sharing import queries as reads
from gongfu.base.sharing.models import Access, Consent, Grant
from gongfu.base.tasks.models import Task
from gongfu.base.tasks.sources import controls
from gongfu.config import demo
from gongfu.config.accounts import PASSWORD, demo_name
from gongfu.modules.declarations.models import Declaration
from gongfu.zones.plan import Plan

pytestmark = [pytest.mark.feature("access.security")]
ADMINISTRATORS = ("platform.operator", "platform.security_admin", "platform.audit_admin")
LIGHTS = re.compile(r'data-control="([\w-]+)" data-light="(\w+)"')


def person(name: str, role: str, code: str = "", identity: str = "") -> Person:
    add_person(
        OPERATOR,
        name,
        "right-Horse-7-battery",
        role=role,
        title=name,
        zone="nanchong",
        party_code=code,
        identity=identity,
    )
    return Person.objects.get(username=name)


def browser(who: Person) -> Client:
    http = Client()
    http.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    return http


# ── controls (R-1402) ─────────────────────────────────────────────────────────
def lights(http: Client) -> dict[str, str]:
    return dict(LIGHTS.findall(http.get("/admin/controls").content.decode()))


@pytest.mark.django_db
@pytest.mark.rule("R-1402")
def test_every_control_has_an_owner_and_dated_evidence_or_is_shown_red() -> None:
    desks = {role: browser(person(role, role)) for role in ADMINISTRATORS}
    second = browser(person("audit-2", "platform.audit_admin"))
    operator, security, auditor = desks.values()
    assert lights(auditor) == {}
    assert operator.post("/admin/controls", {"do": "open"}).status_code == 302
    assert lights(auditor) == {one.no: "red" for one in controls()}, "no evidence yet: all red"
    today = civil_date(clock.now()).isoformat()
    owners = {"system_admin": operator, "security_admin": security, "audit_admin": auditor}
    for task in Task.objects.filter(kind="control"):
        told = {
            "do": "report",
            "number": task.pk,
            "text": "测试报告",
            "dated_on": "2024-01-05" if task.no == "identity-lockout" else today,
        }
        assert owners[task.lead].post("/admin/controls", told).status_code == 302
        decider = second if task.lead == "audit_admin" else auditor
        assert decider.post("/admin/controls", {"do": "accept", "number": task.pk}).status_code == 302
    Task.objects.filter(kind="control", no="audit-time").update(lead="")
    red = {no for no, light in lights(security).items() if light == "red"}
    page = security.get("/admin/controls").content.decode()
    assert red == {"audit-time", "identity-lockout"}
    assert "没有责任人" in page
    assert "证据过期" in page


@pytest.mark.django_db
def test_administrators_do_not_act_for_one_another() -> None:
    operator, auditor = (browser(person(role, role)) for role in ("platform.operator", "platform.audit_admin"))
    operator.post("/admin/controls", {"do": "open"})
    task = Task.objects.get(kind="control", no="identity-lockout")
    told = {"do": "report", "number": task.pk, "text": "代报", "dated_on": "2026-11-01"}
    assert operator.post("/admin/controls", told).status_code == 422, "not its desk"
    assert auditor.post("/admin/controls", {"do": "open"}).status_code == 403
    assert operator.post("/admin/controls", {"do": "accept", "number": task.pk}).status_code == 403
    assert operator.get("/admin/people").status_code == 403
    assert operator.get("/admin/watch").status_code == 403


# ── incidents (R-1405) ────────────────────────────────────────────────────────
def incident(http: Client, ago: timedelta, **more: str) -> Case:
    found = (datetime.now(BEIJING) - ago).strftime("%Y-%m-%dT%H:%M")
    told = {
        "title": "数据泄露",
        "level": "larger",
        "operator": "other",
        "discovered_at": found,
        "what": "日志异常",
        "submit": "1",
        **more,
    }
    answer = http.post("/admin/cases/new/security.incident", told)
    assert answer.status_code == 302, answer.content.decode()
    return Case.objects.latest("pk")


@pytest.mark.django_db
@pytest.mark.rule("R-1405")
@pytest.mark.parametrize(("operator", "hours"), [("cii", 1), ("state", 2), ("other", 4)])
def test_a_drill_incident_starts_the_right_reporting_clock(operator: str, hours: int) -> None:
    http = browser(person("s", "platform.security_admin"))
    case = incident(http, timedelta(minutes=30), operator=operator, drill="on")
    assert case.title.startswith("【演练】")
    assert (case.state, case.zone) == ("handling", "")
    discovered = datetime.fromisoformat(case.facts["discovered_at"])
    assert datetime.fromisoformat(case.facts["report_by"]) == discovered + timedelta(hours=hours)
    assert case.due_on == civil_date(discovered + timedelta(hours=hours))
    page = http.get("/admin/incidents").content.decode()
    assert "剩" in page
    assert "【演练】" in page


@pytest.mark.django_db
@pytest.mark.rule("R-1405")
def test_an_incident_is_shown_overdue_reported_and_closed_by_the_audit_administrator() -> None:
    guard, auditor = person("s", "platform.security_admin"), person("a", "platform.audit_admin")
    http, closer = browser(guard), browser(auditor)
    case = incident(http, timedelta(hours=6))
    assert "超时" in http.get("/admin/incidents").content.decode()
    assert not cases.take(of_person(auditor), case.pk, "close", {"lessons": "无"}).done, "not before it was reported"
    now = datetime.now(BEIJING).strftime("%Y-%m-%d %H:%M")
    told = {"verb": "notify", "reported_at": now, "authority": "省网信办"}
    assert http.post(f"/admin/cases/{case.pk}", told).status_code == 302
    assert "迟报" in closer.get("/admin/incidents").content.decode()
    assert closer.post(f"/admin/cases/{case.pk}", {"verb": "close", "lessons": "已修复"}).status_code == 302
    case.refresh_from_db()
    assert case.state == "closed"


@pytest.mark.django_db
@pytest.mark.rule("R-1405")
def test_minor_incidents_have_no_clock_and_future_ones_are_refused() -> None:
    http = browser(person("s", "platform.security_admin"))
    case = incident(http, timedelta(hours=6), level="minor")
    assert "report_by" not in case.facts
    assert "无报告时限" in http.get("/admin/incidents").content.decode()
    assert cases.take(of_person(person("a", "platform.audit_admin")), case.pk, "close", {"lessons": "无影响"}).done
    later = (datetime.now(BEIJING) + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M")
    told = {"title": "x", "level": "larger", "operator": "other", "discovered_at": later, "what": "y", "submit": "1"}
    answer = http.post("/admin/cases/new/security.incident", told)
    assert answer.status_code == 422
    assert "发现时间" in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.rule("R-1404")
def test_an_assessment_is_kept_three_years_and_seen_by_the_security_administrator_alone() -> None:
    guard = browser(person("s", "platform.security_admin"))
    told = {"key": "PIA-1", "title": "订购人身份核验", "purpose": "海关要求", "data": "姓名、证件号", "risks": "泄露", "measures": "加密、掩码", "assessed_on": "2026-11-01", "until": "2027-11-01"}  # fmt: skip
    assert "影响评估至少保存到 2029-11-01" in guard.post("/admin/registers/assessments/new", told).content.decode()
    assert guard.post("/admin/registers/assessments/new", {**told, "until": "2029-11-01"}).status_code == 302
    assert RegisterEntry.objects.get().zone == ""
    assert "订购人身份核验" in guard.get("/admin/registers/assessments").content.decode()
    assert browser(person("a", "platform.audit_admin")).get("/admin/registers/assessments").status_code == 404
    firm = browser(person("f", "firm.admin", "91511300MA6DEM014G"))
    assert firm.get("/enterprise/registers/assessments").status_code == 404


# ── a citizen and his data (R-1404) ───────────────────────────────────────────
def account(role: str) -> Client:
    http = Client()
    assert http.login(username=demo_name(role), password=PASSWORD)
    return http


def buyer(row: Declaration) -> tuple[str, str]:
    """Number and name of a list's buyer, from the enciphered original."""
    from gongfu.modules.intake.queries import document

    head = document(row.message_id, row.guid)
    return head["buyerIdNumber"], head["buyerName"]


def bought() -> Declaration:
    return Declaration.objects.filter(flow="I").exclude(buyer_key="").order_by("pk")[0]


def dumped() -> str:
    """Every text of every table, as a dump would show it."""
    told = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT coalesce(string_agg(t::text, chr(10)), '') FROM \"{table}\" t")
            told.append(cursor.fetchone()[0])
    return "\n".join(told)


@pytest.mark.rule("R-1404")
def test_buyer_id_numbers_are_stored_enciphered_and_shown_masked(played: Plan) -> None:
    rows = list(Declaration.objects.filter(flow="I").exclude(buyer_key="")[:40])
    numbers = {buyer(row)[0] for row in rows}
    assert len(numbers) > 5
    dump = dumped()
    assert bought().order_no in dump
    assert {number for number in numbers if number in dump} == set()
    row, http = bought(), account("officer.customs")
    number, name = buyer(row)
    page = http.get(f"/bureau/lists/{row.pk}").content.decode()
    assert number not in page
    assert name not in page
    assert f"{number[:4]}**********{number[-4:]}" in page


@pytest.mark.rule("R-1404")
def test_a_number_is_shown_in_full_for_a_reason_that_the_person_sees(played: Plan) -> None:
    row, http = bought(), account("officer.customs")
    number, name = buyer(row)
    url = f"/bureau/lists/{row.pk}"
    without = http.post(url, {"reason": "看看"})
    assert without.status_code == 422
    assert number not in without.content.decode()
    assert Access.objects.count() == 0
    answer = http.post(url, {"reason": "核查订购人身份 2026-118 号"})
    assert f'data-person="id_number">{number}<' in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert number not in http.get(url).content.decode(), "for that answer only"
    entry = Entry.objects.get(verb="sharing.reveal")
    assert entry.facts["reason"] == "核查订购人身份 2026-118 号"
    assert number not in str(entry.facts)
    citizen = browser(person("citizen", "consumer.person", identity_key(number, name), identity_key(number, name)))
    page = citizen.get("/citizen/me").content.decode()
    assert "核查订购人身份 2026-118 号" in page
    assert "海关经办" in page
    assert "核查订购人身份 2026-118 号" in account("platform.audit_admin").get("/admin/watch").content.decode()


@pytest.mark.rule("R-1404")
def test_only_some_roles_see_a_number_in_full(played: Plan) -> None:
    row = bought()
    number = buyer(row)[0]
    owner = person("own", "firm.admin", row.agent_code)
    answer = browser(owner).post(f"/enterprise/lists/{row.pk}", {"reason": "我想看完整号码"})
    assert answer.status_code == 403
    assert number not in answer.content.decode()
    assert account("officer.commerce").post(f"/bureau/lists/{row.pk}", {"reason": "我想看完整号码"}).status_code == 403
    assert Access.objects.count() == 0


@pytest.mark.rule("R-1404")
def test_a_citizens_page_lists_each_read_of_his_record(played: Plan) -> None:
    row = bought()
    key, zone = row.buyer_key, row.zone
    assert key == identity_key(*buyer(row)), "the citizen is found by the key that his orders carry"
    citizen = browser(person("citizen", "consumer.person", key, key))
    assert "data-reads>0<" in citizen.get("/citizen/me").content.decode()
    tax = of_person(Person.objects.get(username=demo_name("officer.tax")))
    today = civil_date(clock.now())
    for purpose in ("稽查甲案", "稽查乙案"):
        Grant.objects.create(
            zone=zone, dataset="declarations.purchases", role="officer.tax", fields=["invt_no", "goods_fen"], purpose=purpose, basis="税收征管法", valid_from=today,
            valid_until=today + timedelta(days=3), case_id=0,
        )  # fmt: skip
        read = sharing.read(tax, "declarations.purchases", purpose=purpose, where={"buyer_key": [key]})
        assert read.refused == ""
        assert read.rows
    other = Declaration.objects.filter(flow="I").exclude(buyer_key__in=("", key))[0]
    sharing.read(tax, "declarations.purchases", purpose="稽查乙案", where={"buyer_key": [other.buyer_key]})
    page = citizen.get("/citizen/me").content.decode()
    listed = {int(number) for number in re.findall(r'data-read="(\d+)"', page)}
    assert listed == set(Access.objects.filter(subjects__contains=[key]).values_list("pk", flat=True))
    assert len(listed) == 2
    assert "稽查甲案" in page
    assert "稽查乙案" in page
    stranger = browser(person("stranger", "consumer.person", other.buyer_key, other.buyer_key))
    assert "稽查甲案" not in stranger.get("/citizen/me").content.decode()
    assert "稽查甲案" in citizen.get("/citizen/reads").content.decode()


@pytest.mark.django_db
@pytest.mark.rule("R-1404")
def test_a_citizen_consents_and_withdraws() -> None:
    key = identity_key("513022199001010037", "王小明")
    http = browser(person("citizen", "consumer.person", key, key))
    until = (civil_date(clock.now()) + timedelta(days=9)).isoformat()
    told = {"dataset": "declarations.purchases", "reader": "91511300MA6DEM014G", "purpose": "信用评估", "until": until}
    assert http.post("/citizen/consents", told).status_code == 302
    given = Consent.objects.get()
    assert given.subject_code == key
    assert "信用评估" in http.get("/citizen/me").content.decode()
    other = browser(person("other", "consumer.person", "f" * 32, "f" * 32))
    assert other.post("/citizen/consents", {"withdraw": given.pk}).status_code == 404
    http.post("/citizen/consents", {"withdraw": given.pk})
    given.refresh_from_db()
    assert given.withdrawn_at is not None


@pytest.mark.django_db
@pytest.mark.rule("R-1404")
def test_a_request_for_correction_is_answered_within_fifteen_working_days() -> None:
    from gongfu.reference.workdays import working_days_between

    key = identity_key("513022199001010037", "王小明")
    citizen = person("citizen", "consumer.person", key, key)
    http = browser(citizen)
    told = {"right": "correct", "text": "地址写错了", "phone": "13812345678", "submit": "1"}
    assert http.post("/citizen/cases/new/personal.request", told).status_code == 302
    case = Case.objects.get()
    assert (case.state, case.party_code) == ("reviewing", key)
    assert case.due_on is not None
    assert working_days_between(civil_date(clock.now()), case.due_on) == 15
    assert "13812345678" not in str(case.facts)
    page = http.get("/citizen/me").content.decode()
    assert case.due_on.isoformat() in page
    office = person("office", "zone.office")
    assert cases.take(of_person(office), case.pk, "answer_request", {"reply": "已更正"}).done
    assert "已更正" in http.get(f"/citizen/cases/{case.pk}").content.decode()
    stranger = browser(person("other", "consumer.person", "f" * 32, "f" * 32))
    assert stranger.get(f"/citizen/cases/{case.pk}").status_code == 404


# ── too many persons (R-1016) ─────────────────────────────────────────────────
@pytest.mark.django_db
@pytest.mark.rule("R-1016")
@pytest.mark.parametrize(("persons", "found"), [(200, 0), (201, 1)])
def test_a_reader_of_more_than_200_persons_in_an_hour_is_shown(persons: int, found: int) -> None:
    subjects = [f"{number:032x}" for number in range(persons)]
    for part in (subjects[:120], subjects[100:]):
        Access.objects.create(zone="nanchong", dataset="declarations.purchases", actor="person:77", role="officer.tax", purpose="核对", fields=[], rows=len(part), subjects=part)  # fmt: skip
    assert len(reads.heavy(clock.now() - timedelta(hours=2))) == found
    page = browser(person("a", "platform.audit_admin")).get("/admin/watch").content.decode()
    assert ("person:77" in page.partition("R-1016")[2]) is bool(found)


# ── pages ─────────────────────────────────────────────────────────────────────
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "paths"),
    [
        ("platform.operator", ("controls", "incidents", "cases", "notices")), ("platform.security_admin", ("controls", "incidents", "people", "registers/assessments")),
        ("platform.audit_admin", ("controls", "watch", "inbox")), ("consumer.person", ("me", "reads", "consents", "cases", "hall")), ("firm.admin", ("people", "mandates")),
    ],
)  # fmt: skip
def test_pages_keep_to_fifteen_queries_and_speak_english(role: str, paths: tuple[str, ...]) -> None:
    demo.accounts()
    http = account(role)
    for path in paths:
        with CaptureQueriesContext(connection) as asked:
            answer = http.get(f"/{roles()[role].portal}/{path}", headers={"accept-language": "en"})
        assert answer.status_code == 200, path
        assert len(asked) <= 15, (path, [one["sql"][:90] for one in asked])
        title = re.search(r"<h1>(.*?)</h1>", answer.content.decode(), re.DOTALL)
        assert title
        assert not re.search("[一-鿿]", title[1]), title[1]
