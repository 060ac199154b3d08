"""The scenario book: each is played small, all invariants hold after it, and the same seed gives the same result."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gongfu.base.ledgers.models import Account
from gongfu.config import simulation
from gongfu.modules.declarations.models import Declaration, FollowUp
from gongfu.modules.tax.models import Assessment
from gongfu.peers.scenarios import BOOK, deliveries
from gongfu.zones.plan import Plan, plans


@pytest.fixture
def zone(transactional_db: None, settings: Any, tmp_path: Path) -> Plan:
    """南充, without firms: each scenario files them as of its own day."""
    settings.LINK_FOLDER, settings.WATCH_FOLDER = tmp_path / "link", tmp_path / "watch"
    return plans()["nanchong"]


pytestmark = [pytest.mark.feature("intake.messages"), pytest.mark.feature("declarations.imports")]


def played(name: str, zone: Plan, keys: Any, folder: Path, lists: int = 60) -> simulation.Outcome:
    found = simulation.play(replace(BOOK[name], lists=lists), zone, 5, keys, folder)
    assert found.violations == {}
    assert found.lists == found.released + found.refused + found.held + found.waiting, found
    return found


@pytest.mark.parametrize(
    "name", sorted(set(BOOK) - {"new-rules", "mass-returns", "silent-hour", "late-payments", "quota-ring", "year-end", "poison"})
)
def test_every_list_ends_somewhere_and_all_invariants_hold(name: str, zone: Plan, keys: Any, tmp_path: Path) -> None:
    found = played(name, zone, keys, tmp_path)
    assert found.lists == 60
    assert found.released > 40


@pytest.mark.rule("R-301")
@pytest.mark.feature("declarations.exports")
def test_retail_exports_need_their_receipts_of_money_until_midnight(zone: Plan, keys: Any, tmp_path: Path) -> None:
    found = played("new-rules", zone, keys, tmp_path)
    assert 30 < found.lists < 60, "those of the old day came without"


def test_after_an_hour_of_silence_everything_catches_up(zone: Plan, keys: Any, tmp_path: Path) -> None:
    found = played("silent-hour", zone, keys, tmp_path)
    assert found.waiting == found.held == 0
    assert found.late > 5, "what was sent into the silence is released late"


def test_lists_wait_for_their_payments(zone: Plan, keys: Any, tmp_path: Path) -> None:
    found = played("late-payments", zone, keys, tmp_path)
    assert found.late > 3
    assert found.waiting == 0


def test_spoiled_messages_are_refused_and_harm_no_other(zone: Plan, keys: Any, tmp_path: Path) -> None:
    spoiled = replace(BOOK["poison"], lists=60, poison=0.2)
    found = simulation.play(spoiled, zone, 5, keys, tmp_path)
    assert found.violations == {}
    assert found.messages_refused > 0
    assert found.messages == len(deliveries(spoiled, zone, 5, keys))
    assert found.released > 0


@pytest.mark.rule("R-117")
@pytest.mark.feature("declarations.returns")
def test_after_mass_returns_nobody_has_used_what_came_back(zone: Plan, keys: Any, tmp_path: Path) -> None:
    found = played("mass-returns", zone, keys, tmp_path)
    back = FollowUp.objects.filter(kind="CEB625Message")
    assert found.returned > 15
    assert found.returned == back.values("declaration_id").filter(live=True).distinct().count(), "none came back twice"
    left = Declaration.objects.filter(flow="I", state__in=simulation.RELEASED).exclude(follow_ups__live=True)
    used = sum(one.committed_units for one in Account.objects.filter(kind="quota"))
    assert used == sum(Assessment.objects.filter(declaration_id__in=left).values_list("dv_fen", flat=True))


@pytest.mark.rule("R-118")
@pytest.mark.feature("tax.imports")
def test_a_ring_gets_no_more_than_its_identities_may_buy(zone: Plan, keys: Any, tmp_path: Path) -> None:
    found = played("quota-ring", zone, keys, tmp_path, lists=150)
    accounts = Account.objects.filter(kind="quota")
    assert accounts.count() == 3
    assert all(one.committed_units + one.reserved_units <= 2_600_000 for one in accounts)
    assert set(found.reasons) <= {"IMP-ANNUAL-LIMIT", "IMP-SINGLE-LIMIT", "CUSTOMS-100", "TAX-NET-CONTENT"}


@pytest.mark.rule("R-118")
@pytest.mark.feature("tax.imports")
def test_at_year_end_each_list_counts_in_the_beijing_year_it_was_declared_in(
    zone: Plan, keys: Any, tmp_path: Path
) -> None:
    played("year-end", zone, keys, tmp_path)
    years = {account.period for account in Account.objects.filter(kind="quota")}
    assert years == {"2025", "2026"}
    assert {str(row.declared_on.year) for row in Declaration.objects.all()} == years


def test_the_same_seed_gives_the_same_result(zone: Plan, keys: Any, tmp_path: Path) -> None:
    from django.core.management import call_command

    first = played("calm-day", zone, keys, tmp_path, lists=30)
    call_command("flush", verbosity=0, interactive=False)
    for path in (tmp_path / "link").rglob("*.*"):
        path.unlink()
    assert played("calm-day", zone, keys, tmp_path, lists=30) == first
