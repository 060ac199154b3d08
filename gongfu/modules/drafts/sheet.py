"""Documents by the sheet: a row is a goods line, the rows of one order number are one document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from gongfu.base.access.actor import Actor
from gongfu.base.screens.imports import SheetImport
from gongfu.core.rule import Finding
from gongfu.modules.drafts import actions, queries, rules
from gongfu.modules.drafts.layouts import LINES, Form, forms
from gongfu.modules.drafts.models import Draft

Rows = Sequence[Mapping[str, Any]]
KEY, FIRM = "orderNo", "party_code"


def documents(form: Form, rows: Rows) -> Iterator[tuple[list[int], str, rules.Body]]:
    """(places of its rows, firm, body) of each document; the head is what its rows say, the first that says anything holds."""
    places: dict[Any, list[int]] = {}
    for at, row in enumerate(rows):
        places.setdefault(row.get(KEY) or at, []).append(at)
    for own in places.values():
        told = [rows[at] for at in own]
        names = (*(one.field.name for one in form.head), FIRM)
        head = {name: next((_text(row, name) for row in told if _text(row, name)), "") for name in names}
        lines = [{one.field.name: _text(row, f"{LINES}-{one.field.name}") for one in form.line} for row in told]
        yield own, head.pop(FIRM), {"head": head, LINES: lines}


def _text(row: Mapping[str, Any], name: str) -> str:
    return str(row[name]) if row.get(name) is not None else ""


def findings(kind: str, actor: Actor, rows: Rows) -> list[list[Finding]]:
    """What stands against each row: that of its line, and of its document's head."""
    form = forms()[kind]
    found: list[list[Finding]] = [[] for _ in rows]
    actor = actor.doing("drafts.open")
    drafts, bodies, places = [], [], []
    past = queries.past(form)
    for own, firm, told in documents(form, rows):
        code = firm or next(iter(actor.own_codes), "")
        fault = actions.denied(actor, code)
        if fault:
            for at in own:
                found[at].append(fault)
            continue
        filled = rules.filled(form, told, queries.known(actor, form, code, told, past_of=past))
        drafts.append(Draft(zone=actor.zones[0], party_code=code, kind=kind, guid=actions.fresh_guid()))
        bodies.append(filled)
        places.append(own)
    for own, said in zip(places, queries.judged(drafts, bodies), strict=True):
        for one in said:
            found[own[one.line - 1 if 0 < one.line <= len(own) else 0]].append(rules.in_column(one))
    return found


def accept(kind: str, actor: Actor, rows: Rows) -> list[tuple[str, list[Finding]]]:
    """A draft for each document; its number is what its rows became."""
    form, told = forms()[kind], [("", [Finding("BATCH-FAILED")])] * len(rows)
    past = queries.past(form)
    for own, firm, body in documents(form, rows):
        done = actions.begin(actor, kind, firm or next(iter(actor.own_codes), ""), given=body, past_of=past)
        for at in own:
            told[at] = (str(done.draft.pk) if done.draft else "", done.findings)
    return told


def _sheet(form: Form) -> SheetImport:
    return SheetImport(
        form.code, (f"Excel {form.title}", f"{form.title_en}s from Excel"),
        ("一行一项商品；同一订单编号的行合成一份单证，单证要素写在第一行即可。一次最多 20,000 行。", "One goods line a row; rows of one order number make one document, whose particulars may stand on its first row. At most 20,000 rows."),
        fields=rules.columns(form), permission="drafts.open", findings=partial(findings, form.kind), accept=partial(accept, form.kind), together=KEY,
    )  # fmt: skip


SHEETS = tuple(_sheet(form) for form in forms().values())
