"""Making and revoking machine clients; making people."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import connection
from oauth2_provider.models import AccessToken, get_application_model

from gongfu.base.access.actor import Actor
from gongfu.base.access.models import ENVIRONMENTS, MachineClient, Person
from gongfu.base.audit.action import action
from gongfu.base.kit import clock
from gongfu.core.rule import Finding


@dataclass(frozen=True, slots=True)
class Made:
    """A client and its secret, which is shown once and kept hashed."""

    client_id: str = ""
    client_secret: str = ""
    party_code: str = ""
    zone: str = ""
    environment: str = "live"
    finding: Finding | None = None

    def audit(self) -> dict[str, Any] | None:
        if self.finding:
            return None
        facts = {"party_code": self.party_code, "environment": self.environment}
        return {"subject": f"client:{self.client_id}", "zone": self.zone, "facts": facts}


SCOPES = ("messages", "receipts", "webhooks", "conformance", "feeds")
MOST_KEYS = 20


def _make(party_code: str, zone: str, environment: str, scopes: Sequence[str], title: str, by: str) -> Made:
    secret = secrets.token_urlsafe(32)
    application_model = get_application_model()
    application = application_model(
        name=party_code, client_type="confidential", authorization_grant_type="client-credentials", client_secret=secret
    )
    application.save()
    MachineClient.objects.create(
        application=application,
        party_code=party_code,
        zone=zone,
        scopes=list(scopes),
        environment=environment,
        title=title,
        created_by=by,
    )
    return Made(application.client_id, secret, party_code, zone, environment)


@action("access.client", title="开通系统接入")
def add_client(
    actor: Actor, party_code: str, zone: str, *, environment: str = "live", scopes: Sequence[str] = SCOPES
) -> Made:
    """An OAuth2 client (client credentials) bound to one firm, zone and environment."""
    return _make(party_code, zone, environment, scopes, "", actor.name)


@action("access.key", title="自助开通接入密钥")
def create_key(actor: Actor, *, environment: str, scopes: Sequence[str], title: str = "") -> Made:
    """A key that a firm's administrator makes for the own firm; with a finding nothing was made."""
    unknown = [name for name in scopes if name not in SCOPES]
    if unknown or not scopes or environment not in ENVIRONMENTS or not actor.party_codes or not actor.zones:
        value = ",".join(unknown) or environment
        return Made(finding=Finding("LIMIT-KEY", value=value[:60], facts={"known": ", ".join(SCOPES)}))
    party_code = actor.party_codes[0]
    with connection.cursor() as cursor:  # keys of one firm are counted one after the other
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"keys:{party_code}"])
    if MachineClient.objects.filter(party_code=party_code, revoked_at=None).count() >= MOST_KEYS:
        return Made(finding=Finding("LIMIT-KEY-COUNT", facts={"limit": MOST_KEYS}))
    return _make(party_code, actor.zones[0], environment, sorted(set(scopes)), title[:60], actor.name)


@dataclass(frozen=True, slots=True)
class Revoked:
    """The key that was revoked; an empty client_id when there was none of the actor's own to revoke."""

    client_id: str = ""
    zone: str = ""

    def audit(self) -> dict[str, Any] | None:
        return {"subject": f"client:{self.client_id}", "zone": self.zone} if self.client_id else None


@action("access.revoke", title="撤销接入密钥")
def revoke_key(actor: Actor, client_id: str) -> Revoked:
    """End a key of the own firm at once: its tokens are void, no new ones are given."""
    row = (
        MachineClient.objects.select_for_update(of=("self",))
        .filter(application__client_id=client_id, party_code__in=actor.party_codes, revoked_at=None)
        .first()
    )
    if row is None:
        return Revoked()
    row.revoked_at = clock.now()
    row.save(update_fields=["revoked_at"])
    AccessToken.objects.filter(application=row.application).delete()
    # with a secret that nobody knows the application can never get a token again
    unknown = make_password(secrets.token_urlsafe(32))
    get_application_model().objects.filter(pk=row.application_id).update(client_secret=unknown)
    return Revoked(client_id, row.zone)


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
    identity: str = "",
    demo: bool = False,
) -> Joined:
    """A person with a role at one firm or desk; an existing one gets the new password and role.  identity: key of `identity_key`."""
    person, _ = Person.objects.get_or_create(username=username)
    person.identity_key = identity or person.identity_key
    person.role, person.title, person.zone, person.party_code, person.demo = role, title, zone, party_code, demo
    person.set_password(password)
    person.save()
    return Joined(username, role, zone)
