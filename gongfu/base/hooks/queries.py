"""The delivery log, as its owner reads it."""

from __future__ import annotations

from typing import Any

from gongfu.base.access.actor import Actor
from gongfu.base.hooks.models import Delivery, Endpoint

MOST = 200


def listeners(event: str, environment: str) -> list[str]:
    """Codes of the firms that asked to hear of an event: most of the time few, so that the others cost nothing."""
    rows = Endpoint.objects.filter(state="active", environment=environment, events__contains=[event])
    return list(rows.order_by("party_code").values_list("party_code", flat=True).distinct())


def endpoints(actor: Actor, environment: str = "") -> list[dict[str, Any]]:
    """The firm's addresses that are in use, without their secrets."""
    rows = Endpoint.objects.seen_by(actor).filter(state="active").order_by("id")
    rows = rows.filter(environment=environment) if environment else rows
    return [
        {
            "id": row.uid,
            "url": row.url,
            "events": row.events,
            "environment": row.environment,
            "created_at": row.created_at,
            "previous_secret_until": row.previous_until,
        }
        for row in rows
    ]


def deliveries(actor: Actor, endpoint: str = "", limit: int = MOST, *, environment: str = "") -> list[dict[str, Any]]:
    """The newest notices with their tries; `endpoint` narrows to one address (its id)."""
    rows = Delivery.objects.seen_by(actor).select_related("endpoint").prefetch_related("attempts").order_by("-id")
    rows = rows.filter(endpoint__uid=endpoint) if endpoint else rows
    rows = rows.filter(endpoint__environment=environment) if environment else rows
    return [_told(row) for row in rows[: min(limit, MOST)]]


def _told(row: Any) -> dict[str, Any]:
    return {
        "id": row.uid,
        "endpoint": row.endpoint.uid,
        "event": row.event,
        "state": row.state,
        "tries": row.tries,
        "next_at": row.next_at if row.state == "pending" else None,
        "status": row.status,
        "error": row.error,
        "created_at": row.created_at,
        "delivered_at": row.delivered_at,
        "attempts": [
            {"at": one.at, "status": one.status, "error": one.error, "millis": one.millis}
            for one in sorted(row.attempts.all(), key=lambda one: one.pk)
        ],
    }
