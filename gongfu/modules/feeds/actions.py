"""Registering feeds, changing their schedule and mapping, taking deliveries in, telling owners what is overdue."""

from __future__ import annotations

import re
from collections.abc import Mapping as Values
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any

from gongfu.base.access.actor import WORKER, Actor
from gongfu.base.audit.action import action
from gongfu.base.events.bus import announce
from gongfu.base.files import actions as files
from gongfu.base.files.rules import clean_name
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.kit.packed import MEBIBYTE
from gongfu.base.notices.actions import tell
from gongfu.base.screens import workbooks
from gongfu.base.screens.sheets import bounds
from gongfu.core.fields import parse
from gongfu.core.rule import Finding
from gongfu.modules.feeds import forms, mappings, queries, rules
from gongfu.modules.feeds.events import DeliveryReceived
from gongfu.modules.feeds.kinds import kinds
from gongfu.modules.feeds.models import Delivery, Feed, Mapping, Telling
from gongfu.modules.feeds.schedules import RED
from gongfu.modules.parties import queries as parties

CODE = re.compile(r"[a-z][a-z0-9-]{2,39}")
TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
LONGEST = {"minute": 720, "hour": 24, "day": 366}
MINUTES = {"minute": 1, "hour": 60, "day": 1_440}


@dataclass(slots=True)
class Written:
    """A feed as it was registered or changed; with findings nothing was written."""

    feed: Feed | None = None
    findings: list[Finding] = field(default_factory=list)

    def audit(self) -> dict[str, Any] | None:
        if self.feed is None:
            return None
        facts = {"kind": self.feed.kind, "mapping": self.feed.mapping, "active": self.feed.active}
        return {"subject": f"feed:{self.feed.code}", "zone": self.feed.zone, "facts": facts}


@action("feeds.register", title="登记数据接入")
def register(actor: Actor, raw: Values[str, Any], *, zone: str = "") -> Written:
    """Register a feed of the actor's zone; every fault of what was said is told (FEED-CODE, -OWNER, -SCHEDULE, -MAPPING, -UNMAPPED)."""
    where, at = zone or actor.zones[0], clock.now()
    clean, faults = parse(forms.registration(), raw, on=civil_date(at))
    if not faults:
        faults = [*_named(clean, where), *_owned(clean, where), *_timed(clean)]
        faults += mappings.read(clean["mapping"], kinds()[clean["kind"]].fields)[1]
    if faults:
        return Written(findings=faults)
    told = {name: clean[name] for name in ("code", "kind", "form")}
    owner = {"desk": clean.get("desk", ""), "party_code": clean.get("party_code", "")}
    feed = Feed.objects.create(
        zone=where, registered_by=actor.name, registered_at=at, scheduled_at=at, **told, **owner, **_schedule(clean)
    )
    Mapping.objects.create(feed=feed, version=1, text=clean["mapping"], rows_at=clean.get("rows_at", ""), by=actor.name)
    return Written(feed)


def _named(clean: Values[str, Any], zone: str) -> list[Finding]:
    free = CODE.fullmatch(clean["code"]) and not Feed.objects.filter(zone=zone, code=clean["code"]).exists()
    return [] if free else [Finding("FEED-CODE", field="code", value=clean["code"])]


def _owned(clean: Values[str, Any], zone: str) -> list[Finding]:
    """A desk, or a firm that is filed; one of the two."""
    desk, firm = clean.get("desk", ""), clean.get("party_code", "")
    if bool(desk) != bool(firm) and (desk or parties.valid(firm)):
        return []
    return [Finding("FEED-OWNER", field="party_code" if firm else "desk", value=f"{desk} {firm}".strip() or "—")]


