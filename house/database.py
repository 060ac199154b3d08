"""The tests' own PostgreSQL, loaded before anything else (`-p house.database`): started once, stopped at the end.

No test is judged by the clock: what Hypothesis tries may take as long as the machine needs.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck
from hypothesis import settings as tries

ROOT = Path(__file__).resolve().parents[1]
os.environ.setdefault("GONGFU_DATA", str(ROOT / ".gongfu-test"))
os.environ.setdefault("POLARS_MAX_THREADS", "1")
os.environ["GONGFU_DEMO"] = "1"
SERVER: list[Any] = []
tries.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
tries.load_profile("house")


def _start() -> None:
    from gongfu.config.postgres import Cluster

    server = Cluster(Path(os.environ["GONGFU_DATA"]))
    if not server.answers():
        server.start()
        SERVER.append(server)
    server.furnish()
    _hasten(server)


def _hasten(server: Any) -> None:
    """Nothing of a test need outlive a power cut; what must is tested on servers of its own."""
    import psycopg

    with psycopg.connect(server.url("postgres", "postgres"), autocommit=True) as superuser:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            superuser.execute(f"ALTER SYSTEM SET {setting} = off")
        superuser.execute("SELECT pg_reload_conf()")


if not os.environ.get("PYTEST_XDIST_WORKER") and not os.environ.get("DATABASE_URL"):
    _start()


def pytest_collection() -> None:
    """A test that commits leaves its rows: only tables that have any are emptied after it. Passwords are hashed in no time."""
    from django.conf import settings
    from django.test import TransactionTestCase

    from house import scenes

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    TransactionTestCase._fixture_teardown = lambda self: scenes.empty()  # type: ignore[attr-defined]


def pytest_unconfigure(config: Any) -> None:
    """The server ends with the run that started it."""
    for server in SERVER:
        server.stop()
