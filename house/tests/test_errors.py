"""One registry of errors: what the code says is in it, what is in it the code says, and each has its texts in both languages."""

from __future__ import annotations

import ast
import re
import string
import tomllib
from functools import cache

import pytest

from gongfu.core.rule import LANGUAGES, ErrorText, Finding, registry
from house.tree import ROOT, code

SHAPE = re.compile(r"[A-Z]+(-[A-Z][A-Z0-9]*)+")
FILES = sorted((ROOT / "gongfu" / "core" / "errors").glob("*.toml"))
PARTS = ("title", "message", "remedy")


@cache
def written() -> dict[str, str]:
    """Error codes that stand in the code → where. A code is a text of a family that the registry has."""
    families = {name.split("-")[0] for name in registry()}
    return {
        node.value: f"{path}:{node.lineno}"
        for path, tree in code().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SHAPE.fullmatch(node.value)
        if node.value.split("-")[0] in families
    }


def test_every_code_in_the_code_is_registered() -> None:
    assert {name: where for name, where in written().items() if name not in registry()} == {}


def test_every_registered_code_is_used() -> None:
    assert sorted(set(registry()) - set(written())) == []


def test_every_file_of_the_registry_was_read() -> None:
    told = [name for path in FILES for name in tomllib.loads(path.read_text("utf-8"))]
    assert sorted(told) == sorted(registry())


@pytest.mark.parametrize("entry", registry().values(), ids=lambda entry: entry.code)
def test_every_code_has_its_texts_in_both_languages(entry: ErrorText) -> None:
    for part in PARTS:
        texts = getattr(entry, part)
        assert all(texts[lang].strip() for lang in LANGUAGES), part
        assert re.search(r"[\u4e00-\u9fff]", texts["zh"]), f"{part} in Chinese"
        assert not re.search(r"[\u4e00-\u9fff]", re.sub(r"“[^”]*”|\([^)]*\)", "", texts["en"])), f"{part} in English"


@pytest.mark.parametrize("entry", registry().values(), ids=lambda entry: entry.code)
def test_both_languages_quote_known_facts_only(entry: ErrorText) -> None:
    """A text is a template: plain names in braces, and no gap in the sentence when a fact is missing."""
    for part in PARTS:
        for lang in LANGUAGES:
            names = [name for _, name, _, _ in string.Formatter().parse(getattr(entry, part)[lang]) if name is not None]
            assert all(name.isidentifier() for name in names), (part, lang, names)
    finding = Finding(entry.code, "A-1", 1, "field", "value")
    assert "{" not in finding.message("zh") + finding.message("en") + finding.remedy("zh") + finding.remedy("en")


def test_statuses_are_answers_of_http() -> None:
    assert {entry.code: entry.status for entry in registry().values() if not 400 <= entry.status < 600} == {}
