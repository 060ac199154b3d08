"""Writing and withdrawing entries; and the accreditation case that every register kind has by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import F

from gongfu.base.access.actor import Actor
from gongfu.base.access.queries import belongs_to
from gongfu.base.audit.action import action
from gongfu.base.cases.facts import clear, kept
from gongfu.base.cases.kinds import CaseKind
from gongfu.base.cases.models import Case
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.notices.actions import tell
from gongfu.base.registers.kinds import RegisterKind, registers
from gongfu.base.registers.models import Entry
from gongfu.core.fields import Field, parse
from gongfu.core.flow import HOUSE, Flow, Move
from gongfu.core.rule import Finding

REASON = (Field("reason", "理由", "Why", "lines"),)


@dataclass(slots=True)
class Written:
    """The entry as it stands, or the findings that kept it out."""

    entry: Entry | None
    findings: list[Finding] = field(default_factory=list)

    def audit(self) -> dict[str, Any] | None:
        if self.entry is None:
            return None
        return {
            "subject": f"register:{self.entry.kind}:{self.entry.key}",
            "zone": self.entry.zone,
            "facts": {"version": self.entry.version},
        }


@action("registers.write", title="登记名录")
def write(
    actor: Actor, kind_code: str, *, zone: str, raw: Mapping[str, Any], party_code: str = "", case: int | None = None
) -> Written:
    """Enter, or bring up to date, one entry by its key; every fault is told and then nothing is written. KeyError for an unknown kind; PermissionDenied for one's own firm."""
    kind, today = registers()[kind_code], civil_date(clock.now())
    actor.require(HOUSE if kind.by_case else kind.decides)
    if party_code and party_code in belongs_to(actor):
        raise PermissionDenied("own firm")
    clean, faults = parse(kind.fields, raw, on=today)
    faults = faults or [*unfit(kind, clean, today), *taken(kind, zone, clean, party_code)]
    if any(one.blocks for one in faults):
        return Written(None, faults)
    return Written(enter(kind, zone, clean, party_code, case, today), faults)


def taken(kind: RegisterKind, zone: str, facts: Mapping[str, Any], party_code: str) -> list[Finding]:
    """An entry with that key that stands is another firm's: no firm takes it over by naming its key; an office (no firm) may write it."""
    if kind.key == "party" or not party_code:
        return []
    key = str(facts[kind.key])[:80]
    rows = Entry.objects.filter(kind=kind.code, zone=zone, key=key, withdrawn_on=None)
    others = rows.exclude(party_code__in=("", party_code))
    return [Finding("REGISTER-TAKEN", field=kind.key, value=key)] if others.exists() else []


def unfit(kind: RegisterKind, facts: Mapping[str, Any], today: date) -> list[Finding]:
    """What the kind's criteria say against sound facts, and a last day that has passed."""
    last = kind.last_day(facts) if kind.until else None
    name = kind.until.partition(".")[0]
    ended = [Finding("REGISTER-ENDED", field=name, value=last.isoformat())] if last and last < today else []
    return [*(kind.criteria(facts) if kind.criteria else []), *ended]


def enter(
    kind: RegisterKind, zone: str, clean: Mapping[str, Any], party_code: str, case: int | None, today: date
) -> Entry:
    """Write clean facts in the transaction at hand; an entry written for no firm stays whose it is."""
    key = party_code if kind.key == "party" else str(clean[kind.key])
    told = {
        "title": str(clean.get(kind.headline, key))[:200], "party_code": party_code, "facts": kept(kind.fields, clean), "case_id": case,
        "valid_until": kind.last_day(clean) if kind.until else None, "withdrawn_on": None,
    }  # fmt: skip
    entry, fresh = Entry.objects.select_for_update().get_or_create(
        kind=kind.code, zone=zone, key=key[:80], defaults={**told, "valid_from": today}
    )
    if not fresh:
        told["party_code"] = party_code or entry.party_code
        Entry.objects.filter(pk=entry.pk).update(**told, version=F("version") + 1)
        entry.refresh_from_db()
    return entry