def _timed(clean: Values[str, Any]) -> list[Finding]:
    """An interval that suits its unit, a time of day where days are counted, a grace within one interval."""
    every, unit, due = clean["every"], clean["unit"], clean.get("due_at", "")
    fits = every <= LONGEST[unit] and (unit != "minute" or every >= 5)
    fits = fits and (unit != "day" or bool(TIME.fullmatch(due))) and clean["grace_minutes"] <= every * MINUTES[unit]
    value = f"{every} {unit} {due} +{clean['grace_minutes']}"
    return [] if fits else [Finding("FEED-SCHEDULE", field="every", value=value)]


def _schedule(clean: Values[str, Any]) -> dict[str, Any]:
    due = time.fromisoformat(clean.get("due_at") or "00:00")
    kept = {name: clean[name] for name in ("title", "every", "unit", "grace_minutes")}
    return {**kept, "due_at": due, "working_days": clean.get("working_days", False)}


@action("feeds.amend", title="修改接入周期")
def amend(actor: Actor, number: int, raw: Values[str, Any]) -> Written:
    """Change title and schedule, or put a feed out of use (`active` 否). The mapping changes by a case only."""
    feed = Feed.objects.seen_by(actor).select_for_update().filter(pk=number).first()
    if feed is None:
        return Written(findings=[Finding("FEED-UNKNOWN", value=str(number))])
    clean, faults = parse(forms.amendment(), raw, on=civil_date(clock.now()))
    faults = faults or _timed(clean)
    if faults:
        return Written(findings=faults)
    for name, value in {**_schedule(clean), "active": clean["active"] == "yes", "scheduled_at": clock.now()}.items():
        setattr(feed, name, value)
    feed.save()
    return Written(feed)


@action("feeds.approve", title="启用映射")
def adopt(actor: Actor, feed: Feed, *, text: str, rows_at: str, case: int) -> Written:
    """Use a mapping from the next delivery on: the effect of an agreed case."""
    feed = Feed.objects.select_for_update().get(pk=feed.pk)
    feed.mapping += 1
    Mapping.objects.create(feed=feed, version=feed.mapping, text=text, rows_at=rows_at, case_id=case, by=actor.name)
    feed.save(update_fields=["mapping"])
    return Written(feed)


@dataclass(slots=True)
class Received:
    """The answer to a delivery: the same for every copy of the same bytes."""

    delivery: Delivery | None = None
    again: bool = False
    finding: Finding | None = None

    def audit(self) -> dict[str, Any] | None:
        if self.delivery is None or self.again:
            return None
        facts = {"sha256": self.delivery.sha256, "size": self.delivery.size, "channel": self.delivery.channel}
        return {"subject": f"delivery:{self.delivery.pk}", "zone": self.delivery.zone, "facts": facts}


@action("feeds.deliver", title="接收数据送达")
def receive(
    actor: Actor,
    code: str,
    data: bytes,
    name: str,
    *,
    channel: str,
    zone: str = "",
    rows: str = "",
    sums: str = "",
) -> Received:
    """Take a delivery of a feed within reach: its enciphered bytes, its entry and the work are committed together.

    rows, sums: control totals as declared (`3`, `amount:12.00`).  The same bytes again give the first answer and change nothing.
    Findings: FEED-UNKNOWN, FEED-DECLARED, IMPORT-SIZE (then nothing is kept).
    """
    found = queries.feed_of(actor, code, zone)
    if found is None:
        return Received(finding=Finding("FEED-UNKNOWN", value=code[:40]))
    feed, sha = Feed.objects.select_for_update().get(pk=found.pk), workbooks.fingerprint(data)
    first = Delivery.objects.filter(feed=feed, sha256=sha).first()
    if first is not None:
        return Received(first, again=True)
    declared, faults = rules.declared(rows, sums, queries.kind_of(feed).sums)
    limit = bounds().packed
    if len(data) > limit * MEBIBYTE:
        faults = [Finding("IMPORT-SIZE", value=f"{len(data) / MEBIBYTE:,.1f}", facts={"limit": limit})]
    if faults:
        return Received(finding=faults[0])
    return Received(_kept(actor, feed, sha, data, rules.veiled_name(clean_name(name)), channel, declared))


