"""A firm's administrator and the firm's people; nobody touches himself, another firm, or a role that is not the firm's."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from gongfu.base.access import people, queries
from gongfu.base.access.actions import add_person
from gongfu.base.access.actor import OPERATOR, Actor, of_person
from gongfu.base.access.identity import identity_key
from gongfu.base.access.models import Person
from gongfu.base.audit.models import Entry

pytestmark = [pytest.mark.django_db, pytest.mark.feature("access.security"), pytest.mark.rule("R-1402")]
FIRM, OTHER = "91511300MA6DEM014G", "91511300MA6DEM022B"
PASSWORD = "right-Horse-7-battery"
NUMBER, NAME = "513022199001010037", "王小明"


def person(name: str, role: str, code: str = "") -> Person:
    add_person(OPERATOR, name, PASSWORD, role=role, title=name, zone="nanchong", party_code=code)
    return Person.objects.get(username=name)


@pytest.fixture
def boss() -> Person:
    return person("boss", "firm.admin", FIRM)


def test_an_administrator_invites_and_the_invited_signs_in(boss: Person) -> None:
    made = people.invite(
        of_person(boss), "clerk-1", title="李经办", role="firm.operator", id_number=NUMBER, id_name=NAME
    )
    assert made.person
    assert (made.person.party_code, made.person.zone, made.person.role) == (FIRM, "nanchong", "firm.operator")
    assert made.person.identity_key == identity_key(NUMBER, NAME)
    http = Client()
    assert http.login(username="clerk-1", password=made.password)
    assert http.get("/enterprise/messages").status_code == 200
    entry = Entry.objects.get(verb="people.invite")
    assert NUMBER not in str(entry.facts) + str(Person.objects.values())


@pytest.mark.parametrize(
    ("name", "title", "role", "code"),
    [
        ("clerk-1", "李", "officer.customs", "PEOPLE-ROLE"), ("clerk-1", "李", "platform.audit_admin", "PEOPLE-ROLE"), ("a b", "李", "firm.viewer", "PEOPLE-NAME"),
        ("clerk-1", " ", "firm.viewer", "PEOPLE-NAME"), ("BOSS", "李", "firm.viewer", "PEOPLE-TAKEN"), ("boss\u202e", "李", "firm.viewer", "PEOPLE-NAME"),
    ],
)  # fmt: skip
def test_what_cannot_be_invited(boss: Person, name: str, title: str, role: str, code: str) -> None:
    made = people.invite(of_person(boss), name, title=title, role=role)
    assert made.finding
    assert made.finding.code == code
    assert Person.objects.count() == 1


def test_switching_off_ends_the_session_at_once(boss: Person) -> None:
    clerk, http = person("clerk-1", "firm.operator", FIRM), Client()
    http.force_login(clerk, backend="django.contrib.auth.backends.ModelBackend")
    assert people.switch(of_person(boss), clerk.pk, on=False).finding is None
    assert http.get("/enterprise/messages").status_code == 302
    assert not Client().login(username="clerk-1", password=PASSWORD)
    people.switch(of_person(boss), clerk.pk, on=True)
    assert Client().login(username="clerk-1", password=PASSWORD)


def test_a_reset_ends_sessions_and_gives_a_new_password(boss: Person) -> None:
    clerk, http = person("clerk-1", "firm.operator", FIRM), Client()
    http.force_login(clerk, backend="django.contrib.auth.backends.ModelBackend")
    made = people.reset(of_person(boss), clerk.pk)
    assert http.get("/enterprise/messages").status_code == 302
    assert not Client().login(username="clerk-1", password=PASSWORD)
    assert Client().login(username="clerk-1", password=made.password)


@pytest.mark.parametrize("verb", ["role", "off", "reset"])
@pytest.mark.parametrize(
    ("whose", "code"), [("self", "PEOPLE-SELF"), ("other", "PEOPLE-UNKNOWN"), ("none", "PEOPLE-UNKNOWN")]
)
def test_oneself_and_other_firms_are_out_of_hand(boss: Person, verb: str, whose: str, code: str) -> None:
    other = person("rival", "firm.operator", OTHER)
    number = {"self": boss.pk, "other": other.pk, "none": 0}[whose]
    actor, before = of_person(boss), list(Person.objects.order_by("pk").values())
    done = {
        "role": lambda: people.set_role(actor, number, "firm.viewer"),
        "off": lambda: people.switch(actor, number, on=False),
        "reset": lambda: people.reset(actor, number),
    }[verb]()
    assert done.finding
    assert done.finding.code == code
    assert list(Person.objects.order_by("pk").values()) == before


def test_only_administrators_manage_people(boss: Person) -> None:
    for role in ("firm.operator", "firm.viewer", "broker.operator"):
        with pytest.raises(PermissionDenied):
            people.invite(of_person(person(f"x-{role}", role, FIRM)), "clerk-9", title="李", role="firm.viewer")


def test_the_security_administrator_locks_anyone_but_gives_no_role(boss: Person) -> None:
    guard = of_person(person("guard", "platform.security_admin"))
    assert people.lock(guard, boss.pk, on=False).finding is None
    assert not Person.objects.get(pk=boss.pk).is_active
    for act in (lambda: people.set_role(guard, boss.pk, "firm.viewer"), lambda: people.reset(guard, boss.pk)):
        with pytest.raises(PermissionDenied):
            act()


def test_the_page_shows_the_own_firm_and_a_password_once(boss: Person) -> None:
    person("rival", "firm.operator", OTHER)
    http = Client()
    http.force_login(boss, backend="django.contrib.auth.backends.ModelBackend")
    page = http.post(
        "/enterprise/people", {"do": "invite", "username": "clerk-1", "title": "李", "role": "firm.viewer"}
    )
    assert 'data-shown="password"' in page.content.decode()
    again = http.get("/enterprise/people").content.decode()
    assert "clerk-1" in again
    assert "rival" not in again
    assert 'data-shown="password"' not in again
    bad = http.post("/enterprise/people", {"do": "invite", "username": "x", "title": "李", "role": "firm.viewer"})
    assert bad.status_code == 422
    assert 'value="x"' in bad.content.decode()


def test_nobody_belongs_to_a_firm_unseen() -> None:
    """An officer with an account in a firm, found by the same identity, belongs to it."""
    key = identity_key(NUMBER, NAME)
    officer, clerk = person("o", "officer.commerce"), person("c", "firm.operator", FIRM)
    Person.objects.filter(pk__in=(officer.pk, clerk.pk)).update(identity_key=key)
    assert queries.belongs_to(of_person(officer)) == {FIRM, key}
    assert queries.belongs_to(Actor("person:0", "zone")) == frozenset()
