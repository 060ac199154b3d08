"""Stock-in by the sheet and by the feed of a warehouse's own system: rows of one inbound document become one entry of the book."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gongfu.base.access.actor import Actor
from gongfu.base.cases import many
from gongfu.base.cases.models import Case
from gongfu.base.notices.actions import tell
from gongfu.base.screens.imports import SheetImport
from gongfu.core.rule import Finding
from gongfu.modules.declarations import book_cases
from gongfu.modules.declarations import book_flows as flows
from gongfu.modules.declarations.kinds import BOOK_APPLY
from gongfu.modules.feeds.queries import FeedKind

Rows = Sequence[Mapping[str, Any]]
HEAD = ("ems_no", "inbound_no")
FEEDING = frozenset({BOOK_APPLY, "cases.many", "books.put_in"})


def drafts(rows: Rows) -> list[tuple[dict[str, Any], list[int]]]:
    """(facts of a stock-in, the places of its rows), one for each book and inbound document, in order."""
    found: dict[tuple[str, str], tuple[dict[str, Any], list[int]]] = {}
    for at, row in enumerate(rows):
        key = (row["ems_no"], row["inbound_no"])
        facts, places = found.setdefault(key, ({"ems_no": key[0], "inbound_no": key[1], "rows": []}, []))
        facts["rows"].append({name: value for name, value in row.items() if name not in HEAD})
        places.append(at)
    return list(found.values())


def _spread(told: Sequence[Finding], places: Sequence[int], found: list[list[Finding]]) -> None:
    """A finding stands at its own row, one about the head at every row of the document."""
    for one in told:
        for at in [places[one.line - 1]] if one.line else places:
            found[at].append(one)


def findings(actor: Actor, rows: Rows) -> list[list[Finding]]:
    """What stands against each row as part of its stock-in."""
    owner = actor.party_codes[0] if actor.party_codes else ""
    found: list[list[Finding]] = [[] for _ in rows]
    for facts, places in drafts(rows):
        _spread(book_cases.check_stock_in(Case(party_code=owner, zone=actor.zones[0]), facts), places, found)
    return found


def accept(actor: Actor, rows: Rows) -> list[tuple[str, list[Finding]]]:
    """Enter each document whole or not at all; the number of its case is what a row became."""
    told = drafts(rows)
    done = many.hand_in(actor, flows.STOCK_IN.code, zone=actor.zones[0], drafts=[facts for facts, _ in told])
    became = [""] * len(rows)
    found: list[list[Finding]] = [[] for _ in rows]
    for (_, places), case, said in zip(told, done.cases, done.findings, strict=True):
        _spread(said, places, found)
        for at in places:
            became[at] = case.number if case else ""
            if case is None and not found[at]:
                found[at].append(said[0])
    return list(zip(became, found, strict=True))


STOCK = SheetImport(
    "stock-in", ("Excel 账册入库", "Stock-in from Excel"), ("一行一个料号，同一入库单证的行合成一张；单证整体入账。", "One item a row; the rows of an inbound document are one entry, whole or not at all."),
    fields=(book_cases.EMS, book_cases.INBOUND, book_cases.ITEM, book_cases.QTY, *book_cases.NEW_ITEM), permission=BOOK_APPLY, findings=findings, accept=accept,
    once=("ems_no", "inbound_no", "record_no"),
)  # fmt: skip


STOCK_FEED = FeedKind(
    "bonded_stock", "保税仓入库", "Bonded stock-in", "仓库系统（WMS）按 JSON、XML、CSV 或 Excel 送达入区货物，逐单入账。", "Goods that entered, as the warehouse's system tells them.",
    (book_cases.EMS, book_cases.INBOUND, book_cases.ITEM, book_cases.QTY, *book_cases.NEW_ITEM), key=("ems_no", "inbound_no", "record_no"), rules=("R-212",),
)  # fmt: skip


def enter_delivery(zone: str, party_code: str, rows: Rows) -> list[tuple[str, str, list[Finding]]]:
    """Enter the rows of a delivery for its firm: (inbound document, number of its case or "", findings) for each document.

    The firm is told of every document that was not entered; one that was entered before changes nothing.
    """
    names = {one.name for one in STOCK_FEED.fields}
    told = drafts(
        [{name: value for name, value in row.items() if name in names and value not in (None, "")} for row in rows]
    )
    firm = Actor(f"feed:{party_code}", "own", FEEDING, (zone,), (party_code,))
    done = many.hand_in(firm, flows.STOCK_IN.code, zone=zone, drafts=[facts for facts, _ in told])
    became = []
    for (facts, _), case, said in zip(told, done.cases, done.findings, strict=True):
        became.append((facts["inbound_no"], case.number if case else "", said))
        if case is None:
            zh = f"入库单证 {facts['inbound_no']} 未入账：{said[0].message()}"
            en = f"Inbound document {facts['inbound_no']} was not entered: {said[0].message('en')}"
            tell(zone=zone, party_code=party_code, title=zh, title_en=en, place="books")
    return became