def _kept(
    actor: Actor, feed: Feed, sha: str, data: bytes, name: str, channel: str, declared: dict[str, int]
) -> Delivery:
    file = files.keep_made(WORKER, [data], name, feed.form, f"feed:{feed.pk}")
    delivery = Delivery.objects.create(
        zone=feed.zone, feed=feed, party_code=feed.party_code, sha256=sha, name=name, size=len(data), file=file, channel=channel,
        actor=actor.name, received_at=clock.now(), mapping=feed.mapping, state="received", declared=declared,
    )  # fmt: skip
    files.hold(file, f"feeds.delivery:{delivery.pk}")
    announce(DeliveryReceived(delivery.pk), zone=feed.zone, weight=len(data))
    return delivery


@dataclass(slots=True)
class Declared:
    delivery: Delivery | None = None
    finding: Finding | None = None

    def audit(self) -> dict[str, Any] | None:
        if self.delivery is None:
            return None
        return {
            "subject": f"delivery:{self.delivery.pk}",
            "zone": self.delivery.zone,
            "facts": {"declared": self.delivery.declared},
        }


@action("feeds.declare", title="补报控制合计")
def declare(actor: Actor, number: int, *, rows: str, sums: str) -> Declared:
    """Give a held delivery other control totals; it is read once more. Findings: FEED-UNKNOWN, FEED-STATE, FEED-DECLARED."""
    delivery = Delivery.objects.seen_by(actor).select_for_update(of=("self",)).filter(pk=number).first()
    if delivery is None:
        return Declared(finding=Finding("FEED-UNKNOWN", value=str(number)))
    if delivery.state != "held":
        return Declared(finding=Finding("FEED-STATE", value=delivery.state))
    told, faults = rules.declared(rows, sums, queries.kind_of(delivery.feed).sums)
    if faults:
        return Declared(finding=faults[0])
    delivery.declared, delivery.state = told, "received"
    delivery.save(update_fields=["declared", "state"])
    announce(DeliveryReceived(delivery.pk), zone=delivery.zone)
    return Declared(delivery)


@dataclass(slots=True)
class Told:
    """Feeds whose owners were told now."""

    feeds: list[str] = field(default_factory=list)

    def audit(self) -> dict[str, Any] | None:
        return {"subject": "feeds", "facts": {"told": self.feeds}} if self.feeds else None


@action("feeds.watch", title="通知断档接入")
def tell_misses(actor: Actor, at: datetime) -> Told:
    """Tell the owners of feeds that are red at the moment, once for each miss; asking again tells nobody twice."""
    done = Told()
    for one in queries.stood(Feed.objects.filter(active=True, registered_at__lte=at), at):
        if one.standing.colour != RED:
            continue
        miss = f"{one.standing.why}:{one.standing.since:%Y-%m-%dT%H:%M:%S%z}"
        if Telling.objects.get_or_create(feed=one.feed, miss=miss)[1]:
            _notify(one.feed, one.standing.why)
            done.feeds.append(one.feed.code)
    return done


WHY = {
    "late": ("未按时送达", "nothing came in time"),
    "refused": ("送达的文件不能用", "the delivery could not be used"),
    "held": ("送达的合计对不上", "the totals do not reconcile"),
}


def _notify(feed: Feed, why: str) -> None:
    """The owner, a firm or the officers of the zone; where a firm owns it, the officers as well."""
    zh, en = WHY[why]
    title, title_en = f"数据接入 {feed.title}：{zh}", f"Feed {feed.title}: {en}"
    if feed.party_code:
        tell(zone=feed.zone, party_code=feed.party_code, title=title, title_en=title_en, place="notices")
    tell(zone=feed.zone, permission="feeds.deliver", title=title, title_en=title_en, place=f"feeds/{feed.pk}")
