"""Setting the ways of one's own, and putting each notice on the ways of those it reaches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q

from gongfu.base.access.actor import Actor
from gongfu.base.access.roles import roles
from gongfu.base.audit.action import action
from gongfu.base.kit import clock, vault
from gongfu.base.kit.beijing import civil_date
from gongfu.base.notices.channels import CHANNELS, LANGUAGES, written
from gongfu.base.notices.models import Dispatch, Notice, Way
from gongfu.core.fields import parse
from gongfu.core.rule import Finding
from gongfu.zones.plan import plans

TRIALS_A_DAY = 10
TRIAL = {"zh": "这是一条试发的通知", "en": "This is a trial notice"}


@dataclass(slots=True)
class Set:
    """The ways as they stand; with findings nothing was changed."""

    person: int
    on: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def audit(self) -> dict[str, Any] | None:
        return None if self.findings else {"subject": f"person:{self.person}", "facts": {"ways": self.on}}


@action("notices.ways", title="设置通知渠道")
def set_ways(actor: Actor, person: Any, raw: Mapping[str, Any], on: Iterable[str], language: str) -> Set:
    """Set the ways of a person.  raw: addresses by channel, an empty one leaves what is kept.  on: the channels in use.

    What waits on a way that is switched off is not sent any more.
    """
    wanted, done = set(on), Set(person.pk)
    clean, done.findings = parse([one.address for one in CHANNELS.values()], raw, on=civil_date(clock.now()))
    kept = {row.channel: row for row in Way.objects.select_for_update().filter(person=person)}
    known = {*clean, *kept, *(one.field for one in done.findings)}
    done.findings += [
        Finding("FIELD-NEEDED", field=one.code, facts={"title": one.address.title, "title_en": one.address.title_en})
        for one in CHANNELS.values()
        if one.code in wanted and one.code not in known
    ]
    if done.findings:
        return done
    for code in CHANNELS:
        row = kept.get(code) or Way(person=person, channel=code)
        if code in clean:
            row.sealed = vault.seal(clean[code].encode(), row.context)
            row.shown = CHANNELS[code].address.shown(clean[code])
        row.on, row.language, row.changed_at = code in wanted, language if language in TRIAL else LANGUAGES[0][0], clock.now()
        if row.sealed:
            row.save()
    done.on = sorted(wanted & set(CHANNELS))
    Dispatch.objects.filter(way__person=person, way__on=False, state="pending").update(state="off")
    return done


@action("notices.try", title="试发通知")
def try_ways(actor: Actor, person: Any) -> Set:
    """Put a trial notice on each way in use; so many a day, for an address may be anybody's."""
    since = clock.now() - timedelta(days=1)
    if Dispatch.objects.filter(way__person=person, notice=None, at__gte=since).count() >= TRIALS_A_DAY:
        return Set(person.pk, findings=[Finding("LIMIT-TRIALS", value=str(TRIALS_A_DAY))])
    rows = list(Way.objects.filter(person=person, on=True))
    Dispatch.objects.bulk_create(Dispatch(way=row, text=_text(row, person.zone, TRIAL)) for row in rows)
    return Set(person.pk, [row.channel for row in rows])


def put_on_ways(notice: Notice) -> None:
    """One dispatch for each way in use of each person whom the notice reaches; in the transaction at hand."""
    titles = {"zh": notice.title, "en": notice.title_en}
    reached = Way.objects.filter(_reached(notice), on=True, person__is_active=True)
    Dispatch.objects.bulk_create(
        Dispatch(way=row, notice=notice, text=_text(row, notice.zone, titles)) for row in reached
    )


def _text(row: Way, zone: str, titles: Mapping[str, str]) -> str:
    """In the language of the way; the address of the platform behind it, where the installation names one."""
    plan = plans().get(zone)
    places = {"zh": plan.short, "en": plan.short_en} if plan else {"zh": "", "en": ""}
    link = f"{settings.SITE}/desk/" if settings.SITE else ""
    return written(CHANNELS[row.channel], row.language, places[row.language], titles[row.language], link)


def _reached(notice: Notice) -> Q:
    """The one person, the firm's people, or those at the desk of the zone."""
    if notice.person:
        return Q(person__pk=int(notice.person.removeprefix("person:")))
    if notice.party_code:
        return Q(person__party_code=notice.party_code)
    desk = [role.code for role in roles().values() if notice.permission in role.may]
    return Q(person__zone=notice.zone, person__role__in=desk)
