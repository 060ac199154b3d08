"""Evidence packages on one page: made and withdrawn by firms; opened, marked used and downloaded by those they were made for."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.db.models import BooleanField, Case, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from gongfu.base.access.actor import Actor
from gongfu.base.kit.beijing import civil_date
from gongfu.base.partners import keys
from gongfu.base.screens.findings import shown
from gongfu.base.screens.forms import drawn, typed
from gongfu.base.screens.listing import Cell, Column, Listing, Search, equals
from gongfu.base.screens.words import say
from gongfu.core.fields import Field, parse
from gongfu.core.rule import Finding
from gongfu.modules.matching import contents, evidence, packaging
from gongfu.modules.matching.models import Chain, Package
from gongfu.modules.matching.proving import PURPOSES

READERS = (
    ("bank", "银行或保险公司", "Bank or insurer"),
    ("officer.fx", "外汇部门", "FX desk"),
    ("officer.tax", "税务部门", "Tax desk"),
)
FORM = (
    Field("numbers", "订单编号", "Order numbers", "lines", longest=20_000, help="每行一个；只能用本企业的订单，一个订单只能支持一份申请。", help_en="One a line; your own firm's, and an order supports one request only."),
    Field("purpose", "用途", "Purpose", "choice", choices=tuple((code, *told) for code, told in PURPOSES.items())),
    Field("to", "给谁", "For whom", "choice", choices=READERS),
    Field("bank", "机构的统一社会信用代码", "Its credit code", "uscc", only=("to", ("bank",))),
    Field("asked", "申请金额", "Amount asked for", "money", least=1, help="按订单的币制。", help_en="In the orders' currency."),
    Field("until", "同意查看到哪天", "May be read until", "date"),
)  # fmt: skip
TONES = {"PASS": "ok", "PARTIAL": "warn", "REFER": "hold", "REJECT": "bad"}
RESULTS = {"PASS": ("支持", "Supported"), "PARTIAL": ("部分支持", "Supported in part"), "REFER": ("转人工", "For a person to decide"), "REJECT": ("不支持", "Not supported")}  # fmt: skip
STATES = {
    "offered": ("待查看", "Not opened yet"),
    "opened": ("已查看", "Opened"),
    "used": ("已使用", "Used"),
    "withdrawn": ("已撤回", "Withdrawn"),
}
SUGGESTED, UNTOLD = 20, "—"
LISTING = Listing(
    "真实交易证明", "Evidence packages", about=("用对得上的交易办结汇、贷款、保险；一个订单只能支持一份申请。", "Matched transactions for settlement, loans and insurance; an order supports one request only."),
    empty=("还没有证明。", "No package yet."), template="matching/packages.html",
    columns=(
        Column("编号", "Number", "link", lambda row: Cell("link", row.number, href=f"evidence?number={row.number}")),
        Column("结论", "Result", "text", lambda row: Cell("text", say(*RESULTS[row.result]) if row.own else UNTOLD)),
        Column("用途", "Purpose", "text", lambda row: Cell("text", say(*PURPOSES[row.purpose]))),
        Column("企业", "Firm", "text", lambda row: Cell("text", row.party_code)),
        Column("给谁", "For", "text", lambda row: Cell("text", row.reader_code)),
        Column("支持金额", "Supported", "money", lambda row: Cell("money", row.supported_fen) if row.own else Cell("text", UNTOLD)),
        Column("状态", "State", "text", lambda row: Cell("text", say(*STATES[row.state]))),
        Column("生成", "Made", "moment", lambda row: Cell("moment", row.made_at)),
    ),
    searches=(
        Search("find", "编号", "Number", equals("number")),
        Search("purpose", "用途", "Purpose", equals("purpose"), lambda: [(code, say(*told)) for code, told in PURPOSES.items()]),
        Search("result", "结论", "Result", lambda rows, value: rows.filter(own=True, result=value), lambda: [(code, say(*told)) for code, told in RESULTS.items()]),
        Search("state", "状态", "State", equals("state"), lambda: [(code, say(*told)) for code, told in STATES.items()]),
    ),
)  # fmt: skip


def packages(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Packages within reach, or one of them (number)."""
    number = request.GET.get("number", "")[:20]
    if number:
        return _one(request, actor, number)
    # What a package says is told on its own page, where each reading is logged: the list tells it to its own firm only.
    own = Case(When(party_code__in=actor.party_codes, then=True), default=False, output_field=BooleanField())
    return LISTING.answer(request, evidence.seen(actor).annotate(own=own))


