"""Drafts within reach, opened; what their blank values are filled from; what stands against them; tax and quota beforehand."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any

import polars as pl
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from gongfu.base.access.actor import Actor
from gongfu.base.events.bus import announce
from gongfu.base.kit import vault
from gongfu.base.kit.beijing import BEIJING
from gongfu.base.kit.columns import quota_key
from gongfu.core.ceb import codec, sign
from gongfu.core.money import fen
from gongfu.core.rule import Finding
from gongfu.modules.drafts import rules
from gongfu.modules.drafts.layouts import LINES, Form, forms
from gongfu.modules.drafts.models import DELETED, Draft
from gongfu.modules.goods import queries as goods
from gongfu.modules.intake import queries as intake
from gongfu.modules.intake.events import MessagesTried, Outcome
from gongfu.modules.parties import queries as parties
from gongfu.modules.tax import queries as tax
from gongfu.modules.trade import queries as trade
from gongfu.zones.plan import plans

SIGNATURE_BYTES = 16 * 1024  # more than a signature with its certificate takes
CODE_FIELDS = ("ebpCode", "ebcCode", "logisticsCode", "agentCode", "payCode", "ownerCode", "areaCode", "iacCode")


def mine(actor: Actor) -> QuerySet[Draft]:
    """The drafts of the firms that the actor may type for; those thrown away are left out."""
    rows: QuerySet[Draft] = Draft.objects.seen_by(actor).exclude(state=DELETED)
    return rows


def seen(actor: Actor, number: int) -> Draft | None:
    """A draft within the actor's reach, thrown away or not; None for any other."""
    found: Draft | None = Draft.objects.seen_by(actor).filter(pk=number).first()
    return found


def body(draft: Draft) -> rules.Body:
    """What has been typed: `head` by element, `lines` as a list."""
    told: rules.Body = json.loads(vault.unseal(bytes(draft.body), draft.guid.encode()))
    return told


def sealed(told: rules.Body, guid: str) -> bytes:
    return vault.seal(json.dumps(told, ensure_ascii=False).encode(), guid.encode())


Past = Callable[[str], Mapping[str, str]]


def past(form: Form) -> Past:
    """By firm, the head of its latest document of the kind, typed here or sent by interface; each firm is looked up once."""
    return cache(partial(_latest, form.kind))


def _latest(kind: str, party_code: str) -> Mapping[str, str]:
    return intake.latest(party_code, kind)


def known(
    actor: Actor, form: Form, party_code: str, told: rules.Body | None = None, order_no: str = "", past_of: Past | None = None
) -> rules.Known:  # fmt: skip
    """What blank values of a draft of this firm are filled from.  past_of: `past(form)`, shared where many drafts are filled."""
    agent = next((code for code in actor.own_codes), party_code)
    said = told["head"] if told else {}
    codes = {party_code, agent, *(said.get(name, "") for name in CODE_FIELDS)} - {""}
    names = parties.names(codes)
    items = {line.get("itemNo", "") for line in told[LINES]} - {""} if told else set()
    filed = goods.by_item(party_code, items, form.flow) if items else {}
    plan = plans()[actor.zones[0]]
    return rules.Known(
        (party_code, names.get(party_code, "")), (agent, names.get(agent, "")), next(iter(plan.customs_codes), ""), now(),
        names=lambda code: names.get(code, "") or (parties.names([code]).get(code, "") if code else ""),
        past=partial(past_of or past(form), party_code), order=order(actor, form, order_no), product=lambda item, mode: filed.get((item, mode)) or filed.get((item, ""), {}),
    )  # fmt: skip


def now() -> Any:
    return timezone.now().astimezone(BEIJING)


def order(actor: Actor, form: Form, order_no: str) -> dict[str, Any]:
    """The order of that number within reach, read from its original; empty without one."""
    row = trade.order(actor, order_no) if order_no and form.cites else None
    return intake.document(row.message_id, row.guid) if row else {}


