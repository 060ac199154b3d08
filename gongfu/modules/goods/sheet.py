"""Products by the sheet: what is checked of rows, and how sound rows become filings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gongfu.base.access.actor import Actor
from gongfu.base.cases import many
from gongfu.base.cases.models import Case
from gongfu.base.screens.imports import SheetImport
from gongfu.core.rule import Finding
from gongfu.modules.goods import filing, flows

Rows = Sequence[Mapping[str, Any]]


def findings(actor: Actor, rows: Rows) -> list[list[Finding]]:
    """What stands against each row as a filing of the actor's firm."""
    owner = actor.party_codes[0] if actor.party_codes else ""
    return filing.check_filings([(Case(party_code=owner), facts) for facts in rows])


def accept(actor: Actor, rows: Rows) -> list[tuple[str, list[Finding]]]:
    """Open and hand in a case for each row; its number is what the row became."""
    done = many.hand_in(actor, flows.FILING.code, zone=actor.zones[0], drafts=rows)
    return [(case.number if case else "", told) for case, told in zip(done.cases, done.findings, strict=True)]


PRODUCTS = SheetImport(
    "goods", ("Excel 商品备案", "Products from Excel"), ("一行一件商品，一次最多 20,000 行。", "One product a row, at most 20,000 rows."),
    fields=flows.SHEET, permission=flows.APPLY, findings=findings, accept=accept, once=flows.KEY,
)  # fmt: skip
