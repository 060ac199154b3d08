"""Who a bearer token belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer
from oauth2_provider.models import AccessToken

from gongfu.base.access.actor import Actor
from gongfu.core.rule import Finding
from gongfu.modules.parties import queries as parties
from gongfu.portals.gateway.limits import Limiter
from gongfu.portals.gateway.problems import Problem

KEPT_SECONDS, MOST_KEPT = 5.0, 1_000
# What each scope lets a client do.
MAY = {
    "messages": ("intake.accept", "gateway.sandbox"),
    "receipts": ("intake.read",),
    "webhooks": ("hooks.register", "hooks.rotate", "hooks.remove", "hooks.resend", "hooks.read"),
    "conformance": ("gateway.conform",),
    "feeds": ("feeds.deliver",),
}
LIMITER = Limiter(settings.RATE_PER_MINUTE, settings.RATE_BURST, settings.WEB_WORKERS)


@dataclass(frozen=True, slots=True)
class Client:
    """A machine client, bound to one firm, one zone, one environment and its scopes."""

    actor: Actor
    party_code: str
    zone: str
    scopes: frozenset[str]
    environment: str
    client_id: str

    @property
    def is_sandbox(self) -> bool:
        return self.environment == "sandbox"


_KEPT: dict[str, tuple[float, Client]] = {}


def forget() -> None:
    """Look every token up again: a key was just revoked here. Other processes do so within KEPT_SECONDS."""
    _KEPT.clear()


class Bearer(HttpBearer):
    """OAuth2 bearer tokens of client credentials; one answer for every fault."""

    def __call__(self, request: HttpRequest) -> Any:
        scheme, _, token = (request.headers.get("Authorization") or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Problem(Finding("AUTH-TOKEN"))
        return self.authenticate(request, token.strip())

    def authenticate(self, request: HttpRequest, token: str) -> Client:
        """The client behind the token; Problem AUTH-TOKEN when it is unknown, expired or its firm is no longer filed.

        What was found is remembered for KEPT_SECONDS, so a token that is withdrawn ends within that time.
        """
        known = _KEPT.get(token)
        if known is not None and monotonic() < known[0]:
            client = known[1]
        else:
            client = self._looked_up(token)
            if len(_KEPT) >= MOST_KEPT:
                _KEPT.clear()
            _KEPT[token] = (monotonic() + KEPT_SECONDS, client)
        _not_too_often(client.client_id)
        return client

    def _looked_up(self, token: str) -> Client:
        row = (
            AccessToken.objects.select_related("application__machine")
            .filter(token=token[:500], expires__gt=timezone.now())
            .first()
        )
        machine = getattr(getattr(row, "application", None), "machine", None)
        party = parties.by_code(machine.party_code) if machine else None
        if row is None or machine is None or party is None or party.revoked_on is not None or machine.revoked_at:
            raise Problem(Finding("AUTH-TOKEN"))
        scopes = frozenset((row.scope or "").split()) & frozenset(machine.scopes)
        codes = tuple(code for code in (party.code, party.customs_code) if code)
        actor = Actor(
            f"client:{row.application.client_id}",
            "own",
            frozenset(verb for scope in scopes for verb in MAY.get(scope, ())),
            (machine.zone,),
            codes,
        )
        number = row.application.client_id
        return Client(actor, machine.party_code, machine.zone, scopes, machine.environment, number)


def _not_too_often(client_id: str) -> None:
    """Problem LIMIT-RATE (429, Retry-After) when the client asks more often than its share of this process."""
    seconds = LIMITER.wait_seconds(client_id, monotonic())
    if seconds:
        facts = {"limit": settings.RATE_PER_MINUTE, "burst": settings.RATE_BURST}
        raise Problem(Finding("LIMIT-RATE", facts=facts), retry_after=seconds)
