"""Offers: facts are typed, matches say why, a deal is made by both sides and once; every kind is data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from gongfu.base.access.actor import OPERATOR, Actor
from gongfu.base.audit.models import Entry
from gongfu.base.kit.clock import standing_at
from gongfu.base.offers import actions, queries
from gongfu.base.offers.flows import DEAL
from gongfu.base.offers.models import Deal, Listing
from gongfu.core.flow import StateConflict
from gongfu.core.offer import Fact, Match, OfferKind, Reason
from house.crowd import at_once

pytestmark = [pytest.mark.feature("finance.offers"), pytest.mark.feature("brands.matching")]

BUYER, BANK, OTHER = "91511300MA6DEM014G", "91510600MA6DEM014K", "91510700MA6DEM014Q"
MAY = frozenset(f"offers.{verb}" for verb in ("post", "unpost", "propose", "accept", "decline", "withdraw", "close"))
NOON = datetime(2030, 5, 1, 4, tzinfo=UTC)
TODAY = date(2030, 5, 1)
PLEDGES = ("receivable", "stock", "policy")


def loan(need: Mapping[str, Any], offer: Mapping[str, Any]) -> Match:
    """Amount and pledge must fit; a term that fits and an early start make it better."""
    covered = need["amount_fen"] <= offer["most_fen"]
    pledged = need["pledge"] in offer["pledges"]
    timely = "by" not in need or offer["from"] <= need["by"]
    reasons = (
        Reason(
            covered,
            "额度足够" if covered else "额度不够",
            "the amount is covered" if covered else "the amount is too high",
        ),
        Reason(
            pledged,
            "接受该质押" if pledged else "不接受该质押",
            "the pledge is taken" if pledged else "another pledge is asked",
        ),
        Reason(timely, "按期到账" if timely else "不能按期", "in time" if timely else "too late"),
    )
    return Match((covered and pledged) * (60 + 40 * timely), reasons)


# The whole of a kind: its facts and its rule.
LOAN = OfferKind(
    "demo-loan",
    "融资",
    "Loan",
    needs=(
        Fact("amount_fen", "integer", "金额", "Amount"),
        Fact("pledge", "choice", "质押", "Pledge", choices=PLEDGES),
        Fact("currency", "text", "币种", "Currency"),
        Fact("by", "date", "最迟到账", "Needed by", required=False),
    ),
    offers=(
        Fact("most_fen", "integer", "最高额度", "Most"),
        Fact("pledges", "choices", "接受质押", "Pledges", choices=PLEDGES),
        Fact("currency", "text", "币种", "Currency"),
        Fact("from", "date", "可放款日", "From"),
        Fact("green", "boolean", "绿色通道", "Green lane", required=False),
    ),
    rule=loan,
    exact=("currency",),
)
NEED = {"amount_fen": 5_000_000, "pledge": "stock", "currency": "CNY", "by": "2030-06-30"}
OFFER = {"most_fen": 8_000_000, "pledges": ["stock", "policy"], "currency": "CNY", "from": "2030-06-01", "green": True}


def firm(code: str, zone: str) -> Actor:
    return Actor(code, "own", MAY, (zone,), (code,))


A, B, C = firm(BUYER, "nanchong"), firm(BANK, "deyang"), firm(OTHER, "mianyang")


def listed(actor: Actor, side: str, facts: dict[str, Any], **more: Any) -> Listing:
    own = {"party_code": actor.party_codes[0], "zone": actor.zones[0], "title": "演示"}
    done = actions.post(actor, LOAN, side, **own, facts=facts, **more)
    assert done.listing is not None, done.findings
    return done.listing


def codes(done: actions.Dealt | actions.Listed) -> list[str]:
    assert all(one.message("zh") and one.remedy("en") for one in done.findings)
    return [one.code for one in done.findings]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
SOUND_NEEDS = st.fixed_dictionaries(
    {
        "amount_fen": st.integers(0, 100),
        "pledge": st.sampled_from(PLEDGES),
        "currency": st.sampled_from(("CNY", "EUR")),
    },
    optional={"by": st.dates(date(2030, 5, 1), date(2030, 5, 9)).map(date.isoformat)},
)
SOUND_OFFERS = st.fixed_dictionaries(
    {
        "most_fen": st.integers(0, 100),
        "pledges": st.lists(st.sampled_from(PLEDGES), min_size=1, max_size=3, unique=True),
        "currency": st.sampled_from(("CNY", "EUR")),
        "from": st.dates(date(2030, 5, 1), date(2030, 5, 9)).map(date.isoformat),
    }
)


@given(st.dictionaries(st.sampled_from([*NEED, "else"]) | st.text(max_size=5), JSON, max_size=5))
@settings(max_examples=300, deadline=None)
def test_any_facts_get_findings_or_a_match(given_facts: dict[str, Any]) -> None:
    said = LOAN.faults("need", given_facts)
    assert all(one.message("zh") and one.message("en") for one in said)
    if not said:
        assert 0 <= LOAN.match(given_facts, OFFER).score <= 100
    sound = {**NEED, **{name: value for name, value in given_facts.items() if name == "by"}}
    assert bool(LOAN.faults("need", sound)) == (sound["by"] is not None and not _is_day(sound["by"]))


def _is_day(value: Any) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except (TypeError, ValueError):
        return False


@pytest.mark.parametrize(
    "wrong",
    [
        {"exact": ("pledge",)},
        {"exact": ("green",)},
        {"needs": (Fact("currency", "float", "币种", "Currency"),)},
        {"needs": LOAN.needs * 2},
    ],
)
def test_a_kind_that_contradicts_itself_is_refused_where_it_is_written(wrong: dict[str, Any]) -> None:
    told = {"needs": LOAN.needs, "offers": LOAN.offers, **wrong}
    with pytest.raises(ValueError, match="demo-wrong"):
        OfferKind("demo-wrong", "错", "Wrong", rule=loan, **told)


class Deals(TestCase):
    @given(st.lists(SOUND_NEEDS, min_size=1, max_size=4), st.lists(SOUND_OFFERS, min_size=1, max_size=6))
    @settings(max_examples=40, deadline=None)
    def test_matches_are_what_the_rule_says_best_first_and_the_same_from_both_sides(
        self, needs: list[dict[str, Any]], offers: list[dict[str, Any]]
    ) -> None:
        with standing_at(NOON):
            wanted = [listed(A, "need", facts) for facts in needs]
            given_ = [listed(B, "offer", facts) for facts in offers]
        expected = {}
        for need in wanted:
            for offer in given_:
                score = (
                    LOAN.match(need.facts, offer.facts).score
                    if need.facts["currency"] == offer.facts["currency"]
                    else 0
                )
                if score:
                    expected[need.pk, offer.pk] = score
        forth = {}
        for need in wanted:
            found = queries.matches(A, LOAN, need.pk, TODAY)
            scores = [row.match.score for row in found]
            assert scores == sorted(scores, reverse=True)
            forth.update({(need.pk, row.listing.pk): row.match.score for row in found})
        back = {
            (row.listing.pk, offer.pk): row.match.score
            for offer in given_
            for row in queries.matches(B, LOAN, offer.pk, TODAY)
        }
        assert forth == back == expected

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(
                    ("propose", "accept", "accept", "accept", "decline", "withdraw", "close", "lapse", "unpost")
                ),
                st.integers(0, 1),
                st.integers(0, 2),
                st.integers(0, 1),
                st.integers(0, 5),
            ),
            max_size=25,
        )
    )
    @settings(max_examples=60, deadline=None)
    def test_whatever_is_tried_a_need_is_met_once_and_by_both(
        self, steps: list[tuple[str, int, int, int, int]]
    ) -> None:
        """Two needs, three offers, any verbs by either side, days between them: the log folds to the states that stand."""
        with standing_at(NOON):
            needs = [listed(A, "need", NEED) for _ in range(2)]
            offers = [listed(actor, "offer", OFFER) for actor in (B, C, C)]
        at = NOON
        for verb, which_need, which_offer, side, days in steps:
            at += timedelta(days=days)
            need, offer = needs[which_need], offers[which_offer]
            actor = A if side else (B, C, C)[which_offer]
            with standing_at(at):
                self.step(verb, need, offer, actor)
        self.assert_sound()
        for deal in Deal.objects.all():
            verbs = Entry.objects.filter(subject=f"deal:{deal.pk}").order_by("id").values_list("verb", "facts")
            states = [facts["state"] for _, facts in verbs]
            moves = [DEAL.leads(before, after) for before, after in zip(states, states[1:], strict=False)]
            assert all(moves), states
            assert states[-1] == deal.state or deal.state in ("lapsed", "withdrawn")

    def step(self, verb: str, need: Listing, offer: Listing, actor: Actor) -> None:
        if verb == "propose":
            actions.propose(actor, LOAN, need.pk, offer.pk)
        elif verb == "lapse":
            actions.lapse(OPERATOR)
        elif verb == "unpost":
            actions.unpost(actor, need.pk if actor is A else offer.pk)
        elif deal := Deal.objects.filter(need=need, offer=offer).order_by("-pk").first():
            before = deal.state
            more = {"value_fen": 100} if verb == "close" else {}
            done = getattr(actions, verb)(actor, deal.pk, actor.party_codes[0], **more)
            deal.refresh_from_db()
            allowed = not isinstance(
                DEAL.take(before, verb, {"need_accepted_at": 1, "offer_accepted_at": 1}), StateConflict
            )
            assert deal.state == before or (allowed and not done.findings)

    def assert_sound(self) -> None:
        for need in Listing.objects.filter(side="need"):
            agreed = Deal.objects.filter(need=need, state__in=("accepted", "closed"))
            assert agreed.count() <= 1
            assert (need.state == "closed") == agreed.filter(state="closed").exists()
            if need.state != "open":
                assert not Deal.objects.filter(need=need, state__in=("proposed", "accepted")).exists()
        assert not Deal.objects.filter(state="closed", need_accepted_at__isnull=True).exists()


@pytest.mark.django_db(transaction=True)
def test_twenty_offers_are_accepted_at_once_and_one_gets_the_need() -> None:
    banks = [firm(f"9151130000000000{number:02}", "deyang") for number in range(20)]
    need = listed(A, "need", NEED)
    deals = [actions.propose(A, LOAN, need.pk, listed(bank, "offer", OFFER).pk).deal for bank in banks]
    said: list[list[str]] = []

    def accept(pair: tuple[Actor, Deal]) -> None:
        said.append(codes(actions.accept(pair[0], pair[1].pk, pair[0].party_codes[0])))

    assert at_once(accept, list(zip(banks, deals, strict=True))) == []
    assert sorted(said) == [[]] + [["OFFER-TAKEN"]] * 19
    (won,) = Deal.objects.filter(state="accepted")
    assert actions.close(A, won.pk, BUYER, 4_900_000, "HT-2030-1").findings == ()
    assert sorted(Deal.objects.values_list("state", flat=True)) == ["closed"] + ["lapsed"] * 19
    need.refresh_from_db()
    assert need.state == "closed"


@pytest.mark.django_db
def test_a_story_from_the_need_to_the_deal() -> None:
    with standing_at(NOON):
        need, offer = listed(A, "need", NEED), listed(B, "offer", OFFER)
        late = listed(C, "offer", {**OFFER, "from": "2030-07-15"})
        listed(C, "offer", {**OFFER, "currency": "EUR"})
        short = listed(C, "offer", {**OFFER, "most_fen": 1})
        found = queries.matches(A, LOAN, need.pk, TODAY)
        assert [(row.listing.pk, row.match.score) for row in found] == [(offer.pk, 100), (late.pk, 60)]
        assert [reason.zh for reason in found[1].match.reasons if not reason.met] == ["不能按期"]
        refused = actions.propose(A, LOAN, need.pk, short.pk)
        assert codes(refused) == ["OFFER-NO-MATCH"] and "额度不够" in refused.findings[0].message("zh")
        deal = actions.propose(A, LOAN, need.pk, offer.pk).deal
        assert deal is not None and (deal.state, deal.score, deal.need_accepted_at) == ("proposed", 100, NOON)
        assert deal.reasons[0] == {"met": True, "zh": "额度足够", "en": "the amount is covered"}
        assert actions.propose(B, LOAN, need.pk, offer.pk).repeated
        assert codes(actions.close(A, deal.pk, BUYER, 1)) == ["OFFER-STATE"]
        assert codes(actions.accept(A, deal.pk, BANK)) == ["OFFER-NOT-YOURS"], "nobody says yes for the other side"
        assert codes(actions.accept(C, deal.pk, OTHER)) == ["OFFER-NOT-FOUND"]
        agreed = actions.accept(B, deal.pk, BANK).deal
        assert agreed is not None and agreed.state == "accepted"
        assert actions.accept(B, deal.pk, BANK).repeated
        assert codes(actions.unpost(A, need.pk)) == ["OFFER-STATE"]
        assert codes(actions.close(A, deal.pk, BUYER, -1)) == ["OFFER-VALUE"]
        assert actions.close(B, deal.pk, BANK, 5_000_000, "HT-1").findings == ()
        assert queries.outcomes(LOAN.code, NOON - timedelta(days=9000), NOON + timedelta(days=9000)) == {
            "closed": (1, 5_000_000)
        }
        assert queries.matches(A, LOAN, need.pk, TODAY) == [], "it is met"
        offer.refresh_from_db()
        assert offer.state == "open", "an offer may serve many"
    verbs = Entry.objects.filter(subject=f"deal:{deal.pk}").order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["offers.propose", "offers.accept", "offers.close"]


@pytest.mark.django_db
def test_a_proposal_waits_its_days_and_no_longer() -> None:
    with standing_at(NOON):
        need, offer = listed(A, "need", NEED), listed(B, "offer", OFFER)
        deal = actions.propose(B, LOAN, need.pk, offer.pk).deal
        assert deal is not None
    with standing_at(NOON + timedelta(days=14)):
        assert codes(actions.accept(A, deal.pk, BUYER)) == ["OFFER-LAPSED"]
        assert (actions.lapse(OPERATOR).count, actions.lapse(OPERATOR).count) == (1, 0)
        assert codes(actions.decline(A, deal.pk, BUYER)) == ["OFFER-STATE"]
        again = actions.propose(B, LOAN, need.pk, offer.pk).deal
        assert again is not None and again.pk != deal.pk
        assert codes(actions.decline(A, again.pk, BUYER, "x" * 201)) == ["OFFER-FIELD"]
        declined = actions.decline(A, again.pk, BUYER, "利率偏高").deal
        assert declined is not None and (declined.state, declined.why) == ("declined", "利率偏高")


@pytest.mark.django_db
def test_a_confidential_need_is_unseen_by_others_until_both_accept() -> None:
    with standing_at(NOON):
        need, offer = listed(A, "need", NEED, confidential=True), listed(B, "offer", OFFER)
        office, elsewhere = (Actor(zone, "zone", MAY, (zone,)) for zone in ("nanchong", "mianyang"))
        seen = [
            queries.board(actor, LOAN.code, "need", TODAY).count() for actor in (A, B, office, elsewhere, Actor("x"))
        ]
        assert seen == [1, 0, 1, 0, 0]
        assert queries.matches(B, LOAN, offer.pk, TODAY) == []
        assert codes(actions.propose(B, LOAN, need.pk, offer.pk)) == ["OFFER-NOT-FOUND"]
        deal = actions.propose(office, LOAN, need.pk, offer.pk).deal
        assert deal is not None and (deal.need_accepted_at, deal.offer_accepted_at) == (None, None)
        assert queries.shown(B, deal) == {"need": None, "offer": OFFER}
        assert queries.shown(A, deal) == {"need": NEED, "offer": OFFER}
        for actor, code in ((A, BUYER), (B, BANK)):
            assert actions.accept(actor, deal.pk, code).findings == ()
        deal.refresh_from_db()
        assert queries.shown(B, deal)["need"] == NEED
        both = [Actor(zone, "zone", zones=(zone,)) for zone in ("nanchong", "deyang", "mianyang")]
        assert [queries.deals(actor, LOAN.code).count() for actor in (A, B, C, *both)] == [1, 1, 0, 1, 1, 0]


@pytest.mark.django_db
def test_bad_listings_get_findings() -> None:
    own = {"party_code": BUYER, "zone": "nanchong", "title": "演示"}
    with standing_at(NOON):
        bad = {"amount_fen": True, "pledge": "gold", "by": "2030-6-30", "colour": "red"}
        said = ["OFFER-FACT-UNKNOWN", "OFFER-FACT-VALUE", "OFFER-FACT-VALUE", "OFFER-FACT-MISSING", "OFFER-FACT-VALUE"]
        assert codes(actions.post(A, LOAN, "need", **own, facts=bad)) == said
        past = date(2030, 4, 30)
        assert codes(actions.post(A, LOAN, "need", **{**own, "title": " "}, facts=NEED, until=past)) == [
            "OFFER-FIELD",
            "OFFER-PAST",
        ]
        assert codes(actions.post(B, LOAN, "need", **own, facts=NEED)) == ["OFFER-NOT-YOURS"]
        need, offer = listed(A, "need", NEED, until=TODAY), listed(A, "offer", OFFER)
        assert codes(actions.propose(A, LOAN, need.pk, offer.pk)) == ["OFFER-SAME-PARTY"]
        euro = listed(B, "offer", {**OFFER, "currency": "EUR"})
        assert codes(actions.propose(A, LOAN, need.pk, euro.pk)) == ["OFFER-NO-MATCH"]
        assert codes(actions.propose(A, LOAN, offer.pk, need.pk)) == ["OFFER-NOT-FOUND"], "sides exchanged"
        assert codes(actions.unpost(B, need.pk)) == ["OFFER-NOT-FOUND"]
        assert actions.unpost(A, need.pk).findings == () and actions.unpost(A, need.pk).repeated
    with pytest.raises(PermissionDenied):
        actions.post(Actor("nobody"), LOAN, "need", **own, facts=NEED)


@pytest.mark.django_db
def test_the_database_itself_keeps_deals_in_order() -> None:
    with standing_at(NOON):
        need, offer, second = listed(A, "need", NEED), listed(B, "offer", OFFER), listed(C, "offer", OFFER)
        deal = actions.propose(A, LOAN, need.pk, offer.pk).deal
        other = actions.propose(A, LOAN, need.pk, second.pk).deal
    assert deal is not None and other is not None
    deals, agreed = Deal.objects.filter(pk=deal.pk), {"need_accepted_at": NOON, "offer_accepted_at": NOON}
    for rows, change, words in (
        (deals, {"state": "accepted"}, "both_accept"),
        (deals, {"state": "closed", "value_fen": 1, **agreed}, "no move leads"),
        (deals, {"value_fen": 1}, "value_when_closed"),
        (deals, {"score": 99}, "keeps its sides"),
        (deals, {"need_accepted_at": None}, "keeps its sides"),
        (Listing.objects.filter(pk=need.pk), {"facts": {}}, "keeps its firm"),
    ):
        with pytest.raises(Exception, match=words), transaction.atomic():
            rows.update(**change)
    deals.update(state="accepted", offer_accepted_at=NOON)
    with pytest.raises(IntegrityError, match="one_of_need"), transaction.atomic():
        Deal.objects.filter(pk=other.pk).update(state="accepted", offer_accepted_at=NOON)
    for row in (deal, listed(C, "offer", OFFER)):
        with pytest.raises(Exception, match="not removed"), transaction.atomic():
            row.delete()
    crossed = {
        "need": offer,
        "offer": need,
        "need_party": BANK,
        "offer_party": BUYER,
        "zone": "deyang",
        "offer_zone": "nanchong",
    }
    rest = {"kind": LOAN.code, "score": 1, "reasons": [], "answer_by": NOON, "single_need": True, "single_offer": False}
    with pytest.raises(IntegrityError, match="an open need and an open offer"), transaction.atomic():
        Deal.objects.create(**crossed, **rest)
