"""What the routes read of a request: its client, its body within a limit, the version of the standard it names."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime, time, timedelta
from email.utils import format_datetime

from django.http import HttpRequest, HttpResponse

from gongfu.base.kit import clock
from gongfu.base.kit.beijing import BEIJING, civil_date
from gongfu.core.ceb import envelope
from gongfu.core.rule import Finding
from gongfu.portals.gateway.clients import Client
from gongfu.portals.gateway.problems import Problem
from gongfu.portals.gateway.standards import HEADER, Version, chosen

GZIP = ("gzip", "x-gzip")


def client_of(request: HttpRequest, scope: str) -> Client:
    """The client behind the request; Problem PERM-SCOPE when it does not hold the scope."""
    client: Client = request.auth  # type: ignore[attr-defined]
    if scope not in client.scopes:
        raise Problem(Finding("PERM-SCOPE", value=scope))
    return client


def body_of(request: HttpRequest, limit: int) -> bytes:
    """The body, unpacked when it is gzip; Problem LIMIT-BODY or LIMIT-GZIP beyond the limit (bytes)."""
    told = request.headers.get("Content-Length") or "0"
    if told.isascii() and told.isdecimal() and int(told[:18]) > limit:
        raise Problem(Finding("LIMIT-BODY", value=told[:18], facts={"limit": limit}))
    data = request.body
    if (
        request.headers.get("Content-Encoding", "").strip().lower() in GZIP
        or request.content_type == "application/gzip"
    ):
        data = _gunzip(data, limit)
    if len(data) > limit:
        raise Problem(Finding("LIMIT-BODY", value=f"> {limit}", facts={"limit": limit}))
    return data


def _gunzip(packed: bytes, limit: int) -> bytes:
    """Unpack at most one byte more than the limit; what follows the packed part is refused, never dropped in silence."""
    try:
        unpacker = zlib.decompressobj(wbits=31)
        data = unpacker.decompress(packed, limit + 1)
    except zlib.error:
        raise Problem(Finding("LIMIT-GZIP")) from None
    if len(data) <= limit and (not unpacker.eof or unpacker.unused_data):
        raise Problem(Finding("LIMIT-GZIP"))
    return data


def standard_of(request: HttpRequest, response: HttpResponse) -> Version:
    """The version of the customs messages that the header names, else the current one.

    A deprecated one works, and the answer says until when (Deprecation, Sunset); an ended or unknown one is a Problem.
    """
    found = chosen(request.headers.get(HEADER, "").strip(), civil_date(clock.now()))
    if isinstance(found, Finding):
        raise Problem(found)
    _announce(found, response)
    return found


def _announce(version: Version, response: HttpResponse) -> None:
    if version.announced_on and version.ends_on:
        since = datetime.combine(version.announced_on, time(), BEIJING)
        end = datetime.combine(version.ends_on + timedelta(days=1), time(), BEIJING)
        response["Deprecation"] = f"@{int(since.timestamp())}"
        response["Sunset"] = format_datetime(end.astimezone(UTC), usegmt=True)


def check_version(request: HttpRequest, response: HttpResponse, data: bytes) -> None:
    """Where a request names a version, it must work and have the message's type. Others pay nothing for this."""
    if not request.headers.get(HEADER):
        return
    version = standard_of(request, response)
    kind = envelope.peek(data).type
    if kind in version.without:
        raise Problem(Finding("SCHEMA-MESSAGE", field="root", value=kind))
