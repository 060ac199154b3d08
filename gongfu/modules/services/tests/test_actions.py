"""Providers come and go with their licences; one order holds several services; ratings are earned, given once, and answered."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction

from gongfu.base.access.actor import WORKER
from gongfu.base.cases import actions as cases
from gongfu.base.cases import queries as found
from gongfu.base.cases.models import Case
from gongfu.base.files import actions as files
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.notices.models import Notice
from gongfu.base.registers import actions as registers
from gongfu.base.registers.models import Entry
from gongfu.core.flow import HOUSE
from gongfu.modules.services import actions, queries
from gongfu.modules.services.actions import Pick
from gongfu.modules.services.models import Rating
from gongfu.modules.services.tests.firms import (
    CLIENT,
    CLIENT_CODE,
    ELSEWHERE,
    OFFICER,
    OTHER,
    PROVIDER,
    PROVIDER_CODE,
    RIVAL,
    SERVICES,
    accredited,
    applied,
    day,
    leg,
    listing,
    person,
    picks,
    placed,
    rendered,
)
from gongfu.reference.workdays import add_working_days

pytestmark = [pytest.mark.django_db, pytest.mark.feature("parties.services")]


@pytest.fixture
def later() -> Iterator[Any]:
    """Stand so many days ahead."""
    kept = []

    def stand(days: int) -> None:
        kept.append(clock.standing_at(clock.now() + timedelta(days=days)))
        kept[-1].__enter__()

    yield stand
    for one in reversed(kept):
        one.__exit__(None, None, None)


def at(case: Case) -> Case:
    case.refresh_from_db()
    return case


def offered() -> list[str]:
    return [row.title for row, _ in queries.offered(["clearance"], civil_date(clock.now())).get("clearance", [])]


@pytest.mark.rule("R-701")
def test_a_provider_with_an_expired_licence_disappears_from_choice(later: Any) -> None:
    entry = accredited()
    assert offered() == [entry.title]
    later(60)
    assert offered() == [entry.title]
    later(1)
    assert offered() == []
    told = actions.entrust(CLIENT, picks(entry, "clearance"), {"scope": "一批货"})
    assert [one.code for one in told.findings] == ["SERVICE-OUT"]
    assert not Case.objects.filter(kind="services.order").exists()


def test_provider_and_office_are_reminded_before_and_once(later: Any) -> None:
    entry = accredited()
    ours, office = (
        Notice.objects.filter(party_code=PROVIDER_CODE, place__startswith="registers"),
        Notice.objects.filter(permission="services.review", place__startswith="registers"),
    )

    def remind() -> tuple[int, ...]:
        return registers.remind(WORKER, civil_date(clock.now())).numbers

    assert remind() == ()
    later(30)
    assert (remind(), remind()) == ((entry.pk,), ())
    assert (ours.count(), office.count()) == (1, 1)
    later(23)
    assert (remind(), remind()) == ((entry.pk,), ())
    later(8)
    assert (remind(), remind()) == ((entry.pk,), ())
    later(90)
    assert remind() == ()
    accredited(licences=[{"kind": "customs", "number": "C-2", "until": day(400)}], services=SERVICES[:1])
    assert remind() == ()


def test_four_eyes_stand_behind_every_listing() -> None:
    with pytest.raises(PermissionDenied, match=HOUSE):
        registers.write(
            replace(OFFICER, may=OFFICER.may | {"registers.write"}), "providers", zone="nanchong", raw=listing()
        )
    case = applied()
    assert cases.take(PROVIDER, case.pk, "submit").done
    for actor in (
        replace(OFFICER, name=PROVIDER.name),
        replace(OFFICER, party_codes=PROVIDER.party_codes),
        ELSEWHERE,
        PROVIDER,
    ):
        with pytest.raises(PermissionDenied):
            cases.take(actor, case.pk, "approve")
    assert not Entry.objects.filter(kind="providers").exists()


@pytest.mark.parametrize(
    ("more", "codes"),
    [
        ({"licences": []}, [("FIELD-NEEDED", "licences")]),
        ({"services": [{**SERVICES[0], "price": "-1"}]}, [("FIELD-RANGE", "services-0-price")]),
        ({"services": [{**SERVICES[0], "price": "1000000.01"}]}, [("FIELD-RANGE", "services-0-price")]),
        ({"services": [SERVICES[0], {**SERVICES[1], "price": "1.234", "days": "0"}]}, [("FIELD-NUMBER", "services-1-price"), ("FIELD-RANGE", "services-1-days")]),
        ({"services": [{**SERVICES[0], "service": "magic"}]}, [("FIELD-CHOICE", "services-0-service")]),
        ({"services": [SERVICES[0]] * 13}, [("FIELD-RANGE", "services")]),
        ({"licences": [{"kind": "business", "number": "B-1"}], "services": SERVICES[:1]}, [("SERVICE-LICENCE", "licences")]),
        ({"licences": [{"kind": "customs", "number": "C-1", "until": "2020-01-01"}], "services": SERVICES[:1]}, [("REGISTER-ENDED", "licences")]),
    ],
)  # fmt: skip
def test_a_listing_with_faults_is_told_all_of_them(more: dict[str, Any], codes: list[tuple[str, str]]) -> None:
    case = applied(**more)
    handed_in = cases.take(PROVIDER, case.pk, "submit")
    assert not handed_in.done
    assert [
        (one["code"], one["field"]) for one in case.findings or [fault.dump() for fault in handed_in.findings]
    ] == codes


def test_a_licence_that_ends_while_the_office_thinks_is_found_at_the_approval(later: Any) -> None:
    case = applied(licences=[{"kind": "customs", "number": "C-1", "until": day(3)}], services=SERVICES[:1])
    assert cases.take(PROVIDER, case.pk, "submit").done
    later(4)
    assert [one.code for one in cases.take(OFFICER, case.pk, "approve").findings] == ["REGISTER-ENDED"]


@pytest.mark.rule("R-532")
def test_clearance_refund_and_collection_in_one_order_each_step_seen() -> None:
    entry = accredited()
    order = placed(entry)
    legs = queries.legs(order)
    assert [one.kind for one in legs] == ["services.clearance", "services.refund", "services.collection"]
    assert {one.facts["exporter"] for one in legs} == {CLIENT_CODE}
    assert queries.orders(CLIENT).get().fee == 12000 + 30000 + 8050
    assert set(found.inbox(PROVIDER)) == set(legs)
    assert list(found.inbox(CLIENT)) == list(found.inbox(OTHER)) == []
    cleared = rendered(legs[0])
    assert [step.verb for step in cleared.steps.order_by("seq")] == [
        "open",
        "accept",
        "papers_ready",
        "declared",
        "cleared",
        "confirm",
    ]
    assert at(order).state == "working"
    for one in legs[1:]:
        rendered(one)
    assert at(order).state == "done"
    assert [found.broken(one) for one in (order, *legs)] == [[], [], [], []]


def test_the_days_agreed_run_from_the_day_the_service_is_taken_on() -> None:
    one = leg(placed(accredited(), "clearance"), "clearance")
    assert one.due_on == add_working_days(civil_date(clock.now()), 2)
    assert cases.take(PROVIDER, one.pk, "accept").done
    agreed = add_working_days(civil_date(clock.now()), 3)
    assert (at(one).due_on, one.facts["deadline"]) == (agreed, agreed.isoformat())
    assert cases.take(PROVIDER, one.pk, "papers_ready").done
    assert at(one).due_on == agreed


def test_another_fee_has_to_be_agreed_to() -> None:
    order = placed(accredited(), "refund")
    one = leg(order, "refund")
    assert [told.code for told in cases.take(PROVIDER, one.pk, "quote", {"fee": "-5", "days": "400"}).findings] == [
        "FIELD-RANGE",
        "FIELD-RANGE",
    ]
    assert cases.take(PROVIDER, one.pk, "quote", {"fee": "450.00", "days": "15"}).done
    with pytest.raises(PermissionDenied):
        cases.take(PROVIDER, one.pk, "agree")
    assert cases.take(CLIENT, one.pk, "agree").done
    assert (at(one).state, one.facts["fee"], one.facts["listed"]) == ("papers", 45000, 30000)
    assert queries.orders(CLIENT).get().fee == 45000


def test_an_order_ends_with_its_last_service_and_what_did_not_come_about_costs_nothing() -> None:
    entry = accredited()
    order = placed(entry, "clearance", "refund")
    assert cases.take(PROVIDER, leg(order, "refund").pk, "decline", {"reason": "人手不够"}).done
    assert queries.orders(CLIENT).get().fee == 12000
    rendered(leg(order, "clearance"))
    assert at(order).state == "done"
    second = placed(entry, "clearance")
    assert cases.take(CLIENT, leg(second, "clearance").pk, "withdraw").done
    assert at(second).state == "void"


def test_evidence_is_the_providers_and_the_client_may_open_it() -> None:
    one = leg(placed(accredited(), "clearance"), "clearance")
    cases.take(PROVIDER, one.pk, "accept")
    kept: Any = files.keep(PROVIDER, b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n", "单证.pdf")
    colleague = person("provider.operator", 33, one.handler_code)
    stolen = cases.take(colleague, one.pk, "papers_ready", {"evidence": "A" * 64})
    assert [told.code for told in stolen.findings] == ["FILE-NOT-FOUND"]
    assert cases.take(PROVIDER, one.pk, "papers_ready", {"evidence": kept.sha256}).done
    assert files.open_file(CLIENT, kept.sha256) is None
    opened = files.open_used(CLIENT, kept.sha256, f"case:{one.pk}")
    assert opened is not None
    assert b"".join(opened.pieces).startswith(b"%PDF")
    assert files.open_used(CLIENT, kept.sha256, f"case:{one.pk + 1}") is None
    assert [told.code for told in files.discard(PROVIDER, kept.sha256).findings] == ["FILE-USED"]


def test_providers_see_their_own_services_and_nothing_else_of_an_order() -> None:
    other = accredited(OTHER, name="顺庆报关行", licences=[{"kind": "customs", "number": "C-9"}], services=SERVICES[:1])
    entry = accredited()
    told = actions.entrust(CLIENT, [*picks(entry, "refund"), *picks(other, "clearance")], {"scope": "一批货"})
    order = told.order
    assert order is not None
    mine, theirs = leg(order, "refund"), leg(order, "clearance")
    assert list(queries.jobs(PROVIDER)) == [mine]
    assert not Case.objects.seen_by(PROVIDER).filter(pk__in=[order.pk, theirs.pk]).exists()
    assert not Case.objects.seen_by(RIVAL).filter(pk=order.pk).exists()
    assert not Notice.objects.seen_by(PROVIDER).filter(place=f"cases/{theirs.pk}").exists()
    for actor, verb, one in (
        (PROVIDER, "accept", theirs),
        (OTHER, "accept", mine),
        (CLIENT, "accept", mine),
        (RIVAL, "withdraw", mine),
        (OFFICER, "accept", mine),
    ):
        with pytest.raises(PermissionDenied):
            cases.take(actor, one.pk, verb)
    with pytest.raises(PermissionDenied):
        cases.open_case(CLIENT, "services.refund", zone="nanchong", raw={})
    with pytest.raises(PermissionDenied):
        actions.entrust(replace(CLIENT, party_codes=()), picks(entry, "refund"), {"scope": "一批货"})


def test_a_firm_that_provides_and_entrusts_keeps_its_sides_apart() -> None:
    other = accredited(OTHER, name="顺庆报关行", licences=[{"kind": "customs", "number": "C-9"}], services=SERVICES[:1])
    one = leg(placed(other, "clearance", actor=PROVIDER), "clearance")
    assert list(found.inbox(PROVIDER)) == []
    with pytest.raises(PermissionDenied):
        cases.take(PROVIDER, one.pk, "accept")
    assert cases.take(OTHER, one.pk, "accept").done


def test_what_changed_since_the_choice_is_told_and_nothing_is_placed() -> None:
    entry = accredited()
    base = picks(entry, "clearance")[0]
    wrong = {
        "SERVICE-PRICE": replace(base, price_fen=1),
        "SERVICE-OUT": replace(base, entry=entry.pk + 1),
        "FIELD-RANGE": replace(base, quantity=10_000),
    }
    for code, pick in wrong.items():
        assert [one.code for one in actions.entrust(CLIENT, [pick], {"scope": "一批货"}).findings] == [code]
    assert [
        one.code for one in actions.entrust(CLIENT, [Pick("logistics", entry.pk, 12000)], {"scope": "货"}).findings
    ] == ["SERVICE-OUT"]
    assert [one.code for one in actions.entrust(CLIENT, [Pick("magic", entry.pk, 0)], {"scope": "货"}).findings] == [
        "SERVICE-OUT"
    ]
    assert [one.code for one in actions.entrust(PROVIDER, [base], {"scope": "货"}).findings] == ["SERVICE-SELF"]
    assert [one.code for one in actions.entrust(CLIENT, [], {}).findings] == ["FIELD-NEEDED", "SERVICE-NONE"]
    assert not Case.objects.filter(kind="services.order").exists()


def test_a_provider_that_left_the_choice_meanwhile_takes_on_nothing(later: Any) -> None:
    entry = accredited()
    order = placed(entry, "clearance", "refund")
    cases.take(PROVIDER, leg(order, "refund").pk, "quote", {"fee": "1", "days": "1"})
    registers.withdraw(OFFICER, entry.pk)
    for actor, service, verb in ((PROVIDER, "clearance", "accept"), (CLIENT, "refund", "agree")):
        told = cases.take(actor, leg(order, service).pk, verb)
        assert [one.code for one in told.findings] == ["SERVICE-OUT"]
    assert [one.code for one in actions.entrust(CLIENT, picks(entry, "clearance"), {"scope": "货"}).findings] == [
        "SERVICE-OUT"
    ]


def test_a_licence_that_ends_between_choice_and_acceptance(later: Any) -> None:
    one = leg(placed(accredited(), "clearance"), "clearance")
    later(61)
    assert [told.code for told in cases.take(PROVIDER, one.pk, "accept").findings] == ["SERVICE-OUT"]
    assert cases.take(PROVIDER, one.pk, "decline", {"reason": "证照到期"}).done


RATING = {"stars": "4", "words": "办得快"}


@pytest.mark.rule("R-1409")
def test_ratings_are_earned_given_once_changed_for_a_while_and_answered(later: Any) -> None:
    entry = accredited()
    order = placed(entry, "clearance")
    assert [one.code for one in actions.rate(CLIENT, order.pk, PROVIDER_CODE, RATING).findings] == [
        "SERVICE-RATE-EARLY"
    ]
    rendered(leg(order, "clearance"))
    for raw, field in (
        ({"stars": "6", "words": "好"}, "stars"),
        ({"stars": "0", "words": "差"}, "stars"),
        ({"stars": "4.5", "words": "好"}, "stars"),
        ({"stars": "4"}, "words"),
    ):
        assert [one.field for one in actions.rate(CLIENT, order.pk, PROVIDER_CODE, raw).findings] == [field]
    assert actions.rate(CLIENT, order.pk, PROVIDER_CODE, RATING).rating is not None
    again = actions.rate(CLIENT, order.pk, PROVIDER_CODE, {"stars": "2", "words": "后来发现有错"})
    assert (Rating.objects.count(), again.before, again.rating and again.rating.stars) == (1, 4, 2)
    strange = actions.rate(CLIENT, order.pk, OTHER.party_codes[0], RATING).findings
    assert [one.code for one in strange] == ["SERVICE-RATE-EARLY"]
    for actor in (RIVAL, PROVIDER):
        with pytest.raises(Case.DoesNotExist):
            actions.rate(actor, order.pk, PROVIDER_CODE, RATING)
    rating = Rating.objects.get()
    assert actions.answer(PROVIDER, rating.pk, {"answer": "已改进"}).rating is not None
    with pytest.raises(Rating.DoesNotExist):
        actions.answer(OTHER, rating.pk, {"answer": "抢答"})
    later(30)
    assert actions.rate(CLIENT, order.pk, PROVIDER_CODE, RATING).findings == []
    later(1)
    assert [one.code for one in actions.rate(CLIENT, order.pk, PROVIDER_CODE, RATING).findings] == ["SERVICE-RATE-LATE"]


@pytest.mark.rule("R-1409")
def test_the_average_is_the_plain_mean_of_all_ratings() -> None:
    entry = accredited()
    for stars in (5, 4, 4):
        order = placed(entry, "clearance")
        rendered(leg(order, "clearance"))
        actions.rate(CLIENT, order.pk, PROVIDER_CODE, {"stars": str(stars), "words": "好"})
    row = queries.in_choice(civil_date(clock.now())).get()
    assert (round(float(row.stars), 6), row.votes) == (round(13 / 3, 6), 3)


def test_the_database_keeps_one_rating_an_order_between_one_and_five() -> None:
    first, second = (placed(accredited(), "clearance") for _ in range(2))
    told = {"zone": "nanchong", "order": first, "provider_code": PROVIDER_CODE, "principal_code": CLIENT_CODE}
    Rating.objects.create(**told, stars=5)
    for more in (
        {"stars": 5},
        {"stars": 6, "order": second},
        {"stars": 1, "order": second, "principal_code": PROVIDER_CODE},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Rating.objects.create(**{**told, **more})


def test_an_order_whose_provider_did_nothing_earns_it_no_rating() -> None:
    other = accredited(OTHER, name="顺庆报关行", licences=[{"kind": "customs", "number": "C-9"}], services=SERVICES[:1])
    entry = accredited()
    order = actions.entrust(CLIENT, [*picks(entry, "refund"), *picks(other, "clearance")], {"scope": "货"}).order
    assert order is not None
    cases.take(OTHER, leg(order, "clearance").pk, "decline", {"reason": "忙"})
    rendered(leg(order, "refund"))
    assert [one.code for one in actions.rate(CLIENT, order.pk, OTHER.party_codes[0], RATING).findings] == [
        "SERVICE-RATE-EARLY"
    ]


@pytest.mark.django_db(transaction=True)
def test_two_last_services_confirmed_at_once_still_end_the_order() -> None:
    order = placed(accredited(), "clearance", "refund")
    legs = queries.legs(order)
    verbs = {
        "services.clearance": ("accept", "papers_ready", "declared", "cleared"),
        "services.refund": ("accept", "papers_ready", "claimed", "refunded"),
    }
    for one in legs:
        for verb in verbs[one.kind]:
            assert cases.take(PROVIDER, one.pk, verb).done
    done: list[bool] = []

    def confirm(number: int) -> None:
        try:
            done.append(cases.take(CLIENT, number, "confirm").done)
        finally:
            connection.close()

    threads = [threading.Thread(target=confirm, args=(one.pk,)) for one in legs]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert done == [True, True]
    assert at(order).state == "done"
    assert found.broken(order) == []


def test_searching_by_service_region_price_and_rating() -> None:
    accredited()
    accredited(
        OTHER,
        name="顺庆报关行",
        region="四川成都",
        licences=[{"kind": "customs", "number": "C-9"}],
        services=[{**SERVICES[0], "price": "90"}],
    )
    rows = queries.in_choice(civil_date(clock.now()))

    def names(**said: Any) -> list[str]:
        return [row.title for row in queries.searched(rows, **said)]

    assert len(names()) == 2
    assert names(service="refund") == ["嘉陵外综服有限公司"]
    assert names(region="成都") == ["顺庆报关行"]
    assert names(service="clearance", fen=9000) == ["顺庆报关行"]
    assert names(fen=8050) == ["嘉陵外综服有限公司"], "another service of it is cheap enough"
    assert names(words="'; DROP TABLE") == names(stars=5) == names(service="\"' || true") == []
