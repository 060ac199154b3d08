"""The worker's first step: bytes → signature → columns and findings → whoever deals in that type."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl
from django.db import connection
from lxml import etree

from gongfu.base.events.bus import announce, hears
from gongfu.base.kit import bulk, clock, vault
from gongfu.base.kit.crash import crash_point
from gongfu.core.ceb import codec, envelope, gate, schema, sign
from gongfu.core.ceb.certificates import Certificate
from gongfu.core.rule import Finding
from gongfu.modules.intake import rules
from gongfu.modules.intake.actions import REPLY_COLUMNS, put_out, reply, returned_at
from gongfu.modules.intake.events import MessageAccepted, MessagesDecided, MessagesDecoded, Outcome
from gongfu.modules.intake.queries import own_signer
from gongfu.modules.parties import queries as parties
from gongfu.zones.plan import plans

KEPT_FINDINGS, GUID_LENGTH = 100, 36
FORM = "form"
KEYS = ("orderNo", "payTransactionId", "logisticsNo", "copNo", "coElNo", "invtNo")
GIVEN = ("guid", "returnStatus", "returnTime", "returnInfo")


@dataclass(slots=True)
class Item:
    """One message in the worker's hands."""

    number: int
    zone: str
    sender: str
    channel: str
    type: str
    received_at: datetime
    sealed: bytes
    sha256: str
    guid: str = ""
    verified: codec.Parsed | None = None
    documents: int = 0
    refused: int = 0
    findings: list[Finding] = field(default_factory=list)


LOAD = (
    "SELECT m.id, m.zone, m.sender_code, m.channel, m.type, m.received_at, o.sealed, m.sha256, m.guid "
    "FROM intake_message m JOIN intake_original o ON o.message_id = m.id WHERE m.id = ANY(%s) AND m.state = 'received' ORDER BY m.id"
)


@hears(MessageAccepted, lane="decode")
def decode(events: list[MessageAccepted]) -> None:
    """Read the messages, hand each type's documents to its module, answer every document, and settle the messages."""
    with connection.cursor() as cursor:
        cursor.execute(LOAD, [[event.message_id for event in events]])
        items = [_item(row) for row in cursor.fetchall()]
    if not items:
        return
    open_all(items)
    by_type: dict[str, list[Item]] = {}
    for item in items:
        if item.verified is not None:
            by_type.setdefault(item.type, []).append(item)
    for kind in sorted(by_type):
        receipts = judge(kind, by_type[kind], MessagesDecoded)
        reply(receipts)
        _forward(kind, receipts)
        crash_point(f"decode.{kind[:6]}")
    reply(_unreadable(items))
    _settle(items)
    announce(MessagesDecided([item.number for item in items]))


def _forward(kind: str, receipts: pl.DataFrame) -> None:
    """Pass sound orders, payments and waybills on to the single window where the zone's platform does so (R-206)."""
    zones = [code for code, plan in plans().items() if kind[3:6] in plan.forwards]
    if zones and not receipts.is_empty():
        sound = receipts.filter((pl.col("status") == rules.DECLARING) & pl.col("zone").is_in(zones))
        put_out(sound.select("zone", "message_id", guid="document_guid", type=pl.lit(kind)))


def _unreadable(items: list[Item]) -> pl.DataFrame:
    """Format receipts (CEB900) for messages of firms in which no document could be read or trusted."""
    rows = [
        {
            **dict.fromkeys(REPLY_COLUMNS, ""), "message_id": item.number, "zone": item.zone, "type": rules.FORMAT, "document_guid": _guid_of(item),
            "party_code": item.sender, "origin": "platform", "status": rules.UNREADABLE, "returned_at": returned_at(), "info": rules.info_of(item.findings),
            "fields": json.dumps({"oriCopMsgId": item.guid, "oriMessageType": item.type or rules.UNKNOWN_TYPE, "oriBizMessage": f"sha256:{item.sha256}"}),
        }
        for item in items
        if not item.documents and item.findings and item.channel != "customs"
    ]  # fmt: skip
    return pl.DataFrame(rows, schema={name: pl.Int64 if name == "message_id" else pl.String for name in REPLY_COLUMNS})


