"""Products filed and under review, one product with its versions, and codes found by words."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone

from gongfu.base.access.actor import Actor
from gongfu.base.cases import actions as cases
from gongfu.base.kit.beijing import civil_date
from gongfu.base.screens.findings import shown
from gongfu.base.screens.forms import told
from gongfu.base.screens.listing import Batch, Cell, Column, Listing, Search, equals
from gongfu.base.screens.words import STATES, say
from gongfu.core.rule import Finding
from gongfu.modules.goods import actions, flows, hs, queries, rules
from gongfu.modules.goods.models import STATES as PRODUCT_STATES
from gongfu.modules.goods.models import Product, Version

UNITS = {code: (zh, en) for code, zh, en in flows.UNITS}
COUNTRIES = {code: (zh, en) for code, zh, en in flows.COUNTRIES}
DIRECTIONS = {code: (zh, en) for code, zh, en in flows.DIRECTIONS}
SUGGESTED, LISTED = 8, 30


def flags_in_words(flags: list[str]) -> str:
    return say("、", ", ").join(say(*rules.FLAGS.get(one, (one, one))) for one in flags) or "—"


def _named(names: dict[str, tuple[str, str]], code: str) -> str:
    return say(*names.get(code, (code, code))) or "—"


def _found(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    return rows.filter(Q(item_no=text) | Q(hs_code__startswith=text) | Q(gtin=text) | Q(name__icontains=text) | Q(party_code=text.upper()))  # fmt: skip


def _approve(actor: Actor, number: int) -> list[Finding]:
    """Approve the case under review of one product."""
    product = Product.objects.seen_by(actor).get(pk=number)
    return cases.take(actor, product.case_id or 0, "approve").findings


def _revoke(actor: Actor, number: int) -> list[Finding]:
    actions.revoke(actor, number)
    return []


LISTING = Listing(
    "备案商品", "Filed products", about=("一件商品每种贸易方式备案一次，各综试区都认。", "A product is filed once per mode; every zone relies on it."),
    empty=("还没有商品备案。", "No product filed yet."), template="goods/list.html", name="goods.products", rows=queries.reachable, permission="goods.read",
    columns=(
        Column("状态", "State", "state", lambda row: Cell("state", row.state), needs=("state",)),
        Column("商品", "Product", "link", lambda row: Cell("link", row.name, href=f"goods/{row.pk}", small=row.spec), needs=("name", "spec")),
        Column("货号", "Item number", "text", lambda row: Cell("text", row.item_no), needs=("item_no",)),
        Column("方式", "Mode", "text", lambda row: Cell("text", f"{row.mode} {_named(DIRECTIONS, row.direction)}"), needs=("mode", "direction")),
        Column("商品编码", "HS code", "text", lambda row: Cell("text", row.hs_code), needs=("hs_code",)),
        Column("原产国", "Origin", "text", lambda row: Cell("text", _named(COUNTRIES, row.origin_country)), needs=("origin_country",)),
        Column("监管要求", "Requirements", "text", lambda row: Cell("text", flags_in_words(row.flags)), needs=("flags",)),
        Column("提示", "Remarks", "text", lambda row: Cell("text", len(row.findings) or "—"), needs=("findings",)),
        Column("企业", "Firm", "text", lambda row: Cell("text", row.party_code), needs=("party_code",)),
        Column("备案地", "Home zone", "zone", lambda row: Cell("zone", row.home or row.zone), needs=("home", "zone")),
        Column("最近变动", "Changed", "moment", lambda row: Cell("moment", row.changed_at), needs=("changed_at",)),
    ),
    searches=(
        Search("q", "名称、货号、编码、条码", "Name, item, code, barcode", _found),
        Search("state", "状态", "State", equals("state"), lambda: [(one, say(*STATES[one][1:])) for one in PRODUCT_STATES]),
        Search("mode", "贸易方式", "Mode", equals("mode"), lambda: [(code, say(zh, en)) for code, zh, en in flows.MODES]),
        Search("flag", "监管要求", "Requirement", lambda rows, value: rows.filter(flags__contains=[value]), lambda: [(code, say(zh, en)) for code, zh, en in flows.FLAG_CHOICES]),
        Search("zone", "备案地", "Home zone", equals("zone")),
    ),
    views=(("全部", "All", ""), ("审核中", "Under review", "state=reviewing"), ("待补正", "To correct", "state=draft"), ("有效", "Valid", "state=valid")),
    batch=(
        Batch("approve", "准予备案", "Approve", "goods.review", _approve),
        Batch("revoke", "撤销备案", "Revoke", "goods.revoke", _revoke, ("撤销后各区都不能再用这些备案，不能恢复。", "The filings end in every zone and cannot be restored.")),
    ),
)  # fmt: skip


def products(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Products within reach."""
    return LISTING.answer(request, may_apply=actor.allows(flows.APPLY))


