"""What a buyer pays and whether the channel is open, before buying: open to everyone, the whole question in the address, so that a
shop can print it as a QR code. Nobody's number is asked for; what is left of a year is told to its own person only."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from gongfu.base.access.actor import Actor
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.screens.findings import shown
from gongfu.base.screens.forms import drawn
from gongfu.base.screens.words import say
from gongfu.core.fields import Field, parse
from gongfu.core.money import yuan
from gongfu.core.rule import Finding
from gongfu.modules.declarations import queries as declarations
from gongfu.modules.goods import queries as goods
from gongfu.modules.tax import queries
from gongfu.modules.tax.rates import marks, rate
from gongfu.modules.tax.rules import retail as rules
from gongfu.reference.tables import parameters, table

DEAREST, CODED = 10_000_000, 1_500
FIELDS = (
    Field("firm", "卖家统一社会信用代码", "Seller's credit code", "uscc", needed=False, longest=18, help="与货号一起填，带出备案的编码和规格。", help_en="With the item number it brings the code and specification that are filed."),
    Field("item", "备案货号", "Filed item number", needed=False, longest=20),
    Field("code", "商品编码", "Tariff number", "hs10", needed=False, longest=10, help="10 位；填了卖家和货号就不用填。", help_en="10 digits; not needed with seller and item number."),
    Field("spec", "规格型号", "Specification", needed=False, longest=200, help="化妆品和酒写明净含量，如 50ml。", help_en="State the net content of cosmetics and drinks, such as 50ml."),
    Field("mode", "监管方式", "Mode", "choice", needed=False, choices=(("9610", "9610 直购进口", "9610 direct purchase"), ("1210", "1210 网购保税进口", "1210 bonded"))),
    Field("price", "单价（元）", "Unit price (CNY)", "money", least=0, most=DEAREST),
    Field("qty", "数量", "Quantity", "whole", least=1, most=9_999),
    Field("freight", "运费和保险费（元）", "Freight and insurance (CNY)", "money", needed=False, least=0, most=DEAREST),
)  # fmt: skip
# What is left to a buyer when the channel is closed.
EXITS = (
    ("一般贸易进口", "General trade", "由进口企业按货物报关，税款按法定税率全额缴纳，不占个人额度。", "An importer declares the goods and pays tax in full; it takes nothing of the personal quota."),
    ("个人物品", "Personal articles", "自用、合理数量的，按海关对进境个人物品的规定申报。", "For own use and in reasonable quantity, under customs' rules for personal articles."),
    ("退运", "Return abroad", "已经到境的，退回境外卖家。", "What has arrived already goes back to the seller abroad."),
)  # fmt: skip


def estimate(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Dutiable value, tax by kind and the state of the channel for what the address asks; without a question, the form alone."""
    on = civil_date(clock.now())
    raw = {one.name: request.GET.get(one.name, "")[:400].strip() for one in FIELDS}
    clean, faults = parse(FIELDS, raw, on=on) if any(raw.values()) else ({}, [])
    product, missing = _product(clean, on) if clean and not any(one.field in ("firm", "item", "code") for one in faults) else ({}, None)  # fmt: skip
    faults += [missing] if missing else []
    context: dict[str, Any] = {"fields": drawn(FIELDS, raw, faults), "faults": shown(faults), "own": None}
    if product and not faults:
        context |= _answer(actor, product, clean, on) | _printed(request, clean)
    answer = render(request, "tax/buyer.html", context, status=422 if faults else 200)
    if context["own"]:
        add_never_cache_headers(answer)
    return answer


def _product(clean: dict[str, Any], on: date) -> tuple[dict[str, Any], Finding | None]:
    """hs_code, name, spec and mode of the goods: as filed, or as given with a tariff number; else what is wrong."""
    firm, item, mode = clean.get("firm", ""), clean.get("item", ""), clean.get("mode", "")
    if firm and item:
        filed = goods.by_item(firm, [item], "I").get((item, mode))
        fault = Finding("GOODS-NOT-FILED", field="item", value=item, rules=("R-706",))
        return ({**filed, "spec": clean.get("spec") or filed["spec"], "filed": True}, None) if filed else ({}, fault)
    code = clean.get("code", "")
    if not code:
        titles = {"title": FIELDS[2].title, "title_en": FIELDS[2].title_en}
        return {}, Finding("FIELD-NEEDED", field="code", facts=titles)
    known = table("hs8", on).filter(hs8=code[:8])
    if known.is_empty():
        return {}, Finding("GOODS-HS", field="code", value=code, rules=("R-706",))
    row = known.row(0, named=True)
    return {"hs_code": code, "name": row["name_zh"], "name_en": row["name_en"], "spec": clean.get("spec", ""), "mode": mode or "9610"}, None


