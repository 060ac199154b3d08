"""Findings: what a check says about one field of one document, as a value that never raises."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from dataclasses import field as member
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True)
class ErrorText:
    """One entry of the registry: the texts are templates over a finding's facts."""

    code: str
    title: dict[str, str]
    message: dict[str, str]
    remedy: dict[str, str]
    status: int = 422
    tolerated: bool = False


@cache
def registry() -> dict[str, ErrorText]:
    """All error codes, read once from `core/errors/*.toml`; a repeated code is a ValueError."""
    found: dict[str, ErrorText] = {}
    for path in sorted((Path(__file__).parent / "errors").glob("*.toml")):
        for code, entry in tomllib.loads(path.read_text("utf-8")).items():
            if code in found:
                raise ValueError(f"{code} is registered twice, the second time in {path.name}")
            texts = {
                part: {lang: entry[f"{part}_{lang}"] for lang in LANGUAGES} for part in ("title", "message", "remedy")
            }
            found[code] = ErrorText(
                code, status=entry.get("status", 422), tolerated=entry.get("tolerated", False), **texts
            )
    return found


class _Facts(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "—"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault (or, when the code is `tolerated`, one remark).

    code: a key of the registry.  document: the document's key (its guid).  line: gnum, 0 for the head.
    field: the CEB element name.  value: what was seen, already masked where personal.
    facts: values the texts quote.  rules: the R-xxx behind it.
    """

    code: str
    document: str = ""
    line: int = 0
    field: str = ""
    value: str = ""
    facts: dict[str, Any] = member(default_factory=dict)
    rules: tuple[str, ...] = ()

    @property
    def blocks(self) -> bool:
        return not registry()[self.code].tolerated

    def message(self, lang: str = "zh") -> str:
        return self._text("message", lang)

    def remedy(self, lang: str = "zh") -> str:
        return self._text("remedy", lang)

    def title(self, lang: str = "zh") -> str:
        return registry()[self.code].title[lang]

    def _text(self, part: str, lang: str) -> str:
        template: str = getattr(registry()[self.code], part)[lang]
        facts = _Facts(self.facts, field=self.field, value=self.value, line=self.line, document=self.document)
        return template.format_map(facts)

    def as_dict(self, lang: str = "zh") -> dict[str, Any]:
        """The shape every interface shows: command line, JSON answers, pages."""
        return {
            "code": self.code,
            "document": self.document,
            "line": self.line,
            "field": self.field,
            "value": self.value,
            "message": self.message(lang),
            "remedy": self.remedy(lang),
            "rules": list(self.rules),
        }

    def dump(self) -> dict[str, Any]:
        """The stored shape; `load` gives the finding back."""
        return {
            "code": self.code,
            "document": self.document,
            "line": self.line,
            "field": self.field,
            "value": self.value,
            "facts": self.facts,
            "rules": list(self.rules),
        }

    @classmethod
    def load(cls, stored: dict[str, Any]) -> Finding:
        return cls(**{**stored, "rules": tuple(stored["rules"])})
