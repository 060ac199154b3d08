"""The machine interface, version 1."""

from __future__ import annotations

import zlib
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import ValidationError

from gongfu.core.ceb import reply as receipt_xml
from gongfu.core.rule import Finding
from gongfu.modules.declarations.queries import states_of
from gongfu.modules.intake import queries
from gongfu.modules.intake.actions import accept
from gongfu.modules.intake.models import Message
from gongfu.portals.gateway.clients import Bearer, Client
from gongfu.portals.gateway.problems import Problem, answer

XML_TYPES = ("application/xml", "text/xml", "application/octet-stream", "application/gzip")
MAX_PAGE = 200

api = NinjaAPI(
    title="公服平台接口 Gongfu gateway",
    version="1",
    urls_namespace="gateway",
    auth=Bearer(),
    docs_url=None,
    description="CEB messages in, receipts out. Errors are application/problem+json with a stable code.",
)


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
    id: str
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


FAULTS = dict.fromkeys((400, 401, 403, 404, 409, 413, 415, 422, 429, 503), Problems)
MESSAGE_BODY = {"requestBody": {"required": True, "content": {"application/xml": {"schema": {"type": "string"}}}}}


@api.post(
    "/messages", response={202: Taken, **FAULTS}, summary="报送报文 Hand in a message", openapi_extra=MESSAGE_BODY
)
def hand_in(request: HttpRequest) -> Any:
    """A CEB business message or a DxpMsg envelope, optionally gzip. The same bytes again give the same answer."""
    client = _client(request, "messages")
    kind = (request.content_type or "application/xml").lower()
    if kind not in XML_TYPES:
        raise Problem(Finding("LIMIT-TYPE", value=kind[:60]))
    taken = accept(client.actor, _body(request), zone=client.zone, sender_code=client.party_code, channel="api")
    if taken.finding:
        raise Problem(taken.finding)
    return 202, {"id": str(taken.id), "sha256": taken.sha256, "received_at": taken.received_at}


def _body(request: HttpRequest) -> bytes:
    limit = settings.MESSAGE_MAX_BYTES
    length = int(request.headers.get("Content-Length") or 0)
    if length > limit:
        raise Problem(Finding("LIMIT-BODY", value=str(length), facts={"limit": limit}))
    data = request.body
    if request.headers.get("Content-Encoding") == "gzip" or request.content_type == "application/gzip":
        data = _gunzip(data, limit)
    if len(data) > limit:
        raise Problem(Finding("LIMIT-BODY", value=f"> {limit}", facts={"limit": limit}))
    return data


def _gunzip(packed: bytes, limit: int) -> bytes:
    """Unpack at most one byte more than the limit."""
    try:
        unpacker = zlib.decompressobj(wbits=31)
        data = unpacker.decompress(packed, limit + 1)
    except zlib.error:
        raise Problem(Finding("LIMIT-GZIP")) from None
    if not unpacker.eof and len(data) <= limit:
        raise Problem(Finding("LIMIT-GZIP"))
    return data


@api.get("/messages/{number}", response={200: MessageState, **FAULTS}, summary="查询报文 Look up a message")
def look_up(request: HttpRequest, number: str) -> Any:
    """State, findings, lists and receipts of one of the client's own messages."""
    client = _client(request, "receipts")
    message = (
        Message.objects.seen_by(client.actor).filter(pk=int(number)).first()
        if number.isdecimal() and len(number) < 19
        else None
    )
    if message is None:
        raise Problem(Finding("STATE-NOT-FOUND", value=number[:40]))
    lang = "en" if (request.headers.get("Accept-Language") or "").startswith("en") else "zh"
    return {
        "id": str(message.pk),
        "guid": message.guid,
        "type": message.type,
        "state": message.state,
        "sha256": message.sha256,
        "received_at": message.received_at,
        "documents": message.documents,
        "sound": message.sound,
        "findings": [Finding.load(one).as_dict(lang) for one in message.findings],
        "lists": states_of(message.pk, lang),
        "receipts": queries.receipts_of(message.pk),
    }


@api.get("/receipts", response={200: ReceiptPage, **FAULTS}, summary="领取回执 Fetch receipts")
def fetch_receipts(request: HttpRequest, after: str = "0-0", page_size: int = 100) -> Any:
    """Receipt XML in order of commit after a cursor; nothing is skipped and nothing comes before what was handed out."""
    client = _client(request, "receipts")
    txid, _, number = after.partition("-")
    if not (txid.isdecimal() and number.isdecimal() and len(after) <= 40):
        raise Problem(Finding("LIMIT-QUERY", field="after", value=after[:40]))
    if not 1 <= page_size <= MAX_PAGE:
        raise Problem(Finding("LIMIT-QUERY", field="page_size", value=str(page_size)))
    rows = queries.receipts_after(client.actor.party_codes, txid, int(number), MAX_PAGE + 1)
    groups = receipt_xml.group(rows, page_size, more=len(rows) > MAX_PAGE)
    last = groups[-1]["cursor"] if groups else after
    return {"receipts": groups, "next": last}


def _client(request: HttpRequest, scope: str) -> Client:
    client: Client = request.auth  # type: ignore[attr-defined]
    if scope not in client.scopes:
        raise Problem(Finding("PERM-SCOPE", value=scope))
    return client


@api.exception_handler(Problem)
def on_problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    return answer(request, problem)


@api.exception_handler(ValidationError)
def on_validation(request: HttpRequest, fault: ValidationError) -> HttpResponse:
    found = [
        Finding("LIMIT-QUERY", field=str(one["loc"][-1]), value=str(one.get("input", ""))[:40]) for one in fault.errors
    ]
    return answer(request, Problem(*found))


@api.exception_handler(PermissionDenied)
def on_denied(request: HttpRequest, fault: PermissionDenied) -> HttpResponse:
    return answer(request, Problem(Finding("PERM-SCOPE", value=str(fault))))


@api.exception_handler(OperationalError)
def on_unavailable(request: HttpRequest, fault: OperationalError) -> HttpResponse:
    return answer(request, Problem(Finding("SYS-UNAVAILABLE"), retry_after=5))
