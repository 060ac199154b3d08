"""One journey a mode: the list typed in Chromium by the seller, the others' documents by interface, customs' answers up to 899, and back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from gongfu.base.access.actions import add_person
from gongfu.base.access.actor import OPERATOR, WORKER
from gongfu.base.events import worker
from gongfu.base.kit.beijing import BEIJING
from gongfu.config import exchange
from gongfu.modules.declarations.models import Declaration, FollowUp
from gongfu.modules.drafts import actions
from gongfu.modules.drafts.layouts import LINES
from gongfu.modules.intake.actions import accept
from gongfu.peers.afterwards import RETURN_OF, goods_return
from gongfu.peers.day import signed
from gongfu.zones.plan import Plan
from journeys.browser import VIEWS, chromium, complaints, signed_in
from journeys.test_drafts import Desk, made
from journeys.test_typing import begun, rows, stepped, typed

PASSWORD = "long enough a secret"
IMPORT, EXPORT = ("CEB311Message", "CEB621Message"), ("CEB303Message", "CEB603Message")
JOURNEYS = (("9610", False, VIEWS[0]), ("1210", False, VIEWS[1]), ("9710", True, VIEWS[1]), ("9810", True, VIEWS[0]))
pytestmark = [pytest.mark.feature("declarations.imports"), pytest.mark.feature("declarations.exports"), pytest.mark.feature("declarations.b2b")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


def whole(page: Page, body: dict[str, Any]) -> None:
    """Every step of the form filled in, and handed in."""
    for step in range(2, 9):
        typed(page, body["head"])
        if page.locator("#f-lines-0-itemNo").count():
            rows(page, body[LINES])
        if not page.locator("button[value=next]").count():
            break
        stepped(page, step)
    assert complaints(page) == []
    page.click("button[value=submit]")
    page.wait_for_selector("#receipts, #faults")
    assert page.locator("#faults").count() == 0, page.inner_text("#faults")


def official(desk: Desk) -> Declaration:
    return Declaration.objects.get(order_no=desk.unit.order_no)


@pytest.mark.parametrize(("mode", "export", "view"), JOURNEYS, ids=[f"{mode}-{'E' if export else 'I'}" for mode, export, _ in JOURNEYS])
def test_a_list_of_the_mode_goes_from_the_form_to_its_last_receipt(
    browser: Browser, live_server: Any, zone: Plan, keys: Any, calm: Path, settings: Any, tmp_path: Path, mode: str, export: bool, view: tuple[str, int, str]
) -> None:  # fmt: skip
    settings.DATA, errors = tmp_path, []
    desk = made(zone, keys, export=export, mode=mode)
    order, listed = EXPORT if export else IMPORT
    firm = desk.unit.seller
    add_person(OPERATOR, "typist", PASSWORD, role="firm.operator", title="经办", zone=firm.zone, party_code=firm.code)
    assert actions.submit(desk.actor, desk.typed(order).pk).findings == []
    worker.drain()
    page = signed_in(browser, live_server.url, "", errors, view, PASSWORD, "typist")
    begun(page, live_server.url, "export-lists" if export else "import-lists", desk.unit.order_no)
    whole(page, desk.body(listed))
    worker.drain()
    desk.send(*(["CEB505Message"] if export else ["CEB411Message", "CEB511Message"]))
    exchange.settle(tmp_path, scenario=calm)
    row = official(desk)
    assert (row.mode, row.state, row.findings) == (mode, "closed", [])
    page.goto(f"{live_server.url}/enterprise/lists/{row.pk}")
    assert row.invt_no in page.inner_text("main")
    assert complaints(page) == []
    assert errors == []
    if not export:
        _back(desk, row, calm, tmp_path)


def _back(desk: Desk, row: Declaration, calm: Path, folder: Path) -> None:
    """The goods of an import come back and customs lets them in."""
    unit, rng = desk.unit, Random(3)
    lines = unit.lines["CEB621Message"]
    quantities = {int(line["gnum"]): line["qty"] for line in lines}
    document = goods_return("CEB621Message", unit.heads["CEB621Message"], lines, quantities, row.invt_no, datetime.now(BEIJING), rng)
    kind = RETURN_OF["CEB621Message"]
    accept(WORKER, signed(kind, unit.agent, [document], desk.keys, rng), zone=desk.zone.code, sender_code=unit.agent.code, channel="cli")
    exchange.settle(folder, scenario=calm)
    assert FollowUp.objects.get(kind=kind).state == "concluded"
