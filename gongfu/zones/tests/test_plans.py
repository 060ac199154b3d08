"""The four plans hold what their documents promise; a fifth zone is a fifth file."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import get_args

import pytest

from gongfu.core.ceb.schema import FLOWS
from gongfu.zones import plan as zones
from gongfu.zones.plan import Plan, Target, check, load, plans, read_folder

SHIPPED = ("deyang", "meishan", "mianyang", "nanchong")
NATIONAL_MODES = {"9610", "1210", "9710", "9810"}


def promised() -> dict[str, list[dict[str, str]]]:
    """zone → the targets of its document (川府函〔2021〕9号 and 川府函〔2022〕223号), kept beside this test."""
    with (Path(__file__).parent / "targets.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return {zone: [row for row in rows if row["zone"] == zone] for zone in SHIPPED}


def written(target: Target) -> dict[str, str]:
    """A target as the list of promises writes it: money in yuan."""
    in_fen = target.unit == "fen"
    value = target.value // 100 if in_fen and target.value is not None else target.value
    return {
        "id": target.id,
        "by": target.by,
        "comparator": target.comparator,
        "value": target.text or str(value),
        "unit": "CNY" if in_fen else target.unit,
        "anchor": target.anchor,
    }


@pytest.mark.feature("kpi.targets")
@pytest.mark.rule("R-1207")
@pytest.mark.parametrize("zone", SHIPPED)
def test_every_promised_target_is_in_the_plan_in_its_own_words(zone: str) -> None:
    held = [{"zone": zone, **written(target)} for target in plans()[zone].targets]
    assert held == promised()[zone]


@pytest.mark.feature("kpi.targets")
def test_the_four_documents_promise_44_targets() -> None:
    assert {zone: len(rows) for zone, rows in promised().items()} == {
        "deyang": 10,
        "meishan": 11,
        "mianyang": 14,
        "nanchong": 9,
    }


@pytest.mark.feature("kpi.tasks")
@pytest.mark.parametrize(
    ("zone", "first", "last", "count"),
    [
        ("deyang", "五", "二十三", 19),
        ("mianyang", "五", "二十六", 22),
        ("nanchong", "四", "九", 6),
        ("meishan", "五", "二十", 16),
    ],
)
def test_every_numbered_paragraph_of_the_document_is_a_task(zone: str, first: str, last: str, count: int) -> None:
    numbers = [task.no for task in plans()[zone].tasks if "." not in task.no]
    assert (numbers[0], numbers[-1], len(numbers)) == (first, last, count)


@pytest.mark.feature("parks.areas")
@pytest.mark.parametrize(
    ("zone", "roles"),
    [
        ("deyang", {"core": 1, "cooperation": 2, "application": 7}),
        ("mianyang", {"core": 1, "cooperation": 3, "application": 8}),
        ("meishan", {"core": 1, "park": 2, "cooperation": 6}),
        ("nanchong", {"core": 1, "park": 7}),
    ],
)
def test_areas_fill_the_layout(zone: str, roles: dict[str, int]) -> None:
    held = [area.role for area in plans()[zone].areas]
    assert {role: held.count(role) for role in dict.fromkeys(held)} == roles


@pytest.mark.feature("kpi.tasks")
@pytest.mark.parametrize(
    ("zone", "task", "departments"),
    [
        (
            "deyang",
            "五",
            {"customs", "safe", "tax_bureau", "commerce", "police", "transport", "post", "market_supervision"},
        ),
        ("deyang", "十三", {"market_supervision", "customs", "tax_bureau", "safe"}),
        ("deyang", "十五", {"customs", "tax_bureau", "safe", "market_supervision", "commerce", "statistics"}),
        ("mianyang", "七", {"customs", "tax_bureau", "safe", "commerce", "transport", "finance"}),
        ("mianyang", "二十一", {"tax_bureau", "safe", "customs"}),
        ("nanchong", "五.1", {"commerce", "finance", "customs", "tax_bureau", "safe", "market_supervision"}),
    ],
)
def test_a_task_is_carried_by_the_departments_its_paragraph_names(zone: str, task: str, departments: set[str]) -> None:
    found = next(one for one in plans()[zone].tasks if one.no == task)
    assert {found.lead, *found.helpers} == departments


def test_partners_are_zones_that_the_document_names() -> None:
    for zone in SHIPPED:
        named = "".join(one.partner for one in plans()[zone].agreements if one.partner_kind == "zone")
        assert all(plans()[partner].short in named for partner in plans()[zone].partners), zone
    assert {zone: plans()[zone].partners for zone in ("deyang", "meishan")} == {
        "deyang": ("mianyang",),
        "meishan": ("deyang", "mianyang"),
    }


@pytest.mark.rule("R-204")
@pytest.mark.feature("declarations.imports")
def test_bonded_lists_are_taken_only_where_a_site_is_open() -> None:
    day = date(2026, 11, 24)
    assert {zone: plan.bonded_open(day) for zone, plan in plans().items() if zone in SHIPPED} == {
        "deyang": False,
        "meishan": False,
        "mianyang": True,
        "nanchong": True,
    }
    assert not plans()["nanchong"].bonded_open(date(2022, 10, 10))


@pytest.mark.parametrize("zone", SHIPPED)
def test_all_four_modes_are_open_and_those_not_named_have_a_basis(zone: str) -> None:
    plan = plans()[zone]
    assert set(plan.modes) == NATIONAL_MODES
    assert bool(plan.modes_basis) == (set(plan.modes_named) != NATIONAL_MODES)


@pytest.mark.feature("kpi.targets")
def test_a_copy_under_a_new_code_is_a_fifth_zone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zones, "_opened", {})
    text = (zones.FOLDER / "nanchong.toml").read_text("utf-8")
    (tmp_path / "guangyuan.toml").write_text(text.replace('"nanchong"', '"guangyuan"'), "utf-8")
    assert check(tmp_path / "guangyuan.toml") == []
    zones.add_folder(tmp_path)
    fifth = plans()["guangyuan"]
    assert list(plans()) == [*SHIPPED, "guangyuan"]
    assert fifth.model_copy(update={"code": "nanchong"}) == plans()["nanchong"]


def test_a_folder_that_is_not_there_holds_no_plans(tmp_path: Path) -> None:
    assert read_folder(tmp_path / "none") == {}


def test_a_plan_cannot_be_changed_after_reading() -> None:
    with pytest.raises(ValueError, match="frozen"):
        plans()["nanchong"].code = "other"  # type: ignore[misc]


def test_plans_are_read_from_their_files() -> None:
    assert load(zones.FOLDER / "deyang.toml") == plans()["deyang"]
    assert isinstance(plans()["deyang"], Plan)


@pytest.mark.rule("R-206")
def test_a_zone_may_forward_what_a_list_rests_on_and_nothing_else() -> None:
    assert set(get_args(zones.Forwarded)) == {one[3:6] for one in FLOWS}
