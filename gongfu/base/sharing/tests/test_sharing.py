"""The one door: what is granted is read, masked and logged; everything else is refused and logged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from gongfu.base.access.actions import add_person
from gongfu.base.access.actor import OPERATOR, Actor, of_person
from gongfu.base.access.models import Person
from gongfu.base.audit import actions as audit
from gongfu.base.audit.models import Entry
from gongfu.base.cases import actions as cases
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.sharing import actions, agreements, datasets, rules
from gongfu.base.sharing.datasets import Dataset
from gongfu.base.sharing.models import Access, Grant
from gongfu.core.fields import INTERNAL, OPEN, PERSONAL, Field
from gongfu.core.rule import Finding
from house.crowd import sealed

pytestmark = [pytest.mark.django_db, pytest.mark.feature("sharing.catalogue"), pytest.mark.rule("R-1408")]
FIRM_A, FIRM_B, BANK = "91511300MA6DEM014G", "91510700MA6DEM014Q", "91510600MA6DEM014K"
ROWS = [
    {"uscc": FIRM_A, "zone": "nanchong", "grade": "A", "score": 812, "contact": "13812345678"},
    {"uscc": FIRM_B, "zone": "mianyang", "grade": "B", "score": 655, "contact": "13987654321"},
]


def rows(where: Mapping[str, Any], limit: int) -> list[dict[str, Any]]:
    return [row for row in ROWS if all(not values or row[name] in values for name, values in where.items())][:limit]


GRADES = Dataset(
    "demo.grades", "演示信用等级", "Demonstration grades", "演示。", "For demonstration.", "demo.own", rows, subject="uscc", by=("uscc",), level="public",
    fields=(
        Field("uscc", "代码", "Code"), Field("grade", "等级", "Grade"), Field("score", "分", "Score", "whole", klass=INTERNAL),
        Field("contact", "联系人", "Contact", "phone", klass=PERSONAL, masked="phone"),
    ),
)  # fmt: skip
COMMON = frozenset({"cases.open", "cases.move", "cases.save", "sharing.apply", "sharing.read"})
OWNER = Actor("person:900", "zone", COMMON | {"sharing.decide", "demo.own"}, ("nanchong",), (), "officer.commerce")
SUBJECT = Actor("person:901", "own", frozenset({"sharing.consent"}), ("nanchong",), (FIRM_A,), "firm.operator")


@pytest.fixture(autouse=True)
def demo_dataset() -> Iterator[None]:
    datasets.EXTRA[GRADES.code] = GRADES
    yield
    datasets.EXTRA.clear()


@pytest.fixture
def tax() -> Actor:
    return person("tax-1", "officer.tax", "")


def person(name: str, role: str, party_code: str) -> Actor:
    add_person(OPERATOR, name, "a-long-pass-word-1", role=role, title="某岗", zone="nanchong", party_code=party_code)
    return of_person(Person.objects.get(username=name))


def asked(actor: Actor, days: int = 30, **more: str) -> list[Finding]:
    until = (civil_date(clock.now()) + timedelta(days=days)).isoformat()
    raw = {
        "dataset": GRADES.code,
        "columns": "score、contact",
        "rows": "",
        "purpose": "出口退税核对",
        "basis": "税收征管法第六条",
        "until": until,
        **more,
    }
    case = cases.open_case(actor, "sharing.grant", zone="nanchong", raw=raw).case
    assert case is not None
    faults = cases.take(actor, case.pk, "submit").findings
    if not faults:
        assert cases.take(OWNER, case.pk, "grant").done
    return faults


def test_granted_fields_are_read_and_others_hidden(tax: Actor) -> None:
    assert asked(tax, columns="score") == []
    told = actions.read(tax, GRADES.code, purpose="出口退税核对")
    assert told.refused == ""
    assert told.rows == [{"uscc": FIRM_A, "grade": "A", "score": "812", "contact": rules.HIDDEN}]
    assert told.access.subjects == [FIRM_A]


def test_personal_values_leave_masked_even_when_granted(tax: Actor) -> None:
    asked(tax)
    assert actions.read(tax, GRADES.code, purpose="出口退税核对").rows[0]["contact"] == "138****5678"


def test_reads_without_grant_for_another_purpose_outside_and_after_the_end_are_refused_and_logged(tax: Actor) -> None:
    assert actions.read(tax, GRADES.code, purpose="出口退税核对").refused == "SHARE-NO-GRANT"
    asked(tax)
    assert actions.read(tax, GRADES.code, purpose="别的用途").refused == "SHARE-PURPOSE"
    assert (
        actions.read(tax, GRADES.code, purpose="出口退税核对", where={"zone": ["mianyang"]}).refused == "SHARE-OUTSIDE"
    )
    with clock.standing_at(clock.now() + timedelta(days=31)):
        assert actions.read(tax, GRADES.code, purpose="出口退税核对").refused == "SHARE-ENDED"
    grant = Grant.objects.get()
    actions.revoke(OWNER, grant.pk)
    assert actions.read(tax, GRADES.code, purpose="出口退税核对").refused == "SHARE-ENDED"
    assert list(Access.objects.order_by("pk").values_list("refused", flat=True)) == [
        "SHARE-NO-GRANT",
        "SHARE-PURPOSE",
        "SHARE-OUTSIDE",
        "SHARE-ENDED",
        "SHARE-ENDED",
    ]
    assert Entry.objects.filter(verb="sharing.read").count() == 5


@pytest.mark.django_db(transaction=True)
def test_the_log_of_reads_is_sealed(tax: Actor) -> None:
    asked(tax)
    actions.read(tax, GRADES.code, purpose="出口退税核对")
    assert sealed()
    assert audit.verify() == []
    assert Entry.objects.get(verb="sharing.read").seal is not None


def test_a_bank_reads_those_who_consented_until_they_take_it_back() -> None:
    bank = person("bank-1", "bank.officer", BANK)
    agreements.open_planned(OPERATOR, "mianyang")
    assert asked(bank, purpose="贷前审查", rows="zone=nanchong,mianyang", agreement="MY-19-1") == []
    assert actions.read(bank, GRADES.code, purpose="贷前审查").refused == "SHARE-NO-CONSENT"
    until = civil_date(clock.now()) + timedelta(days=10)
    given = actions.consent(SUBJECT, dataset=GRADES.code, reader_code=BANK, purpose="贷前审查", until=until)
    assert [row["uscc"] for row in actions.read(bank, GRADES.code, purpose="贷前审查").rows] == [FIRM_A]
    with clock.standing_at(clock.now() + timedelta(days=11)):
        assert actions.read(bank, GRADES.code, purpose="贷前审查").refused == "SHARE-NO-CONSENT"
    actions.withdraw_consent(SUBJECT, given.consent.pk)
    assert actions.read(bank, GRADES.code, purpose="贷前审查").refused == "SHARE-NO-CONSENT"


def test_rows_that_are_nobodys_need_no_consent_and_nobody_consents_to_them() -> None:
    """Else one firm's consent would open every row of the dataset to the bank."""
    datasets.EXTRA[GRADES.code] = replace(GRADES, subject="")
    bank = person("bank-1", "bank.officer", BANK)
    until = civil_date(clock.now()) + timedelta(days=10)
    with pytest.raises(ValueError, match="nobody"):
        actions.consent(SUBJECT, dataset=GRADES.code, reader_code=BANK, purpose="贷前审查", until=until)
    assert asked(bank, purpose="贷前审查") == []
    assert not Grant.objects.get().needs_consent
    assert actions.read(bank, GRADES.code, purpose="贷前审查").refused == ""


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"dataset": "no.such"}, "SHARE-UNKNOWN"), ({"columns": "uscc、grade"}, "SHARE-OPEN"), ({"columns": "secret"}, "SHARE-FIELD"),
        ({"rows": "colour=red"}, "SHARE-ROWS"), ({"until": "2020-01-01"}, "SHARE-UNTIL"), ({"until": "2099-01-01"}, "SHARE-UNTIL"), ({"basis": ""}, "FIELD-NEEDED"),
    ],
)  # fmt: skip
def test_an_application_is_checked(tax: Actor, said: dict[str, str], code: str) -> None:
    assert [one.code for one in asked(tax, **said)] == [code]


