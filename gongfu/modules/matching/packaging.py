"""What an evidence package says, made from its sources: the same request over the same rows gives the same bytes (R-610, R-1022)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings

from gongfu.base.kit.beijing import BEIJING
from gongfu.base.partners import keys
from gongfu.core import evidence
from gongfu.modules.matching import chaining, chains, contents, proving
from gongfu.modules.matching.models import Package
from gongfu.modules.trade import queries as trade

Order = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Request:
    """What a firm asks for.  orders: (platform, number), sorted.  until: the last day of its consent.  at: when it was made."""

    number: str
    party: str
    reader: str
    purpose: str
    asked_fen: int
    until: date
    at: datetime
    orders: Sequence[Order]


@dataclass(frozen=True, slots=True)
class Made:
    """The answer: the orders' flows, the verdict, a document for each order, and the manifest to sign."""

    sales: list[proving.Sale]
    told: proving.Judged
    documents: dict[str, bytes]
    manifest: bytes


def made(asked: Request) -> Made:
    """Judge a request and write its documents and manifest, all from the rows as they stand."""
    orders = list(asked.orders)
    sales = _sales(orders)
    told = proving.judge(sales, purpose=asked.purpose, seller=asked.party, asked_fen=asked.asked_fen, at=asked.at)
    bodies, counts = _documents(orders, sales)
    head = {
        "number": asked.number, "site": settings.SITE, "party": asked.party, "reader": asked.reader, "purpose": asked.purpose, "currency": sales[0].currency,
        "asked_fen": asked.asked_fen, "supported_fen": told.supported_fen, "result": told.result, "findings": [one.as_dict("zh") for one in told.findings],
        "made_at": asked.at.astimezone(BEIJING).isoformat(), "consent_until": asked.until.isoformat(), "contents": contents.listed(counts),
    }  # fmt: skip
    return Made(sales, told, bodies, evidence.manifest(head, bodies))


def again(one: Package) -> Made:
    """The same request made anew: nothing but the rows it rests on can make it differ."""
    orders = [(platform, order) for platform, order in one.orders]
    return made(Request(one.number, one.party_code, one.reader_code, one.purpose, one.asked_fen, one.consent.valid_until, one.made_at, orders))  # fmt: skip


def _sales(orders: list[Order]) -> list[proving.Sale]:
    """The orders as their three flows stand now; money is what was collected, for imports what the buyer paid."""
    frames = chaining.frames(orders)
    rows, (judged, _) = chains.joined(**frames), chains.gaps(**frames)
    verdicts = {
        (one, two): verdict for one, two, verdict in judged.select("ebp_code", "order_no", "verdict").iter_rows()
    }
    return [
        proving.Sale(
            row["ebp_code"], row["order_no"], row["seller"], row["currency"] or "", (row["paid_fen"] if row["way"] == "I" else row["expected_fen"]) or 0,
            row["goods_fen"] or 0, row["list_released_fen"] or 0, row["back_goods_fen"] or 0,
            row["paid_paid_fen"] if row["way"] == "I" else row["got_charge_fen"], row["ordered_at"],
            row["list_released_at"] if row["list_released"] else None,
            row["paid_paid_at"] if row["way"] == "I" else row["got_collected_at"], verdicts[row["ebp_code"], row["order_no"]],
        )
        for row in rows.sort("ebp_code", "order_no").iter_rows(named=True)
    ]  # fmt: skip


FLOWS = ("currency", "expected_fen", "goods_fen", "released_fen", "returned_fen", "got_fen", "ordered_at", "released_at", "got_at", "verdict")  # fmt: skip


def _documents(orders: list[Order], sales: Sequence[proving.Sale]) -> tuple[dict[str, bytes], dict[str, int]]:
    """(one document for each order: its parts with the digests of their rows, and its flows, no person among them; how many parts of
    each kind there are)."""
    files, told = trade.files_of(orders), {}
    counts = Counter(one.event for key in orders for one in files.get(key, []))
    for place, (key, sale) in enumerate(zip(orders, sales, strict=True), 1):
        parts = [
            {
                "part": one.event, "number": one.number, "at": one.at, "state": one.state, "row": one.key, "sha256": one.digest,
                "values": [{"zh": zh, "en": en, "text": text} for zh, en, text in one.values],
            }
            for one in files.get(key, [])
        ]  # fmt: skip
        flows = {name: getattr(sale, name) for name in FLOWS}
        body = {"platform": key[0], "order": key[1], "flows": _plain(flows), "parts": [_plain(one) for one in parts]}
        told[f"documents/{place:03d}.json"] = evidence.canonical(body)
    return told, counts


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.astimezone(BEIJING).isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
    }


def zipped(one: Package) -> bytes:
    """The package as a file that proves itself without this platform."""
    bodies = {name: body.encode() for name, body in sorted(one.documents.items())}
    return evidence.pack(one.manifest.encode(), bodies, one.signature, keys.public_key())


@dataclass(frozen=True, slots=True)
class Returned:
    """Goods of an order that came back after the package was made.  fen: their value."""

    order: str
    fen: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A package beside its sources now.  same: not a byte of it differs.  changed: documents that would read otherwise.  result,
    supported_fen: what the same request would be given now."""

    same: bool
    changed: list[str]
    result: str
    supported_fen: int


def standing(one: Package) -> Standing:
    """Make the package again from its sources and say what has moved since."""
    now = again(one)
    changed = [name for name, body in now.documents.items() if one.documents.get(name) != body.decode()]
    return Standing(now.manifest == one.manifest.encode(), changed, now.told.result, now.told.supported_fen)


def returned(one: Package) -> list[Returned]:
    """Goods that came back after the package was made, order by order."""
    back: dict[Order, int] = {}
    for platform, order, fen, _ in chaining.returns([(platform, order) for platform, order in one.orders]).iter_rows():
        back[platform, order] = back.get((platform, order), 0) + fen
    told = [json.loads(body) for _, body in sorted(one.documents.items())] if back else []
    since = [Returned(each["order"], back.get((each["platform"], each["order"]), 0) - each["flows"].get("returned_fen", 0)) for each in told]  # fmt: skip
    return [each for each in since if each.fen > 0]
