"""One list: three flows side by side, every tax amount explained, receipts and moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from gongfu.base.access.actor import Actor
from gongfu.base.screens.findings import shown
from gongfu.base.screens.words import CHECKS, FLOWS, MODES, say
from gongfu.base.sharing import actions as sharing
from gongfu.core.mask import mask
from gongfu.core.rule import Finding
from gongfu.modules.declarations import queries as declarations
from gongfu.modules.declarations.queries import PURCHASES
from gongfu.modules.intake import queries as intake
from gongfu.modules.matching import queries as matching
from gongfu.modules.tax import queries

if TYPE_CHECKING:
    from gongfu.modules.declarations.models import Declaration

ELEMENTS = {"name": "buyerName", "id_number": "buyerIdNumber", "address": "consigneeAddress"}
MOST_SHOWN = 40
SIDES = ("订单", "支付单", "运单", "清单")


def flows(declaration: Declaration) -> list[dict[str, Any]]:
    """One row for each check, with a cell under each of the four documents."""
    rows = []
    for one in matching.comparison(declaration):
        cells = {one["left_name"]: one["left"], one["right_name"]: one["right"]}
        zh, en = CHECKS[one["check"]]
        rows.append(
            {
                "title": say(zh, en),
                "cells": [cells.get(side) for side in SIDES],
                "result": one["result"],
                "tolerance": one["tolerance"],
            }
        )
    return rows


def persons(declaration: Declaration, *, plain: bool = False) -> dict[str, str]:
    """Buyer and address from the encrypted original, masked (I12).  plain: in full, for whoever gave a reason that is logged."""
    head = intake.document(declaration.message_id, declaration.guid)
    if plain:
        return {name: head.get(element, "") for name, element in ELEMENTS.items()}
    return {
        "name": mask(head.get("buyerName", ""), "name"), "id_number": mask(head.get("buyerIdNumber", ""), "id_number"),
        "address": mask(head.get("consigneeAddress", ""), "address"),
    }  # fmt: skip


def detail(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """One list within reach."""
    row: Any = declarations.seen(actor, number)
    if row is None:
        raise Http404
    prefetch_related_objects([row], "moves")
    shown_plain = _revealed(request, actor, row) if request.method == "POST" and row.flow == "I" else None
    lines, compared = queries.lines(row), flows(row)
    zh, en = MODES.get(row.mode, ("", ""))
    context = {
        "row": row, "mode_title": say(zh, en), "sides": [say(side, FLOWS[side]) for side in SIDES], "flows": compared,
        "differing": sum(one["result"] == "differ" for one in compared), "within": sum(one["result"] == "within" for one in compared),
        "same": sum(one["result"] == "ok" for one in compared), "lines": lines, "totals": queries.totals(lines), "bill": queries.bill(row.pk),
        **queries.held(row.pk), "person": persons(row, plain=shown_plain is not None and shown_plain.finding is None) if row.flow == "I" else {},
        "may_reveal": row.flow == "I" and actor.allows("sharing.reveal"), "refused": shown([shown_plain.finding] if shown_plain and shown_plain.finding else []),
        "plain": shown_plain is not None and shown_plain.finding is None,
        "findings": shown([Finding.load(one) for one in row.findings]), "differences": list(row.reconciliations.all()),
        "moves": sorted(row.moves.all(), key=lambda one: -one.pk)[:MOST_SHOWN], "receipts": intake.said_of(row.guid, MOST_SHOWN),
        "passed": (row.released_at - row.received_at).total_seconds() if row.released_at else None,
    }  # fmt: skip
    answer = render(request, "tax/list.html", context, status=422 if context["refused"] else 200)
    answer["Cache-Control"] = "private, no-store"
    return answer


def _revealed(request: HttpRequest, actor: Actor, row: Declaration) -> sharing.Revealed:
    """Ask to see the buyer in full; PermissionDenied for those who may not at all."""
    return sharing.reveal(
        actor, PURCHASES, zone=row.zone, subject=row.buyer_key, fields=list(ELEMENTS), reason=request.POST.get("reason", "")
    )  # fmt: skip
