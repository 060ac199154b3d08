"""Filing: once, reviewed by another, valid in every zone, changed, confirmed, ended."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from gongfu.base.access.actions import add_person
from gongfu.base.access.actor import OPERATOR, Actor
from gongfu.base.access.roles import EVERYONE, roles
from gongfu.base.cases import actions as cases
from gongfu.base.cases.models import Case
from gongfu.base.files import actions as files
from gongfu.base.files import queries as file_queries
from gongfu.base.files.models import File
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.partners.models import Snapshot
from gongfu.core.rule import Finding
from gongfu.modules.parties import actions, queries, rules, screens, sharing
from gongfu.modules.parties.flows import CHANGE, CONFIRM, EXIT, FILING, OPEN_FIELDS
from gongfu.modules.parties.models import Party
from gongfu.zones.plan import plans

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


@pytest.mark.rule("R-707")
def test_a_zone_takes_the_filings_of_all_zones_or_of_those_that_its_plan_names(monkeypatch: pytest.MonkeyPatch) -> None:
    filed()
    heads = pl.DataFrame({"document": [1, 2], "guid": ["G1", "G2"], "zone": ["meishan", "deyang"], "ebcCode": [CODE, CODE]})

    def found(*names: str) -> list[tuple[int, str]]:
        known = {**plans(), "meishan": plans()["meishan"].model_copy(update={"filings_from": names})}
        monkeypatch.setattr(queries, "plans", lambda: known)
        return [(document, one.code) for document, one in queries.unfiled(heads, {"ebcCode": "ecommerce"}, clock.now())]

    assert found("*") == found("deyang", "nanchong") == []
    assert found("deyang") == found() == [(1, "BIZ-PARTY-ELSEWHERE")]


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
    """On the officers' page: nothing on the last day of the year, the firm on the day after, nothing once it has confirmed."""
    filed()
    add_person(OPERATOR, "office", "a-long-pass-word-1", role="officer.commerce", title="商务", zone="nanchong")
    http, at = Client(headers={"Accept-Language": "zh-CN"}), clock.now() + timedelta(days=rules.CONFIRM_DAYS)

    def listed(days: int) -> bool:
        with clock.standing_at(at + timedelta(days=days)):
            assert http.login(username="office", password="a-long-pass-word-1")
            return SOUND["name"] in http.get("/bureau/parties?late=1").content.decode()

    assert [listed(0), listed(1)] == [False, True]
    with clock.standing_at(at):
        assert handed_in(CONFIRM.code, {"code": CODE, "same": "yes"})[1] == []
    assert not listed(1)


@pytest.mark.rule("R-703")
def test_what_was_filed_meanwhile_is_found_at_the_approval() -> None:
    """Two firms hand in the same customs code, and one firm hands in twice: the second approval is told and changes nothing."""
    coded = {**SOUND, "customs_code": "5113960A01"}
    other = replace(FIRM, party_codes=(OTHER,))
    (first, _), (second, _), (again, _) = (
        handed_in(raw=coded),
        handed_in(raw={**coded, "code": OTHER, "name": "另一家"}, actor=other),
        handed_in(raw=coded),
    )
    assert cases.take(OFFICER, first.pk, "approve").done
    assert [one.code for one in cases.take(OFFICER, second.pk, "approve").findings if one.blocks] == [
        "FILING-CUSTOMS-CODE"
    ]
    assert [one.code for one in cases.take(OFFICER, again.pk, "approve").findings if one.blocks] == ["FILING-DUPLICATE"]
    assert list(Party.objects.values_list("code", "version")) == [(CODE, 1)]
    ends = [handed_in(EXIT.code, {"code": CODE, "why": "停业"})[0] for _ in range(2)]
    assert cases.take(OFFICER, ends[0].pk, "approve").done
    assert [one.code for one in cases.take(OFFICER, ends[1].pk, "approve").findings] == ["FILING-NOT-THERE"]


@pytest.mark.rule("R-1611")
def test_a_firm_that_left_files_anew_in_another_zone_and_counts_there() -> None:
    with clock.standing_at(clock.now() - timedelta(days=90)):
        filed()
        case, _ = handed_in(EXIT.code, {"code": CODE, "why": "迁往绵阳"})
        assert cases.take(OFFICER, case.pk, "approve").done
    there, today = replace(FIRM, zones=("mianyang",)), civil_date(clock.now())
    case, faults = handed_in(actor=there)
    assert not faults
    assert cases.take(replace(OFFICER, zones=("mianyang",)), case.pk, "approve").done
    party = queries.valid(CODE)
    assert party is not None
    assert (party.zone, party.filed_on, party.version) == ("mianyang", today, 3)
    assert (queries.count("nanchong", today), queries.count("mianyang", today)) == (0, 1)


