"""Evidence packages made, opened, used and withdrawn: signed as the rows stood, one order for one request, under the firm's consent."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import BEIJING, civil_date
from gongfu.base.partners import keys
from gongfu.base.sharing import actions as sharing
from gongfu.base.sharing.models import Access, Consent
from gongfu.core import evidence
from gongfu.core.rule import Finding
from gongfu.modules.matching import chaining, chains, proving
from gongfu.modules.matching.models import Chain, Claim, Package
from gongfu.modules.trade import queries as trade

DATASET = "matching.evidence"
MOST_ORDERS, KEPT_YEARS = 500, 10
OFFERED, OPENED, USED, WITHDRAWN = "offered", "opened", "used", "withdrawn"
RULES = ("R-610", "R-1022")


@dataclass(slots=True)
class Done:
    """The package as it stands, or why nothing was done."""

    package: Package | None = None
    findings: list[Finding] = field(default_factory=list)

    def audit(self) -> dict[str, Any] | None:
        one = self.package
        if one is None:
            return None
        facts = {"result": one.result, "state": one.state, "reader": one.reader_code, "purpose": one.purpose, "supported_fen": one.supported_fen, "orders": len(one.orders)}  # fmt: skip
        return {"subject": f"evidence:{one.number}", "zone": one.zone, "facts": facts}


class _Taken(Exception):
    """Some of the orders support another request already."""

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings


@action("evidence.make", title="生成真实交易证明")
def make(actor: Actor, *, numbers: Sequence[str], purpose: str, reader_code: str, asked_fen: int, until: date) -> Done:
    """Sign what one's own transactions show for a purpose, for one reader until a day. Nothing is kept when an order is taken already."""
    today, at = civil_date(clock.now()), clock.now()
    faults = _asked(numbers, purpose, reader_code, asked_fen, until, today)
    wanted = sorted(set(numbers))
    found = Chain.objects.filter(order_no__in=wanted, ebc_code__in=actor.own_codes)
    orders = sorted(found.values_list("ebp_code", "order_no"))
    unknown = sorted(set(wanted) - {order for _, order in orders})
    faults += [Finding("EVID-UNKNOWN", field="numbers", value=one, rules=RULES) for one in unknown]
    if faults:
        return Done(findings=faults)
    sales = _sales(orders)
    told = proving.judge(sales, purpose=purpose, seller=actor.own_codes[0], asked_fen=asked_fen, at=at)
    try:
        with transaction.atomic():
            package = _kept(actor, orders, sales, told, purpose, reader_code, asked_fen, until, at)
            if told.result != proving.REJECT:
                _claim(package, orders)
            return Done(package)
    except _Taken as taken:
        return Done(findings=taken.findings)


def _asked(
    numbers: Sequence[str], purpose: str, reader: str, asked_fen: int, until: date, today: date
) -> list[Finding]:
    """What is wrong with the request itself."""
    found = []
    if not numbers or len(set(numbers)) > MOST_ORDERS:
        found.append(
            Finding("EVID-ORDERS", field="numbers", value=str(len(numbers)), facts={"limit": MOST_ORDERS}, rules=RULES)
        )
    if purpose not in proving.PURPOSES:
        found.append(Finding("EVID-PURPOSE", field="purpose", value=purpose[:20], rules=RULES))
    if not reader or len(reader) > 18:
        found.append(Finding("EVID-READER", field="reader", value=reader[:20], rules=RULES))
    if asked_fen <= 0:
        found.append(Finding("EVID-AMOUNT", field="asked", value=str(asked_fen), rules=RULES))
    if until < today:
        found.append(Finding("EVID-UNTIL", field="until", value=until.isoformat(), rules=RULES))
    return found


