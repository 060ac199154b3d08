"""Routes by which a partner delivers the rows of its feeds, and looks up what became of them."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from gongfu.base.kit import clock
from gongfu.base.kit.packed import MEBIBYTE
from gongfu.base.screens.sheets import bounds
from gongfu.base.screens.workbooks import fingerprint
from gongfu.core.rule import Finding
from gongfu.modules.feeds import queries
from gongfu.modules.feeds.actions import receive
from gongfu.modules.feeds.queries import feed_of, trial
from gongfu.portals.gateway.clients import Client
from gongfu.portals.gateway.problems import MAX_ERRORS, Problem, language
from gongfu.portals.gateway.requests import body_of, client_of
from gongfu.portals.gateway.shapes import FAULTS, Delivered, DeliveryState

router = Router(tags=["feeds"])
TYPES = {
    "text/csv": "csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/json": "json",
    "application/xml": "xml",
    "text/xml": "xml",
}
Count = Annotated[str, Field(pattern=r"^[0-9]{0,9}$")]
Sums = Annotated[str, Field(pattern=r"^[ -~]{0,200}$")]
BODY = {"requestBody": {"required": True, "content": {name: {"schema": {"type": "string"}} for name in TYPES}}}


@router.post(
    "/feeds/{code}", response={202: Delivered, **FAULTS}, summary="送达数据 Deliver rows of a feed", openapi_extra=BODY
)
def deliver(request: HttpRequest, code: str, rows: Count = "", sums: Sums = "") -> Any:
    """A delivery in the form the feed is registered for: CSV or XLSX (10 MB), JSON (1 MB), XML (5 MB); optionally gzip.

    `rows` and `sums` (such as `amount:12.00`) are control totals. The same bytes again give the same answer and change nothing.
    """
    client = client_of(request, "feeds")
    form = TYPES.get((request.content_type or "").lower())
    if form is None:
        raise Problem(Finding("LIMIT-TYPE", value=(request.content_type or "")[:60]))
    data = body_of(request, bounds().packed * MEBIBYTE)
    if client.is_sandbox:
        return _tried(request, client, code, data, form)
    taken = receive(
        client.actor, code, data, f"{code[:40]}.{form}", channel="api", zone=client.zone, rows=rows, sums=sums
    )
    if taken.delivery is None:
        raise Problem(taken.finding or Finding("FEED-UNKNOWN", value=code[:40]))
    row = taken.delivery
    return 202, {
        "id": str(row.pk),
        "environment": client.environment,
        "sha256": row.sha256,
        "received_at": row.received_at,
    }


def _tried(request: HttpRequest, client: Client, code: str, data: bytes, form: str) -> Any:
    """The findings a live key would meet; nothing is kept."""
    feed, at = feed_of(client.actor, code, client.zone), clock.now()
    if feed is None:
        raise Problem(Finding("FEED-UNKNOWN", value=code[:40]))
    findings = [one.as_dict(language(request)) for one in trial(feed, data, f"{feed.code}.{form}", at)[:MAX_ERRORS]]
    return 202, {
        "id": "",
        "environment": "sandbox",
        "sha256": fingerprint(data),
        "received_at": at,
        "findings": findings,
    }


@router.get(
    "/feeds/{code}/deliveries/{number}", response={200: DeliveryState, **FAULTS}, summary="查询送达 Look up a delivery"
)
def look_up(request: HttpRequest, code: str, number: str) -> Any:
    """What became of one of the client's own deliveries: counts, totals, quality by field, findings by row."""
    client = client_of(request, "feeds")
    row = queries.delivery_of(client.actor, code, number) if not client.is_sandbox else None
    if row is None:
        raise Problem(Finding("STATE-NOT-FOUND", value=number[:40]))
    told = {name: getattr(row, name) for name in DeliveryState.model_fields if name not in ("id", "findings")}
    return {**told, "id": number, "findings": [Finding.load(one).as_dict(language(request)) for one in row.findings]}
