"""The shapes of answers, as the OpenAPI document describes them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from ninja import Schema


class Taken(Schema):
    """The answer to a message: committed, with its number, fingerprint and time of receipt."""

    id: str
    sha256: str
    received_at: datetime


class Problems(Schema):
    """application/problem+json (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    request_id: str
    remedy: str
    errors: list[dict[str, Any]]


class MessageState(Schema):
    """`environment` sandbox: checked in full, not recorded as trade."""

    id: str
    environment: str
    guid: str
    type: str
    state: str
    sha256: str
    received_at: datetime
    documents: int
    sound: int
    findings: list[dict[str, Any]]
    lists: list[dict[str, Any]]
    receipts: list[dict[str, Any]]


class ReceiptPage(Schema):
    """Receipt messages in order; ask again with `next` as `after`."""

    receipts: list[dict[str, Any]]
    next: str


class VersionTold(Schema):
    """A version keeps working until `ends_on`, inclusive; null while no end is announced."""

    standard: str
    version: str
    status: str
    since: date
    announced_on: date | None
    ends_on: date | None
    source: str
    note: dict[str, str]


class StandardTold(Schema):
    code: str
    title: dict[str, str]
    kind: str
    versions: list[VersionTold]


class Register(Schema):
    standards: list[StandardTold]
    code_lists: list[str]


class VersionContents(VersionTold):
    types: list[dict[str, Any]]


class Layout(Schema):
    """A message's fields in wire order, what it must be called and how often each part may come."""

    type: str
    title: str
    receipt: bool
    document: str
    documents: list[int | None]
    head: str
    line: str
    lines: list[int | None]
    signature: str
    head_fields: list[dict[str, Any]]
    line_fields: list[dict[str, Any]]


class Samples(Schema):
    """Published samples; `expected` is the finding's code that a bad one must get, "" for a sound one."""

    type: str
    sender: str
    samples: list[dict[str, str]]


class Report(Schema):
    """What a conformance test found. verdict: passed or failed; of a file also as_documented (a bad sample refused as it must be)."""

    id: str
    standard: str
    version: str
    verdict: str
    at: str
    counts: dict[str, int]
    types: list[dict[str, Any]]
    files: list[dict[str, Any]]
    certified: list[str] = []


class CertifiedTold(Schema):
    standard: str
    version: str
    type: str
    client: str
    own_signature: bool
    certified_at: datetime


class HookWanted(Schema):
    url: str
    events: list[str]


class HookMade(Schema):
    """`secret` is shown this once."""

    id: str
    secret: str


class Hook(Schema):
    id: str
    url: str
    events: list[str]
    environment: str
    created_at: datetime
    previous_secret_until: datetime | None


class DeliveryTold(Schema):
    id: str
    endpoint: str
    event: str
    state: str
    tries: int
    next_at: datetime | None
    status: int | None
    error: str
    created_at: datetime
    delivered_at: datetime | None
    attempts: list[dict[str, Any]]


class Delivered(Schema):
    """The answer to a delivery, the same for every copy of the same bytes. A sandbox key's delivery is judged and not kept: no `id`."""

    id: str
    environment: str
    sha256: str
    received_at: datetime
    findings: list[dict[str, Any]] = []


class DeliveryState(Schema):
    """state: received, read, held (totals do not reconcile), refused. `quality` is by field, `findings` are the first 500."""

    id: str
    state: str
    sha256: str
    received_at: datetime
    rows: int
    accepted: int
    repeated: int
    refused: int
    declared: dict[str, int]
    counted: dict[str, int]
    quality: list[dict[str, Any]]
    findings: list[dict[str, Any]]


class Done(Schema):
    id: str


FAULTS = dict.fromkeys((400, 401, 403, 404, 409, 410, 413, 415, 422, 429, 503), Problems)
