"""A firm's administrator and the firm's people: inviting, roles, switching off and on, resetting; the platform's lock."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator

from gongfu.base.access.actor import Actor
from gongfu.base.access.identity import identity_key
from gongfu.base.access.models import Person
from gongfu.base.access.queries import people
from gongfu.base.access.roles import roles
from gongfu.base.audit.action import action
from gongfu.core.rule import Finding

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{3,39}")
MOST = 200


@dataclass(frozen=True, slots=True)
class Managed:
    """Who was changed, the password that is shown this once where one was made, or why nothing was done."""

    person: Person | None = None
    password: str = ""
    finding: Finding | None = None

    def audit(self) -> dict[str, Any] | None:
        if self.person is None or self.finding is not None:
            return None
        facts = {"role": self.person.role, "active": self.person.is_active, "party": self.person.party_code}
        return {"subject": f"person:{self.person.pk}", "zone": self.person.zone, "facts": facts}


def firm_roles() -> list[str]:
    """The roles that a firm's administrator may give."""
    return [code for code in roles() if code.startswith("firm.")]


@action("people.invite", title="邀请人员")
def invite(actor: Actor, username: str, *, title: str, role: str, id_number: str = "", id_name: str = "") -> Managed:
    """A person of the own firm with a first password.  id_number, id_name: of the identity document, kept as a key only."""
    fault = _fault(username, title, role)
    if fault is not None or not actor.own_codes:
        return Managed(finding=fault or Finding("PEOPLE-ROLE", field="role", value=role))
    if people(actor).count() >= MOST:
        return Managed(finding=Finding("PEOPLE-MANY", facts={"limit": MOST}))
    key = identity_key(id_number, id_name) if id_number and id_name else ""
    zone = actor.zones[0] if actor.zones else ""
    person = Person(
        username=username, title=title[:60], role=role, zone=zone, party_code=actor.own_codes[0], identity_key=key
    )
    return _with_password(person)


def _fault(username: str, title: str, role: str) -> Finding | None:
    if role not in firm_roles():
        return Finding("PEOPLE-ROLE", field="role", value=role[:40], facts={"known": "、".join(firm_roles())})
    if not NAME.fullmatch(username) or not title.strip():
        return Finding("PEOPLE-NAME", field="username", value=username[:40])
    if Person.objects.filter(username__iexact=username).exists():
        return Finding("PEOPLE-TAKEN", field="username", value=username)
    return None


def _with_password(person: Person) -> Managed:
    """Give a fresh password, and take every second factor away: the person sets up a new one."""
    password = secrets.token_urlsafe(12)
    person.set_password(password)
    person.save()
    Authenticator.objects.filter(user=person).delete()
    return Managed(person, password)


def _other(actor: Actor, number: int) -> Person | Finding:
    """Someone the actor looks after, locked; oneself is changed by another administrator."""
    person = people(actor).select_for_update().filter(pk=number).first()
    if person is None:
        return Finding("PEOPLE-UNKNOWN", value=str(number))
    return Finding("PEOPLE-SELF", value=person.username) if f"person:{person.pk}" == actor.name else person


@action("people.role", title="调整人员角色")
def set_role(actor: Actor, number: int, role: str) -> Managed:
    """Give another of the firm's roles."""
    person = _other(actor, number)
    if isinstance(person, Finding):
        return Managed(finding=person)
    if role not in firm_roles() or person.role not in firm_roles():
        return Managed(finding=Finding("PEOPLE-ROLE", field="role", value=role[:40]))
    person.role = role
    person.save(update_fields=["role"])
    return Managed(person)


@action("people.switch", title="停用或启用人员")
def switch(actor: Actor, number: int, *, on: bool) -> Managed:
    """Switch an account of the own firm off or on; off ends every session at once."""
    return _switched(actor, number, on)


@action("people.lock", title="锁定或解锁账号")
def lock(actor: Actor, number: int, *, on: bool) -> Managed:
    """The security administrator's switch, for any account."""
    return _switched(actor, number, on)


def _switched(actor: Actor, number: int, on: bool) -> Managed:
    person = _other(actor, number)
    if isinstance(person, Finding):
        return Managed(finding=person)
    person.is_active = on
    person.save(update_fields=["is_active"])
    return Managed(person)


@action("people.reset", title="重置登录")
def reset(actor: Actor, number: int) -> Managed:
    """A new password, shown once; sessions and second factors end."""
    person = _other(actor, number)
    return Managed(finding=person) if isinstance(person, Finding) else _with_password(person)
