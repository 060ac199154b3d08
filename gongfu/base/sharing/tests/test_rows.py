"""PostgreSQL itself keeps consents to their people: whoever is unknown sees no row, and a page that forgets the reach shows nobody else's."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from gongfu.base.access import rows
from gongfu.base.access.actions import add_person
from gongfu.base.access.actor import NOBODY, OPERATOR, Actor
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.sharing.models import Consent

pytestmark = [pytest.mark.django_db, pytest.mark.feature("access.security"), pytest.mark.rule("R-1404")]
FIRM, OTHER, BANK = "91511300MA6DEM014G", "91510700MA6DEM014Q", "91510600MA6DEM014K"
UNTIL = date(2099, 1, 1)


def actor(*codes: str) -> Actor:
    return Actor("person:1", "own", frozenset({"sharing.consent"}), ("nanchong",), codes, "firm.admin")


@pytest.fixture(autouse=True)
def consents() -> dict[str, int]:
    """One consent of each of two firms to one bank, written by the house; the number of each."""
    return {code: given(code).pk for code in (FIRM, OTHER)}


def given(code: str) -> Consent:
    told = {
        "zone": "nanchong",
        "reader_code": BANK,
        "dataset": "demo.rows",
        "given_by": "person:1",
        "valid_until": UNTIL,
    }
    return Consent.objects.create(subject_code=code, purpose=f"贷前审查 {code}", **told)


def seen(*codes: str) -> set[str]:
    """Whose consents are there for someone, when nothing asks for his reach."""
    with rows.asked_by(actor(*codes)):
        return set(Consent.objects.values_list("subject_code", flat=True))


def test_whoever_is_unknown_sees_and_changes_nothing(consents: dict[str, int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('gongfu.reach', '', true)")
        assert Consent.objects.count() == 0
        assert Consent.objects.update(purpose="x") == 0
        assert Consent.objects.filter(pk=consents[FIRM]).delete()[0] == 0
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            given(FIRM)
        cursor.execute("RESET gongfu.reach")
    assert Consent.objects.count() == 2


def test_rows_are_the_subjects_and_the_readers_even_where_a_page_forgets_the_reach() -> None:
    assert seen(FIRM) == {FIRM}
    assert seen(FIRM, OTHER) == {FIRM, OTHER}
    assert seen(BANK) == {FIRM, OTHER}
    assert seen("91511300MA6DEM0143") == set()
    assert seen() == set()
    assert Consent.objects.count() == 2, "afterwards the connection is the house's again"


def test_what_is_given_to_a_desk_is_seen_by_that_desk_in_its_zone_alone() -> None:
    Consent.objects.update(reader_code="officer.fx")
    for role, zone, reach, count in (("officer.fx", "nanchong", "zone", 2), ("officer.fx", "meishan", "zone", 0), ("officer.tax", "nanchong", "zone", 0), ("officer.fx", "nanchong", "own", 0)):  # fmt: skip
        with rows.asked_by(Actor("person:2", reach, frozenset(), (zone,), role=role)):
            assert Consent.objects.count() == count


def test_only_the_subject_gives_and_withdraws(consents: dict[str, int]) -> None:
    with rows.asked_by(actor(BANK)):
        assert Consent.objects.filter(pk=consents[FIRM]).update(withdrawn_at=clock.now()) == 0
    with rows.asked_by(actor(FIRM)):
        assert Consent.objects.filter(pk=consents[OTHER]).update(withdrawn_at=clock.now()) == 0
        assert Consent.objects.filter(pk=consents[FIRM]).update(withdrawn_at=clock.now()) == 1
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            given(OTHER)


def test_a_fault_leaves_nobody_known() -> None:
    with pytest.raises(ZeroDivisionError):
        stumbles()
    assert Consent.objects.count() == 2


def stumbles() -> None:
    with rows.asked_by(replace(NOBODY, party_codes=(FIRM,))):
        raise ZeroDivisionError(Consent.objects.count())


def test_the_page_shows_nobody_elses_with_a_manager_that_forgets_the_reach(monkeypatch: Any) -> None:
    add_person(
        OPERATOR, "firm-1", "a-long-pass-word-1", role="firm.admin", title="管理员", zone="nanchong", party_code=FIRM
    )
    http = Client()
    assert http.login(username="firm-1", password="a-long-pass-word-1")
    monkeypatch.setattr(type(Consent.objects.all()), "seen_by", lambda self, actor: self.all())
    monkeypatch.setattr(type(Consent.objects), "seen_by", lambda self, actor: self.all())
    page = http.get("/enterprise/consents").content.decode()
    assert FIRM in page
    assert f"贷前审查 {OTHER}" not in page
    told = {
        "dataset": "declarations.exports",
        "reader": BANK,
        "purpose": "授信",
        "until": (civil_date(clock.now()) + timedelta(days=9)).isoformat(),
    }
    assert http.post("/enterprise/consents", told).status_code == 302
    assert Consent.objects.get(purpose="授信").subject_code == FIRM