def make(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The form of a new package."""
    raw: dict[str, Any] = (
        typed(FORM, request.POST) if request.method == "POST" else {"numbers": "\n".join(_suggested(actor))}
    )
    faults: list[Finding] = []
    if request.method == "POST":
        said, faults = parse(FORM, raw, on=civil_date(timezone.now()))
        if not faults:
            done = evidence.make(
                actor, numbers=said["numbers"].split(), purpose=said["purpose"], asked_fen=said["asked"], until=date.fromisoformat(said["until"]),
                reader_code=said["bank"] if said["to"] == "bank" else said["to"],
            )  # fmt: skip
            if done.package:
                return redirect(f"/enterprise/evidence?number={done.package.number}")
            faults = done.findings
    context = {"fields": drawn(FORM, raw, faults), "faults": shown(faults)}
    return render(request, "matching/make.html", context, status=422 if faults else 200)


def _suggested(actor: Actor) -> list[str]:
    """The firm's newest matched orders."""
    rows = Chain.objects.filter(ebc_code__in=actor.own_codes, verdict="matched").order_by("-pk")
    return list(rows.values_list("order_no", flat=True)[:SUGGESTED])


def _one(request: HttpRequest, actor: Actor, number: str) -> HttpResponse:
    one: Any = evidence.seen(actor).filter(number=number).select_related("consent").first()
    if one is None:
        raise Http404
    do, download = request.POST.get("do", ""), request.GET.get("file") == "zip"
    done = _asked(actor, one, do) if request.method == "POST" else evidence.Done(one)
    one, mine = done.package or one, one.party_code in actor.party_codes
    if not mine and (download or do != "open" or done.findings):  # opening it has logged its page already
        reading = evidence.read(actor, number, evidence.ZIP if download else evidence.PAGE)
        one, readable = reading.package or one, reading.package is not None
    else:
        readable = True
    if download and readable:
        return _download(one)
    context = {
        "one": one, "faults": shown(done.findings), "mine": mine, "readable": readable, "reads": evidence.reads(actor, one) and not mine, "tone": TONES[one.result],
        "result": say(*RESULTS[one.result]), "purpose": say(*PURPOSES[one.purpose]), "state": say(*STATES[one.state]), "holds": evidence.holds(one, civil_date(timezone.now())),
        "key": keys.public_key(), **(_told(one, checked=do in ("open", "check")) if readable else {}),
    }  # fmt: skip
    answer = render(request, "matching/package.html", context, status=422 if done.findings else 200)
    answer["Cache-Control"] = "private, no-store"
    return answer


def _told(one: Package, *, checked: bool) -> dict[str, Any]:
    """What the page shows of a package that is readable; checked: how it stands beside its sources now, too."""
    now, kinds = packaging.standing(one) if checked else None, {each.code: each for each in contents.CONTENTS}
    parts = [
        {"title": say(kinds[each["part"]].title, kinds[each["part"]].title_en), "held": each["held"], "said": say(each["zh"], each["en"]), "count": each["count"]}
        for each in json.loads(one.manifest).get("contents", [])
    ]  # fmt: skip
    return {
        "findings": shown([Finding.load(each) for each in one.findings]), "contents": parts, "returned": packaging.returned(one), "now": now,
        "now_result": say(*RESULTS[now.result]) if now else "",
    }  # fmt: skip


def _asked(actor: Actor, one: Package, do: str) -> evidence.Done:
    """Open it, mark it used or withdraw it; to check it against its sources changes nothing."""
    if do == "check":
        return evidence.Done(one)
    verbs = {"open": evidence.open_package, "use": evidence.use, "withdraw": evidence.withdraw}
    if do not in verbs:
        raise Http404
    return verbs[do](actor, one.number)


def _download(one: Package) -> HttpResponse:
    answer = HttpResponse(packaging.zipped(one), content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="evidence-{one.number}.zip"'
    answer["Cache-Control"] = "private, no-store"
    return answer
