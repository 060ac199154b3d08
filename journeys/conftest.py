"""A zone with its demonstration firms, and the platform's back rooms turned by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest

from gongfu.base.kit.beijing import BEIJING
from gongfu.zones.plan import Plan, plans


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> object:
    """Keys of the demonstration firms, made once a session."""
    from gongfu.peers.firms import Keyring

    return Keyring(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def zone(
    transactional_db: None, keys: object, settings: object, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Plan]:
    """南充, its firms filed; the link and watch folders are this test's own.

    Whatever the journey did, the invariants hold at its end, unless it is marked `breaks`.
    """
    from gongfu.config.demo import enrol
    from gongfu.config.invariants import violations
    from house import scenes

    settings.LINK_FOLDER, settings.WATCH_FOLDER = tmp_path / "link", tmp_path / "watch"  # type: ignore[attr-defined]
    plan = plans()["nanchong"]
    today = datetime.now(BEIJING).date()
    scenes.lay(("zone", today), lambda: enrol(plan, keys, today))  # type: ignore[arg-type]
    yield plan
    if not request.node.get_closest_marker("breaks"):
        assert {name: rows for name, rows in violations().items() if rows} == {}


@pytest.fixture
def played(zone: Plan, keys: object, tmp_path: Path) -> Plan:
    """The demonstration accounts, and a day of forty lists that has settled."""
    from house import scenes

    today = datetime.now(BEIJING).date()
    scenes.lay(("played", today), lambda: _play(zone, keys, today, tmp_path))
    return zone


def _play(zone: Plan, keys: object, today: date, folder: Path) -> None:
    from gongfu.config import demo, exchange
    from gongfu.peers.day import day

    demo.accounts()
    for name, data in day(zone, 40, 5, today, keys).messages:  # type: ignore[arg-type]
        (folder / name).write_bytes(data)
        exchange.take(folder / name, zone.code)
    exchange.settle(folder)


@pytest.fixture
def calm(tmp_path: Path) -> Path:
    """The scenario of a single window that takes everything and answers in order."""
    file = tmp_path / "calm.json"
    file.write_text('{"rejected": 0, "review": 0, "inspected": 0, "silent": 0, "repeated": 0, "late": 0, "orphaned": 0, "unknown": 0}')
    return file


@pytest.fixture
def shop(zone: Plan, keys: object, tmp_path: Path) -> object:
    """Purchases of one buyer in the zone."""
    from journeys.shop import Shop

    return Shop(zone, keys, tmp_path)
