"""Making machine clients and people."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from oauth2_provider.models import get_application_model

from gongfu.base.access.actor import Actor
from gongfu.base.access.models import MachineClient, Person
from gongfu.base.audit.action import action


@dataclass(frozen=True, slots=True)
class Made:
    """A client and its secret, which is shown once and kept hashed."""

    client_id: str
    client_secret: str
    party_code: str
    zone: str

    def audit(self) -> dict[str, Any]:
        return {"subject": f"client:{self.client_id}", "zone": self.zone, "facts": {"party_code": self.party_code}}


@action("access.client", title="开通系统接入")
def add_client(actor: Actor, party_code: str, zone: str) -> Made:
    """An OAuth2 client (client credentials) bound to one firm and zone, with both scopes."""
    secret = secrets.token_urlsafe(32)
    application_model = get_application_model()
    application = application_model(
        name=party_code, client_type="confidential", authorization_grant_type="client-credentials", client_secret=secret
    )
    application.save()
    MachineClient.objects.create(
        application=application, party_code=party_code, zone=zone, scopes=["messages", "receipts"]
    )
    return Made(application.client_id, secret, party_code, zone)


@dataclass(frozen=True, slots=True)
class Joined:
    username: str
    role: str
    zone: str

    def audit(self) -> dict[str, Any]:
        return {"subject": f"person:{self.username}", "zone": self.zone, "facts": {"role": self.role}}


@action("access.person", title="开通账号")
def add_person(
    actor: Actor,
    username: str,
    password: str,
    *,
    role: str,
    title: str,
    zone: str,
    party_code: str = "",
    demo: bool = False,
) -> Joined:
    """A person with a role at one firm or desk; an existing one gets the new password and role."""
    person, _ = Person.objects.get_or_create(username=username)
    person.role, person.title, person.zone, person.party_code, person.demo = role, title, zone, party_code, demo
    person.set_password(password)
    person.save()
    return Joined(username, role, zone)
