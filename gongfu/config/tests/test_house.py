"""The house about itself: features with their tests and ways in, and the map of pages."""

from __future__ import annotations

import ast

from gongfu.config import house

MARKED = """
import pytest
pytestmark = [pytest.mark.feature("tax.imports")]

@pytest.mark.rule("R-106")
def test_levy(): ...

@pytest.mark.feature("intake.messages")
def test_lane(): ...

def helper(): ...
"""


def test_marks_of_a_file_and_of_a_function_are_collected() -> None:
    assert dict(house._marks(ast.parse(MARKED))) == {
        "test_levy": {"tax.imports", "R-106"},
        "test_lane": {"tax.imports", "intake.messages"},
    }


def test_every_feature_of_the_catalogue_is_listed_with_what_serves_it() -> None:
    rows = {row["id"]: row for row in house.features()}
    assert list(rows) == [row["feature_id"] for row in house.catalogue()]
    assert "POST /gateway/v1/messages" in rows["intake.messages"]["endpoints"]
    assert "gongfu zone check" in rows["kpi.targets"]["commands"]
    assert "/bureau/lists" in rows["declarations.imports"]["pages"]
    assert any("gongfu/zones/tests/test_plans.py" in one for one in rows["kpi.targets"]["tests"])


def test_tests_named_for_a_feature_are_there() -> None:
    for places in house.marked_tests().values():
        for place in places:
            path, _, name = place.partition("::")
            assert f"def {name}(" in (house.ROOT / path).read_text("utf-8"), place


def test_the_map_shows_every_page_role_and_zone() -> None:
    drawn = house.house_map()
    for card in house.all_cards():
        assert all(f"`{screen.url}`" in drawn for screen in card.screens), card.module
    assert all(f"`{code}`" in drawn for code in ("deyang", "meishan", "mianyang", "nanchong"))


def test_the_map_in_the_documents_is_current() -> None:
    """Renew it with `gongfu house map > docs/map.md`."""
    assert (house.ROOT / "docs" / "map.md").read_text("utf-8").strip() == house.house_map().strip()