def made(draft: Draft, told: rules.Body, at: Any) -> codec.Document:
    """The document of a draft as it would be handed in now."""
    form = forms()[draft.kind]
    return rules.document(form, told, guid=draft.guid, cop_no=f"{at:%y%m%d}{draft.pk or 0}", now=at)


def message(draft: Draft, documents: Sequence[codec.Document], name: str, dxp_id: str = "") -> codec.Decoded:
    """The message around documents of one kind and firm, under the guid of its first draft: handed in by the firm itself (copCode),
    whoever signs it."""
    transfer = {"copCode": draft.party_code, "copName": name or draft.party_code, "dxpMode": "DXP", "dxpId": dxp_id}
    return codec.Decoded(draft.kind, draft.guid, "1.0", list(documents), {k: v for k, v in transfer.items() if v})


def packed(sound: Sequence[tuple[Draft, codec.Document]]) -> list[list[tuple[Draft, codec.Document]]]:
    """The documents as messages: as many in one as its size allows (quality bar "input limits"), in their order."""
    parts: list[list[tuple[Draft, codec.Document]]] = []
    room = 0
    for draft, document in sound:
        size = len(codec.encode(message(draft, [document], ""))) if len(sound) > 1 else 0
        if not parts or size > room:
            parts.append([])
            room = settings.MESSAGE_MAX_BYTES - SIGNATURE_BYTES
        parts[-1].append((draft, document))
        room -= size
    return parts


def judged(drafts: Sequence[Draft], bodies: Sequence[rules.Body]) -> list[list[Finding]]:
    """What stands against each draft by the rules that hold in earnest, at the form's fields; nothing is written.

    All of them of one kind of document. What is compared with other firms' documents (三单比对) comes after handing in.
    """
    if not drafts:
        return []
    at, kind = now(), drafts[0].kind
    roots = [codec.build(message(one, [made(one, told, at)], "")) for one, told in zip(drafts, bodies, strict=True)]
    batch = codec.read_batch(kind, [codec.Parsed(root, sign.canonical(root)) for root in roots])
    found: list[list[Finding]] = [[] for _ in drafts]
    for index, finding in [*batch.findings, *((one.message, told) for one in batch.bad for told in one.findings)]:
        found[index].append(finding)
    about = pl.DataFrame(
        {
            "message": range(len(drafts)), "message_id": [0] * len(drafts), "zone": [one.zone for one in drafts],
            "sender_code": [one.party_code for one in drafts], "received_at": [at] * len(drafts),
        },
        schema_overrides={"message": pl.Int64},
    )  # fmt: skip
    heads = batch.heads.join(about, on="message", how="left", maintain_order="left")
    if not heads.is_empty():
        outcome = Outcome()
        announce(MessagesTried(kind, heads, batch.items, outcome, timezone.now()))
        place = dict(heads.select("document", "message").iter_rows())
        for number, said in outcome.findings.items():
            found[place[number]] += said
    return [rules.at_fields(forms()[kind], one) for one in found]


def person(told: rules.Body) -> str:
    """The key of the year of the buyer whose number was typed; empty without one."""
    number = told["head"].get("buyerIdNumber", "").strip()
    return quota_key(number) if number else ""


def forecast(draft: Draft, told: rules.Body) -> dict[str, Any]:
    """Tax of an import list and what is left of the buyer's year, before it is handed in; empty while figures are missing."""
    form = forms()[draft.kind]
    if not (form.is_list and form.flow == "I" and told[LINES]):
        return {}
    head, rows = told["head"], []
    for at, line in enumerate(told[LINES], start=1):
        total, qty = rules.value(line.get("totalPrice")), rules.value(line.get("qty"))
        if total is None or not qty or not line.get("gcode"):
            return {}
        rows.append((1, at, line["gcode"], line.get("gmodel", ""), qty, fen(f"{total:.2f}")))
    charges = [fen(f"{rules.value(head.get(name)) or 0:.2f}") for name in ("freight", "insuredFee")]
    return tax.forecast(rows, charges[0], charges[1], head.get("buyerIdNumber", ""), now().date())
