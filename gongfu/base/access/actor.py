"""The Actor: who acts or asks, with what reach and permissions. Deny by default."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import PermissionDenied

from gongfu.base.access.models import Mandate
from gongfu.base.access.roles import EVERYONE, Role, roles, scopes
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.zones.plan import plans

HOUSE_ZONE = ""  # of what belongs to the whole house and to no pilot zone


@dataclass(frozen=True, slots=True)
class Held:
    """A firm that one may act for today, and the permissions it left."""

    party_code: str
    may: frozenset[str]


@dataclass(frozen=True, slots=True)
class Actor:
    """name: what the log says.  reach: own | zone | platform | none.  party_codes, zones: where to.

    Only the house's own workers and commands reach the whole platform; no person's role does.
    mandates: firms that left some business to the actor's own; `doing` says which of them count.
    """

    name: str
    reach: str = "none"
    may: frozenset[str] = frozenset()
    zones: tuple[str, ...] = ()
    party_codes: tuple[str, ...] = ()
    role: str = ""
    mandates: tuple[Held, ...] = ()

    def allows(self, permission: str) -> bool:
        return permission in self.may or "*" in self.may

    def require(self, permission: str) -> None:
        """PermissionDenied unless the permission is held."""
        if not self.allows(permission):
            raise PermissionDenied(permission)

    @property
    def own_codes(self) -> tuple[str, ...]:
        """The codes of the firm the actor belongs to, without those of its principals."""
        principals = {one.party_code for one in self.mandates}
        return tuple(code for code in self.party_codes if code not in principals)

    def doing(self, permission: str) -> Actor:
        """The actor while using one permission: the own firm, and those that left just this to it by mandate."""
        if not self.mandates:
            return self
        left = [one.party_code for one in self.mandates if permission in one.may and permission in self.may]
        return replace(self, party_codes=tuple(dict.fromkeys((*self.own_codes, *left))))

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
        mandates=_mandates(person) if role.portal == "enterprise" and person.party_code else (),
    )


def _mandates(person: Any) -> tuple[Held, ...]:
    """The mandates that the person's firm holds today; asked once for each request."""
    known: tuple[Held, ...] | None = person.__dict__.get("_mandates")
    if known is None:
        today = civil_date(clock.now())
        rows = Mandate.objects.filter(
            agent_code=person.party_code, valid_from__lte=today, valid_until__gte=today, withdrawn_at=None
        )
        may: dict[str, frozenset[str]] = {}
        for code, named in rows.values_list("party_code", "scopes"):
            may[code] = may.get(code, frozenset()).union(*(scopes()[one].may for one in named if one in scopes()))
        known = person.__dict__["_mandates"] = tuple(Held(code, verbs) for code, verbs in sorted(may.items()))
    return known


def _zones(role: Role, own: str) -> tuple[str, ...]:
    """The zones within a role's reach, one's own first: a province has the zones whose codes begin alike (GB/T 2260)."""
    if role.reach == "house":
        return (HOUSE_ZONE,)
    if role.reach == "province" and own in plans():
        province = plans()[own].adcode[:2]
        return (own, *sorted(one.code for one in plans().values() if one.adcode[:2] == province and one.code != own))
    return (own,) if own else ()
