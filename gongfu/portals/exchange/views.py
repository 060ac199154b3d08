"""GET /exchange/v1/snapshots: signed snapshots in order of commit, for partners who sign their requests."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from gongfu.base.kit import clock
from gongfu.base.partners import actions, queries
from gongfu.core.rule import Finding, registry


@require_GET
def snapshots(request: HttpRequest) -> JsonResponse:
    """A page of snapshots and the cursor to go on with; 401 for every fault of the signature, 400 for a strange cursor."""
    told = {name: request.headers.get(name, "") for name in ("X-Partner", "X-Time", "X-Signature")}
    path, after = request.get_full_path(), request.GET.get("after", "")
    partner = queries.asked_by(told["X-Partner"], told["X-Time"], told["X-Signature"], "GET", path, b"", clock.now())
    if partner is None:
        return _problem(Finding("AUTH-PARTNER"))
    try:
        page, cursor = actions.snapshots_after(after, partner.code)
    except ValueError:
        return _problem(Finding("EXCHANGE-CURSOR", value=after[:40]))
    return JsonResponse({"snapshots": page, "next": cursor})


def _problem(finding: Finding) -> JsonResponse:
    """problem+json of one finding."""
    status = registry()[finding.code].status
    told = {
        "type": "about:blank",
        "title": finding.title("en"),
        "status": status,
        "code": finding.code,
        "detail": finding.message("en"),
    }
    return JsonResponse(told, status=status, content_type="application/problem+json")
