"""The download of a document: always saved, never shown in the page."""

from __future__ import annotations

from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.utils.http import content_disposition_header

from gongfu.base.access.actor import Actor
from gongfu.base.files import actions
from gongfu.base.files.rules import TYPES


def download(request: HttpRequest, actor: Actor, sha256: str) -> StreamingHttpResponse:
    """The document within reach, as an attachment."""
    opened = actions.open_file(actor, sha256)
    if opened is None:
        raise Http404
    return attachment(opened)


def attachment(opened: actions.Opened) -> StreamingHttpResponse:
    """Streamed in pieces, with its type and no guessing at it, kept by no cache on the way."""
    answer = StreamingHttpResponse(opened.pieces, content_type=TYPES[opened.file.kind])
    answer["Content-Disposition"] = content_disposition_header(True, opened.file.name) or "attachment"
    answer["Content-Length"] = str(opened.file.size)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "private, no-store"
    return answer