def _guid_of(item: Item) -> str:
    """The message's own guid as a format receipt repeats it; where none could be read, the beginning of its fingerprint."""
    return (item.guid or item.sha256.upper())[:GUID_LENGTH].ljust(GUID_LENGTH, "0")


def _item(row: tuple[Any, ...]) -> Item:
    number, zone, sender, channel, kind, received_at, sealed, sha256, guid = row
    return Item(number, zone, sender, channel, kind, received_at, bytes(sealed), sha256, guid)


def open_all(items: list[Item]) -> None:
    """Decrypt, gate and verify: an item without a fault gets its verified tree."""
    signers = parties.certificates({item.sender for item in items}, clock.now())
    if any(item.channel == FORM for item in items):
        signers[FORM] = [own_signer().certificate]
    verify_all(items, signers, lambda item: vault.unseal(item.sealed, item.sha256.encode()))


def verify_all(items: list[Item], signers: dict[str, list[Certificate]], clear: Callable[[Item], bytes]) -> None:
    """Open the envelope, gate and verify the bytes that `clear` gives for each item."""
    for item in items:
        data, fault = envelope.business(clear(item))
        parsed = gate.parse(data, counted=False) if fault is None else None
        if parsed is None or parsed.root is None:
            item.findings += [fault] if fault else parsed.findings if parsed else []
        else:
            _verify(item, parsed.root, signers.get(FORM if item.channel == FORM else item.sender, []))


def _verify(item: Item, root: etree._Element, registered: list[Certificate]) -> None:
    """Receipts come from the customs' own channel; everything else must carry the sender's signature, and what was typed
    here (FORM) the platform's own, which holds on no other channel."""
    table = schema.tables().get(item.type)
    if table is None:
        item.findings.append(Finding("SCHEMA-MESSAGE", field="root", value=item.type))
        return
    if item.channel == "customs" and table.is_receipt:
        item.verified = codec.Parsed(root, sign.canonical(root))
        return
    outcome = sign.verify(root, registered, item.received_at)
    if isinstance(outcome, sign.Refusal) or table.is_receipt:
        item.findings.append(Finding("SIGN-INVALID", field="Signature", rules=("R-1501",)))
        return
    item.verified = codec.Parsed(root, outcome.canonical)


def judge(
    kind: str,
    items: list[Item],
    told: type[MessagesDecoded],
    *,
    forgiven: Callable[[Finding], bool] = lambda finding: False,
) -> pl.DataFrame:
    """Read the verified messages of one type, let the hearers of `told` judge (and, if it says so, keep) the documents,
    and write the outcome into the items; gives the receipts. Findings that are `forgiven` do not count."""
    batch = codec.read_batch(kind, [item.verified for item in items if item.verified is not None])
    for index, finding in batch.findings:
        items[index].findings.append(finding)
    _check_sender(items, batch)
    if kind not in rules.TAKEN_UP:
        for item in items:
            item.findings.append(Finding("BIZ-NOT-HANDLED", value=kind))
    about = pl.DataFrame(
        {
            "message": range(len(items)),
            "message_id": [item.number for item in items],
            "zone": [item.zone for item in items],
            "sender_code": [item.sender for item in items],
            "received_at": [item.received_at for item in items],
            "dropped": [any(one.code == "AUTH-SENDER" for one in item.findings) for item in items],
        },
        schema_overrides={"message": pl.Int64},
    )
    heads = (
        batch.heads.join(about, on="message", how="left", maintain_order="left")
        .filter(~pl.col("dropped"))
        .drop("dropped")
    )
    outcome = Outcome()
    if not heads.is_empty():
        announce(told(kind, heads, batch.items, outcome, clock.now()))
        outcome.forgive(forgiven)
    _count(items, batch, heads, outcome)
    return _receipts(kind, items, batch, heads, outcome)


def _check_sender(items: list[Item], batch: codec.Batch) -> None:
    """The transfer company must be the sender itself, under either code of the firm (copCode is the client's identity)."""
    named = [transfer.get("copCode", "") for transfer in batch.transfers]
    firms = parties.credit_codes([*named, *(item.sender for item in items)])
    for item, code in zip(items, named, strict=True):
        if item.channel != "customs" and code and firms.get(code, code) != firms.get(item.sender, item.sender):
            item.findings.append(Finding("AUTH-SENDER", field="copCode", value=code))


