"""Typing documents: begin, keep, throw away, take back, hand in. Everything for firms that the actor may act for."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import F, Func, Value
from django.utils import timezone

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.kit.crash import crash_point
from gongfu.core.ceb import codec
from gongfu.core.rule import Finding
from gongfu.modules.drafts import queries, rules
from gongfu.modules.drafts.layouts import LINES, MOST_LINES, Form, forms
from gongfu.modules.drafts.models import DELETED, DRAFT, SUBMITTED, Draft
from gongfu.modules.intake import actions as intake
from gongfu.modules.intake import queries as received
from gongfu.modules.parties import queries as parties

NUMBER_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Done:
    """The draft as it stands, and what is to be said of it; without a draft nothing was done."""

    draft: Draft | None = None
    findings: list[Finding] = field(default_factory=list)

    def audit(self) -> dict[str, Any] | None:
        return self.draft.audit() if self.draft is not None else None


def fresh_guid() -> str:
    return str(uuid.uuid4()).upper()


def _new(actor: Actor, form: Form, party_code: str, told: rules.Body) -> Draft:
    guid = fresh_guid()
    return Draft.objects.create(
        zone=actor.zones[0], party_code=party_code, agent_code=next(iter(actor.own_codes), party_code), kind=form.kind, guid=guid,
        number=_number(told), body=queries.sealed(told, guid), by=actor.name,
    )  # fmt: skip


def _number(told: rules.Body) -> str:
    return str(told["head"].get("orderNo", ""))[:NUMBER_LENGTH]


def denied(actor: Actor, party_code: str) -> Finding | None:
    """Whether the actor may type for the firm: the own one, or one that left declaring to it by mandate."""
    if actor.zones and party_code in actor.party_codes:
        return None
    return Finding("DRAFT-FIRM", field="party_code", value=party_code[:18])


@action("drafts.open", title="新建草稿")
def begin(
    actor: Actor, kind: str, party_code: str, *, order_no: str = "", given: rules.Body | None = None, past_of: queries.Past | None = None
) -> Done:  # fmt: skip
    """A fresh draft of a firm: from the body given (a copy, a row of a workbook) or the cited order, the rest filled in. KeyError for an unknown kind."""
    form, fault = forms()[kind], denied(actor, party_code)
    if fault:
        return Done(findings=[fault])
    known = queries.known(actor, form, party_code, given, order_no, past_of)
    if order_no and form.cites and not known.order:
        return Done(findings=[Finding("DRAFT-ORDER", field="order", value=order_no[:NUMBER_LENGTH])])
    told = rules.filled(form, given, known) if given else rules.begun(form, known)
    return Done(_new(actor, form, party_code, told))


@action("drafts.copy", title="复制草稿")
def copy(actor: Actor, number: int) -> Done:
    """The same once more under a new guid, without its order number."""
    draft = queries.seen(actor, number)
    if draft is None:
        return Done(findings=[Finding("DRAFT-NOT-FOUND", value=str(number))])
    told = queries.body(draft)
    told["head"]["orderNo"] = ""
    return Done(_new(actor, forms()[draft.kind], draft.party_code, told))


@action("drafts.correct", title="改正重报")
def correct(actor: Actor, message_id: int, guid: str) -> Done:
    """A draft with the values of a document that was handed in, read from its kept original; under a new guid."""
    message = received.seen(actor, message_id)
    form = forms().get(message.type) if message else None
    document = received.document(message_id, guid) if message and form else {}
    if message is None or form is None or not document:
        return Done(findings=[Finding("DRAFT-NOT-FOUND", value=guid[:36])])
    fault = denied(actor, message.sender_code)
    if fault:
        return Done(findings=[fault])
    head = {one.field.name: str(document.get(one.field.name, "")) for one in form.head}
    lines = [{one.field.name: str(item.get(one.field.name, "")) for one in form.line} for item in document["items"]]
    return Done(_new(actor, form, message.sender_code, {"head": head, LINES: lines}))


def _locked(actor: Actor, number: int, *states: str) -> tuple[Draft | None, list[Finding]]:
    draft = Draft.objects.seen_by(actor).select_for_update().filter(pk=number).first()
    if draft is None:
        return None, [Finding("DRAFT-NOT-FOUND", value=str(number))]
    if draft.state not in states:
        return None, [Finding("DRAFT-STATE", value=str(number))]
    return draft, []


@action("drafts.save", title="保存草稿")
def save(
    actor: Actor,
    number: int,
    head: Mapping[str, Any],
    lines: list[dict[str, str]] | None = None,
    *,
    fill: bool = False,
    seen: str | None = None,
) -> Done:
    """Keep what was typed: the head elements given, and all goods lines where they were asked. fill: blank values as well.

    seen: the stand (Draft.stand) that was typed on; when the draft has been saved since, that stays and a finding says so.
    """
    draft, faults = _locked(actor, number, DRAFT)
    if draft is None:
        return Done(findings=faults)
    if seen is not None and seen != draft.stand:
        return Done(findings=[Finding("DRAFT-NEWER", field="seen")])
    form, told = forms()[draft.kind], queries.body(draft)
    asked = {one.field.name: one.field.longest for one in form.head}
    told["head"] |= {name: str(text).strip()[: asked[name]] for name, text in head.items() if name in asked}
    if lines is not None:
        told[LINES] = [_line(form, line) for line in lines[:MOST_LINES]]
    if fill:
        told = rules.filled(form, told, queries.known(actor, form, draft.party_code, told))
    draft.body, draft.number, draft.saved_at = queries.sealed(told, draft.guid), _number(told), timezone.now()
    draft.save(update_fields=["body", "number", "saved_at"])
    return Done(draft)


def _line(form: Form, line: Mapping[str, Any]) -> dict[str, str]:
    return {one.field.name: str(line.get(one.field.name) or "").strip()[: one.field.longest] for one in form.line}


@action("drafts.remove", title="删除草稿")
def remove(actor: Actor, number: int) -> Done:
    """Throw a draft away; it can be taken back."""
    draft, faults = _locked(actor, number, DRAFT)
    return _state(draft, DELETED) if draft else Done(findings=faults)


@action("drafts.restore", title="恢复草稿")
def restore(actor: Actor, number: int) -> Done:
    draft, faults = _locked(actor, number, DELETED)
    return _state(draft, DRAFT) if draft else Done(findings=faults)


def _state(draft: Draft, state: str) -> Done:
    draft.state = state
    draft.save(update_fields=["state"])
    return Done(draft)


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of drafts handed in together: by draft, what stands against it, nothing where it went out; the messages they went in."""

    findings: dict[int, list[Finding]]
    messages: dict[int, list[int]] = field(default_factory=dict)
    zone: str = ""
    party_code: str = ""

    def audit(self) -> dict[str, Any] | None:
        if not self.messages:
            return None
        facts = {"for": self.party_code, "messages": {str(number): drafts for number, drafts in self.messages.items()}}
        return {"subject": f"drafts:{self.party_code}", "zone": self.zone, "facts": facts}


