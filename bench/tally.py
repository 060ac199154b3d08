"""After the crashes: what should be there for the deeds that were done, beside what is there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db.models import Sum

from bench.deeds import Deed
from gongfu.base.ledgers.models import Account
from gongfu.base.trails.models import Trail
from gongfu.modules.declarations import books
from gongfu.modules.declarations.models import (
    Declaration,
    Exported,
    FollowUp,
    FollowUpLine,
    Line,
    Move,
    StockEvent,
    SummaryLine,
)
from gongfu.modules.drafts.models import Draft
from gongfu.modules.intake.models import Message, Receipt
from gongfu.modules.matching.models import Chain, Claim, Package
from gongfu.modules.tax.models import Returned
from gongfu.modules.trade.kinds import FILE
from gongfu.modules.trade.models import Collection, RealtimeRequest
from gongfu.reference.tables import table

RELEASED = ("released", "closed")
FOLLOWING = ("CEB623", "CEB605", "CEB625", "CEB213", "CEB215", "CEB507", "CEB607", "CEB509", "CEB701")
RETURNS, CANCELLED = ("CEB625Message", "CEB213Message"), ("CEB623", "CEB605")
UNITS, STOCKED = 100_000, 1_000_000  # of the book's own unit; what each item of the demonstration's book begins with
Pair = tuple[int, int]  # wanted, found


def counts(deeds: Iterable[Deed]) -> dict[str, Pair]:
    """What there should be, and what there is, by name."""
    done = Counter(one.kind for one in deeds)
    lists, gone = done["CEB621"] + done["CEB603"], sum(done[kind] for kind in CANCELLED)
    released = Declaration.objects.filter(state__in=RELEASED)
    return {
        "messages": (sum(number for kind, number in done.items() if kind.startswith("CEB")), Message.objects.filter(channel="api", state="accepted").count()),
        "lists": (lists, Declaration.objects.count()),
        "ended": (lists, released.count() + Declaration.objects.filter(state__in=("accepted", "cancelled")).count()),
        "releases": (released.count(), Move.objects.filter(state="released").count()),
        "cancelled": (gone, Declaration.objects.filter(state="cancelled").count()),
        **{kind: (done[kind], FollowUp.objects.filter(kind=f"{kind}Message", state="concluded").count()) for kind in FOLLOWING},
        "follow-ups": (sum(done[kind] for kind in FOLLOWING), FollowUp.objects.count()),
        "files": (lists, Trail.objects.filter(kind=FILE.code).count()),
        "chains": (lists, Chain.objects.count()),
        "receipts of money": (done["CEB403"], Collection.objects.count()),
        **_accounts(done, released),
        **_acts(done),
    }  # fmt: skip


def _accounts(done: Counter[str], released: Any) -> dict[str, Pair]:
    """Books, goods abroad, summaries and taxes taken back, to the last unit."""
    book = Account.objects.filter(kind="bonded_book").aggregate(stock=Sum("limit_units"), sold=Sum("committed_units"), held=Sum("reserved_units"))
    items = table("goods_samples")["goods_id"].n_unique()
    back = FollowUp.objects.filter(kind__in=RETURNS, facts__has_key="arrived_on").values("declaration")
    bonded = Declaration.objects.filter(mode="1210")
    sold = bonded.filter(state__in=RELEASED).exclude(pk__in=back)
    abroad = Line.objects.filter(declaration__in=released.filter(mode="9810"))
    summed = FollowUpLine.objects.filter(follow_up__kind="CEB701Message").values("declaration")
    returned = FollowUpLine.objects.filter(follow_up__kind="CEB625Message")
    return {
        "stock of the book": (items * STOCKED * UNITS + done["stock"] * UNITS, book["stock"]),
        "sold out of the book": (_drawn(sold), book["sold"]),
        "held in the book": (_drawn(bonded.filter(state="accepted")), book["held"]),
        "goods abroad": (_units(abroad, "qty") - done["sold"] * UNITS, Account.objects.filter(kind="overseas_stock").aggregate(n=Sum("limit_units"))["n"]),
        "sales abroad": (done["sold"], StockEvent.objects.count()),
        "form lines": (Line.objects.filter(declaration__in=summed).count(), SummaryLine.objects.count()),
        "summarised": (summed.distinct().count(), Exported.objects.exclude(summary=None).count()),
        "lines taken back": (returned.count(), Returned.objects.count()),
    }  # fmt: skip


def _units(lines: Any, name: str) -> int:
    return int((lines.aggregate(n=Sum(name))["n"] or 0) * UNITS)


def _drawn(lists: Any) -> int:
    """What these bonded lists take out of the book, by their own lines."""
    return int(books.drawn(list(lists.values_list("pk", flat=True)))["amount_units"].sum())


def _acts(done: Counter[str]) -> dict[str, Pair]:
    return {
        "typed orders": (done["typed"], Draft.objects.filter(state="submitted").count()),
        "messages typed": (done["typed"], Message.objects.filter(channel="form", state="accepted").count()),
        "packages": (done["proved"], Package.objects.count()),
        "claims": (done["proved"], Claim.objects.filter(live=True).count()),
        "payment data sent": (done["asked"], RealtimeRequest.objects.filter(state="sent").count()),
        "payment data asked": (done["asked"], RealtimeRequest.objects.count()),
    }


def odd() -> list[Any]:
    """A few of what explains a difference: documents refused, lists that stand where they should not, follow-ups that did not conclude."""
    found: list[Any] = list(Receipt.objects.filter(status__startswith="-").values_list("type", "info")[:5])
    found += list(Declaration.objects.filter(state__in=("waiting", "held", "refused")).values_list("state", "reason", "order_no")[:5])
    found += list(FollowUp.objects.exclude(state="concluded").values_list("kind", "state", "reason")[:5])
    found += list(Package.objects.exclude(result="PASS").values_list("result", "findings")[:2])
    return found