@action("registers.withdraw", title="撤销名录")
def withdraw(actor: Actor, number: int) -> Written:
    """Withdraw an entry from today on; Entry.DoesNotExist out of reach."""
    entry = Entry.objects.seen_by(actor).select_for_update().get(pk=number)
    actor.require(registers()[entry.kind].decides)
    entry.withdrawn_on, entry.version = civil_date(clock.now()), entry.version + 1
    entry.save(update_fields=["withdrawn_on", "version"])
    return Written(entry)


@dataclass(frozen=True, slots=True)
class Reminded:
    """Entries whose holder and office were told that their date is near or passed."""

    numbers: tuple[int, ...]

    def audit(self) -> dict[str, Any] | None:
        return {"subject": "registers", "facts": {"reminded": list(self.numbers)}} if self.numbers else None


@action("registers.remind", title="名录到期提醒")
def remind(actor: Actor, on: date) -> Reminded:
    """Tell holder and office of each entry that came so many days (`RegisterKind.remind`) before its last day, or past it, each time once."""
    told = []
    for kind in (one for one in registers().values() if one.remind):
        near = Entry.objects.filter(
            kind=kind.code, withdrawn_on=None, valid_until__lte=on + timedelta(days=max(kind.remind))
        )
        for entry in near.select_for_update().order_by("pk"):
            since = max((day for day in _milestones(kind, entry) if day <= on), default=None)
            if since is not None and (entry.reminded_on is None or entry.reminded_on < since):
                _tell(kind, entry)
                Entry.objects.filter(pk=entry.pk).update(reminded_on=on)
                told.append(entry.pk)
    return Reminded(tuple(told))


def _milestones(kind: RegisterKind, entry: Entry) -> list[date]:
    """The days on which one is told: so many days before the last one, and the day after it."""
    return [entry.valid_until - timedelta(days=days) for days in (*kind.remind, -1)] if entry.valid_until else []


def _tell(kind: RegisterKind, entry: Entry) -> None:
    zh = f"{kind.title} {entry.title}：{entry.valid_until:%Y-%m-%d} 到期，请及时更新"
    en = f"{kind.title_en} {entry.title}: its last day is {entry.valid_until:%Y-%m-%d}; please renew"
    place = f"registers/{kind.code}/{entry.pk}"
    if entry.party_code:
        tell(zone=entry.zone, party_code=entry.party_code, title=zh, title_en=en, place=place)
    tell(zone=entry.zone, permission=kind.decides, title=zh, title_en=en, place=place)


def accreditation(kind: RegisterKind) -> CaseKind:
    """The case by which a firm gets into a register: handed in, decided by another, entered in the same transaction."""
    flow = Flow(f"register.{kind.code}", f"{kind.title}申请", start="draft", finals=("valid", "refused", "withdrawn"), moves=(
        Move("submit", "提交", "draft", "reviewing", by=kind.opens, title_en="Submit"),
        Move("approve", "准予入册", "reviewing", "valid", by=kind.decides, days=kind.days, title_en="Approve", other=True),
        Move("send_back", "退回补正", "reviewing", "draft", by=kind.decides, title_en="Send back", asks=REASON),
        Move("refuse", "不予入册", "reviewing", "refused", by=kind.decides, title_en="Refuse", asks=REASON, other=True),
        Move("withdraw", "撤回", ("draft", "reviewing"), "withdrawn", by=kind.opens, title_en="Withdraw"),
    ))  # fmt: skip

    def check(case: Case, facts: Mapping[str, Any]) -> list[Finding]:
        return [*unfit(kind, facts, civil_date(clock.now())), *taken(kind, case.zone, facts, case.party_code)]

    def approve(actor: Actor, case: Case) -> None:
        facts = clear(case.facts)
        enter(
            kind,
            case.zone,
            {one.name: facts[one.name] for one in kind.fields if one.name in facts},
            case.party_code,
            case.pk,
            civil_date(clock.now()),
        )

    return CaseKind(
        flow, f"Application: {kind.title_en}", kind.about, kind.about_en, kind.fields, opens=kind.opens, prefix=kind.prefix, module=kind.module,
        topic=kind.topic, words=kind.words, events=kind.events, check=check, guards={"approve": check}, effects={"approve": approve},
        headline=lambda facts: str(facts.get(kind.headline, "")), features=kind.features,
    )  # fmt: skip