@action("drafts.submit", title="提交草稿")
def submit(actor: Actor, number: int) -> Done:
    """Judge the draft once more and hand it in for its firm, signed by the platform; with a blocking finding it stays a draft."""
    draft, faults = _locked(actor, number, DRAFT)
    if draft is None:
        return Done(findings=faults)
    return Done(draft, _sent(actor, [draft]).findings[draft.pk])


@action("drafts.submit", title="提交草稿")
def submit_together(actor: Actor, numbers: Sequence[int]) -> Sent:
    """The same with several drafts of one kind, firm and zone, at most TOGETHER: one message, or more where their size asks for it.

    Each keeps its own guid and findings; one with a fault stays a draft and holds up no other.
    """
    rows = {row.pk: row for row in Draft.objects.seen_by(actor).select_for_update().filter(pk__in=numbers).order_by("pk")}
    ready = [row for row in rows.values() if row.state == DRAFT]
    missing = {
        number: [Finding("DRAFT-STATE" if number in rows else "DRAFT-NOT-FOUND", value=str(number))]
        for number in numbers
        if number not in {row.pk for row in ready}
    }
    sent = _sent(actor, ready) if ready else Sent({})
    return replace(sent, findings=missing | sent.findings)


def _sent(actor: Actor, drafts: Sequence[Draft]) -> Sent:
    """Fill in, judge and hand in locked drafts of one kind, firm and zone."""
    first = drafts[0]
    form = forms()[first.kind]
    past, at, documents = queries.past(form), queries.now(), {}
    bodies = [queries.body(draft) for draft in drafts]
    bodies = [
        rules.filled(form, told, queries.known(actor, form, draft.party_code, told, past_of=past))
        for draft, told in zip(drafts, bodies, strict=True)
    ]
    sent = Sent({}, {}, first.zone, first.party_code)
    for draft, told, found in zip(drafts, bodies, queries.judged(drafts, bodies), strict=True):
        sent.findings[draft.pk] = [one for one in found if one.blocks]
        draft.body, draft.faults = queries.sealed(told, draft.guid), len(sent.findings[draft.pk])
        if not draft.faults:
            documents[draft.pk] = queries.made(draft, told, at)
    _hand_in(actor, [(draft, documents[draft.pk]) for draft in drafts if draft.pk in documents], sent)
    Draft.objects.bulk_update(drafts, ["body", "faults", "state", "message_id", "submitted_at"])
    return sent


def _hand_in(actor: Actor, sound: Sequence[tuple[Draft, codec.Document]], sent: Sent) -> None:
    """Through the same door as every other message; the firm is its sender."""
    party = parties.by_code(sent.party_code)
    name, dxp_id = (party.name, party.dxp_id) if party else ("", "")
    for part in queries.packed(sound):
        message = queries.message(part[0][0], [document for _, document in part], name, dxp_id)
        taken = intake.hand_in(actor, message, zone=sent.zone, sender_code=sent.party_code)
        crash_point("drafts.handed")
        for draft, _ in part:
            if taken.finding:
                sent.findings[draft.pk] = [taken.finding]
                draft.faults = 1
            else:
                draft.state, draft.message_id, draft.submitted_at = SUBMITTED, taken.id, timezone.now()
                sent.messages.setdefault(taken.id, []).append(draft.pk)


@dataclass(frozen=True, slots=True)
class Shown:
    """A buyer's year shown to a person who types: `fresh` the first time for this draft and number."""

    draft: Draft
    person: str
    fresh: bool

    def audit(self) -> dict[str, Any] | None:
        if not self.fresh:
            return None
        facts = {"person": self.person, "for": self.draft.party_code, "purpose": "制单前核对年度额度"}
        return {"subject": f"draft:{self.draft.pk}", "zone": self.draft.zone, "facts": facts}


@action("drafts.quota", title="查看订购人年度额度")
def quota_shown(actor: Actor, draft: Draft, person: str) -> Shown:
    """Note that what is left of a buyer's year was shown for a draft: once for each number, however often it is looked at (PIPL).

    person: the key of the number's year (quota_key), which the log names instead of the number.
    """
    rows = Draft.objects.seen_by(actor).filter(pk=draft.pk).exclude(quota_of__contains=[person])
    fresh = rows.update(quota_of=Func(F("quota_of"), Value(person), function="array_append"))
    return Shown(draft, person, bool(fresh))
