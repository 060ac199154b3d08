"""Evidence packages made, opened, used and withdrawn: signed as the rows stood, one order for one request, under the firm's consent."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.kit.crash import crash_point
from gongfu.base.partners import keys
from gongfu.base.sharing import actions as sharing
from gongfu.base.sharing.models import Access, Consent
from gongfu.core.rule import Finding
from gongfu.modules.matching import packaging, proving
from gongfu.modules.matching.models import Chain, Claim, Package

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
    number = secrets.token_hex(8).upper()
    asked = packaging.Request(number, actor.own_codes[0], reader_code, purpose, asked_fen, until, at, orders)
    try:
        with transaction.atomic():
            package = _kept(actor, asked, packaging.made(asked))
            crash_point("evidence.kept")
            if package.result != proving.REJECT:
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


def _kept(actor: Actor, asked: packaging.Request, made: packaging.Made) -> Package:
    """The package, signed, under a consent of its own."""
    purpose, on, told = proving.PURPOSES[asked.purpose][0], civil_date(asked.at), made.told
    agreed = sharing.consent(actor, dataset=DATASET, reader_code=asked.reader, purpose=purpose, until=asked.until).consent  # fmt: skip
    return Package.objects.create(
        zone=actor.zones[0], number=asked.number, party_code=asked.party, reader_code=asked.reader, purpose=asked.purpose, currency=made.sales[0].currency,
        asked_fen=asked.asked_fen, supported_fen=told.supported_fen, result=told.result, findings=[one.dump() for one in told.findings],
        orders=[list(one) for one in asked.orders], documents={name: body.decode() for name, body in made.documents.items()}, manifest=made.manifest.decode(),
        signature=keys.sign(made.manifest), consent=agreed, state=OFFERED, made_at=asked.at, keep_until=on.replace(day=1, year=on.year + KEPT_YEARS),
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


PAGE, ZIP = ("result", "findings", "contents", "orders"), ("zip", "manifest", "documents")


@action("evidence.open", title="查看真实交易证明")
def open_package(actor: Actor, number: str) -> Done:
    """Look into a package that was made for oneself, while its consent holds; the firm sees that it was read."""
    done = _readable(actor, number, (OFFERED, OPENED, USED))
    if one := done.package:
        if one.state == OFFERED:
            one.state, one.opened_at = OPENED, clock.now()
            one.save(update_fields=["state", "opened_at"])
        _log(actor, one, PAGE)
    return done


@action("evidence.read", title="阅读真实交易证明")
def read(actor: Actor, number: str, fields: Sequence[str]) -> Done:
    """Read an opened package once more, or download it: each reading is one entry in the access log that the firm sees."""
    done = _readable(actor, number, (OPENED, USED))
    if done.package:
        _log(actor, done.package, fields)
    return done


def _readable(actor: Actor, number: str, states: Sequence[str]) -> Done:
    """The package, locked, if it was made for the actor, its consent holds and it is in one of the states; else why not."""
    one = _locked(actor, number)
    if one is None or not reads(actor, one):
        return Done(findings=[Finding("EVID-NOT-FOUND", value=number[:20], rules=RULES)])
    if not holds(one, civil_date(clock.now())):
        return Done(findings=[Finding("EVID-CONSENT", value=number, facts={"until": one.consent.valid_until.isoformat()}, rules=RULES)])  # fmt: skip
    if one.state not in states:
        return Done(findings=[Finding("EVID-STATE", value=one.state, rules=RULES)])
    return Done(one)


def _log(actor: Actor, one: Package, fields: Sequence[str]) -> None:
    Access.objects.create(
        zone=one.zone, dataset=DATASET, actor=actor.name, role=actor.role, party_code=actor.party_codes[0] if actor.party_codes else "", purpose=one.consent.purpose,
        fields=list(fields), rows=len(one.orders), subjects=[one.party_code],
    )  # fmt: skip


@action("evidence.use", title="登记真实交易证明已使用")
def use(actor: Actor, number: str) -> Done:
    """Mark a package used, once: its orders support no other request for ever."""
    done = _readable(actor, number, (OPENED,))
    if done.package is None:
        return done
    if done.package.result == proving.REJECT:
        return Done(findings=[Finding("EVID-STATE", value=done.package.state, rules=RULES)])
    return _ended(actor, done.package, USED)


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
