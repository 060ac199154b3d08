"""A register is a field list: entries by key, validity by date, an accreditation case for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongfu.base.access.actor import Actor
from gongfu.base.cases import actions as cases
from gongfu.base.cases import kinds as case_kinds
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.registers import actions, kinds, queries
from gongfu.base.registers.kinds import RegisterKind
from gongfu.base.registers.models import Entry
from gongfu.core.fields import INTERNAL, PERSONAL, Field
from gongfu.core.rule import Finding

pytestmark = [pytest.mark.django_db, pytest.mark.feature("parties.services")]
KIND = RegisterKind(
    "demo.boats", "演示船舶", "Demonstration boats", "演示。", "For demonstration.", module="registers", key="hull", headline="name", decides="demo.decide",
    opens="demo.apply", until="until", public=True,
    fields=(
        Field("hull", "船号", "Hull"), Field("name", "船名", "Name"), Field("until", "证书有效期", "Licence until", "date"), Field("tons", "吨位", "Tons", "whole", klass=INTERNAL),
        Field("phone", "电话", "Telephone", "phone", klass=PERSONAL, masked="phone"),
    ),
    criteria=lambda facts: [Finding("FIELD-RANGE", field="tons", value=str(facts["tons"]))] if facts["tons"] > 100 else [],
)  # fmt: skip
COMMON = frozenset({"cases.open", "cases.move", "registers.write", "registers.withdraw"})
OFFICE = Actor("person:2", "zone", COMMON | {"demo.decide"}, ("nanchong",), (), "zone.office")
FIRM = Actor("person:1", "own", COMMON | {"demo.apply"}, ("nanchong",), ("91511300MA6DEM014G",), "firm.operator")


@pytest.fixture(autouse=True)
def demo_kind() -> Iterator[None]:
    kinds.EXTRA[KIND.code] = KIND
    case = actions.accreditation(KIND)
    case_kinds.EXTRA[case.code] = case
    yield
    kinds.EXTRA.clear()
    case_kinds.EXTRA.clear()


def raw(**more: str) -> dict[str, str]:
    ahead = (civil_date(clock.now()) + timedelta(days=30)).isoformat()
    return {"hull": "N-1", "name": "嘉陵一号", "until": ahead, "tons": "20", "phone": "13812345678", **more}


def test_an_entry_counts_until_its_date_and_no_longer() -> None:
    entry = actions.write(OFFICE, KIND.code, zone="nanchong", raw=raw()).entry
    today = civil_date(clock.now())
    assert entry is not None
    assert list(queries.valid(KIND.code, today + timedelta(days=30))) == [entry]
    assert list(queries.valid(KIND.code, today + timedelta(days=31))) == []
    assert list(queries.ending(KIND.code, "nanchong", today + timedelta(days=31))) == [entry]


def test_the_same_key_again_is_a_new_version() -> None:
    first = actions.write(OFFICE, KIND.code, zone="nanchong", raw=raw()).entry
    again = actions.write(OFFICE, KIND.code, zone="nanchong", raw=raw(name="嘉陵二号")).entry
    assert first is not None
    assert again is not None
    assert (again.pk, again.title, again.version) == (first.pk, "嘉陵二号", 2)


def test_faults_and_criteria_keep_an_entry_out() -> None:
    assert [
        one.field for one in actions.write(OFFICE, KIND.code, zone="nanchong", raw=raw(tons="x", until="")).findings
    ] == ["until", "tons"]
    assert [one.code for one in actions.write(OFFICE, KIND.code, zone="nanchong", raw=raw(tons="101")).findings] == [
        "FIELD-RANGE"
    ]


def test_open_fields_alone_are_public_and_persons_are_enciphered() -> None:
    entry = actions.write(OFFICE, KIND.code, zone="nanchong", raw=raw()).entry
    assert entry is not None
    assert [one["title"] for one in queries.open_facts(KIND, entry)] == ["船号", "船名", "证书有效期"]
    assert "sealed" in entry.facts["phone"]


def test_a_firm_gets_in_by_a_case_and_out_by_the_office() -> None:
    case = cases.open_case(FIRM, "register.demo.boats", zone="nanchong", raw=raw()).case
    assert case is not None
    assert cases.take(FIRM, case.pk, "submit").done
    with pytest.raises(PermissionDenied):
        cases.take(replace(OFFICE, name="person:1"), case.pk, "approve")
    assert cases.take(OFFICE, case.pk, "approve").done
    today = civil_date(clock.now())
    entry = queries.valid(KIND.code, today).get()
    assert entry.party_code == FIRM.party_codes[0]
    with pytest.raises(PermissionDenied):
        actions.withdraw(FIRM, entry.pk)
    actions.withdraw(OFFICE, entry.pk)
    assert not queries.valid(KIND.code, today).exists()


def test_an_entry_of_another_firm_is_not_taken_over_by_its_key() -> None:
    other = replace(FIRM, name="person:3", party_codes=("91510700MA6DEM014Q",))
    ahead = []
    for firm in (FIRM, other):
        case = cases.open_case(firm, "register.demo.boats", zone="nanchong", raw=raw()).case
        assert case is not None
        ahead.append((firm, case))
    assert cases.take(FIRM, ahead[0][1].pk, "submit").done
    assert cases.take(other, ahead[1][1].pk, "submit").done, "nobody has it yet"
    assert cases.take(OFFICE, ahead[0][1].pk, "approve").done
    assert [one.code for one in cases.take(OFFICE, ahead[1][1].pk, "approve").findings] == ["REGISTER-TAKEN"]
    assert actions.write(OFFICE, KIND.code, zone="nanchong", raw=raw(name="嘉陵三号")).findings == []
    entry = Entry.objects.get(kind=KIND.code)
    assert (entry.party_code, entry.title, entry.version) == (FIRM.party_codes[0], "嘉陵三号", 2)
    actions.withdraw(OFFICE, entry.pk)
    assert cases.take(OFFICE, ahead[1][1].pk, "approve").done


STEPS = st.lists(
    st.tuples(st.sampled_from(["write", "write", "withdraw", "fault"]), st.sampled_from(["N-1", "N-2", "N-3"]), st.integers(0, 40), st.integers(0, 25)),
    max_size=12,
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_against_a_plain_model(steps: list[tuple[str, str, int, int]]) -> None:
    """A dictionary of (last day, withdrawn, version) says after every step which entries count; days pass between steps."""
    with transaction.atomic():
        at, model = clock.now(), dict[str, list[Any]]()
        for verb, key, ahead, pause in steps:
            at += timedelta(days=pause)
            today = civil_date(at)
            with clock.standing_at(at):
                told = raw(
                    hull=key, until=(today + timedelta(days=ahead)).isoformat(), tons="101" if verb == "fault" else "20"
                )
                if verb == "withdraw":
                    entry = Entry.objects.filter(kind=KIND.code, key=key).first()
                    if entry is not None:
                        actions.withdraw(OFFICE, entry.pk)
                        model[key][1:] = [True, model[key][2] + 1]
                elif (actions.write(OFFICE, KIND.code, zone="nanchong", raw=told).entry is not None) == (
                    verb == "write"
                ):
                    if verb == "write":
                        model[key] = [today + timedelta(days=ahead), False, model.get(key, [0, 0, 0])[2] + 1]
                else:
                    raise AssertionError(verb)
            counted = {one.key: one.version for one in queries.valid(KIND.code, today)}
            assert counted == {
                name: version for name, (last, gone, version) in model.items() if last >= today and not gone
            }
            ended = {one.key for one in queries.ending(KIND.code, "nanchong", today)}
            assert ended == {name for name, (last, gone, _) in model.items() if last < today and not gone}
        transaction.set_rollback(True)
