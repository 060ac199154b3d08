"""Ledgers: sums conserve and limits hold, whatever is posted and by however many at once."""

from __future__ import annotations

from collections import Counter

import polars as pl
import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from gongfu.base.access.actor import OPERATOR, Actor
from gongfu.base.audit.models import Entry
from gongfu.base.ledgers import actions, queries, rules
from gongfu.base.ledgers.kinds import KINDS, LedgerKind
from gongfu.base.ledgers.models import Account, Movement
from house.crowd import at_once

pytestmark = [pytest.mark.feature("finance.pools"), pytest.mark.feature("warehouses.stock")]

# A kind of account is data: a name of its own, who owns it, what its periods are and how much fits.
STOCK = {"kind": "demo-stock", "owner": "91511300MA6DEM014G", "period": "lot-7"}
PIECES = 100
SUBJECTS = ("order-1", "order-2", "order-3")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(("reserve", "commit", "release", "reverse")),
        st.sampled_from(SUBJECTS),
        st.integers(-5, 70),
        st.sampled_from(("", "a")),
    ),
    max_size=25,
)


def act(verb: str, subject: str, amount: int, part: str) -> actions.Posted:
    if verb in ("commit", "release"):
        return getattr(actions, verb)(OPERATOR, STOCK["kind"], subject)
    return getattr(actions, verb)(OPERATOR, **STOCK, subject=subject, amount_units=amount, part=part)


def account() -> Account:
    return queries.accounts(STOCK["owner"], (STOCK["kind"],)).get()


class Conservation(TestCase):
    @given(STEPS)
    @settings(max_examples=60, deadline=None)
    def test_whatever_is_tried_sums_conserve_and_limits_hold(self, steps: list[tuple[str, str, int, str]]) -> None:
        actions.limit(OPERATOR, **STOCK, limit_units=PIECES)
        for step in steps:
            done = act(*step)
            assert bool(done.findings) + done.repeated + (done.written_units > 0) == 1
            assert act(*step).written_units == 0, "the same again changes nothing"
            now = account()
            assert 0 <= now.reserved_units + now.committed_units <= PIECES
            assert min(now.reserved_units, now.committed_units) >= 0
        assert all(one.agrees for one in queries.recount())
        for subject in SUBJECTS:
            own = queries.entries(STOCK["owner"], (STOCK["kind"],), subject).values_list("verb", "amount_units")
            assert min(rules.balance(own)) >= 0, "no subject gives back what it does not hold"

    @given(
        st.lists(st.tuples(st.sampled_from(SUBJECTS), st.integers(1, 60)), min_size=1, max_size=8), st.integers(0, 150)
    )
    @settings(max_examples=40, deadline=None)
    def test_the_database_alone_keeps_the_limit(self, wanted: list[tuple[str, int]], limit: int) -> None:
        actions.set_limit(*STOCK.values(), limit)
        kept, held = 0, Counter[str]()
        for number, (subject, amount) in enumerate(wanted):
            entry = {"subject": [subject], "amount_units": [amount], "part": [str(number)]}
            try:
                with transaction.atomic():
                    actions.post("reserve", pl.DataFrame({"account": [account().pk], **entry}))
                kept, held[subject] = kept + amount, held[subject] + amount
            except IntegrityError:
                assert kept + amount > limit
        assert (account().reserved_units, account().committed_units) == (kept, 0)
        assert actions.settle("commit", list(held), (STOCK["kind"],)) == len(held)
        assert (account().reserved_units, account().committed_units) == (0, kept), "all parts are settled together"


@pytest.mark.django_db(transaction=True)
def test_twenty_writers_on_one_hot_account() -> None:
    """Each tries five times to take 3 of 100 pieces: exactly 33 times it fits; then all settle all of them at once."""
    actions.limit(OPERATOR, **STOCK, limit_units=PIECES)
    won: list[str] = []

    def write(number: int) -> None:
        for turn in range(5):
            done = actions.reserve(OPERATOR, **STOCK, subject=f"{number}-{turn}", amount_units=3)
            won.extend([done.subject] * bool(done.written_units))

    assert at_once(write, range(20)) == []
    assert len(won) == 33
    assert (account().reserved_units, account().committed_units) == (99, 0)
    assert queries.recount((STOCK["kind"],))[0].agrees

    def settle(number: int) -> None:
        for subject in won:
            act("commit" if number % 2 else "release", subject, 0, "")

    assert at_once(settle, range(20)) == []
    settled = Movement.objects.filter(verb__in=("commit", "release"))
    assert sorted(settled.values_list("subject", flat=True)) == sorted(won), (
        "each is settled once, one way or the other"
    )
    assert account().reserved_units == 0
    assert account().committed_units == 3 * settled.filter(verb="commit").count()


@pytest.mark.django_db
def test_what_a_subject_has_used_is_the_most_it_gets_back() -> None:
    actions.limit(OPERATOR, **STOCK, limit_units=PIECES)
    for subject in SUBJECTS[:2]:
        act("reserve", subject, 40, "")
        act("commit", subject, 0, "")
    assert act("reverse", "order-1", 25, "return-1").written_units == 25
    assert [one.code for one in act("reverse", "order-1", 16, "return-2").findings] == ["LEDGER-LIMIT"]
    entry = pl.DataFrame(
        {"account": [account().pk], "subject": ["order-1"], "amount_units": [16], "part": ["return-2"]}
    )
    with pytest.raises(IntegrityError, match="more reversed"), transaction.atomic():
        actions.post("reverse", entry)
    assert act("reverse", "order-1", 15, "return-2").written_units == 15
    assert account().committed_units == 40


