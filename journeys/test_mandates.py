"""Mandates: an agent reaches a firm's rows for what was left to it, while it holds; afterwards it is told why not."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from gongfu.base.access import mandates
from gongfu.base.access.actions import add_person
from gongfu.base.access.actor import OPERATOR, Actor, of_person
from gongfu.base.access.identity import identity_key
from gongfu.base.access.models import Mandate, Person
from gongfu.base.access.roles import roles, scopes
from gongfu.base.cases import actions as cases
from gongfu.base.cases.models import Case
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.modules.intake.models import Message
from gongfu.modules.parties.models import Party

pytestmark = [pytest.mark.django_db, pytest.mark.feature("access.security"), pytest.mark.rule("R-1402")]
FIRM, AGENT, OTHER = "91511300MA6DEM014G", "91511300MA6DEM022B", "91511400MA6DEM013T"


def person(name: str, role: str, code: str = "") -> Person:
    add_person(OPERATOR, name, "right-Horse-7-battery", role=role, title=name, zone="nanchong", party_code=code)
    return Person.objects.get(username=name)


def actor(name: str) -> Actor:
    return of_person(Person.objects.get(username=name))


@pytest.fixture(autouse=True)
def firms() -> None:
    person("boss", "firm.admin", FIRM)
    person("broker", "broker.operator", AGENT)
    for code in (FIRM, AGENT, OTHER):
        Party.objects.create(
            code=code, zone="nanchong", name=f"企业{code[-4:]}", kinds=["ecommerce"], filed_on=date(2026, 1, 2)
        )
        Message.objects.create(zone="nanchong", sender_code=code, channel="api", guid=code, type="CEB603Message", sha256="a" * 64, size=1, received_at=clock.now())  # fmt: skip


def today() -> date:
    return civil_date(clock.now())


def given(*wanted: str, days: int = 30) -> Mandate:
    done = mandates.give(actor("boss"), AGENT, wanted, today() + timedelta(days=days))
    assert done.mandate, done.finding
    return done.mandate


def senders(who: str, permission: str) -> set[str]:
    return set(Message.objects.seen_by(actor(who).doing(permission)).values_list("sender_code", flat=True))


def test_an_agent_reaches_the_firm_for_what_was_left_only() -> None:
    assert senders("broker", "intake.read") == {AGENT}
    given("declaring")
    assert senders("broker", "intake.read") == {AGENT, FIRM}
    assert senders("broker", "parties.read") == {AGENT}
    assert senders("broker", "access.key") == {AGENT}
    assert actor("broker").party_codes == (AGENT,), "without a permission nothing is widened"


def test_pages_follow_the_mandate() -> None:
    number = Message.objects.get(sender_code=FIRM).pk
    http = Client()
    http.force_login(Person.objects.get(username="broker"), backend="django.contrib.auth.backends.ModelBackend")
    assert http.get(f"/enterprise/messages/{number}").status_code == 404
    mandate = given("declaring")
    assert http.get(f"/enterprise/messages/{number}").status_code == 200
    assert http.get(f"/enterprise/parties/{Party.objects.get(code=FIRM).pk}").status_code == 404, "another business"
    mandates.withdraw(actor("boss"), mandate.pk)
    assert http.get(f"/enterprise/messages/{number}").status_code == 404


def test_a_mandate_ends_with_its_day() -> None:
    given("declaring", days=3)
    with clock.standing_at(clock.now() + timedelta(days=3)):
        assert senders("broker", "intake.read") == {AGENT, FIRM}
    with clock.standing_at(clock.now() + timedelta(days=4)):
        assert senders("broker", "intake.read") == {AGENT}


def opened(who: str) -> cases.Taken:
    return cases.open_case(
        actor(who), "parties.confirm", zone="nanchong", raw={"code": FIRM, "same": "yes"}, party_code=FIRM
    )


def test_an_agent_files_for_the_firm_and_is_told_when_the_mandate_has_ended() -> None:
    with pytest.raises(PermissionDenied):
        opened("broker")
    given("filing", days=3)
    case = opened("broker").case
    assert case is not None
    assert cases.take(actor("broker"), case.pk, "submit").done
    assert Party.objects.get(code=FIRM).confirmed_on == today()
    with clock.standing_at(clock.now() + timedelta(days=9)):
        late = opened("broker")
    assert (late.case, [one.code for one in late.findings]) == (None, ["MANDATE-ENDED"])
    assert Case.objects.count() == 1


def test_a_mandate_for_other_business_is_named() -> None:
    given("declaring")
    assert [one.code for one in opened("broker").findings] == ["MANDATE-SCOPE"]


def test_a_case_of_the_firm_is_out_of_hand_once_the_mandate_is_withdrawn() -> None:
    mandate = given("filing")
    case = opened("broker").case
    assert case is not None
    mandates.withdraw(actor("boss"), mandate.pk)
    with pytest.raises(PermissionDenied):
        cases.take(actor("broker"), case.pk, "submit")
    page = Client()
    page.force_login(Person.objects.get(username="broker"), backend="django.contrib.auth.backends.ModelBackend")
    told = page.post("/enterprise/cases/new/parties.confirm", {"code": FIRM, "same": "yes", "for": FIRM})
    assert told.status_code == 403
    assert "授权已于" in told.content.decode()


@pytest.mark.parametrize(
    ("agent", "wanted", "days", "code"),
    [
        (FIRM, ("filing",), 5, "MANDATE-AGENT"), ("nonsense", ("filing",), 5, "MANDATE-AGENT"), (AGENT, (), 5, "MANDATE-SCOPES"), (AGENT, ("all",), 5, "MANDATE-SCOPES"),
        (AGENT, ("filing",), -1, "MANDATE-UNTIL"), (AGENT, ("filing",), 4000, "MANDATE-UNTIL"),
    ],
)  # fmt: skip
def test_mandates_that_cannot_be_given(agent: str, wanted: tuple[str, ...], days: int, code: str) -> None:
    done = mandates.give(actor("boss"), agent, wanted, today() + timedelta(days=days))
    assert done.finding
    assert done.finding.code == code
    assert not Mandate.objects.exists()


def test_only_the_two_firms_withdraw_and_only_once() -> None:
    mandate = given("filing")
    person("third", "firm.admin", OTHER)
    for who, code in (("third", "MANDATE-UNKNOWN"), ("boss", None), ("boss", "MANDATE-UNKNOWN")):
        finding = mandates.withdraw(actor(who), mandate.pk).finding
        assert (finding.code if finding else None) == code


def test_what_can_be_left_is_held_by_firms_and_decides_nothing() -> None:
    firm = roles()["firm.admin"].may
    for scope in scopes().values():
        assert scope.may <= firm
        assert not any(one.startswith(("access.", "people.", "mandates.", "sharing.")) for one in scope.may)


def test_nobody_decides_on_a_firm_he_belongs_to() -> None:
    """The same identity in a firm and at a desk: the desk's move is refused, a colleague's is not."""
    officer, clerk = person("o", "officer.commerce"), person("c", "firm.operator", FIRM)
    case = cases.open_case(of_person(clerk), "parties.exit", zone="nanchong", raw={"code": FIRM, "why": "停业"}).case
    assert case is not None
    assert cases.take(of_person(clerk), case.pk, "submit").done
    Person.objects.filter(pk__in=(officer.pk, clerk.pk)).update(
        identity_key=identity_key("513022199001010037", "王小明")
    )
    for verb in ("approve", "send_back", "refuse"):
        with pytest.raises(PermissionDenied):
            cases.take(of_person(officer), case.pk, verb, {"reason": "材料不全"})
    assert cases.take(of_person(person("o2", "officer.commerce")), case.pk, "approve").done
