"""The service hall: every service of a zone with its steps and days, found by name, event or initials; times equal a recount."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any

import pytest
from django.test import Client

from gongfu.base.access.actions import add_person
from gongfu.base.access.actor import OPERATOR
from gongfu.base.cases import actions as cases
from gongfu.base.cases import kinds as all_kinds
from gongfu.base.cases import queries
from gongfu.base.cases.life import EVENTS
from gongfu.base.cases.models import Case, Step
from gongfu.base.cases.screens import _promised
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import BEIJING
from gongfu.modules.services.flows import FLOWS
from gongfu.modules.services.tests.firms import CLIENT, CLIENT_CODE, PROVIDER, accredited, leg, placed
from gongfu.zones.plan import plans

pytestmark = [pytest.mark.django_db, pytest.mark.feature("cases.hall")]
WORD = "a-long-pass-word-1"


def signed_in() -> Client:
    add_person(OPERATOR, "firm-1", WORD, role="firm.operator", title="经办", zone="nanchong", party_code=CLIENT_CODE)
    http = Client(headers={"Accept-Language": "zh-CN"})
    assert http.login(username="firm-1", password=WORD)
    return http


def page(path: str, http: Client | None = None, **said: str) -> str:
    answer = (http or Client(headers={"Accept-Language": "zh-CN"})).get(path, said)
    assert answer.status_code == 200, path
    return answer.content.decode()


@pytest.mark.rule("R-006")
@pytest.mark.parametrize("zone", plans())
def test_every_enabled_service_of_a_zone_appears_with_its_steps_and_promised_days(zone: str) -> None:
    hall = page("/hall", zone=zone)
    offered = queries.services(zone)
    assert {"services.clearance", "services.refund", "services.course", "parties.filing"} <= {
        one.code for one in offered
    }
    for kind in offered:
        assert f"hall/{kind.code}?zone={zone}" in hall
        told = page(f"/hall/{kind.code}", zone=zone)
        assert all(move.title in told for move in kind.flow.moves), kind.code
        days = _promised(kind, zone)
        assert not days or f"承诺 {days} 个工作日" in told


def test_every_service_belongs_to_a_life_event_and_none_is_lost_in_the_grouping() -> None:
    offered = queries.services("nanchong")
    grouped = queries.grouped(offered, "event")
    assert {one.code for rows in grouped.values() for one in rows} == {one.code for one in offered}
    assert all(code in EVENTS for one in offered for code in one.events)
    assert EVENTS["other"] not in grouped
    assert list(grouped) == [title for title in EVENTS.values() if title in grouped]
    assert "收汇、退税与融资" in page("/hall", by="event")


@pytest.mark.parametrize(
    ("words", "code"),
    [("退税", "services.refund"), ("dbts", "services.refund"), ("第一次出口", "services.clearance"), ("SCZTBA", "parties.filing"), ("training", "services.course"), ("培训 报名", "services.course")],
)  # fmt: skip
def test_services_are_found_by_name_event_and_initials(words: str, code: str) -> None:
    assert f"hall/{code}?" in page("/hall", q=words)


@pytest.mark.parametrize("words", ["没有这样的事", "<b>", "\u202e", "%"])
def test_words_that_name_nothing_find_nothing(words: str) -> None:
    assert "没有这样的事项" in page("/hall", q=words)


def test_one_account_opens_a_clearance_a_refund_and_a_training_service() -> None:
    entry, http = accredited(), signed_in()
    prices = {row["service"]: row["price"] for row in entry.facts["services"]}
    for service in ("clearance", "refund"):
        entrance = re.search(r'href="\.\./(entrust[^"]*)"', page(f"/enterprise/hall/services.{service}", http))
        assert entrance is not None
        assert http.get(f"/enterprise/cases/new/services.{service}").headers["Location"] == f"/enterprise/{entrance[1]}"
        said = {"scope": "一批陶瓷", f"pick-{service}": f"{entry.pk}:{prices[service]}", "place": "1"}
        assert http.post(f"/enterprise/{entrance[1]}", said).status_code == 302
    answer = http.post("/enterprise/cases/new/services.course", {"course": "refund", "people": "3", "submit": "1"})
    assert answer.status_code == 302
    opened = Case.objects.filter(party_code=CLIENT_CODE).values_list("kind", "state")
    assert set(opened) >= {
        ("services.clearance", "offered"),
        ("services.refund", "offered"),
        ("services.course", "reviewing"),
    }
    listed = page("/enterprise/cases", http)
    assert all(title in listed for title in ("代理报关", "代办退税", "培训报名"))


@pytest.mark.rule("R-1409")
def test_median_hours_before_and_after_a_version_are_shown_and_equal_a_recount(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three clearances under the flow as it is, two under a quicker one; the page's figures are the recount of the sealed steps."""
    start = datetime(2026, 3, 2, 9, tzinfo=BEIJING)
    with clock.standing_at(start):
        entry = accredited()
    _walk(entry, start, (30, 5, 12))
    kind = all_kinds.kinds()["services.clearance"]
    faster = replace(
        FLOWS["clearance"],
        moves=tuple(replace(one, days=1) if one.verb == "accept" else one for one in kind.flow.moves),
    )
    monkeypatch.setitem(all_kinds.EXTRA, kind.code, replace(kind, flow=faster))
    _walk(entry, start + timedelta(days=30), (4, 2))
    shown = _shown(page("/hall/services.clearance", zone="nanchong"))
    assert shown == _recounted()
    old, new = kind.flow.version(), faster.version()
    assert (shown[old, "待接单"], shown[new, "待接单"]) == ((3, 12.0), (2, 3.0))


def _walk(entry: Any, start: datetime, waits: tuple[int, ...]) -> None:
    """Clearances that waited so many hours for the provider, and two more for the papers."""
    for hours in waits:
        with clock.standing_at(start):
            one = leg(placed(entry, "clearance", actor=CLIENT), "clearance")
        with clock.standing_at(start + timedelta(hours=hours)):
            assert cases.take(PROVIDER, one.pk, "accept").done
        with clock.standing_at(start + timedelta(hours=hours + 2)):
            assert cases.take(PROVIDER, one.pk, "papers_ready").done


def _shown(told: str) -> dict[tuple[str, str], tuple[int, float]]:
    """(version, state in words) → (count, median hours), as the page has them."""
    row = re.compile(
        r'font-monospace">(\w{12})</span>.*?</td><td>([^<]+)</td><td class="num">(\d+)</td><td class="num">([\d.]+)</td>',
        re.S,
    )
    return {(version, state): (int(count), float(hours)) for version, state, count, hours in row.findall(told)}


def _recounted() -> dict[tuple[str, str], tuple[int, float]]:
    words = {"offered": "待接单", "papers": "备单证"}
    spent: dict[tuple[str, str], list[float]] = {}
    for case in Case.objects.filter(kind="services.clearance"):
        steps = list(Step.objects.filter(case=case).order_by("seq"))
        for before, after in zip(steps, steps[1:], strict=False):
            spent.setdefault((after.flow_version, words[after.before]), []).append(
                (after.at - before.at).total_seconds() / 3600
            )
    return {key: (len(hours), round(median(hours), 2)) for key, hours in spent.items()}
