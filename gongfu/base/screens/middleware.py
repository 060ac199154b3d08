"""What every answer carries, and what is said when the database is away."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.middleware.gzip import GZipMiddleware

Next = Callable[[HttpRequest], HttpResponse]
POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
AWAY = """<!doctype html><html lang="zh"><meta charset="utf-8"><title>暂时不可用 Not available</title>
<h1>平台暂时不能受理 Not available just now</h1><p>请稍后再试，已提交的内容不会丢失。 Try again soon; nothing submitted is lost.</p></html>"""

UNREADABLE = """<!doctype html><html lang="zh"><meta charset="utf-8"><title>无法读取 Unreadable</title>
<h1>请求里有读不了的字符 The request holds a sign that cannot be read</h1><p>请去掉 U+0000 后再试。 Take out U+0000 and try again.</p></html>"""


_number: ContextVar[str] = ContextVar("number", default="")


def request_number() -> str:
    """The number of the request at hand, for answers and the log; "" outside of one."""
    return _number.get()


class WithNumber(logging.Filter):
    """Every line of the log carries the number of the request it belongs to."""

    def filter(self, record: logging.LogRecord) -> bool:
        if not hasattr(record, "request_number"):
            record.request_number = request_number() or "-"
        return True


class Numbered:
    """A number for each request: in the answer's head, on the page of a fault, in the log."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _number.set(str(uuid.uuid4()))
        try:
            response = self.get_response(request)
            response.headers["X-Request-Id"] = request_number()
            return response
        finally:
            _number.reset(token)


class Packed(GZipMiddleware):
    """Pages are sent packed, with a length of chance against guessing from outside; files and streams go as they are."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:  # type: ignore[override]
        if response.streaming or not response.headers.get("Content-Type", "").startswith("text/html"):
            return response
        packed: HttpResponse = super().process_response(request, response)  # type: ignore[assignment]
        return packed


class Unavailable:
    """Without its database the platform says 503 and when to come back, never a trace (fault F3)."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, fault: Exception) -> HttpResponse | None:
        if isinstance(fault, OperationalError):
            return HttpResponse(AWAY, status=503, headers={"Retry-After": "5"})
        return None


class Readable:
    """A request of a page with a NUL in its address or form is refused: no text of ours holds one, and the database takes none.
    Machine interfaces tell such faults in their own form."""

    MACHINES = ("/gateway/", "/exchange/")
    FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: object) -> HttpResponse | None:
        if request.path_info.startswith(self.MACHINES):
            return None
        said = [request.path_info, *(value for _, values in request.GET.lists() for value in values)]
        if request.content_type in self.FORMS:
            said += [value for _, values in request.POST.lists() for value in values]
        if any("\x00" in value for value in said):
            return HttpResponse(UNREADABLE, status=400)
        return None


class SecurityHeaders:
    """Content policy without inline scripts or styles, no referrer, no sniffing."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Referrer-Policy", "same-origin")
        return response