def _count(items: list[Item], batch: codec.Batch, heads: pl.DataFrame, outcome: Outcome) -> None:
    """Add up documents and refusals of each message, and keep the findings of its documents."""
    refused = set(outcome.refused())
    for index, document in heads.select("message", "document").iter_rows():
        items[index].documents += 1
        items[index].refused += document in refused
        items[index].findings += outcome.findings.get(document, [])
    for bad in batch.bad:
        items[bad.message].documents += 1
        items[bad.message].refused += 1
        items[bad.message].findings += bad.findings


def _receipts(kind: str, items: list[Item], batch: codec.Batch, heads: pl.DataFrame, outcome: Outcome) -> pl.DataFrame:
    """One receipt a document: taken (2), or refused with a negative code and every reason."""
    answer = schema.RECEIPT_OF.get(kind)
    if answer is None or heads.is_empty() and not batch.bad:
        return pl.DataFrame()
    fields = [name for name in _answered(answer) if name in heads.columns]
    keys = [pl.col(name) for name in KEYS if name in heads.columns]
    sound = heads.select(
        "message_id",
        "zone",
        "document",
        pl.col("guid").alias("document_guid"),
        pl.coalesce(keys).fill_null("").alias("document_key"),
        pl.col("sender_code").alias("party_code"),
        pl.struct(fields).struct.json_encode().alias("fields"),
        rules.taken(kind, heads.columns).alias("info"),
    ).with_columns(status=pl.lit(rules.DECLARING))
    said = {number: found for number, found in outcome.findings.items() if any(one.blocks for one in found)}
    if said:
        faults = pl.DataFrame(
            {
                "document": list(said),
                "bad_status": [rules.status_of(kind, found) for found in said.values()],
                "bad_info": [rules.info_of(found) for found in said.values()],
            },
            schema_overrides={"document": pl.Int64},
        )
        sound = sound.join(faults, on="document", how="left", maintain_order="left").with_columns(
            status=pl.coalesce("bad_status", "status"), info=pl.coalesce("bad_info", "info")
        )
    rows = sound.with_columns(type=pl.lit(answer), origin=pl.lit("platform"), returned_at=pl.lit(returned_at())).select(
        REPLY_COLUMNS
    )
    return pl.concat([rows, _bad_receipts(kind, answer, items, batch)])


def _answered(receipt: str) -> list[str]:
    """The elements of a document that its receipt repeats."""
    return [one.name for one in schema.table(receipt).head_fields if one.name not in GIVEN]


def _bad_receipts(kind: str, answer: str, items: list[Item], batch: codec.Batch) -> pl.DataFrame:
    at = returned_at()
    rows = []
    for bad in batch.bad:
        item = items[bad.message]
        head = {name: bad.head[name] for name in _answered(answer) if bad.head.get(name)}
        key = next((bad.head[name] for name in KEYS if bad.head.get(name)), "")
        rows.append(
            (
                item.number,
                item.zone,
                answer,
                bad.guid[:36],
                key[:80],
                item.sender,
                "platform",
                rules.status_of(kind, bad.findings),
                at,
                rules.info_of(bad.findings),
                json.dumps(head, ensure_ascii=False),
            )
        )
    return pl.DataFrame(
        rows, schema={name: pl.Int64 if name == "message_id" else pl.String for name in REPLY_COLUMNS}, orient="row"
    )


SETTLE = (
    "UPDATE intake_message m SET state = n.state, documents = n.documents, sound = n.sound, findings = n.findings, decided_at = %s "
    "FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::int[], %s::jsonb[]) AS n(id, state, documents, sound, findings) WHERE m.id = n.id"
)


def _settle(items: list[Item]) -> None:
    """A message with no sound document is refused; the others are processed, each document by its own verdict."""
    states = ["accepted" if item.documents > item.refused else "refused" for item in items]
    findings = [
        json.dumps([one.dump() for one in item.findings[:KEPT_FINDINGS]], ensure_ascii=False, default=str)
        for item in items
    ]
    bulk.execute(
        SETTLE,
        [
            clock.now(),
            [item.number for item in items],
            states,
            [item.documents for item in items],
            [item.documents - item.refused for item in items],
            findings,
        ],
    )