def _answer(actor: Actor, product: dict[str, Any], clean: dict[str, Any], on: date) -> dict[str, Any]:
    """What the page tells: tax by kind, channel (R-102, R-107, R-108), list (R-201), grounds, and the person's own year."""
    code, qty = product["hs_code"], clean["qty"]
    told = queries.estimate([(1, 1, code, product["spec"], Decimal(qty), clean["price"] * qty)], clean.get("freight", 0), 0, on)
    known, own = parameters(on), queries.own_year(actor, on)
    single, annual = int(known["import.single_limit_fen"]), int(known["import.annual_limit_fen"])
    path = rules.channel(told["value_fen"], told["pieces"], own[0] if own else 0, single, annual)
    said = declarations.on_retail_list(code, product["name"], product["mode"], on)
    said += [Finding(path, field="price", value=yuan(told["value_fen"]), rules=("R-102", "R-108", "R-120"))] if path in (rules.SINGLE, rules.ANNUAL) else []  # fmt: skip
    said += [Finding(told["review"], field="spec", value=product["spec"])] if told["review"] else []
    closed = any(one.blocks and one.code != told["review"] for one in said)
    return {
        "product": product, "name": say(product["name"], product.get("name_en", product["name"])), "told": told, "path": path, "closed": closed, "said": shown(said),
        "how": rules.explain(told["lines"][0], int(known["import.within_limit_levy_bp"])), "exits": [(say(zh, en), say(how, how_en)) for zh, en, how, how_en in EXITS] if closed else [],
        "grounds": _grounds(code, path, on), "single_fen": single, "annual_fen": annual, "own": {"used_fen": own[0], "left_fen": own[1] - own[0]} if own else None,
    }  # fmt: skip


def _grounds(code: str, path: str, on: date) -> list[dict[str, str]]:
    """The limits and rates behind the answer: value, rule, and how sure it is (M: from memory, to be verified)."""
    known, sure, rated = parameters(on), dict(table("parameters", on).select("key", "confidence").rows()), rate(code, on)
    told, full = marks(code, on), path == rules.FULL
    rows = [
        ("单次限值", "Single limit", f"{yuan(int(known['import.single_limit_fen']))}", "R-102", sure["import.single_limit_fen"]),
        ("年度限值", "Yearly limit", f"{yuan(int(known['import.annual_limit_fen']))}", "R-102", sure["import.annual_limit_fen"]),
        ("增值税率", "VAT rate", rules.percent(rated.vat_bp), "R-111", told.get("vat", "X")),
    ]  # fmt: skip
    if rated.kind != "none":
        rows.append(("消费税率", "Consumption tax rate", rules.percent(rated.ct_bp), "R-110" if rated.kind == "cosmetic" else "R-111", told["ct"]))
    if full:
        duty = rules.percent(rated.duty_bp) if rated.duty_bp is not None else "—"
        rows.append(("最惠国关税率", "MFN duty rate", duty, "R-107", told.get("mfn", "X")))
    else:
        rows.append(("限值内征收比例", "Levied within the limits", rules.percent(known["import.within_limit_levy_bp"]), "R-106", sure["import.within_limit_levy_bp"]))  # fmt: skip
    return [{"title": say(zh, en), "value": value, "rule": rule, "mark": mark} for zh, en, value, rule, mark in rows]


def _printed(request: HttpRequest, clean: dict[str, Any]) -> dict[str, str]:
    """The address of this answer, and its QR code (SVG) while it is short enough to be scanned."""
    money = ("price", "freight")
    asked = {name: f"{Decimal(value) / 100:.2f}" if name in money else value for name, value in clean.items()}
    link = request.build_absolute_uri(f"/import-tax?{urlencode(asked)}")
    return {"link": link, "code": segno.make(link, error="m", micro=False).svg_inline(scale=3) if len(link) <= CODED else ""}
