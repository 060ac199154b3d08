"""The scenario book: each is played small with every mode both ways, all invariants hold after it, and the same seed gives the same result."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from gongfu.base.events.models import Strike
from gongfu.base.events.schedule import RECURRING
from gongfu.base.ledgers.models import Account
from gongfu.config import simulation
from gongfu.modules.declarations import summed
from gongfu.modules.declarations.models import Declaration, Exported, FollowUp, Line, SummaryForm, SummaryLine
from gongfu.modules.intake.models import Message
from gongfu.modules.risk.models import Clock, Run, StepTime
from gongfu.modules.tax.models import Assessment
from gongfu.modules.trade.models import Collection
from gongfu.peers.scenarios import BOOK, CALM, deliveries, ways
from gongfu.zones.plan import Plan, plans


@pytest.fixture
def zone(transactional_db: None, settings: Any, tmp_path: Path) -> Plan:
    """南充, without firms: each scenario files them as of its own day."""
    settings.LINK_FOLDER, settings.WATCH_FOLDER = tmp_path / "link", tmp_path / "watch"
    return plans()["nanchong"]


pytestmark = [pytest.mark.feature("intake.messages"), pytest.mark.feature("declarations.imports")]
WAYS = {"I 9610", "I 1210", "E 9610", "E 1210", "E 9710", "E 9810"}


def played(
    name: str, zone: Plan, keys: Any, folder: Path, lists: int = 60, seed: int = 5, **changed: Any
) -> simulation.Outcome:
    """The scenario played small: every invariant holds, every list ends somewhere, and lists of every mode and direction were released."""
    found = simulation.play(replace(BOOK[name], lists=lists, **changed), zone, seed, keys, folder)
    assert found.violations == {}
    assert found.lists == found.released + found.refused + found.held + found.waiting, found
    assert {way for way, one in found.modes.items() if one["released"]} == WAYS
    for figure in simulation.FIGURES:
        assert getattr(found, figure) == sum(one[figure] for one in found.modes.values())
    assert found.collected == Collection.objects.count() > 0
    assert found.nights >= 1
    assert not Strike.objects.exclude(error="").exists()
    return found


@pytest.mark.parametrize("name", sorted(BOOK))
def test_every_scenario_plays_every_mode_that_the_zone_has_open(name: str) -> None:
    open_ = ways(BOOK[name], plans()["nanchong"])
    assert {f"{'E' if export else 'I'} {mode}" for mode, export in open_} == WAYS
    assert BOOK[name].imports > 0
    assert ways(replace(BOOK[name], modes=("9710",)), plans()["nanchong"]) == [("9710", True)]


def test_everything_of_a_peak_ends_somewhere(zone: Plan, keys: Any, tmp_path: Path) -> None:
    found = played("double-11", zone, keys, tmp_path)
    assert found.lists == 60
    assert found.released > 40
    told = simulation.in_words(found)
    assert all(way in told for way in WAYS)
    assert found.as_dict()["modes"] == found.modes


@pytest.mark.feature("risk.whitelist")
@pytest.mark.rule("R-005")
def test_at_midnight_the_platform_reconciles_the_day_and_publishes_its_step_times(
    zone: Plan, keys: Any, tmp_path: Path
) -> None:
    found = played("calm-day", zone, keys, tmp_path, window=replace(CALM, bill_differs=0.3))
    assert set(Strike.objects.values_list("name", flat=True)) == set(RECURRING)
    run = Run.objects.get(zone=zone.code, source="window", day=date(2026, 3, 2))
    billed = Run.objects.get(zone=zone.code, source="bills", day=run.day)
    assert (run.ours, run.theirs, run.found) == (found.lists, found.lists, {})
    assert found.items == {"bills bill_amount": billed.found["bill_amount"]}
    assert found.items["bills bill_amount"] > 2
    assert Clock.objects.count() == found.released
    assert {one.released_at.date() for one in Clock.objects.all()} == {date(2026, 3, 2)}
    assert StepTime.objects.get(zone=zone.code, month="2026-03", step="whole").lists == found.released


@pytest.mark.rule("R-301")
@pytest.mark.rule("R-405")
@pytest.mark.feature("declarations.exports")
def test_exports_need_receipts_of_money_and_filed_warehouses_until_midnight(
    zone: Plan, keys: Any, tmp_path: Path
) -> None:
    found = played("new-rules", zone, keys, tmp_path)
    old, new = date(2024, 12, 14), date(2024, 12, 15)
    said = Counter(one["code"] for row in Message.objects.filter(type="CEB603Message") for one in row.findings)
    missing, unfiled = said["BIZ-COLLECTION-MISSING"], said["BIZ-WAREHOUSE-UNFILED"]
    assert min(missing, unfiled) > 0
    assert found.lists == 60 - missing - unfiled
    paid = set(Collection.objects.values_list("order_no", flat=True))
    retail = Declaration.objects.filter(flow="E", mode__in=("9610", "1210"))
    assert set(retail.filter(declared_on=old).values_list("order_no", flat=True)) <= paid
    assert set(retail.filter(declared_on=new).values_list("order_no", flat=True)) - paid, "nobody asks any more"
    assert {one.declared_on for one in Declaration.objects.filter(mode="9810")} == {new}


def test_after_an_hour_of_silence_everything_catches_up(zone: Plan, keys: Any, tmp_path: Path) -> None:
    found = played("silent-hour", zone, keys, tmp_path)
    assert found.waiting == found.held == 0
    assert found.late > 5, "what was sent into the silence is released late"
    assert all(one["late"] for one in found.modes.values())


def test_lists_wait_for_their_payments(zone: Plan, keys: Any, tmp_path: Path) -> None:
    found = played("late-payments", zone, keys, tmp_path)
    assert found.late > 3
    assert found.waiting == 0
    assert {way for way, one in found.modes.items() if one["late"]} == {"I 9610", "I 1210"}


def test_spoiled_messages_are_refused_and_harm_no_other(zone: Plan, keys: Any, tmp_path: Path) -> None:
    spoiled = replace(BOOK["poison"], lists=60, poison=0.2)
    found = simulation.play(spoiled, zone, 5, keys, tmp_path)
    assert found.violations == {}
    assert found.messages_refused > 0
    assert found.messages == len(deliveries(spoiled, zone, 5, keys))
    assert found.released > 0


@pytest.mark.rule("R-117")
@pytest.mark.rule("R-308")
@pytest.mark.rule("R-212")
@pytest.mark.feature("declarations.returns")
@pytest.mark.feature("declarations.accounts")
def test_after_mass_returns_nobody_has_used_what_came_back(zone: Plan, keys: Any, tmp_path: Path) -> None:
    found = played("mass-returns", zone, keys, tmp_path)
    assert {way for way, one in found.modes.items() if one["returned"]} == {"I 9610", "I 1210", "E 9610", "E 1210"}
    assert found.returned > 15
    back = FollowUp.objects.filter(kind__in=("CEB625Message", "CEB213Message"), live=True)
    assert found.returned == back.count() == back.values("declaration_id").distinct().count(), "none came back twice"
    tallies = FollowUp.objects.filter(kind="CEB215Message", state="concluded")
    assert tallies.count() == back.filter(kind="CEB213Message", facts__has_key="arrived_on").count() > 1
    left = Declaration.objects.filter(state__in=simulation.RELEASED).exclude(pk__in=back.values("declaration_id"))
    used = sum(one.committed_units for one in Account.objects.filter(kind="quota"))
    imports = left.filter(flow="I")
    assert used == sum(Assessment.objects.filter(declaration_id__in=imports).values_list("dv_fen", flat=True))
    drawn = Line.objects.filter(declaration__in=left.filter(mode="1210")).values_list("qty1", flat=True)
    book = Account.objects.filter(kind="bonded_book")
    assert sum(one.committed_units for one in book) == int(sum(drawn) * 100_000) > 0, "the book is short of what was sold alone"
    assert min(one.limit_units for one in book) > 0


@pytest.mark.rule("R-118")
@pytest.mark.feature("tax.imports")
def test_a_ring_gets_no_more_than_its_identities_may_buy(zone: Plan, keys: Any, tmp_path: Path) -> None:
    found = played("quota-ring", zone, keys, tmp_path)
    accounts = Account.objects.filter(kind="quota")
    assert accounts.count() == 3
    assert all(2_100_000 < one.committed_units + one.reserved_units <= 2_600_000 for one in accounts)
    assert found.reasons["IMP-ANNUAL-LIMIT"] > 3
    assert set(found.reasons) <= {"IMP-ANNUAL-LIMIT", "IMP-SINGLE-LIMIT", "CUSTOMS-100", "TAX-NET-CONTENT"}


@pytest.mark.rule("R-1004")
@pytest.mark.rule("R-102")
@pytest.mark.feature("risk.whitelist")
def test_a_ring_that_splits_orders_stays_below_every_limit_and_shows_by_its_address(
    zone: Plan, keys: Any, tmp_path: Path
) -> None:
    found = played("split-ring", zone, keys, tmp_path)
    imports = Declaration.objects.filter(flow="I")
    assert len({row.address_key for row in imports}) == 1
    assert len({row.quota_key for row in imports}) == BOOK["split-ring"].split
    assert all(450_000 <= row.goods_fen + row.freight_fen < 500_000 for row in imports)
    assert found.modes["I 9610"]["released"] + found.modes["I 1210"]["released"] > 20
    assert found.signals > 0


@pytest.mark.rule("R-118")
@pytest.mark.rule("R-302")
@pytest.mark.rule("R-303")
@pytest.mark.feature("tax.imports")
@pytest.mark.feature("declarations.exports")
def test_at_year_end_each_list_counts_in_the_beijing_year_it_was_declared_in(
    zone: Plan, keys: Any, tmp_path: Path
) -> None:
    found = played("year-end", zone, keys, tmp_path)
    years = {account.period for account in Account.objects.filter(kind="quota")}
    assert years == {"2025", "2026"}
    assert {str(row.declared_on.year) for row in Declaration.objects.all()} == years
    lists = Exported.objects.filter(lane="B", mode__in=("9610", "1210"), cleared_on__isnull=False)
    assert {one.summary_id is None for one in lists.filter(cleared_on__year=2025)} == {False}
    assert {one.summary_id is None for one in lists.filter(cleared_on__year=2026)} == {True}
    lines = Line.objects.filter(declaration__exported__summary__isnull=False)
    assert found.forms == SummaryForm.objects.count() > 0
    assert SummaryLine.objects.count() == lines.count(), "every line of a summarised list is in a form, once"
    assert all(summed.balance(form.sum_no).agrees for form in SummaryForm.objects.all())


def emptied(folder: Path) -> None:
    call_command("flush", verbosity=0, interactive=False)
    for path in (folder / "link").rglob("*.*"):
        path.unlink()


def test_the_same_seed_gives_the_same_result(zone: Plan, keys: Any, tmp_path: Path) -> None:
    """Of two scenarios that play every mode, with returns and summaries; another seed plays otherwise."""
    for name in ("mass-returns", "year-end"):
        first = played(name, zone, keys, tmp_path, lists=30)
        emptied(tmp_path)
        assert played(name, zone, keys, tmp_path, lists=30) == first
        emptied(tmp_path)
    other = played("year-end", zone, keys, tmp_path, lists=30, seed=6)
    assert other.trace != first.trace
    assert other.modes != first.modes


def test_the_database_writes_its_own_moments_again_after_a_scenario(zone: Plan, keys: Any, tmp_path: Path) -> None:
    def defaults() -> list[str]:
        with connection.cursor() as cursor:
            found = []
            for table, column in simulation.STAMPS:
                cursor.execute(simulation.DEFAULT, [table, column])
                found.append(cursor.fetchall()[0][0])
        return found

    before = defaults()
    with simulation._stamped():
        assert all("gongfu.moment" in one for one in defaults())
    assert defaults() == before
