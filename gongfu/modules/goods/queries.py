"""Which products are filed, and for what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import polars as pl
from django.db.models import QuerySet

from gongfu.base.access.actor import Actor
from gongfu.base.cases.models import Case
from gongfu.base.kit import bulk
from gongfu.core.rule import Finding
from gongfu.modules.goods import rules
from gongfu.modules.goods.models import Product

Key = tuple[str, str, str, str]
FACTS = (
    "item_no", "mode", "direction", "name", "spec", "hs_code", "origin_country", "brand", "authority", "gtin", "unit1", "unit2", "net_content",
    "net_unit", "price_low", "price_high", "declared", "authorisation", "certificate", "photo", "licence_no", "lane",
)  # fmt: skip
FILED = (
    "SELECT p.party_code, p.item_no, p.mode, p.direction, p.hs_code, p.origin_country, p.lane, p.version FROM goods_product p "
    "JOIN (SELECT * FROM unnest(%s::text[], %s::text[])) AS asked(party_code, item_no) USING (party_code, item_no) "
    "WHERE p.state = 'valid' ORDER BY p.id"
)
COLUMNS = ("party_code", "item_no", "mode", "direction", "hs_code", "origin_country", "lane")


def reachable(actor: Actor) -> QuerySet[Product]:
    """A firm's own; for an office all, because a filing holds in every zone (R-707)."""
    return Product.objects.all() if actor.reach in ("zone", "platform") else Product.objects.seen_by(actor)


def filed(items: Iterable[tuple[str, str]]) -> pl.DataFrame:
    """The valid filings of (firm, item number) pairs, in one query: what lists are checked against (R-706).

    Columns: party_code, item_no, mode, direction, hs_code, origin_country, lane, version; a pair without a filing has no row.
    """
    pairs = list(dict.fromkeys(items))
    schema: dict[str, Any] = {**dict.fromkeys(COLUMNS, pl.String), "version": pl.Int32}
    return bulk.fetch(FILED, [[code for code, _ in pairs], [item for _, item in pairs]], schema)


def unlike(heads: pl.DataFrame, items: pl.DataFrame) -> list[tuple[int, Finding]]:
    """(document, remark) for each line whose item the seller has filed under the list's mode with another code or origin (R-706).

    heads: document, guid, ebcCode, tradeMode, ieFlag.  items: document, gnum, itemNo, gcode, country (of origin on imports only).
    One query for all lines; a line without an item number, or without a filing, is not judged.
    """
    names = {"ebcCode": "party_code", "itemNo": "item_no", "tradeMode": "mode", "ieFlag": "direction"}
    lines = (
        items.select("document", "gnum", "itemNo", "gcode", "country")
        .drop_nulls("itemNo")
        .join(heads.select("document", "guid", "ebcCode", "tradeMode", "ieFlag"), on="document")
        .rename(names)
    )
    known = filed(lines.select("party_code", "item_no").iter_rows()) if lines.height else lines.clear()
    if known.is_empty():
        return []
    told = lines.join(known, on=list(names.values()), how="inner", maintain_order="left")
    found = []
    for one in told.iter_rows(named=True):
        length = min(len(one["gcode"]), len(one["hs_code"]))
        other = one["gcode"][:length] != one["hs_code"][:length]
        if other or (one["direction"] == "I" and one["country"] != one["origin_country"]):
            field, filing = ("gcode", one["hs_code"]) if other else ("country", one["origin_country"])
            facts = {"item": one["item_no"], "filed": filing}
            fault = Finding("BIZ-FILING-DIFFERS", one["guid"], one["gnum"], field, one[field], facts, ("R-706",))
            found.append((one["document"], fault))
    return found


def controls(hs_codes: Iterable[str], flow: str, on: date) -> dict[str, list[tuple[str, str, str]]]:
    """By goods code, the controls that the tables of the day know for this direction: (flag, Chinese, English); codes without any left out.

    How sure they are stands in SOURCES.md; they advise and do not refuse.
    """
    codes = list(dict.fromkeys(hs_codes))
    frame = rules.goods({"hs_code": code, "direction": flow} for code in codes)
    found: dict[str, list[tuple[str, str, str]]] = {}
    for row, flag in rules.flagged(frame, on).select("row", "flag").iter_rows():
        found.setdefault(codes[row], []).append((flag, *rules.FLAGS.get(flag, (flag, flag))))
    return found


def banned(goods: Iterable[tuple[str, str]], on: date) -> dict[tuple[str, str], tuple[str, str]]:
    """Notes (Chinese, English) of what may not come in on the day, by (goods code, origin); others left out (R-202, mark M)."""
    asked = list(dict.fromkeys(goods))
    frame = rules.goods({"hs_code": code, "direction": "I", "origin_country": origin} for code, origin in asked)
    rows = rules.flagged(frame, on).filter(pl.col("flag") == "banned").select("row", "note_zh", "note_en")
    return {asked[row]: (zh, en) for row, zh, en in rows.iter_rows()}


def refund_bp(hs_codes: Iterable[str], on: date) -> int:
    """The highest export refund rate known for these codes on the day, in 1/10,000; 0 for none (R-517)."""
    rates = rules.refunds(hs_codes, on)["refund_bp"].drop_nulls()
    return int(max(rates, default=0))


def key(party_code: str, facts: Mapping[str, Any]) -> Key:
    return party_code, facts["item_no"], facts["mode"], facts["direction"]


def by_keys(keys: Iterable[Key], *, locked: bool = False) -> dict[Key, Product]:
    """The products with these keys, whatever their state."""
    wanted = set(keys)
    rows = Product.objects.filter(party_code__in={one[0] for one in wanted}, item_no__in={one[1] for one in wanted})
    found = (rows.select_for_update() if locked else rows).order_by("pk")
    return {told: row for row in found if (told := key_of(row)) in wanted}


def key_of(product: Product) -> Key:
    return product.party_code, product.item_no, product.mode, product.direction


def facts_of(product: Product) -> dict[str, Any]:
    """What was said of a product, as a case's facts have it; empty values left out."""
    told = {name: getattr(product, name) for name in FACTS}
    return {name: value for name, value in told.items() if value not in ("", None, [])}


def count(zone: str) -> int:
    """Valid filings of a zone."""
    return Product.objects.filter(zone=zone, state="valid").count()


def case_of(actor: Actor, product: Product) -> Case | None:
    """The case of a product's latest filing, when it is within the actor's reach."""
    found: Case | None = Case.objects.seen_by(actor).filter(pk=product.case_id or 0).first()
    return found


def by_item(party_code: str, items: Iterable[str], direction: str) -> dict[tuple[str, str], dict[str, Any]]:
    """(item number, mode) and (item number, "") → what is filed of a firm's products in force, for forms to fill in from."""
    rows = Product.objects.filter(party_code=party_code, item_no__in=set(items), direction=direction, state="valid")
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows.order_by("pk"):
        told = facts_of(row)
        found[row.item_no, row.mode] = found[row.item_no, ""] = told
    return found
