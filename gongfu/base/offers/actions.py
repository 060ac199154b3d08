"""Posting needs and offers, proposing a match, and following it to the deal.

Every verb locks the listings (lower number first) before the deals between them, so that nobody waits in a circle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.offers import queries, rules
from gongfu.base.offers.flows import DEAL, LIVE
from gongfu.base.offers.models import Deal, Listing
from gongfu.core.offer import SIDES, OfferKind
from gongfu.core.rule import Finding


@dataclass(frozen=True, slots=True)
class Listed:
    """A need or an offer as it now stands, or the findings."""

    listing: Listing | None = None
    repeated: bool = False
    findings: tuple[Finding, ...] = ()

    def audit(self) -> dict[str, Any] | None:
        one = self.listing
        if one is None or self.repeated:
            return None
        facts = {"kind": one.kind, "side": one.side, "party_code": one.party_code, "state": one.state}
        return {"subject": f"listing:{one.pk}", "zone": one.zone, "facts": facts}


@dataclass(frozen=True, slots=True)
class Dealt:
    """A deal as it now stands, or the findings; `repeated` when it stood so before."""

    deal: Deal | None = None
    repeated: bool = False
    findings: tuple[Finding, ...] = ()
    for_party: str = ""

    def audit(self) -> dict[str, Any] | None:
        one = self.deal
        if one is None or self.repeated:
            return None
        facts = {
            "kind": one.kind,
            "state": one.state,
            "for_party": self.for_party,
            "why": one.why,
            "value_fen": one.value_fen,
        }
        return {"subject": f"deal:{one.pk}", "zone": one.zone, "facts": facts}


@dataclass(frozen=True, slots=True)
class Lapsed:
    count: int

    def audit(self) -> dict[str, Any] | None:
        return {"subject": "deals", "facts": {"lapsed": self.count}} if self.count else None


@action("offers.post", title="发布供需")
def post(
    actor: Actor,
    kind: OfferKind,
    side: str,
    *,
    party_code: str,
    zone: str,
    title: str,
    facts: Mapping[str, Any],
    until: date | None = None,
    confidential: bool = False,
) -> Listed:
    """Post a need or an offer of a firm; ValueError for a side that is neither."""
    if side not in SIDES:
        raise ValueError(side)
    said = rules.listing_findings(kind, side, title, facts, until, civil_date(clock.now()))
    said += rules.text_findings(party_code=(party_code, 18), zone=(zone, 20))
    if not actor.acts_for(party_code, zone):
        said.append(Finding("OFFER-NOT-YOURS", field="party_code", value=party_code[:18]))
    if said:
        return Listed(findings=tuple(said))
    own = {"party_code": party_code, "zone": zone, "title": title, "facts": dict(facts)}
    return Listed(Listing.objects.create(kind=kind.code, side=side, until=until, confidential=confidential, **own))


@action("offers.unpost", title="撤下供需")
def unpost(actor: Actor, listing_id: int, why: str = "") -> Listed:
    """Take a listing within reach off the board; proposals for it are withdrawn, an accepted deal stands in the way."""
    one = Listing.objects.seen_by(actor).select_for_update(no_key=True).filter(pk=listing_id).first()
    if one is None:
        return Listed(findings=(_not_found(listing_id),))
    if one.state == "withdrawn":
        return Listed(one, repeated=True)
    live = Deal.objects.filter(Q(need=one) | Q(offer=one), state__in=LIVE)
    said = rules.text_findings(why=(why or "-", 200))
    if one.state == "closed" or live.filter(state="accepted").exists():
        state = {"state": "closed" if one.state == "closed" else "accepted"}
        said.append(Finding("OFFER-STATE", field="state", value=str(one.pk), facts=state))
    if said:
        return Listed(findings=tuple(said))
    live.update(state="withdrawn", why=why, moved_at=clock.now())
    one.state = "withdrawn"
    one.save(update_fields=["state"])
    return Listed(one)


@action("offers.propose", title="提出撮合")
def propose(actor: Actor, kind: OfferKind, need_id: int, offer_id: int) -> Dealt:
    """Bring a need and an offer together; one of them is the actor's to act for, the other on its board.

    A firm that proposes has thereby accepted for its side; an office has accepted for none.
    """
    at = clock.now()
    rows = _locked_listings(need_id, offer_id)
    need, offer = (
        _on_board(actor, kind, rows.get(need_id), "need", at),
        _on_board(actor, kind, rows.get(offer_id), "offer", at),
    )
    if need is None or offer is None or not any(actor.acts_for(row.party_code, row.zone) for row in (need, offer)):
        return Dealt(findings=(_not_found(need_id if need is None else offer_id),))
    before = Deal.objects.filter(need=need, offer=offer, state__in=LIVE).first()
    if before is not None:
        return Dealt(before, repeated=True)
    said = _pair_findings(kind, need, offer)
    if said:
        return Dealt(findings=tuple(said))
    match = queries.meeting(kind, need, offer)
    said = rules.match_findings(kind, match)
    if said:
        return Dealt(findings=tuple(said))
    one = Deal(need=need, offer=offer, kind=kind.code, zone=need.zone, offer_zone=offer.zone)
    one.need_party, one.offer_party, one.score, one.reasons = (
        need.party_code,
        offer.party_code,
        match.score,
        rules.stored(match),
    )
    one.single_need, one.single_offer = "need" in kind.single, "offer" in kind.single
    one.answer_by = at + timedelta(days=kind.answer_days)
    one.need_accepted_at = at if need.party_code in actor.party_codes else None
    one.offer_accepted_at = at if offer.party_code in actor.party_codes else None
    one.save()
    return Dealt(one)


@action("offers.accept", title="同意撮合")
def accept(actor: Actor, deal_id: int, party_code: str) -> Dealt:
    """Say yes for one side; when both have, the deal is accepted and no other deal of a single listing can be."""
    one, side, said = _locked_deal(actor, deal_id, party_code)
    if one is None:
        return Dealt(findings=tuple(said))
    mark = f"{side}_accepted_at"
    if getattr(one, mark) and one.state in LIVE:
        return Dealt(one, repeated=True)
    at = clock.now()
    said = rules.move_findings(one.pk, one.state, "accept", one.answer_by, at) or _taken(one)
    if said:
        return Dealt(findings=tuple(said))
    setattr(one, mark, at)
    facts = {"need_accepted_at": one.need_accepted_at, "offer_accepted_at": one.offer_accepted_at}
    one.state = str(DEAL.take(one.state, "accept", facts))
    one.moved_at = at
    one.save(update_fields=[mark, "state", "moved_at"])
    return Dealt(one, for_party=party_code)


@action("offers.decline", title="谢绝撮合")
def decline(actor: Actor, deal_id: int, party_code: str, why: str = "") -> Dealt:
    """Say no for one side to a proposal."""
    return _ended(actor, deal_id, party_code, "decline", "declined", why)


@action("offers.withdraw", title="撤回撮合")
def withdraw(actor: Actor, deal_id: int, party_code: str, why: str = "") -> Dealt:
    """Step back for one side from a proposal or from a deal that was accepted and is not closed."""
    return _ended(actor, deal_id, party_code, "withdraw", "withdrawn", why)


@action("offers.close", title="登记成交")
def close(actor: Actor, deal_id: int, party_code: str, value_fen: int, reference: str = "") -> Dealt:
    """Record that an accepted deal was made, its value and where it shows (an order, a contract number).

    A listing that deals but once is closed with it, and other proposals for it lapse.
    """
    one, _, said = _locked_deal(actor, deal_id, party_code)
    if one is None:
        return Dealt(findings=tuple(said))
    if one.state == "closed" and (one.value_fen, one.reference) == (value_fen, reference):
        return Dealt(one, repeated=True)
    at = clock.now()
    said = rules.value_findings(value_fen) + rules.text_findings(reference=(reference or "-", 60))
    said += rules.move_findings(one.pk, one.state, "close", one.answer_by, at)
    if said:
        return Dealt(findings=tuple(said))
    one.state, one.value_fen, one.reference, one.moved_at = "closed", value_fen, reference, at
    one.save(update_fields=["state", "value_fen", "reference", "moved_at"])
    single = [pk for pk, alone in ((one.need_id, one.single_need), (one.offer_id, one.single_offer)) if alone]
    Listing.objects.filter(pk__in=single, state="open").update(state="closed")
    others = Deal.objects.filter(Q(need__in=single) | Q(offer__in=single), state="proposed")
    others.update(state="lapsed", moved_at=at)
    return Dealt(one, for_party=party_code)


@action("offers.lapse", title="撮合逾期失效")
def lapse(actor: Actor, limit: int = 1000) -> Lapsed:
    """End at most `limit` proposals that were not answered in time; gives how many. For a worker, as often as it likes."""
    at = clock.now()
    late = Deal.objects.filter(state="proposed", answer_by__lte=at).order_by("answer_by")
    numbers = [one.pk for one in late.select_for_update(no_key=True, skip_locked=True)[:limit]]
    return Lapsed(Deal.objects.filter(pk__in=numbers, state="proposed").update(state="lapsed", moved_at=at))


def _ended(actor: Actor, deal_id: int, party_code: str, verb: str, state: str, why: str) -> Dealt:
    one, _, said = _locked_deal(actor, deal_id, party_code)
    if one is None:
        return Dealt(findings=tuple(said))
    if one.state == state:
        return Dealt(one, repeated=True)
    at = clock.now()
    said = rules.text_findings(why=(why or "-", 200)) + rules.move_findings(one.pk, one.state, verb, one.answer_by, at)
    if said:
        return Dealt(findings=tuple(said))
    one.state, one.why, one.moved_at = state, why, at
    one.save(update_fields=["state", "why", "moved_at"])
    return Dealt(one, for_party=party_code)


def _locked_listings(*numbers: int) -> dict[int, Listing]:
    rows = Listing.objects.filter(pk__in=numbers).order_by("pk").select_for_update(no_key=True)
    return {row.pk: row for row in rows}


def _on_board(actor: Actor, kind: OfferKind, row: Listing | None, side: str, at: datetime) -> Listing | None:
    """The listing when it is of that kind and side, open, and shown to the actor."""
    if row is None or not queries.board(actor, kind.code, side, civil_date(at)).filter(pk=row.pk).exists():
        return None
    return row


def _pair_findings(kind: OfferKind, need: Listing, offer: Listing) -> list[Finding]:
    """Why these two cannot come together whatever the rule says: one firm, or an exact fact that differs."""
    if need.party_code == offer.party_code:
        return [Finding("OFFER-SAME-PARTY", value=need.party_code)]
    apart = [
        fact.title for fact in kind.needs if fact.name in kind.exact and need.facts[fact.name] != offer.facts[fact.name]
    ]
    facts = {"score": 0, "least": kind.least, "missing": "；".join(apart)}
    return [Finding("OFFER-NO-MATCH", facts=facts)] if apart else []


def _taken(deal: Deal) -> list[Finding]:
    """Whether a listing that deals but once has another deal that both sides accepted."""
    agreed = Deal.objects.filter(state__in=("accepted", "closed")).exclude(pk=deal.pk)
    taken = [deal.need_id] if deal.single_need and agreed.filter(need=deal.need_id).exists() else []
    taken += [deal.offer_id] if deal.single_offer and agreed.filter(offer=deal.offer_id).exists() else []
    return [Finding("OFFER-TAKEN", str(deal.pk), value=str(number)) for number in taken]


def _locked_deal(actor: Actor, deal_id: int, party_code: str) -> tuple[Deal | None, str, list[Finding]]:
    """A deal within reach with its listings locked, and the side that the firm is on and the actor may act for."""
    seen = Deal.objects.seen_by(actor).filter(pk=deal_id)
    found = seen.values_list("need_id", "offer_id").first()
    if found is None:
        return None, "", [_not_found(deal_id)]
    _locked_listings(*found)
    one = seen.select_for_update(no_key=True).get()
    sides = {one.need_party: ("need", one.zone), one.offer_party: ("offer", one.offer_zone)}
    side, zone = sides.get(party_code, ("", ""))
    if not side or not actor.acts_for(party_code, zone):
        return None, "", [Finding("OFFER-NOT-YOURS", str(deal_id), field="party_code", value=party_code[:18])]
    return one, side, []


def _not_found(number: int) -> Finding:
    return Finding("OFFER-NOT-FOUND", field="id", value=str(number))
