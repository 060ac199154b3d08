"""The one door: reading through a grant, publishing open fields, consenting and withdrawing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.sharing import rules
from gongfu.base.sharing.datasets import Dataset, datasets
from gongfu.base.sharing.models import Access, Consent, Grant
from gongfu.core.rule import Finding
from gongfu.core.text import hidden, tidy

LIMIT, SUBJECTS = 10_000, 10_000


@dataclass(frozen=True, slots=True)
class Read:
    """What came through the door.  refused: why nothing did, as a code of the registry; empty when it did."""

    dataset: Dataset
    rows: list[dict[str, Any]]
    access: Access
    grant: Grant | None = None
    refused: str = ""

    def audit(self) -> dict[str, Any]:
        return {
            "subject": f"dataset:{self.dataset.code}", "zone": self.access.zone,
            "facts": {
                "access": self.access.pk, "purpose": self.access.purpose, "fields": self.access.fields, "rows": self.access.rows,
                "grant": self.grant.pk if self.grant else None, "refused": self.refused,
            },
        }  # fmt: skip


@action("sharing.read", title="读取共享数据")
def read(actor: Actor, code: str, *, purpose: str, where: Mapping[str, Any] | None = None, lang: str = "zh") -> Read:
    """Rows of a dataset under the grant that holds today for this actor and purpose; ungranted fields are hidden, refusals logged too.

    KeyError for an unknown dataset.
    """
    dataset, today = datasets()[code], civil_date(clock.now())
    held = list(grants_of(actor).filter(dataset=code))
    grant = next((one for one in held if one.purpose == purpose and _holds(one, today)), None)
    if grant is None:
        return _refuse(actor, dataset, purpose, _why(held, purpose, today))
    inside = rules.within(where or {}, grant.where)
    if inside is None:
        return _refuse(actor, dataset, purpose, "SHARE-OUTSIDE", grant)
    if grant.needs_consent:
        agreed = _consented(grant, today)
        wanted = (
            rules.within({dataset.subject: agreed}, {dataset.subject: inside.get(dataset.subject)}) if agreed else None
        )
        if wanted is None:
            return _refuse(actor, dataset, purpose, "SHARE-NO-CONSENT", grant)
        inside = {**inside, **wanted}
    rows = dataset.rows(inside, LIMIT)
    shown = rules.masked(rows, dataset.fields, grant.fields, lang)
    subjects = (
        sorted({str(row[dataset.subject]) for row in rows if row.get(dataset.subject)})[:SUBJECTS]
        if dataset.subject
        else []
    )
    access = _log(actor, dataset, purpose, grant, sorted(grant.fields), len(rows), subjects, "")
    return Read(dataset, shown, access, grant)


def grants_of(actor: Actor) -> Any:
    """Grants made to the actor's desk or firm, whether they still hold or not."""
    mine = Q(party_code__in=[code for code in actor.party_codes if code])
    if actor.role and actor.zones:
        mine |= Q(role=actor.role, zone__in=actor.zones)
    return Grant.objects.filter(mine)


def _holds(grant: Grant, on: date) -> bool:
    return grant.revoked_at is None and grant.valid_from <= on <= grant.valid_until


def _why(held: list[Grant], purpose: str, on: date) -> str:
    if not held:
        return "SHARE-NO-GRANT"
    if any(one.purpose == purpose for one in held):
        return "SHARE-ENDED"
    return "SHARE-PURPOSE" if any(_holds(one, on) for one in held) else "SHARE-ENDED"


def _consented(grant: Grant, on: date) -> list[str]:
    rows = Consent.objects.filter(
        reader_code=grant.party_code,
        dataset=grant.dataset,
        purpose=grant.purpose,
        withdrawn_at=None,
        valid_until__gte=on,
    )
    return sorted(set(rows.values_list("subject_code", flat=True)))


def _refuse(actor: Actor, dataset: Dataset, purpose: str, why: str, grant: Grant | None = None) -> Read:
    return Read(dataset, [], _log(actor, dataset, purpose, grant, [], 0, [], why), grant, why)


