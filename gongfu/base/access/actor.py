"""The Actor: who acts or asks, with what reach and permissions. Deny by default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied

from gongfu.base.access.roles import EVERYONE, roles


@dataclass(frozen=True, slots=True)
class Actor:
    """name: what the log says.  reach: own | zone | platform | none.  party_codes, zones: where to."""

    name: str
    reach: str = "none"
    may: frozenset[str] = frozenset()
    zones: tuple[str, ...] = ()
    party_codes: tuple[str, ...] = ()
    role: str = ""

    def allows(self, permission: str) -> bool:
        return permission in self.may or "*" in self.may

    def require(self, permission: str) -> None:
        """PermissionDenied unless the permission is held."""
        if not self.allows(permission):
            raise PermissionDenied(permission)

    def acts_for(self, party_code: str, zone: str) -> bool:
        """Whether the actor may act in the name of a firm of that zone: the firm itself, its zone's office, the platform."""
        if self.reach == "platform":
            return True
        firm = self.reach == "zone" or (self.reach == "own" and party_code in self.party_codes)
        return firm and zone in self.zones


NOBODY = Actor("anonymous")
WORKER = Actor("worker", "platform", frozenset({"*"}))
OPERATOR = Actor("operator", "platform", frozenset({"*"}))


def of_person(person: Any) -> Actor:
    """The actor behind a signed-in person; NOBODY for strangers and for unknown roles."""
    role = roles().get(getattr(person, "role", ""))
    if role is None or not person.is_active:
        return NOBODY
    return Actor(
        name=f"person:{person.pk}",
        reach=role.reach,
        may=role.may | EVERYONE,
        role=role.code,
        zones=(person.zone,) if person.zone else (),
        party_codes=(person.party_code,) if person.party_code else (),
    )