@pytest.mark.django_db
def test_each_refusal_has_its_words() -> None:
    def codes(done: actions.Posted) -> list[str]:
        assert all(one.message("zh") and one.message("en") for one in done.findings)
        return [one.code for one in done.findings]

    assert codes(act("reserve", "order-1", 1, "")) == ["LEDGER-NO-ACCOUNT"]
    actions.limit(OPERATOR, **STOCK, limit_units=PIECES)
    assert codes(act("reserve", "order-1", 0, "")) == ["LEDGER-AMOUNT"]
    assert codes(act("reserve", "order-1", 101, "")) == ["LEDGER-LIMIT"]
    assert codes(act("reserve", "order-1", 60, "")) == []
    assert act("reserve", "order-1", 60, "").repeated
    assert codes(act("reserve", "order-1", 20, "")) == ["LEDGER-TWICE"]
    assert codes(act("release", "order-2", 0, "")) == ["LEDGER-NOTHING-HELD"]
    assert codes(actions.limit(OPERATOR, **STOCK, limit_units=59)) == ["LEDGER-IN-USE"]
    assert codes(actions.limit(OPERATOR, **STOCK, limit_units=-1)) == ["LEDGER-AMOUNT"]
    assert [one.verb for one in Entry.objects.order_by("id")] == ["ledgers.limit", "ledgers.reserve"], (
        "refusals change nothing"
    )


@pytest.mark.django_db
def test_a_recount_finds_a_balance_that_was_tampered_with() -> None:
    actions.limit(OPERATOR, **STOCK, limit_units=PIECES)
    act("reserve", "order-1", 30, "")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledgers_account DISABLE TRIGGER ledgers_account_guard")
        cursor.execute("UPDATE ledgers_account SET reserved_units = 29")
    (found,) = queries.recount()
    assert (found.agrees, found.stands, found.counted) == (False, (29, 0, 0), (30, 0, 0))


@pytest.mark.django_db
def test_people_see_their_own_accounts_only() -> None:
    actions.limit(OPERATOR, **STOCK, limit_units=PIECES)
    kinds = (STOCK["kind"],)
    firm = Actor("firm", "own", party_codes=(STOCK["owner"],))
    other = Actor("other", "own", party_codes=("91510600MA6DEM014K",))
    office = Actor("office", "zone", zones=("nanchong",))
    assert [queries.seen_by(actor, kinds).count() for actor in (firm, other, office, OPERATOR)] == [1, 0, 0, 1]
    assert queries.accounts(STOCK["owner"], ("quota",)).count() == 0
    with pytest.raises(PermissionDenied):
        actions.reserve(firm, **STOCK, subject="order-1", amount_units=1)


SHELF = KINDS.declare(LedgerKind("demo-shelf", "演示库存", "Demonstration stock", "piece", stocked=True))


@pytest.mark.django_db
def test_stock_is_what_was_put_in_less_what_was_taken_out() -> None:
    """Opening + in = out + balance; every entry names its document; nothing reserved or used can be taken away."""
    shelf = {"kind": SHELF.code, "owner": "W1", "period": "R1"}
    assert actions.reserve(OPERATOR, **shelf, subject="list-1", amount_units=1).findings, "an empty shelf sells nothing"
    assert actions.deposit(OPERATOR, **shelf, subject="in-1", amount_units=10).written_units == 10
    assert actions.deposit(OPERATOR, **shelf, subject="in-1", amount_units=10).repeated
    assert actions.reserve(OPERATOR, **shelf, subject="list-1", amount_units=4).written_units == 4
    assert actions.commit(OPERATOR, SHELF.code, "list-1").written_units == 4
    assert actions.withdraw(OPERATOR, **shelf, subject="loss-1", amount_units=7).findings[0].code == "LEDGER-LIMIT"
    assert actions.withdraw(OPERATOR, **shelf, subject="loss-1", amount_units=2).written_units == 2
    assert actions.reverse(OPERATOR, **shelf, subject="list-1", amount_units=1, part="return-1").written_units == 1
    kept = queries.accounts("W1", (SHELF.code,)).get()
    assert (kept.limit_units, kept.committed_units, kept.reserved_units) == (8, 3, 0)
    assert all(one.agrees for one in queries.recount())


@pytest.mark.django_db
def test_nobody_sets_the_limit_of_stock_and_only_stock_takes_deposits() -> None:
    actions.deposit(OPERATOR, SHELF.code, "W1", "R1", "in-1", 10)
    with pytest.raises(Exception, match="stock follows entries"), transaction.atomic():
        actions.set_limit(SHELF.code, "W1", "R1", 99)
    actions.set_limit(*STOCK.values(), PIECES)
    pile = Account.objects.get(kind=STOCK["kind"])
    with pytest.raises(IntegrityError), transaction.atomic():
        actions.post("deposit", pl.DataFrame({"account": [pile.pk], "subject": ["in-2"], "amount_units": [1]}))


@pytest.mark.django_db
def test_a_part_comes_free_by_itself_and_the_rest_with_the_whole() -> None:
    actions.set_limit(STOCK["kind"], STOCK["owner"], STOCK["period"], 100)
    assert act("reserve", "order-1", 60, "").findings == ()
    number = account().pk
    entry = {"account": [number], "subject": ["order-1"], "part": ["back-1"]}
    actions.post("release", pl.DataFrame({**entry, "amount_units": [25]}))
    assert account().reserved_units == 35
    with pytest.raises(IntegrityError), transaction.atomic():
        actions.post("release", pl.DataFrame({**entry, "amount_units": [1]}))
    with pytest.raises(IntegrityError), transaction.atomic():
        actions.post("release", pl.DataFrame({**entry, "part": ["back-2"], "amount_units": [36]}))
    assert (act("release", "order-1", 0, "").written_units, account().reserved_units) == (35, 0)
    assert act("release", "order-1", 0, "").repeated