def test_evidence_is_handed_in_with_a_filing_and_opened_by_those_who_see_the_case() -> None:
    kept = files.keep(
        replace(FIRM, may=FIRM.may | EVERYONE), b"%PDF-1.7\n" + b"licence " * 50 + b"\n%%EOF\n", "执照.pdf"
    )
    assert isinstance(kept, File)
    case, faults = handed_in(raw={**SOUND, "licence_copy": kept.sha256})
    assert faults == []
    assert file_queries.used(kept.sha256, f"case:{case.pk}") == kept
    other = replace(FIRM, party_codes=(OTHER,), name="person:7")
    _, faults = handed_in(raw={**SOUND, "code": OTHER, "name": "别家", "proof": kept.sha256}, actor=other)
    assert [(one.code, one.field) for one in faults if one.blocks] == [("FILE-NOT-FOUND", "proof")]
    assert not {"licence_copy", "proof"} & {one.name for one in OPEN_FIELDS}, "documents stay at home"


ROW = {
    "code": CODE,
    "name": "南充顺达进出口贸易有限公司",
    "kinds": "ecommerce",
    "zone": "nanchong",
    "customs_code": "5113960A01",
    "dxp_id": "",
}


def imported(*rows: dict[str, str]) -> actions.Imported:
    return actions.import_rows(OPERATOR, list(rows), zones=frozenset(plans()), on=civil_date(clock.now()))


def test_a_change_by_import_is_a_new_version_and_the_same_again_is_none() -> None:
    for row, version in ((ROW, 1), (ROW, 1), ({**ROW, "name": "南充顺达供应链有限公司"}, 2)):
        assert imported(row).findings == []
        assert Party.objects.get().version == version
        sharing.publish([CODE])
    told = [json.loads(body) for body in Snapshot.objects.order_by("version").values_list("body", flat=True)]
    assert [(one["version"], one["name"]) for one in told] == [(1, ROW["name"]), (2, "南充顺达供应链有限公司")]


def test_one_faulty_row_of_an_import_never_stops_the_rest() -> None:
    Party.objects.create(
        code="91510600MA6DEM014K",
        name="德阳某某",
        kinds=["agent"],
        zone="deyang",
        filed_on=date(2026, 1, 1),
        origin="deyang-site",
    )
    faulty = [
        {**ROW, "code": OTHER}, {**ROW, "code": OTHER, "customs_code": "51"}, {**ROW, "code": OTHER, "customs_code": "", "name": "长" * 101},
        {**ROW, "code": "91510600MA6DEM014K", "customs_code": "", "zone": "deyang"}, {**ROW, "code": OTHER, "name": ""},
    ]  # fmt: skip
    done = imported(ROW, *faulty, {**ROW, "code": OTHER, "customs_code": ""})
    assert [(one.line, one.code) for one in done.findings] == [
        (3, "FILING-CUSTOMS-CODE"), (4, "FIELD-CODE"), (5, "FIELD-LONG"), (6, "FILING-ELSEWHERE"), (7, "PARTY-NAME"),
    ]  # fmt: skip
    assert (done.filed, done.changed) == (2, 0)
    assert Party.objects.get(code="91510600MA6DEM014K").origin == "deyang-site"


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


@pytest.mark.feature("sharing.catalogue")
def test_the_published_register_shows_open_fields_of_valid_filings_only(client: Client) -> None:
    filed({**SOUND, "customs_code": "5113960A01", "dxp_id": "DXP-77"})
    page = client.get("/open/parties.register").content.decode()
    assert CODE in page
    assert SOUND["name"] in page
    for kept in ("5113960A01", "DXP-77", "海关注册编码", "王小明", "13812345678", "顺庆区一号"):
        assert kept not in page
    case, _ = handed_in(EXIT.code, {"code": CODE, "why": "停业"})
    assert cases.take(OFFICER, case.pk, "approve").done
    assert CODE not in client.get("/open/parties.register").content.decode()
