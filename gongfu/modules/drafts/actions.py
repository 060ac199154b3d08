"""Typing documents: begin, keep, throw away, take back, hand in. Everything for firms that the actor may act for."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.core.ceb import codec, sign
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
def begin(actor: Actor, kind: str, party_code: str, *, order_no: str = "", given: rules.Body | None = None) -> Done:
    """A fresh draft of a firm: from the body given (a copy, a row of a workbook) or the cited order, the rest filled in. KeyError for an unknown kind."""
    form, fault = forms()[kind], denied(actor, party_code)
    if fault:
        return Done(findings=[fault])
    known = queries.known(actor, form, party_code, given, order_no)
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


@action("drafts.submit", title="提交草稿")
def submit(actor: Actor, number: int) -> Done:
    """Judge the draft once more and hand it in for its firm, signed by the platform; with a blocking finding it stays a draft."""
    draft, faults = _locked(actor, number, DRAFT)
    if draft is None:
        return Done(findings=faults)
    form = forms()[draft.kind]
    told = rules.filled(form, queries.body(draft), queries.known(actor, form, draft.party_code, queries.body(draft)))
    faults = [one for one in queries.judged([draft], [told])[0] if one.blocks]
    draft.body, draft.faults = queries.sealed(told, draft.guid), len(faults)
    if not faults:
        taken = _hand_in(actor, draft, told)
        if taken.finding:
            faults = [taken.finding]
        else:
            draft.state, draft.message_id, draft.submitted_at = SUBMITTED, taken.id, timezone.now()
    draft.save(update_fields=["body", "faults", "state", "message_id", "submitted_at"])
    return Done(draft, faults)


def _hand_in(actor: Actor, draft: Draft, told: rules.Body) -> intake.Accepted:
    """Through the same door as every other message; the firm is its sender."""
    party = parties.by_code(draft.party_code)
    signer = received.own_signer()
    message = queries.message(
        draft, queries.made(draft, told, queries.now()), party.name if party else "", party.dxp_id if party else ""
    )
    data = sign.sign(codec.encode(message), signer.key, signer.certificate)
    return intake.accept(actor, data, zone=draft.zone, sender_code=draft.party_code, channel="form")
