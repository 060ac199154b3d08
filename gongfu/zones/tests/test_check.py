"""A faulty plan is told all its faults at once: where, what, and what to do."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from gongfu.reference.tables import parameters
from gongfu.zones.plan import FOLDER, KNOWN_MODULES, check, load

SOUND = (FOLDER / "meishan.toml").read_text("utf-8")
OVERRIDE = '\n[[overrides]]\nkey = "{key}"\nvalue = 90\nvalid_from = {day}\nsource = "领导小组第1次会议"\n'


def faulty(tmp_path: Path, *changes: tuple[str, str], more: str = "") -> Path:
    """The plan of Meishan with passages exchanged."""
    text = SOUND
    for old, new in changes:
        assert old in text, f"{old} is not in the plan"
        text = text.replace(old, new, 1)
    path = tmp_path / "faulty.toml"
    path.write_text(text + more, "utf-8")
    return path


@pytest.mark.feature("kpi.targets")
@pytest.mark.parametrize(
    ("old", "new", "where", "said"),
    [
        ('layout = "一核、两区、六协作"', 'layuot = "1"', "layuot", "extra inputs"),
        ('layout = "一核、两区、六协作"', "", "layout", "required"),
        ('"1210", "9710"', '"1211", "9710"', "modes.1", "'1211'"),
        ("issued_on = 2022-10-11", 'issued_on = "2022-10-11"', "issued_on", "valid date"),
        ('adcode = "511400"', 'adcode = "5114"', "adcode", "'5114'"),
        ('by = "2023"', 'by = "next year"', "targets.0.by", "next year"),
        ("value = 50,", "value = 50.5,", "targets.0.value", "50.5"),
        ('adapter = "simulator"', 'adapter = "fax"', "link.adapter", "'fax'"),
        ('lead = "finance"', 'lead = "bank"', "tasks.八", "bank is not a department"),
        ('"MS-T-02"', '"MS-T-01"', "targets", "MS-T-01 occurs 2 times"),
        ('no = "六"', 'no = "五"', "tasks", "五 occurs 2 times"),
        ('code = "meidong"', 'code = "shigao"', "areas", "shigao occurs 2 times"),
        ('customs_codes = ["7901"]', 'customs_codes = ["7901", "7901"]', "customs_codes", "7901 occurs 2 times"),
        ('"risk", "statistics"]', '"risk", "astrology"]', "modules", "astrology is not a module"),
        ('partners = ["deyang", "mianyang"]', 'partners = ["atlantis"]', "partners", "atlantis is not a zone"),
        ("modes_basis =", "# modes_basis =", "modes_basis", "9610, 9710, 9810 opened"),
        (
            'kind = "blc_b",',
            'kind = "blc_b", accepted_on = 2024-05-02, open_from = 2024-05-01,',
            "bonded_sites.ms-blc",
            "before its acceptance",
        ),
    ],
)
def test_each_fault_says_where_and_what(tmp_path: Path, old: str, new: str, where: str, said: str) -> None:
    problems = check(faulty(tmp_path, (old, new)))
    told = [one for one in problems if one.where == where]
    assert told, problems
    assert said.lower() in told[0].problem.lower()
    assert told[0].remedy


@pytest.mark.feature("kpi.targets")
def test_all_faults_are_listed_not_only_the_first(tmp_path: Path) -> None:
    path = faulty(
        tmp_path,
        ('adcode = "511400"', "adcode = 511400"),
        ('"risk", "statistics"]', '"risk", "astrology"]'),
        ('lead = "finance"', 'lead = "bank"'),
        ('title_en = "China', 'titel_en = "China'),
    )
    assert {one.where for one in check(path)} == {"adcode", "modules", "tasks.八", "title_en", "titel_en"}
    with pytest.raises(ValueError, match=r"(?s)faulty\.toml.*adcode.*astrology"):
        load(path)


def test_a_file_that_is_not_toml_or_not_text_is_one_problem(tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    path.write_text("code = ", "utf-8")
    assert [one.where for one in check(path)] == ["broken.toml"]
    path.write_bytes(b"\xff\xfe\x00")
    assert "UTF-8" in check(path)[0].problem
    assert "read" in check(tmp_path / "missing.toml")[0].problem


def test_modules_are_those_the_caller_knows(tmp_path: Path) -> None:
    path = faulty(tmp_path)
    assert check(path) == []
    assert check(path, KNOWN_MODULES[:-1])[0].problem == "statistics is not a module"


@pytest.mark.rule("R-003")
def test_a_zone_sets_its_own_conventions_from_a_day_on(tmp_path: Path) -> None:
    plan = load(faulty(tmp_path, more=OVERRIDE.format(key="match.order_age_days", day="2026-01-01")))
    before, after = date(2025, 12, 31), date(2026, 1, 1)
    assert plan.parameters(before) == parameters(before)
    assert plan.parameters(after) == {**parameters(after), "match.order_age_days": 90}


@pytest.mark.rule("R-003")
@pytest.mark.parametrize(
    ("key", "said"),
    [("import.annual_limit_fen", "set nationally"), ("import.generosity", "not a parameter")],
)
def test_a_zone_cannot_set_what_is_national_or_unknown(tmp_path: Path, key: str, said: str) -> None:
    problems = check(faulty(tmp_path, more=OVERRIDE.format(key=key, day="2026-01-01")))
    assert [said in one.problem for one in problems] == [True]
