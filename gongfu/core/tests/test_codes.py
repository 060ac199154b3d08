"""The sample codes of the rulebook, valid and invalid."""

from __future__ import annotations

from datetime import date

import pytest

from gongfu.core import codes as rules

pytestmark = pytest.mark.feature("parties.filing")


@pytest.mark.rule("R-702")
@pytest.mark.parametrize(
    ("code", "valid"),
    [
        ("91350100M000100Y43", True),
        ("91330100799655058B", True),
        ("9144030071526726XG", True),
        ("91510600MA6DEM014K", True),
        ("91510700MA6DEM014Q", True),
        ("91511300MA6DEM014G", True),
        ("91511400MA6DEM014M", True),
        ("91510600MA6DEM014L", False),
        ("9151060OMA6DEM014K", False),
        ("", False),
    ],
)
def test_uscc(code: str, valid: bool) -> None:
    assert rules.valid_uscc(code) is valid


@pytest.mark.rule("R-704")
@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("11010519491231002X", True),
        ("510603199003071238", True),
        ("510603199003071239", False),
        ("510603199002301238", False),
        ("51060319900307123", False),
    ],
)
def test_identity_number(number: str, valid: bool) -> None:
    assert rules.valid_id_number(number, date(2026, 1, 1)) is valid


@pytest.mark.rule("R-704")
def test_a_birth_date_in_the_future_is_no_birth_date() -> None:
    assert not rules.valid_id_number("510603199003071238", date(1990, 3, 6))
    assert rules.age_on("510603199003071238", date(2006, 3, 6)) == 15


@pytest.mark.rule("R-703")
def test_customs_code_pattern() -> None:
    assert rules.valid_customs_code("5106960A12") and not rules.valid_customs_code("51069")
