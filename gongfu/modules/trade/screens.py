"""The file of an order on one page, found by any one of its numbers."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from gongfu.base.access.actor import Actor
from gongfu.base.screens.words import english, say
from gongfu.modules.trade import dossiers, wanted
from gongfu.modules.trade.events import Part

LONGEST = 80


def files(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Search by any number (q), or the file of one order (platform, order); nothing out of reach is found."""
    words = request.GET.get("q", "").strip()[:LONGEST]
    key = (request.GET.get("platform", ""), request.GET.get("order", ""))
    found = dossiers.found(actor, words) if words else {}
    if len(found) == 1:
        key = next(iter(found))
    if not key[1]:
        return render(request, "trade/files.html", {"words": words, "keys": list(found), "most": dossiers.MOST})
    some = found.get(key) or dossiers.parts([key]).get(key, [])
    if not any(dossiers.within(actor, one.zone, one.owners) for one in some):
        raise Http404
    answer = render(request, "trade/file.html", {"words": words, **_context(actor, key, some)})
    answer["Cache-Control"] = "private, no-store"
    return answer


def _context(actor: Actor, key: dossiers.Key, some: list[Part]) -> dict[str, Any]:
    seal = dossiers.sealed(key, some)
    lacking = wanted.missing(some)
    titles = {"I": ("进口零售", "Retail import"), "E": ("出口零售", "Retail export"), "B": ("出口 B2B", "B2B export")}
    return {
        "platform": key[0], "order": key[1], "shape": say(*titles[wanted.shape(some)]), "parts": [_part(actor, one, seal) for one in some], "seal": seal,
        "missing": [{"title": say(one.kind.title, one.kind.title_en), "owner": say(*wanted.OWNERS[one.owner]), "code": one.owner_code, "how": say(*one.kind.how)} for one in lacking],
        "events": [{"row": one, "title": _title(one.event)} for one in seal.events],
    }  # fmt: skip


def _title(event: str) -> str:
    kind = wanted.PARTS[event]
    return say(kind.title, kind.title_en)


def _part(actor: Actor, one: Part, seal: dossiers.Sealed) -> dict[str, Any]:
    """A part as the reader may see it: out of reach only that it is there, and since when."""
    mine = dossiers.within(actor, one.zone, one.owners)
    values = [(en if english() else zh, text) for zh, en, text in one.values if zh] if mine else []
    mark = "altered" if one.key in seal.altered else "open" if one.key in seal.open else "sealed"
    return {"one": one, "title": _title(one.event), "mine": mine, "values": values, "mark": mark}


def find_files(actor: Actor, words: str) -> list[tuple[str, str]]:
    """Files of orders by any number, for the search box."""
    return [
        (f"{say('交易档案', 'Trade file')} {order}", f"trade-files?{urlencode({'platform': platform, 'order': order})}")
        for platform, order in dossiers.named(actor, words)[:6]
    ]
