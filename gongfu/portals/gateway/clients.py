"""Who a bearer token belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer
from oauth2_provider.models import AccessToken

from gongfu.base.access.actor import Actor
from gongfu.core.rule import Finding
from gongfu.modules.parties import queries as parties
from gongfu.portals.gateway.problems import Problem

KEPT_SECONDS, MOST_KEPT = 5.0, 1_000
MAY = {"messages": "intake.accept", "receipts": "intake.read"}


@dataclass(frozen=True, slots=True)
class Client:
    """A machine client, bound to one firm, one zone and its scopes."""

    actor: Actor
    party_code: str
    zone: str
    scopes: frozenset[str]


_KEPT: dict[str, tuple[float, Client]] = {}


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
            return known[1]
        client = self._looked_up(token)
        if len(_KEPT) >= MOST_KEPT:
            _KEPT.clear()
        _KEPT[token] = (monotonic() + KEPT_SECONDS, client)
        return client

    def _looked_up(self, token: str) -> Client:
        row = (
            AccessToken.objects.select_related("application__machine")
            .filter(token=token[:500], expires__gt=timezone.now())
            .first()
        )
        machine = getattr(getattr(row, "application", None), "machine", None)
        party = parties.by_code(machine.party_code) if machine else None
        if row is None or machine is None or party is None or party.revoked_on is not None:
            raise Problem(Finding("AUTH-TOKEN"))
        scopes = frozenset((row.scope or "").split()) & frozenset(machine.scopes)
        codes = tuple(code for code in (party.code, party.customs_code) if code)
        actor = Actor(
            f"client:{row.application.client_id}",
            "own",
            frozenset(MAY[scope] for scope in scopes if scope in MAY),
            (machine.zone,),
            codes,
        )
        return Client(actor, machine.party_code, machine.zone, scopes)
