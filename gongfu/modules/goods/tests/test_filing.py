"""Products filed: reviewed by another, changed with and without a new review, valid in every zone, kept in every version."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction

from gongfu.base.access.actor import Actor
from gongfu.base.access.roles import roles
from gongfu.base.cases import actions as cases
from gongfu.base.cases import queries as case_queries
from gongfu.base.cases.models import Case
from gongfu.base.partners.models import Snapshot
from gongfu.core.rule import Finding
from gongfu.modules.goods import actions, queries, sharing
from gongfu.modules.goods.flows import CHANGE, FILING
from gongfu.modules.goods.models import Product, Version

pytestmark = [pytest.mark.feature("goods.filing"), pytest.mark.django_db]
CODE, OTHER = "91511300MA6DEM014G", "91510700MA6DEM014Q"
FIRM = Actor("person:1", "own", roles()["firm.operator"].may, ("nanchong",), (CODE,), "firm.operator")
OFFICER = Actor("person:2", "zone", roles()["officer.customs"].may, ("nanchong",), (), "officer.customs")
ELSEWHERE = Actor("person:3", "zone", roles()["officer.customs"].may, ("meishan",), (), "officer.customs")
SOUND: dict[str, Any] = {
    "item_no": "MILK-1", "mode": "9610", "direction": "I", "name": "全脂牛奶", "spec": "1L", "hs_code": "0401200000", "origin_country": "304",
    "price_low": "8.00", "price_high": "12.50", "lane": "simple", "declared": "",
}  # fmt: skip


def handed_in(kind: str = FILING.code, actor: Actor = FIRM, **changes: Any) -> tuple[Case, list[Finding]]:
    opened = cases.open_case(actor, kind, zone=actor.zones[0], raw={**SOUND, **changes})
    assert opened.case is not None
    return opened.case, cases.take(actor, opened.case.pk, "submit").findings


def filed(**changes: Any) -> Product:
    case, faults = handed_in(**changes)
    assert not any(one.blocks for one in faults), faults
    assert cases.take(OFFICER, case.pk, "approve").done
    return Product.objects.get(case_id=case.pk)


def blocks(faults: list[Finding]) -> list[str]:
    return [one.code for one in faults if one.blocks]


@pytest.mark.rule("R-706")
def test_a_product_is_filed_once_per_mode() -> None:
    product = filed()
    assert (product.state, product.version, product.price_low) == ("valid", 1, 800)
    assert product.unit1 == "035" and "quarantine" in product.flags
    assert blocks(handed_in()[1]) == ["GOODS-DUPLICATE"]
    assert blocks(handed_in(mode="1210")[1]) == []


def test_a_refused_rule_keeps_the_case_a_draft() -> None:
    case, faults = handed_in(hs_code="93070090", lane="full")
    assert "GOODS-LIST-OFF" in blocks(faults)
    case.refresh_from_db()
    assert case.state == "draft" and not Product.objects.exists()


@pytest.mark.rule("R-706")
@pytest.mark.parametrize(("field", "value"), [("origin_country", "609"), ("hs_code", "04014000")])
def test_changing_origin_or_code_reopens_the_review(field: str, value: str) -> None:
    product = filed()
    case, faults = handed_in(CHANGE.code, **{field: value})
    assert [one.code for one in faults] == ["GOODS-REOPENED"]
    case.refresh_from_db()
    product.refresh_from_db()
    assert (case.state, product.state) == ("reviewing", "reviewing")
    assert getattr(product, field) == SOUND[field]
    assert queries.filed([(CODE, "MILK-1")]).is_empty()
    assert cases.take(OFFICER, case.pk, "approve").done
    product.refresh_from_db()
    assert (product.state, product.version, getattr(product, field)) == ("valid", 2, value)


@pytest.mark.rule("R-706")
def test_any_other_change_takes_effect_at_once() -> None:
    product = filed()
    case, faults = handed_in(CHANGE.code, name="全脂纯牛奶", price_high="13.00")
    assert not faults
    case.refresh_from_db()
    product.refresh_from_db()
    assert (case.state, product.state, product.version, product.name) == ("approved", "valid", 2, "全脂纯牛奶")
    assert case_queries.broken(case) == []


def test_a_change_sent_back_or_withdrawn_leaves_the_filing_as_it_was() -> None:
    product = filed()
    case, _ = handed_in(CHANGE.code, origin_country="609")
    assert cases.take(OFFICER, case.pk, "send_back", {"reason": "附产地证"}).done
    product.refresh_from_db()
    assert (product.state, product.origin_country, product.version) == ("valid", "304", 1)
    assert cases.take(FIRM, case.pk, "submit").done
    assert blocks(handed_in(CHANGE.code, name="别名")[1]) == ["GOODS-NOT-FILED"]
    assert cases.take(FIRM, case.pk, "withdraw").done
    product.refresh_from_db()
    assert (product.state, product.origin_country) == ("valid", "304")


def test_sent_back_with_another_item_number_leaves_nothing_behind() -> None:
    case, _ = handed_in()
    assert cases.take(OFFICER, case.pk, "send_back", {"reason": "货号有误"}).done
    assert Product.objects.get().state == "draft"
    assert cases.save_draft(FIRM, case.pk, {**SOUND, "item_no": "MILK-2"}).done
    assert cases.take(FIRM, case.pk, "submit").done
    assert dict(Product.objects.values_list("item_no", "state")) == {"MILK-1": "withdrawn", "MILK-2": "reviewing"}
    assert blocks(handed_in()[1]) == []


def test_nobody_approves_his_own_and_other_zones_do_not_decide() -> None:
    case, _ = handed_in()
    with pytest.raises(PermissionDenied):
        cases.take(ELSEWHERE, case.pk, "approve")
    with pytest.raises(PermissionDenied):
        cases.take(FIRM, case.pk, "approve")


@pytest.mark.rule("R-707")
def test_a_filing_is_seen_by_every_office_and_by_its_own_firm_alone() -> None:
    product = filed()
    other = Actor("person:4", "own", FIRM.may, ("meishan",), (OTHER,), "firm.operator")
    assert list(queries.reachable(ELSEWHERE)) == list(queries.reachable(FIRM)) == [product]
    assert list(queries.reachable(other)) == []


@pytest.mark.rule("R-707")
def test_snapshots_are_taken_over_and_their_end_too() -> None:
    product = filed()
    sharing.publish([product.pk])
    actions.revoke(OFFICER, product.pk)
    sharing.publish([product.pk])
    sent = list(Snapshot.objects.filter(kind="product").order_by("version"))
    assert sharing.keep(json.loads(sent[0].body), "chengdu") == "ours"
    bodies = [{**json.loads(one.body), "item_no": "MILK-9"} for one in sent]
    assert [sharing.keep(body, "chengdu") for body in bodies] == ["applied", "applied"]
    taken = Product.objects.get(item_no="MILK-9")
    assert (taken.home, taken.state, taken.hs_code) == ("chengdu", "revoked", "0401200000")
    assert sharing.keep(bodies[0], "chengdu") == "older"
    assert sharing.keep(bodies[1], "xian") == "ours"


def test_versions_are_never_changed() -> None:
    product = filed()
    assert Version.objects.get(product=product).facts["name"] == "全脂牛奶"
    with pytest.raises(DatabaseError), transaction.atomic():
        Version.objects.update(number=9)


@pytest.mark.rule("R-706")
def test_valid_filings_of_many_items_are_looked_up_at_once(django_assert_num_queries: Any) -> None:
    filed()
    filed(item_no="MILK-2", mode="1210")
    handed_in(item_no="MILK-3")
    with django_assert_num_queries(1):
        found = queries.filed([(CODE, "MILK-1"), (CODE, "MILK-2"), (CODE, "MILK-3"), (OTHER, "MILK-1")])
    assert found.select("item_no", "mode", "hs_code").rows() == [
        ("MILK-1", "9610", "0401200000"),
        ("MILK-2", "1210", "0401200000"),
    ]
    assert queries.count("nanchong") == 2


@pytest.mark.rule("R-706")
def test_lines_unlike_their_filing_are_remarked_in_one_query(django_assert_num_queries: Any) -> None:
    filed()
    heads = pl.DataFrame(
        [
            {"document": 1, "guid": "G1", "ebcCode": CODE, "tradeMode": "9610", "ieFlag": "I"},
            {"document": 2, "guid": "G2", "ebcCode": OTHER, "tradeMode": "9610", "ieFlag": "I"},
        ]
    )
    line = {"document": 1, "gnum": 1, "itemNo": "MILK-1", "gcode": "0401200000", "country": "304"}
    changes: list[dict[str, Any]] = [
        {},
        {"gcode": "0401400000"},
        {"country": "609"},
        {"itemNo": None},
        {"document": 2, "country": "609"},
    ]
    items = pl.DataFrame([{**line, **change, "gnum": at} for at, change in enumerate(changes, start=1)])
    with django_assert_num_queries(1):
        found = queries.unlike(heads, items)
    assert [(number, one.line, one.field, one.blocks) for number, one in found] == [
        (1, 2, "gcode", False),
        (1, 3, "country", False),
    ]
    assert queries.unlike(heads, items.clear()) == []
