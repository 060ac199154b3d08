"""One journey a mode and direction, from the seller's filing to customs' last receipt: the list typed in Chromium, the others' documents
by interface; and back, with the goods in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from gongfu.base.access.actions import add_person
from gongfu.base.access.actor import OPERATOR, WORKER, Actor
from gongfu.base.cases import actions as cases
from gongfu.base.events import worker
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import BEIJING, civil_date
from gongfu.base.ledgers.models import Account
from gongfu.config import exchange
from gongfu.modules.declarations.actions import arrive
from gongfu.modules.declarations.models import Declaration, FollowUp
from gongfu.modules.declarations.queries import returned_to
from gongfu.modules.drafts import actions
from gongfu.modules.drafts.layouts import LINES
from gongfu.modules.intake.actions import accept
from gongfu.modules.intake.models import Receipt
from gongfu.modules.parties import queries as parties
from gongfu.modules.parties.flows import EXIT, FILING
from gongfu.peers.afterwards import RETURN_OF, goods_return, tally
from gongfu.peers.day import signed
from gongfu.peers.firms import Firm, firms
from gongfu.zones.plan import Plan
from journeys.browser import VIEWS, chromium, complaints, signed_in
from journeys.test_drafts import Desk, made
from journeys.test_typing import begun, rows, stepped, typed

PASSWORD = "long enough a secret"
IMPORT, EXPORT = ("CEB311Message", "CEB621Message"), ("CEB303Message", "CEB603Message")
JOURNEYS = (
    ("9610", False, VIEWS[0]), ("1210", False, VIEWS[1]), ("9610", True, VIEWS[1]), ("1210", True, VIEWS[0]), ("9710", True, VIEWS[1]), ("9810", True, VIEWS[0]),
)  # fmt: skip
RETURNED = {"CEB621Message": "CEB626Message", "CEB603Message": "CEB214Message"}
OFFICER = Actor("person:8", "zone", frozenset({"*"}), ("nanchong",), (), "officer.commerce")
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
    _filed_anew(zone, firm)
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
    if mode in ("9610", "1210"):
        _back(desk, row, calm, tmp_path)


def _filed_anew(zone: Plan, firm: Firm) -> None:
    """The seller ends its filing, cannot declare, and files again."""
    own = Actor("person:7", "own", frozenset({"*"}), (zone.code,), (firm.code,), "firm.operator")
    today = civil_date(clock.now())
    kinds = sorted(parties.kinds([firm.code], today)[firm.code])
    sound = {
        "code": firm.code, "name": firm.name, "kinds": kinds, "address": "顺庆区一号", "legal_name": "王小明", "legal_id": "510603199003071238",
        "contact_phone": "13812345678",
    }  # fmt: skip
    for kind, raw, known in ((EXIT.code, {"code": firm.code, "why": "停业"}, {}), (FILING.code, sound, {firm.code: frozenset(kinds)})):
        case = cases.open_case(own, kind, zone=zone.code, raw=raw).case
        assert case is not None
        assert cases.take(own, case.pk, "submit").done
        assert cases.take(OFFICER, case.pk, "approve").done
        assert parties.kinds([firm.code], today) == known


def _back(desk: Desk, row: Declaration, calm: Path, folder: Path) -> None:
    """The goods come back, customs lets them in, and they are at their site: 625 with the arrival noted, or 213 with the site's tally."""
    unit, rng, now = desk.unit, Random(3), datetime.now(BEIJING)
    listed = EXPORT[1] if unit.export else IMPORT[1]
    lines = unit.lines[listed]
    quantities = {int(line["gnum"]): line["qty"] for line in lines}
    document = goods_return(listed, unit.heads[listed], lines, quantities, row.invt_no, now, rng)
    kind, site = RETURN_OF[listed], firms(desk.zone)["site"][0]
    sent = [(kind, unit.agent, document)]
    sent += [("CEB215Message", site, tally(document, (site.code, site.name), now, rng))] if unit.export else []
    for type_, firm, one in sent:
        accept(WORKER, signed(type_, firm, [one], desk.keys, rng), zone=desk.zone.code, sender_code=firm.code, channel="cli")
        exchange.settle(folder, scenario=calm)
    back = FollowUp.objects.get(kind=kind)
    if not unit.export:
        assert arrive(OPERATOR, back.pk, civil_date(clock.now()), returned_to(back) or "口岸").findings == ()
        worker.drain()
        assert not Account.objects.filter(kind="quota").exclude(committed_units=0).exists(), "the buyer's year is free again"
    back.refresh_from_db()
    assert (back.state, bool(back.facts["arrived_on"])) == ("concluded", True)
    assert Receipt.objects.filter(type=RETURNED[listed], origin="customs", status__in=("399", "800")).exists()
