"""GET /exchange/v1/snapshots: signed snapshots in order of commit, for partners who sign their requests."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from gongfu.base.kit import clock
from gongfu.base.partners import actions, queries

NO = {
    "type": "about:blank",
    "title": "Unauthorized",
    "status": 401,
    "code": "AUTH-PARTNER",
    "detail": "The request is not signed by a known partner, or too old.",
}


@require_GET
def snapshots(request: HttpRequest) -> JsonResponse:
    """A page of snapshots and the cursor to go on with; 401 for every fault of the signature, 400 for a strange cursor."""
    told = {name: request.headers.get(name, "") for name in ("X-Partner", "X-Time", "X-Signature")}
    partner = queries.asked_by(
        told["X-Partner"], told["X-Time"], told["X-Signature"], "GET", request.get_full_path(), b"", clock.now()
    )
    if partner is None:
        return JsonResponse(NO, status=401, content_type="application/problem+json")
    try:
        page, cursor = actions.snapshots_after(request.GET.get("after", ""))
    except ValueError as fault:
        told_fault = {
            "type": "about:blank",
            "title": "Bad Request",
            "status": 400,
            "code": "EXCHANGE-CURSOR",
            "detail": str(fault),
        }
        return JsonResponse(told_fault, status=400, content_type="application/problem+json")
    return JsonResponse({"snapshots": page, "next": cursor})
