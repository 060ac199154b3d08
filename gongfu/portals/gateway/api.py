"""The machine interface, version 1: messages in, receipts out; what developers need besides is in `developers.py`."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import ValidationError
from ninja.openapi.schema import OpenAPISchema

from gongfu.core.ceb import reply as receipt_xml
from gongfu.core.rule import Finding
from gongfu.modules.declarations.queries import states_of
from gongfu.modules.intake import queries
from gongfu.modules.intake.actions import accept
from gongfu.modules.intake.models import Message
from gongfu.portals.gateway import queries as own
from gongfu.portals.gateway.actions import accept_sandbox
from gongfu.portals.gateway.clients import Bearer, Client
from gongfu.portals.gateway.developers import public, router
from gongfu.portals.gateway.feeds import router as feeds
from gongfu.portals.gateway.problems import Problem, answer, language
from gongfu.portals.gateway.requests import body_of, check_version, client_of
from gongfu.portals.gateway.shapes import FAULTS, MessageState, ReceiptPage, Taken

XML_TYPES = ("application/xml", "text/xml", "application/octet-stream", "application/gzip")
MAX_PAGE = 200
CURSOR = re.compile(r"[0-9]{1,19}-[0-9]{1,18}")  # what PostgreSQL reads as xid8 and bigint
MESSAGE_BODY = {"requestBody": {"required": True, "content": {"application/xml": {"schema": {"type": "string"}}}}}
# The token route is the OAuth2 library's own; the description covers it all the same.
TOKEN = {
    "post": {
        "summary": "换取令牌 Get a token",
        "description": "OAuth2 client credentials (RFC 6749, 4.4). The token is valid for 15 minutes.",
        "operationId": "token",
        "requestBody": {
            "required": True,
            "content": {
                "application/x-www-form-urlencoded": {
                    "schema": {
                        "type": "object",
                        "required": ["grant_type", "client_id", "client_secret"],
                        "properties": {
                            "grant_type": {"type": "string", "const": "client_credentials"},
                            "client_id": {"type": "string"},
                            "client_secret": {"type": "string"},
                            "scope": {"type": "string"},
                        },
                    }
                }
            },
        },
        "responses": {
            "200": {
                "description": "The token",
                "content": {
                    "application/json": {"schema": {"type": "object", "required": ["access_token", "expires_in"]}}
                },
            },
            "400": {"description": "Not a request for a token"},
            "401": {"description": "Unknown client or wrong secret"},
        },
    }
}
DESCRIPTION = {
    "get": {
        "summary": "接口描述 This document",
        "operationId": "openapi",
        "responses": {
            "200": {"description": "OpenAPI 3.1", "content": {"application/json": {"schema": {"type": "object"}}}}
        },
    }
}


class Gateway(NinjaAPI):
    """The interface with a description that covers every route under its address."""

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        told = super().get_openapi_schema(**kwargs)
        told["paths"].update({"/gateway/v1/token": TOKEN, "/gateway/v1/openapi.json": DESCRIPTION})
        return told


api = Gateway(
    title="公服平台接口 Gongfu gateway",
    version="1",
    urls_namespace="gateway",
    auth=Bearer(),
    docs_url=None,
    description="CEB messages in, receipts out. Errors are application/problem+json with a stable code. A sandbox key's "
    "messages are checked in full and answered like live ones, and never recorded as trade: nothing of them goes to the "
    "single window, to quota, to guarantee, or into the comparison with other firms' documents.",
)
api.add_router("", router)
api.add_router("", public)
api.add_router("", feeds)


@api.post(
    "/messages", response={202: Taken, **FAULTS}, summary="报送报文 Hand in a message", openapi_extra=MESSAGE_BODY
)
def hand_in(request: HttpRequest, response: HttpResponse) -> Any:
    """A CEB business message or a DxpMsg envelope, optionally gzip. The same bytes again give the same answer.

    The header `Gongfu-Standard` may name a version of the standard; a deprecated one works until its announced end.
    """
    client = client_of(request, "messages")
    kind = (request.content_type or "application/xml").lower()
    if kind not in XML_TYPES:
        raise Problem(Finding("LIMIT-TYPE", value=kind[:60]))
    data = body_of(request, settings.MESSAGE_MAX_BYTES)
    check_version(request, response, data)
    if client.is_sandbox:
        return _hand_in_sandbox(client, data)
    taken = accept(client.actor, data, zone=client.zone, sender_code=client.party_code, channel="api")
    if taken.finding:
        raise Problem(taken.finding)
    return 202, {"id": str(taken.id), "sha256": taken.sha256, "received_at": taken.received_at}


def _hand_in_sandbox(client: Client, data: bytes) -> Any:
    taken = accept_sandbox(
        client.actor, data, zone=client.zone, party_code=client.party_code, client_id=client.client_id
    )
    if taken.finding:
        raise Problem(taken.finding)
    return 202, {"id": f"S{taken.id}", "sha256": taken.sha256, "received_at": taken.received_at}


@api.get("/messages/{number}", response={200: MessageState, **FAULTS}, summary="查询报文 Look up a message")
def look_up(request: HttpRequest, number: str) -> Any:
    """State, findings, lists and receipts of one of the client's own messages."""
    client = client_of(request, "receipts")
    found = _sandbox_state(client, number) if client.is_sandbox else _state(client, number, language(request))
    if found is None:
        raise Problem(Finding("STATE-NOT-FOUND", value=number[:40]))
    message, more = found
    return {
        "id": number,
        "environment": client.environment,
        "guid": message.guid,
        "type": message.type,
        "state": message.state,
        "sha256": message.sha256,
        "received_at": message.received_at,
        "documents": message.documents,
        "sound": message.sound,
        "findings": [Finding.load(one).as_dict(language(request)) for one in message.findings],
        **more,
    }


