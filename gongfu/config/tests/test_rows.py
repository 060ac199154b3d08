"""Web processes begin unknown to PostgreSQL; workers and commands are the house."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from gongfu.config import datafolder

pytestmark = [pytest.mark.feature("access.security"), pytest.mark.rule("R-1404")]
WEB = "import gongfu.config.wsgi; from django.conf import settings; print(settings.DATABASES['default']['OPTIONS'])"


def test_workers_and_commands_are_the_house(settings: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(datafolder, "UNKNOWN", False)
    assert datafolder.database(settings.DATA)["OPTIONS"]["options"] == "-c gongfu.reach=house"


def test_a_web_process_begins_unknown() -> None:
    told = subprocess.run([sys.executable, "-c", WEB], capture_output=True, text=True, check=True).stdout
    assert "gongfu.reach" not in told