def _log(
    actor: Actor,
    dataset: Dataset,
    purpose: str,
    grant: Grant | None,
    fields: list[str],
    rows: int,
    subjects: list[str],
    refused: str,
) -> Access:
    return Access.objects.create(
        zone=grant.zone if grant else (actor.zones[0] if actor.zones else ""), dataset=dataset.code, grant=grant, actor=actor.name, role=actor.role,
        party_code=actor.party_codes[0] if actor.party_codes else "", purpose=purpose[:200], fields=fields, rows=rows, subjects=subjects, refused=refused,
    )  # fmt: skip


LEAST_REASON = 6


@dataclass(frozen=True, slots=True)
class Revealed:
    """Whether a number may be shown in full to the one who asked; the finding when it may not."""

    access: Access | None = None
    finding: Finding | None = None

    def audit(self) -> dict[str, Any] | None:
        one = self.access
        if one is None:
            return None
        return {"subject": f"dataset:{one.dataset}", "zone": one.zone, "facts": {"access": one.pk, "reason": one.purpose, "fields": one.fields}}  # fmt: skip


@action("sharing.reveal", title="查看完整号码")
def reveal(actor: Actor, code: str, *, zone: str, subject: str, fields: Sequence[str], reason: str) -> Revealed:
    """See one person's masked values in full, with a reason that is logged and that the person sees. KeyError for an unknown dataset."""
    said = tidy(reason)
    if len(said) < LEAST_REASON or hidden(said):
        return Revealed(finding=Finding("SHARE-REASON", field="reason"))
    row = Access.objects.create(
        zone=zone, dataset=datasets()[code].code, actor=actor.name, role=actor.role, purpose=said[:200], fields=sorted(fields), rows=1, subjects=[subject] if subject else []
    )  # fmt: skip
    return Revealed(row)


@dataclass(frozen=True, slots=True)
class Agreed:
    consent: Consent

    def audit(self) -> dict[str, Any]:
        one = self.consent
        told = {
            "dataset": one.dataset,
            "reader": one.reader_code,
            "purpose": one.purpose,
            "withdrawn": one.withdrawn_at is not None,
        }
        return {"subject": f"consent:{one.pk}", "zone": one.zone, "facts": told}


@action("sharing.consent", title="同意共享")
def consent(actor: Actor, *, dataset: str, reader_code: str, purpose: str, until: date) -> Agreed:
    """Allow a firm to read one's own rows for a purpose until a day. KeyError for an unknown dataset; ValueError for a day that has
    passed, and for a dataset whose rows are nobody's."""
    found, today = datasets()[dataset], civil_date(clock.now())
    if not found.subject:
        raise ValueError("nobody's rows need no consent")
    if until < today:
        raise ValueError("the last day of a consent lies in the past")
    row = Consent.objects.create(
        zone=actor.zones[0], subject_code=actor.party_codes[0], reader_code=reader_code, dataset=found.code, purpose=purpose, given_by=actor.name, valid_until=until
    )  # fmt: skip
    return Agreed(row)


@action("sharing.consent", title="同意共享")
def withdraw_consent(actor: Actor, number: int) -> Agreed:
    """Take a consent back from now on; Consent.DoesNotExist out of reach."""
    row = Consent.objects.seen_by(actor).select_for_update().get(pk=number)
    row.withdrawn_at = row.withdrawn_at or clock.now()
    row.save(update_fields=["withdrawn_at"])
    return Agreed(row)


@dataclass(frozen=True, slots=True)
class Revoked:
    grant: Grant

    def audit(self) -> dict[str, Any]:
        return {"subject": f"grant:{self.grant.pk}", "zone": self.grant.zone, "facts": {"dataset": self.grant.dataset}}


@action("sharing.decide", title="撤销授权")
def revoke(actor: Actor, number: int) -> Revoked:
    """End a grant at once; Grant.DoesNotExist out of reach, PermissionDenied for another desk's dataset."""
    grant = Grant.objects.seen_by(actor).select_for_update().get(pk=number)
    actor.require(datasets()[grant.dataset].owner)
    grant.revoked_at = grant.revoked_at or clock.now()
    grant.save(update_fields=["revoked_at"])
    return Revoked(grant)