def product(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """One product: its filing, flags, findings and every version with what changed."""
    row = queries.reachable(actor).filter(pk=number).first()
    if row is None:
        raise Http404
    today = civil_date(timezone.now())
    entry = hs.one(row.hs_code[:8])
    context = {
        "row": row, "facts": told(flows.FIELDS, queries.facts_of(row)), "flags": flags_in_words(row.flags), "entry": entry,
        "heading": say(entry.name_zh, entry.name_en) if entry else "", "findings": shown([Finding.load(one) for one in row.findings]),
        "versions": history(row), "refund": rules.refunds([row.hs_code], today).to_dicts() if row.direction == "E" else [], "group": next(iter(rules.groups([row.hs_code]).to_dicts()), None),
        "case": queries.case_of(actor, row), "may_change": actor.allows("goods.change") and row.state == "valid" and not row.home,
    }  # fmt: skip
    return render(request, "goods/product.html", context)


def history(row: Product) -> list[dict[str, Any]]:
    """Versions, newest first, each with the fields that differ from the one before."""
    versions = list(Version.objects.filter(product=row).order_by("number"))
    known = [{}, *(one.facts for one in versions)]
    rows = [
        {"row": one, "changes": _changes(before, one.facts) if before else []}
        for before, one in zip(known, versions, strict=False)
    ]
    return rows[::-1]


def _changes(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, str]]:
    old, new = ({one["name"]: one["value"] for one in told(flows.FIELDS, facts)} for facts in (before, after))
    return [
        {"title": say(field.title, field.title_en), "old": old.get(field.name, "—"), "new": new.get(field.name, "—")}
        for field in flows.FIELDS
        if old.get(field.name) != new.get(field.name)
    ]


def look_up(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Codes found by words, with units, the state of the list and the refund rate."""
    words = request.GET.get("q", "").strip()[:80]
    found, today = hs.find(words, LISTED) if words else [], civil_date(timezone.now())
    rates = {one["hs_code"]: one for one in rules.refunds([code.hs8 for code in found], today).to_dicts()}
    on_list = rules.on_list([code.hs8 for code in found], today)
    rows = [
        {
            "code": one, "name": say(one.name_zh, one.name_en), "heading": say(one.heading_zh or one.heading_en, one.heading_en),
            "units": say("、", ", ").join(_named(UNITS, unit) for unit in (one.unit1, one.unit2) if unit), "rate": rates.get(one.hs8),
            "listed": one.hs8 in on_list,
        }
        for one in found
    ]  # fmt: skip
    return render(request, "goods/codes.html", {"rows": rows, "words": words})


def suggest(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Codes for what is being typed: a list to choose from for the form (htmx), JSON for anyone else. Parameters: q, or field and its value."""
    field = request.GET.get("field", "")[:40]
    found = hs.find(request.GET.get("q", request.GET.get(field, "")).strip()[:80], SUGGESTED)
    if not request.headers.get("HX-Request"):
        return JsonResponse({"codes": [{**asdict(one), "offered": one.offered} for one in found]})
    rows = [{"code": one, "name": say(one.name_zh, one.name_en), "heading": say(one.heading_zh or one.heading_en, one.heading_en)} for one in found]  # fmt: skip
    return render(
        request, "goods/suggestions.html", {"rows": rows, "field": field, "asked": bool(request.GET.get(field))}
    )
