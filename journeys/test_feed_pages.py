"""The pages of a feed in a browser: an officer begins with a kind, tries the mapping, registers, uploads, reads the report; all of it accessible."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from gongfu.base.events import worker
from gongfu.config import demo
from gongfu.modules.feeds.models import Delivery, Feed
from gongfu.modules.feeds.tests.told import HEAD, PARCELS, parcel
from gongfu.zones.plan import Plan
from journeys.browser import VIEWS, chromium, complaints, signed_in

pytestmark = pytest.mark.feature("intake.feeds")


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: f"{view[0]}-{view[1]}-{view[2]}")
def test_an_officer_registers_a_feed_and_reads_its_first_delivery(
    live_server: Any, zone: Plan, tmp_path: Path, view: tuple[str, int, str]
) -> None:
    demo.accounts()
    errors: list[str] = []
    file = tmp_path / "parcels.csv"
    file.write_text(HEAD + parcel("EX1") + parcel("EX1") + parcel("EX2", amount="x"))
    with chromium() as browser:
        page = signed_in(browser, live_server.url, "zone.office", errors, view)
        page.goto(f"{live_server.url}/bureau/feeds/new?kind=parcels")
        for name, value in (("code", "post"), ("title", "邮政"), ("mapping", PARCELS)):
            page.fill(f"#f-{name}", value)
        page.select_option("#f-desk", "commerce")
        page.select_option("#f-form", "csv")
        page.set_input_files("#file", str(file))
        page.click("button[name=try]")
        assert "EX1" in page.inner_text("main")
        found = complaints(page)
        assert not Feed.objects.exists()
        page.click("button[name=register]")
        page.wait_for_url(re.compile(r"/bureau/feeds/\d+$"))
        page.set_input_files("#file", str(file))
        found += complaints(page)
        page.click("main form[enctype] button[type=submit]")
        page.wait_for_url("**/deliveries/*")
        worker.drain()
        page.reload()
        assert [page.inner_text(f"[data-figure={name}]") for name in ("rows", "accepted", "repeated", "refused")] == [
            "3",
            "1",
            "1",
            "1",
        ]
        found += complaints(page)
        page.goto(f"{live_server.url}/bureau/feeds/{Delivery.objects.get().feed_id}/edit")
        found += complaints(page)
        page.goto(f"{live_server.url}/bureau/feeds")
        assert page.inner_text("[data-figure=amber]") == "1"
    assert not found, "\n".join(found)
    assert not errors, errors