def test_only_the_owner_of_the_dataset_grants_it(tax: Actor) -> None:
    case = cases.open_case(
        tax,
        "sharing.grant",
        zone="nanchong",
        raw={
            "dataset": GRADES.code,
            "columns": "score",
            "purpose": "x",
            "basis": "y",
            "until": civil_date(clock.now()).isoformat(),
        },
    ).case
    assert case is not None
    assert cases.take(tax, case.pk, "submit").done
    with pytest.raises(PermissionDenied):
        cases.take(replace(OWNER, may=COMMON | {"sharing.decide"}), case.pk, "grant")
    assert not Grant.objects.exists()


def test_the_published_page_shows_open_fields_only(client: Client) -> None:
    page = client.get(f"/open/{GRADES.code}").content.decode()
    assert FIRM_A in page
    assert ">A<" in page
    for secret in ("812", "13812345678", "138****5678", "联系人"):
        assert secret not in page
    assert client.get("/open/declarations.exports").status_code == 404


NAMES = st.dictionaries(st.sampled_from(["zone", "uscc"]), st.lists(st.sampled_from("abcd"), max_size=3), max_size=2)


@given(where=NAMES, granted=NAMES)
def test_no_more_rows_than_granted_and_asked(where: dict[str, list[str]], granted: dict[str, list[str]]) -> None:
    inside = rules.within(where, granted)
    if inside is None:
        return
    for limits in (where, granted):
        for name, values in limits.items():
            if values:
                assert inside[name]
                assert set(inside[name]) <= set(values)


@given(value=st.text(max_size=30), klass=st.sampled_from([OPEN, INTERNAL, PERSONAL]))
def test_what_is_not_open_and_not_granted_is_hidden(value: str, klass: str) -> None:
    field = Field("x", "某", "Some", klass=klass)
    shown = rules.masked([{"x": value}], [field], ())[0]["x"]
    assert klass == OPEN or shown in (rules.HIDDEN, "")
