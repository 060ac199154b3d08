"""Having a paper made, and the page where anyone checks one."""

from __future__ import annotations

import hashlib

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header

from gongfu.base.access.actor import Actor
from gongfu.base.files.queries import content
from gongfu.base.papers import actions
from gongfu.base.papers.kinds import kinds
from gongfu.base.papers.models import Paper
from gongfu.base.screens.words import english

LARGEST = 2 * 1024 * 1024


def make(request: HttpRequest, actor: Actor, kind: str, key: str) -> HttpResponse:
    """The paper of a subject, as a download: made on the first request for its version, the same bytes ever after."""
    if kind not in kinds():
        raise Http404
    url, lang = request.build_absolute_uri("/check/"), "en" if english() else "zh"
    paper = actions.issue(actor, kind, key, lang=lang, check_url=url)
    if paper is None:
        raise Http404
    headers = {"Content-Disposition": content_disposition_header(True, paper.file.name) or ""}
    return HttpResponse(b"".join(content(paper.file)), content_type="application/pdf", headers=headers)


def check(request: HttpRequest, actor: Actor, number: str = "") -> HttpResponse:
    """What a paper is worth: by its number, and byte for byte when the file itself is handed in."""
    number = (number or request.GET.get("number", "")).strip().upper()[:40]
    handed = request.FILES.get("file") if request.method == "POST" else None
    if handed is None and number and request.path == "/check/":
        return redirect(f"/check/{number}" if number.isalnum() else "/check/")
    seal = hashlib.sha256(handed.read(LARGEST + 1)).hexdigest().upper() if handed is not None else ""
    asked = {"number": number} if number else {"sha256": seal}
    paper = Paper.objects.filter(**asked).first() if number or seal else None
    told = {
        "number": number,
        "asked": bool(number or seal),
        "paper": paper,
        "now": timezone.now(),
        "handed": handed is not None,
    }
    if paper is not None:
        kind = kinds().get(paper.kind)
        told |= {
            "kind": kind,
            "standing": kind.standing(paper.key, paper.version) if kind else "withdrawn",
            "same": seal == paper.sha256,
        }
    return render(request, "papers/check.html", told)
