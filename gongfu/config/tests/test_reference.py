"""The reference pages are what the code says now."""

from __future__ import annotations

import pytest

from gongfu.config.reference import ROOT, pages


@pytest.mark.feature("gateway.developers")
@pytest.mark.parametrize("name", ["reference/errors.md", "reference/messages.md", "reference/commands.md", "map.md"])
def test_reference_pages_are_current(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "110")
    assert (ROOT / "docs" / name).read_text("utf-8") == pages()[name].rstrip() + "\n", (
        "run: python -m gongfu.config.reference"
    )