def _sales(orders: list[tuple[str, str]]) -> list[proving.Sale]:
    """The orders as their three flows stand now; money is what was collected, for imports what the buyer paid."""
    frames = chaining.frames(orders)
    rows, (judged, _) = chains.joined(**frames), chains.gaps(**frames)
    verdicts = {
        (one, two): verdict for one, two, verdict in judged.select("ebp_code", "order_no", "verdict").iter_rows()
    }
    return [
        proving.Sale(
            row["ebp_code"], row["order_no"], row["seller"], row["currency"] or "", (row["paid_fen"] if row["way"] == "I" else row["expected_fen"]) or 0,
            row["paid_paid_fen"] if row["way"] == "I" else row["got_charge_fen"], row["ordered_at"],
            row["list_released_at"] if row["list_released"] else None,
            row["paid_paid_at"] if row["way"] == "I" else row["got_collected_at"], verdicts[row["ebp_code"], row["order_no"]],
        )
        for row in rows.sort("ebp_code", "order_no").iter_rows(named=True)
    ]  # fmt: skip


def documents(orders: list[tuple[str, str]], sales: Sequence[proving.Sale]) -> dict[str, bytes]:
    """One document for each order: its parts with the digests of their rows, and its flows. No person is in it."""
    files, told = trade.files_of(orders), {}
    for place, (key, sale) in enumerate(zip(orders, sales, strict=True), 1):
        parts = [
            {
                "part": one.event, "number": one.number, "at": one.at, "state": one.state, "row": one.key, "sha256": one.digest,
                "values": [{"zh": zh, "en": en, "text": text} for zh, en, text in one.values],
            }
            for one in files.get(key, [])
        ]  # fmt: skip
        flows = {"currency": sale.currency, "expected_fen": sale.expected_fen, "got_fen": sale.got_fen, "ordered_at": sale.ordered_at, "released_at": sale.released_at, "got_at": sale.got_at, "verdict": sale.verdict}  # fmt: skip
        body = {"platform": key[0], "order": key[1], "flows": _plain(flows), "parts": [_plain(one) for one in parts]}
        told[f"documents/{place:03d}.json"] = evidence.canonical(body)
    return told


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.astimezone(BEIJING).isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
    }


def _kept(
    actor: Actor, orders: list[tuple[str, str]], sales: Sequence[proving.Sale], told: proving.Judged, purpose: str, reader: str, asked_fen: int, until: date, at: datetime
) -> Package:  # fmt: skip
    agreed = sharing.consent(
        actor, dataset=DATASET, reader_code=reader, purpose=proving.PURPOSES[purpose][0], until=until
    ).consent
    bodies, number = documents(orders, sales), secrets.token_hex(8).upper()
    keep = civil_date(at).replace(day=1, year=civil_date(at).year + KEPT_YEARS)
    head = {
        "number": number, "site": settings.SITE, "party": actor.own_codes[0], "reader": reader, "purpose": purpose, "currency": sales[0].currency, "asked_fen": asked_fen,
        "supported_fen": told.supported_fen, "result": told.result, "findings": [one.as_dict("zh") for one in told.findings], "made_at": at.astimezone(BEIJING).isoformat(),
        "consent_until": until.isoformat(),
    }  # fmt: skip
    signed = evidence.manifest(head, bodies)
    return Package.objects.create(
        zone=actor.zones[0], number=number, party_code=actor.own_codes[0], reader_code=reader, purpose=purpose, currency=sales[0].currency, asked_fen=asked_fen,
        supported_fen=told.supported_fen, result=told.result, findings=[one.dump() for one in told.findings], orders=[list(one) for one in orders],
        documents={name: body.decode() for name, body in bodies.items()}, manifest=signed.decode(), signature=keys.sign(signed), consent=agreed,
        state=OFFERED, made_at=at, keep_until=keep,
    )  # fmt: skip


def _claim(package: Package, orders: list[tuple[str, str]]) -> None:
    """Enter the orders in the registry; _Taken with the first use of those that are there. The database lets one of two requests win."""
    hashes = {proving.order_hash(*key): key for key in orders}
    Claim.objects.bulk_create([Claim(package=package, order_hash=one) for one in sorted(hashes)], ignore_conflicts=True)
    others = Claim.objects.filter(order_hash__in=hashes, live=True).exclude(package=package).select_related("package")
    if others:
        raise _Taken([_first_use(hashes[one.order_hash][1], one.package) for one in others])


def _first_use(order: str, first: Package) -> Finding:
    facts = {"number": first.number, "reader": first.reader_code, "on": civil_date(first.made_at).isoformat(), "purpose": proving.PURPOSES[first.purpose][0]}  # fmt: skip
    return Finding("EVID-USED", order, field="numbers", value=order, facts=facts, rules=RULES)


