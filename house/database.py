"""The tests' own PostgreSQL, loaded before anything else (`-p house.database`): started once, stopped at the end.

No test is judged by the clock: what Hypothesis tries may take as long as the machine needs.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]
os.environ.setdefault("GONGFU_DATA", str(ROOT / ".gongfu-test"))
os.environ.setdefault("POLARS_MAX_THREADS", "1")
os.environ["GONGFU_DEMO"] = "1"
SERVER: list[Any] = []
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


def _start() -> None:
    from gongfu.config.postgres import Cluster

    server = Cluster(Path(os.environ["GONGFU_DATA"]))
    if not server.answers():
        server.start()
        SERVER.append(server)
    server.furnish()


if not os.environ.get("PYTEST_XDIST_WORKER") and not os.environ.get("DATABASE_URL"):
    _start()


def pytest_unconfigure(config: Any) -> None:
    """The server ends with the run that started it."""
    for server in SERVER:
        server.stop()
