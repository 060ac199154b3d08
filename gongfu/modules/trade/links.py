"""Customs' upload address of the 179 interface: one HTTPS form to one fixed host; in tests the stand-in takes its place."""

from __future__ import annotations

from collections.abc import Callable
from http.client import HTTPException
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from django.conf import settings

SECONDS, ANSWER_BYTES = 10, 10_000
Sender = Callable[[str], str]


def to_customs(body: str) -> str:
    """Post `payExInfoStr` and give the answer's text; LookupError when no address is set, ConnectionError when nobody answers."""
    if not settings.REALTIME_URL:
        raise LookupError("no address of customs is set (GONGFU_REALTIME_URL)")
    request = Request(  # noqa: S310 - an address of the operator's own setting
        settings.REALTIME_URL,
        urlencode({"payExInfoStr": body}).encode(),
        {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
    )
    try:
        with urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 - an address of the operator's own setting
            text: str = answer.read(ANSWER_BYTES).decode("utf-8", "replace")
            return text
    except (URLError, OSError, HTTPException) as fault:
        raise ConnectionError(str(fault)[:200]) from fault


CUSTOMS: dict[str, Sender] = {"send": to_customs}
