"""Names that point somewhere: rules of the rulebook, features of the catalogue, modules of the list, zones' plans."""

from __future__ import annotations

import ast
import csv
import re

import pytest

from gongfu.config.modules import MODULES
from gongfu.zones.plan import FOLDER, KNOWN_MODULES, check, plans
from house.tree import FOLDERS, ROOT, dotted, parsed

RULE = re.compile(r"\bR-\d+[a-z]?\b")
CITING = (".py", ".toml", ".csv", ".html", ".md")


def rulebook() -> set[str]:
    return set((ROOT / "house" / "rules.txt").read_text("utf-8").split())


def catalogue() -> list[dict[str, str]]:
    with (ROOT / "house" / "features.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def marked(name: str) -> dict[str, str]:
    """Argument of each @pytest.mark.<name>(…) → a file that has it."""
    return {
        str(argument.value): path
        for path, tree in parsed().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and dotted(node.func) == f"pytest.mark.{name}"
        for argument in node.args
        if isinstance(argument, ast.Constant)
    }


def test_the_rulebook_has_213_rules_and_the_catalogue_68_features() -> None:
    assert len(rulebook()) == 213
    assert len({row["feature_id"] for row in catalogue()}) == len(catalogue()) == 68


def test_every_rule_cited_is_in_the_rulebook() -> None:
    files = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in CITING]
    cited = {rule: path for path in files for rule in RULE.findall(path.read_text("utf-8"))}
    assert {rule: str(path) for rule, path in cited.items() if rule not in rulebook()} == {}
    assert len(cited) > 30


def test_every_mark_names_a_feature_or_a_rule_that_exists() -> None:
    features = {row["feature_id"] for row in catalogue()}
    assert {mark: path for mark, path in marked("feature").items() if mark not in features} == {}
    assert {mark: path for mark, path in marked("rule").items() if mark not in rulebook()} == {}


def test_every_card_names_features_that_exist() -> None:
    features = {row["feature_id"] for row in catalogue()}
    families = {name.split(".")[0] for name in features}
    named = {
        node.value: path
        for path, tree in parsed().items()
        if path.endswith("/card.py")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if re.fullmatch(r"[a-z]+\.[a-z0-9]+", node.value) and node.value.split(".")[0] in families
    }
    assert {name: path for name, path in named.items() if name not in features and not _is_permission(name)} == {}


def _is_permission(name: str) -> bool:
    """Permissions have the same shape (module.verb); the roles file knows them."""
    return f'"{name}"' in (ROOT / "gongfu" / "base" / "access" / "roles.toml").read_text("utf-8")


def test_plans_and_installation_have_the_same_list_of_modules() -> None:
    assert set(KNOWN_MODULES) == set(MODULES)
    folders = {path.parent.name for path in (ROOT / "gongfu" / "modules").glob("*/__init__.py")}
    assert folders == set(MODULES)


@pytest.mark.feature("kpi.targets")
@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_plan_is_sound(path) -> None:
    assert check(path, MODULES) == []
    assert plans()[path.stem].code == path.stem
