"""Findings as pages show them."""

from __future__ import annotations

from typing import Any

from gongfu.base.screens.words import english
from gongfu.core.rule import Finding


def shown(findings: list[Finding], limit: int = 20) -> list[dict[str, Any]]:
    """Findings in the reader's language, the blocking ones first."""
    lang = "en" if english() else "zh"
    ordered = sorted(findings, key=lambda one: not one.blocks)[:limit]
    return [{**one.as_dict(lang), "title": one.title(lang), "blocks": one.blocks} for one in ordered]