def _state(client: Client, number: str, lang: str) -> tuple[Any, dict[str, Any]] | None:
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        return None
    message = Message.objects.seen_by(client.actor).filter(pk=int(number)).first()
    if message is None:
        return None
    return message, {"lists": states_of(message.pk, lang), "receipts": queries.receipts_of(message.pk)}


SHOWN = ("type", "origin", "status", "returned_at", "info")


def _sandbox_state(client: Client, number: str) -> tuple[Any, dict[str, Any]] | None:
    message = own.sandbox_message(client.actor, number)
    if message is None:
        return None
    receipts = [
        {**{name: one[name] for name in SHOWN}, "document": one["document_guid"], "key": one["document_key"]}
        for one in message.receipts
    ]
    return message, {"lists": [], "receipts": receipts}


@api.get("/receipts", response={200: ReceiptPage, **FAULTS}, summary="领取回执 Fetch receipts")
def fetch_receipts(request: HttpRequest, after: str = "0-0", page_size: int = 100) -> Any:
    """Receipt XML in order of commit after a cursor; nothing is skipped and nothing comes before what was handed out."""
    client = client_of(request, "receipts")
    if not CURSOR.fullmatch(after):
        raise Problem(Finding("LIMIT-QUERY", field="after", value=after[:40]))
    txid, _, number = after.partition("-")
    if not 1 <= page_size <= MAX_PAGE:
        raise Problem(Finding("LIMIT-QUERY", field="page_size", value=str(page_size)))
    if client.is_sandbox:
        groups = receipt_xml.group(own.sandbox_receipts(client.actor, int(number), page_size), page_size, more=False)
    else:
        rows = queries.receipts_after(client.actor.party_codes, txid, int(number), MAX_PAGE + 1)
        groups = receipt_xml.group(rows, page_size, more=len(rows) > MAX_PAGE)
    last = groups[-1]["cursor"] if groups else after
    return {"receipts": groups, "next": last}


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
