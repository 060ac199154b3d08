"""RFC 9457 problems: every refusal says code, fact, remedy and request id; never a trace, a path or another's data."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse

from gongfu.base.screens.middleware import request_number
from gongfu.core.rule import Finding, registry

MAX_ERRORS = 100


class Problem(Exception):
    """A refusal on its way out: the findings carry code and texts, the first decides the status."""

    def __init__(self, *findings: Finding, status: int | None = None, retry_after: int | None = None) -> None:
        super().__init__(findings[0].code)
        self.findings: Sequence[Finding] = findings
        self.status = status or registry()[findings[0].code].status
        self.retry_after = retry_after


def language(request: HttpRequest) -> str:
    return "en" if (request.headers.get("Accept-Language") or "").lower().startswith("en") else "zh"


def answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The problem+json response."""
    lang = language(request)
    first = problem.findings[0]
    body: dict[str, Any] = {
        "type": f"/errors/#{first.code}",
        "title": first.title(lang),
        "status": problem.status,
        "detail": first.message(lang),
        "instance": request.path,
        "code": first.code,
        "request_id": request_number() or str(uuid.uuid4()),
        "remedy": first.remedy(lang),
        "errors": [
            {
                "pointer": f"/{one.document}/{one.line}/{one.field}",
                "code": one.code,
                "message": one.message(lang),
                "value": one.value,
            }
            for one in problem.findings[:MAX_ERRORS]
        ],
    }
    response = HttpResponse(
        json.dumps(body, ensure_ascii=False), status=problem.status, content_type="application/problem+json"
    )
    if problem.retry_after is not None:
        response["Retry-After"] = str(problem.retry_after)
    if problem.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="gongfu"'
    return response
