"""Filing: once, reviewed by another, valid in every zone, changed, confirmed, ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from hypothesis import given
from hypothesis import strategies as st

from gongfu.base.access.actor import Actor
from gongfu.base.access.roles import roles
from gongfu.base.cases import actions as cases
from gongfu.base.cases.models import Case
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.core.rule import Finding
from gongfu.modules.parties import queries, rules, screens
from gongfu.modules.parties.flows import CHANGE, CONFIRM, EXIT, FILING

pytestmark = [pytest.mark.feature("parties.filing"), pytest.mark.django_db]
CODE, OTHER = "91511300MA6DEM014G", "91510700MA6DEM014Q"
FIRM = Actor("person:1", "own", roles()["firm.operator"].may, ("nanchong",), (CODE,), "firm.operator")
OFFICER = Actor("person:2", "zone", roles()["officer.commerce"].may, ("nanchong",), (), "officer.commerce")
SOUND: dict[str, Any] = {
    "code": CODE, "name": "南充顺达进出口贸易有限公司", "kinds": ["logistics", "ecommerce"], "address": "顺庆区一号", "express_licence": "国邮20260001",
    "legal_name": "王小明", "legal_id": "510603199003071238", "contact_phone": "13812345678",
}  # fmt: skip


def handed_in(kind: str = FILING.code, raw: dict[str, Any] = SOUND, actor: Actor = FIRM) -> tuple[Case, list[Finding]]:
    opened = cases.open_case(actor, kind, zone=actor.zones[0], raw=raw)
    assert opened.case is not None
    return opened.case, cases.take(actor, opened.case.pk, "submit").findings


def filed(raw: dict[str, Any] = SOUND, actor: Actor = FIRM) -> None:
    case, faults = handed_in(raw=raw, actor=actor)
    assert not any(one.blocks for one in faults), faults
    assert cases.take(OFFICER, case.pk, "approve").done


@pytest.mark.rule("R-707")
def test_a_filing_approved_in_one_zone_holds_in_the_others_and_so_does_its_end() -> None:
    filed()
    today = civil_date(clock.now())
    assert queries.kinds([CODE], today) == {CODE: frozenset({"logistics", "ecommerce"})}
    case, faults = handed_in(EXIT.code, {"code": CODE, "why": "停业"})
    assert not faults
    assert cases.take(OFFICER, case.pk, "approve").done
    assert queries.kinds([CODE], today) == {}


@pytest.mark.rule("R-205", "R-1611")
def test_one_code_is_filed_and_counted_once() -> None:
    filed()
    _, faults = handed_in()
    assert [one.code for one in faults if one.blocks] == ["FILING-DUPLICATE"]
    assert queries.count("nanchong", civil_date(clock.now())) == 1


@pytest.mark.rule("R-702", "R-703", "R-704")
@pytest.mark.parametrize(
    ("field", "value"), [("code", "91510600MA6DEM014L"), ("customs_code", "51"), ("legal_id", "510603199003071239")]
)
def test_codes_are_told_apart(field: str, value: str) -> None:
    opened = cases.open_case(FIRM, FILING.code, zone="nanchong", raw={**SOUND, field: value})
    assert opened.case is not None
    assert [(one["code"], one["field"]) for one in opened.case.findings] == [("FIELD-CODE", field)]


@pytest.mark.rule("R-701")
def test_a_carrier_needs_its_licence_and_a_seller_does_not() -> None:
    without = {name: value for name, value in SOUND.items() if name != "express_licence"}
    assert [one.field for one in handed_in(raw=without)[1]] == ["express_licence"]
    assert handed_in(raw={**without, "kinds": ["ecommerce"]})[1] == []


@pytest.mark.parametrize("name", ["顺达进出口贸易（四川）股份有限公司", "南充市順達進出口貿易有限公司"])
def test_the_same_name_in_another_dress_is_shown_and_does_not_stop(name: str) -> None:
    filed()
    other = replace(FIRM, party_codes=(OTHER,))
    case, faults = handed_in(raw={**SOUND, "code": OTHER, "name": name}, actor=other)
    assert [one.code for one in faults] == ["FILING-SIMILAR"]
    case.refresh_from_db()
    assert case.state == "reviewing"


def test_english_trade_names_and_pinyin_meet() -> None:
    filed({**SOUND, "name_en": "Shunda Jinchukou Maoyi Trading Co., Ltd."})
    assert rules.sound_key("Shunda Jinchukou Maoyi Co. Ltd") == rules.sound_key("南充顺达进出口贸易有限公司")
    assert [party.code for party, _, _ in queries.similar("另一家公司", "SHUNDA JINCHUKOU MAOYI LIMITED", OTHER)] == [
        CODE
    ]


@given(st.text(max_size=60))
def test_any_name_has_its_keys(name: str) -> None:
    assert isinstance(rules.name_key(name), str)
    assert rules.sound_key(name) == rules.sound_key(name)


def test_returned_corrected_and_approved() -> None:
    case, _ = handed_in()
    assert cases.take(OFFICER, case.pk, "send_back").findings[0].field == "reason"
    assert cases.take(OFFICER, case.pk, "send_back", {"reason": "补地址"}).done
    assert cases.save_draft(FIRM, case.pk, {**SOUND, "address": "顺庆区二号"}).done
    assert cases.take(FIRM, case.pk, "submit").done
    assert cases.take(OFFICER, case.pk, "approve").done


def test_nobody_decides_on_his_own_firm() -> None:
    case, _ = handed_in()
    with pytest.raises(PermissionDenied):
        cases.take(replace(OFFICER, party_codes=(CODE,)), case.pk, "approve")


def test_a_change_makes_a_new_version() -> None:
    filed()
    case, faults = handed_in(CHANGE.code, {**SOUND, "name": "南充顺达供应链有限公司"})
    assert not faults
    assert cases.take(OFFICER, case.pk, "approve").done
    party = queries.valid(CODE)
    assert party is not None
    assert (party.name, party.version) == ("南充顺达供应链有限公司", 2)


@pytest.mark.rule("R-708")
def test_overdue_confirmation_is_listed_until_the_firm_confirms() -> None:
    filed()
    today = civil_date(clock.now())
    assert queries.overdue("nanchong", today) == []
    later = today + timedelta(days=rules.CONFIRM_DAYS + 1)
    assert [party.code for party in queries.overdue("nanchong", later)] == [CODE]
    assert handed_in(CONFIRM.code, {"code": CODE, "same": "yes"})[1] == []
    assert queries.overdue("nanchong", later - timedelta(days=1)) == []


def test_persons_of_a_filing_are_enciphered() -> None:
    case, _ = handed_in()
    assert all("sealed" in case.facts[name] for name in ("legal_name", "legal_id", "contact_phone"))


def test_a_certificate_tells_a_filing_that_holds_from_one_that_was_changed_or_ended() -> None:
    assert screens.CERTIFICATE.content(FIRM, CODE) is None
    filed()
    held = screens.CERTIFICATE.content(FIRM, CODE)
    assert held is not None
    assert (held.zone, held.version) == ("nanchong", 1)
    assert "王小明" not in str(held.lines)
    assert screens.CERTIFICATE.standing(CODE, 1) == "valid"
    assert screens.CERTIFICATE.content(replace(FIRM, party_codes=(OTHER,)), CODE) is None
    case, _ = handed_in(CHANGE.code, {**SOUND, "name": "南充顺达国际贸易有限公司"})
    assert cases.take(OFFICER, case.pk, "approve").done
    assert screens.CERTIFICATE.standing(CODE, 1) == "superseded"
    case, _ = handed_in(EXIT.code, {"code": CODE, "why": "停业"})
    assert cases.take(OFFICER, case.pk, "approve").done
    assert screens.CERTIFICATE.standing(CODE, 2) == "withdrawn"
    assert screens.CERTIFICATE.content(FIRM, CODE) is None
