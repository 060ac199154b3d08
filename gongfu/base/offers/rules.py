"""What may be posted, proposed and moved (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from gongfu.base.offers.flows import DEAL
from gongfu.core.flow import StateConflict
from gongfu.core.line import sound
from gongfu.core.offer import Match, OfferKind
from gongfu.core.rule import Finding

LARGEST = 2**63 - 1


def listing_findings(
    kind: OfferKind, side: str, title: str, facts: Mapping[str, Any], until: date | None, today: date
) -> list[Finding]:
    """Faults of a need or an offer to be posted."""
    said = text_findings(title=(title, 100)) + kind.faults(side, facts)
    if until is not None and until < today:
        said.append(Finding("OFFER-PAST", field="until", value=until.isoformat()))
    return said


def text_findings(**fields: tuple[str, int]) -> list[Finding]:
    """name=(text, longest): texts that are empty, too long or hold control characters."""
    return [
        Finding("OFFER-FIELD", field=name, value=text[:40], facts={"longest": longest})
        for name, (text, longest) in fields.items()
        if not sound(text, longest)
    ]


def match_findings(kind: OfferKind, match: Match) -> list[Finding]:
    """Whether a match is good enough to be proposed; the finding names what is missing."""
    if match.score >= kind.least:
        return []
    missing = "；".join(reason.zh for reason in match.reasons if not reason.met)
    return [Finding("OFFER-NO-MATCH", facts={"score": match.score, "least": kind.least, "missing": missing})]


def stored(match: Match) -> list[dict[str, Any]]:
    """The reasons as a deal keeps them."""
    return [{"met": reason.met, "zh": reason.zh, "en": reason.en} for reason in match.reasons]


def move_findings(number: int, state: str, verb: str, answer_by: datetime, at: datetime) -> list[Finding]:
    """Whether a deal may make a move now: the flow, and the date by which both must have answered."""
    facts = {"need_accepted_at": True, "offer_accepted_at": True}
    if isinstance(DEAL.take(state, verb, facts), StateConflict):
        return [Finding("OFFER-STATE", str(number), field="state", value=str(number), facts={"state": state})]
    if verb == "accept" and at >= answer_by:
        return [Finding("OFFER-LAPSED", str(number), value=answer_by.isoformat(timespec="minutes"))]
    return []


def value_findings(value_fen: int) -> list[Finding]:
    """A deal's value is a whole number of fen, zero or more."""
    return [] if 0 <= value_fen <= LARGEST else [Finding("OFFER-VALUE", field="value_fen", value=str(value_fen)[:40])]
