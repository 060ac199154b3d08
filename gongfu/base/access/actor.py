"""The Actor: who acts or asks, with what reach and permissions. Deny by default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied

from gongfu.base.access.roles import EVERYONE, Role, roles
from gongfu.zones.plan import plans

HOUSE_ZONE = ""  # of what belongs to the whole house and to no pilot zone


@dataclass(frozen=True, slots=True)
class Actor:
    """name: what the log says.  reach: own | zone | platform | none.  party_codes, zones: where to.

    Only the house's own workers and commands reach the whole platform; no person's role does.
    """

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
        reach="own" if role.reach == "own" else "zone",
        may=role.may | EVERYONE,
        role=role.code,
        zones=_zones(role, person.zone),
        party_codes=(person.party_code,) if person.party_code else (),
    )


def _zones(role: Role, own: str) -> tuple[str, ...]:
    """The zones within a role's reach, one's own first: a province has the zones whose codes begin alike (GB/T 2260)."""
    if role.reach == "house":
        return (HOUSE_ZONE,)
    if role.reach == "province" and own in plans():
        province = plans()[own].adcode[:2]
        return (own, *sorted(one.code for one in plans().values() if one.adcode[:2] == province and one.code != own))
    return (own,) if own else ()