def seen(actor: Actor) -> QuerySet[Package]:
    """Packages of the own firm, and those made for it or for the desk."""
    if actor.reach == "own":
        return Package.objects.filter(Q(party_code__in=actor.party_codes) | Q(reader_code__in=actor.party_codes))
    return Package.objects.filter(reader_code=actor.role, zone__in=actor.zones)


def _locked(actor: Actor, number: str) -> Package | None:
    return seen(actor).select_for_update(of=("self",)).filter(number=number).first()


def reads(actor: Actor, package: Package) -> bool:
    """Whether the package was made for this actor."""
    return package.reader_code in actor.party_codes or package.reader_code == actor.role


def holds(package: Package, today: date) -> bool:
    """Whether the firm's consent still holds."""
    agreed: Consent = package.consent
    return agreed.withdrawn_at is None and agreed.valid_until >= today


@action("evidence.open", title="查看真实交易证明")
def open_package(actor: Actor, number: str) -> Done:
    """Look into a package that was made for oneself, while its consent holds; the firm sees that it was read."""
    one, today = _locked(actor, number), civil_date(clock.now())
    if one is None or not reads(actor, one):
        return Done(findings=[Finding("EVID-NOT-FOUND", value=number[:20], rules=RULES)])
    if not holds(one, today):
        return Done(findings=[Finding("EVID-CONSENT", value=number, facts={"until": one.consent.valid_until.isoformat()}, rules=RULES)])  # fmt: skip
    if one.state == OFFERED:
        one.state, one.opened_at = OPENED, clock.now()
        one.save(update_fields=["state", "opened_at"])
    Access.objects.create(
        zone=one.zone, dataset=DATASET, actor=actor.name, role=actor.role, party_code=actor.party_codes[0] if actor.party_codes else "", purpose=one.consent.purpose,
        fields=["manifest", "documents"], rows=len(one.orders), subjects=[one.party_code],
    )  # fmt: skip
    return Done(one)


@action("evidence.use", title="登记真实交易证明已使用")
def use(actor: Actor, number: str) -> Done:
    """Mark a package used, once: its orders support no other request for ever."""
    one = _locked(actor, number)
    if one is None or not reads(actor, one):
        return Done(findings=[Finding("EVID-NOT-FOUND", value=number[:20], rules=RULES)])
    if not holds(one, civil_date(clock.now())):
        return Done(findings=[Finding("EVID-CONSENT", value=number, facts={"until": one.consent.valid_until.isoformat()}, rules=RULES)])  # fmt: skip
    if one.state != OPENED or one.result == proving.REJECT:
        return Done(findings=[Finding("EVID-STATE", value=one.state, rules=RULES)])
    return _ended(actor, one, USED)


@action("evidence.make", title="撤回真实交易证明")
def withdraw(actor: Actor, number: str) -> Done:
    """Take back a package that was not used: its orders come free, its consent ends."""
    one = _locked(actor, number)
    if one is None or one.party_code not in actor.party_codes:
        return Done(findings=[Finding("EVID-NOT-FOUND", value=number[:20], rules=RULES)])
    if one.state not in (OFFERED, OPENED):
        return Done(findings=[Finding("EVID-STATE", value=one.state, rules=RULES)])
    one.claims.update(live=False)
    sharing.withdraw_consent(actor, one.consent_id)
    return _ended(actor, one, WITHDRAWN)


def _ended(actor: Actor, one: Package, state: str) -> Done:
    one.state, one.ended_at, one.ended_by = state, clock.now(), actor.name
    one.save(update_fields=["state", "ended_at", "ended_by"])
    return Done(one)


def zipped(one: Package) -> bytes:
    """The package as a file that proves itself without this platform."""
    bodies = {name: body.encode() for name, body in sorted(one.documents.items())}
    return evidence.pack(one.manifest.encode(), bodies, one.signature, keys.public_key())


def changed(one: Package) -> list[str]:
    """The documents that would read otherwise if they were made from their sources now."""
    orders = [(platform, order) for platform, order in one.orders]
    again = documents(orders, _sales(orders))
    return [name for name, body in again.items() if one.documents.get(name) != body.decode()]
